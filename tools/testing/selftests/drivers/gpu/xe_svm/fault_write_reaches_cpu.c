// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): a GPU write to anonymous memory faults and is visible to the CPU,
 * and neighbouring bytes stay unchanged; a write where the CPU has no
 * permission is refused and changes nothing.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_EVERY_ENGINE();

TEST_F_TIMEOUT(mirror, untouched_page, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int64_t before = gpu_faults(&self->gpu);

	ASSERT_NE(NULL, word);
	ASSERT_LE(0, before);
	EXPECT_EQ(0, gpu_write(&self->queue, &word[1], 0xfeed0001));
	EXPECT_EQ(0, word[0]);
	EXPECT_EQ(0xfeed0001, word[1]);
	EXPECT_EQ(0, word[2]);
	EXPECT_LT(before, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(mirror, populated_page, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int64_t before;

	ASSERT_NE(NULL, word);
	word[0] = 1;
	word[1] = 2;
	before = gpu_faults(&self->gpu);
	EXPECT_EQ(0, gpu_write(&self->queue, &word[1], 0xfeed0002));
	EXPECT_EQ(1, word[0]);
	EXPECT_EQ(0xfeed0002, word[1]);
	EXPECT_LT(before, gpu_faults(&self->gpu));

	/* Now it is mapped: the next write is seen without a fault. */
	before = gpu_faults(&self->gpu);
	EXPECT_EQ(0, gpu_write(&self->queue, &word[0], 0xfeed0003));
	EXPECT_EQ(0xfeed0003, word[0]);
	EXPECT_EQ(before, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(mirror, err_no_right, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);

	ASSERT_NE(NULL, word);
	*word = 3;
	ASSERT_EQ(0, mprotect((void *)word, SZ_4K, PROT_NONE));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, word, 0xfeed0004));
	ASSERT_EQ(0, mprotect((void *)word, SZ_4K, PROT_READ | PROT_WRITE));
	EXPECT_EQ(3, *word);

	/* With the right back, the same write on a fresh queue works. */
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->queue, word, 0xfeed0005));
	EXPECT_EQ(0xfeed0005, *word);
}

TEST_HARNESS_MAIN
