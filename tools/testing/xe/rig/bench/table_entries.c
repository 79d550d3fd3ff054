// SPDX-License-Identifier: GPL-2.0
/*
 * 1 GiB of huge pages that the GPU has mapped: how many page-table entries does that take? A walk by 4 KiB steps makes
 * as many walks of the page tables as there are entries: each serves its whole size from then on. What a walk by one
 * step takes is deducted.
 */
#include "ground/areas.h"
#include "ground/measure.h"

#define PAGES	(SZ_1G / SZ_4K)

static int64_t walks(struct bench *b, char *start, uint32_t pages)
{
	int64_t faults = events(b, "FAULT"), before = events(b, "TLB_WALK");

	touch(&b->queue, start, pages, SZ_4K, 1, GPU_TOUCH_READ);
	sure(events(b, "FAULT") == faults, "not all was mapped");
	return events(b, "TLB_WALK") - before;
}

int main(void)
{
	int64_t of_one, of_all;
	struct bench b;
	char *start;

	bench_open(&b);
	start = areas_views(SZ_1G, 1);
	touch(&b.queue, start, SZ_1G / SZ_2M, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	of_one = walks(&b, start, 1);
	of_all = walks(&b, start, PAGES);
	sure(of_all > of_one, "a GiB takes no walk");
	report("table_entries", of_all - of_one + 1, "entries/GiB");
	bench_close(&b);
	return 0;
}
