// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6): munmap() unmaps the memory from the GPU before it returns: the
 * next access is refused, and the GPU sees new memory at the old address.
 *
 * Desktop: quiet machine, counts the TLB invalidations of the whole GPU
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_EVERY_ENGINE();

TEST_F_TIMEOUT(mirror, next_access_refused, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	uint64_t before, after;
	int64_t invalidated;

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(&self->queue, word, 0xdead0001));
	ASSERT_EQ(0xdead0001, *word);
	invalidated = gpu_model_count(&self->model, "TLB_INVAL_RANGE");

	ASSERT_EQ(0, gpu_stat(&self->gpu, "tlb_inval_count", &before));
	ASSERT_EQ(0, munmap((void *)word, SZ_4K));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "tlb_inval_count", &after));
	EXPECT_LT(before, after);
	WITH_MODEL(&self->model)
		EXPECT_LT(invalidated, gpu_model_count(&self->model, "TLB_INVAL_RANGE"));

	EXPECT_EQ(REFUSED, gpu_write(&self->queue, word, 0xdead0002));
	WITH_MODEL(&self->model)
		EXPECT_EQ(0, gpu_model_count(&self->model, "TLB_STALE_USE"));
}

TEST_F_TIMEOUT(mirror, new_memory_at_old_address, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	uint32_t value = 1;
	int64_t before;

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(&self->queue, word, 0xdead0003));
	ASSERT_EQ(0, munmap((void *)word, SZ_4K));
	ASSERT_EQ((void *)word, mmap((void *)word, SZ_4K, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));

	before = gpu_faults(&self->gpu);
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0, value);
	EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_EQ(0, gpu_write(&self->queue, word, 0xdead0004));
	EXPECT_EQ(0xdead0004, *word);
}

/* The sibling: memory that the GPU never touched costs no invalidation. */
TEST_F_TIMEOUT(mirror, untouched_memory_is_quiet, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	uint64_t before, after;

	ASSERT_NE(NULL, word);
	*word = 1;
	ASSERT_EQ(0, gpu_stat(&self->gpu, "tlb_inval_count", &before));
	ASSERT_EQ(0, munmap((void *)word, SZ_4K));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "tlb_inval_count", &after));
	EXPECT_EQ(before, after);
}

TEST_HARNESS_MAIN
