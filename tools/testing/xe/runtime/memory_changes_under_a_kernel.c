// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: while a kernel runs over memory of a process, the process may unmap other memory, protect, fork, and give pages
 * back and forth: the kernel counts every word of its own exactly once.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define PAGES	64u
#define WORDS	(PAGES * 1024)
#define ROUNDS	6u
#define BESIDE	(1ul << 20)

static const char source[] =
	"__kernel void count(__global uint *words, uint rounds)\n"
	"{ size_t i = get_global_id(0); for (uint r = 0; r < rounds; r++) words[i] += 1 + (uint)i; }\n";

struct changes {
	char *memory;
	bool stop;
	unsigned long done;
};

static void fork_once(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
}

/* What revokes pages of the GPU and keeps their contents; fork() would disturb binds of the runtime, too */
static void *change(void *arg)
{
	struct changes *c = arg;

	for (; !__atomic_load_n(&c->stop, __ATOMIC_ACQUIRE); c->done++) {
		char *part = c->memory + c->done % PAGES * 4096;
		void *beside = mmap(NULL, BESIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memset(beside, 1, BESIDE);
		munmap(beside, BESIDE);
		mprotect(part, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
		madvise(part, 4096, MADV_PAGEOUT);
		mprotect(part, 4096, PROT_READ | PROT_WRITE);
	}
	return NULL;
}

TEST_F_TIMEOUT(opencl, every_word_is_counted, RUNTIME_TIMEOUT)
{
	struct changes changes = {
		.memory = mmap(NULL, WORDS * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	};
	uint32_t *words = (uint32_t *)changes.memory, wrong = 0;
	cl_uint rounds = ROUNDS;
	size_t lanes = WORDS;
	pthread_t beside;
	struct kernel k;

	ASSERT_NE(MAP_FAILED, changes.memory);
	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "count", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, words));
	ASSERT_EQ(CL_SUCCESS, kernel_value(&k, 1, sizeof(rounds), &rounds));
	ASSERT_EQ(0, pthread_create(&beside, NULL, change, &changes));
	for (unsigned int i = 0; i < 4; i++) {
		ASSERT_EQ(CL_SUCCESS, clEnqueueNDRangeKernel(k.queue, k.kernel, 1, NULL, &lanes, NULL, 0, NULL, NULL));
		ASSERT_EQ(CL_SUCCESS, clFlush(k.queue));
		fork_once();
		ASSERT_EQ(CL_SUCCESS, clFinish(k.queue));
	}
	__atomic_store_n(&changes.stop, true, __ATOMIC_RELEASE);
	pthread_join(beside, NULL);
	for (uint32_t i = 0; i < WORDS; i++)
		wrong += words[i] != 4 * ROUNDS * (1 + i);
	EXPECT_EQ(0, wrong);
	EXPECT_LT(0, changes.done);
	kernel_close(&k);
}

TEST_HARNESS_MAIN
