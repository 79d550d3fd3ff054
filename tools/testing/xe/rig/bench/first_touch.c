// SPDX-License-Identifier: GPL-2.0
/*
 * 1 GiB of fresh anonymous memory, first touched by the GPU page after page: how many instructions, against those of
 * MAP_POPULATE of as much? A GPU that is not through in time is compared by what it has touched.
 *
 * To be run under --icount.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"
#include "lib/pressure.h"

#define PAGES		(SZ_1G / SZ_4K)
#define LIMIT_MS	4000	/* of the guest, which are instructions */
#define THP_ENABLED	"/sys/kernel/mm/transparent_hugepage/enabled"

/* instructions per page */
static double by_cpu(void)
{
	uint64_t start = instructions();
	void *p = mmap(NULL, SZ_1G, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	sure(p != MAP_FAILED, "no memory");
	start = instructions() - start;
	sure(memory_smaps(p, "Rss") >= (int64_t)(SZ_1G - SZ_2M), "not populated");
	munmap(p, SZ_1G);
	return (double)start / PAGES;
}

static double by_gpu(struct bench *b, enum pages pages, uint32_t *touched)
{
	struct areas areas;
	uint64_t start;
	double each;

	areas_map(&areas, 1, SZ_1G, SZ_1G, pages);
	start = instructions();
	*touched = touch_in_order(&b->queue, areas.start, PAGES, LIMIT_MS, GPU_TOUCH_INCREMENT);
	each = (double)(instructions() - start) / *touched;
	sure(*touched && *(uint32_t *)(areas.start + (*touched - 1) * SZ_4K) == 1, "the GPU did not write");
	munmap(areas.start, SZ_1G);
	return each;
}

static void measure(struct bench *b, const char *name, enum pages pages)
{
	double cpu, gpu;
	uint32_t touched;
	char key[48];

	must(pressure_set(THP_ENABLED, pages == PAGES_HUGE ? "always" : "madvise"), THP_ENABLED);
	cpu = by_cpu();
	gpu = by_gpu(b, pages, &touched);
	snprintf(key, sizeof(key), "first_touch_%s", name);
	report(key, gpu / cpu, "of the CPU's");
	strcat(key, "_mib");
	report(key, touched / 256.0, "MiB touched in time");
}

int main(void)
{
	struct bench b;

	instructions_open();
	bench_open(&b);
	measure(&b, "small", PAGES_SMALL);
	measure(&b, "thp", PAGES_HUGE);
	bench_close(&b);
	return 0;
}
