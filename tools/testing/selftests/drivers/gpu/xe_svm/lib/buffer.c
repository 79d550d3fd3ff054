// SPDX-License-Identifier: GPL-2.0
/*
 * Buffer objects, placed as a mirror requires: mmap(PROT_NONE) chooses an address
 * that is free for the CPU and so for the GPU, the object is bound there, and its
 * CPU mapping is made at the same address with MAP_FIXED.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "gpu.h"

int gpu_bo_create(struct gpu *gpu, uint64_t size, uint32_t *bo)
{
	struct drm_xe_gem_create create = {
		.size = size,
		.placement = 1,		/* instance 0: system memory */
		.cpu_caching = DRM_XE_GEM_CPU_CACHING_WB,
	};

	if (ioctl(gpu->fd, DRM_IOCTL_XE_GEM_CREATE, &create))
		return -errno;
	*bo = create.handle;
	return 0;
}

void gpu_bo_destroy(struct gpu *gpu, uint32_t bo)
{
	struct drm_gem_close close = { .handle = bo };

	ioctl(gpu->fd, DRM_IOCTL_GEM_CLOSE, &close);
}

/* @addr must be the caller's own reservation: it is replaced. */
int gpu_bo_map_cpu(struct gpu *gpu, uint32_t bo, void *addr, uint64_t size)
{
	struct drm_xe_gem_mmap_offset args = { .handle = bo };
	void *p;

	if (ioctl(gpu->fd, DRM_IOCTL_XE_GEM_MMAP_OFFSET, &args))
		return -errno;
	p = mmap(addr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 gpu->fd, args.offset);
	return p == MAP_FAILED ? -errno : 0;
}

int gpu_bo_place(struct gpu *gpu, uint64_t size, uint32_t *bo, void **addr)
{
	struct drm_xe_vm_bind_op op;
	void *p;
	int err;

	p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	err = gpu_bo_create(gpu, size, bo);
	if (err)
		goto err_unmap;
	op = gpu_op_bo(*bo, (uintptr_t)p, size);
	err = gpu_bind_ops(gpu, &op, 1);
	if (err)
		goto err_destroy;
	err = gpu_bo_map_cpu(gpu, *bo, p, size);
	if (err)
		goto err_unbind;
	*addr = p;
	return 0;

err_unbind:
	gpu_unbind(gpu, (uintptr_t)p, size);
err_destroy:
	gpu_bo_destroy(gpu, *bo);
err_unmap:
	munmap(p, size);
	return err;
}
