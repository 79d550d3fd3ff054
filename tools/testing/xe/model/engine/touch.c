// SPDX-License-Identifier: GPL-2.0
/*
 * MI_PARALLEL_TOUCH: lanes that touch memory side by side. A lane is ready at a time, waits for its fault, or
 * is through; it takes the next touch when it has ended one. The command ends with the last touch.
 */
#include <stdlib.h>

#include "abi/parallel_touch.h"
#include "engine/exec.h"
#include "engine/touch.h"
#include "inject/inject.h"
#include "model.h"
#include "obs/obs.h"

#define TOUCHES_PER_GO 64u /* between two looks at the rest of the world */

struct lane {
	enum { LANE_READY, LANE_FAULTED, LANE_THROUGH } state;
	u32 touch; /* which one, valid unless LANE_THROUGH */
	u64 due; /* valid in LANE_READY */
};

struct touch_run {
	struct parallel_touch what;
	u32 next; /* touch no lane has taken */
	u32 left; /* touches not ended */
	u32 faulted, faulted_max; /* lanes */
	u32 num, at; /* lanes, and the one to look at next */
	struct lane lane[];
};

void touch_free(struct context *ctx)
{
	free(ctx->touch);
	ctx->touch = NULL;
}

void touch_retry(struct model *m, struct context *ctx, u32 lane)
{
	struct touch_run *run = ctx->touch;

	model_assert(m, run && lane < run->num && run->lane[lane].state == LANE_FAULTED);
	run->lane[lane].state = LANE_READY;
	run->faulted--;
}

static void take_next(struct touch_run *run, struct lane *lane, u64 due)
{
	if (run->next == run->what.count) {
		lane->state = LANE_THROUGH;
		return;
	}
	lane->state = LANE_READY;
	lane->touch = run->next++;
	lane->due = due;
}

static struct touch_run *run_new(struct model *m, const struct parallel_touch *what)
{
	u32 num = what->lanes, i;
	struct touch_run *run;

	if (!num || num > PARALLEL_TOUCH_LANES_MAX)
		num = PARALLEL_TOUCH_LANES_MAX;
	run = calloc(1, sizeof(*run) + num * sizeof(*run->lane));
	model_assert(m, run);
	run->what = *what;
	run->left = what->count;
	run->num = num;
	for (i = 0; i < num; i++)
		take_next(run, &run->lane[i], 0);
	return run;
}

static void touch_word(struct model *m, struct engine *e, const struct parallel_touch *what, u32 touch,
		       const struct spans *spans)
{
	u32 val = what->value + (what->access & PARALLEL_TOUCH_COUNT_UP ? touch : 0);
	size_t len = sizeof(val);
	u32 *word;

	switch (what->access & 3) {
	case PARALLEL_TOUCH_READ:
		access_read(m, e, spans, &val);
		break;
	case PARALLEL_TOUCH_WRITE:
		access_write(m, e, spans, &val);
		break;
	default:
		word = spans->span[0].null ? NULL : mem_map_chunk(m, spans->span[0].at, &len, true);
		if (word)
			__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
		access_count(m, e, sizeof(val), true);
	}
}

/* EXEC_DONE: the lane has ended its touch */
static enum exec_result go(struct model *m, struct engine *e, struct touch_run *run, u32 i)
{
	static const enum mmu_access accesses[] = { MMU_READ, MMU_WRITE, MMU_ATOMIC };
	const struct parallel_touch *what = &run->what;
	struct lane *lane = &run->lane[i];
	u64 va = (what->start + (u64)lane->touch * what->stride) & ~3ull;
	struct spans spans;
	enum exec_result ret;

	ret = access_translate(m, e, operand_space(e, false), va, sizeof(u32), accesses[what->access & 3],
			       &spans);
	if (ret == EXEC_FAULT) {
		e->fault_lane = i;
		lane->state = LANE_FAULTED;
		if (++run->faulted > run->faulted_max)
			run->faulted_max = run->faulted;
		obs_add(m, EV_TOUCH_FAULT, 1);
	}
	if (ret != EXEC_DONE)
		return ret;
	touch_word(m, e, what, lane->touch, &spans);
	obs_add(m, EV_TOUCH, 1);
	run->left--;
	take_next(run, lane, model_now(m) + what->think_us * NSEC_PER_USEC);
	return EXEC_DONE;
}

static enum exec_result finish(struct model *m, struct engine *e)
{
	obs_event(m, EV_TOUCH_END, e->index, e->ctx->touch->faulted_max);
	touch_free(e->ctx);
	return EXEC_DONE;
}

/* nothing to do now: until a lane's rest is over, or an answer */
static enum exec_result rest(struct engine *e, const struct touch_run *run)
{
	u32 i;

	e->wake_at = TIME_NEVER;
	for (i = 0; i < run->num; i++)
		if (run->lane[i].state == LANE_READY && run->lane[i].due < e->wake_at)
			e->wake_at = run->lane[i].due;
	return EXEC_REST;
}

enum exec_result touch_continue(struct model *m, struct engine *e)
{
	struct touch_run *run = e->ctx->touch;
	u64 now = model_now(m);
	enum exec_result ret;
	u32 seen, done = 0, i;

	for (seen = 0; seen < run->num && run->left; seen++) {
		i = run->at++ % run->num;
		if (run->lane[i].state != LANE_READY || run->lane[i].due > now)
			continue;
		if (done++ == TOUCHES_PER_GO) {
			run->at = i;
			return EXEC_AGAIN;
		}
		e->spent++;
		ret = go(m, e, run, i);
		if (ret != EXEC_DONE)
			return ret;
	}
	if (!run->left)
		return finish(m, e);
	return done ? EXEC_AGAIN : rest(e, run);
}

/* the driver has room for the faults of as many threads as a GT has, and video engines have none */
static u32 lanes_of(const struct engine *e)
{
	return e->desc->gt == GT_MEDIA ? 1 : e->cmd[5];
}

enum exec_result exec_parallel_touch(struct model *m, struct engine *e)
{
	const struct parallel_touch what = {
		.start = operand_addr(e, 1),
		.count = e->cmd[3],
		.stride = e->cmd[4],
		.lanes = lanes_of(e),
		.think_us = e->cmd[6],
		.value = e->cmd[7],
		.access = PARALLEL_TOUCH_ACCESS(e->cmd[0]) | (e->cmd[0] & PARALLEL_TOUCH_COUNT_UP),
	};

	if (!inject_get(m, KNOB_parallel_touch))
		return exec_unimplemented(m, e);
	if ((what.access & 3) > PARALLEL_TOUCH_INCREMENT) {
		obs_guest_error(m, "MI_PARALLEL_TOUCH access", e->cmd[0]);
		return EXEC_HUNG;
	}
	obs_event(m, EV_TOUCH_BEGIN, what.start, what.count);
	e->ctx->touch = run_new(m, &what);
	return touch_continue(m, e);
}
