// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): after MADV_DONTNEED the GPU reads the same data as the CPU: zero
 * in anonymous memory, the file in a private file mapping; a shared mapping
 * keeps the data that the GPU wrote.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_COPY_ENGINE();

static void dropped(struct __test_metadata *_metadata, struct gpu_queue *queue,
		    volatile uint32_t *word, uint32_t expected)
{
	uint32_t value = ~expected;
	int64_t before;

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(queue, word, 0xd00d0001));
	ASSERT_EQ(0xd00d0001, *word);
	ASSERT_EQ(0, madvise((void *)word, SZ_4K, MADV_DONTNEED));

	before = gpu_faults(queue->gpu);
	EXPECT_EQ(0, gpu_read(queue, word, &value));
	EXPECT_EQ(expected, value);
	EXPECT_EQ(expected, *word);
	EXPECT_LT(before, gpu_faults(queue->gpu));
}

TEST_F_TIMEOUT(mirror, anonymous, GPU_TEST_TIMEOUT)
{
	dropped(_metadata, &self->queue, memory_anonymous(SZ_4K), 0);
}

TEST_F_TIMEOUT(mirror, private_file, GPU_TEST_TIMEOUT)
{
	int fd = memory_file("/tmp", SZ_4K, 0xd00d0002);

	ASSERT_LE(0, fd);
	dropped(_metadata, &self->queue,
		memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd), 0xd00d0002);
}

TEST_F_TIMEOUT(mirror, shared_keeps, GPU_TEST_TIMEOUT)
{
	dropped(_metadata, &self->queue,
		memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1),
		0xd00d0001);
}

TEST_HARNESS_MAIN
