// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): several VMs may use one bind queue at a time. It does one bind after the
 * other, and uses no fence after it was freed.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"
#include "lib/taint.h"

#define VMS	4
#define BINDS	1000
#define ADDR	SZ_2M
#define WAIT_MS	20000
/* Of a slow kernel, which does fewer. */
#define BINDS_MS	15000

struct user {
	pthread_t thread;
	int fd;
	uint32_t vm;
	uint32_t queue;
	uint32_t done;			/* a syncobj */
	int err;
};

FIXTURE(several)
{
	struct gpu gpu;
	uint32_t queue;
	int taint;
	struct user users[VMS];
};

FIXTURE_SETUP(several)
{
	unsigned int i;
	int err = gpu_open(&self->gpu);

	if (err == -ENODEV)
		SKIP(return, "no xe device");
	ASSERT_EQ(0, err);
	self->taint = taint_read();
	ASSERT_LE(0, self->taint);
	if (self->taint & TAINT_WARN)
		SKIP(return, "this kernel has warned before: the same warning again is silent");
	ASSERT_EQ(0, gpu_bind_queue_create(self->gpu.fd, &self->queue));
	for (i = 0; i < VMS; i++) {
		struct user *user = &self->users[i];

		user->fd = self->gpu.fd;
		user->queue = self->queue;
		ASSERT_EQ(0, gpu_vm_create(user->fd, 0, &user->vm));
		ASSERT_EQ(0, syncobj_create(user->fd, 0, &user->done));
	}
}

FIXTURE_TEARDOWN(several)
{
	gpu_close(&self->gpu);
}

static int bind(struct user *user, uint32_t op, uint32_t flags)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.handle = user->done,
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = user->vm,
		.exec_queue_id = user->queue,
		.num_binds = 1,
		.bind = {
			.op = op,
			.flags = flags,
			.pat_index = GPU_PAT_WB,
			.addr = ADDR,
			.range = SZ_64K,
		},
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};

	return ioctl(user->fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

static void *bind_and_unbind(void *arg)
{
	struct user *user = arg;
	int64_t end = clock_ms() + BINDS_MS;
	unsigned int i;

	for (i = 0; i < BINDS && !user->err && clock_ms() < end; i++) {
		user->err = bind(user, DRM_XE_VM_BIND_OP_MAP, DRM_XE_VM_BIND_FLAG_NULL);
		if (!user->err)
			user->err = bind(user, DRM_XE_VM_BIND_OP_UNMAP, 0);
	}
	if (!user->err)
		user->err = syncobj_wait(user->fd, user->done, WAIT_MS);
	return NULL;
}

TEST_F_TIMEOUT(several, bind_at_a_time, GPU_TEST_TIMEOUT)
{
	unsigned int i;

	for (i = 0; i < VMS; i++)
		ASSERT_EQ(0, pthread_create(&self->users[i].thread, NULL, bind_and_unbind,
					    &self->users[i]));
	for (i = 0; i < VMS; i++) {
		ASSERT_EQ(0, pthread_join(self->users[i].thread, NULL));
		EXPECT_EQ(0, self->users[i].err);
	}
	EXPECT_EQ(self->taint, taint_read())
		TH_LOG("the kernel has warned");
}

TEST_HARNESS_MAIN
