// SPDX-License-Identifier: GPL-2.0
/*
 * Law: a mistake in the arguments of an ioctl has an errno or no effect. It is the
 * program's, so the kernel does not warn: with panic_on_warn that would end the machine.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define TAINT_WARN	(1UL << 9)
/* So many that the kernel cannot allocate an array of them, however empty it is */
#define TOO_MANY	0x10000000

/* Has the kernel warned since it was booted? Further warnings of the same kind are silent. */
static unsigned long warned(void)
{
	int fd = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);
	char text[32] = "";

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		*text = 0;
	close(fd);
	return strtoul(text, NULL, 10) & TAINT_WARN;
}

FIXTURE(mistake)
{
	struct gpu gpu;
};

FIXTURE_SETUP(mistake)
{
	if (warned())
		SKIP(return, "this kernel has warned before: another warning would not show");
	mirror_open(_metadata, &self->gpu);
}

FIXTURE_TEARDOWN(mistake)
{
	EXPECT_EQ(0, warned());
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

/* User fences are written in order: the second one tells that the first was tried. */
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

TEST_HARNESS_MAIN
