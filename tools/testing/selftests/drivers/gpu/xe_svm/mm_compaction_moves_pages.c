// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C4, C8): when compaction moves pages that the GPU has mapped, the data
 * it wrote moves along, and its next access reaches the new pages.
 *
 * After migrate and migrate_multiple of mm/hmm-tests.c, with migration by the
 * mm itself.
 *
 * Desktop: may disturb it, compacts all memory
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define AREA		(192 * 1024 * 1024UL)
#define KEPT		128
#define STRIDE		(AREA / KEPT)
#define ATTEMPTS	5

FIXTURE(sparse)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *area;
	int64_t pfn[KEPT];
};

static uint32_t *kept(char *area, unsigned int i)
{
	return (uint32_t *)(area + i * STRIDE);
}

/* Pages the GPU wrote, far from each other in physical memory; between them holes. */
FIXTURE_SETUP(sparse)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_map(AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, AREA, MADV_NOHUGEPAGE));
	ASSERT_EQ(0, madvise(self->area, AREA, MADV_POPULATE_WRITE));
	for (i = 0; i < KEPT; i++)
		ASSERT_EQ(0, madvise((char *)kept(self->area, i) + SZ_4K, STRIDE - SZ_4K,
				     MADV_DONTNEED));
	for (i = 0; i < KEPT; i++)
		gpu_batch_store(&self->queue, kept(self->area, i), 0xc03b0000 + i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < KEPT; i++)
		self->pfn[i] = memory_pfn(kept(self->area, i));
	if (self->pfn[0] <= 0)
		SKIP(return, "physical addresses are not to be seen");
}

FIXTURE_TEARDOWN(sparse)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Returns how many of the pages lie elsewhere now. */
static unsigned int compact(FIXTURE_DATA(sparse) *self)
{
	unsigned int i, attempt, moved = 0;

	for (attempt = 0; attempt < ATTEMPTS && !moved; attempt++) {
		if (pressure_compact())
			return 0;
		for (i = 0; i < KEPT; i++)
			moved += memory_pfn(kept(self->area, i)) != self->pfn[i];
	}
	return moved;
}

TEST_F_TIMEOUT(sparse, gpu_reads_after_move, GPU_TEST_TIMEOUT)
{
	uint32_t *values = memory_anonymous(SZ_4K);
	unsigned int i, moved = compact(self);

	ASSERT_NE(NULL, values);
	ASSERT_LT(0, moved)
		TH_LOG("compaction moved nothing");
	TH_LOG("%u of %u pages moved", moved, KEPT);
	for (i = 0; i < KEPT; i++)
		gpu_batch_copy(&self->queue, &values[i], kept(self->area, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < KEPT; i++) {
		EXPECT_EQ(0xc03b0000 + i, values[i]);
		EXPECT_EQ(0xc03b0000 + i, *kept(self->area, i));
	}
}

TEST_F_TIMEOUT(sparse, gpu_writes_after_move, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_faults(&self->gpu);
	unsigned int i;

	ASSERT_LT(0, compact(self))
		TH_LOG("compaction moved nothing");
	for (i = 0; i < KEPT; i++)
		gpu_batch_increment(&self->queue, kept(self->area, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < KEPT; i++)
		EXPECT_EQ(0xc03b0000 + i + 1, *kept(self->area, i));
	EXPECT_LT(before, gpu_faults(&self->gpu));
}

/* The sibling: pages that are not moved stay mapped. */
TEST_F_TIMEOUT(sparse, untouched_mappings_stay, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_faults(&self->gpu);
	unsigned int i;

	for (i = 0; i < KEPT; i++)
		gpu_batch_increment(&self->queue, kept(self->area, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(before, gpu_faults(&self->gpu));
}

TEST_HARNESS_MAIN
