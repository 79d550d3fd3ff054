// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): the process, its descriptor, its memory, the GT and the driver can
 * end, and the system can be suspended, with faults in flight. Each does so in
 * bounded time and leaks nothing; the device serves the next process. Copies are
 * right while the kernel reclaims, migrates, compacts or truncates their memory.
 * Many rounds of each.
 *
 * usage: xe_svm_storm [-r ROUNDS] [-s KIB] [STORM...]
 *	  -s how much more the kernel may keep, if it frees memory with a delay
 *	  -l lists the storms, -L those that unload the module xe
 *
 * Lines for each: objects of the driver that are left, which must be none; rounds,
 * seconds, faults, pages that stayed mapped, memory that was not freed after the first
 * tenth of the rounds.
 *
 * Exit status: 0 all checks passed; 1 not; 4 no GPU with mirrors.
 *
 * Desktop: may end it, unbinds the driver, writes to /dev/ram0, swaps to /dev/ram1 in a cgroup
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/leaks.h"
#include "lib/memory.h"
#include "lib/pressure.h"
#include "storm/storm.h"

#define SKIPPED		4
/* Memory that the kernel's caches may keep; a leak grows with the rounds. */
#define SLACK_KIB	12288
#define SETTLE_US	300000

static long kib_free(void)
{
	FILE *meminfo;
	long kib = 0, value;
	char line[128], name[32];

	/* Freed pages wait in batches, closed files for a worker. */
	usleep(SETTLE_US);
	pressure_set("/proc/sys/vm/drop_caches", "3");
	meminfo = fopen("/proc/meminfo", "r");
	while (meminfo && fgets(line, sizeof(line), meminfo))
		if (sscanf(line, "%31[^:]: %ld kB", name, &value) == 2 &&
		    (!strcmp(name, "MemFree") || !strcmp(name, "Cached") ||
		     !strcmp(name, "Buffers")))
			kib += value;
	if (meminfo)
		fclose(meminfo);
	return kib;
}

/* Pages that GPUs have mapped now, or leaked. */
static int64_t pages_mapped(const struct gpu *gpu)
{
	uint64_t mapped = 0, unmapped = 0, leaked = 0;

	gpu_stat(gpu, "svm_mapped_page_count", &mapped);
	gpu_stat(gpu, "svm_unmapped_page_count", &unmapped);
	gpu_stat(gpu, "svm_leaked_page_count", &leaked);
	return mapped - unmapped + leaked;
}

static int device_works(void)
{
	struct load load = { };
	uint32_t value = 0;
	int err = load_open(&load);

	if (!err)
		err = gpu_write(&load.queue[0], load.area, 0x57030001);
	if (!err)
		err = gpu_read(&load.queue[load.num_queues - 1], load.area, &value);
	gpu_close(&load.gpu);
	return err ?: value == 0x57030001 ? 0 : -EBADMSG;
}

static int blow(struct storm *storm, const struct storm_kind *kind, unsigned int rounds,
		long slack)
{
	int64_t mapped = pages_mapped(&storm->gpu), faults = 0, before = gpu_faults(&storm->gpu);
	long memory = 0, lost;
	time_t start = time(NULL);
	struct leaks leaks;
	bool left;
	int err;

	err = leaks_look(&storm->gpu, &leaks);
	for (storm->round = 0; !err && storm->round < rounds; storm->round++) {
		if (storm->round == rounds / 10)
			memory = kib_free();
		err = kind->round(storm);
	}
	if (kind->settle)
		kind->settle(storm);
	if (err) {
		printf("FAIL %s: round %u: %d%s\n", kind->name, storm->round - 1, err,
		       err == -ETIME ? ", it hangs" : "");
		return 1;
	}
	left = leaks_show(&storm->gpu, &leaks);
	lost = memory - kib_free();
	faults = storm->faults ?: gpu_faults(&storm->gpu) - before;
	/* A driver bound anew counts from zero. */
	if (storm->faults)
		mapped = 0;
	mapped = pages_mapped(&storm->gpu) - mapped;
	err = device_works();
	printf("%s %s: %u rounds, %ld s, %ld faults, %ld pages stay mapped, %ld KiB lost%s\n",
	       err || left || mapped || lost > slack || !faults ? "FAIL" : "ok", kind->name, rounds,
	       (long)(time(NULL) - start), (long)faults, (long)mapped, lost,
	       err ? ", and the device does not work" : "");
	return err || left || mapped || lost > slack || !faults;
}

static int prepare(struct storm *storm, const struct storm_kind *kind)
{
	int err = kind->prepare ? kind->prepare() : 0;

	if (!err)
		return 0;
	if (kind->settle)
		kind->settle(storm);
	printf("FAIL %s: before the first round: %d\n", kind->name, err);
	return 1;
}

static int run(const struct storm_kind *kind, unsigned int rounds, long slack)
{
	struct storm storm = { };
	int err = gpu_open(&storm.gpu);

	if (err == -ENODEV || (!err && !gpu_has_mirror(&storm.gpu)))
		return SKIPPED;
	if (err)
		return 1;
	gpu_model_open(&storm.gpu, &storm.model);
	err = prepare(&storm, kind) ?: blow(&storm, kind, rounds, slack);
	gpu_model_close(&storm.model);
	gpu_close(&storm.gpu);
	return err;
}

static bool wanted(const struct storm_kind *kind, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (!strcmp(argv[i], kind->name))
			return true;
	return !argc && !kind->unloads;
}

static int list(bool unloads)
{
	const struct storm_kind *kind;

	for (kind = storm_kinds; kind->name; kind++)
		if (kind->unloads == unloads)
			puts(kind->name);
	return 0;
}

int main(int argc, char **argv)
{
	const struct storm_kind *kind;
	unsigned int rounds = 1000, done = 0;
	int option, status = 0;
	long slack = SLACK_KIB;

	setlinebuf(stdout);
	while ((option = getopt(argc, argv, "r:s:lL")) != -1) {
		if (option == 'r')
			rounds = strtoul(optarg, NULL, 0);
		else if (option == 's')
			slack += strtol(optarg, NULL, 0);
		else
			return option == '?' ? 2 : list(option == 'L');
	}
	for (kind = storm_kinds; kind->name; kind++) {
		if (!wanted(kind, argc - optind, argv + optind))
			continue;
		option = run(kind, rounds, slack);
		if (option == SKIPPED)
			return SKIPPED;
		status |= option;
		done++;
	}
	return done ? status : 2;
}
