// SPDX-License-Identifier: GPL-2.0
/*
 * Run a batch on an engine and wait for it, not forever.
 *
 * A queue has one page of the control area: fence, result, batch. The ring
 * writes the fence when the batch is done. A queue whose access was refused is
 * banned by the kernel: its wait ends with -EIO and it must be renewed to be
 * used again. A wait that ends with -ETIME means that there was no reply.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "gpu.h"

#define CONTROL_SIZE		(GPU_MAX_QUEUES * SZ_4K)
#define FENCE_OFFSET		0x000
#define RESULT_OFFSET		0x080
#define BATCH_OFFSET		0x100
#define RUN_TIMEOUT_NS		(20 * 1000000000LL)

/*
 * Ordinary memory, the GPU sees it through the mirror. Not inherited by
 * children: a fork must not make the fence copy-on-write under the GPU.
 * Alone in its 2 MiB, so that no other test memory shares a block with it.
 */
int gpu_control_in_memory(struct gpu *gpu)
{
	char *base = aligned_alloc(SZ_2M, SZ_2M);

	if (!base)
		return -ENOMEM;
	if (madvise(base, SZ_2M, MADV_NOHUGEPAGE) && errno != EINVAL)
		goto err_free;
	if (madvise(base, SZ_2M, MADV_DONTFORK))
		goto err_free;
	memset(base, 0, CONTROL_SIZE);
	gpu->control.base = base;
	return 0;

err_free:
	free(base);
	return -EINVAL;
}

int gpu_control_in_bo(struct gpu *gpu)
{
	void *base;
	int err;

	err = gpu_bo_place(gpu, CONTROL_SIZE, &gpu->control.bo, &base);
	if (err)
		return err;
	memset(base, 0, CONTROL_SIZE);
	gpu->control.base = base;
	return 0;
}

static int create(struct gpu_queue *queue)
{
	struct drm_xe_exec_queue_create args = {
		.width = 1,
		.num_placements = 1,
		.vm_id = queue->gpu->vm,
		.instances = (uintptr_t)&queue->engine,
	};

	if (ioctl(queue->gpu->fd, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &args))
		return -errno;
	queue->id = args.exec_queue_id;
	queue->len = 0;
	return 0;
}

static void destroy(struct gpu_queue *queue)
{
	struct drm_xe_exec_queue_destroy args = { .exec_queue_id = queue->id };

	if (queue->id)
		ioctl(queue->gpu->fd, DRM_IOCTL_XE_EXEC_QUEUE_DESTROY, &args);
	queue->id = 0;
}

int gpu_queue_create(struct gpu *gpu, const struct drm_xe_engine_class_instance *engine,
		     struct gpu_queue *queue)
{
	unsigned int page = __builtin_ffs(~gpu->control.pages_taken) - 1;
	char *base = gpu->control.base + page * SZ_4K;
	int err;

	if (page >= GPU_MAX_QUEUES)
		return -ENOSPC;
	*queue = (struct gpu_queue) {
		.gpu = gpu,
		.engine = *engine,
		.page = page,
		.fence = (uint64_t *)(base + FENCE_OFFSET),
		.result = (uint32_t *)(base + RESULT_OFFSET),
		.batch = (uint32_t *)(base + BATCH_OFFSET),
	};
	err = create(queue);
	if (err)
		return err;
	*queue->fence = 0;
	gpu->control.pages_taken |= 1u << page;
	gpu->gts_used |= 1u << engine->gt_id;
	return 0;
}

/* Queues that run nothing, for as long as the VM's file is open. */
int gpu_idle_queues_create(const struct gpu *gpu, const struct drm_xe_engine_class_instance *engine,
			   unsigned int count)
{
	struct drm_xe_exec_queue_create args = {
		.width = 1,
		.num_placements = 1,
		.vm_id = gpu->vm,
		.instances = (uintptr_t)engine,
	};

	while (count--)
		if (ioctl(gpu->fd, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &args))
			return -errno;
	return 0;
}

/* A queue for binds, which belongs to no VM. */
int gpu_bind_queue_create(int fd, uint32_t *queue)
{
	const struct drm_xe_engine_class_instance vm_bind = {
		.engine_class = DRM_XE_ENGINE_CLASS_VM_BIND,
	};
	struct drm_xe_exec_queue_create args = {
		.width = 1,
		.num_placements = 1,
		.instances = (uintptr_t)&vm_bind,
	};

	if (ioctl(fd, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &args))
		return -errno;
	*queue = args.exec_queue_id;
	return 0;
}

/* Initialisation in another process of the test; @control: a gpu_control_in_*(). */
int gpu_open_mirrored(struct gpu *gpu, int (*control)(struct gpu *gpu), struct gpu_queue *queue)
{
	int err = gpu_open(gpu);

	if (!err)
		err = gpu_bind_mirror_whole(gpu);
	if (!err)
		err = control(gpu);
	if (!err)
		err = gpu_queue_create(gpu, &gpu->engines[0], queue);
	return err;
}

void gpu_queue_destroy(struct gpu_queue *queue)
{
	if (!queue->gpu)
		return;
	destroy(queue);
	queue->gpu->control.pages_taken &= ~(1u << queue->page);
	queue->gpu = NULL;
}

/* A fresh queue in the place of a banned one: same engine, same control page. */
int gpu_queue_renew(struct gpu_queue *queue)
{
	destroy(queue);
	return create(queue);
}

/* @syncobj: an in-sync, or 0 */
static int submit(struct gpu_queue *queue, uint64_t batch_addr, uint32_t syncobj)
{
	struct drm_xe_sync syncs[] = {
		{
			.type = DRM_XE_SYNC_TYPE_USER_FENCE,
			.flags = DRM_XE_SYNC_FLAG_SIGNAL,
			.addr = (uintptr_t)queue->fence,
			.timeline_value = ++queue->seqno,
		},
		{
			.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
			.handle = syncobj,
		},
	};
	struct drm_xe_exec exec = {
		.exec_queue_id = queue->id,
		.num_syncs = syncobj ? 2 : 1,
		.syncs = (uintptr_t)syncs,
		.address = batch_addr,
		.num_batch_buffer = 1,
	};

	return ioctl(queue->gpu->fd, DRM_IOCTL_XE_EXEC, &exec) ? -errno : 0;
}

/* Start the batch at @batch_addr. */
int gpu_submit(struct gpu_queue *queue, uint64_t batch_addr)
{
	return submit(queue, batch_addr, 0);
}

/* For the batch submitted last. */
int gpu_wait(struct gpu_queue *queue)
{
	struct drm_xe_wait_user_fence wait = {
		.addr = (uintptr_t)queue->fence,
		.op = DRM_XE_UFENCE_WAIT_OP_EQ,
		.value = queue->seqno,
		.mask = ~0ULL,
		.timeout = RUN_TIMEOUT_NS,
		.exec_queue_id = queue->id,
	};

	return ioctl(queue->gpu->fd, DRM_IOCTL_XE_WAIT_USER_FENCE, &wait) ? -errno : 0;
}

/*
 * Submit the commands built with gpu_batch_*() since the last submission. They run when
 * the fence of @syncobj has signaled, if that is not 0.
 */
int gpu_start_behind(struct gpu_queue *queue, uint32_t syncobj)
{
	gpu_batch_finish(queue);
	queue->len = 0;
	return submit(queue, (uintptr_t)queue->batch, syncobj);
}

int gpu_start(struct gpu_queue *queue)
{
	return gpu_start_behind(queue, 0);
}

int gpu_run(struct gpu_queue *queue)
{
	int err = gpu_start(queue);

	return err ?: gpu_wait(queue);
}
