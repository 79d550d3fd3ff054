// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): binds that wait for their in-sync are done after it has signaled, though
 * the queue they were submitted to has been destroyed meanwhile: the GPU cannot reach an
 * object that was unmapped, and reaches one that was mapped.
 *
 * Desktop: harmless
 */
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib/gate.h"
#include "lib/mirror_fixture.h"

#define WAIT_NS		(20 * 1000000000LL)

FIXTURE(ends)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gate gate;
	uint32_t bo;
	volatile uint32_t *word;	/* of the object, at the same address for CPU and GPU */
	uint32_t binds;			/* a queue */
	uint64_t done;			/* a user fence */
};

/* The object is bound, and the GPU has written to it. */
FIXTURE_SETUP(ends)
{
	const struct drm_xe_engine_class_instance *copy, *render;
	void *addr;
	int err = gpu_open(&self->gpu);

	if (err == -ENODEV)
		SKIP(return, "no xe device");
	ASSERT_EQ(0, err)
		TH_LOG("no VM in fault mode");
	/* Engines of one class run either kind of VM at a time. */
	copy = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	render = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!copy || !render)
		SKIP(return, "no engines of two classes");
	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, render, &self->queue));
	ASSERT_EQ(0, gate_make(&self->gate, &self->gpu, copy));
	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &self->bo, &addr));
	self->word = addr;
	ASSERT_EQ(0, gpu_write(&self->queue, self->word, 1));
	ASSERT_EQ(1, *self->word);
	ASSERT_EQ(0, gpu_bind_queue_create(self->gpu.fd, &self->binds));
}

FIXTURE_TEARDOWN(ends)
{
	gate_open(&self->gate);
	gpu_close(&self->gpu);
}

/* Submit @op behind the gate, destroy its queue, open the gate and wait for the bind. */
static int bind_and_destroy(FIXTURE_DATA(ends) *self, struct drm_xe_vm_bind_op op)
{
	struct drm_xe_exec_queue_destroy destroy = { .exec_queue_id = self->binds };
	struct drm_xe_sync syncs[] = {
		{
			.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
			.handle = self->gate.passed,
		},
		{
			.type = DRM_XE_SYNC_TYPE_USER_FENCE,
			.flags = DRM_XE_SYNC_FLAG_SIGNAL,
			.addr = (uintptr_t)&self->done,
			.timeline_value = 1,
		},
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = self->gpu.vm,
		.exec_queue_id = self->binds,
		.num_binds = 1,
		.bind = op,
		.num_syncs = 2,
		.syncs = (uintptr_t)syncs,
	};
	struct drm_xe_wait_user_fence wait = {
		.addr = (uintptr_t)&self->done,
		.op = DRM_XE_UFENCE_WAIT_OP_EQ,
		.value = 1,
		.mask = ~0ULL,
		.timeout = WAIT_NS,
	};
	int err = gate_shut(&self->gate);

	if (err)
		return err;
	if (ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind) ||
	    ioctl(self->gpu.fd, DRM_IOCTL_XE_EXEC_QUEUE_DESTROY, &destroy))
		return -errno;
	if (self->done)
		return -EALREADY;
	gate_open(&self->gate);
	return ioctl(self->gpu.fd, DRM_IOCTL_XE_WAIT_USER_FENCE, &wait) ? -errno : 0;
}

TEST_F_TIMEOUT(ends, unmap_is_done, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, bind_and_destroy(self, gpu_op_unmap((uintptr_t)self->word, SZ_64K)));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, self->word, 2));
	EXPECT_EQ(1, *self->word)
		TH_LOG("the GPU wrote to an object that is not mapped");
}

TEST_F_TIMEOUT(ends, map_is_done, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op op = gpu_op_bo(self->bo, (uintptr_t)self->word, SZ_64K);

	ASSERT_EQ(0, gpu_unbind(&self->gpu, op.addr, op.range));
	op.flags = DRM_XE_VM_BIND_FLAG_IMMEDIATE;
	ASSERT_EQ(0, bind_and_destroy(self, op));
	EXPECT_EQ(0, gpu_write(&self->queue, self->word, 2));
	EXPECT_EQ(2, *self->word)
		TH_LOG("the GPU cannot write to an object that is mapped");
}

TEST_HARNESS_MAIN
