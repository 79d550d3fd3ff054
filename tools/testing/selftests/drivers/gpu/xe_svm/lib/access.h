/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One dword, accessed by the GPU or by the CPU, so that a test can compare the two.
 * Without a queue it is the CPU. An access that is refused is ACCESS_REFUSED for both:
 * the GPU's queue is renewed, and the signal that the CPU gets is caught.
 */
#ifndef XE_SVM_LIB_ACCESS_H
#define XE_SVM_LIB_ACCESS_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct gpu_queue;

#define ACCESS_REFUSED	(-EIO)

/**
 * struct access - an access under way, of any length
 */
struct access {
	struct gpu_queue *queue;
	volatile uint32_t *word;
	uint32_t value;
	/** @thread: of the CPU's access */
	pthread_t thread;
	int err;
};

int access_write(struct gpu_queue *queue, volatile void *addr, uint32_t value);
int access_read(struct gpu_queue *queue, const volatile void *addr, uint32_t *value);

/* A write in the background; access_end() waits for it. */
int access_begin_write(struct access *access, struct gpu_queue *queue, volatile void *addr,
		       uint32_t value);
int access_end(struct access *access);

#endif
