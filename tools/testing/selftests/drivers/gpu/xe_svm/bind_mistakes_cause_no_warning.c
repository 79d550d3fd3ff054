// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a mistake in the arguments of an ioctl has an errno or no effect. It is the
 * program's, so the kernel does not warn: with panic_on_warn that would end the machine.
 * Nor does the kernel warn about what is unusual and allowed.
 *
 * Desktop: harmless
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"
#include "lib/taint.h"

/* So many that the kernel cannot allocate an array of them, however empty it is */
#define TOO_MANY	0x10000000
#define MANY		20000

FIXTURE(mistake)
{
	struct gpu gpu;
};

FIXTURE_SETUP(mistake)
{
	int taint = taint_read();

	ASSERT_LE(0, taint);
	if (taint & TAINT_WARN)
		SKIP(return, "this kernel has warned before: the same warning again is silent");
	mirror_open(_metadata, &self->gpu);
}

FIXTURE_TEARDOWN(mistake)
{
	int taint = taint_read();

	EXPECT_LE(0, taint);
	EXPECT_EQ(0, taint & TAINT_WARN);
	gpu_close(&self->gpu);
}

TEST_F(mistake, too_many_binds)
{
	struct drm_xe_vm_bind bind = {
		.vm_id = self->gpu.vm,
		.num_binds = TOO_MANY,
		.vector_of_binds = (uintptr_t)&bind,
	};

	EXPECT_EQ(-1, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind));
	EXPECT_EQ(ENOBUFS, errno);
}

/* The array of the binds can be allocated, that of their page-table updates can not. */
TEST_F(mistake, too_many_updates)
{
	struct drm_xe_vm_bind bind = { .vm_id = self->gpu.vm, .num_binds = MANY };
	struct drm_xe_vm_bind_op *ops = calloc(MANY, sizeof(*ops));
	unsigned int i;

	ASSERT_NE(NULL, ops);
	for (i = 0; i < MANY; i++)
		ops[i] = (struct drm_xe_vm_bind_op) {
			.op = DRM_XE_VM_BIND_OP_MAP,
			.flags = DRM_XE_VM_BIND_FLAG_NULL | DRM_XE_VM_BIND_FLAG_IMMEDIATE,
			.pat_index = GPU_PAT_WB,
			.addr = SZ_2M + i * SZ_4K,
			.range = SZ_4K,
		};
	bind.vector_of_binds = (uintptr_t)ops;
	EXPECT_EQ(-1, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind));
	EXPECT_EQ(ENOBUFS, errno);
	free(ops);
}

/* The kernel has no array for the pages of so much memory. */
TEST_F(mistake, userptr_too_large)
{
	void *page = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, page);
	EXPECT_EQ(-ENOMEM, gpu_bind_userptr(&self->gpu, page, 1UL << 40));
}

TEST_F(mistake, too_many_registers)
{
	struct drm_xe_oa_config config = { .n_regs = TOO_MANY, .regs_ptr = 8 };
	struct drm_xe_observation_param param = {
		.observation_type = DRM_XE_OBSERVATION_TYPE_OA,
		.observation_op = DRM_XE_OBSERVATION_OP_ADD_CONFIG,
		.param = (uintptr_t)&config,
	};

	memcpy(config.uuid, "01234567-0123-0123-0123-0123456789ab", sizeof(config.uuid));
	EXPECT_EQ(-1, ioctl(self->gpu.fd, DRM_IOCTL_XE_OBSERVATION, &param));
	if (errno == ENODEV)
		SKIP(return, "no OA on this device");
	EXPECT_EQ(ENOMEM, errno);
}

/* User fences are written in order: the second one shows that the first was tried. */
TEST_F(mistake, fence_in_readonly_memory)
{
	void *page = mmap(NULL, SZ_4K, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_USER_FENCE,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.addr = (uintptr_t)page,
		.timeline_value = 1,
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = self->gpu.vm,
		.num_binds = 1,
		.bind = gpu_op_mirror(0, SZ_2M),
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, SZ_2M, SZ_2M, 0));
	EXPECT_EQ(0, *(volatile uint64_t *)page);
	EXPECT_EQ(0, munmap(page, SZ_4K));
}

/* An object that was created for one VM may be bound in no other. */
TEST_F(mistake, object_of_another_vm)
{
	struct drm_xe_gem_create create = {
		.size = SZ_64K,
		.placement = 1,
		.cpu_caching = DRM_XE_GEM_CPU_CACHING_WB,
		.vm_id = self->gpu.vm,
	};
	struct drm_xe_vm_bind_op op;

	ASSERT_EQ(0, ioctl(self->gpu.fd, DRM_IOCTL_XE_GEM_CREATE, &create));
	op = gpu_op_bo(create.handle, SZ_2M, SZ_64K);
	EXPECT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	ASSERT_EQ(0, gpu_vm_create(self->gpu.fd, DRM_XE_VM_CREATE_FLAG_LR_MODE |
				   DRM_XE_VM_CREATE_FLAG_FAULT_MODE, &self->gpu.vm));
	EXPECT_EQ(-EINVAL, gpu_bind_ops(&self->gpu, &op, 1));
}

/* A bind of nothing: @out signals after @in. */
static int bind_nothing(struct gpu *gpu, uint32_t in, uint32_t out)
{
	struct drm_xe_sync syncs[] = {
		{ .type = DRM_XE_SYNC_TYPE_SYNCOBJ, .handle = in },
		{ .type = DRM_XE_SYNC_TYPE_SYNCOBJ, .handle = out,
		  .flags = DRM_XE_SYNC_FLAG_SIGNAL },
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = gpu->vm,
		.num_syncs = 2,
		.syncs = (uintptr_t)syncs,
	};

	return ioctl(gpu->fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

/* No mistake: the fence of several in-fences may be an in-fence. */
TEST_F(mistake, fence_of_fences)
{
	uint32_t one = 0, two = 0, three = 0;
	int fd = self->gpu.fd;

	ASSERT_EQ(0, gpu_vm_create(fd, 0, &self->gpu.vm));
	ASSERT_EQ(0, syncobj_create(fd, DRM_SYNCOBJ_CREATE_SIGNALED, &one));
	ASSERT_EQ(0, syncobj_create(fd, 0, &two));
	ASSERT_EQ(0, syncobj_create(fd, 0, &three));
	EXPECT_EQ(0, bind_nothing(&self->gpu, one, two));
	EXPECT_EQ(0, bind_nothing(&self->gpu, two, three));
}

TEST_HARNESS_MAIN
