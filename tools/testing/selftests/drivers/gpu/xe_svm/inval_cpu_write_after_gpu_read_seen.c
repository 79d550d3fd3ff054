// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): when a write of the CPU replaces a page (zero page, private file
 * page, page shared with a child), the GPU that had the old page mapped reads
 * the new value.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_COPY_ENGINE();

static void new_home_is_seen(struct __test_metadata *_metadata, struct gpu_queue *queue,
			     volatile uint32_t *word, uint32_t old)
{
	uint32_t value = ~old;
	int64_t before;

	EXPECT_EQ(0, gpu_read(queue, word, &value));
	EXPECT_EQ(old, value);

	before = gpu_faults(queue->gpu);
	*word = old + 1;
	EXPECT_EQ(0, gpu_read(queue, word, &value));
	EXPECT_EQ(old + 1, value);
	EXPECT_LT(before, gpu_faults(queue->gpu))
		TH_LOG("the old page was still mapped");
}

TEST_F_TIMEOUT(mirror, zero_page, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);

	ASSERT_NE(NULL, word);
	new_home_is_seen(_metadata, &self->queue, word, 0);
}

TEST_F_TIMEOUT(mirror, private_file, GPU_TEST_TIMEOUT)
{
	int fd = memory_file("/tmp", SZ_4K, 0xf11e0001);
	volatile uint32_t *word;

	ASSERT_LE(0, fd);
	word = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	ASSERT_NE(NULL, word);
	new_home_is_seen(_metadata, &self->queue, word, 0xf11e0001);
	close(fd);
}

TEST_F_TIMEOUT(mirror, shared_with_child, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	pid_t child;

	ASSERT_NE(NULL, word);
	*word = 0xc41d0001;
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	ASSERT_LT(0, child);
	new_home_is_seen(_metadata, &self->queue, word, 0xc41d0001);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* The sibling: no new home, no new fault. */
TEST_F_TIMEOUT(mirror, same_page, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	uint32_t value = 0;
	int64_t before;

	ASSERT_NE(NULL, word);
	*word = 1;
	ASSERT_EQ(0, gpu_read(&self->queue, word, &value));
	before = gpu_faults(&self->gpu);
	*word = 2;
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(2, value);
	EXPECT_EQ(before, gpu_faults(&self->gpu));
}

TEST_HARNESS_MAIN
