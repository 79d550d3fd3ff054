// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): a GPU read of anonymous memory faults once and returns the data
 * that the CPU wrote there; a read of an address without CPU memory is refused.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_EVERY_ENGINE();

TEST_F_TIMEOUT(mirror, populated_page, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int64_t before = gpu_faults(&self->gpu), after;
	uint32_t value = 0;

	ASSERT_NE(NULL, word);
	ASSERT_LE(0, before);
	*word = 0xc0ffee01;
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0xc0ffee01, value);
	after = gpu_faults(&self->gpu);
	EXPECT_LT(before, after);

	/* Now it is mapped: the CPU's next value is seen without a fault. */
	*word = 0xc0ffee02;
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0xc0ffee02, value);
	EXPECT_EQ(after, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(mirror, malloced_memory, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = malloc(100);
	uint32_t value = 0;

	ASSERT_NE(NULL, word);
	*word = 0xc0ffee03;
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0xc0ffee03, value);
}

TEST_F_TIMEOUT(mirror, err_no_cpu_memory, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	uint32_t value = 0;

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, munmap((void *)word, SZ_4K));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0, value);
}

TEST_HARNESS_MAIN
