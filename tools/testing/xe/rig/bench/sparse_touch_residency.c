// SPDX-License-Identifier: GPL-2.0
/*
 * The GPU writes 4 bytes into each 2 MiB of 1 GiB of fresh anonymous memory: what becomes resident? Without huge pages,
 * and with huge pages wherever the mm likes, there against what the same writes of the CPU cost.
 */
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define TOUCHES	512

static int64_t resident(const struct areas *areas)
{
	int64_t bytes = memory_smaps(areas->start, "Rss");

	sure(bytes >= 0, "no smaps");
	return bytes;
}

static double by_gpu(struct bench *b, enum pages pages)
{
	struct areas areas;
	double bytes;
	int i;

	areas_map(&areas, TOUCHES, SZ_2M, SZ_2M, pages);
	touch(&b->queue, areas.start, TOUCHES, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	bytes = resident(&areas);
	sure(bytes >= TOUCHES * SZ_4K, "less is resident than was written");
	for (i = 0; i < TOUCHES; i++)
		sure(*(uint32_t *)(areas.start + i * SZ_2M) == 1, "the GPU did not write");
	munmap(areas.start, TOUCHES * SZ_2M);
	return bytes;
}

static double by_cpu(void)
{
	struct areas areas;
	double bytes;
	int i;

	areas_map(&areas, TOUCHES, SZ_2M, SZ_2M, PAGES_HUGE);
	for (i = 0; i < TOUCHES; i++)
		*(volatile uint32_t *)(areas.start + i * SZ_2M) = 1;
	bytes = resident(&areas);
	munmap(areas.start, TOUCHES * SZ_2M);
	return bytes;
}

int main(void)
{
	struct bench b;

	bench_open(&b);
	report("sparse_resident_small", by_gpu(&b, PAGES_SMALL) / TOUCHES / 1024, "KiB/touch");
	report("sparse_resident_thp_against_cpu", by_gpu(&b, PAGES_HUGE) / by_cpu(), "ratio");
	bench_close(&b);
	return 0;
}
