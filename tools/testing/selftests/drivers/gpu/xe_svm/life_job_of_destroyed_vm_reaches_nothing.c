// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a job that is submitted after its VM was destroyed finds no
 * memory: its first access is refused. The next VM gets other page tables than
 * those it walks.
 *
 * Desktop: harmless
 */
#include "kselftest_harness.h"
#include "lib/gate.h"
#include "lib/mirror_fixture.h"

#define ROUNDS	4

FIXTURE(destroyed)
{
	struct gpu gpu;
	const struct drm_xe_engine_class_instance *engine;
	struct gate gate;
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
	ASSERT_EQ(0, gate_make(&self->gate, &self->gpu, copy));
	ASSERT_EQ(0, gpu_control_in_memory(&self->gpu));
}

FIXTURE_TEARDOWN(destroyed)
{
	gate_open(&self->gate);
	gpu_close(&self->gpu);
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
		ASSERT_EQ(0, gate_shut(&self->gate));
		*queue.result = 0;
		gpu_batch_store(&queue, queue.result, 1);
		ASSERT_EQ(0, gpu_start_behind(&queue, self->gate.passed));
		ASSERT_EQ(0, gpu_vm_destroy(old.fd, old.vm));

		ASSERT_EQ(0, fault_vm_create(&new, &new.vm));
		ASSERT_EQ(0, gpu_bind_mirror_whole(&new));
		ASSERT_EQ(0, gpu_prefetch(&new, new.control.base, SZ_4K));

		gate_open(&self->gate);
		EXPECT_EQ(REFUSED, gpu_wait(&queue));
		EXPECT_EQ(0, *queue.result)
			TH_LOG("the job of a destroyed VM wrote to memory of another");
		gpu_queue_destroy(&queue);
		ASSERT_EQ(0, gpu_vm_destroy(new.fd, new.vm));
	}
}

TEST_HARNESS_MAIN
