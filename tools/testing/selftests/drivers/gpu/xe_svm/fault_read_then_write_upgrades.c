// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C3): a page that was mapped for a GPU read becomes writable by a second
 * fault when the GPU writes, and both accesses may be in one batch.
 *
 * Desktop: harmless
 */
#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_EVERY_ENGINE();

/* Untouched memory: the read maps the zero page, so the write cannot reuse it. */
TEST_F_TIMEOUT(mirror, two_batches, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int64_t start = gpu_faults(&self->gpu), after_read, after_write;
	uint32_t value = 1;

	ASSERT_NE(NULL, word);
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0, value);
	after_read = gpu_faults(&self->gpu);
	EXPECT_LT(start, after_read);

	EXPECT_EQ(0, gpu_write(&self->queue, word, 0xabcd0001));
	EXPECT_EQ(0xabcd0001, *word);
	after_write = gpu_faults(&self->gpu);
	EXPECT_LT(after_read, after_write);

	/* And the GPU reads the page it wrote, not the zero page it read first. */
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0xabcd0001, value);
	EXPECT_EQ(after_write, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(mirror, one_batch, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(2 * SZ_4K);
	volatile uint32_t *copy = word + SZ_4K / sizeof(*word);
	int64_t start = gpu_faults(&self->gpu);

	ASSERT_NE(NULL, word);
	gpu_batch_copy(&self->queue, &copy[0], word);
	gpu_batch_store(&self->queue, word, 0xabcd0002);
	gpu_batch_copy(&self->queue, &copy[1], word);
	copy[0] = ~0;
	EXPECT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(0, copy[0]);
	EXPECT_EQ(0xabcd0002, copy[1]);
	EXPECT_EQ(0xabcd0002, *word);
	EXPECT_LE(start + 2, gpu_faults(&self->gpu));
}

TEST_HARNESS_MAIN
