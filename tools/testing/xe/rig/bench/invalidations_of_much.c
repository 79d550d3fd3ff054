// SPDX-License-Identifier: GPL-2.0
/*
 * TLB invalidations, over all GTs, for the munmap of 1 GiB the GPU has mapped, for the exit of a process with 4 GiB
 * mapped or nothing, and for munmaps of memory the GPU never touched.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define COPIES	4
#define QUIET	32	/* blocks the GPU never sees */

static int64_t of_munmap(struct bench *b)
{
	char *start = areas_views(SZ_1G, 1);
	int64_t before;

	touch(&b->queue, start, SZ_1G / SZ_2M, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	settle(b);
	before = tlb_invalidations(b);
	munmap(start, SZ_1G);
	settle(b);
	return tlb_invalidations(b) - before;
}

static int64_t of_munmap_untouched(struct bench *b)
{
	int64_t before;
	struct areas areas;

	areas_map(&areas, QUIET, SZ_2M, SZ_2M, PAGES_SMALL);
	areas_populate(&areas);
	settle(b);
	before = tlb_invalidations(b);
	areas_unmap(&areas);
	settle(b);
	return tlb_invalidations(b) - before;
}

static void life(int ready, int copies)
{
	int64_t before;
	struct bench b;
	char *start;

	bench_open(&b);
	if (copies) {
		start = areas_views(SZ_1G, copies);
		touch(&b.queue, start, copies * SZ_1G / SZ_2M, SZ_2M, 1, GPU_TOUCH_INCREMENT);
		sure(*(uint32_t *)start == 0xc0de + copies, "the GPU did not write");
	}
	settle(&b);
	before = tlb_invalidations(&b);
	_exit(write(ready, &before, sizeof(before)) != sizeof(before));
}

static int64_t of_exit(struct bench *b, int copies)
{
	int ready[2], status = 0;
	int64_t before = 0;
	pid_t child;

	must(pipe(ready), "a pipe");
	child = fork();
	if (!child)
		life(ready[1], copies);
	if (child < 0 || waitpid(child, &status, 0) != child || status ||
	    read(ready[0], &before, sizeof(before)) != sizeof(before))
		fail("the process that exits failed: %#x", status);
	settle(b);
	return tlb_invalidations(b) - before;
}

int main(void)
{
	int64_t of_1g;
	struct bench b;

	bench_open(&b);
	of_1g = of_munmap(&b);
	sure(of_1g > 0, "no invalidation at all for memory the GPU had mapped");
	report("invalidations_munmap_1g", of_1g, "invalidations");
	report("invalidations_exit_4g", of_exit(&b, COPIES), "invalidations");
	report("invalidations_exit_nothing", of_exit(&b, 0), "invalidations");
	report("invalidations_munmap_untouched", of_munmap_untouched(&b), "invalidations/32 munmaps");
	bench_close(&b);
	return 0;
}
