// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C9, C16): the array {UNMAP, MAP|CPU_ADDR_MIRROR} with pat_index 0, by which
 * a runtime frees the address of an object, works on every device: the GPU then
 * sees the memory that the process has there, mapped coherently.
 *
 * Linux 7.3 refuses the array on integrated devices, where index 0 is not
 * coherent with the CPU. The runtime ignores the error, and the GPU continues
 * to use the object.
 *
 * Desktop: harmless
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define AUTORESET	DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET
#define OLD_DATA	0x01d00000
#define NEW_DATA	0x5e300000
#define WORDS		16

FIXTURE(runtime)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
};

/* The mirror that a runtime binds at first, and the objects it has. */
FIXTURE_VARIANT(runtime)
{
	unsigned int pat_index;
	unsigned long size;
};

/* As on Lunar Lake, and as on Battlemage. */
FIXTURE_VARIANT_ADD(runtime, one_way_4k) { .pat_index = 1, .size = SZ_4K };

FIXTURE_VARIANT_ADD(runtime, one_way_2m) { .pat_index = 1, .size = SZ_2M };

FIXTURE_VARIANT_ADD(runtime, zero_4k) { .pat_index = 0, .size = SZ_4K };

FIXTURE_VARIANT_ADD(runtime, zero_2m) { .pat_index = 0, .size = SZ_2M };

FIXTURE_SETUP(runtime)
{
	struct drm_xe_vm_bind_op op;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	op = gpu_op_mirror(0, gpu_va_size(&self->gpu));
	op.pat_index = variant->pat_index;
	op.flags |= AUTORESET;
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	ASSERT_EQ(0, gpu_control_in_memory(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[0], &self->queue));
	gpu_model_open(&self->gpu, &self->model);
}

FIXTURE_TEARDOWN(runtime)
{
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static volatile uint32_t *word_of(void *area, unsigned long size, unsigned int i)
{
	return area + size / WORDS * i;
}

/* How many words the GPU does not read as fill() wrote them. */
static unsigned int wrong_words(struct gpu_queue *queue, void *area, unsigned long size,
				uint32_t data)
{
	unsigned int i, wrong = 0;
	uint32_t value;

	for (i = 0; i < WORDS; i++) {
		value = 0;
		if (gpu_read(queue, word_of(area, size, i), &value) || value != data + i)
			wrong++;
	}
	return wrong;
}

static void fill(void *area, unsigned long size, uint32_t data)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		*word_of(area, size, i) = data + i;
}

/* An object with data, @touched by the GPU or not, not mapped by the CPU any more. */
static void *object(struct __test_metadata *_metadata, struct gpu_queue *queue,
		    unsigned long size, bool touched, uint32_t *bo)
{
	void *area;

	ASSERT_EQ(0, gpu_bo_place(queue->gpu, size, bo, &area));
	fill(area, size, OLD_DATA);
	if (touched)
		EXPECT_EQ(0, wrong_words(queue, area, size, OLD_DATA));
	ASSERT_EQ(0, munmap(area, size));
	return area;
}

/* Field by field as the runtime sends it. @offset: of the object in another one. */
static int free_address(struct gpu *gpu, void *area, unsigned long size, uint64_t offset,
			unsigned int mirror_pat)
{
	struct drm_xe_vm_bind_op ops[2] = {
		{
			.op = DRM_XE_VM_BIND_OP_UNMAP,
			.obj_offset = offset,
			.addr = (uintptr_t)area,
			.range = size,
		},
		{
			.op = DRM_XE_VM_BIND_OP_MAP,
			.flags = DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR,
			.pat_index = mirror_pat,
			.addr = (uintptr_t)area,
			.range = size,
		},
	};

	return gpu_bind_ops(gpu, ops, 2);
}

/* As malloc() gets it from the kernel: the address that was just freed. */
static void *memory_at(void *area, unsigned long size)
{
	void *p = mmap(area, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	return p == area ? p : NULL;
}

static void give_way(struct __test_metadata *_metadata, FIXTURE_DATA(runtime) *self,
		     unsigned long size, bool touched, uint64_t offset)
{
	int64_t before = gpu_model_count(&self->model, "TLB_INCOHERENT");
	uint32_t bo;
	void *area = object(_metadata, &self->queue, size, touched, &bo);

	ASSERT_EQ(0, free_address(&self->gpu, area, size, offset, 0));
	gpu_bo_destroy(&self->gpu, bo);
	ASSERT_EQ(area, memory_at(area, size));
	fill(area, size, NEW_DATA);
	EXPECT_EQ(0, wrong_words(&self->queue, area, size, NEW_DATA))
		TH_LOG("the GPU does not see the memory at the freed address");
	EXPECT_EQ(0, gpu_write(&self->queue, area, OLD_DATA));
	EXPECT_EQ(OLD_DATA, *(uint32_t *)area);
	WITH_MODEL(&self->model)
		EXPECT_EQ(before, gpu_model_count(&self->model, "TLB_INCOHERENT"))
			TH_LOG("memory mapped with an index that does not snoop");
	ASSERT_EQ(0, munmap(area, size));
}

TEST_F_TIMEOUT(runtime, touched, GPU_TEST_TIMEOUT)
{
	give_way(_metadata, self, variant->size, true, 0);
}

TEST_F_TIMEOUT(runtime, untouched, GPU_TEST_TIMEOUT)
{
	give_way(_metadata, self, variant->size, false, 0);
}

/* The offset of an UNMAP means nothing. */
TEST_F_TIMEOUT(runtime, offset_of_unmap, GPU_TEST_TIMEOUT)
{
	give_way(_metadata, self, variant->size, true, SZ_64K);
}

/* Addresses that come again, as those of a caching allocator do. */
TEST_F_TIMEOUT(runtime, again_and_again, GPU_TEST_TIMEOUT)
{
	int i;

	for (i = 0; i < 8; i++)
		give_way(_metadata, self, variant->size, i % 2, 0);
}

/* The sibling: a refused array changes nothing. */
TEST_F_TIMEOUT(runtime, err_refused_array_keeps_object, GPU_TEST_TIMEOUT)
{
	uint32_t bo;
	void *area = object(_metadata, &self->queue, variant->size, true, &bo);

	EXPECT_EQ(-EINVAL, free_address(&self->gpu, area, variant->size, 0,
					GPU_PAT_RESERVED));
	ASSERT_EQ(area, memory_at(area, variant->size));
	fill(area, variant->size, NEW_DATA);
	EXPECT_EQ(0, wrong_words(&self->queue, area, variant->size, OLD_DATA));
	gpu_bo_destroy(&self->gpu, bo);
}

/* The sibling of the count: an object that is bound with index 0 is counted. */
TEST_F_TIMEOUT(runtime, incoherent_object_is_counted, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_model_count(&self->model, "TLB_INCOHERENT");
	struct drm_xe_gem_create create = {
		.size = SZ_64K,
		.placement = 1,
		.cpu_caching = DRM_XE_GEM_CPU_CACHING_WC,
	};
	void *area = memory_anonymous(SZ_2M);
	struct drm_xe_vm_bind_op op;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, ioctl(self->gpu.fd, DRM_IOCTL_XE_GEM_CREATE, &create));
	op = gpu_op_bo(create.handle, (uintptr_t)area, SZ_64K);
	op.pat_index = 0;
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	EXPECT_EQ(0, gpu_write(&self->queue, area, 1));
	WITH_MODEL(&self->model)
		EXPECT_LT(before, gpu_model_count(&self->model, "TLB_INCOHERENT"));
	gpu_bo_destroy(&self->gpu, create.handle);
}

TEST_HARNESS_MAIN
