// SPDX-License-Identifier: GPL-2.0
/*
 * All ioctls of a render client at random, from several processes and threads, while
 * memory changes and faults are in flight. The calls and the values of their arguments
 * are data: ioctlfuzz/xe.txt.
 *
 * usage: xe_svm_ioctlfuzz [-s FIRST_SEED] [-n SEEDS] [-o CALLS] [-v]
 *
 * Each seed makes CALLS calls. Rule: the kernel refuses wrong arguments with an errno of
 * user space, every process can be killed, nothing of it stays; and each ioctl succeeds
 * at least once, or else nothing was tried. The same seed makes the same calls thread by
 * thread (the line of each seed ends with their hash); -v prints all. The order in which
 * the kernel sees the calls of several threads depends on timing.
 *
 * Exit status: 0 all as it should be; 1 not; 4 no GPU with mirrors.
 *
 * Desktop: may end it, hangs the GPU
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ioctlfuzz/ioctlfuzz.h"
#include "lib/leaks.h"
#include "lib/gpu.h"
#include "lib/pressure.h"
#include "lib/seeds.h"

#define SKIPPED		4
/* Of jobs in VMs without faults: what hangs is to end soon. */
#define JOB_TIMEOUT_MS	"1000"

static void shorten_timeouts(const struct gpu *gpu)
{
	static const char *const classes[] = { "rcs", "bcs", "ccs" };
	unsigned int i, done = 0;
	char path[200];

	for (i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		snprintf(path, sizeof(path), "%s/tile0/gt0/engines/%s/job_timeout_ms", gpu->sysfs,
			 classes[i]);
		done += !pressure_set(path, JOB_TIMEOUT_MS);
	}
	if (!done)
		printf("the timeout of jobs stays as it is\n");
}

/* The other processes of a seed are nobody's, and open the device as well. */
static int prepare(struct gpu *gpu, struct leaks *before)
{
	int err = gpu_open(gpu);

	if (err)
		return err;
	if (!gpu_has_mirror(gpu))
		return -ENODEV;
	shorten_timeouts(gpu);
	if (chmod("/dev/dri/renderD128", 0666))
		return -errno;
	return leaks_look(gpu, before);
}

/* After one that went wrong there is no other: what it left would be counted as theirs. */
static unsigned long run_seeds(const struct grammar *grammar, struct counts *counts,
			       unsigned long first, unsigned long *seeds, unsigned long calls,
			       bool verbose)
{
	unsigned long i, done, bad = 0;

	for (i = 0; i < *seeds && !bad; i++) {
		done = coverage_calls(counts);
		bad += process_seed(grammar, counts, first + i, calls, verbose);
		printf("seed %lu: %lu calls, sequence %016lx\n", first + i,
		       coverage_calls(counts) - done, (unsigned long)counts->sequence);
	}
	*seeds = i;
	return bad;
}

static int run(unsigned long first, unsigned long seeds, unsigned long calls, bool verbose)
{
	struct counts *counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct grammar grammar;
	struct leaks before;
	unsigned long bad;
	struct gpu gpu;
	int err;

	if (counts == MAP_FAILED)
		return 1;
	grammar_read(&grammar);
	if (grammar.num_commands > MAX_COMMANDS)
		return 1;
	err = prepare(&gpu, &before);
	if (err) {
		printf("cannot start: %d\n", err);
		return err == -ENODEV ? SKIPPED : 1;
	}
	bad = run_seeds(&grammar, counts, first, &seeds, calls, verbose);
	bad += coverage_show(&grammar, counts);
	bad += leaks_show(&gpu, &before);
	printf("%lu seeds, %lu calls, %ld faults served; %lu complaints\n", seeds,
	       coverage_calls(counts), (long)gpu_faults(&gpu), bad);
	gpu_close(&gpu);
	return bad != 0;
}

int main(int argc, char **argv)
{
	struct seeds seeds;

	if (!seeds_parse(&seeds, argc, argv))
		return 2;
	setlinebuf(stdout);
	return run(seeds.first, seeds.count, seeds.operations, seeds.verbose);
}
