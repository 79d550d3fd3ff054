// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: UNMAP of a part of a mirror, or a bind that replaces it, is refused
 * with -EBUSY while the GPU has CPU memory mapped there, and succeeds at once
 * after the CPU memory was unmapped.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_COPY_ENGINE();

/* Written by the GPU, so mapped. */
static char *mapped_area(struct gpu_queue *queue)
{
	char *area = memory_anonymous(SZ_2M);

	return area && !gpu_write(queue, area, 0xb0500001) ? area : NULL;
}

TEST_F_TIMEOUT(mirror, unmap_of_a_part, GPU_TEST_TIMEOUT)
{
	char *area = mapped_area(&self->queue);

	ASSERT_NE(NULL, area);
	EXPECT_EQ(-EBUSY, gpu_unbind(&self->gpu, (uintptr_t)area, SZ_2M));
	EXPECT_EQ(-EBUSY, gpu_unbind(&self->gpu, (uintptr_t)area, SZ_4K));

	/* The refusal changed nothing. */
	EXPECT_EQ(0, gpu_write(&self->queue, area, 0xb0500002));
	EXPECT_EQ(0xb0500002, *(uint32_t *)area);

	ASSERT_EQ(0, munmap(area, SZ_2M));
	EXPECT_EQ(0, gpu_unbind(&self->gpu, (uintptr_t)area, SZ_2M));
}

TEST_F_TIMEOUT(mirror, unmap_of_the_whole, GPU_TEST_TIMEOUT)
{
	/* The control area alone is enough to keep it. */
	EXPECT_EQ(-EBUSY, gpu_unbind(&self->gpu, 0, gpu_va_size(&self->gpu)));
	EXPECT_EQ(0, gpu_run(&self->queue));
}

TEST_F_TIMEOUT(mirror, unmap_beside_a_mapping, GPU_TEST_TIMEOUT)
{
	char *area = mapped_area(&self->queue), *idle = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, area);
	ASSERT_NE(NULL, idle);
	*idle = 1;
	EXPECT_EQ(0, gpu_unbind(&self->gpu, (uintptr_t)idle, SZ_2M));

	/* An unbound range is not accessible, though the CPU has memory there. */
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, idle, 2));
	EXPECT_EQ(1, *idle);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->queue, area, 0xb0500003));
}

TEST_F_TIMEOUT(mirror, buffer_over_a_mapping, GPU_TEST_TIMEOUT)
{
	char *area = mapped_area(&self->queue);
	struct drm_xe_vm_bind_op op;
	uint32_t bo;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_2M, &bo));
	op = gpu_op_bo(bo, (uintptr_t)area, SZ_2M);
	EXPECT_EQ(-EBUSY, gpu_bind_ops(&self->gpu, &op, 1));
	ASSERT_EQ(0, munmap(area, SZ_2M));
	EXPECT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	gpu_bo_destroy(&self->gpu, bo);
}

TEST_F_TIMEOUT(mirror, mirror_over_a_mapped_part, GPU_TEST_TIMEOUT)
{
	char *area = mapped_area(&self->queue);

	ASSERT_NE(NULL, area);
	EXPECT_EQ(-EBUSY, gpu_bind_mirror(&self->gpu, (uintptr_t)area, SZ_2M,
					  DRM_XE_VM_BIND_FLAG_READONLY));
	EXPECT_EQ(0, gpu_write(&self->queue, area, 0xb0500004));

	/* The whole of the old mirror may be replaced: nothing is split. */
	EXPECT_EQ(0, gpu_bind_mirror_whole(&self->gpu));
	EXPECT_EQ(0, gpu_write(&self->queue, area, 0xb0500005));
	EXPECT_EQ(0xb0500005, *(uint32_t *)area);
}

TEST_HARNESS_MAIN
