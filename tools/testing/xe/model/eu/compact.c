// SPDX-License-Identifier: GPL-2.0
/*
 * Compact instructions: 8 bytes stand for 16. Indices select combinations of bits the compiler uses often; the
 * tables say which. Registers and the low opcode part are there as they are.
 * ref: derived from the expansion of every index by Debian's iga64 -p=2
 */
#include "eu/isa.h"

static u64 bits(u64 word, u32 high, u32 low)
{
	return word >> low & (BIT_ULL(high - low + 1) - 1);
}

/* of native[], bits numbered from 0 to 127; no field lies across the middle */
static void put(u64 native[2], u32 low, u64 value)
{
	native[low / 64] |= value << low % 64;
}

/* execution size (log2), first lane / 8, no mask, predicated, flag, condition, saturate */
static const struct {
	u8 size, first, nomask, pred, flag, cond, sat;
} controls[32] = {
	{ 4, 0, 0, 0, 0, 0, 0 }, { 0, 0, 1, 0, 0, 0, 0 }, { 4, 2, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0, 0 },
	{ 4, 0, 1, 0, 0, 0, 0 }, { 4, 0, 0, 0, 0, 4, 0 }, { 4, 0, 0, 0, 0, 5, 0 }, { 2, 0, 1, 0, 0, 0, 0 },
	{ 5, 0, 0, 0, 0, 0, 0 }, { 3, 0, 1, 0, 0, 0, 0 }, { 0, 0, 1, 0, 0, 3, 0 }, { 4, 0, 0, 0, 0, 0, 1 },
	{ 4, 0, 0, 0, 0, 1, 0 }, { 1, 0, 1, 0, 0, 0, 0 }, { 4, 0, 0, 0, 0, 3, 0 }, { 0, 0, 1, 0, 0, 1, 0 },
	{ 2, 0, 1, 0, 0, 5, 0 }, { 0, 0, 1, 0, 0, 4, 0 }, { 2, 0, 1, 0, 0, 4, 0 }, { 0, 0, 1, 0, 0, 5, 0 },
	{ 4, 0, 0, 0, 0, 2, 0 }, { 4, 0, 0, 1, 4, 0, 0 }, { 3, 0, 1, 0, 0, 5, 0 }, { 4, 0, 0, 1, 3, 0, 0 },
	{ 3, 0, 1, 0, 0, 4, 0 }, { 4, 0, 0, 1, 1, 0, 0 }, { 4, 0, 0, 1, 2, 0, 0 }, { 4, 0, 0, 1, 6, 0, 0 },
	{ 4, 0, 0, 1, 7, 0, 0 }, { 4, 0, 0, 1, 5, 0, 0 }, { 4, 0, 0, 1, 0, 0, 0 }, { 4, 0, 0, 0, 4, 5, 0 },
};

enum { A, G, I }; /* register files */

/* files and types of destination, first and second source; the destination's stride (log2 + 1) */
static const struct {
	u8 dst_file, dst, src0_file, src0, src1_file, src1, stride;
} types[32] = {
	{ G, TYPE_F, G, TYPE_F, G, TYPE_F, 1 }, { A, TYPE_F, G, TYPE_F, G, TYPE_F, 1 },
	{ G, TYPE_F, G, TYPE_F, A, 0, 1 }, { G, TYPE_UD, G, TYPE_UD, A, 0, 1 },
	{ G, TYPE_F, G, TYPE_F, I, TYPE_F, 1 }, { G, TYPE_F, A, TYPE_F, G, TYPE_F, 1 },
	{ G, TYPE_Q, G, TYPE_Q, G, TYPE_Q, 1 }, { A, 0, A, 0, A, 0, 1 },
	{ G, TYPE_F, G, TYPE_F, A, TYPE_F, 1 }, { G, TYPE_UD, I, TYPE_UD, A, 0, 1 },
	{ G, TYPE_D, G, TYPE_D, I, TYPE_W, 1 }, { A, TYPE_F, A, TYPE_F, G, TYPE_F, 1 },
	{ A, TYPE_F, G, TYPE_F, A, TYPE_F, 1 }, { A, TYPE_F, G, TYPE_F, I, TYPE_F, 1 },
	{ G, TYPE_F, I, TYPE_F, A, 0, 1 }, { G, TYPE_D, G, TYPE_D, A, 0, 1 },
	{ G, TYPE_Q, G, TYPE_Q, I, TYPE_W, 1 }, { G, TYPE_UQ, G, TYPE_UQ, A, 0, 1 },
	{ A, TYPE_F, A, TYPE_F, A, TYPE_F, 1 }, { G, TYPE_D, G, TYPE_D, G, TYPE_D, 1 },
	{ G, TYPE_F, A, TYPE_F, A, TYPE_F, 1 }, { G, TYPE_UD, G, TYPE_UD, A, 0, 2 },
	{ G, TYPE_Q, G, TYPE_D, I, TYPE_D, 1 }, { A, TYPE_D, G, TYPE_D, I, TYPE_W, 1 },
	{ G, TYPE_DF, G, TYPE_DF, G, TYPE_DF, 1 }, { G, TYPE_F, A, TYPE_F, I, TYPE_F, 1 },
	{ G, TYPE_UD, G, TYPE_UD, G, TYPE_UD, 1 }, { G, TYPE_UD, A, TYPE_UD, A, 0, 1 },
	{ G, TYPE_UD, G, TYPE_UD, I, TYPE_UW, 1 }, { G, TYPE_D, I, TYPE_W, A, 0, 1 },
	{ A, TYPE_F, A, TYPE_F, I, TYPE_F, 1 }, { A, TYPE_UD, G, TYPE_UD, A, 0, 1 },
};

/* subregisters, in units of two bytes */
static const struct {
	u8 dst, src0;
} subregisters[16] = {
	{ 0, 0 }, { 0, 2 }, { 2, 0 }, { 0, 16 }, { 0, 8 }, { 4, 0 }, { 0, 4 }, { 0, 20 },
	{ 0, 24 }, { 0, 6 }, { 8, 0 }, { 0, 26 }, { 0, 12 }, { 0, 28 }, { 0, 22 }, { 0, 18 },
};

/* vertical stride and width as encoded, modifiers (1 absolute, 2 negated) */
static const struct {
	u8 vstride, width, modifiers;
} src0s[8] = {
	{ 1, 0, 0 }, { 0, 0, 0 }, { 2, 0, 0 }, { 1, 0, 2 }, { 3, 0, 0 }, { 1, 0, 1 }, { 0, 0, 2 }, { 2, 2, 0 },
};

static const struct {
	u8 vstride, modifiers, sub;
} src1s[16] = {
	{ 1, 0, 0 }, { 0, 0, 0 }, { 1, 2, 0 }, { 0, 0, 4 }, { 0, 0, 2 }, { 0, 0, 6 }, { 0, 0, 20 }, { 0, 0, 16 },
	{ 0, 0, 8 }, { 0, 0, 30 }, { 0, 0, 14 }, { 0, 0, 10 }, { 0, 0, 22 }, { 0, 0, 18 }, { 0, 0, 28 }, { 0, 0, 12 },
};

/* 12 bits, as the type has them */
static u64 immediate(u64 compact, u8 type)
{
	u32 raw = bits(compact, 63, 52), extended = raw | (raw & 0x800 ? 0xfffff000 : 0);

	switch (type) {
	case TYPE_F:
		return raw << 20;
	case TYPE_W:
		return (extended & 0xffff) * 0x10001u;
	case TYPE_UW:
		return raw * 0x10001u;
	case TYPE_D:
		return extended;
	default:
		return raw;
	}
}

/* at the same place in both forms: opcode and dependencies */
#define COMMON 0x3ffffu

static bool expand_basic(u64 compact, u64 native[2])
{
	u32 control = bits(compact, 22, 18), sub = bits(compact, 51, 48), src0 = bits(compact, 25, 23);
	u32 type = bits(compact, 28, 26) | bits(compact, 31, 30) << 3, src1 = bits(compact, 55, 52);

	put(native, 18, controls[control].size);
	put(native, 21, controls[control].flag);
	put(native, 24, controls[control].first);
	put(native, 26, controls[control].pred);
	put(native, 31, controls[control].nomask);
	put(native, 34, controls[control].sat);
	put(native, 92, controls[control].cond);
	put(native, 36, types[type].dst);
	put(native, 40, types[type].src0);
	put(native, 46, types[type].src0_file == I);
	put(native, 47, types[type].src1_file == I);
	put(native, 48, types[type].stride);
	put(native, 50, types[type].dst_file == G);
	put(native, 51, subregisters[sub].dst);
	put(native, 56, bits(compact, 39, 32));
	if (types[type].src0_file == I) {
		put(native, 96, immediate(compact, types[type].src0));
		return true;
	}
	put(native, 44, src0s[src0].modifiers);
	put(native, 66, types[type].src0_file == G);
	put(native, 67, subregisters[sub].src0);
	put(native, 72, bits(compact, 47, 40));
	put(native, 81, src0s[src0].width);
	put(native, 84, src0s[src0].vstride);
	put(native, 88, types[type].src1);
	if (types[type].src1_file == I) {
		put(native, 96, immediate(compact, types[type].src1));
		return true;
	}
	put(native, 98, types[type].src1_file == G);
	put(native, 99, src1s[src1].sub);
	put(native, 104, bits(compact, 63, 56));
	put(native, 116, src1s[src1].vstride);
	put(native, 120, src1s[src1].modifiers);
	return true;
}

static const struct {
	u8 dst_file, type, size, first, nomask, sat;
} controls3[16] = {
	{ G, TYPE_F, 4, 0, 0, 0 }, { A, TYPE_F, 4, 0, 0, 0 }, { G, TYPE_F, 4, 0, 1, 0 }, { A, TYPE_F, 4, 0, 1, 0 },
	{ G, TYPE_DF, 4, 0, 0, 0 }, { G, TYPE_DF, 4, 2, 0, 0 }, { A, TYPE_DF, 4, 0, 0, 0 }, { G, TYPE_F, 5, 0, 0, 0 },
	{ A, TYPE_F, 5, 0, 0, 0 }, { A, TYPE_F, 4, 0, 0, 1 }, { G, TYPE_F, 4, 0, 0, 1 }, { A, TYPE_DF, 4, 2, 0, 0 },
	{ G, TYPE_F, 0, 0, 1, 0 }, { G, TYPE_UD, 4, 0, 0, 0 }, { G, TYPE_D, 5, 0, 0, 0 }, { A, TYPE_DF, 3, 0, 0, 0 },
};

/* files of the three sources, whether each advances with the lane, modifiers of the second and third */
static const struct {
	u8 file[3], step[3], modifiers1, modifiers2;
} sources3[16] = {
	{ { G, G, G }, { 1, 1, 1 }, 0, 0 }, { { A, G, G }, { 1, 1, 1 }, 0, 0 },
	{ { G, G, G }, { 0, 1, 0 }, 0, 0 }, { { A, G, G }, { 1, 1, 0 }, 0, 0 },
	{ { G, G, G }, { 1, 1, 0 }, 0, 0 }, { { G, A, G }, { 0, 1, 0 }, 0, 0 },
	{ { G, A, G }, { 1, 1, 0 }, 0, 0 }, { { G, G, G }, { 1, 1, 1 }, 0, 2 },
	{ { G, A, G }, { 1, 1, 1 }, 0, 0 }, { { A, A, G }, { 1, 1, 1 }, 0, 0 },
	{ { A, A, G }, { 1, 1, 0 }, 0, 0 }, { { G, G, G }, { 0, 0, 0 }, 0, 0 },
	{ { G, G, G }, { 1, 0, 0 }, 0, 0 }, { { A, G, G }, { 1, 1, 1 }, 0, 2 },
	{ { G, G, G }, { 1, 1, 0 }, 2, 0 }, { { A, G, G }, { 1, 1, 0 }, 2, 0 },
};

/* subregisters of the three sources, in units of two bytes; the destination has none */
static const u8 subregisters3[32][3] = {
	{ 0, 0, 0 }, { 0, 0, 4 }, { 0, 0, 16 }, { 0, 0, 2 }, { 0, 0, 28 }, { 0, 0, 10 }, { 0, 0, 22 }, { 6, 0, 8 },
	{ 0, 0, 12 }, { 0, 0, 20 }, { 0, 0, 24 }, { 0, 0, 8 }, { 12, 0, 14 }, { 18, 0, 20 }, { 24, 0, 26 },
	{ 0, 0, 14 }, { 0, 0, 30 }, { 0, 0, 18 }, { 0, 0, 6 }, { 4, 0, 4 }, { 2, 0, 2 }, { 6, 0, 6 }, { 0, 0, 26 },
	{ 2, 0, 0 }, { 0, 22, 0 }, { 0, 16, 0 }, { 4, 0, 0 }, { 24, 0, 0 }, { 26, 0, 0 }, { 0, 26, 0 },
	{ 16, 0, 0 }, { 30, 0, 0 },
};

static bool expand_ternary(u64 compact, u64 native[2])
{
	u32 control = bits(compact, 21, 18), source = bits(compact, 25, 22);
	u32 sub = bits(compact, 28, 26) | bits(compact, 31, 30) << 3, type = controls3[control].type;

	put(native, 18, controls3[control].size);
	put(native, 24, controls3[control].first);
	put(native, 31, controls3[control].nomask);
	put(native, 34, controls3[control].sat);
	put(native, 36, type);
	put(native, 40, type & 7);
	put(native, 80, type & 7);
	put(native, 88, type & 7);
	put(native, 50, controls3[control].dst_file == G);
	put(native, 56, bits(compact, 39, 32));
	put(native, 35, sources3[source].step[0]);
	put(native, 83, sources3[source].step[1]);
	put(native, 112, sources3[source].step[2]);
	put(native, 66, sources3[source].file[0] == G);
	put(native, 98, sources3[source].file[1] == G);
	put(native, 114, sources3[source].file[2] == G);
	put(native, 86, sources3[source].modifiers1);
	put(native, 84, sources3[source].modifiers2);
	put(native, 67, subregisters3[sub][0]);
	put(native, 99, subregisters3[sub][1]);
	put(native, 115, subregisters3[sub][2]);
	put(native, 72, bits(compact, 47, 40));
	put(native, 104, bits(compact, 63, 56));
	put(native, 120, bits(compact, 55, 48));
	return true;
}

bool eu_expand(u64 compact, u64 native[2])
{
	const struct eu_opcode_row *row = eu_opcode(compact & 0x7f);

	native[0] = compact & COMMON;
	native[1] = 0;
	if (!row)
		return false;
	if (row->format == FORMAT_BASIC)
		return expand_basic(compact, native);
	if (row->format == FORMAT_TERNARY)
		return expand_ternary(compact, native);
	return false;
}
