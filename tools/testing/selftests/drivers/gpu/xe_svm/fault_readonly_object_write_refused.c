// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1): the GPU reads a buffer object or userptr that is bound READONLY; a
 * write to it is refused, before and after a read has bound it.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define CONTENTS	0x600d

FIXTURE(readonly)
{
	struct gpu gpu;
	struct gpu_queue queue;
	volatile uint32_t *word;	/* for the CPU */
	volatile uint32_t *gpu_word;
};

FIXTURE_VARIANT(readonly)
{
	bool userptr;
};

FIXTURE_VARIANT_ADD(readonly, object) { .userptr = false };
FIXTURE_VARIANT_ADD(readonly, userptr) { .userptr = true };

FIXTURE_SETUP(readonly)
{
	struct drm_xe_vm_bind_op op = {
		.op = DRM_XE_VM_BIND_OP_MAP_USERPTR,
		.flags = DRM_XE_VM_BIND_FLAG_READONLY,
		.pat_index = GPU_PAT_WB,
		.addr = GPU_USERPTR_ADDR,
		.range = SZ_64K,
	};
	void *memory;
	uint32_t bo;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	if (variant->userptr) {
		memory = memory_anonymous(SZ_64K);
		ASSERT_NE(NULL, memory);
		op.userptr = (uintptr_t)memory;
	} else {
		ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &bo, &memory));
		op.op = DRM_XE_VM_BIND_OP_MAP;
		op.obj = bo;
	}
	self->word = memory;
	*self->word = CONTENTS;
	self->gpu_word = GPU_USERPTR;
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
}

FIXTURE_TEARDOWN(readonly)
{
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(readonly, written, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	EXPECT_EQ(REFUSED, gpu_write(&self->queue, self->gpu_word, 1))
		TH_LOG("before a read");
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	ASSERT_EQ(0, gpu_read(&self->queue, self->gpu_word, &value));
	EXPECT_EQ(CONTENTS, value);
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, self->gpu_word, 1))
		TH_LOG("after a read");
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_increment(&self->queue, self->gpu_word));
	EXPECT_EQ(CONTENTS, *self->word);
}

TEST_HARNESS_MAIN
