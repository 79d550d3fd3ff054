// SPDX-License-Identifier: GPL-2.0
/*
 * COMPUTE_WALKER: a kernel over a grid of groups. Its dwords become a launch for eu/; when the last thread has
 * ended, its post-sync operation is carried out.
 * ref: Intel's public command reference for Xe2, volume 2a: COMPUTE_WALKER, INTERFACE_DESCRIPTOR_DATA
 */
#include <stdlib.h>
#include <string.h>

#include "engine/exec.h"
#include "engine/touch.h"
#include "engine/walker.h"
#include "eu/walk.h"
#include "model.h"
#include "obs/obs.h"

#define INSTRUCTIONS_PER_GO 64u /* between two looks at the rest of the world */

/* dwords of COMPUTE_WALKER */
enum {
	CW_INDIRECT = 3,
	CW_PAYLOAD = 4,
	CW_LAST_MASK = 5,
	CW_LOCAL = 6,
	CW_END = 7,
	CW_START = 10,
	CW_KERNEL = 19,
	CW_BINDINGS = 23,
	CW_GROUP = 24,
	CW_POST_SYNC = 27,
	CW_POST_ADDRESS = 28,
	CW_POST_DATA = 30,
	CW_INLINE = 32,
	CW_DWORDS = 40,
};

#define PAYLOAD_SIMD(dw) ((dw) >> 30 & 3)
#define PAYLOAD_GENERATE_ID BIT(29)
#define PAYLOAD_EMIT_ID(dw) ((dw) >> 26 & 7)
#define PAYLOAD_INLINE BIT(25)
#define PAYLOAD_ORDER(dw) ((dw) >> 22 & 7)
#define BINDING_TABLE 0x001fffe0u
#define GROUP_THREADS(dw) ((dw) & 0x3ff)
#define GROUP_SHARED(dw) ((dw) >> 16 & 31)
#define POST_OP(dw) ((dw) & 3)
enum { POST_OP_NONE, POST_OP_IMMEDIATE, POST_OP_TIMESTAMPS = 3 };

#define SCRATCH_SURFACE 0xfffffc00u

#define SHARED_MAX (128u << 10)
#define BASE_MODIFY BIT(0)

struct walker_run {
	struct eu_walk *walk;
	u32 len; /* dwords of the command */
	u32 post_op;
	u64 post_address, post_data;
	u64 started; /* ticks */
};

void walker_free(struct context *ctx)
{
	if (!ctx->walker)
		return;
	eu_walk_free(ctx->walker->walk);
	free(ctx->walker);
	ctx->walker = NULL;
}

void walker_resume(struct context *ctx)
{
	if (ctx->walker)
		eu_walk_forget(ctx->walker->walk);
}

void lane_retry(struct model *m, struct context *ctx, u32 lane)
{
	if (ctx->walker)
		model_assert(m, eu_walk_retry(ctx->walker->walk, lane));
	else
		touch_retry(m, ctx, lane);
}

/* a base and whether the command sets it */
static void set_base(struct engine *e, u32 dword, u64 *base)
{
	if (e->len > dword + 1 && e->cmd[dword] & BASE_MODIFY)
		*base = operand_addr(e, dword) & ~0xfffull;
}

enum exec_result exec_state_base(struct model *m, struct engine *e)
{
	(void)m;
	set_base(e, 1, &e->ctx->general_base);
	set_base(e, 4, &e->ctx->surface_base);
	set_base(e, 10, &e->ctx->instruction_base);
	return EXEC_DONE;
}

enum exec_result exec_cfe_state(struct model *m, struct engine *e)
{
	(void)m;
	e->ctx->scratch = e->cmd[1] & SCRATCH_SURFACE;
	return EXEC_DONE;
}

static void launch_ids(const struct engine *e, struct eu_launch *launch)
{
	static const u8 orders[8][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
		{ 2, 0, 1 }, { 2, 1, 0 }, { 0, 1, 2 }, { 0, 1, 2 },
	};
	u32 payload = e->cmd[CW_PAYLOAD], i;

	memcpy(launch->order, orders[PAYLOAD_ORDER(payload)], sizeof(launch->order));
	for (i = 0; i < 3; i++) {
		launch->emit_id[i] = payload & PAYLOAD_GENERATE_ID &&
				     PAYLOAD_EMIT_ID(payload) >> i & 1;
		launch->local[i] = (e->cmd[CW_LOCAL] >> 10 * i & 0x3ff) + 1;
		launch->end[i] = e->cmd[CW_END + i];
		launch->start[i] = e->cmd[CW_START + i];
	}
}

static void launch_of(const struct engine *e, struct eu_launch *launch)
{
	const u32 *cmd = e->cmd;

	*launch = (struct eu_launch){
		.instruction_base = e->ctx->instruction_base,
		.general_base = e->ctx->general_base,
		.surface_base = e->ctx->surface_base,
		.scratch = e->ctx->scratch,
		.bindings = cmd[CW_BINDINGS] & BINDING_TABLE,
		.entry = operand_addr(e, CW_KERNEL) & ~63ull,
		.indirect = cmd[CW_INDIRECT] & ~63u,
		.lanes = 8u << PAYLOAD_SIMD(cmd[CW_PAYLOAD]),
		.threads = GROUP_THREADS(cmd[CW_GROUP]),
		.last_mask = cmd[CW_LAST_MASK],
		.has_data = cmd[CW_PAYLOAD] & PAYLOAD_INLINE,
		.shared_bytes = GROUP_SHARED(cmd[CW_GROUP]) ? SHARED_MAX : 0,
	};
	launch_ids(e, launch);
	memcpy(launch->data, cmd + CW_INLINE, sizeof(launch->data));
}

static struct walker_run *run_new(struct model *m, const struct engine *e,
				  const struct eu_launch *launch)
{
	struct walker_run *run = calloc(1, sizeof(*run));

	model_assert(m, run);
	run->walk = eu_walk_new(launch);
	if (!run->walk) {
		free(run);
		return NULL;
	}
	run->len = e->len;
	run->post_op = POST_OP(e->cmd[CW_POST_SYNC]);
	run->post_address = operand_addr(e, CW_POST_ADDRESS) & ~7ull;
	run->post_data = operand_addr(e, CW_POST_DATA);
	run->started = engine_ticks(m);
	return run;
}

enum exec_result exec_compute_walker(struct model *m, struct engine *e)
{
	struct eu_launch launch;

	if (!e->ctx->has_ppgtt) {
		obs_guest_error(m, "COMPUTE_WALKER without an address space", e->cmd[0]);
		return EXEC_HUNG;
	}
	launch_of(e, &launch);
	e->ctx->walker = run_new(m, e, &launch);
	if (!e->ctx->walker) {
		obs_guest_error(m, "COMPUTE_WALKER of impossible threads", e->cmd[CW_GROUP]);
		return EXEC_HUNG;
	}
	obs_event(m, EV_WALKER, launch.instruction_base + launch.entry, launch.threads);
	return walker_continue(m, e);
}

static enum exec_result post_sync(struct model *m, struct engine *e, const struct walker_run *run)
{
	u64 now = engine_ticks(m), data[4] = { run->started, run->started, now, now };
	u64 bytes = sizeof(data);
	enum exec_result ret;
	struct spans spans;

	if (run->post_op == POST_OP_NONE)
		return EXEC_DONE;
	if (run->post_op == POST_OP_IMMEDIATE) {
		data[0] = run->post_data;
		bytes = sizeof(data[0]);
	} else if (run->post_op != POST_OP_TIMESTAMPS) {
		engine_lacks(m, e, "post-sync operation of COMPUTE_WALKER", run->post_op);
		return EXEC_DONE;
	}
	ret = access_translate(m, e, SPACE_PPGTT, run->post_address, bytes, MMU_WRITE, &spans);
	if (ret == EXEC_DONE)
		access_write(m, e, &spans, data);
	return ret;
}

static enum exec_result finish(struct model *m, struct engine *e)
{
	enum exec_result ret = post_sync(m, e, e->ctx->walker);

	if (ret != EXEC_DONE)
		return ret;
	obs_event(m, EV_WALKER_END, e->index, e->ctx->lrca);
	walker_free(e->ctx);
	return EXEC_DONE;
}

enum exec_result walker_continue(struct model *m, struct engine *e)
{
	struct walker_run *run = e->ctx->walker;
	struct eu_env env = {
		.m = m, .engine = e->index, .space = &e->ctx->space, .fault = &e->fault
	};
	u32 thread;

	e->len = run->len;
	access_events(m, e, &env.bytes_read, &env.bytes_written);
	switch (eu_walk_run(run->walk, &env, INSTRUCTIONS_PER_GO, &e->spent, &thread)) {
	case WALK_MORE:
		return EXEC_AGAIN;
	case WALK_REST:
		e->wake_at = TIME_NEVER;
		return EXEC_REST;
	case WALK_FAULT:
		e->fault_lane = thread;
		obs_add(m, EV_THREAD_FAULT, 1);
		return EXEC_FAULT;
	case WALK_LACKS:
		engine_lacks(m, e, env.lacks, env.lacks_id);
		return EXEC_HUNG;
	case WALK_WRONG:
		obs_guest_error(m, "instruction no thread can execute", e->ctx->lrca);
		return EXEC_HUNG;
	case WALK_ENDED:
		break;
	}
	return finish(m, e);
}
