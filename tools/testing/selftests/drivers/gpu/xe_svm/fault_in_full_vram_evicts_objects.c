// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C10): a fault that needs page tables is served although buffer objects fill the
 * VRAM that page tables are allocated from: one of them is evicted, also if all of them
 * are private to the VM. The objects keep their data.
 *
 * Desktop: may end it, evicts the buffer objects of all programs
 */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

/* Each of them needs a page table, of 4 KiB. */
#define BLOCKS		64
/* So little is left that half of the blocks fill it. */
#define LEFT		(BLOCKS / 2 * SZ_4K)
/* The emulated GPU has 1 GiB. */
#define TOO_MUCH	(4 * SZ_1G)
#define KEPT_SIZE	SZ_2M
#define KEPT		0xc0de0001

FIXTURE(full)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *kept;		/* an object that the GPU has written to, private to the VM */
	char *area;
};

FIXTURE_VARIANT(full)
{
	/* The objects share the reservation of the VM, as its page tables do. */
	bool private;
};

FIXTURE_VARIANT_ADD(full, of_private_objects) { .private = true, };
FIXTURE_VARIANT_ADD(full, of_other_objects) { .private = false, };

/* The first region of VRAM. */
static int find_vram(const struct gpu *gpu, struct drm_xe_mem_region *vram)
{
	struct drm_xe_device_query query = { .query = DRM_XE_DEVICE_QUERY_MEM_REGIONS };
	struct drm_xe_query_mem_regions *regions;
	int err = -ENOENT;
	unsigned int i;

	if (ioctl(gpu->fd, DRM_IOCTL_XE_DEVICE_QUERY, &query))
		return -errno;
	regions = calloc(1, query.size);
	if (!regions)
		return -ENOMEM;
	query.data = (uintptr_t)regions;
	if (ioctl(gpu->fd, DRM_IOCTL_XE_DEVICE_QUERY, &query))
		err = -errno;
	for (i = 0; err == -ENOENT && i < regions->num_mem_regions; i++) {
		if (regions->mem_regions[i].mem_class != DRM_XE_MEM_REGION_CLASS_VRAM)
			continue;
		*vram = regions->mem_regions[i];
		err = 0;
	}
	free(regions);
	return err;
}

/* Bytes that are left in VRAM; or an error. */
static int64_t left(const struct gpu *gpu)
{
	struct drm_xe_mem_region vram;
	int err = find_vram(gpu, &vram);

	return err ?: (int64_t)(vram.total_size - vram.used);
}

static int create(const struct gpu *gpu, const struct drm_xe_mem_region *vram, bool private,
		  uint64_t size, uint32_t *bo)
{
	struct drm_xe_gem_create create = {
		.size = size,
		.placement = 1u << vram->instance,
		.cpu_caching = DRM_XE_GEM_CPU_CACHING_WC,
		.vm_id = private ? gpu->vm : 0,
	};

	if (ioctl(gpu->fd, DRM_IOCTL_XE_GEM_CREATE, &create))
		return -errno;
	*bo = create.handle;
	return 0;
}

/* Objects of a size, until another one would only evict one of them. */
static int fill(const struct gpu *gpu, const struct drm_xe_mem_region *vram, bool private,
		uint64_t size)
{
	int64_t before = left(gpu), now;
	uint32_t bo;
	int err;

	while (before >= (int64_t)size) {
		err = create(gpu, vram, private, size, &bo);
		if (err == -ENOMEM)
			return 0;
		if (err)
			return err;
		now = left(gpu);
		if (now < 0 || now >= before)
			return now < 0 ? now : 0;
		before = now;
	}
	return before < 0 ? before : 0;
}

FIXTURE_SETUP(full)
{
	struct drm_xe_mem_region vram;
	struct drm_xe_vm_bind_op op;
	uint32_t bo;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (find_vram(&self->gpu, &vram))
		SKIP(return, "page tables are in system memory");
	if (!vram.used)
		SKIP(return, "not root: the driver does not tell how much VRAM is in use");
	if (vram.total_size > TOO_MUCH)
		SKIP(return, "too much VRAM to fill");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);

	/* Created first, so that it is evicted first. */
	self->kept = memory_map(KEPT_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->kept);
	ASSERT_EQ(0, create(&self->gpu, &vram, true, KEPT_SIZE, &bo));
	op = gpu_op_bo(bo, (uintptr_t)self->kept, KEPT_SIZE);
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	ASSERT_EQ(0, gpu_write(&self->queue, self->kept, KEPT));

	self->area = memory_anonymous(BLOCKS * SZ_2M);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, fill(&self->gpu, &vram, variant->private, 32 * SZ_2M));
	ASSERT_EQ(0, fill(&self->gpu, &vram, variant->private, SZ_2M));
	ASSERT_EQ(0, fill(&self->gpu, &vram, variant->private, vram.min_page_size));
	TH_LOG("%lld of %llu KiB are left", (long long)left(&self->gpu) / 1024,
	       (unsigned long long)vram.total_size / 1024);
	ASSERT_GT((int64_t)LEFT, left(&self->gpu));
}

FIXTURE_TEARDOWN(full)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(full, fault_is_served, GPU_TEST_TIMEOUT)
{
	unsigned int i, served = 0;
	uint32_t value = 0;
	int err = 0;

	for (i = 0; !err && i < BLOCKS; i++) {
		err = gpu_write(&self->queue, self->area + i * SZ_2M, i + 1);
		served += !err;
	}
	ASSERT_EQ(0, err)
		TH_LOG("no room was made for a page table, %u faults were served", served);
	for (i = 0; i < BLOCKS; i++)
		EXPECT_EQ(i + 1, *(uint32_t *)(self->area + i * SZ_2M));
	EXPECT_EQ(0, gpu_read(&self->queue, self->kept, &value));
	EXPECT_EQ(KEPT, value);
}

TEST_HARNESS_MAIN
