// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): after mremap() the GPU finds the data at the new address and not
 * at the old one: an access there is refused, or reads zero if the mapping was
 * kept.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_COPY_ENGINE();

/* A page the GPU wrote, and an unused address to move it to. */
static int prepare(struct gpu_queue *queue, volatile uint32_t **from, void **to)
{
	*from = memory_anonymous(SZ_4K);
	*to = memory_anonymous(SZ_4K);
	if (!*from || !*to)
		return -ENOMEM;
	return gpu_write(queue, *from, 0x30303030);
}

static void is_at(struct __test_metadata *_metadata, struct gpu_queue *queue,
		  volatile uint32_t *word)
{
	uint32_t value = 0;

	EXPECT_EQ(0x30303030, *word);
	EXPECT_EQ(0, gpu_read(queue, word, &value));
	EXPECT_EQ(0x30303030, value);
	EXPECT_EQ(0, gpu_write(queue, word, 0x31313131));
	EXPECT_EQ(0x31313131, *word);
}

TEST_F_TIMEOUT(mirror, moved, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *from;
	uint32_t value = 0;
	void *to;

	ASSERT_EQ(0, prepare(&self->queue, &from, &to));
	ASSERT_EQ(to, mremap((void *)from, SZ_4K, SZ_4K, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	is_at(_metadata, &self->queue, to);
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, from, &value));
}

TEST_F_TIMEOUT(mirror, moved_old_kept, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *from;
	uint32_t value = 1;
	void *to;

	ASSERT_EQ(0, prepare(&self->queue, &from, &to));
	ASSERT_EQ(to, mremap((void *)from, SZ_4K, SZ_4K,
			     MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to));
	is_at(_metadata, &self->queue, to);
	EXPECT_EQ(0, gpu_read(&self->queue, from, &value));
	EXPECT_EQ(0, value);
}

/* Onto memory that the GPU has mapped: the old memory is unmapped for it, too. */
TEST_F_TIMEOUT(mirror, moved_onto_mapped_memory, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *from;
	void *to;

	ASSERT_EQ(0, prepare(&self->queue, &from, &to));
	ASSERT_EQ(0, gpu_write(&self->queue, to, 0x32323232));
	ASSERT_EQ(to, mremap((void *)from, SZ_4K, SZ_4K, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	is_at(_metadata, &self->queue, to);
}

TEST_HARNESS_MAIN
