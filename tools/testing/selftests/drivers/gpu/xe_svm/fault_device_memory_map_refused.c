// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): an address that is device memory for the CPU (VM_IO, VM_PFNMAP) is
 * refused cleanly through a mirror, and ordinary memory continues to work.
 *
 * The device memory is a buffer object of the same GPU, mapped for the CPU at
 * an address where only the mirror is bound.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_COPY_ENGINE();

TEST_F_TIMEOUT(mirror, buffer_seen_through_its_cpu_map, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_64K);
	volatile uint32_t *ordinary = memory_anonymous(SZ_4K);
	uint32_t bo, value = 0;

	ASSERT_NE(NULL, word);
	ASSERT_NE(NULL, ordinary);
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_64K, &bo));
	ASSERT_EQ(0, gpu_bo_map_cpu(&self->gpu, bo, (void *)word, SZ_64K));
	*word = 0x10101010;

	EXPECT_EQ(REFUSED, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0, value);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, word, 0x20202020));
	EXPECT_EQ(0x10101010, *word);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));

	EXPECT_EQ(0, gpu_write(&self->queue, ordinary, 0x30303030));
	EXPECT_EQ(0x30303030, *ordinary);
	gpu_bo_destroy(&self->gpu, bo);
}

TEST_HARNESS_MAIN
