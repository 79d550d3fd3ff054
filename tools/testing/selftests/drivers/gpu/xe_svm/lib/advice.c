// SPDX-License-Identifier: GPL-2.0
/*
 * Advice on memory, and the question which advice holds where.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "advice.h"

int advise(struct gpu *gpu, struct drm_xe_madvise *advice)
{
	advice->vm_id = gpu->vm;
	return ioctl(gpu->fd, DRM_IOCTL_XE_MADVISE, advice) ? -errno : 0;
}

int advise_atomic(struct gpu *gpu, const void *addr, uint64_t range, uint32_t val)
{
	struct drm_xe_madvise advice = {
		.start = (uintptr_t)addr,
		.range = range,
		.type = DRM_XE_MEM_RANGE_ATTR_ATOMIC,
		.atomic.val = val,
	};

	return advise(gpu, &advice);
}

int advise_pat(struct gpu *gpu, const void *addr, uint64_t range, uint32_t index)
{
	struct drm_xe_madvise advice = {
		.start = (uintptr_t)addr,
		.range = range,
		.type = DRM_XE_MEM_RANGE_ATTR_PAT,
		.pat_index.val = index,
	};

	return advise(gpu, &advice);
}

int advise_location(struct gpu *gpu, const void *addr, uint64_t range, int fd, uint16_t policy)
{
	struct drm_xe_madvise advice = {
		.start = (uintptr_t)addr,
		.range = range,
		.type = DRM_XE_MEM_RANGE_ATTR_PREFERRED_LOC,
		.preferred_mem_loc.devmem_fd = fd,
		.preferred_mem_loc.migration_policy = policy,
	};

	return advise(gpu, &advice);
}

int advice_query(struct gpu *gpu, const void *addr, uint64_t range,
		 struct drm_xe_mem_range_attr *attrs, unsigned int max)
{
	struct drm_xe_vm_query_mem_range_attr query = {
		.vm_id = gpu->vm,
		.start = (uintptr_t)addr,
		.range = range,
		.num_mem_ranges = max,
		.sizeof_mem_range_attr = max ? sizeof(*attrs) : 0,
		.vector_of_mem_attr = (uintptr_t)attrs,
	};

	if (ioctl(gpu->fd, DRM_IOCTL_XE_VM_QUERY_MEM_RANGE_ATTRS, &query))
		return -errno;
	return query.num_mem_ranges;
}
