// SPDX-License-Identifier: GPL-2.0
/* 128 munmaps of 2 MiB each, a huge page that the GPU has mapped: how long do they take together? */
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define BLOCKS	128
/* The host has slow seconds: many rounds, the middle one counts. */
#define ROUNDS	25

static uint64_t round_ns(struct bench *b)
{
	int64_t flushes;
	struct areas areas;
	uint64_t start;
	int i;

	areas_map(&areas, BLOCKS, SZ_2M, SZ_2M, PAGES_HUGE);
	areas_populate(&areas);
	touch(&b->queue, areas.start, BLOCKS, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	for (i = 0; i < BLOCKS; i++)
		sure(*(uint32_t *)(areas.start + i * SZ_2M) == 0xc0de + 1, "the GPU did not write");
	flushes = tlb_invalidations(b);
	start = now_ns();
	for (i = 0; i < BLOCKS; i++)
		munmap(areas.start + i * SZ_2M, SZ_2M);
	start = now_ns() - start;
	sure(tlb_invalidations(b) - flushes >= BLOCKS, "the GPU had not mapped it all");
	return start;
}

int main(void)
{
	uint64_t ns[ROUNDS];
	struct bench b;
	int i;

	bench_open(&b);
	for (i = 0; i < ROUNDS; i++)
		ns[i] = round_ns(&b);
	report("munmap_time", percentile(ns, ROUNDS, 50) / 1000.0, "us/128 munmaps");
	bench_close(&b);
	return 0;
}
