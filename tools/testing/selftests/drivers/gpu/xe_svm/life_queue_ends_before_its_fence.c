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
#include <string.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
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

	/* A job of a VM without faults that ends when the CPU opens the gate. */
	struct gpu gate;
	struct gpu_queue gate_queue;
	uint32_t passed;		/* a syncobj */

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

	self->gate = self->gpu;
	self->gate.control = (struct gpu_control) { 0 };
	ASSERT_EQ(0, gpu_vm_create(self->gpu.fd, 0, &self->gate.vm));
	ASSERT_EQ(0, gpu_control_in_bo(&self->gate));
	ASSERT_EQ(0, gpu_queue_create(&self->gate, copy, &self->gate_queue));
	ASSERT_EQ(0, syncobj_create(self->gpu.fd, 0, &self->passed));
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, keep_busy, self));
}

FIXTURE_TEARDOWN(ends)
{
	atomic_store(&self->stop, true);
	if (self->thread)
		pthread_join(self->thread, NULL);
	if (self->gate_queue.result)
		*self->gate_queue.result = 1;
	gpu_close(&self->gpu);
}

static int start(struct gpu_queue *queue, uint32_t syncobj, uint32_t flags)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.flags = flags,
		.handle = syncobj,
	};
	struct drm_xe_exec exec = {
		.exec_queue_id = queue->id,
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
		.address = (uintptr_t)queue->batch,
		.num_batch_buffer = 1,
	};

	gpu_batch_finish(queue);
	queue->len = 0;
	return ioctl(queue->gpu->fd, DRM_IOCTL_XE_EXEC, &exec) ? -errno : 0;
}

TEST_F_TIMEOUT(ends, destroyed_while_waiting, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *open = self->gate_queue.result;
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		*open = 0;
		gpu_batch_wait(&self->gate_queue, open, 1);
		ASSERT_EQ(0, start(&self->gate_queue, self->passed, DRM_XE_SYNC_FLAG_SIGNAL));
		for (i = 0; i < QUEUES; i++) {
			ASSERT_EQ(0, gpu_queue_create(&self->gpu, self->engine, &self->queues[i]));
			gpu_batch_store(&self->queues[i], self->word + 1, 1);
			ASSERT_EQ(0, start(&self->queues[i], self->passed, 0));
		}
		for (i = 0; i < QUEUES; i++)
			gpu_queue_destroy(&self->queues[i]);
		*open = 1;
		ASSERT_EQ(0, syncobj_wait(self->gpu.fd, self->passed, WAIT_MS));
	}
	EXPECT_EQ(0, self->err);
	EXPECT_NE(0, atomic_load(&self->jobs));
	EXPECT_EQ(0, self->word[1])
		TH_LOG("a destroyed queue ran its job");
}

TEST_HARNESS_MAIN
