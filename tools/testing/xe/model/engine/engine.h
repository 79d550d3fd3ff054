/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command streamers. An engine is a machine that may stop after any command: every command either
 * happens as a whole or leaves nothing but a note of its progress in the context, and is executed again
 * from its first dword. So a fault, a semaphore or the end of a slice is a state, never a blocked thread.
 *
 * The scheduler (guc/sched.c) decides which context is loaded, and handles those that stop: engine_run()
 * says why it stopped and calls nobody.
 */
#ifndef MODEL_ENGINE_H
#define MODEL_ENGINE_H

#include "engine/lrc.h"
#include "mmu/mmu.h"
#include "platform.h"
#include "types.h"

enum engine_stop {
	STOP_BUDGET, /* more to do right now */
	STOP_IDLE, /* no whole command in the ring, context to be saved */
	STOP_PREEMPTED, /* at a place where the context may be saved */
	STOP_WAIT, /* nothing to do before engine.wake_at */
	STOP_FAULT, /* engine.fault is new */
	STOP_CAT, /* memory access that cannot be answered: context is done for */
	STOP_HUNG, /* only a reset helps */
};

/* LEVEL_LOAD is the batch named by BB_PER_CTX_PTR, run at every load before anything else */
enum batch_level { LEVEL_RING, LEVEL_BATCH, LEVEL_SECOND, LEVEL_LOAD, BATCH_LEVELS };

struct batch_pos {
	u64 ip;
	bool ppgtt;
};

/* what hardware knows of a context; owner: the scheduler, lent to an engine between load and save */
struct context {
	/* set at registration */
	u32 gt; /* whose GuC it is registered with */
	u32 lrca; /* GGTT address of the image */
	bool has_ppgtt;

	/* from the image at load */
	struct mmu_space space;
	u32 ring_start, ring_size;
	u32 head, tail;
	u32 image[LRC_STATE_DWORDS]; /* as loaded: only what differs is saved */
	u32 regs[RING_WINDOW / 4]; /* register state belongs to the context, not to the engine */
	u64 ticks; /* context time stamp at load */
	u64 loaded_at; /* ns */

	/* kept here when switched out; gone at registration and reset */
	enum batch_level level, resume; /* resume: level to return to from LEVEL_LOAD */
	struct batch_pos pos[BATCH_LEVELS];
	u64 progress; /* bytes or steps done of the command at the current position */
	struct touch_run *touch; /* MI_PARALLEL_TOUCH under way, or NULL */
	struct walker_run *walker; /* COMPUTE_WALKER under way, or NULL */
	u64 general_base, surface_base, instruction_base; /* STATE_BASE_ADDRESS */
	u32 scratch; /* CFE_STATE: which surface has the private memory of threads, bits 31:10 */
	u32 rounds; /* conditional ends passed since the batch began: a spinning batch is slowed down */
	bool arb_off;
	bool arb_point; /* the last command was one at which hardware may switch */
};

#define COMMAND_MAX_DWORDS 1032u
#define RECENT_COMMANDS 16u

enum engine_state { ENGINE_IDLE, ENGINE_READY, ENGINE_WAIT, ENGINE_FAULTED, ENGINE_HUNG };

struct engine {
	/* immutable after init */
	const struct engine_desc *desc;
	u32 index;

	/* owner: the scheduler */
	enum engine_state state;
	struct context *ctx;
	bool preempt; /* stop as soon as the context may be saved */

	struct mmu_fault fault; /* valid after STOP_FAULT */
	u32 fault_lane; /* of MI_PARALLEL_TOUCH or COMPUTE_WALKER, or NO_LANE: the command itself, which waits */
	u32 faults; /* in flight; owner: guc/fault.c */
	u64 wake_at; /* valid in ENGINE_WAIT */

	/* the command being executed */
	const char *name; /* of its row, or NULL */
	u32 cmd[COMMAND_MAX_DWORDS];
	u32 len; /* dwords */
	u64 cmd_addr;
	u64 spent; /* work units of this slice: one per command and per KiB copied */

	/* the commands before it, to explain a failure */
	struct {
		u64 addr;
		u32 dw0;
		u32 level;
	} recent[RECENT_COMMANDS];
	u32 recent_next;
};

int engines_init(struct model *m);
void engines_fini(struct model *m);

/* forget everything hidden: registration, reset */
void context_init(struct context *ctx, u32 gt, u32 lrca, bool has_ppgtt);
void context_fini(struct context *ctx);
/* false: the image is not reachable, a guest error, already logged */
bool context_load(struct model *m, struct engine *e, struct context *ctx);
void context_save(struct model *m, struct engine *e);
/* take the context off without saving */
void context_abandon(struct engine *e);
/* new tail after a submission; ctx need not be loaded. False: image not reachable */
bool context_read_tail(struct model *m, struct context *ctx);
bool context_has_work(struct model *m, struct context *ctx);
u64 context_ticks(struct model *m, const struct context *ctx);

/* run the loaded context for at most this many work units */
enum engine_stop engine_run(struct model *m, struct engine *e, u64 units);

/* a log line per recent command, oldest first */
void engine_log_recent(struct model *m, const struct engine *e);

u64 engine_ticks(struct model *m); /* 19.2 MHz reference clock */
const char *engine_class_name(u32 class);

#endif
