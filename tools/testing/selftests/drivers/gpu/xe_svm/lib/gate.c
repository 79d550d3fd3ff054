// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sys/ioctl.h>

#include "gate.h"
#include "syncobj.h"

#define GO	1

int gate_make(struct gate *gate, const struct gpu *gpu,
	      const struct drm_xe_engine_class_instance *engine)
{
	struct drm_xe_exec_queue_create create = {
		.width = 1,
		.num_placements = 1,
		.instances = (uintptr_t)engine,
	};
	void *base;
	uint32_t bo;
	int err;

	gate->gpu = *gpu;
	err = gpu_vm_create(gpu->fd, 0, &gate->gpu.vm);
	if (!err)
		err = gpu_bo_place(&gate->gpu, SZ_4K, &bo, &base);
	if (!err)
		err = syncobj_create(gpu->fd, 0, &gate->passed);
	if (err)
		return err;
	gate->word = base;
	gate->queue.batch = base + SZ_4K / 2;
	create.vm_id = gate->gpu.vm;
	if (ioctl(gpu->fd, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &create))
		return -errno;
	gate->queue.id = create.exec_queue_id;
	return 0;
}

int gate_shut(struct gate *gate)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.handle = gate->passed,
	};
	struct drm_xe_exec exec = {
		.exec_queue_id = gate->queue.id,
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
		.address = (uintptr_t)gate->queue.batch,
		.num_batch_buffer = 1,
	};

	*gate->word = 0;
	gate->queue.len = 0;
	gpu_batch_wait(&gate->queue, gate->word, GO);
	gpu_batch_finish(&gate->queue);
	return ioctl(gate->gpu.fd, DRM_IOCTL_XE_EXEC, &exec) ? -errno : 0;
}

void gate_open(struct gate *gate)
{
	if (gate->word)
		*gate->word = GO;
}
