// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): after fork() parent and child have separate memory: the child does
 * not see writes of the parent's GPU, and the parent's GPU does not see writes
 * of the child; both see writes to memory that they share.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define BEFORE		0x0f0f0001
#define BY_GPU		0x0f0f0002
#define BY_CHILD	0x0f0f0003
#define CHILD_SECONDS	60

MIRROR_ON_COPY_ENGINE();

/* The child reports through its exit code; it ends by itself when left alone. */
static pid_t start_child(int (*body)(volatile uint32_t *word), volatile uint32_t *word,
			 int go[2])
{
	char token;
	pid_t child;

	if (pipe(go))
		return -1;
	child = fork();
	if (child)
		return child;
	alarm(CHILD_SECONDS);
	close(go[1]);
	if (read(go[0], &token, 1) != 1)
		_exit(99);
	_exit(body(word));
}

static int finish_child(pid_t child, int go[2])
{
	int status = -1;

	if (write(go[1], "g", 1) != 1 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int sees_old_value(volatile uint32_t *word)
{
	return *word == BEFORE ? 0 : 1;
}

static int sees_gpu_value(volatile uint32_t *word)
{
	return *word == BY_GPU ? 0 : 1;
}

static int writes_its_own(volatile uint32_t *word)
{
	*word = BY_CHILD;
	return *word == BY_CHILD ? 0 : 1;
}

/* Mapped writable on the GPU before the fork: the old mapping must not be used. */
TEST_F_TIMEOUT(mirror, gpu_writes_after_fork, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int64_t before;
	pid_t child;
	int go[2];

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(&self->queue, word, BEFORE));
	child = start_child(sees_old_value, word, go);
	ASSERT_LT(0, child);

	before = gpu_faults(&self->gpu);
	EXPECT_EQ(0, gpu_write(&self->queue, word, BY_GPU));
	EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_EQ(BY_GPU, *word);
	EXPECT_EQ(0, finish_child(child, go));
}

TEST_F_TIMEOUT(mirror, child_writes_after_fork, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	uint32_t value = 0;
	pid_t child;
	int go[2];

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(&self->queue, word, BEFORE));
	child = start_child(writes_its_own, word, go);
	ASSERT_LT(0, child);
	EXPECT_EQ(0, finish_child(child, go));
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(BEFORE, value);
}

TEST_F_TIMEOUT(mirror, shared_memory_stays_shared, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_map(SZ_4K, PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1);
	pid_t child;
	int go[2];

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(&self->queue, word, BEFORE));
	child = start_child(sees_gpu_value, word, go);
	ASSERT_LT(0, child);
	EXPECT_EQ(0, gpu_write(&self->queue, word, BY_GPU));
	EXPECT_EQ(0, finish_child(child, go));
}

TEST_HARNESS_MAIN
