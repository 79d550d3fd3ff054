// SPDX-License-Identifier: GPL-2.0
/*
 * A process that changes its memory at random while the GPU uses it, and knows
 * the expected content of each page at any time.
 *
 * usage: xe_svm_mmfuzz [-s FIRST_SEED] [-n SEEDS] [-o OPERATIONS] [-v]
 *
 * Each seed is a process of its own, with at least OPERATIONS accesses and
 * changes. A failed seed shows its last steps and can be run again alone; -v
 * shows all of them. Covers the guarantees C8 and C4 together.
 *
 * Exit status: 0 all checks passed; 1 a mismatch, a hang or no accesses;
 * 4 no GPU with mirrors.
 *
 * Desktop: may disturb it, makes a control group, swaps to /dev/ram1 and turns KSM on
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "lib/pressure.h"
#include "lib/seeds.h"

#define SECONDS_PER_SEED	240
#define SKIPPED			4

struct totals {
	unsigned long gpu, mm, cpu, refused, faults;
};

static unsigned long operations(const struct fuzz *fuzz)
{
	return fuzz->num_gpu + fuzz->num_mm + fuzz->num_cpu;
}

/* Jobs start, changes happen beside them, jobs end; then changes alone. */
static int one_step(struct fuzz *fuzz)
{
	unsigned int beside = fuzz_below(fuzz, 24), alone = fuzz_below(fuzz, 16);
	int err = jobs_start(fuzz);

	while (!err && beside--)
		err = changes_one(fuzz);
	if (!err)
		err = jobs_finish(fuzz);
	while (!err && alone--)
		err = changes_one(fuzz);
	if (!err && !fuzz_below(fuzz, 8))
		err = jobs_probe_refusal(fuzz);
	return err;
}

static int run(struct fuzz *fuzz, unsigned long wanted)
{
	int err = 0;

	while (!err && operations(fuzz) < wanted)
		err = one_step(fuzz);
	return err ?: changes_check_all(fuzz) ?: changes_end_children(fuzz);
}

static int one_seed(uint64_t seed, unsigned long wanted, bool verbose, struct totals *totals)
{
	struct fuzz *fuzz = calloc(1, sizeof(*fuzz));
	int64_t before;
	int err;

	if (!fuzz)
		return 1;
	fuzz->seed = seed;
	fuzz->random = seed;
	fuzz->verbose = verbose;
	err = arena_create(&fuzz->arena) ?: jobs_create(fuzz);
	if (err) {
		printf("seed %lu cannot start: %d\n", (unsigned long)seed, err);
		return err == -ENODEV ? SKIPPED : 1;
	}
	before = gpu_faults(&fuzz->gpu);
	err = run(fuzz, wanted);
	totals->gpu += fuzz->num_gpu;
	totals->mm += fuzz->num_mm;
	totals->cpu += fuzz->num_cpu;
	totals->refused += fuzz->num_refused;
	totals->faults += gpu_faults(&fuzz->gpu) - before;
	printf("seed %lu: %lu by GPU, %lu changes, %lu by CPU; %ld faults, %lu refused\n",
	       (unsigned long)seed, fuzz->num_gpu, fuzz->num_mm, fuzz->num_cpu,
	       gpu_faults(&fuzz->gpu) - before, fuzz->num_refused);
	if (!err)
		jobs_destroy(fuzz);
	return err ? 1 : 0;
}

/* 0, 1 or SKIPPED. A seed that never ends is ended, and named. */
static int in_process(uint64_t seed, unsigned long wanted, bool verbose, struct totals *totals)
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(SECONDS_PER_SEED);
		exit(one_seed(seed, wanted, verbose, totals));
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 1;
	if (WIFSIGNALED(status))
		printf("MISMATCH seed %lu: signal %d%s\n", (unsigned long)seed, WTERMSIG(status),
		       WTERMSIG(status) == SIGALRM ? ": it never ended" : "");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int all_seeds(uint64_t first, unsigned long seeds, unsigned long wanted, bool verbose)
{
	struct totals *totals = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long i, bad = 0;
	int status;

	if (totals == MAP_FAILED)
		return 1;
	for (i = 0; i < seeds; i++) {
		status = in_process(first + i, wanted, verbose, totals);
		if (status == SKIPPED)
			return SKIPPED;
		bad += status != 0;
	}
	printf("%lu seeds, %lu operations: %lu by GPU, %lu changes, %lu by CPU; ",
	       seeds, totals->gpu + totals->mm + totals->cpu, totals->gpu, totals->mm,
	       totals->cpu);
	printf("%lu faults, %lu refused; %lu failed seeds\n", totals->faults, totals->refused,
	       bad);
	return bad || !totals->faults || !totals->mm;
}

int main(int argc, char **argv)
{
	struct seeds seeds;
	int status;

	if (!seeds_parse(&seeds, argc, argv))
		return 2;
	setlinebuf(stdout);
	if (pressure_swap_on()) {
		printf("no swap on %s: nothing would be paged out\n", PRESSURE_SWAP_DEVICE);
		return SKIPPED;
	}
	if (pressure_group_enter(0)) {
		printf("no memory cgroup: nothing would be reclaimed\n");
		pressure_swap_off();
		return SKIPPED;
	}
	pressure_set("/sys/kernel/mm/ksm/run", "1");
	status = all_seeds(seeds.first, seeds.count, seeds.operations, seeds.verbose);
	pressure_set("/sys/kernel/mm/ksm/run", "2");
	pressure_group_leave();
	pressure_swap_off();
	return status;
}
