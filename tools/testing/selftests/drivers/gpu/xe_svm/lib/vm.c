// SPDX-License-Identifier: GPL-2.0
/*
 * VMs and binds of the GPU's address space.
 *
 * A bind signals a user fence, and the functions wait for it: after they return
 * 0 the GPU's next access sees the new state.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "gpu.h"

uint64_t gpu_va_size(const struct gpu *gpu)
{
	return 1ULL << gpu->va_bits;
}

#define BIND_TIMEOUT_NS		(20 * 1000000000LL)

int gpu_vm_create(int fd, uint32_t flags, uint32_t *vm)
{
	struct drm_xe_vm_create create = { .flags = flags };

	if (ioctl(fd, DRM_IOCTL_XE_VM_CREATE, &create))
		return -errno;
	*vm = create.vm_id;
	return 0;
}

int gpu_vm_destroy(int fd, uint32_t vm)
{
	struct drm_xe_vm_destroy destroy = { .vm_id = vm };

	return ioctl(fd, DRM_IOCTL_XE_VM_DESTROY, &destroy) ? -errno : 0;
}

static int wait_bind(struct gpu *gpu)
{
	struct drm_xe_wait_user_fence wait = {
		.addr = (uintptr_t)&gpu->bind_fence,
		.op = DRM_XE_UFENCE_WAIT_OP_EQ,
		.value = gpu->bind_seqno,
		.mask = ~0ULL,
		.timeout = BIND_TIMEOUT_NS,
	};

	return ioctl(gpu->fd, DRM_IOCTL_XE_WAIT_USER_FENCE, &wait) ? -errno : 0;
}

int gpu_bind_ops(struct gpu *gpu, const struct drm_xe_vm_bind_op *ops, unsigned int num_ops)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_USER_FENCE,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.addr = (uintptr_t)&gpu->bind_fence,
		.timeline_value = gpu->bind_seqno + 1,
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = gpu->vm,
		.num_binds = num_ops,
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};

	if (num_ops == 1)
		bind.bind = *ops;
	else
		bind.vector_of_binds = (uintptr_t)ops;

	if (ioctl(gpu->fd, DRM_IOCTL_XE_VM_BIND, &bind))
		return -errno;
	gpu->bind_seqno++;
	return wait_bind(gpu);
}

struct drm_xe_vm_bind_op gpu_op_mirror(uint64_t addr, uint64_t range)
{
	return (struct drm_xe_vm_bind_op) {
		.op = DRM_XE_VM_BIND_OP_MAP,
		.flags = DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR,
		.pat_index = GPU_PAT_WB,
		.addr = addr,
		.range = range,
	};
}

struct drm_xe_vm_bind_op gpu_op_unmap(uint64_t addr, uint64_t range)
{
	return (struct drm_xe_vm_bind_op) {
		.op = DRM_XE_VM_BIND_OP_UNMAP,
		.pat_index = GPU_PAT_WB,
		.addr = addr,
		.range = range,
	};
}

struct drm_xe_vm_bind_op gpu_op_prefetch(uint64_t addr, uint64_t range)
{
	return (struct drm_xe_vm_bind_op) {
		.op = DRM_XE_VM_BIND_OP_PREFETCH,
		.pat_index = GPU_PAT_WB,
		.addr = addr,
		.range = range,
		.prefetch_mem_region_instance = DRM_XE_CONSULT_MEM_ADVISE_PREF_LOC,
	};
}

struct drm_xe_vm_bind_op gpu_op_bo(uint32_t bo, uint64_t addr, uint64_t range)
{
	return (struct drm_xe_vm_bind_op) {
		.op = DRM_XE_VM_BIND_OP_MAP,
		.obj = bo,
		.pat_index = GPU_PAT_WB,
		.addr = addr,
		.range = range,
	};
}

int gpu_bind_behind(struct gpu *gpu, const struct drm_xe_vm_bind_op *op, uint32_t syncobj)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.handle = syncobj,
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = gpu->vm,
		.num_binds = 1,
		.bind = *op,
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};

	return ioctl(gpu->fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

int gpu_bind_mirror(struct gpu *gpu, uint64_t addr, uint64_t range, uint32_t flags)
{
	struct drm_xe_vm_bind_op op = gpu_op_mirror(addr, range);

	op.flags |= flags;
	return gpu_bind_ops(gpu, &op, 1);
}

int gpu_bind_mirror_whole(struct gpu *gpu)
{
	return gpu_bind_mirror(gpu, 0, gpu_va_size(gpu), 0);
}

int gpu_bind_userptr(struct gpu *gpu, void *memory, uint64_t range)
{
	struct drm_xe_vm_bind_op op = {
		.op = DRM_XE_VM_BIND_OP_MAP_USERPTR,
		.pat_index = GPU_PAT_WB,
		.userptr = (uintptr_t)memory,
		.addr = GPU_USERPTR_ADDR,
		.range = range,
	};

	return gpu_bind_ops(gpu, &op, 1);
}

int gpu_unbind(struct gpu *gpu, uint64_t addr, uint64_t range)
{
	struct drm_xe_vm_bind_op op = gpu_op_unmap(addr, range);

	return gpu_bind_ops(gpu, &op, 1);
}

int gpu_prefetch(struct gpu *gpu, const void *addr, uint64_t range)
{
	struct drm_xe_vm_bind_op op = gpu_op_prefetch((uintptr_t)addr, range);

	return gpu_bind_ops(gpu, &op, 1);
}
