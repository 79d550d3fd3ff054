// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6): a buffer object that was evicted, and brought back by a prefetch,
 * is unmapped from the GPU when it is evicted again: no access reaches freed
 * pages.
 *
 * Named after the prefetch of 6.12, which bound an evicted object and left it
 * marked as invalidated, so that the next eviction found nothing to zap.
 *
 * Desktop: may end it, evicts the buffer objects of all programs
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

MIRROR_ON_COPY_ENGINE();

static int prefetch(struct gpu *gpu, void *addr)
{
	struct drm_xe_vm_bind_op op = {
		.op = DRM_XE_VM_BIND_OP_PREFETCH,
		.pat_index = GPU_PAT_WB,
		.addr = (uintptr_t)addr,
		.range = SZ_64K,
	};

	return gpu_bind_ops(gpu, &op, 1);
}

/* Writes, checks the object by the CPU, and returns the number of faults. */
static int64_t write_and_look(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self,
			      volatile uint32_t *word, uint32_t value)
{
	int64_t before = gpu_model_count(&self->model, "FAULT");

	EXPECT_EQ(0, gpu_write(&self->queue, word, value));
	EXPECT_EQ(value, *word)
		TH_LOG("written to pages that are the object's no more");
	return gpu_model_count(&self->model, "FAULT") - before;
}

/* @by_prefetch: brought back by a prefetch after the first eviction, else by a fault. */
static void evict_twice(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self,
			bool by_prefetch)
{
	volatile uint32_t *word;
	int64_t faults;
	uint32_t bo;
	void *addr;

	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &bo, &addr));
	word = addr;
	ASSERT_EQ(0, gpu_write(&self->queue, word, 1));
	if (pressure_evict_objects(&self->gpu) == -ENOENT)
		SKIP(return, "no limit of TTM to be had");
	if (by_prefetch)
		ASSERT_EQ(0, prefetch(&self->gpu, addr));
	faults = write_and_look(_metadata, self, word, 2);
	WITH_MODEL(&self->model)
		EXPECT_EQ(by_prefetch, !faults);

	ASSERT_EQ(0, pressure_evict_objects(&self->gpu));
	faults = write_and_look(_metadata, self, word, 3);
	WITH_MODEL(&self->model)
		EXPECT_LT(0, faults);
	gpu_bo_destroy(&self->gpu, bo);
}

TEST_F_TIMEOUT(mirror, by_prefetch, GPU_TEST_TIMEOUT)
{
	evict_twice(_metadata, self, true);
}

/* The sibling that was right. */
TEST_F_TIMEOUT(mirror, by_fault, GPU_TEST_TIMEOUT)
{
	evict_twice(_metadata, self, false);
}

TEST_HARNESS_MAIN
