// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): the out-syncs of a bind signal once its in-syncs have, whatever
 * the bind changes: also if it unmaps only an object that the GPU never
 * touched, and binds a mirror there, as the compute runtime frees its buffers.
 *
 * Desktop: harmless
 */
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"

#define SIZE		SZ_64K
/* A fence that does not wait has signaled by then. */
#define EARLY_MS	300
#define WAIT_MS		20000

FIXTURE(ordered)
{
	struct gpu gpu;
	struct gpu_queue queue;
	uint32_t bo, in;
	volatile uint64_t *out;		/* a user fence: in fault mode there is no other */
	void *object;
};

FIXTURE_VARIANT(ordered)
{
	/* The GPU has touched the object: its page-table entries are removed. */
	bool touched;
	bool to_mirror;
};

FIXTURE_VARIANT_ADD(ordered, untouched) { .touched = false, .to_mirror = true, };
FIXTURE_VARIANT_ADD(ordered, touched) { .touched = true, .to_mirror = true, };
FIXTURE_VARIANT_ADD(ordered, untouched_to_hole) { .touched = false, .to_mirror = false, };

FIXTURE_SETUP(ordered)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SIZE, &self->bo, &self->object));
	if (variant->touched)
		ASSERT_EQ(0, gpu_write(&self->queue, self->object, 1));
	ASSERT_EQ(0, syncobj_create(self->gpu.fd, 0, &self->in));
	self->out = (volatile uint64_t *)memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, self->out);
}

FIXTURE_TEARDOWN(ordered)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Something to wait for: a job of a VM without faults, which the CPU ends */
struct gate {
	struct gpu gpu;
	struct gpu_queue queue;
};

static void gate_open(struct __test_metadata *_metadata, struct gate *gate, struct gpu *gpu,
		      uint32_t passed)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.handle = passed,
	};
	struct drm_xe_exec exec = { .num_syncs = 1, .syncs = (uintptr_t)&sync };
	const struct drm_xe_engine_class_instance *engine;

	/* Engines of one class run either kind of VM at a time. */
	engine = gpu_find_engine(gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!engine)
		SKIP(return, "no engines of two classes");
	gate->gpu = *gpu;
	gate->gpu.control = (struct gpu_control) { 0 };
	ASSERT_EQ(0, gpu_vm_create(gpu->fd, 0, &gate->gpu.vm));
	ASSERT_EQ(0, gpu_control_in_bo(&gate->gpu));
	ASSERT_EQ(0, gpu_queue_create(&gate->gpu, engine, &gate->queue));
	gpu_batch_wait(&gate->queue, gate->queue.result, 1);
	gpu_batch_finish(&gate->queue);
	exec.exec_queue_id = gate->queue.id;
	exec.address = (uintptr_t)gate->queue.batch;
	exec.num_batch_buffer = 1;
	ASSERT_EQ(0, ioctl(gpu->fd, DRM_IOCTL_XE_EXEC, &exec) ? -errno : 0);
}

static int free_object(FIXTURE_DATA(ordered) *self, bool to_mirror)
{
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_unmap((uintptr_t)self->object, SIZE),
		gpu_op_mirror((uintptr_t)self->object, SIZE),
	};
	struct drm_xe_sync syncs[] = {
		{
			.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
			.handle = self->in,
		},
		{
			.type = DRM_XE_SYNC_TYPE_USER_FENCE,
			.flags = DRM_XE_SYNC_FLAG_SIGNAL,
			.addr = (uintptr_t)self->out,
			.timeline_value = 1,
		},
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = self->gpu.vm,
		.num_binds = to_mirror ? 2 : 1,
		.num_syncs = 2,
		.syncs = (uintptr_t)syncs,
	};

	if (to_mirror)
		bind.vector_of_binds = (uintptr_t)ops;
	else
		bind.bind = ops[0];
	return ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

TEST_F_TIMEOUT(ordered, out_after_in, GPU_TEST_TIMEOUT)
{
	struct gate gate;
	unsigned int ms;

	gate_open(_metadata, &gate, &self->gpu, self->in);
	if (_metadata->exit_code)
		return;
	ASSERT_EQ(0, free_object(self, variant->to_mirror));
	clock_sleep_ms(EARLY_MS);
	EXPECT_EQ(0, *self->out)
		TH_LOG("signaled before the in-sync");
	*(volatile uint32_t *)gate.queue.result = 1;
	EXPECT_EQ(0, syncobj_wait(self->gpu.fd, self->in, WAIT_MS));
	for (ms = 0; ms < WAIT_MS && !*self->out; ms++)
		clock_sleep_ms(1);
	EXPECT_EQ(1, *self->out);
	if (variant->to_mirror)
		EXPECT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)self->object, SIZE, 0));
}

TEST_HARNESS_MAIN
