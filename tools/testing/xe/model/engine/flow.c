// SPDX-License-Identifier: GPL-2.0
/* Commands that decide where execution goes on, or whether. */
#include "engine/exec.h"
#include "model.h"
#include "obs/obs.h"

/* a batch that keeps finding its condition unchanged is polling */
#define FREE_ROUNDS 64u

enum exec_result exec_skip(struct model *m, struct engine *e)
{
	(void)m;
	(void)e;
	return EXEC_DONE;
}

enum exec_result exec_unimplemented(struct model *m, struct engine *e)
{
	engine_lacks(m, e, e->name, e->cmd[0]);
	return EXEC_DONE;
}

bool mi_compare(u32 op, u64 left, u64 right)
{
	switch (op) {
	case CMP_GT:
		return left > right;
	case CMP_GE:
		return left >= right;
	case CMP_LT:
		return left < right;
	case CMP_LE:
		return left <= right;
	case CMP_EQ:
		return left == right;
	case CMP_NE:
		return left != right;
	default:
		return true;
	}
}

void engine_interrupt(struct model *m, struct engine *e)
{
	const struct engine_desc *desc = e->desc;

	m->port->raise(m, desc->irq_bank, desc->irq_bit, desc->class, desc->instance, BIT(0));
}

enum exec_result exec_user_interrupt(struct model *m, struct engine *e)
{
	obs_event(m, EV_USER_INTERRUPT, e->index, e->ctx->lrca);
	engine_interrupt(m, e);
	return EXEC_DONE;
}

enum exec_result exec_arb_check(struct model *m, struct engine *e)
{
	(void)m;
	e->ctx->arb_point = true;
	return EXEC_DONE;
}

enum exec_result exec_arb_on_off(struct model *m, struct engine *e)
{
	(void)m;
	e->ctx->arb_off = !(e->cmd[0] & MI_ARB_ENABLE);
	return EXEC_DONE;
}

enum exec_result exec_set_predicate(struct model *m, struct engine *e)
{
	if (e->cmd[0] & 0xf)
		engine_lacks(m, e, "MI_SET_PREDICATE", e->cmd[0]);
	return EXEC_DONE;
}

/* a batch started from a PPGTT batch stays in the PPGTT, whatever its own bit says */
static bool batch_in_ppgtt(const struct engine *e)
{
	const struct context *ctx = e->ctx;

	if (!ctx->has_ppgtt)
		return false;
	if (ctx->level != LEVEL_RING && ctx->pos[ctx->level].ppgtt)
		return true;
	return e->cmd[0] & MI_BB_PPGTT;
}

enum exec_result exec_batch_start(struct model *m, struct engine *e)
{
	struct context *ctx = e->ctx;
	struct batch_pos to = { .ip = operand_addr(e, 1) & ~3ull, .ppgtt = batch_in_ppgtt(e) };

	if (e->cmd[0] & MI_BB_PREDICATED && !ctx->regs[RING_PREDICATE_RESULT / 4])
		return EXEC_DONE;
	if (ctx->level == LEVEL_RING) {
		ctx->head = (ctx->head + e->len * 4) % ctx->ring_size;
		ctx->level = LEVEL_BATCH;
		ctx->rounds = 0;
		obs_event(m, EV_BATCH, e->index, to.ip);
	} else if (ctx->level == LEVEL_BATCH && e->cmd[0] & MI_BB_SECOND_LEVEL) {
		ctx->pos[LEVEL_BATCH].ip += e->len * 4;
		ctx->level = LEVEL_SECOND;
	}
	ctx->pos[ctx->level] = to;
	return EXEC_JUMP;
}

static enum exec_result leave_batch(struct model *m, struct engine *e, bool whole_chain)
{
	struct context *ctx = e->ctx;

	switch (ctx->level) {
	case LEVEL_RING:
		obs_guest_error(m, "MI_BATCH_BUFFER_END in the ring", e->cmd_addr);
		return EXEC_HUNG;
	case LEVEL_LOAD:
		ctx->level = ctx->resume;
		break;
	case LEVEL_SECOND:
		ctx->level = whole_chain ? LEVEL_RING : LEVEL_BATCH;
		break;
	default:
		ctx->level = LEVEL_RING;
	}
	return EXEC_JUMP;
}

enum exec_result exec_batch_end(struct model *m, struct engine *e)
{
	return leave_batch(m, e, false);
}

static enum exec_result read_operand(struct model *m, struct engine *e, u64 addr, void *buf, u64 len)
{
	bool ggtt = e->cmd[0] & MI_GGTT;
	struct spans spans;
	enum exec_result ret;

	ret = access_translate(m, e, operand_space(e, ggtt), addr, len, MMU_READ, &spans);
	if (ret == EXEC_DONE)
		access_read(m, e, &spans, buf);
	return ret;
}

/* ends the batch when the comparison is false */
enum exec_result exec_batch_end_if(struct model *m, struct engine *e)
{
	enum exec_result ret;
	u32 mem;

	if (operand_forbidden(m, e, e->cmd[0] & MI_GGTT))
		return EXEC_DONE;
	if (!(e->cmd[0] & MI_COND_COMPARE))
		engine_lacks(m, e, "MI_CONDITIONAL_BATCH_BUFFER_END without compare", e->cmd[0]);
	ret = read_operand(m, e, operand_addr(e, 2) & ~3ull, &mem, sizeof(mem));
	if (ret != EXEC_DONE)
		return ret;
	if (!mi_compare(MI_COMPARE(e->cmd[0]), mem, e->cmd[1]))
		return leave_batch(m, e, true);
	return ++e->ctx->rounds > FREE_ROUNDS ? EXEC_PAUSE : EXEC_DONE;
}

enum exec_result exec_semaphore_wait(struct model *m, struct engine *e)
{
	enum exec_result ret = EXEC_DONE;
	u32 val;

	if (operand_forbidden(m, e, e->cmd[0] & MI_GGTT))
		return EXEC_DONE;
	if (e->cmd[0] & MI_SEMAPHORE_REGISTER)
		val = engine_reg_read(m, e, e->cmd[2] & MI_REG_MASK);
	else
		ret = read_operand(m, e, operand_addr(e, 2) & ~3ull, &val, sizeof(val));
	if (ret != EXEC_DONE)
		return ret;
	if (mi_compare(MI_COMPARE(e->cmd[0]), val, e->cmd[1]))
		return EXEC_DONE;
	e->ctx->arb_point = true;
	obs_add(m, EV_SEMAPHORE_POLL, 1);
	return EXEC_WAIT;
}
