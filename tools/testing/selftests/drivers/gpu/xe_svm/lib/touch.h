/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dword at each stride of an area is accessed, by the GPU or by the CPU, so that a
 * test can compare the two. Without a queue it is the CPU.
 */
#ifndef XE_SVM_LIB_TOUCH_H
#define XE_SVM_LIB_TOUCH_H

#include <stddef.h>
#include <stdint.h>

struct gpu_queue;

int touch_read(struct gpu_queue *queue, const void *area, size_t size, size_t stride);
/* The nth dword becomes @value + n. */
int touch_write(struct gpu_queue *queue, void *area, size_t size, size_t stride, uint32_t value);
/* How many of them the CPU does not find so. */
size_t touch_wrong(const void *area, size_t size, size_t stride, uint32_t value);
/* The same, as the GPU finds them, or -errno. */
int64_t touch_wrong_by_gpu(struct gpu_queue *queue, const void *area, size_t size, size_t stride,
			   uint32_t value);

#endif
