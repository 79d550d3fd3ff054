// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C10): in an array of binds, UNMAP_ALL of an object unmaps the parts of
 * the object that the earlier operations have left, and no part twice.
 *
 * Named after a bug of 6.12, which finds the VMAs of UNMAP_ALL by their object.
 * VMAs that an earlier operation removed stay linked there until the whole
 * array is done: they were removed from the tree of the VM twice and freed
 * twice.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/access.h"
#include "lib/mirror_fixture.h"

#define ROUNDS		50
#define SIZE		(4 * SZ_64K)

FIXTURE(array)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *area;		/* where the object is bound, twice */
	uint32_t bo;
};

/* Operations before the UNMAP_ALL. */
FIXTURE_VARIANT(array)
{
	uint64_t offset, range;
	bool by_mirror;
};

FIXTURE_VARIANT_ADD(array, unmapped) { .offset = 0, .range = SIZE, };
FIXTURE_VARIANT_ADD(array, split) { .offset = SZ_64K, .range = SZ_64K, };
FIXTURE_VARIANT_ADD(array, replaced) { .offset = 0, .range = SIZE, .by_mirror = true, };
/* The sibling: another object's address, so that nothing is removed before. */
FIXTURE_VARIANT_ADD(array, untouched) { .offset = 2 * SIZE, .range = SIZE, };

FIXTURE_SETUP(array)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->area = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SIZE, &self->bo));
	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[0], &self->queue));
}

FIXTURE_TEARDOWN(array)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static int bind_twice(FIXTURE_DATA(array) *self)
{
	struct drm_xe_vm_bind_op ops[2] = {
		gpu_op_bo(self->bo, (uintptr_t)self->area, SIZE),
		gpu_op_bo(self->bo, (uintptr_t)self->area + SIZE, SIZE),
	};

	return gpu_bind_ops(&self->gpu, ops, 2);
}

TEST_F_TIMEOUT(array, goes_through, GPU_TEST_TIMEOUT)
{
	uint64_t at = (uintptr_t)self->area + variant->offset;
	struct drm_xe_vm_bind_op ops[2];
	uint32_t value;
	unsigned int i;

	ops[0] = variant->by_mirror ? gpu_op_mirror(at, variant->range) :
		gpu_op_unmap(at, variant->range);
	ops[1] = gpu_op_unmap(0, 0);
	ops[1].op = DRM_XE_VM_BIND_OP_UNMAP_ALL;
	ops[1].obj = self->bo;
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, bind_twice(self));
		ASSERT_EQ(0, gpu_write(&self->queue, self->area + SIZE, i));
		ASSERT_EQ(0, gpu_bind_ops(&self->gpu, ops, 2));
	}
	EXPECT_EQ(ACCESS_REFUSED, access_read(&self->queue, self->area + SIZE, &value));
	EXPECT_TRUE(variant->by_mirror ||
		    access_read(&self->queue, self->area, &value) == ACCESS_REFUSED);

	/* The VM is sound: everything can be bound anew. */
	EXPECT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)self->area, SZ_2M, 0));
	EXPECT_EQ(0, gpu_write(&self->queue, self->area + SIZE, 0xa77a0001));
	EXPECT_EQ(0xa77a0001, *(uint32_t *)(self->area + SIZE));
}

TEST_HARNESS_MAIN
