// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C3): the GPU may read memory that is read-only for the CPU. The memory
 * is mapped read-only, and a write to it is refused and changes nothing.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_COPY_ENGINE();

static const uint32_t in_program[SZ_4K / sizeof(uint32_t)]
	__attribute__((aligned(SZ_4K))) = { 0x0badcafe };

static void read_works_write_refused(struct __test_metadata *_metadata, struct gpu_queue *queue,
				     const volatile uint32_t *word)
{
	uint32_t value = ~*word, expected = *word;
	int64_t before = gpu_faults(queue->gpu);

	EXPECT_EQ(0, gpu_read(queue, word, &value));
	EXPECT_EQ(expected, value);
	EXPECT_LT(before, gpu_faults(queue->gpu));

	EXPECT_EQ(REFUSED, gpu_write(queue, (void *)word, ~expected));
	EXPECT_EQ(expected, *word);

	/* The refused write took nothing away from the readers. */
	ASSERT_EQ(0, gpu_queue_renew(queue));
	value = ~expected;
	EXPECT_EQ(0, gpu_read(queue, word, &value));
	EXPECT_EQ(expected, value);
}

TEST_F_TIMEOUT(mirror, anonymous, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);

	ASSERT_NE(NULL, word);
	*word = 0x600d0001;
	ASSERT_EQ(0, mprotect((void *)word, SZ_4K, PROT_READ));
	read_works_write_refused(_metadata, &self->queue, word);

	/* The right to write comes back with mprotect(). */
	ASSERT_EQ(0, mprotect((void *)word, SZ_4K, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, gpu_write(&self->queue, word, 0x600d0002));
	EXPECT_EQ(0x600d0002, *word);
}

/* Mapped writable for the GPU first: taking the right away must reach the GPU. */
TEST_F_TIMEOUT(mirror, anonymous_written_before, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(&self->queue, word, 0x600d0003));
	ASSERT_EQ(0, mprotect((void *)word, SZ_4K, PROT_READ));
	read_works_write_refused(_metadata, &self->queue, word);
	EXPECT_EQ(0x600d0003, *word);
}

TEST_F_TIMEOUT(mirror, untouched, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_map(SZ_4K, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	ASSERT_NE(NULL, word);
	read_works_write_refused(_metadata, &self->queue, word);
}

TEST_F_TIMEOUT(mirror, shared_file, GPU_TEST_TIMEOUT)
{
	int fd = memory_file("/tmp", SZ_4K, 0x600d0004);
	volatile uint32_t *word;

	ASSERT_LE(0, fd);
	word = memory_map(SZ_4K, PROT_READ, MAP_SHARED, fd);
	ASSERT_NE(NULL, word);
	read_works_write_refused(_metadata, &self->queue, word);
	close(fd);
}

TEST_F_TIMEOUT(mirror, program_data, GPU_TEST_TIMEOUT)
{
	read_works_write_refused(_metadata, &self->queue, in_program);
}

TEST_F_TIMEOUT(mirror, program_text, GPU_TEST_TIMEOUT)
{
	uintptr_t text = (uintptr_t)&read_works_write_refused & ~3UL;

	read_works_write_refused(_metadata, &self->queue, (uint32_t *)text);
}

TEST_HARNESS_MAIN
