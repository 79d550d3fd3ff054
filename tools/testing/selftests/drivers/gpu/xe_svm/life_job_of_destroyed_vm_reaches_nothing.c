// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a job that is submitted after its VM was destroyed finds no
 * memory: its first access is refused. The next VM gets other page tables than
 * those it walks.
 *
 * Desktop: harmless
 */
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"

#define ROUNDS	4

FIXTURE(destroyed)
{
	struct gpu gpu;
	const struct drm_xe_engine_class_instance *engine;

	/* A job of a VM without faults that ends when the CPU opens the gate. */
	struct gpu gate;
	struct gpu_queue gate_queue;
	uint32_t passed;		/* a syncobj */
};

static int fault_vm_create(const struct gpu *gpu, uint32_t *vm)
{
	return gpu_vm_create(gpu->fd, DRM_XE_VM_CREATE_FLAG_LR_MODE |
			     DRM_XE_VM_CREATE_FLAG_FAULT_MODE, vm);
}

FIXTURE_SETUP(destroyed)
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

	self->gate = self->gpu;
	ASSERT_EQ(0, gpu_vm_create(self->gpu.fd, 0, &self->gate.vm));
	ASSERT_EQ(0, gpu_control_in_bo(&self->gate));
	ASSERT_EQ(0, gpu_queue_create(&self->gate, copy, &self->gate_queue));
	ASSERT_EQ(0, syncobj_create(self->gpu.fd, 0, &self->passed));
	ASSERT_EQ(0, gpu_control_in_memory(&self->gpu));
}

FIXTURE_TEARDOWN(destroyed)
{
	if (self->gate_queue.result)
		*self->gate_queue.result = 1;
	gpu_close(&self->gpu);
}

static int start(struct gpu_queue *queue, struct drm_xe_sync *syncs, unsigned int num_syncs)
{
	struct drm_xe_exec exec = {
		.exec_queue_id = queue->id,
		.num_syncs = num_syncs,
		.syncs = (uintptr_t)syncs,
		.address = (uintptr_t)queue->batch,
		.num_batch_buffer = 1,
	};

	gpu_batch_finish(queue);
	queue->len = 0;
	return ioctl(queue->gpu->fd, DRM_IOCTL_XE_EXEC, &exec) ? -errno : 0;
}

static int start_gate(FIXTURE_DATA(destroyed) *self)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.handle = self->passed,
	};

	*self->gate_queue.result = 0;
	gpu_batch_wait(&self->gate_queue, self->gate_queue.result, 1);
	return start(&self->gate_queue, &sync, 1);
}

static int start_behind_gate(FIXTURE_DATA(destroyed) *self, struct gpu_queue *queue)
{
	struct drm_xe_sync syncs[] = {
		{
			.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
			.handle = self->passed,
		},
		{
			.type = DRM_XE_SYNC_TYPE_USER_FENCE,
			.flags = DRM_XE_SYNC_FLAG_SIGNAL,
			.addr = (uintptr_t)queue->fence,
			.timeline_value = ++queue->seqno,
		},
	};

	*queue->result = 0;
	gpu_batch_store(queue, queue->result, 1);
	return start(queue, syncs, 2);
}

/* Nothing is bound in the first VM, so it has one page table: the root. */
TEST_F_TIMEOUT(destroyed, job_waits_for_in_sync, GPU_TEST_TIMEOUT)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		struct gpu old = self->gpu, new = self->gpu;
		struct gpu_queue queue;

		ASSERT_EQ(0, fault_vm_create(&old, &old.vm));
		ASSERT_EQ(0, gpu_queue_create(&old, self->engine, &queue));
		ASSERT_EQ(0, start_gate(self));
		ASSERT_EQ(0, start_behind_gate(self, &queue));
		ASSERT_EQ(0, gpu_vm_destroy(old.fd, old.vm));

		ASSERT_EQ(0, fault_vm_create(&new, &new.vm));
		ASSERT_EQ(0, gpu_bind_mirror_whole(&new));
		ASSERT_EQ(0, gpu_prefetch(&new, new.control.base, SZ_4K));

		*self->gate_queue.result = 1;
		EXPECT_EQ(REFUSED, gpu_wait(&queue));
		EXPECT_EQ(0, *queue.result)
			TH_LOG("the job of a destroyed VM wrote to memory of another");
		gpu_queue_destroy(&queue);
		ASSERT_EQ(0, gpu_vm_destroy(new.fd, new.vm));
	}
}

TEST_HARNESS_MAIN
