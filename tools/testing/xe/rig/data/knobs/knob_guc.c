// SPDX-License-Identifier: GPL-2.0
/* Rule: a waiter notices that the GuC died, and a reset restarts it. */
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "ground/stock.h"

FIXTURE(guc)
{
	struct stock s;
};

FIXTURE_SETUP(guc)
{
	OPEN(&self->s, DRM_XE_ENGINE_CLASS_COPY);
}

FIXTURE_TEARDOWN(guc)
{
	stock_close(&self->s);
}

TEST_F_TIMEOUT(guc, who_asks_a_dead_one_gets_no_answer, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t deaths = count(s, "GUC_DEAD"), loads = count(s, "GUC_LOAD");

	ASSERT_EQ(0, stock_read_file(s->gpu.sysfs, "tile0/gt0/freq0/min_freq"));
	ASSERT_EQ(0, gpu_model_turn(&s->model, "guc_dies", 1));
	EXPECT_EQ(-ETIME, stock_read_file(s->gpu.sysfs, "tile0/gt0/freq0/min_freq"));
	EXPECT_EQ(deaths + 1, count(s, "GUC_DEAD"));
	EXPECT_TRUE(logged(s, "Timed out wait for G2H"));

	ASSERT_EQ(0, gpu_model_turn(&s->model, "guc_dies", 0));
	ASSERT_EQ(0, stock_reset(s));
	EXPECT_TRUE(logged(s, "reset done"));
	EXPECT_LT(loads, count(s, "GUC_LOAD"));
	EXPECT_EQ(0, stock_read_file(s->gpu.sysfs, "tile0/gt0/freq0/min_freq"));
	ASSERT_EQ(0, gpu_queue_renew(&s->queue));
	EXPECT_EQ(0, stock_store(s, 1, 20 * SECOND_NS));
	EXPECT_EQ(1, s->area[0]);
}

/* a job with a fence, as graphics has them: the driver watches over those */
static uint32_t start_watched_job(struct __test_metadata *_metadata, struct stock *s)
{
	struct drm_xe_exec_queue_create create = {
		.width = 1, .num_placements = 1, .instances = (uintptr_t)&s->queue.engine,
	};
	struct drm_syncobj_create syncobj = { 0 };
	struct drm_xe_sync sync = { .type = DRM_XE_SYNC_TYPE_SYNCOBJ, .flags = DRM_XE_SYNC_FLAG_SIGNAL };
	struct drm_xe_vm_bind bind = {
		.num_binds = 1,
		.bind = gpu_op_bo(s->bo, (uintptr_t)s->area, AREA_SIZE),
	};
	struct drm_xe_exec exec = {
		.num_syncs = 1, .syncs = (uintptr_t)&sync, .address = (uintptr_t)s->area,
		.num_batch_buffer = 1,
	};

	/* a queue of a VM in fault mode would have to be stopped first */
	gpu_queue_destroy(&s->queue);
	s->area[0] = 0x0a << 23; /* MI_BATCH_BUFFER_END */
	ASSERT_EQ(0, gpu_vm_create(s->gpu.fd, 0, &create.vm_id));
	bind.vm_id = create.vm_id;
	ASSERT_EQ(0, ioctl(s->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind));
	ASSERT_EQ(0, ioctl(s->gpu.fd, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &create));
	ASSERT_EQ(0, ioctl(s->gpu.fd, DRM_IOCTL_SYNCOBJ_CREATE, &syncobj));
	usleep(200000); /* the binds are through */
	ASSERT_EQ(0, gpu_model_turn(&s->model, "guc_dies", 1));
	sync.handle = syncobj.handle;
	exec.exec_queue_id = create.exec_queue_id;
	ASSERT_EQ(0, ioctl(s->gpu.fd, DRM_IOCTL_XE_EXEC, &exec));
	return syncobj.handle;
}

TEST_F_TIMEOUT(guc, job_on_a_dead_one_ends_in_a_reset, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t loads = count(s, "GUC_LOAD"), deaths = count(s, "GUC_DEAD");
	struct drm_xe_engine_class_instance engine = s->queue.engine;
	uint32_t handle = start_watched_job(_metadata, s);
	struct drm_syncobj_wait wait = {
		.handles = (uintptr_t)&handle, .count_handles = 1,
		.timeout_nsec = now_ns() + 60 * SECOND_NS,
	};
	int i;

	for (i = 0; i < 250 && count(s, "GUC_DEAD") == deaths; i++)
		usleep(20000);
	EXPECT_EQ(deaths + 1, count(s, "GUC_DEAD"));
	ASSERT_EQ(0, gpu_model_turn(&s->model, "guc_dies", 0));
	EXPECT_EQ(0, ioctl(s->gpu.fd, DRM_IOCTL_SYNCOBJ_WAIT, &wait));
	EXPECT_LT(loads, count(s, "GUC_LOAD"))
		TH_LOG("the job ended without a reset");
	EXPECT_TRUE(logged(s, "reset done"));
	ASSERT_EQ(0, gpu_queue_create(&s->gpu, &engine, &s->queue));
	EXPECT_EQ(0, stock_store(s, 2, 20 * SECOND_NS));
	EXPECT_EQ(2, s->area[0]);
}

TEST_HARNESS_MAIN
