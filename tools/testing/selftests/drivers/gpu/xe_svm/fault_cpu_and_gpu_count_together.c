// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): CPU threads and GPU engines that increment the same word at the
 * same time lose no increment, even if its page changes permissions, is copied
 * by a fork, or is moved meanwhile.
 *
 * After exclusive, exclusive_mprotect and exclusive_cow of mm/hmm-tests.c.
 *
 * Desktop: harmless without RAM disks
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define ROUNDS		20
#define INCREMENTS	100

MIRROR_ON_COPY_ENGINE();

struct counter {
	_Atomic uint32_t *word;
	atomic_bool stop;
	uint32_t counted;	/* by the thread */
};

static void *count(void *arg)
{
	struct counter *counter = arg;

	while (!atomic_load(&counter->stop)) {
		atomic_fetch_add(counter->word, 1);
		counter->counted++;
	}
	return NULL;
}

/* @disturb runs while the GPU's job does. */
static void count_together(struct __test_metadata *_metadata, struct gpu_queue *queue,
			   int (*disturb)(void *page))
{
	struct counter counter = { .word = memory_anonymous(SZ_4K) };
	int64_t before = gpu_faults(queue->gpu);
	pthread_t thread;
	int round, i;

	ASSERT_NE(NULL, counter.word);
	ASSERT_EQ(0, pthread_create(&thread, NULL, count, &counter));
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < INCREMENTS; i++)
			gpu_batch_increment(queue, counter.word);
		EXPECT_EQ(0, gpu_start(queue));
		if (disturb)
			EXPECT_EQ(0, disturb((void *)counter.word));
		EXPECT_EQ(0, gpu_wait(queue));
	}
	atomic_store(&counter.stop, true);
	pthread_join(thread, NULL);
	EXPECT_EQ(counter.counted + ROUNDS * INCREMENTS, *counter.word);
	EXPECT_LT(0, counter.counted);
	TH_LOG("%lld faults", (long long)(gpu_faults(queue->gpu) - before));
	/* Most disturbances take the page from the GPU, which needs it again. */
	EXPECT_LE(before + (disturb ? ROUNDS / 4 : 1), gpu_faults(queue->gpu));
}

TEST_F_TIMEOUT(mirror, undisturbed, GPU_TEST_TIMEOUT)
{
	count_together(_metadata, &self->queue, NULL);
}

/* To executable and back: the thread must not be hit by a missing right. */
static int change_rights(void *page)
{
	return mprotect(page, SZ_4K, PROT_READ | PROT_WRITE | PROT_EXEC) ?:
		mprotect(page, SZ_4K, PROT_READ | PROT_WRITE);
}

TEST_F_TIMEOUT(mirror, rights_change, GPU_TEST_TIMEOUT)
{
	count_together(_metadata, &self->queue, change_rights);
}

static int copy_by_fork(void *page)
{
	int status = -1;
	pid_t child = fork();

	if (!child)
		_exit(0);
	return waitpid(child, &status, 0) == child ? status : -ECHILD;
}

TEST_F_TIMEOUT(mirror, forked, GPU_TEST_TIMEOUT)
{
	count_together(_metadata, &self->queue, copy_by_fork);
}

static int push_out(void *page)
{
	return pressure_page_out(page, SZ_4K);
}

TEST_F_TIMEOUT(mirror, paged_out, GPU_TEST_TIMEOUT)
{
	if (pressure_swap_on())
		SKIP(return, "no swap on " PRESSURE_SWAP_DEVICE);
	count_together(_metadata, &self->queue, push_out);
	pressure_swap_off();
}

TEST_HARNESS_MAIN
