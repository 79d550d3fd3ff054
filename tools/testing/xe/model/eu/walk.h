/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel under way: groups of threads, dispatched as there is room, each thread a state that may stop at any
 * instruction. It belongs to its context and outlives a preemption.
 */
#ifndef MODEL_EU_WALK_H
#define MODEL_EU_WALK_H

#include "eu/memory.h"

/* at once in the device: 8 subslices of 8 units of 8 threads */
#define EU_THREADS 512u

/* of COMPUTE_WALKER; immutable while it is under way */
struct eu_launch {
	u64 instruction_base, entry; /* entry counts from the base */
	u64 general_base, surface_base;
	u32 bindings; /* from surface_base: its binding table */
	u32 scratch; /* bits 31:10: surface of the threads' private memory */
	u32 indirect; /* from general_base: arguments that are not inline */
	u32 start[3], end[3]; /* groups, end exclusive */
	u32 local[3]; /* lanes of a group */
	u32 lanes; /* of a thread */
	u32 threads; /* of a group */
	u32 last_mask; /* lanes of a group's last thread */
	bool emit_id[3], has_data;
	u8 order[3]; /* dimensions, the innermost first */
	u32 shared_bytes;
	u32 data[8]; /* inline */
};

enum eu_progress {
	WALK_MORE, /* all units are spent */
	WALK_REST, /* every thread waits for a page fault */
	WALK_FAULT, /* env.fault is new, of this thread */
	WALK_LACKS, /* env.lacks */
	WALK_WRONG,
	WALK_ENDED,
};

struct eu_walk;

/* NULL: no such kernel can run on the device */
struct eu_walk *eu_walk_new(const struct eu_launch *launch);
void eu_walk_free(struct eu_walk *walk);
/* as many instructions as there are units; *spent grows by those executed */
enum eu_progress eu_walk_run(struct eu_walk *walk, struct eu_env *env, u64 units, u64 *spent, u32 *thread);
/* a thread's fault was answered or given up: it tries again; false: no such thread waits */
bool eu_walk_retry(struct eu_walk *walk, u32 thread);
/* the context was away: instructions are fetched again */
void eu_walk_forget(struct eu_walk *walk);

#endif
