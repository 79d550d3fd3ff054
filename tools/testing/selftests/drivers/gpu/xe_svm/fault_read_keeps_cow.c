// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C3): a GPU read breaks no copy-on-write: neither of a private file
 * mapping nor of memory shared with a child; a GPU write does, once.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define PAGES	16

MIRROR_ON_COPY_ENGINE();

TEST_F_TIMEOUT(mirror, private_file, GPU_TEST_TIMEOUT)
{
	int fd = memory_file("/tmp", PAGES * SZ_4K, 0xf11e0001);
	volatile uint32_t *word;
	uint32_t value = 0;

	ASSERT_LE(0, fd);
	word = memory_map(PAGES * SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	ASSERT_NE(NULL, word);
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0xf11e0001, value);
	EXPECT_EQ(0, memory_smaps((void *)word, "Anonymous"));

	EXPECT_EQ(0, gpu_write(&self->queue, word, 0xf11e0002));
	EXPECT_EQ(0xf11e0002, *word);
	EXPECT_EQ(SZ_4K, memory_smaps((void *)word, "Anonymous"));
	ASSERT_EQ(sizeof(value), pread(fd, &value, sizeof(value), 0));
	EXPECT_EQ(0xf11e0001, value);
	close(fd);
}

TEST_F_TIMEOUT(mirror, memory_of_a_child, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(PAGES * SZ_4K);
	uint32_t value = 0;
	unsigned int i;
	pid_t child;

	ASSERT_NE(NULL, word);
	for (i = 0; i < PAGES; i++)
		word[i * SZ_4K / sizeof(*word)] = 0xf11e0003;
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	ASSERT_LT(0, child);
	ASSERT_EQ(PAGES * SZ_4K, memory_smaps((void *)word, "Shared_Dirty"));

	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0xf11e0003, value);
	EXPECT_EQ(PAGES * SZ_4K, memory_smaps((void *)word, "Shared_Dirty"));

	EXPECT_EQ(0, gpu_write(&self->queue, word, 0xf11e0004));
	EXPECT_EQ(0xf11e0004, *word);
	EXPECT_EQ((PAGES - 1) * SZ_4K, memory_smaps((void *)word, "Shared_Dirty"));

	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

TEST_HARNESS_MAIN
