// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C15): the memory of a process that is killed while faults of its GPU
 * wait for a userfaultfd is freed at once, although another process holds the
 * userfaultfd, or the descriptor of the GPU as well, and resolves nothing.
 *
 * Desktop: quiet machine, counts the memory of all processes
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/system_memory.h"
#include "lib/userfault.h"

#define BULK		(32 * SZ_2M)
/* Other changes of memory on the machine. */
#define NOISE		((int64_t)(4 * SZ_2M))
#define READY_MS	20000
/* On an idle machine some 200 ms */
#define GIVEN_BACK_MS	10000
#define KEPT_MS		1000
#define PARKED_MS	200
#define ASKED_MS	2000

/**
 * struct victim - the other process
 */
struct victim {
	bool by_gpu;
	/** @faults: pages that wait */
	unsigned int faults;
};

FIXTURE(killed)
{
	struct gpu gpu;			/* of a bystander */
	struct gpu_queue queue;
	struct gpu_model model;
	struct victim what;
	struct child victim;
	int userfault, victim_gpu;	/* taken from the victim, or -1 */
	void *late;			/* where the victim has it */
	int64_t before;
};

FIXTURE_VARIANT(killed)
{
	bool by_gpu;
	unsigned int faults;
	bool hold_gpu;
};

FIXTURE_VARIANT_ADD(killed, cpu) { .by_gpu = false, .faults = 1, };
FIXTURE_VARIANT_ADD(killed, gpu) { .by_gpu = true, .faults = 1, };
FIXTURE_VARIANT_ADD(killed, gpu_descriptor_held) { .by_gpu = true, .faults = 1, .hold_gpu = true, };
FIXTURE_VARIANT_ADD(killed, gpu_many_faults) { .by_gpu = true, .faults = 100, };

static void *touches(void *late)
{
	*(volatile char *)late = 1;
	return NULL;
}

static int park(const struct victim *what, struct gpu *gpu, struct gpu_queue *queue, char *late)
{
	pthread_t thread;

	if (!what->by_gpu)
		return pthread_create(&thread, NULL, touches, late);
	if (what->faults == 1)
		gpu_batch_store(queue, late, 1);
	else
		gpu_batch_touch(queue, late, what->faults, SZ_4K, GPU_TOUCH_WRITE);
	return gpu_start(queue);
}

/* Reports both descriptors and the address in two halves, then waits for its pages. */
static int lives(int fd, void *arg)
{
	const struct victim *what = arg;
	char *bulk = memory_anonymous(BULK), *late = memory_anonymous(SZ_2M);
	struct gpu_queue queue;
	int userfault, word;
	struct gpu gpu;

	if (!bulk || !late)
		return 1;
	memset(bulk, 1, BULK);
	userfault = memory_userfault(late);
	if (userfault < 0 || gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) ||
	    gpu_run(&queue))
		return 2;
	if (child_say(fd, userfault) || child_say(fd, gpu.fd) ||
	    child_say(fd, (uintptr_t)late >> 32) || child_say(fd, (uint32_t)(uintptr_t)late) ||
	    child_hear(fd, &word, READY_MS))
		return 3;
	if (park(what, &gpu, &queue, late))
		return 4;
	if (what->by_gpu)
		return gpu_wait(&queue) ? 5 : 0;
	while (!*(volatile char *)late)
		;
	return 0;
}

FIXTURE_SETUP(killed)
{
	self->userfault = -1;
	self->victim_gpu = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (variant->faults > 1 && (gpu_model_open(&self->gpu, &self->model) ||
				    gpu_model_turn(&self->model, "parallel_touch", 1)))
		SKIP(return, "no GPU that has many faults in flight at will");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[self->gpu.num_engines - 1],
		     &self->queue);
	self->before = system_memory("AnonPages");
	ASSERT_LT(0, self->before);
	self->what = (struct victim) { .by_gpu = variant->by_gpu, .faults = variant->faults, };
}

FIXTURE_TEARDOWN(killed)
{
	child_stop(&self->victim);
	close(self->userfault);
	close(self->victim_gpu);
	if (variant->faults > 1)
		gpu_model_turn(&self->model, "parallel_touch", 0);
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* All faults wait, and the test holds the descriptors. */
static void start(struct __test_metadata *_metadata, FIXTURE_DATA(killed) *self, bool hold_gpu)
{
	int userfault, gpu, high, low;

	if (!userfault_offered())
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, child_start(&self->victim, lives, &self->what));
	ASSERT_EQ(0, child_hear(self->victim.fd, &userfault, READY_MS));
	ASSERT_EQ(0, child_hear(self->victim.fd, &gpu, READY_MS));
	ASSERT_EQ(0, child_hear(self->victim.fd, &high, READY_MS));
	ASSERT_EQ(0, child_hear(self->victim.fd, &low, READY_MS));
	self->late = (void *)((uintptr_t)high << 32 | (uint32_t)low);
	self->userfault = child_take_fd(&self->victim, userfault);
	ASSERT_LE(0, self->userfault);
	if (hold_gpu) {
		self->victim_gpu = child_take_fd(&self->victim, gpu);
		ASSERT_LE(0, self->victim_gpu);
	}
	ASSERT_EQ(0, child_say(self->victim.fd, 0));
	/* A fault of the CPU that is interrupted is reported once more */
	ASSERT_LE(self->what.faults,
		  userfault_asked(self->userfault, self->what.faults, ASKED_MS));
	clock_sleep_ms(PARKED_MS);
	ASSERT_LT(self->before + (int64_t)BULK - NOISE, system_memory("AnonPages"));
}

TEST_F_TIMEOUT(killed, memory_comes_back, GPU_TEST_TIMEOUT)
{
	int64_t began, took, left;
	int status = 0;

	start(_metadata, self, variant->hold_gpu);
	if (_metadata->exit_code)
		return;
	began = clock_ms();
	ASSERT_EQ(0, kill(self->victim.pid, SIGKILL));
	do {
		left = system_memory("AnonPages") - self->before;
		took = clock_ms() - began;
	} while (left > NOISE && took < GIVEN_BACK_MS);
	TH_LOG("%lld KiB left after %lld ms", (long long)left / 1024, (long long)took);
	EXPECT_GE(NOISE, left);
	ASSERT_TRUE(child_ended(&self->victim, &status, READY_MS));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, gpu_run(&self->queue));
}

/* The sibling: a process that is not killed keeps its memory and gets its pages. */
TEST_F_TIMEOUT(killed, not_killed_it_goes_on, GPU_TEST_TIMEOUT)
{
	int status = -1;

	start(_metadata, self, variant->hold_gpu);
	if (_metadata->exit_code)
		return;
	clock_sleep_ms(KEPT_MS);
	EXPECT_LT(self->before + (int64_t)BULK - NOISE, system_memory("AnonPages"));
	EXPECT_FALSE(child_ended(&self->victim, &status, 0));
	ASSERT_EQ(0, userfault_provide(self->userfault, self->late,
				       self->what.faults * SZ_4K));
	ASSERT_TRUE(child_ended(&self->victim, &status, READY_MS));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
