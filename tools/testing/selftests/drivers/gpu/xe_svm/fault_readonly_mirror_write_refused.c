// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C7): in a mirror bound READONLY the GPU can read and not write, and an
 * adjacent writable mirror stays writable, whichever was bound first.
 *
 * On Linux 7.3 a READONLY mirror bound next to another makes all of the other
 * read-only.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_COPY_ENGINE();

static void write_refused(struct __test_metadata *_metadata, struct gpu_queue *queue,
			  volatile uint32_t *word)
{
	uint32_t value = 0;

	*word = 0x4ead0001;
	EXPECT_EQ(0, gpu_read(queue, word, &value));
	EXPECT_EQ(0x4ead0001, value);
	EXPECT_EQ(REFUSED, gpu_write(queue, word, 0x4ead0002));
	EXPECT_EQ(0x4ead0001, *word);
	ASSERT_EQ(0, gpu_queue_renew(queue));
}

static void write_works(struct __test_metadata *_metadata, struct gpu_queue *queue,
			volatile uint32_t *word)
{
	EXPECT_EQ(0, gpu_write(queue, word, 0x4ead0003));
	EXPECT_EQ(0x4ead0003, *word);
}

TEST_F_TIMEOUT(mirror, part_bound_readonly, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(3 * SZ_2M);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)area + SZ_2M, SZ_2M,
				     DRM_XE_VM_BIND_FLAG_READONLY));
	write_refused(_metadata, &self->queue, (uint32_t *)(area + SZ_2M));
	write_refused(_metadata, &self->queue, (uint32_t *)(area + 2 * SZ_2M - SZ_4K));
	write_works(_metadata, &self->queue, (uint32_t *)(area + SZ_2M - SZ_4K));
	write_works(_metadata, &self->queue, (uint32_t *)(area + 2 * SZ_2M));
}

/* The edge need not be on a 2 MiB boundary: two mirrors in one block. */
TEST_F_TIMEOUT(mirror, edge_inside_a_block, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)area + SZ_64K, SZ_64K,
				     DRM_XE_VM_BIND_FLAG_READONLY));
	write_works(_metadata, &self->queue, (uint32_t *)(area + SZ_64K - SZ_4K));
	write_refused(_metadata, &self->queue, (uint32_t *)(area + SZ_64K));
	write_refused(_metadata, &self->queue, (uint32_t *)(area + 2 * SZ_64K - SZ_4K));
	write_works(_metadata, &self->queue, (uint32_t *)(area + 2 * SZ_64K));
}

/* A mapping beside a readable page ends where the mirror ends. */
TEST_F_TIMEOUT(mirror, edge_inside_a_populated_block, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, area);
	memset(area, 1, SZ_2M);
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)area + SZ_64K, SZ_64K,
				     DRM_XE_VM_BIND_FLAG_READONLY));
	write_works(_metadata, &self->queue, (uint32_t *)(area + SZ_64K - SZ_4K));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, area + SZ_64K, 0x4ead0004));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	write_refused(_metadata, &self->queue, (uint32_t *)(area + 2 * SZ_64K - SZ_4K));
	write_works(_metadata, &self->queue, (uint32_t *)(area + 2 * SZ_64K));
}

/* A mirror that begins where a readable one ends takes in none of it. */
TEST_F_TIMEOUT(mirror, bound_beside_readonly, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(2 * SZ_2M);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)area, SZ_2M,
				     DRM_XE_VM_BIND_FLAG_READONLY));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)area + SZ_2M, SZ_2M, 0));
	write_refused(_metadata, &self->queue, (uint32_t *)area);
	write_refused(_metadata, &self->queue, (uint32_t *)(area + SZ_2M - SZ_4K));
	write_works(_metadata, &self->queue, (uint32_t *)(area + SZ_2M));
}

/* Bound writable again the write works: the sibling. */
TEST_F_TIMEOUT(mirror, bound_writable_again, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)word, SZ_2M,
				     DRM_XE_VM_BIND_FLAG_READONLY));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, word, 1));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)word, SZ_2M, 0));
	write_works(_metadata, &self->queue, word);
}

TEST_HARNESS_MAIN
