// SPDX-License-Identifier: GPL-2.0
/*
 * Faults for rig/profile, which counts what the kernel does about them: rounds of 64 on memory the CPU has populated,
 * of which mprotect() has taken the mapping away each time. With `quiet` the GPU does nothing between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define FAULTS	64
#define REST_US	20000

int main(int argc, char **argv)
{
	int quiet = argc == 4 && !strcmp(argv[3], "quiet");
	struct areas areas;
	struct bench b;
	int i, j;

	if (argc != 3 && !quiet)
		fail("usage: fault_rounds 4k|64k|2m ROUNDS [quiet]");
	bench_open(&b);
	areas_map(&areas, FAULTS, !strcmp(argv[1], "4k") ? SZ_4K : !strcmp(argv[1], "64k") ? SZ_64K : SZ_2M,
		  2 * SZ_2M, !strcmp(argv[1], "2m") ? PAGES_HUGE : PAGES_SMALL);
	areas_populate(&areas);
	for (i = 0; i < atoi(argv[2]); i++) {
		for (j = 0; j < FAULTS; j++) {
			char *piece = areas.start + j * areas.stride;

			if (mprotect(piece, areas.size, PROT_READ) ||
			    mprotect(piece, areas.size, PROT_READ | PROT_WRITE))
				fail("mprotect");
		}
		usleep(REST_US);
		if (quiet)
			continue;
		touch(&b.queue, areas.start, areas.num, areas.stride, 1, GPU_TOUCH_INCREMENT);
	}
	areas_unmap(&areas);
	bench_close(&b);
	return 0;
}
