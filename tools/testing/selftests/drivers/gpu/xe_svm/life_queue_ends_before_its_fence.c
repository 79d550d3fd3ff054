// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a long-running queue that is destroyed before its job may run
 * is freed as soon as the job could have run, while the fence of that job
 * still waits for the interrupt handler: the handler reads nothing of it.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <stdatomic.h>

#include "kselftest_harness.h"
#include "lib/gate.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"

#define ROUNDS	20
#define QUEUES	12
#define WAIT_MS	20000

FIXTURE(ends)
{
	struct gpu gpu;
	struct gpu_queue busy;
	struct gpu_queue queues[QUEUES];
	struct gate gate;
	const struct drm_xe_engine_class_instance *engine;
	volatile uint32_t *word;
	pthread_t thread;
	atomic_bool stop;
	atomic_uint jobs;
	int err;
};

/* The end of each job is an interrupt for the engine class of @queues. */
static void *keep_busy(void *arg)
{
	FIXTURE_DATA(ends) *self = arg;

	while (!self->err && !atomic_load(&self->stop)) {
		self->err = gpu_write(&self->busy, self->word, 1);
		atomic_fetch_add(&self->jobs, 1);
	}
	return NULL;
}

FIXTURE_SETUP(ends)
{
	const struct drm_xe_engine_class_instance *copy;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	/* Engines of one class run either kind of VM at a time. */
	copy = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	self->engine = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!copy || !self->engine)
		SKIP(return, "no engines of two classes");
	mirror_start(_metadata, &self->gpu, self->engine, &self->busy);
	self->word = memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, self->word);
	ASSERT_EQ(0, gate_make(&self->gate, &self->gpu, copy));
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, keep_busy, self));
}

FIXTURE_TEARDOWN(ends)
{
	atomic_store(&self->stop, true);
	if (self->thread)
		pthread_join(self->thread, NULL);
	gate_open(&self->gate);
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(ends, destroyed_while_waiting, GPU_TEST_TIMEOUT)
{
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, gate_shut(&self->gate));
		for (i = 0; i < QUEUES; i++) {
			ASSERT_EQ(0, gpu_queue_create(&self->gpu, self->engine, &self->queues[i]));
			gpu_batch_store(&self->queues[i], self->word + 1, 1);
			ASSERT_EQ(0, gpu_start_behind(&self->queues[i], self->gate.passed));
		}
		for (i = 0; i < QUEUES; i++)
			gpu_queue_destroy(&self->queues[i]);
		gate_open(&self->gate);
		ASSERT_EQ(0, syncobj_wait(self->gpu.fd, self->gate.passed, WAIT_MS));
	}
	EXPECT_EQ(0, self->err);
	EXPECT_NE(0, atomic_load(&self->jobs));
	EXPECT_EQ(0, self->word[1])
		TH_LOG("a destroyed queue ran its job");
}

TEST_HARNESS_MAIN
