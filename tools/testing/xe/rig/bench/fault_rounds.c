// SPDX-License-Identifier: GPL-2.0
/*
 * Faults for rig/bin/profile, which counts what the kernel does about them: rounds of 256 on memory the CPU has populated,
 * of which mprotect() has taken all mappings away at once each time, so that next to nothing of it is counted. With
 * `quiet` the GPU does nothing between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ground/measure.h"

#define FAULTS	256
#define STRIDE	(2 * SZ_2M)
#define REST_US	20000

int main(int argc, char **argv)
{
	int quiet = argc == 4 && !strcmp(argv[3], "quiet");
	size_t whole = FAULTS * STRIDE, size, offset;
	struct bench b;
	char *start;
	int huge, i;

	if (argc != 3 && !quiet)
		fail("usage: fault_rounds 4k|64k|2m|2m_small ROUNDS [quiet]");
	size = !strcmp(argv[1], "4k") ? SZ_4K : !strcmp(argv[1], "64k") ? SZ_64K : SZ_2M;
	bench_open(&b);
	start = memory_map(whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	sure(start != NULL, "no memory");
	huge = !strcmp(argv[1], "2m");
	must(madvise(start, whole, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE), "madvise");
	/* small pages of a piece lie apart in memory */
	for (offset = 0; offset < size; offset += SZ_4K)
		for (i = 0; i < FAULTS; i++)
			memset(start + i * STRIDE + offset, 0xc0, SZ_4K);
	for (i = 0; i < atoi(argv[2]); i++) {
		if (mprotect(start, whole, PROT_READ) || mprotect(start, whole, PROT_READ | PROT_WRITE))
			fail("mprotect");
		usleep(REST_US);
		if (!quiet || !i)	/* page tables are made for the first */
			touch(&b.queue, start, FAULTS, STRIDE, 1, GPU_TOUCH_INCREMENT);
	}
	munmap(start, whole);
	bench_close(&b);
	return 0;
}
