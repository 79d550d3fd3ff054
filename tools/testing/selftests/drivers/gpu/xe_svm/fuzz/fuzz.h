/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One run of the fuzzer: a seed, an arena, the GPU's queues, a log.
 *
 * Rule: every choice comes from the seed, so the same seed does the same again.
 */
#ifndef XE_SVM_FUZZ_FUZZ_H
#define XE_SVM_FUZZ_FUZZ_H

#include <sys/types.h>

#include "../lib/gpu.h"
#include "arena.h"

#define MAX_JOB_OPS	400
#define MAX_CHILDREN	2
#define LOG_LINES	400
#define LOG_WIDTH	96

/**
 * struct job - a batch on one engine, and the values it should read
 */
struct job {
	struct gpu_queue queue;
	/** @batch, @results: memory of the fuzzer's own, outside of the arena */
	uint32_t *batch;
	volatile uint32_t *results;
	bool in_flight;
	unsigned int num_ops;
	struct {
		unsigned int page, word;
		bool is_read, may_be_zero;
		uint32_t expected;
	} op[MAX_JOB_OPS];
};

struct fuzz {
	uint64_t seed, random;
	struct gpu gpu;
	struct job job[GPU_MAX_ENGINES];
	struct arena arena;
	/** @next_value: the next value to write; never the same twice */
	uint32_t next_value;
	struct {
		pid_t pid;
		int hold;	/* closed: it checks its memory and exits */
	} child[MAX_CHILDREN];
	/** @num_gpu, @num_mm, @num_cpu, @num_refused: operations done */
	unsigned long num_gpu, num_mm, num_cpu, num_refused;
	unsigned int num_objects;
	bool verbose;
	char log[LOG_LINES][LOG_WIDTH];
	unsigned long log_next;
};

/* fuzz/log.c */
unsigned int fuzz_below(struct fuzz *fuzz, unsigned int bound);
void fuzz_note(struct fuzz *fuzz, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Reports the mismatch, with seed and log; returns -EBADMSG. */
int fuzz_mismatch(struct fuzz *fuzz, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* fuzz/jobs.c: 0, -EBADMSG after a message, or another errno */
int jobs_create(struct fuzz *fuzz);
int jobs_start(struct fuzz *fuzz);
int jobs_finish(struct fuzz *fuzz);
int jobs_probe_refusal(struct fuzz *fuzz);
void jobs_destroy(struct fuzz *fuzz);

/* fuzz/changes.c: one change of the process' memory, or one check of it */
int changes_one(struct fuzz *fuzz);
int changes_check_all(struct fuzz *fuzz);
int changes_end_children(struct fuzz *fuzz);

#endif
