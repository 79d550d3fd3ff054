// SPDX-License-Identifier: GPL-2.0
/*
 * The GPU reads 16 MiB of memory that nobody has touched, in small pages, so that it maps the zero page. Then the CPU
 * writes all of it, page by page: how many TLB invalidations does each 2 MiB take?
 */
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define BLOCKS	8u
#define PAGES	(BLOCKS * SZ_2M / SZ_4K)
#define READ_MS	30000

int main(void)
{
	int64_t flushes, faults;
	struct areas areas;
	struct bench b;

	bench_open(&b);
	areas_map(&areas, BLOCKS, SZ_2M, SZ_2M, PAGES_SMALL);
	sure(touch_in_order(&b.queue, areas.start, PAGES, READ_MS, GPU_TOUCH_READ) == PAGES, "the GPU reads too slowly");
	faults = events(&b, "FAULT");
	touch(&b.queue, areas.start, BLOCKS, SZ_2M, 1, GPU_TOUCH_READ);
	sure(events(&b, "FAULT") == faults, "the GPU has not mapped what it read");

	settle(&b);
	flushes = tlb_invalidations(&b);
	areas_populate(&areas);
	settle(&b);
	flushes = tlb_invalidations(&b) - flushes;
	sure(flushes > 0, "the CPU's write changed nothing for the GPU");

	touch(&b.queue, areas.start, BLOCKS, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	sure(*(uint32_t *)(areas.start + (BLOCKS - 1) * SZ_2M) == 0xc0de + 1, "the GPU kept the zero page");
	report("read_then_write_flushes", (double)flushes / BLOCKS, "flushes/2 MiB");
	bench_close(&b);
	return 0;
}
