/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every benchmark stands on: a VM that mirrors the whole address space, a queue, the emulated GPU's own
 * counters, clocks, and the one way to say a result: a line `key value unit`.
 *
 * A benchmark that cannot measure ends the process with a message and status 1: there is no result then.
 * Nothing here asks the driver for figures: they are the model's, /proc's and the clock's, so that they
 * mean the same on every kernel.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>

#include "lib/gpu.h"
#include "lib/memory.h"
#include "lib/model.h"

#define SECOND_NS	1000000000ULL

struct bench {
	struct gpu gpu;
	struct gpu_queue queue;		/* of the device's first engine */
	struct gpu_model model;
};

void fail(const char *why, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* err is 0, or the benchmark ends: what did not work? */
void must(int err, const char *what);
/* condition holds, or the benchmark ends: why is there nothing to report? */
void sure(int condition, const char *why);

void bench_open(struct bench *b);
void bench_close(struct bench *b);
void queue_on(struct bench *b, unsigned int engine, struct gpu_queue *queue);

void report(const char *key, double value, const char *unit);

/* the model's counter now */
int64_t events(const struct bench *b, const char *name);
/* TLB invalidations of any address space, by whatever means */
int64_t tlb_invalidations(const struct bench *b);
/* until counters of faults and invalidations have stood still for a while */
void settle(const struct bench *b);

/* MI_PARALLEL_TOUCH into the batch: count touches, a stride apart, by so many lanes */
void batch_touch(struct gpu_queue *queue, volatile void *start, uint32_t count, uint32_t stride,
		 uint32_t lanes, enum gpu_touch access);
/* touches as a job of their own, waited for */
void touch(struct gpu_queue *queue, volatile void *start, uint32_t count, uint32_t stride, uint32_t lanes,
	   enum gpu_touch access);

/*
 * One touch for each 4 KiB, in order, one lane, for so many milliseconds at most: returns how many pages that were.
 * A kernel that serves page after page may not come to the end in time.
 */
uint32_t touch_in_order(struct gpu_queue *queue, char *start, uint32_t pages, unsigned int ms, enum gpu_touch access);

uint64_t now_ns(void);
/*
 * Instructions all of the guest executed, less what it does anyway; differences count. Only where a nanosecond passes
 * per instruction (--icount), and after instructions_open().
 */
void instructions_open(void);
uint64_t instructions(void);

/* sorts; p in percent */
uint64_t percentile(uint64_t *samples, unsigned int num, unsigned int p);

#endif
