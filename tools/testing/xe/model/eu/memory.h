/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages to memory: global memory through the address space of the context, and the memory a group of threads
 * shares. A message first translates all it will touch and then touches it, so one that faults has had no
 * effect and is sent again.
 */
#ifndef MODEL_EU_MEMORY_H
#define MODEL_EU_MEMORY_H

#include "eu/thread.h"
#include "mmu/mmu.h"
#include "obs/obs.h"

/* the surroundings of a thread, and its outcome; owner: the caller of eu_walk_run() */
struct eu_env {
	struct model *m;
	u32 engine;
	const struct mmu_space *space;
	enum ev bytes_read, bytes_written;
	u64 general_base; /* of stateless accesses of 32 bits */
	u64 surface_base; /* of the states of surfaces */
	u32 bindings; /* from there: the table that numbers them */
	u8 *shared; /* memory of the thread's group, or NULL */
	u32 shared_bytes;

	struct mmu_fault *fault; /* filled with EU_FAULT */
	const char *lacks; /* valid with EU_LACKS: a literal */
	u64 lacks_id;
};

enum eu_outcome {
	EU_DONE,
	EU_FAULT,
	EU_LACKS, /* something the model does not have */
	EU_WRONG, /* something no hardware does: only a reset helps */
};

/* addresses, bytes and access of one fetch; false: env.fault */
bool eu_fetch(struct eu_env *env, u64 va, u64 *bytes);
/* the unit for typed surfaces: blocks of rows, of surfaces that are not tiled */
enum eu_outcome eu_block(struct eu_env *env, struct eu_thread *t, const struct eu_inst *inst);
enum eu_outcome eu_memory(struct eu_env *env, struct eu_thread *t, const struct eu_inst *inst, u32 mask);

#endif
