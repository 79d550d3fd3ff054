// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): the permissions of a protection key belong to a thread, so they do
 * not apply to the GPU: it reads and writes what the mapping allows, and only
 * that.
 *
 * Needs: field
 * Desktop: harmless
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define BY_CPU	0x0be70001
#define BY_GPU	0x0be70002

MIRROR_ON_COPY_ENGINE();

/* The control: does the same access by a thread with these rights end it? */
static int signal_of_write(volatile uint32_t *word)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
		*word = 0;
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST_F_TIMEOUT(mirror, mapping_decides, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_map(SZ_4K, PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1);
	int key = pkey_alloc(0, 0);
	uint32_t value = 0;

	if (key < 0)
		SKIP(return, "no protection keys");
	ASSERT_NE(NULL, word);
	*word = BY_CPU;
	ASSERT_EQ(0, pkey_mprotect((void *)word, SZ_4K, PROT_READ | PROT_WRITE, key));
	ASSERT_EQ(0, pkey_set(key, PKEY_DISABLE_ACCESS));
	EXPECT_EQ(SIGSEGV, signal_of_write(word));
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(BY_CPU, value);
	EXPECT_EQ(0, gpu_write(&self->queue, word, BY_GPU));
	ASSERT_EQ(0, pkey_set(key, 0));
	EXPECT_EQ(BY_GPU, *word);
	pkey_free(key);
}

TEST_F_TIMEOUT(mirror, err_mapping_forbids, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_map(SZ_4K, PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1);
	int key = pkey_alloc(0, 0);
	uint32_t value = 0;

	if (key < 0)
		SKIP(return, "no protection keys");
	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(&self->queue, word, BY_GPU));
	ASSERT_EQ(0, pkey_mprotect((void *)word, SZ_4K, PROT_READ, key));
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(BY_GPU, value);
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, word, BY_CPU));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	ASSERT_EQ(0, pkey_mprotect((void *)word, SZ_4K, PROT_NONE, key));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, word, &value));
	pkey_free(key);
}

TEST_HARNESS_MAIN
