// SPDX-License-Identifier: GPL-2.0
/*
 * A dword at each stride of an area. The GPU gets as many commands at a time as the
 * page of its queue has room for.
 */
#include <errno.h>
#include <sys/mman.h>

#include "gpu.h"
#include "memory.h"
#include "touch.h"

#define AT_A_TIME	150U

static volatile uint32_t *dword(const void *area, size_t at)
{
	return (volatile uint32_t *)((uintptr_t)area + at);
}

int touch_read(struct gpu_queue *queue, const void *area, size_t size, size_t stride)
{
	unsigned int n = 0;
	int err = 0;
	size_t at;

	for (at = 0; !err && at < size; at += stride) {
		if (!queue) {
			(void)*dword(area, at);
			continue;
		}
		gpu_batch_copy(queue, queue->result, dword(area, at));
		if (++n % AT_A_TIME == 0 || at + stride >= size)
			err = gpu_run(queue);
	}
	return err;
}

int touch_write(struct gpu_queue *queue, void *area, size_t size, size_t stride, uint32_t value)
{
	unsigned int n = 0;
	int err = 0;
	size_t at;

	for (at = 0; !err && at < size; at += stride, n++) {
		if (!queue) {
			*dword(area, at) = value + n;
			continue;
		}
		gpu_batch_store(queue, dword(area, at), value + n);
		if ((n + 1) % AT_A_TIME == 0 || at + stride >= size)
			err = gpu_run(queue);
	}
	return err;
}

size_t touch_wrong(const void *area, size_t size, size_t stride, uint32_t value)
{
	size_t at, wrong = 0;

	for (at = 0; at < size; at += stride)
		wrong += *dword(area, at) != value++;
	return wrong;
}

int64_t touch_wrong_by_gpu(struct gpu_queue *queue, const void *area, size_t size, size_t stride,
			   uint32_t value)
{
	uint32_t *seen = memory_anonymous(SZ_4K);
	int64_t wrong = 0;
	unsigned int n, i;
	size_t at = 0;
	int err = 0;

	if (!seen)
		return -ENOMEM;
	while (!err && at < size) {
		for (n = 0; n < AT_A_TIME && at < size; n++, at += stride)
			gpu_batch_copy(queue, &seen[n], dword(area, at));
		err = gpu_run(queue);
		for (i = 0; !err && i < n; i++)
			wrong += seen[i] != value++;
	}
	munmap(seen, SZ_4K);
	return err ?: wrong;
}
