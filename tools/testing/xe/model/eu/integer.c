// SPDX-License-Identifier: GPL-2.0
/* Operations on integers, one lane at a time. Sources are extended to 64 bits. */
#include "eu/integer.h"

static u64 low(u64 value, u32 bits)
{
	return bits >= 64 ? value : value & (BIT_ULL(bits) - 1);
}

static u32 src_bits(const struct eu_inst *inst, u32 i)
{
	return 8 * eu_type_bytes(inst->src[i].type);
}

/* 64-bit operands have shift counts of six bits, all others of five */
static u32 shift_count(const struct eu_inst *inst, s64 count)
{
	bool wide = src_bits(inst, 0) == 64 || eu_type_bytes(inst->dst.type) == 8;

	return count & (wide ? 63 : 31);
}

static u64 rotate(const struct eu_inst *inst, u64 value, s64 count, bool left)
{
	u32 bits = src_bits(inst, 0), by = count & (bits - 1);

	value = low(value, bits);
	if (!left)
		by = (bits - by) & (bits - 1);
	return by ? low(value << by, bits) | value >> (bits - by) : value;
}

/* of 32 bits: counted from the top, first that differs from the sign where the type has one; ~0: none */
static u32 first_high(const struct eu_inst *inst, u32 value)
{
	if (eu_type_signed(inst->src[0].type) && value & 0x80000000)
		value = ~value;
	return value ? (u32)__builtin_clz(value) : ~0u;
}

static u32 reversed(u32 value)
{
	u32 i, out = 0;

	for (i = 0; i < 32; i++)
		out |= (value >> i & 1) << (31 - i);
	return out;
}

/* a bits at b of c */
static s64 extract(const struct eu_inst *inst, const s64 *a)
{
	u32 width = a[0] & 31, offset = a[1] & 31;
	u32 value = (u32)a[2] >> offset;

	if (!width)
		return 0;
	value &= BIT(width) - 1;
	if (eu_type_signed(inst->src[2].type) && width + offset <= 32 && value >> (width - 1) & 1)
		value |= ~(BIT(width) - 1);
	return (s32)value;
}

static s64 insert(const s64 *a)
{
	u32 mask = a[0], offset = mask ? __builtin_ctz(mask) : 0;

	return (s32)(((u32)a[1] << offset & mask) | ((u32)a[2] & ~mask));
}

static u64 boolean(const struct eu_inst *inst, const s64 *a)
{
	u64 out = 0;
	u32 i;

	for (i = 0; i < 8; i++)
		if (inst->function >> i & 1)
			out |= (i & 1 ? a[0] : ~a[0]) & (i & 2 ? a[1] : ~a[1]) & (i & 4 ? a[2] : ~a[2]);
	return out;
}

static s64 dot(const struct eu_inst *inst, const s64 *a)
{
	bool sign1 = eu_type_signed(inst->src[1].type), sign2 = eu_type_signed(inst->src[2].type);
	u64 sum = a[0];
	u32 i;

	for (i = 0; i < 32; i += 8)
		sum += (sign1 ? (s8)(a[1] >> i) : (s64)(u8)(a[1] >> i)) *
		       (sign2 ? (s8)(a[2] >> i) : (s64)(u8)(a[2] >> i));
	return sum;
}

static bool logic(const struct eu_inst *inst, const s64 *a, s64 *result)
{
	u32 bits = src_bits(inst, 0);
	/* here the modifier means the complement, and has been applied as a sign */
	s64 x = inst->src[0].neg ? ~-(u64)a[0] : (u64)a[0], y = inst->src[1].neg ? ~-(u64)a[1] : (u64)a[1];

	switch (inst->op) {
	case OP_NOT: *result = ~x; return true;
	case OP_AND: *result = x & y; return true;
	case OP_OR: *result = x | y; return true;
	case OP_XOR: *result = x ^ y; return true;
	case OP_SHL: *result = (u64)a[0] << shift_count(inst, a[1]); return true;
	case OP_SHR: *result = low(a[0], bits) >> shift_count(inst, a[1]); return true;
	case OP_ASR: *result = a[0] >> shift_count(inst, a[1]); return true;
	case OP_ROL: *result = rotate(inst, a[0], a[1], true); return true;
	case OP_ROR: *result = rotate(inst, a[0], a[1], false); return true;
	case OP_BFN: *result = boolean(inst, a); return true;
	case OP_BFE: *result = extract(inst, a); return true;
	case OP_BFI1: *result = (s32)((u32)low(~0ul, a[0] & 31) << (a[1] & 31)); return true;
	case OP_BFI2: *result = insert(a); return true;
	case OP_BFREV: *result = reversed(a[0]); return true;
	case OP_CBIT: *result = __builtin_popcountl(low(a[0], bits)); return true;
	case OP_LZD: *result = (u32)a[0] ? __builtin_clz((u32)a[0]) : 32; return true;
	case OP_FBH: *result = first_high(inst, a[0]); return true;
	case OP_FBL: *result = (u32)a[0] ? (u32)__builtin_ctz((u32)a[0]) : ~0u; return true;
	}
	return false;
}

bool eu_integer(const struct eu_inst *inst, const s64 *a, s64 *result)
{
	const u64 x = a[0], y = a[1], z = a[2];

	switch (inst->op) {
	case OP_MOV: *result = x; return true;
	case OP_ADD: *result = x + y; return true;
	case OP_ADD3: *result = x + y + z; return true;
	case OP_MUL: *result = x * y; return true;
	case OP_MAD: *result = x + y * z; return true;
	case OP_AVG: *result = (s64)(x + y + 1) >> 1; return true;
	case OP_DP4A: *result = dot(inst, a); return true;
	}
	return logic(inst, a, result);
}

bool eu_condition_int(u8 cond, s64 a, s64 b)
{
	switch (cond) {
	case COND_EQ:
		return a == b;
	case COND_NE:
		return a != b;
	case COND_GT:
		return a > b;
	case COND_GE:
		return a >= b;
	case COND_LT:
		return a < b;
	case COND_LE:
		return a <= b;
	}
	return false;
}
