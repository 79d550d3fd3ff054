// SPDX-License-Identifier: GPL-2.0
/*
 * One fault at a time on a populated 4 KiB piece: how long from the GPU's message to the answer? By the model's clock,
 * which knows when both passed its door.
 */
#include "ground/areas.h"
#include "ground/measure.h"

#define FAULTS	400
#define WARM	20

int main(void)
{
	static uint64_t ns[FAULTS];
	struct areas areas;
	struct bench b;
	unsigned int i;

	bench_open(&b);
	areas_map(&areas, FAULTS + WARM, SZ_4K, SZ_2M, PAGES_SMALL);
	areas_populate(&areas);
	for (i = 0; i < FAULTS + WARM; i++) {
		volatile uint32_t *word = (uint32_t *)(areas.start + i * areas.stride);
		int64_t faults = events(&b, "FAULT"), start = events(&b, "FAULT_NS");

		must(gpu_increment(&b.queue, word), "a write by the GPU");
		if (events(&b, "FAULT") - faults != 1 || *word != 0xc0de + 1)
			fail("write %u: %ld faults, memory %#x", i, (long)(events(&b, "FAULT") - faults), *word);
		if (i < WARM)
			continue;
		ns[i - WARM] = events(&b, "FAULT_NS") - start;
	}
	report("fault_latency_p50", percentile(ns, FAULTS, 50) / 1000.0, "us");
	report("fault_latency_p99", percentile(ns, FAULTS, 99) / 1000.0, "us");
	bench_close(&b);
	return 0;
}
