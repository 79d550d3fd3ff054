// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C10): an array of binds is applied as a whole or not at all, even if a
 * later element is refused after earlier ones were applied.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

/* Where x86-64 maps all memory for the kernel. */
#define KERNEL_ADDR	0xffff888000000000ULL

MIRROR_ON_COPY_ENGINE();

FIXTURE(array)
{
	struct gpu gpu;
	struct gpu_queue queue;
	uint32_t *mapped;	/* in a mirror, written by the GPU */
	uint32_t *outside;	/* CPU memory that no mirror covers */
};

/* The control area is a buffer object, so only @mapped holds a mirror busy. */
FIXTURE_SETUP(array)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->mapped = memory_anonymous(SZ_2M);
	self->outside = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->mapped);
	ASSERT_NE(NULL, self->outside);
	*self->outside = 0xa0000001;
	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[0], &self->queue));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)self->mapped, SZ_2M, 0));
	ASSERT_EQ(0, gpu_write(&self->queue, self->mapped, 0xa0000002));
}

FIXTURE_TEARDOWN(array)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* As before: @mapped in reach, @outside out of reach. */
static void nothing_changed(struct __test_metadata *_metadata, FIXTURE_DATA(array) *self)
{
	EXPECT_EQ(0, gpu_write(&self->queue, self->mapped, 0xa0000003));
	EXPECT_EQ(0xa0000003, *self->mapped);
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, self->outside, 0xa0000004));
	EXPECT_EQ(0xa0000001, *self->outside);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
}

TEST_F_TIMEOUT(array, all_good, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_mirror((uintptr_t)self->outside, SZ_64K),
		gpu_op_unmap((uintptr_t)self->outside, SZ_64K),
		gpu_op_mirror((uintptr_t)self->outside, SZ_2M),
	};

	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, ops, 3));
	EXPECT_EQ(0, gpu_write(&self->queue, self->outside, 0xa0000005));
	EXPECT_EQ(0xa0000005, *self->outside);
}

/* Refused while the arguments are checked. */
TEST_F_TIMEOUT(array, err_last_argument_bad, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_mirror((uintptr_t)self->outside, SZ_2M),
		gpu_op_mirror((uintptr_t)self->outside, SZ_2M),
	};

	ops[1].cpu_addr_mirror_offset = SZ_4K;
	EXPECT_EQ(-EINVAL, gpu_bind_ops(&self->gpu, ops, 2));
	nothing_changed(_metadata, self);
}

/* The array is the program's to give, not the kernel's to read from itself. */
TEST_F_TIMEOUT(array, err_array_of_the_kernel, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(-EFAULT, gpu_bind_ops(&self->gpu, (void *)KERNEL_ADDR, 2));
	EXPECT_EQ(-EFAULT, gpu_bind_ops(&self->gpu, NULL, 2));
	nothing_changed(_metadata, self);
}

/* Refused when the first element is in place already. */
TEST_F_TIMEOUT(array, err_last_is_busy, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_mirror((uintptr_t)self->outside, SZ_2M),
		gpu_op_unmap((uintptr_t)self->mapped, SZ_2M),
	};

	EXPECT_EQ(-EBUSY, gpu_bind_ops(&self->gpu, ops, 2));
	nothing_changed(_metadata, self);
}

/* The unwinding must put back what an earlier element removed. */
TEST_F_TIMEOUT(array, err_removed_mirror_comes_back, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_unmap((uintptr_t)self->outside, SZ_2M),
		gpu_op_unmap((uintptr_t)self->mapped, SZ_2M),
	};

	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)self->outside, SZ_2M, 0));
	EXPECT_EQ(-EBUSY, gpu_bind_ops(&self->gpu, ops, 2));
	EXPECT_EQ(0, gpu_write(&self->queue, self->outside, 0xa0000006));
	EXPECT_EQ(0xa0000006, *self->outside);
}

TEST_F_TIMEOUT(array, err_split_mirror_comes_back, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_unmap((uintptr_t)self->outside + SZ_64K, SZ_64K),
		gpu_op_unmap((uintptr_t)self->mapped, SZ_2M),
	};

	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)self->outside, SZ_2M, 0));
	EXPECT_EQ(-EBUSY, gpu_bind_ops(&self->gpu, ops, 2));
	EXPECT_EQ(0, gpu_write(&self->queue, (char *)self->outside + SZ_64K, 0xa0000007));
	EXPECT_EQ(0, gpu_write(&self->queue, self->outside, 0xa0000008));
	EXPECT_EQ(0xa0000008, *self->outside);
}

TEST_HARNESS_MAIN
