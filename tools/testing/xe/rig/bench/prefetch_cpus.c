// SPDX-License-Identifier: GPL-2.0
/*
 * 256 MiB of memory that the CPU does not have yet are prefetched, with one CPU online and with two: how much faster
 * is the second?
 */
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"
#include "lib/pressure.h"

#define SIZE	(256UL << 20)
#define ROUNDS	5
#define ONLINE	"/sys/devices/system/cpu/cpu1/online"

static uint64_t once(struct bench *b)
{
	struct drm_xe_vm_bind_op op;
	struct areas areas;
	uint64_t start;

	areas_map(&areas, 1, SIZE, SIZE, PAGES_SMALL);
	op = gpu_op_prefetch((uintptr_t)areas.start, SIZE);
	op.prefetch_mem_region_instance = 0;
	start = now_ns();
	must(gpu_bind_ops(&b->gpu, &op, 1), "a prefetch");
	start = now_ns() - start;
	sure(memory_smaps(areas.start, "Rss") >= (int64_t)SIZE, "not populated");
	areas_unmap(&areas);
	return start;
}

int main(void)
{
	uint64_t one[ROUNDS], two[ROUNDS];
	struct bench b;
	unsigned int i;

	bench_open(&b);
	once(&b);
	for (i = 0; i < ROUNDS; i++) {
		must(pressure_set(ONLINE, "0"), "one CPU");
		one[i] = once(&b);
		must(pressure_set(ONLINE, "1"), "two CPUs");
		two[i] = once(&b);
	}
	report("prefetch_ms", percentile(two, ROUNDS, 50) / 1e6, "ms");
	report("prefetch_speedup", (double)percentile(one, ROUNDS, 50) / percentile(two, ROUNDS, 50), "one/two CPUs");
	bench_close(&b);
	return 0;
}
