// SPDX-License-Identifier: GPL-2.0
/* The executor: fetch, look up, check the length, execute, move on; and why it stopped. */
#include <errno.h>
#include <stdlib.h>

#include "abi/parallel_touch.h"
#include "engine/command.h"
#include "engine/touch.h"
#include "engine/walker.h"
#include "inject/inject.h"
#include "model.h"
#include "obs/obs.h"

#define POLL_NS (20 * NSEC_PER_USEC)

static struct batch_pos *position(const struct engine *e)
{
	return &e->ctx->pos[e->ctx->level];
}

/* a command may lie across the end of the ring */
static enum exec_result fetch_ring(struct model *m, struct engine *e, u32 first, u32 num)
{
	const struct context *ctx = e->ctx;
	struct spans spans;
	enum exec_result ret;
	u32 off, run;

	while (num) {
		off = (ctx->head + first * 4) % ctx->ring_size;
		run = (ctx->ring_size - off) / 4;
		if (run > num)
			run = num;
		ret = access_translate(m, e, SPACE_GGTT, (u64)ctx->ring_start + off, run * 4,
				       MMU_READ, &spans);
		if (ret != EXEC_DONE)
			return ret;
		access_read(m, e, &spans, e->cmd + first);
		first += run;
		num -= run;
	}
	return EXEC_DONE;
}

static enum exec_result fetch(struct model *m, struct engine *e, u32 first, u32 num)
{
	struct spans spans;
	enum exec_result ret;

	if (e->ctx->level == LEVEL_RING)
		return fetch_ring(m, e, first, num);
	ret = access_translate(m, e, position(e)->ppgtt ? SPACE_PPGTT : SPACE_GGTT,
			       position(e)->ip + first * 4, num * 4, MMU_READ, &spans);
	if (ret == EXEC_DONE)
		access_read(m, e, &spans, e->cmd + first);
	return ret;
}

static bool ring_holds(const struct context *ctx, u32 dwords)
{
	return (ctx->tail - ctx->head + ctx->ring_size) % ctx->ring_size >= dwords * 4;
}

static enum exec_result fetch_command(struct model *m, struct engine *e, const struct command **row)
{
	enum exec_result ret = fetch(m, e, 0, 1);

	if (ret != EXEC_DONE)
		return ret;
	*row = command_find(e->cmd[0], e->desc->class);
	e->name = *row ? (*row)->name : NULL;
	e->len = *row ? command_length(*row, e->cmd[0]) : command_length_guess(e->cmd[0]);
	e->cmd_addr = e->ctx->level == LEVEL_RING ? e->ctx->head : position(e)->ip;
	if (*row && (e->len < (*row)->min || e->len > (*row)->max)) {
		obs_guest_error(m, (*row)->name, e->cmd[0]);
		return EXEC_HUNG;
	}
	/* 6.12 publishes such a tail when a submission meets the emission of the next job of an LR queue */
	if (e->ctx->level == LEVEL_RING && !ring_holds(e->ctx, e->len)) {
		obs_event(m, EV_RING_STARVED, e->index, e->ctx->head);
		return EXEC_STARVED;
	}
	return e->len > 1 ? fetch(m, e, 1, e->len - 1) : EXEC_DONE;
}

static void forget_progress(struct context *ctx)
{
	ctx->progress = 0;
}

static void advance(struct engine *e)
{
	struct context *ctx = e->ctx;

	if (ctx->level == LEVEL_RING)
		ctx->head = (ctx->head + e->len * 4) % ctx->ring_size;
	else
		position(e)->ip += e->len * 4;
	forget_progress(ctx);
}

static void remember(struct engine *e)
{
	u32 i = e->recent_next++ % RECENT_COMMANDS;

	e->recent[i].addr = e->cmd_addr;
	e->recent[i].dw0 = e->cmd[0];
	e->recent[i].level = e->ctx->level;
}

void engine_log_recent(struct model *m, const struct engine *e)
{
	static const char *const levels[] = { "ring", "batch", "second level", "load" };
	u32 i, at;

	for (i = 0; i < RECENT_COMMANDS; i++) {
		at = (e->recent_next + i) % RECENT_COMMANDS;
		obs_log(m, "%s: %s %012llx: %08x", e->desc->name, levels[e->recent[at].level],
			(unsigned long long)e->recent[at].addr, e->recent[at].dw0);
	}
}

/* of a type no hardware has: it stops there. Else the model lacks it and goes on behind it */
static enum exec_result unknown(struct model *m, struct engine *e)
{
	u32 type = mi_type(e->cmd[0]);

	if (type == TYPE_MI || type == TYPE_BLIT || type == TYPE_GFXPIPE || type == TYPE_GFX_STATE) {
		if (engine_lacks(m, e, "command", e->cmd[0] & 0xffff0000))
			engine_log_recent(m, e);
		return EXEC_DONE;
	}
	obs_guest_error(m, "command of a reserved type", e->cmd[0]);
	return EXEC_HUNG;
}

static enum exec_result fetch_and_execute(struct model *m, struct engine *e)
{
	const struct command *row;
	enum exec_result ret;

	ret = fetch_command(m, e, &row);
	if (ret != EXEC_DONE)
		return ret;
	e->spent++;
	obs_add(m, EV_COMMAND, 1);
	e->ctx->arb_point = false;
	remember(e);
	return row ? row->exec(m, e) : unknown(m, e);
}

static enum exec_result execute_one(struct model *m, struct engine *e)
{
	enum exec_result ret;

	e->fault_lane = NO_LANE;
	if (e->ctx->touch) {
		e->len = PARALLEL_TOUCH_DWORDS;
		ret = touch_continue(m, e);
	} else if (e->ctx->walker) {
		ret = walker_continue(m, e);
	} else {
		ret = fetch_and_execute(m, e);
	}
	if (ret == EXEC_DONE || ret == EXEC_PAUSE)
		advance(e);
	else if (ret == EXEC_JUMP)
		forget_progress(e->ctx);
	return ret;
}

static bool may_leave(struct model *m, const struct engine *e)
{
	const struct context *ctx = e->ctx;

	if (ctx->arb_off || ctx->level == LEVEL_LOAD)
		return false;
	return ctx->level == LEVEL_RING || ctx->arb_point || !inject_get(m, KNOB_preempt_strict);
}

static bool stops(struct model *m, struct engine *e, enum exec_result ret, enum engine_stop *stop)
{
	switch (ret) {
	case EXEC_DONE:
	case EXEC_JUMP:
	case EXEC_AGAIN:
		return false;
	case EXEC_WAIT:
	case EXEC_PAUSE:
		e->wake_at = model_now(m) + POLL_NS;
		*stop = e->preempt && may_leave(m, e) ? STOP_PREEMPTED : STOP_WAIT;
		return true;
	case EXEC_REST:
		*stop = e->preempt && may_leave(m, e) ? STOP_PREEMPTED : STOP_WAIT;
		return true;
	case EXEC_STARVED:
		*stop = STOP_IDLE;
		return true;
	case EXEC_FAULT:
		*stop = STOP_FAULT;
		return true;
	case EXEC_CAT:
		*stop = STOP_CAT;
		return true;
	case EXEC_HUNG:
		*stop = STOP_HUNG;
		return true;
	}
	model_bug(m, "exec result %d", ret);
}

enum engine_stop engine_run(struct model *m, struct engine *e, u64 units)
{
	enum engine_stop stop;

	for (e->spent = 0; e->spent < units;) {
		if (e->preempt && may_leave(m, e))
			return STOP_PREEMPTED;
		if (e->ctx->level == LEVEL_RING && e->ctx->head == e->ctx->tail)
			return STOP_IDLE;
		if (stops(m, e, execute_one(m, e), &stop))
			return stop;
	}
	return STOP_BUDGET;
}

int engines_init(struct model *m)
{
	u32 i;

	m->engines = calloc(m->plat->num_engines, sizeof(*m->engines));
	if (!m->engines)
		return -ENOMEM;
	for (i = 0; i < m->plat->num_engines; i++) {
		m->engines[i].desc = &m->plat->engines[i];
		m->engines[i].index = i;
	}
	return 0;
}

void engines_fini(struct model *m)
{
	free(m->engines);
	m->engines = NULL;
}
