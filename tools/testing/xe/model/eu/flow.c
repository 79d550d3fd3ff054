// SPDX-License-Identifier: GPL-2.0
/*
 * Every jump says per lane where it goes on. The lanes at the lowest address run, the others wait. So loops run
 * until the last lane has left, branches are executed one side after the other, and no lane waits for one
 * that waits for it. A jump of the whole thread (jmpi) takes along the lanes that run.
 */
#include "eu/flow.h"
#include "eu/operand.h"

static u32 lane_mask(const struct eu_inst *inst)
{
	return inst->lanes == 32 ? ~0u : BIT(inst->lanes) - 1;
}

/* flags of lanes that do not run count as not set for `any`, and as set for `all` */
static u32 predicated(const struct eu_thread *t, const struct eu_inst *inst, u32 enabled)
{
	u32 flags = eu_flags(t, inst), all = lane_mask(inst);

	if (inst->pred == PRED_NONE)
		return enabled;
	if (inst->pred == PRED_LANE)
		return enabled & (inst->pred_inv ? ~flags : flags);
	if (inst->lanes == 1)
		all = t->dispatched;
	if (!inst->all_lanes)
		all = enabled;
	if (inst->pred == PRED_ANY)
		flags = flags & all ? ~0u : 0;
	else
		flags = (flags & all) == all ? ~0u : 0;
	return enabled & (inst->pred_inv ? ~flags : flags);
}

u32 eu_enabled(const struct eu_thread *t, const struct eu_inst *inst)
{
	u32 enabled = lane_mask(inst);

	if (!inst->all_lanes)
		enabled &= t->active >> inst->first;
	/* there the predicate chooses between the sources */
	return inst->op == OP_SEL ? enabled : predicated(t, inst, enabled);
}

/* the lanes at the lowest address run */
static void settle(struct eu_thread *t)
{
	u32 i;

	t->ip = t->next_wait = TIME_NEVER;
	for (i = 0; i < EU_LANES; i++)
		if (t->dispatched >> i & 1 && t->wait[i] < t->ip)
			t->ip = t->wait[i];
	t->active = 0;
	for (i = 0; i < EU_LANES; i++) {
		if (!(t->dispatched >> i & 1))
			continue;
		if (t->wait[i] == t->ip)
			t->active |= BIT(i);
		else if (t->wait[i] < t->next_wait)
			t->next_wait = t->wait[i];
	}
}

/* lanes that run and are taken go there, the others of them behind the instruction */
static void part(struct eu_thread *t, const struct eu_inst *inst, u32 taken, u64 there)
{
	u32 i;

	for (i = 0; i < EU_LANES; i++)
		if (t->active >> i & 1)
			t->wait[i] = taken >> i & 1 ? there & ~7ull : t->ip + inst->bytes;
	settle(t);
}

void eu_advance(struct eu_thread *t, const struct eu_inst *inst)
{
	if (t->ip + inst->bytes >= t->next_wait)
		part(t, inst, 0, 0);
	else
		t->ip += inst->bytes;
}

/* of a jump of the thread: by the register, which counts from its own address */
static u64 jmpi_target(const struct eu_thread *t, const struct eu_inst *inst)
{
	union eu_value v;

	if (inst->src[0].file == FILE_IMM)
		return t->ip + (s64)inst->jip;
	eu_read(t, &inst->src[0], 1, KIND_INT, &v);
	return t->ip + v.i;
}

static void call(struct eu_thread *t, const struct eu_inst *inst)
{
	u64 target = jmpi_target(t, inst);

	part(t, inst, ~0u, target);
}

/* keeps where to return to, and which lanes were running */
static void keep_return(struct eu_thread *t, const struct eu_inst *inst, u64 base)
{
	union eu_value v[2] = { { .u = (u32)(t->ip + inst->bytes - base) }, { .u = t->active } };
	struct eu_inst two = *inst;

	two.lanes = 2;
	two.saturate = false;
	eu_write(t, &two, 3, KIND_INT, true, v);
}

static void back(struct eu_thread *t, const struct eu_inst *inst, u64 base)
{
	struct eu_operand from = inst->src[0];
	union eu_value v;

	from.type = TYPE_UD;
	eu_read(t, &from, 1, KIND_INT, &v);
	part(t, inst, ~0u, base + v.u);
}

void eu_jump(struct eu_thread *t, const struct eu_inst *inst, u64 base)
{
	u32 mask = eu_enabled(t, inst), lanes = mask << inst->first;

	switch (inst->op) {
	case OP_JMPI:
		part(t, inst, mask ? ~0u : 0, jmpi_target(t, inst));
		break;
	case OP_CALL:
		if (mask)
			keep_return(t, inst, base);
		if (mask)
			call(t, inst);
		else
			eu_advance(t, inst);
		break;
	case OP_RET:
		if (mask)
			back(t, inst, base);
		else
			eu_advance(t, inst);
		break;
	case OP_IF:
		part(t, inst, ~lanes, t->ip + (s64)inst->jip);
		break;
	case OP_WHILE:
		part(t, inst, lanes, t->ip + (s64)inst->jip);
		break;
	case OP_ELSE:
	case OP_GOTO:
	case OP_BREAK:
	case OP_CONT:
	case OP_HALT:
		part(t, inst, lanes, t->ip + (s64)inst->uip);
		break;
	default: /* lanes that meet have met already */
		eu_advance(t, inst);
	}
}
