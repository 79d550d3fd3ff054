// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C4): data that the GPU wrote after MADV_FREE survives reclaim, like
 * data of the CPU: the page is dirty when its mapping is removed.
 *
 * Desktop: may disturb it, drops caches
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define PAGES	64

MIRROR_ON_COPY_ENGINE();

static volatile uint32_t *freed_area(void)
{
	volatile uint32_t *area = memory_anonymous(PAGES * SZ_4K);
	unsigned int i;

	if (!area)
		return NULL;
	for (i = 0; i < PAGES; i++)
		area[i * SZ_4K / 4] = 0xf4ee0000 + i;
	return madvise((void *)area, PAGES * SZ_4K, MADV_FREE) ? NULL : area;
}

static int reclaim(volatile uint32_t *area)
{
	return pressure_page_out((void *)area, PAGES * SZ_4K);
}

/* The sibling: pages that were not written again are freed, so reclaim took place. */
TEST_F_TIMEOUT(mirror, untouched_pages_go, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *area = freed_area();
	unsigned int i, gone = 0;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, reclaim(area));
	for (i = 0; i < PAGES; i++)
		gone += area[i * SZ_4K / 4] == 0;
	EXPECT_LT(PAGES / 2, gone);
}

TEST_F_TIMEOUT(mirror, written_pages_stay, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *area = freed_area();
	unsigned int i;

	ASSERT_NE(NULL, area);
	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, &area[i * SZ_4K / 4], 0xf4ee1000 + i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	ASSERT_EQ(0, reclaim(area));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(0xf4ee1000 + i, area[i * SZ_4K / 4]);
}

/* Mapped writable before MADV_FREE: the GPU needs no new fault to write. */
TEST_F_TIMEOUT(mirror, mapped_before_written_after, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *area = memory_anonymous(PAGES * SZ_4K);
	unsigned int i;

	ASSERT_NE(NULL, area);
	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, &area[i * SZ_4K / 4], 0xf4ee2000 + i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	ASSERT_EQ(0, madvise((void *)area, PAGES * SZ_4K, MADV_FREE));
	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, &area[i * SZ_4K / 4], 0xf4ee3000 + i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	ASSERT_EQ(0, reclaim(area));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(0xf4ee3000 + i, area[i * SZ_4K / 4]);
}

TEST_HARNESS_MAIN
