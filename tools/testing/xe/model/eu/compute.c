// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions that compute: read all sources, compute lane by lane, write, set flags. The values of all lanes
 * are read before the first is written.
 */
#include <fenv.h>
#include <string.h>

#include "eu/compute.h"
#include "eu/integer.h"
#include "eu/operand.h"

struct values {
	enum eu_kind kind;
	bool wide; /* an integer result has no sign */
	union eu_value src[3][EU_LANES], out[EU_LANES];
};

static enum eu_kind kind_of(const struct eu_inst *inst)
{
	enum eu_kind kind = KIND_INT, one;
	u32 i;

	for (i = 0; i < inst->sources; i++) {
		one = eu_type_kind(inst->src[i].type);
		if (one > kind)
			kind = one;
	}
	return kind;
}

/* a move that changes no type moves bits, whatever they would mean */
static bool moves_bits(const struct eu_inst *inst)
{
	const struct eu_operand *src = &inst->src[0];

	return inst->op == OP_MOV && src->type == inst->dst.type && !src->abs && !src->neg &&
	       !inst->saturate && inst->cond == COND_NONE &&
	       !(src->file == FILE_IMM && src->type == TYPE_IMM_VF);
}

static void move_bits(struct eu_thread *t, const struct eu_inst *inst, u32 mask)
{
	static const u8 as[16] = {
		TYPE_UB, TYPE_UW, TYPE_UD, TYPE_UQ, TYPE_B, TYPE_W, TYPE_D, TYPE_Q,
		TYPE_UD, TYPE_UW, TYPE_UD, TYPE_UQ, TYPE_UB, TYPE_UW,
	};
	struct eu_inst copy = *inst;
	union eu_value v[EU_LANES];

	copy.dst.type = copy.src[0].type = as[inst->dst.type & 15];
	eu_read(t, &copy.src[0], inst->lanes, KIND_INT, v);
	eu_write(t, &copy, mask, KIND_INT, false, v);
}

static bool compare(const struct values *v, u8 cond, const union eu_value *a,
		    const union eu_value *b)
{
	if (v->kind == KIND_INT)
		return eu_condition_int(cond, a->i, b->i);
	if (v->kind == KIND_FLOAT)
		return eu_condition_real(cond, a->f, b->f);
	return eu_condition_real(cond, a->d, b->d);
}

static bool is_nan(const struct values *v, const union eu_value *a)
{
	return v->kind == KIND_FLOAT ? a->f != a->f : v->kind == KIND_DOUBLE && a->d != a->d;
}

static void execute_cmp(struct eu_thread *t, const struct eu_inst *inst, u32 mask, struct values *v)
{
	u32 i, flags = 0;

	for (i = 0; i < inst->lanes; i++) {
		bool true_here = compare(v, inst->cond, &v->src[0][i], &v->src[1][i]);

		if (inst->op == OP_CMPN && is_nan(v, &v->src[1][i]))
			true_here = true;
		flags |= (u32)true_here << i;
		v->out[i].i = true_here ? -1 : 0;
	}
	if (inst->dst.file != FILE_ARF || inst->dst.reg) {
		struct eu_inst copy = *inst;

		copy.saturate = false;
		if (eu_type_float(inst->dst.type))
			copy.dst.type = inst->dst.type == TYPE_DF ? TYPE_Q :
					inst->dst.type == TYPE_F  ? TYPE_D :
								    TYPE_W;
		eu_write(t, &copy, mask, KIND_INT, false, v->out);
	}
	eu_set_flags(t, inst, mask, flags);
}

/* with a condition the smaller or the larger, a number rather than none; else as the predicate says */
static void execute_sel(struct eu_thread *t, const struct eu_inst *inst, u32 mask, struct values *v)
{
	u32 i, flags = eu_flags(t, inst);
	bool first;

	if (inst->pred_inv)
		flags = ~flags;
	for (i = 0; i < inst->lanes; i++) {
		if (inst->cond)
			first = compare(v, inst->cond, &v->src[0][i], &v->src[1][i]) ||
				is_nan(v, &v->src[1][i]);
		else
			first = flags >> i & 1;
		v->out[i] = first ? v->src[0][i] : v->src[1][i];
	}
	eu_write(t, inst, mask, v->kind, v->wide, v->out);
}

static void execute_csel(struct eu_thread *t, const struct eu_inst *inst, u32 mask,
			 struct values *v)
{
	static const union eu_value zero;
	u32 i;

	for (i = 0; i < inst->lanes; i++)
		v->out[i] = v->src[compare(v, inst->cond, &v->src[2][i], &zero) ? 0 : 1][i];
	eu_write(t, inst, mask, v->kind, v->wide, v->out);
}

/* the second half of a product: the accumulator has the first source times the low half of the second */
static void execute_mach(struct eu_thread *t, const struct eu_inst *inst, u32 mask,
			 struct values *v)
{
	u32 i;

	for (i = 0; i < inst->lanes; i++) {
		u64 sum = (u64)t->wide[0][i] +
			  ((u64)v->src[0][i].i * (u64)(v->src[1][i].i >> 16) << 16);

		if (mask >> i & 1)
			t->wide[0][i] = sum;
		v->out[i].u = inst->op == OP_MACL ? (u32)sum : sum >> 32;
	}
	eu_write(t, inst, mask, KIND_INT, false, v->out);
}

/* the carry or borrow goes to the accumulator */
static void execute_carry(struct eu_thread *t, const struct eu_inst *inst, u32 mask,
			  struct values *v)
{
	u32 i, carry;

	for (i = 0; i < inst->lanes; i++) {
		u64 a = (u32)v->src[0][i].u, b = (u32)v->src[1][i].u;

		v->out[i].u = (u32)(inst->op == OP_ADDC ? a + b : a - b);
		carry = inst->op == OP_ADDC ? (a + b) >> 32 : a < b;
		if (!(mask >> i & 1))
			continue;
		memcpy(t->acc + i * sizeof(carry), &carry, sizeof(carry));
		t->wide[0][i] = carry;
	}
	eu_write(t, inst, mask, KIND_INT, false, v->out);
}

static void execute_mac(struct eu_thread *t, const struct eu_inst *inst, struct values *v)
{
	struct eu_operand acc = { .file = FILE_ARF,
				  .reg = ARF_ACC << 4,
				  .type = inst->dst.type,
				  .width = 1,
				  .vstride = 1 };
	union eu_value sum[EU_LANES];
	u32 i;

	eu_read(t, &acc, inst->lanes, v->kind, sum);
	for (i = 0; i < inst->lanes; i++) {
		if (v->kind == KIND_INT)
			v->out[i].u = t->wide[0][i] + v->src[0][i].u * v->src[1][i].u;
		else if (v->kind == KIND_FLOAT)
			v->out[i].f = sum[i].f + v->src[0][i].f * v->src[1][i].f;
		else
			v->out[i].d = sum[i].d + v->src[0][i].d * v->src[1][i].d;
	}
}

static bool lane_result(const struct eu_inst *inst, struct values *v, u32 i)
{
	s64 ints[3];
	float floats[3];
	double doubles[3];
	u32 n;

	for (n = 0; n < 3; n++) {
		ints[n] = v->src[n][i].i;
		floats[n] = v->src[n][i].f;
		doubles[n] = v->src[n][i].d;
	}
	if (v->kind == KIND_INT)
		return eu_integer(inst, ints, &v->out[i].i);
	if (v->kind == KIND_FLOAT)
		return eu_float(inst, floats, &v->out[i].f);
	return eu_double(inst, doubles, &v->out[i].d);
}

/* flags of a result are those of a comparison with 0, as its type holds it */
static void set_result_flags(struct eu_thread *t, const struct eu_inst *inst, u32 mask,
			     struct values *v)
{
	static const union eu_value zero;
	u32 i, flags = 0;

	for (i = 0; i < inst->lanes; i++) {
		union eu_value one = v->out[i];

		if (v->kind == KIND_INT && !eu_type_float(inst->dst.type))
			one.i = eu_truncate(one.u, inst->dst.type);
		flags |= (u32)compare(v, inst->cond, &one, &zero) << i;
	}
	eu_set_flags(t, inst, mask, flags);
}

static const char *execute_plain(struct eu_thread *t, const struct eu_inst *inst, u32 mask,
				 struct values *v)
{
	u32 i;

	if (inst->op == OP_MAC) {
		execute_mac(t, inst, v);
	} else {
		for (i = 0; i < inst->lanes; i++)
			if (!lane_result(inst, v, i))
				return eu_opcode(inst->op)->name;
	}
	eu_write(t, inst, mask, v->kind, v->wide, v->out);
	if (inst->op == OP_MATH && inst->function >= MATH_INVM)
		eu_set_flags(t, inst, mask, ~0u);
	else if (inst->cond)
		set_result_flags(t, inst, mask, v);
	return NULL;
}

static void execute_fixed(struct eu_thread *t, const struct eu_inst *inst, u32 mask,
			  struct values *v, const char **lacks)
{
	switch (inst->op) {
	case OP_CMP:
	case OP_CMPN:
		execute_cmp(t, inst, mask, v);
		break;
	case OP_SEL:
		execute_sel(t, inst, mask, v);
		break;
	case OP_CSEL:
		execute_csel(t, inst, mask, v);
		break;
	case OP_MACH:
	case OP_MACL:
		execute_mach(t, inst, mask, v);
		break;
	case OP_ADDC:
	case OP_SUBB:
		execute_carry(t, inst, mask, v);
		break;
	default:
		*lacks = execute_plain(t, inst, mask, v);
	}
}

static const int roundings[4] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };

const char *eu_compute(struct eu_thread *t, const struct eu_inst *inst, u32 mask)
{
	u32 i, rounding = CONTROL_ROUNDING(t->control[0]);
	const char *lacks = NULL;
	struct values v;

	if (inst->cond == COND_OVERFLOW)
		return "condition of an overflow";
	if (moves_bits(inst)) {
		move_bits(t, inst, mask);
		return NULL;
	}
	v.kind = kind_of(inst);
	v.wide = v.kind == KIND_INT;
	for (i = 0; i < 3; i++) {
		if (i >= inst->sources) {
			memset(v.src[i], 0, sizeof(v.src[i]));
			continue;
		}
		eu_read(t, &inst->src[i], inst->lanes, v.kind, v.src[i]);
		v.wide &= inst->src[i].type == TYPE_UQ;
	}
	if (rounding)
		fesetround(roundings[rounding]);
	execute_fixed(t, inst, mask, &v, &lacks);
	if (rounding)
		fesetround(FE_TONEAREST);
	return lacks;
}
