// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs on every engine that touch untouched memory.
 */
#include <errno.h>
#include <sys/mman.h>

#include "../lib/memory.h"
#include "storm.h"

#define TOUCHES		64	/* at once on each engine that can */
#define STORES		120

int load_open(struct load *load)
{
	int err = gpu_open(&load->gpu);
	unsigned int i;

	if (!err)
		err = gpu_bind_mirror_whole(&load->gpu);
	if (!err)
		err = gpu_control_in_memory(&load->gpu);
	for (i = 0; !err && i < load->gpu.num_engines; i++)
		err = gpu_queue_create(&load->gpu, &load->gpu.engines[i], &load->queue[i]);
	load->num_queues = i;
	load->area = memory_anonymous(LOAD_BLOCKS * SZ_2M);
	if (err)
		return err;
	return load->area && i && i <= LOAD_BLOCKS ? 0 : -ENOMEM;
}

static bool touches_in_parallel(struct load *load)
{
	struct gpu_model model;
	bool does = !gpu_model_open(&load->gpu, &model) &&
		    !gpu_model_turn(&model, "parallel_touch", 1);

	gpu_model_close(&model);
	return does;
}

int load_start(struct load *load)
{
	size_t part = LOAD_BLOCKS / load->num_queues * SZ_2M;
	uint32_t stride = part / TOUCHES / SZ_4K * SZ_4K;
	bool parallel = touches_in_parallel(load);
	unsigned int i, n;
	int err = 0;

	for (i = 0; !err && i < load->num_queues; i++) {
		struct gpu_queue *queue = &load->queue[i];
		char *start = load->area + i * part;

		if (gpu_engine_has_threads(&queue->engine))
			gpu_batch_kernel_touch(queue, start + SZ_4K, TOUCHES, stride,
					       GPU_TOUCH_WRITE);
		if (parallel)
			gpu_batch_touch(queue, start, TOUCHES, stride, GPU_TOUCH_WRITE);
		/* Blocks that the engines share. */
		for (n = 0; n < STORES; n++)
			gpu_batch_store(queue, load->area + n % 7 * SZ_2M + n * SZ_4K + i * 64, n);
		err = gpu_start(queue);
	}
	return err;
}

int load_wait(struct load *load)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < load->num_queues; i++)
		err = gpu_wait(&load->queue[i]);
	return err;
}
