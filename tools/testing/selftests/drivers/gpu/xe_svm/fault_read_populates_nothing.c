// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C3, P3): a GPU read of untouched anonymous memory returns zero and
 * allocates no page; a GPU write allocates the pages written and no others.
 *
 * Desktop: harmless
 */
#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define AREA		(8 * SZ_2M)
#define SPARSE_PAGES	128
#define SPARSE_STRIDE	(AREA / SPARSE_PAGES)

MIRROR_ON_COPY_ENGINE();

TEST_F_TIMEOUT(mirror, read_one_word, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(AREA);
	int64_t before = gpu_faults(&self->gpu);
	uint32_t value = 1;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, memory_smaps(area, "Rss"));
	EXPECT_EQ(0, gpu_read(&self->queue, area + AREA / 2, &value));
	EXPECT_EQ(0, value);
	EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_EQ(0, memory_smaps(area, "Rss"));
}

TEST_F_TIMEOUT(mirror, write_one_word, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(AREA);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, memory_smaps(area, "Rss"));
	EXPECT_EQ(0, gpu_write(&self->queue, area + AREA / 2, 1));
	EXPECT_EQ(SZ_4K, memory_smaps(area, "Rss"));
}

TEST_F_TIMEOUT(mirror, write_sparse_words, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(AREA);
	unsigned int i;

	ASSERT_NE(NULL, area);
	for (i = 0; i < SPARSE_PAGES; i++)
		gpu_batch_store(&self->queue, area + i * SPARSE_STRIDE, i + 1);
	EXPECT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(SPARSE_PAGES * SZ_4K, memory_smaps(area, "Rss"));
	for (i = 0; i < SPARSE_PAGES; i++)
		EXPECT_EQ(i + 1, *(uint32_t *)(area + i * SPARSE_STRIDE));
}

TEST_HARNESS_MAIN
