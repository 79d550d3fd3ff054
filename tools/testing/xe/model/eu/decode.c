// SPDX-License-Identifier: GPL-2.0
/*
 * From 16 bytes to an instruction. The scoreboard's fields are ignored: instructions end in the
 * order they are in. Nothing here judges whether hardware would take a combination of operands.
 * ref: encodings by Debian's iga64 (libigc2-tools, -p=2)
 */
#include <string.h>

#include "eu/isa.h"

#define ROW(code, num, form, known, text)                                                          \
	[OP_##code] = { .op = OP_##code, .sources = num, .format = FORMAT_##form,                  \
			.implemented = known, .name = text }

static const struct eu_opcode_row rows[128] = {
	ROW(ILLEGAL, 0, NONE, false, "illegal"),
	ROW(SYNC, 1, BASIC, true, "sync"),
	ROW(JMPI, 1, JUMP, true, "jmpi"),
	ROW(BRD, 1, JUMP, false, "brd"),
	ROW(IF, 0, JUMP2, true, "if"),
	ROW(BRC, 1, JUMP2, false, "brc"),
	ROW(ELSE, 0, JUMP2, true, "else"),
	ROW(ENDIF, 0, JUMP, true, "endif"),
	ROW(WHILE, 0, JUMP, true, "while"),
	ROW(BREAK, 0, JUMP2, true, "break"),
	ROW(CONT, 0, JUMP2, true, "cont"),
	ROW(HALT, 0, JUMP2, true, "halt"),
	ROW(CALLA, 1, JUMP, false, "calla"),
	ROW(CALL, 1, JUMP, true, "call"),
	ROW(RET, 1, JUMP, true, "ret"),
	ROW(GOTO, 0, JUMP2, true, "goto"),
	ROW(JOIN, 0, JUMP, true, "join"),
	ROW(SEND, 2, SEND, true, "send"),
	ROW(SENDC, 2, SEND, true, "sendc"),
	ROW(MATH, 2, BASIC, true, "math"),
	ROW(ADD, 2, BASIC, true, "add"),
	ROW(MUL, 2, BASIC, true, "mul"),
	ROW(AVG, 2, BASIC, true, "avg"),
	ROW(FRC, 1, BASIC, true, "frc"),
	ROW(RNDU, 1, BASIC, true, "rndu"),
	ROW(RNDD, 1, BASIC, true, "rndd"),
	ROW(RNDE, 1, BASIC, true, "rnde"),
	ROW(RNDZ, 1, BASIC, true, "rndz"),
	ROW(MAC, 2, BASIC, true, "mac"),
	ROW(MACH, 2, BASIC, true, "mach"),
	ROW(LZD, 1, BASIC, true, "lzd"),
	ROW(FBH, 1, BASIC, true, "fbh"),
	ROW(FBL, 1, BASIC, true, "fbl"),
	ROW(CBIT, 1, BASIC, true, "cbit"),
	ROW(ADDC, 2, BASIC, true, "addc"),
	ROW(SUBB, 2, BASIC, true, "subb"),
	ROW(ADD3, 3, TERNARY, true, "add3"),
	ROW(MACL, 2, BASIC, true, "macl"),
	ROW(SRND, 2, BASIC, false, "srnd"),
	ROW(DP4A, 3, TERNARY, true, "dp4a"),
	ROW(DPAS, 3, TERNARY, false, "dpas"),
	ROW(MAD, 3, TERNARY, true, "mad"),
	ROW(MADM, 3, TERNARY, true, "madm"),
	ROW(NOP, 0, NONE, true, "nop"),
	ROW(MOV, 1, BASIC, true, "mov"),
	ROW(SEL, 2, BASIC, true, "sel"),
	ROW(MOVI, 2, BASIC, false, "movi"),
	ROW(NOT, 1, BASIC, true, "not"),
	ROW(AND, 2, BASIC, true, "and"),
	ROW(OR, 2, BASIC, true, "or"),
	ROW(XOR, 2, BASIC, true, "xor"),
	ROW(SHR, 2, BASIC, true, "shr"),
	ROW(SHL, 2, BASIC, true, "shl"),
	ROW(BFN, 3, TERNARY, true, "bfn"),
	ROW(ASR, 2, BASIC, true, "asr"),
	ROW(ROR, 2, BASIC, true, "ror"),
	ROW(ROL, 2, BASIC, true, "rol"),
	ROW(CMP, 2, BASIC, true, "cmp"),
	ROW(CMPN, 2, BASIC, true, "cmpn"),
	ROW(CSEL, 3, TERNARY, true, "csel"),
	ROW(BFREV, 1, BASIC, true, "bfrev"),
	ROW(BFE, 3, TERNARY, true, "bfe"),
	ROW(BFI1, 2, BASIC, true, "bfi1"),
	ROW(BFI2, 3, TERNARY, true, "bfi2"),
};

const struct eu_opcode_row *eu_opcode(u8 op)
{
	return op < ARRAY_SIZE(rows) && rows[op].name ? &rows[op] : NULL;
}

u32 eu_type_bytes(u8 type)
{
	static const u8 bytes[16] = { 1, 2, 4, 8, 1, 2, 4, 8, 4, 2, 4, 8, 1, 2, 1, 1 };

	return bytes[type & 15];
}

bool eu_type_float(u8 type)
{
	return type >= TYPE_IMM_VF;
}

bool eu_type_signed(u8 type)
{
	return type >= TYPE_B;
}

u32 eu_length(u64 first)
{
	return first & BIT(29) ? EU_COMPACT_BYTES : EU_NATIVE_BYTES;
}

/* bits numbered from 0 to 127; no field lies across the middle */
static u32 field(const u64 bits[2], u32 high, u32 low)
{
	return bits[low / 64] >> low % 64 & (BIT_ULL(high - low + 1) - 1);
}

static bool flag(const u64 bits[2], u32 bit)
{
	return field(bits, bit, bit);
}

static u8 stride(u32 code)
{
	return code ? 1 << (code - 1) : 0;
}

/* an offset of 11 bits, the last of which lies elsewhere */
static s16 offset_of(u32 high, u32 low)
{
	u32 raw = high << 1 | low;

	return raw & 0x400 ? (s16)(raw - 0x800) : (s16)raw;
}

static void decode_dst(const u64 bits[2], struct eu_operand *dst)
{
	dst->type = field(bits, 39, 36);
	dst->hstride = stride(field(bits, 49, 48));
	dst->file = FILE_GRF;
	if (flag(bits, 35)) {
		dst->indirect = true;
		dst->addr = field(bits, 63, 60);
		dst->offset = offset_of(field(bits, 59, 50), flag(bits, 33));
		return;
	}
	dst->file = flag(bits, 50) ? FILE_GRF : FILE_ARF;
	dst->sub = field(bits, 55, 51) << 1 | flag(bits, 33);
	dst->reg = field(bits, 63, 56);
}

/* base: 64 or 96 */
static void decode_src(const u64 bits[2], u32 base, struct eu_operand *src)
{
	u32 vstride = field(bits, base + 22, base + 20);

	src->hstride = stride(field(bits, base + 1, base));
	src->width = 1 << field(bits, base + 19, base + 17);
	src->vstride = stride(vstride);
	src->file = FILE_GRF;
	if (flag(bits, base + 16)) {
		src->indirect = true;
		src->each = vstride == 7;
		src->addr = field(bits, base + 15, base + 12);
		src->offset = offset_of(field(bits, base + 11, base + 2), flag(bits, base + 23));
		return;
	}
	src->file = flag(bits, base + 2) ? FILE_GRF : FILE_ARF;
	src->sub = field(bits, base + 7, base + 3) << 1 | flag(bits, base + 23);
	src->reg = field(bits, base + 15, base + 8);
}

static void decode_imm(const u64 bits[2], struct eu_operand *src)
{
	src->file = FILE_IMM;
	src->imm = bits[1] >> 32;
	if (eu_type_bytes(src->type) == 8)
		src->imm |= bits[1] << 32;
}

/* of the macros for division and roots the subregister is the number of an accumulator */
static void forget_macro(struct eu_inst *inst)
{
	u32 i;

	if (inst->op != OP_MADM && (inst->op != OP_MATH || inst->function < MATH_INVM))
		return;
	inst->dst.sub = 0;
	for (i = 0; i < inst->sources; i++)
		inst->src[i].sub = 0;
}

static void decode_basic(const u64 bits[2], struct eu_inst *inst)
{
	inst->cond = field(bits, 95, 92);
	inst->saturate = flag(bits, 34);
	decode_dst(bits, &inst->dst);
	inst->src[0].type = field(bits, 43, 40);
	inst->src[0].abs = flag(bits, 44);
	inst->src[0].neg = flag(bits, 45);
	if (flag(bits, 46)) {
		decode_imm(bits, &inst->src[0]);
		/* one of 64 bits lies where the condition would be */
		if (eu_type_bytes(inst->src[0].type) == 8)
			inst->cond = COND_NONE;
	} else {
		decode_src(bits, 64, &inst->src[0]);
		inst->src[1].type = field(bits, 91, 88);
		inst->src[1].abs = flag(bits, 120);
		inst->src[1].neg = flag(bits, 121);
		if (flag(bits, 47)) {
			inst->src[1].abs = inst->src[1].neg = false;
			decode_imm(bits, &inst->src[1]);
		} else {
			decode_src(bits, 96, &inst->src[1]);
		}
	}
	if (inst->op != OP_MATH && inst->op != OP_SYNC)
		return;
	inst->function = inst->cond;
	inst->cond = COND_NONE;
	if (inst->function != MATH_INVM)
		inst->sources = 1;
}

static void decode_src3(const u64 bits[2], u32 base, u32 vstride, struct eu_operand *src)
{
	static const u8 vstrides[4] = { 0, 1, 4, 8 };

	src->hstride = stride(field(bits, base + 1, base));
	src->file = flag(bits, base + 2) ? FILE_GRF : FILE_ARF;
	src->sub = field(bits, base + 7, base + 3) << 1;
	src->reg = field(bits, base + 15, base + 8);
	src->vstride = vstrides[vstride];
	src->width = 1;
	if (src->hstride && src->vstride)
		src->width = src->vstride / src->hstride ? src->vstride / src->hstride : 1;
}

static void decode_ternary(const u64 bits[2], struct eu_inst *inst)
{
	u32 floats = field(bits, 39, 39) << 3;
	struct eu_operand *src = inst->src;

	inst->saturate = flag(bits, 34);
	inst->dst.type = field(bits, 39, 36);
	inst->dst.hstride = 1 << flag(bits, 48);
	inst->dst.file = flag(bits, 50) ? FILE_GRF : FILE_ARF;
	inst->dst.sub = field(bits, 55, 51) << 1 | flag(bits, 33);
	inst->dst.reg = field(bits, 63, 56);
	src[0].type = field(bits, 42, 40) | floats;
	src[1].type = field(bits, 90, 88) | floats;
	src[2].type = field(bits, 82, 80) | floats;
	decode_src3(bits, 64, flag(bits, 35) | flag(bits, 43) << 1, &src[0]);
	decode_src3(bits, 96, flag(bits, 83) | flag(bits, 91) << 1, &src[1]);
	decode_src3(bits, 112, 0, &src[2]);
	src[2].vstride = src[2].hstride;
	if (flag(bits, 46)) {
		src[0].file = FILE_IMM;
		src[0].imm = field(bits, 79, 64);
	}
	if (flag(bits, 47)) {
		src[2].file = FILE_IMM;
		src[2].imm = field(bits, 127, 112);
	}
	if (inst->op == OP_BFN) {
		static const u8 conditions[4] = { COND_NONE, COND_EQ, COND_GT, COND_LT };

		inst->function = field(bits, 95, 92) << 4 | field(bits, 87, 84);
		inst->cond = conditions[field(bits, 45, 44)];
		return;
	}
	inst->cond = field(bits, 95, 92);
	src[0].abs = flag(bits, 44);
	src[0].neg = flag(bits, 45);
	src[1].abs = flag(bits, 86);
	src[1].neg = flag(bits, 87);
	src[2].abs = flag(bits, 84);
	src[2].neg = flag(bits, 85);
}

static void decode_send(const u64 bits[2], struct eu_inst *inst)
{
	inst->sfid = field(bits, 95, 92);
	inst->eot = flag(bits, 34);
	inst->desc_in_a0 = flag(bits, 48);
	inst->ex_in_a0 = flag(bits, 49);
	inst->dst.file = flag(bits, 50) ? FILE_GRF : FILE_ARF;
	inst->dst.reg = field(bits, 63, 56);
	inst->src[0].file = flag(bits, 66) ? FILE_GRF : FILE_ARF;
	inst->src[0].reg = field(bits, 79, 72);
	inst->src[1].file = flag(bits, 98) ? FILE_GRF : FILE_ARF;
	inst->src[1].reg = field(bits, 111, 104);
	inst->src1_regs = field(bits, 103, 99);
	inst->desc = field(bits, 91, 81) | field(bits, 121, 113) << 11 | field(bits, 55, 51) << 20 |
		     field(bits, 71, 67) << 25 | field(bits, 123, 122) << 30;
	inst->ex_desc = field(bits, 47, 35) << 11 | field(bits, 65, 64) << 24 |
			field(bits, 97, 96) << 26 | field(bits, 127, 124) << 28;
	if (inst->ex_in_a0) {
		inst->ex_addr = field(bits, 42, 40);
		inst->ex_desc &= ~EX_DESC_ADDRESS;
	}
}

static void decode_jump(const u64 bits[2], struct eu_inst *inst, bool two)
{
	inst->dst.file = flag(bits, 50) ? FILE_GRF : FILE_ARF;
	inst->dst.type = TYPE_UD;
	inst->dst.hstride = 1;
	inst->dst.sub = field(bits, 55, 51) << 1;
	inst->dst.reg = field(bits, 63, 56);
	inst->src[0].type = TYPE_D;
	if (flag(bits, 46)) {
		inst->src[0].file = FILE_IMM;
		inst->jip = (s32)field(bits, 127, 96);
		inst->src[0].imm = (u32)inst->jip;
	} else {
		decode_src(bits, 64, &inst->src[0]);
	}
	if (two && flag(bits, 47))
		inst->uip = (s32)field(bits, 95, 64);
}

bool eu_decode(const u64 bits[2], struct eu_inst *inst)
{
	const struct eu_opcode_row *row = eu_opcode(bits[0] & 0x7f);
	u32 size = field(bits, 20, 18);

	memset(inst, 0, sizeof(*inst));
	if (!row || row->op == OP_ILLEGAL || size > 5)
		return false;
	inst->op = row->op;
	inst->bytes = EU_NATIVE_BYTES;
	inst->sources = row->sources;
	inst->src[0].width = inst->src[1].width = inst->src[2].width = 1;
	inst->lanes = 1 << size;
	inst->first = 8 * field(bits, 25, 24);
	inst->pred = field(bits, 27, 26);
	inst->pred_inv = flag(bits, 28);
	inst->all_lanes = flag(bits, 31);
	inst->flag = field(bits, 23, 21);
	if (inst->first + inst->lanes > EU_LANES)
		return false;
	if (row->format == FORMAT_BASIC)
		decode_basic(bits, inst);
	else if (row->format == FORMAT_TERNARY)
		decode_ternary(bits, inst);
	else if (row->format == FORMAT_SEND)
		decode_send(bits, inst);
	else if (row->format != FORMAT_NONE)
		decode_jump(bits, inst, row->format == FORMAT_JUMP2);
	forget_macro(inst);
	return true;
}
