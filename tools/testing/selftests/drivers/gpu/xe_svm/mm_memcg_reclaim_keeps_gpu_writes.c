// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C4, C8): the reclaim of a memory cgroup takes pages of the GPU like any
 * others and loses nothing; a GPU that writes more than the limit of its
 * process pushes other pages to swap; locked memory stays.
 *
 * Desktop: may disturb it, makes a control group and swaps to /dev/ram1
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define PAGES		200
#define MIB		(1024 * 1024UL)
#define LIMIT		(6 * MIB)
#define BEYOND		(9 * MIB)

FIXTURE(group)
{
	struct gpu gpu;
	struct gpu_queue queue;
};

FIXTURE_SETUP(group)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (pressure_swap_on())
		SKIP(return, "no swap on " PRESSURE_SWAP_DEVICE);
	if (pressure_group_enter(LIMIT))
		SKIP(return, "no memory cgroup");
	ASSERT_EQ(0, pressure_stay_on_cpu());
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
}

FIXTURE_TEARDOWN(group)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	pressure_group_leave();
	pressure_swap_off();
}

static uint32_t *page(char *area, unsigned long i)
{
	return (uint32_t *)(area + i * SZ_4K);
}

static int gpu_fills(struct gpu_queue *queue, char *area, unsigned long first, unsigned long n)
{
	unsigned long i;

	for (i = first; i < first + n; i++)
		gpu_batch_store(queue, page(area, i), 0x3e3c0000 + i);
	return gpu_run(queue);
}

/* Reclaims until half of @area is in swap: a recently used page is skipped once. */
static bool reclaimed(char *area, size_t size)
{
	int i;

	for (i = 0; i < 4 && memory_smaps(area, "Swap") < (int64_t)size / 2; i++)
		if (pressure_group_reclaim(4 * MIB))
			return false;
	return memory_smaps(area, "Swap") >= (int64_t)size / 2;
}

TEST_F_TIMEOUT(group, reclaimed_and_read_back, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(PAGES * SZ_4K);
	uint32_t *values;
	unsigned int i;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_fills(&self->queue, area, 0, PAGES));
	ASSERT_TRUE(reclaimed(area, PAGES * SZ_4K))
		TH_LOG("nothing was reclaimed: the GPU held the pages");

	values = memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, values);
	for (i = 0; i < PAGES / 2; i++)
		gpu_batch_copy(&self->queue, &values[i], page(area, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(0x3e3c0000 + i, i < PAGES / 2 ? values[i] : *page(area, i));
}

/* In pieces, more than the limit: the pages written first have to be swapped out. */
TEST_F_TIMEOUT(group, written_beyond_the_limit, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(BEYOND);
	unsigned long i, bad = 0;

	ASSERT_NE(NULL, area);
	for (i = 0; i < BEYOND / SZ_4K; i += 128)
		ASSERT_EQ(0, gpu_fills(&self->queue, area, i, 128))
			TH_LOG("page %lu", i);
	EXPECT_LT(BEYOND - LIMIT, memory_smaps(area, "Swap"));
	for (i = 0; i < BEYOND / SZ_4K; i++)
		bad += *page(area, i) != 0x3e3c0000 + i;
	EXPECT_EQ(0, bad);
}

/* The sibling: locked pages stay where they are and mapped. */
TEST_F_TIMEOUT(group, locked_pages_stay, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(PAGES * SZ_4K);
	unsigned int i;
	int64_t before;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, mlock(area, PAGES * SZ_4K));
	ASSERT_EQ(0, gpu_fills(&self->queue, area, 0, PAGES));
	before = gpu_faults(&self->gpu);
	EXPECT_FALSE(reclaimed(area, PAGES * SZ_4K));
	EXPECT_EQ(0, memory_smaps(area, "Swap"));
	EXPECT_EQ(PAGES * SZ_4K, memory_smaps(area, "Locked"));

	for (i = 0; i < PAGES; i++)
		gpu_batch_increment(&self->queue, page(area, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(0x3e3c0000 + i + 1, *page(area, i));
	/* The control area is not locked: it may have been swapped out and in. */
	EXPECT_GE(before + 1, gpu_faults(&self->gpu));
}

TEST_HARNESS_MAIN
