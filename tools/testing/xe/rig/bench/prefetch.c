// SPDX-License-Identifier: GPL-2.0
/*
 * 256 MiB of anonymous memory are prefetched: how many instructions for each 4 KiB where the CPU has the memory, and
 * where it does not have it yet? The latter also against MAP_POPULATE of as much. The GPU then writes without a fault.
 *
 * To be run under --icount.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"
#include "lib/pressure.h"

#define SIZE		(256UL << 20)
#define PAGES		(SIZE / SZ_4K)
#define STEP		(SZ_2M + SZ_4K)
#define THP_ENABLED	"/sys/kernel/mm/transparent_hugepage/enabled"

static double populate(void)
{
	uint64_t start = instructions();
	void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	sure(p != MAP_FAILED, "no memory");
	start = instructions() - start;
	munmap(p, SIZE);
	return (double)start / PAGES;
}

/* instructions per page; whatever is prefetched must not fault */
static double prefetch(struct bench *b, char *area)
{
	struct drm_xe_vm_bind_op op = gpu_op_prefetch((uintptr_t)area, SIZE);
	uint64_t start;
	int64_t faults;

	op.prefetch_mem_region_instance = 0;
	start = instructions();
	must(gpu_bind_ops(&b->gpu, &op, 1), "a prefetch");
	start = instructions() - start;
	faults = events(b, "FAULT");
	touch(&b->queue, area, SIZE / STEP, STEP, 1, GPU_TOUCH_INCREMENT);
	sure(events(b, "FAULT") == faults, "the GPU faults after the prefetch");
	return (double)start / PAGES;
}

static void measure(struct bench *b, const char *name, enum pages pages)
{
	double by_cpu, absent, present;
	struct areas areas;
	char key[48];

	must(pressure_set(THP_ENABLED, pages == PAGES_HUGE ? "always" : "madvise"), THP_ENABLED);
	by_cpu = populate();

	areas_map(&areas, 1, SIZE, SIZE, pages);
	absent = prefetch(b, areas.start);
	sure(memory_smaps(areas.start, "Rss") >= (int64_t)SIZE, "not populated");
	areas_unmap(&areas);

	areas_map(&areas, 1, SIZE, SIZE, pages);
	areas_populate(&areas);
	present = prefetch(b, areas.start);
	areas_unmap(&areas);

	snprintf(key, sizeof(key), "prefetch_present_%s", name);
	report(key, present, "instructions/page");
	snprintf(key, sizeof(key), "prefetch_absent_%s", name);
	report(key, absent, "instructions/page");
	strcat(key, "_populate");
	report(key, absent / by_cpu, "of MAP_POPULATE's");
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
