// SPDX-License-Identifier: GPL-2.0
/*
 * Registers are read and written here and nowhere else. An address beyond a register file wraps around in it:
 * the guest may put any number into an instruction.
 */
#include <math.h>
#include <string.h>

#include "eu/operand.h"

#define GRF_MASK (EU_GRFS * EU_GRF_BYTES - 1)

enum eu_kind eu_type_kind(u8 type)
{
	if (type == TYPE_DF)
		return KIND_DOUBLE;
	return eu_type_float(type) ? KIND_FLOAT : KIND_INT;
}

static u32 bits_of(float value)
{
	u32 bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static float float_of(u32 bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

u32 eu_half_to_float(u16 half)
{
	u32 sign = (u32)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ff;

	if (exponent == 31)
		return sign | 0x7f800000 | fraction << 13;
	if (exponent)
		return sign | (exponent + 112) << 23 | fraction << 13;
	return sign | bits_of((float)fraction * 0x1p-24f);
}

u16 eu_float_to_half(float value)
{
	u32 bits = bits_of(value), sign = bits >> 16 & 0x8000;
	float size = float_of(bits & 0x7fffffff);

	if (size != size)
		return sign | 0x7e00 | (bits >> 13 & 0x3ff);
	if (size >= 65520.0f)
		return sign | 0x7c00;
	if (size < 0x1p-14f)
		return sign | (u32)nearbyintf(size * 0x1p24f);
	/* to eleven bits: the sum pushes the rest out, rounded to even */
	bits = bits_of(size);
	bits += 0xfff + (bits >> 13 & 1);
	return sign | ((bits >> 13) - (112u << 10));
}

static u16 float_to_bfloat(float value)
{
	u32 bits = bits_of(value);

	if (value != value)
		return bits >> 16 | 0x40;
	return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* the bytes of a register that is not of the large file, and their number, a power of two; NULL: none there */
static u8 *arf(struct eu_thread *t, u8 reg, u32 *base, u32 *size)
{
	u32 number = reg & 15;

	*base = 0;
	*size = 64;
	switch (reg >> 4) {
	case ARF_ADDRESS:
		return t->address;
	case ARF_ACC:
		*base = number * EU_GRF_BYTES;
		*size = sizeof(t->acc);
		return t->acc;
	case ARF_FLAG:
		*base = number * 4;
		return (u8 *)t->flags;
	case ARF_MASK:
		return (u8 *)t->mask;
	case ARF_STATE:
		return (u8 *)t->status;
	case ARF_CONTROL:
		return (u8 *)t->control;
	case ARF_NULL:
		return NULL;
	default:
		return (u8 *)t->other;
	}
}

/* where lane i of a source begins, in its register file */
static u32 place(const struct eu_thread *t, const struct eu_operand *o, u32 size, u32 i)
{
	u32 row = i / o->width, column = i % o->width;
	u16 address;

	if (!o->indirect)
		return o->reg * EU_GRF_BYTES + o->sub +
		       (row * o->vstride + column * o->hstride) * size;
	memcpy(&address, t->address + (o->addr + (o->each ? row : 0)) % 32 * 2, sizeof(address));
	return address + o->offset +
	       ((o->each ? 0 : row * o->vstride) + column * o->hstride) * size;
}

static u64 load(const struct eu_thread *t, const struct eu_operand *o, u32 size, u32 i)
{
	u32 base, room, at = place(t, o, size, i);
	u64 value = 0;
	const u8 *from;

	if (o->file == FILE_GRF) {
		at &= GRF_MASK & ~(size - 1);
		memcpy(&value, t->grf + at, size);
		return value;
	}
	from = arf((struct eu_thread *)t, o->reg, &base, &room);
	if (!from)
		return 0;
	at = (at - o->reg * EU_GRF_BYTES + base) & (room - 1) & ~(size - 1);
	memcpy(&value, from + at, size);
	return value;
}

/* packed vectors: eight of four bits, or four floats of eight bits */
static u64 unpack(const struct eu_operand *o, u32 i)
{
	u32 nibble = o->imm >> i % 8 * 4 & 15, byte = o->imm >> i % 4 * 8 & 255;

	if (o->type == TYPE_IMM_UV)
		return nibble;
	if (o->type == TYPE_IMM_V)
		return nibble & 8 ? nibble - 16 : nibble;
	if (!(byte & 0x7f))
		return (u32)byte << 24;
	return (byte & 0x80u) << 24 | ((byte >> 4 & 7) + 124) << 23 | (byte & 15) << 19;
}

s64 eu_truncate(u64 value, u8 type)
{
	switch (type) {
	case TYPE_UB:
		return (u8)value;
	case TYPE_B:
		return (s8)value;
	case TYPE_UW:
		return (u16)value;
	case TYPE_W:
		return (s16)value;
	case TYPE_UD:
		return (u32)value;
	case TYPE_D:
		return (s32)value;
	default:
		return (s64)value;
	}
}

/* numbers too small to be normal count as 0 unless the thread wants them */
static bool flushes(const struct eu_thread *t, u8 type)
{
	u32 keep = type == TYPE_DF ? CONTROL_DENORM_DF :
		   type == TYPE_HF ? CONTROL_DENORM_HF :
				     CONTROL_DENORM_F;

	return !(t->control[0] & keep);
}

static float flush_float(float value)
{
	return value < 0x1p-126f && value > -0x1p-126f ? copysignf(0, value) : value;
}

static double flush_double(double value)
{
	return value < 0x1p-1022 && value > -0x1p-1022 ? copysign(0, value) : value;
}

/* of a floating type, as float; half floats too small to be normal are kept */
static float as_float(const struct eu_thread *t, u8 type, u64 raw)
{
	float value;

	if (type == TYPE_HF)
		return float_of(eu_half_to_float(raw));
	value = float_of(type == TYPE_BF ? (u32)raw << 16 : (u32)raw);
	return flushes(t, type) ? flush_float(value) : value;
}

static double as_double(const struct eu_thread *t, u8 type, u64 raw)
{
	double value;

	if (type != TYPE_DF)
		return as_float(t, type, raw);
	memcpy(&value, &raw, sizeof(value));
	return flushes(t, type) ? flush_double(value) : value;
}

static void modify(const struct eu_operand *o, enum eu_kind kind, union eu_value *v)
{
	if (kind == KIND_INT) {
		if (o->abs && v->i < 0)
			v->u = -v->u;
		if (o->neg)
			v->u = -v->u;
	} else if (kind == KIND_FLOAT) {
		if (o->abs)
			v->f = fabsf(v->f);
		if (o->neg)
			v->f = -v->f;
	} else {
		if (o->abs)
			v->d = fabs(v->d);
		if (o->neg)
			v->d = -v->d;
	}
}

static void convert_source(const struct eu_thread *t, u8 type, u64 raw, enum eu_kind kind,
			   union eu_value *v)
{
	bool real = eu_type_float(type);

	if (kind == KIND_INT)
		v->i = real ? (s64)raw : eu_truncate(raw, type);
	else if (kind == KIND_FLOAT)
		v->f = real ? as_float(t, type, raw) : (float)eu_truncate(raw, type);
	else
		v->d = real ? as_double(t, type, raw) : (double)eu_truncate(raw, type);
}

static bool is_vector(const struct eu_operand *src)
{
	return src->file == FILE_IMM && (src->type == TYPE_IMM_UV || src->type == TYPE_IMM_V ||
					 src->type == TYPE_IMM_VF);
}

static u64 raw_source(const struct eu_thread *t, const struct eu_operand *src, u32 size, u32 i)
{
	if (is_vector(src))
		return unpack(src, i);
	return src->file == FILE_IMM ? src->imm : load(t, src, size, i);
}

/* every lane has the same */
static bool is_scalar(const struct eu_operand *src)
{
	if (src->file == FILE_IMM)
		return !is_vector(src);
	return !src->indirect && !src->vstride && !src->hstride;
}

void eu_read(const struct eu_thread *t, const struct eu_operand *src, u32 lanes, enum eu_kind kind,
	     union eu_value *out)
{
	u32 i, size = eu_type_bytes(src->type);
	bool scalar = is_scalar(src);
	u8 type = src->type;

	if (is_vector(src))
		type = src->type == TYPE_IMM_VF ? TYPE_F : TYPE_Q;
	for (i = 0; i < lanes; i++) {
		if (i && scalar) {
			out[i] = out[0];
			continue;
		}
		convert_source(t, type, raw_source(t, src, size, i), kind, &out[i]);
		if (src->abs || src->neg)
			modify(src, kind, &out[i]);
	}
}

static s64 clamp(double value, u8 type)
{
	static const double limits[8][2] = {
		{ 0, 255 }, { 0, 65535 }, { 0, 4294967295.0 }, { 0, 0x1p64 },
		{ -128, 127 }, { -32768, 32767 }, { -0x1p31, 2147483647.0 }, { -0x1p63, 0x1p63 },
	};

	if (value != value)
		return 0;
	if (value <= limits[type & 7][0])
		return type == TYPE_Q ? INT64_MIN : (s64)limits[type & 7][0];
	if (value >= limits[type & 7][1])
		return type == TYPE_Q ? INT64_MAX : type == TYPE_UQ ? -1 : (s64)limits[type & 7][1];
	return type == TYPE_UQ ? (s64)(u64)value : (s64)value;
}

static s64 clamp_int(s64 value, bool wide, u8 type)
{
	u32 bits = 8 * eu_type_bytes(type);
	bool has_sign = eu_type_signed(type);
	s64 most = bits == 64 ? INT64_MAX : (s64)(BIT_ULL(bits - has_sign) - 1);

	if (bits == 64 && has_sign == !wide)
		return value;
	if (wide && value < 0)
		return bits == 64 && !has_sign ? value : most;
	if (!has_sign && value < 0)
		return 0;
	if (has_sign && value < -most - 1)
		return -most - 1;
	return bits < 64 && value > most ? most : value;
}

/* a result as an integer of the destination's type */
static u64 to_int(const struct eu_inst *inst, enum eu_kind kind, bool wide, const union eu_value *v)
{
	if (kind == KIND_INT)
		return inst->saturate ? clamp_int(v->i, wide, inst->dst.type) : v->i;
	return clamp(kind == KIND_FLOAT ? (double)v->f : v->d, inst->dst.type);
}

static double unit(double value)
{
	return value > 1 ? 1 : value > 0 ? value : 0;
}

static u64 to_double(const struct eu_thread *t, const struct eu_inst *inst, enum eu_kind kind,
		     bool wide, const union eu_value *v)
{
	double value = v->d;
	u64 raw;

	if (kind == KIND_INT)
		value = wide ? (double)v->u : (double)v->i;
	else if (kind == KIND_FLOAT)
		value = v->f;
	if (inst->saturate)
		value = unit(value);
	if (flushes(t, TYPE_DF))
		value = flush_double(value);
	memcpy(&raw, &value, sizeof(raw));
	return raw;
}

static u64 to_float(const struct eu_thread *t, const struct eu_inst *inst, enum eu_kind kind,
		    bool wide, const union eu_value *v)
{
	float value = v->f;

	if (kind == KIND_INT)
		value = wide ? (float)v->u : (float)v->i;
	else if (kind == KIND_DOUBLE)
		value = (float)v->d;
	if (inst->saturate)
		value = unit(value);
	if (inst->dst.type == TYPE_HF)
		return eu_float_to_half(value);
	if (flushes(t, TYPE_F))
		value = flush_float(value);
	return inst->dst.type == TYPE_BF ? float_to_bfloat(value) : bits_of(value);
}

/* where the destination's lane begins, inside of its register file; NULL: nowhere */
static u8 *target(struct eu_thread *t, const struct eu_operand *dst, u32 size, u32 i)
{
	u32 at, base, room;
	u16 address;
	u8 *to;

	if (dst->indirect) {
		memcpy(&address, t->address + dst->addr % 32 * 2, sizeof(address));
		at = address + dst->offset + i * dst->hstride * size;
		return t->grf + (at & GRF_MASK & ~(size - 1));
	}
	at = dst->sub + i * dst->hstride * size;
	if (dst->file == FILE_GRF)
		return t->grf + ((dst->reg * EU_GRF_BYTES + at) & GRF_MASK & ~(size - 1));
	to = arf(t, dst->reg, &base, &room);
	return to ? to + ((base + at) & (room - 1) & ~(size - 1)) : NULL;
}

void eu_write(struct eu_thread *t, const struct eu_inst *inst, u32 mask, enum eu_kind kind,
	      bool wide, const union eu_value *values)
{
	const struct eu_operand *dst = &inst->dst;
	bool acc = dst->file == FILE_ARF && dst->reg >> 4 == ARF_ACC && !dst->indirect &&
		   kind == KIND_INT;
	u32 i, size = eu_type_bytes(dst->type);
	u64 raw;
	u8 *to;

	if (dst->file == FILE_ARF && dst->reg >> 4 == ARF_NULL && !dst->indirect)
		return;
	for (i = 0; i < inst->lanes; i++) {
		if (!(mask >> i & 1))
			continue;
		if (!eu_type_float(dst->type))
			raw = to_int(inst, kind, wide, &values[i]);
		else if (dst->type == TYPE_DF)
			raw = to_double(t, inst, kind, wide, &values[i]);
		else
			raw = to_float(t, inst, kind, wide, &values[i]);
		to = target(t, dst, size, i);
		if (to)
			memcpy(to, &raw, size);
		if (acc)
			t->wide[dst->reg % EU_ACCS][i] = raw;
	}
}

u32 eu_flags(const struct eu_thread *t, const struct eu_inst *inst)
{
	return (u64)t->flags[inst->flag >> 1] >> (16 * (inst->flag & 1) + inst->first);
}

void eu_set_flags(struct eu_thread *t, const struct eu_inst *inst, u32 mask, u32 flags)
{
	u32 shift = 16 * (inst->flag & 1) + inst->first, *word = &t->flags[inst->flag >> 1];
	u32 where = (u64)mask << shift;

	*word = (*word & ~where) | ((u32)((u64)flags << shift) & where);
}
