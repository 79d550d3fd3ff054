// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a mirror bind with an invalid argument is refused with the documented
 * errno and leaves the address space unchanged.
 *
 * Desktop: harmless
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/advice.h"
#include "lib/mirror_fixture.h"

#define ADDR	(1ULL << 40)
#define RANGE	SZ_2M

FIXTURE(rule)
{
	struct gpu gpu;
};

/* A mirror bind with a few fields changed. The errno is 0 where it must work. */
FIXTURE_VARIANT(rule)
{
	int err;
	struct drm_xe_vm_bind_op op;
	/* Fields of the ioctl around the op. */
	uint64_t extensions;
	uint32_t pad;
	uint32_t pad2;
	uint64_t reserved[2];
	uint32_t vm;
	uint32_t exec_queue;
	/* Create the VM with these flags instead of fault mode. */
	uint32_t vm_flags;
	/* Put a real buffer object into the op. */
	int with_bo;
};

/* Later fields of an initialiser win: what is given replaces the good value. */
#define MIRROR_OP(...) {						\
	.op = DRM_XE_VM_BIND_OP_MAP,					\
	.flags = DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR,			\
	.pat_index = GPU_PAT_WB,					\
	.addr = ADDR,							\
	.range = RANGE,							\
	__VA_ARGS__							\
}

#define AUTORESET		DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET
#define MIRROR_FLAGS(more)	(DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR | (more))

#define RULE(name, error, ...)						\
FIXTURE_VARIANT_ADD(rule, name) { .err = error, .op = MIRROR_OP(__VA_ARGS__) }

#pragma GCC diagnostic ignored "-Woverride-init"

RULE(plain, 0);
RULE(smallest, 0, .range = SZ_4K);
RULE(odd_size, 0, .addr = ADDR + SZ_4K, .range = 3 * SZ_4K);
RULE(address_zero, 0, .addr = 0);
RULE(whole, 0, .addr = 0, .range = 1ULL << 48);
RULE(last_page, 0, .addr = (1ULL << 48) - SZ_4K, .range = SZ_4K);
RULE(readonly, 0, .flags = MIRROR_FLAGS(DRM_XE_VM_BIND_FLAG_READONLY));
RULE(immediate, 0, .flags = MIRROR_FLAGS(DRM_XE_VM_BIND_FLAG_IMMEDIATE));
RULE(dumpable, 0, .flags = MIRROR_FLAGS(DRM_XE_VM_BIND_FLAG_DUMPABLE));
RULE(autoreset, 0, .flags = MIRROR_FLAGS(AUTORESET));
RULE(pat_zero, 0, .pat_index = 0);
RULE(pat_one_way_coherent, 0, .pat_index = 1);
RULE(pat_incoherent, 0, .pat_index = GPU_PAT_INCOHERENT);

RULE(null_too, -EINVAL, .flags = MIRROR_FLAGS(DRM_XE_VM_BIND_FLAG_NULL));
RULE(autoreset_no_mirror, -EINVAL, .flags = AUTORESET | DRM_XE_VM_BIND_FLAG_NULL);
RULE(autoreset_unmap, -EINVAL, .op = DRM_XE_VM_BIND_OP_UNMAP, .flags = AUTORESET);
RULE(flag_bit_4, -EINVAL, .flags = MIRROR_FLAGS(1 << 4));
RULE(flag_bit_7, -EINVAL, .flags = MIRROR_FLAGS(1 << 7));
RULE(flag_bit_31, -EINVAL, .flags = MIRROR_FLAGS(1u << 31));
RULE(op_unmap, -EINVAL, .op = DRM_XE_VM_BIND_OP_UNMAP);
RULE(op_map_userptr, -EINVAL, .op = DRM_XE_VM_BIND_OP_MAP_USERPTR);
RULE(op_unmap_all, -EINVAL, .op = DRM_XE_VM_BIND_OP_UNMAP_ALL, .addr = 0, .range = 0);
RULE(op_prefetch, -EINVAL, .op = DRM_XE_VM_BIND_OP_PREFETCH);
RULE(op_unknown, -EINVAL, .op = DRM_XE_VM_BIND_OP_PREFETCH + 1);
RULE(no_such_object, -EINVAL, .obj = 0xdead);
RULE(offset, -EINVAL, .cpu_addr_mirror_offset = SZ_4K);
RULE(offset_negative, -EINVAL, .cpu_addr_mirror_offset = -(int64_t)SZ_4K);
RULE(offset_unaligned, -EINVAL, .cpu_addr_mirror_offset = 8);
RULE(offset_of_blocks, -EINVAL, .cpu_addr_mirror_offset = SZ_2M);
RULE(offset_of_blocks_negative, -EINVAL, .cpu_addr_mirror_offset = -(int64_t)SZ_2M);
RULE(pat_out_of_range, -EINVAL, .pat_index = GPU_PAT_OUT_OF_RANGE);
RULE(pat_reserved, -EINVAL, .pat_index = GPU_PAT_RESERVED);
RULE(pat_largest, -EINVAL, .pat_index = 0xffff);
RULE(addr_unaligned, -EINVAL, .addr = ADDR + 0x800);
RULE(range_unaligned, -EINVAL, .range = RANGE + 1);
RULE(range_zero, -EINVAL, .range = 0);
RULE(range_beyond_end, -EINVAL, .addr = SZ_4K, .range = 1ULL << 48);
RULE(addr_beyond_end, -EINVAL, .addr = 1ULL << 48);
RULE(sum_wraps, -EINVAL, .addr = -(uint64_t)SZ_4K, .range = 2 * SZ_4K);
RULE(prefetch_region, -EINVAL, .prefetch_mem_region_instance = 1);
RULE(prefetch_region_none, -EINVAL, .prefetch_mem_region_instance = ~0u);
RULE(op_pad, -EINVAL, .pad = 1);
RULE(op_pad2, -EINVAL, .pad2 = 1);
RULE(op_reserved_0, -EINVAL, .reserved[0] = 1);
RULE(op_reserved_1, -EINVAL, .reserved[1] = 1);
RULE(op_reserved_2, -EINVAL, .reserved[2] = 1);
RULE(op_extensions, -EINVAL, .extensions = 8);

FIXTURE_VARIANT_ADD(rule, object) { .err = -EINVAL, .op = MIRROR_OP(), .with_bo = 1 };
FIXTURE_VARIANT_ADD(rule, extensions) { .err = -EINVAL, .op = MIRROR_OP(), .extensions = 8 };
FIXTURE_VARIANT_ADD(rule, pad) { .err = -EINVAL, .op = MIRROR_OP(), .pad = 1 };
FIXTURE_VARIANT_ADD(rule, pad2) { .err = -EINVAL, .op = MIRROR_OP(), .pad2 = 1 };
FIXTURE_VARIANT_ADD(rule, reserved_0) { .err = -EINVAL, .op = MIRROR_OP(), .reserved = { 1, 0 } };
FIXTURE_VARIANT_ADD(rule, reserved_1) { .err = -EINVAL, .op = MIRROR_OP(), .reserved = { 0, 1 } };
FIXTURE_VARIANT_ADD(rule, no_such_vm) { .err = -EINVAL, .op = MIRROR_OP(), .vm = 0xdead };
FIXTURE_VARIANT_ADD(rule, no_such_queue) {
	.err = -ENOENT, .op = MIRROR_OP(), .exec_queue = 0xdead,
};
FIXTURE_VARIANT_ADD(rule, vm_long_running_only) {
	.err = -EINVAL, .op = MIRROR_OP(), .vm_flags = DRM_XE_VM_CREATE_FLAG_LR_MODE,
};

FIXTURE_SETUP(rule)
{
	mirror_open(_metadata, &self->gpu);
}

FIXTURE_TEARDOWN(rule)
{
	gpu_close(&self->gpu);
}

static int try(const struct gpu *gpu, const FIXTURE_VARIANT(rule) *v, uint32_t vm, uint32_t bo)
{
	struct drm_xe_vm_bind bind = {
		.extensions = v->extensions,
		.vm_id = v->vm ?: vm,
		.exec_queue_id = v->exec_queue,
		.pad = v->pad,
		.num_binds = 1,
		.bind = v->op,
		.pad2 = v->pad2,
		.reserved = { v->reserved[0], v->reserved[1] },
	};

	if (bo)
		bind.bind.obj = bo;
	return ioctl(gpu->fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

/* Mappings that the VM has */
static int mappings(struct gpu *gpu)
{
	return advice_query(gpu, NULL, gpu_va_size(gpu), NULL, 0);
}

TEST_F_TIMEOUT(rule, holds, GPU_TEST_TIMEOUT)
{
	uint32_t vm = self->gpu.vm, bo = 0;

	if (variant->vm_flags)
		ASSERT_EQ(0, gpu_vm_create(self->gpu.fd, variant->vm_flags, &vm));
	if (variant->with_bo)
		ASSERT_EQ(0, gpu_bo_create(&self->gpu, RANGE, &bo));

	EXPECT_EQ(variant->err, try(&self->gpu, variant, vm, bo));

	/* A refused bind leaves the address space as it was: nothing is bound. */
	EXPECT_EQ(variant->err ? 0 : 1, mappings(&self->gpu));
	EXPECT_EQ(0, gpu_bind_mirror_whole(&self->gpu));
	EXPECT_EQ(0, gpu_unbind(&self->gpu, 0, gpu_va_size(&self->gpu)));
}

/* Nor are offsets advertised: only xe.svm_offset=1 allows them. */
TEST(offset_is_not_offered)
{
	struct gpu gpu;

	mirror_open(_metadata, &gpu);
	if (_metadata->exit_code)
		return;
	EXPECT_FALSE(gpu.config_flags & DRM_XE_QUERY_CONFIG_FLAG_HAS_CPU_ADDR_MIRROR_OFFSET);
	gpu_close(&gpu);
}

TEST_HARNESS_MAIN
