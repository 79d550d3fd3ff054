// SPDX-License-Identifier: GPL-2.0
/*
 * Faults served per second when all engines of the device fault on one VM, each on blocks of its own and one fault at
 * a time, against one engine alone.
 */
#include "ground/areas.h"
#include "ground/measure.h"

#define FAULTS	256
#define ROUNDS	5

/* faults per second of the first n engines */
static double rate(struct bench *b, struct gpu_queue *queues, unsigned int n)
{
	struct areas areas;
	int64_t faults;
	uint64_t start;
	unsigned int i;

	areas_map(&areas, n * FAULTS, SZ_4K, SZ_2M, PAGES_SMALL);
	areas_populate(&areas);
	for (i = 0; i < n; i++)
		batch_touch(&queues[i], areas.start + i * FAULTS * SZ_2M, FAULTS, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	faults = events(b, "FAULT");
	start = now_ns();
	for (i = 0; i < n; i++)
		must(gpu_start(&queues[i]), "an engine's batch");
	for (i = 0; i < n; i++)
		must(gpu_wait(&queues[i]), "an engine's faults");
	start = now_ns() - start;
	faults = events(b, "FAULT") - faults;
	sure(faults >= n * FAULTS, "fewer faults than pieces");
	for (i = 0; i < n * FAULTS; i++)
		sure(*(uint32_t *)(areas.start + i * SZ_2M) == 0xc0de + 1, "the GPU did not write");
	areas_unmap(&areas);
	return (double)SECOND_NS * n * FAULTS / start;
}

int main(void)
{
	struct gpu_queue queues[GPU_MAX_ENGINES];
	uint64_t one[ROUNDS], all[ROUNDS];
	struct bench b;
	unsigned int i;

	bench_open(&b);
	for (i = 0; i < b.gpu.num_engines; i++)
		queue_on(&b, i, &queues[i]);
	for (i = 0; i < ROUNDS; i++) {
		one[i] = rate(&b, queues, 1);
		all[i] = rate(&b, queues, b.gpu.num_engines);
	}
	report("engines", b.gpu.num_engines, "engines");
	report("engines_faults_one", percentile(one, ROUNDS, 50), "faults/s");
	report("engines_faults_all", percentile(all, ROUNDS, 50), "faults/s");
	report("engines_speedup", (double)percentile(all, ROUNDS, 50) / percentile(one, ROUNDS, 50), "all/one");
	bench_close(&b);
	return 0;
}
