// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: an ioctl that gets a kernel address for data that it reads from the
 * program fails with -EFAULT, and the same ioctl with memory of the program
 * works.
 *
 * Named after 6.12, which read eight arguments with __copy_from_user() without
 * checking the addresses. An array of binds is in bind_array_unwinds; the
 * addresses of a parallel exec take two engines of a class, which no rig has.
 *
 * Desktop: harmless
 */
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

/* Where x86-64 maps all memory for the kernel, unless that is randomised. */
#define KERNEL_ADDR	0xffff888000000000ULL

FIXTURE(argument)
{
	struct gpu gpu;
	struct drm_xe_exec_queue_create queue;
	struct drm_xe_ext_set_property extension;
};

/* All valid: one placement, one extension that sets the default value. */
FIXTURE_SETUP(argument)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->extension = (struct drm_xe_ext_set_property) {
		.base.name = DRM_XE_EXEC_QUEUE_EXTENSION_SET_PROPERTY,
		.property = DRM_XE_EXEC_QUEUE_SET_PROPERTY_PRIORITY,
		.value = 1,	/* normal */
	};
	self->queue = (struct drm_xe_exec_queue_create) {
		.extensions = (uintptr_t)&self->extension,
		.width = 1,
		.num_placements = 1,
		.vm_id = self->gpu.vm,
		.instances = (uintptr_t)&self->gpu.engines[0],
	};
}

FIXTURE_TEARDOWN(argument)
{
	gpu_close(&self->gpu);
}

static int create_queue(FIXTURE_DATA(argument) *self)
{
	return ioctl(self->gpu.fd, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &self->queue) ? -errno : 0;
}

TEST_F(argument, queue)
{
	EXPECT_EQ(0, create_queue(self));
}

TEST_F(argument, err_queue_placements)
{
	self->queue.instances = KERNEL_ADDR;
	EXPECT_EQ(-EFAULT, create_queue(self));
}

TEST_F(argument, err_queue_extension)
{
	self->queue.extensions = KERNEL_ADDR;
	EXPECT_EQ(-EFAULT, create_queue(self));
}

TEST_F(argument, err_queue_second_extension)
{
	self->extension.base.next_extension = KERNEL_ADDR;
	EXPECT_EQ(-EFAULT, create_queue(self));
}

static int observe(FIXTURE_DATA(argument) *self, uint64_t op, uint64_t param)
{
	struct drm_xe_observation_param args = {
		.observation_type = DRM_XE_OBSERVATION_TYPE_OA,
		.observation_op = op,
		.param = param,
	};

	return ioctl(self->gpu.fd, DRM_IOCTL_XE_OBSERVATION, &args) < 0 ? -errno : 0;
}

static void observation(struct __test_metadata *_metadata, FIXTURE_DATA(argument) *self,
			uint64_t op)
{
	struct drm_xe_oa_config empty = {};
	int err = observe(self, op, (uintptr_t)&empty);

	if (err == -ENODEV)
		SKIP(return, "no OA on this device");
	/* Read, and not valid. */
	EXPECT_NE(-EFAULT, err);
	EXPECT_EQ(-EFAULT, observe(self, op, KERNEL_ADDR));
}

TEST_F(argument, err_observation_stream)
{
	observation(_metadata, self, DRM_XE_OBSERVATION_OP_STREAM_OPEN);
}

TEST_F(argument, err_observation_config)
{
	observation(_metadata, self, DRM_XE_OBSERVATION_OP_ADD_CONFIG);
}

TEST_HARNESS_MAIN
