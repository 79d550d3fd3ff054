// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C10): a bind during which the memory of a userptr is replaced is done or
 * undone like any other: the GPU then accesses the new memory, and what was not bound
 * can be unmapped.
 *
 * Nothing is left to chance: the first userptr is read-only and shows zero pages. A
 * second one of the same memory, which may be written, makes the kernel replace them
 * while it collects the pages of the second.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define SIZE		(2 * SZ_4K)
/* Has page tables of its own */
#define ELSEWHERE	(GPU_USERPTR_ADDR / 2)
#define CONTENTS	0x600d

FIXTURE(replaced)
{
	struct gpu gpu;
	const struct drm_xe_engine_class_instance *engine;
	struct gpu_queue queue;
	char *area;
	volatile uint32_t *word;	/* the first of the area */
};

FIXTURE_SETUP(replaced)
{
	int err = gpu_open(&self->gpu);

	if (err == -ENODEV)
		SKIP(return, "no xe device");
	ASSERT_EQ(0, err);
	self->area = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, SZ_2M, MADV_NOHUGEPAGE));
	self->word = (uint32_t *)self->area;
	self->engine = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	if (!self->engine)
		SKIP(return, "no copy engine");
}

FIXTURE_TEARDOWN(replaced)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static struct drm_xe_vm_bind_op op_userptr(void *memory, uint64_t addr, uint64_t range)
{
	return (struct drm_xe_vm_bind_op) {
		.op = DRM_XE_VM_BIND_OP_MAP_USERPTR,
		.pat_index = GPU_PAT_WB,
		.userptr = (uintptr_t)memory,
		.addr = addr,
		.range = range,
	};
}

static int bind_first(FIXTURE_DATA(replaced) *self)
{
	struct drm_xe_vm_bind_op op = op_userptr(self->area, GPU_USERPTR_ADDR, SIZE);

	op.flags = DRM_XE_VM_BIND_FLAG_READONLY;
	return gpu_bind_ops(&self->gpu, &op, 1);
}

/*
 * In fault mode a bind makes no entries until a prefetch or a fault. Another userptr is
 * mapped already, @distance after the first.
 */
static void prefetched(struct __test_metadata *_metadata, FIXTURE_DATA(replaced) *self,
		       uint64_t distance)
{
	char *other = self->area + SZ_64K;
	struct drm_xe_vm_bind_op ops[] = {
		{
			.op = DRM_XE_VM_BIND_OP_PREFETCH,
			.pat_index = GPU_PAT_WB,
			.addr = GPU_USERPTR_ADDR,
			.range = SIZE,
		},
		op_userptr(self->area, ELSEWHERE, SIZE),
	};
	struct drm_xe_vm_bind_op op = op_userptr(other, GPU_USERPTR_ADDR + distance, SIZE);
	uint32_t value = 0;

	*(uint32_t *)other = CONTENTS;
	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, self->engine, &self->queue));
	op.flags = DRM_XE_VM_BIND_FLAG_IMMEDIATE;
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	ASSERT_EQ(0, bind_first(self));
	EXPECT_EQ(-EAGAIN, gpu_bind_ops(&self->gpu, ops, 2));
	EXPECT_EQ(0, gpu_unbind(&self->gpu, GPU_USERPTR_ADDR, SIZE));
	EXPECT_EQ(0, gpu_read(&self->queue, (char *)GPU_USERPTR + distance, &value));
	EXPECT_EQ(CONTENTS, value);

	ASSERT_EQ(0, bind_first(self));
	EXPECT_EQ(0, gpu_bind_ops(&self->gpu, ops, 2));
	*self->word = CONTENTS;
	EXPECT_EQ(0, gpu_read(&self->queue, GPU_USERPTR, &value));
	EXPECT_EQ(CONTENTS, value);
}

TEST_F_TIMEOUT(replaced, prefetched_beside_entries, GPU_TEST_TIMEOUT)
{
	prefetched(_metadata, self, SIZE);
}

TEST_F_TIMEOUT(replaced, prefetched_beside_table, GPU_TEST_TIMEOUT)
{
	prefetched(_metadata, self, SZ_2M);
}

/* A VM without faults, the first userptr in it */
static void without_faults(struct __test_metadata *_metadata, FIXTURE_DATA(replaced) *self)
{
	ASSERT_EQ(0, gpu_vm_create(self->gpu.fd, DRM_XE_VM_CREATE_FLAG_LR_MODE, &self->gpu.vm));
	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, bind_first(self));
}

/* @unmap removes the first userptr, or a part of it; the array fails. */
static void comes_back(struct __test_metadata *_metadata, FIXTURE_DATA(replaced) *self,
		       struct drm_xe_vm_bind_op unmap)
{
	char *nowhere = memory_anonymous(SZ_2M);
	struct drm_xe_vm_bind_op ops[] = {
		unmap,
		op_userptr(self->area, ELSEWHERE, SIZE),
		op_userptr(nowhere, ELSEWHERE + SZ_2M, SZ_4K),
	};
	uint32_t value = 1;

	ASSERT_NE(NULL, nowhere);
	ASSERT_EQ(0, munmap(nowhere, SZ_2M));
	without_faults(_metadata, self);
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, self->engine, &self->queue));
	ASSERT_EQ(0, gpu_read(&self->queue, GPU_USERPTR, &value));
	ASSERT_EQ(0, value);

	EXPECT_EQ(-EFAULT, gpu_bind_ops(&self->gpu, ops, 3));
	*self->word = CONTENTS;
	EXPECT_EQ(0, gpu_read(&self->queue, GPU_USERPTR, &value));
	EXPECT_EQ(CONTENTS, value)
		TH_LOG("the GPU reads a page that the process has given up");
}

TEST_F_TIMEOUT(replaced, comes_back, GPU_TEST_TIMEOUT)
{
	comes_back(_metadata, self, gpu_op_unmap(GPU_USERPTR_ADDR, SIZE));
}

TEST_F_TIMEOUT(replaced, is_whole_again, GPU_TEST_TIMEOUT)
{
	comes_back(_metadata, self, gpu_op_unmap(GPU_USERPTR_ADDR + SZ_4K, SZ_4K));
}

TEST_HARNESS_MAIN
