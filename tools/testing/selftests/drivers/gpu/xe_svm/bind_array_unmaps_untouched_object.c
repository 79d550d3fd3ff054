// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C10): an array of binds may unmap memory that the GPU has mapped
 * together with an object that it never touched, however many fences the
 * untouched object has.
 *
 * Named after the unbind of 6.12, which added a fence to every object it
 * unmapped and reserved a slot only if page tables were in use: BUG in
 * dma_resv_add_fence().
 *
 * Desktop: harmless
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/gate.h"
#include "lib/mirror_fixture.h"

/* More than dma-resv keeps room for when one fence was reserved. */
#define ROUNDS		24
#define RANGE		SZ_2M
#define SIZE		SZ_64K

/* Target of the second operation of each array. */
enum beside { BESIDE_BO, BESIDE_USERPTR };

FIXTURE(array)
{
	struct gpu gpu;
	char *area;		/* where objects are bound, 2 * ROUNDS of them */
	uint32_t bo[2];		/* bound at even and odd places */
	struct gate gate;
};

FIXTURE_VARIANT(array)
{
	enum beside beside;
	/* flags of the binds at odd places */
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(array, untouched_object) { .beside = BESIDE_BO };

FIXTURE_VARIANT_ADD(array, untouched_userptr) { .beside = BESIDE_USERPTR };

/* The sibling: everything has page-table entries. */
FIXTURE_VARIANT_ADD(array, mapped_object) {
	.beside = BESIDE_BO, .flags = DRM_XE_VM_BIND_FLAG_IMMEDIATE,
};

static uint64_t place(FIXTURE_DATA(array) *self, unsigned int i)
{
	return (uintptr_t)self->area + i * RANGE;
}

static int bind_at(FIXTURE_DATA(array) *self, unsigned int i, enum beside what, uint32_t flags)
{
	struct drm_xe_vm_bind_op op = gpu_op_bo(self->bo[i % 2], place(self, i), SIZE);

	if (what == BESIDE_USERPTR) {
		op.obj = 0;
		op.op = DRM_XE_VM_BIND_OP_MAP_USERPTR;
		op.userptr = place(self, i);
	}
	op.flags = flags;
	return gpu_bind_ops(&self->gpu, &op, 1);
}

FIXTURE_SETUP(array)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->area = memory_map(2 * ROUNDS * RANGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	ASSERT_NE(NULL, self->area);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, gpu_bo_create(&self->gpu, SIZE, &self->bo[i]));
	for (i = 0; i < 2 * ROUNDS; i += 2) {
		ASSERT_EQ(0, bind_at(self, i, BESIDE_BO, DRM_XE_VM_BIND_FLAG_IMMEDIATE));
		ASSERT_EQ(0, bind_at(self, i + 1, variant->beside, variant->flags));
	}
	ASSERT_EQ(0, gate_make(&self->gate, &self->gpu, &self->gpu.engines[0]));
}

FIXTURE_TEARDOWN(array)
{
	gate_open(&self->gate);
	gpu_close(&self->gpu);
}

static int unmap_both(FIXTURE_DATA(array) *self, unsigned int i, uint64_t *fence)
{
	struct drm_xe_vm_bind_op ops[2] = {
		gpu_op_unmap(place(self, i), SIZE),
		gpu_op_unmap(place(self, i + 1), SIZE),
	};
	struct drm_xe_sync syncs[2] = {
		{
			.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
			.handle = self->gate.passed,
		},
		{
			.type = DRM_XE_SYNC_TYPE_USER_FENCE,
			.flags = DRM_XE_SYNC_FLAG_SIGNAL,
			.addr = (uintptr_t)fence,
			.timeline_value = 1,
		},
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = self->gpu.vm,
		.num_binds = 2,
		.vector_of_binds = (uintptr_t)ops,
		.num_syncs = 2,
		.syncs = (uintptr_t)syncs,
	};

	return ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

static int wait_for(struct gpu *gpu, uint64_t *fence)
{
	struct drm_xe_wait_user_fence wait = {
		.addr = (uintptr_t)fence,
		.op = DRM_XE_UFENCE_WAIT_OP_EQ,
		.value = 1,
		.mask = ~0ULL,
		.timeout = 20 * 1000000000LL,
	};

	return ioctl(gpu->fd, DRM_IOCTL_XE_WAIT_USER_FENCE, &wait) ? -errno : 0;
}

TEST_F_TIMEOUT(array, goes_through, GPU_TEST_TIMEOUT)
{
	static uint64_t fences[ROUNDS];
	unsigned int i;

	ASSERT_EQ(0, gate_shut(&self->gate));
	for (i = 0; i < ROUNDS; i++)
		ASSERT_EQ(0, unmap_both(self, 2 * i, &fences[i]));
	/* All of them were pending at once, or nothing was shown. */
	for (i = 0; i < ROUNDS; i++)
		EXPECT_EQ(0, __atomic_load_n(&fences[i], __ATOMIC_ACQUIRE));
	gate_open(&self->gate);
	for (i = 0; i < ROUNDS; i++)
		EXPECT_EQ(0, wait_for(&self->gpu, &fences[i]));

	/* Every place is free again. */
	EXPECT_EQ(0, gpu_bind_mirror_whole(&self->gpu));
	EXPECT_EQ(0, gpu_unbind(&self->gpu, 0, gpu_va_size(&self->gpu)));
}

TEST_HARNESS_MAIN
