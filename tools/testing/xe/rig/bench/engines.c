// SPDX-License-Identifier: GPL-2.0
/*
 * Faults served per second when all engines of the device fault on one VM, each on blocks of its own and one fault at
 * a time, against one engine alone. Then the same of engines that have threads, a thread for each fault, at once.
 */
#include <stdbool.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define FAULTS	256
#define ROUNDS	5

static void fault_on(struct gpu_queue *queue, char *start, bool by_kernel)
{
	if (by_kernel)
		gpu_batch_kernel_touch(queue, start, FAULTS, SZ_2M, GPU_TOUCH_INCREMENT);
	else
		batch_touch(queue, start, FAULTS, SZ_2M, 1, GPU_TOUCH_INCREMENT);
}

/* faults per second of the first n engines */
static double rate(struct bench *b, struct gpu_queue *queues, unsigned int n, bool by_kernel)
{
	struct areas areas;
	int64_t faults;
	uint64_t start;
	unsigned int i;

	areas_map(&areas, n * FAULTS, SZ_4K, SZ_2M, PAGES_SMALL);
	areas_populate(&areas);
	for (i = 0; i < n; i++)
		fault_on(&queues[i], areas.start + i * FAULTS * SZ_2M, by_kernel);
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

/* the queues of engines with threads come first; returns how many those are */
static unsigned int queues_on(struct bench *b, struct gpu_queue *queues)
{
	unsigned int i, n = 0, threads;

	for (i = 0; i < b->gpu.num_engines; i++)
		if (gpu_engine_has_threads(&b->gpu.engines[i]))
			queue_on(b, i, &queues[n++]);
	threads = n;
	for (i = 0; i < b->gpu.num_engines; i++)
		if (!gpu_engine_has_threads(&b->gpu.engines[i]))
			queue_on(b, i, &queues[n++]);
	return threads;
}

static void compare(struct bench *b, struct gpu_queue *queues, unsigned int n, const char *keys[3], bool by_kernel)
{
	uint64_t one[ROUNDS], all[ROUNDS];
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		one[i] = rate(b, queues, 1, by_kernel);
		all[i] = rate(b, queues, n, by_kernel);
	}
	report(keys[0], percentile(one, ROUNDS, 50), "faults/s");
	report(keys[1], percentile(all, ROUNDS, 50), "faults/s");
	report(keys[2], (double)percentile(all, ROUNDS, 50) / percentile(one, ROUNDS, 50), "all/one");
}

int main(void)
{
	const char *commands[] = { "engines_faults_one", "engines_faults_all", "engines_speedup" };
	const char *kernels[] = { "engines_threads_one", "engines_threads_all", "engines_threads_speedup" };
	struct gpu_queue queues[GPU_MAX_ENGINES];
	unsigned int threads;
	struct bench b;

	bench_open(&b);
	threads = queues_on(&b, queues);
	sure(threads, "no engine has threads");
	report("engines", b.gpu.num_engines, "engines");
	compare(&b, queues, b.gpu.num_engines, commands, false);
	compare(&b, queues, threads, kernels, true);
	bench_close(&b);
	return 0;
}
