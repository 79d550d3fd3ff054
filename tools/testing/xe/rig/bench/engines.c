// SPDX-License-Identifier: GPL-2.0
/*
 * Faults served per second when all engines of the device fault on one VM, each on blocks of its own and one fault at
 * a time, against one engine alone. And how many of the driver's threads for faults had nothing to do meanwhile, if it
 * has any by the name xe-fault?
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define FAULTS	256
#define ROUNDS	5

#define MAX_THREADS	64

/* How often the driver's threads have slept, in the order of their numbers. Return: how many there are. */
static unsigned int slept(unsigned long counts[MAX_THREADS])
{
	char path[300], line[128], name[32] = "";
	unsigned int num = 0;
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	FILE *status;

	while (proc && num < MAX_THREADS && (entry = readdir(proc))) {
		if (!atoi(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/status", entry->d_name);
		status = fopen(path, "r");
		if (!status)
			continue;
		name[0] = '\0';
		while (fgets(line, sizeof(line), status)) {
			sscanf(line, "Name: %31s", name);
			if (!strncmp(name, "xe-fault", 8) &&
			    sscanf(line, "voluntary_ctxt_switches: %lu", &counts[num]) == 1)
				num++;
		}
		fclose(status);
	}
	if (proc)
		closedir(proc);
	return num;
}

/* faults per second of the first n engines */
static double rate(struct bench *b, struct gpu_queue *queues, unsigned int n)
{
	struct areas areas;
	int64_t faults;
	uint64_t start;
	unsigned int i;

	areas_map(&areas, n * FAULTS, SZ_4K, SZ_2M, PAGES_SMALL);
	areas_populate(&areas);
	for (i = 0; i < n; i++)
		batch_touch(&queues[i], areas.start + i * FAULTS * SZ_2M, FAULTS, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	faults = events(b, "FAULT");
	start = now_ns();
	for (i = 0; i < n; i++)
		must(gpu_start(&queues[i]), "an engine's batch");
	for (i = 0; i < n; i++)
		must(gpu_wait(&queues[i]), "an engine's faults");
	start = now_ns() - start;
	faults = events(b, "FAULT") - faults;
	sure(faults >= n * FAULTS, "fewer faults than pieces");
	for (i = 0; i < n * FAULTS; i++)
		sure(*(uint32_t *)(areas.start + i * SZ_2M) == 0xc0de + 1, "the GPU did not write");
	areas_unmap(&areas);
	return (double)SECOND_NS * n * FAULTS / start;
}

int main(void)
{
	struct gpu_queue queues[GPU_MAX_ENGINES];
	unsigned long before[MAX_THREADS], after[MAX_THREADS];
	uint64_t one[ROUNDS], all[ROUNDS];
	unsigned int threads, idle = 0;
	struct bench b;
	unsigned int i;

	bench_open(&b);
	for (i = 0; i < b.gpu.num_engines; i++)
		queue_on(&b, i, &queues[i]);
	for (i = 0; i < ROUNDS; i++)
		one[i] = rate(&b, queues, 1);
	threads = slept(before);
	for (i = 0; i < ROUNDS; i++)
		all[i] = rate(&b, queues, b.gpu.num_engines);
	sure(slept(after) == threads, "threads came or went");
	for (i = 0; i < threads; i++)
		idle += after[i] - before[i] < FAULTS / 16;
	if (threads)
		report("engines_threads_idle", idle, "threads");
	report("engines", b.gpu.num_engines, "engines");
	report("engines_faults_one", percentile(one, ROUNDS, 50), "faults/s");
	report("engines_faults_all", percentile(all, ROUNDS, 50), "faults/s");
	report("engines_speedup", (double)percentile(all, ROUNDS, 50) / percentile(one, ROUNDS, 50), "all/one");
	bench_close(&b);
	return 0;
}
