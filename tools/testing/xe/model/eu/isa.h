/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An instruction of Xe2's execution units, as decode.c finds it in 16 or 8 bytes.
 * ref: encodings by Debian's iga64 (libigc2-tools, -p=2)
 */
#ifndef MODEL_EU_ISA_H
#define MODEL_EU_ISA_H

#include "types.h"

#define EU_LANES 32u
#define EU_GRF_BYTES 64u
#define EU_NATIVE_BYTES 16u
#define EU_COMPACT_BYTES 8u

enum eu_opcode {
	OP_ILLEGAL = 0x00, OP_SYNC = 0x01,
	OP_JMPI = 0x20, OP_BRD, OP_IF, OP_BRC, OP_ELSE, OP_ENDIF, OP_WHILE = 0x27, OP_BREAK, OP_CONT,
	OP_HALT, OP_CALLA, OP_CALL, OP_RET, OP_GOTO, OP_JOIN,
	OP_SEND = 0x31, OP_SENDC, OP_MATH = 0x38,
	OP_ADD = 0x40, OP_MUL, OP_AVG, OP_FRC, OP_RNDU, OP_RNDD, OP_RNDE, OP_RNDZ, OP_MAC, OP_MACH,
	OP_LZD, OP_FBH, OP_FBL, OP_CBIT, OP_ADDC, OP_SUBB,
	OP_ADD3 = 0x52, OP_MACL, OP_SRND, OP_DP4A = 0x58, OP_DPAS, OP_MAD = 0x5b, OP_MADM = 0x5d,
	OP_NOP = 0x60, OP_MOV, OP_SEL, OP_MOVI, OP_NOT, OP_AND, OP_OR, OP_XOR, OP_SHR, OP_SHL,
	OP_BFN = 0x6b, OP_ASR, OP_ROR = 0x6e, OP_ROL, OP_CMP, OP_CMPN, OP_CSEL,
	OP_BFREV = 0x77, OP_BFE, OP_BFI1, OP_BFI2,
};

enum eu_type {
	TYPE_UB, TYPE_UW, TYPE_UD, TYPE_UQ, TYPE_B, TYPE_W, TYPE_D, TYPE_Q,
	TYPE_IMM_VF, TYPE_HF, TYPE_F, TYPE_DF, TYPE_BF = 13,
};
/* as immediates the types of a byte are packed vectors */
#define TYPE_IMM_UV TYPE_UB
#define TYPE_IMM_V TYPE_B

enum eu_file { FILE_ARF, FILE_GRF, FILE_IMM };

/* architecture registers, the upper four bits of their number */
enum eu_arf {
	ARF_NULL, ARF_ADDRESS, ARF_ACC, ARF_FLAG, ARF_MASK, ARF_STATE = 7, ARF_CONTROL, ARF_NOTIFY,
	ARF_IP, ARF_TDR, ARF_TIMESTAMP, ARF_DEBUG = 15,
};

enum eu_condition {
	COND_NONE, COND_EQ, COND_NE, COND_GT, COND_GE, COND_LT, COND_LE, COND_OVERFLOW = 8, COND_UNORDERED,
};

enum eu_math {
	MATH_INV = 1, MATH_LOG, MATH_EXP, MATH_SQRT, MATH_RSQRT, MATH_SIN, MATH_COS,
	MATH_INVM = 14, MATH_RSQRTM,
};

enum eu_sync { SYNC_NOP, SYNC_ALLRD = 2, SYNC_ALLWR, SYNC_FENCE = 13, SYNC_BAR, SYNC_HOST };

enum eu_predicate { PRED_NONE, PRED_LANE, PRED_ANY, PRED_ALL };

enum eu_sfid { SFID_NULL, SFID_GATEWAY = 3, SFID_TYPED = 13, SFID_SLM, SFID_UGM };

struct eu_operand {
	u8 file, type;
	u8 reg;
	u8 sub; /* bytes from the register's start */
	u8 vstride, width, hstride; /* elements; lane i is at i / width * vstride + i % width * hstride */
	bool neg, abs;
	bool indirect; /* at a0.addr plus offset, and with `each` one address register per row */
	bool each;
	u8 addr;
	s16 offset;
	u64 imm;
};

struct eu_inst {
	u8 op, bytes;
	u8 lanes; /* 1 to 32 */
	u8 first; /* lane of the thread that is lane 0 here */
	u8 pred, cond;
	bool pred_inv, all_lanes, saturate;
	u8 flag; /* 16-bit part of the flags, 0 to 7 */
	u8 function; /* of math, sync and bfn */
	u8 sources;
	struct eu_operand dst, src[3];

	/* jumps: bytes from this instruction */
	s32 jip, uip;

	/* messages; register numbers are in dst, src[0] and src[1] */
	u8 sfid;
	bool eot, desc_in_a0, ex_in_a0;
	u8 ex_addr; /* which dword of a0 */
	u8 src1_regs;
	u32 desc, ex_desc; /* beside a0 ex_desc is an offset */
};

#define EX_DESC_ADDRESS 0x00070000u /* where it names the dword of a0 */

enum eu_format {
	FORMAT_NONE, FORMAT_BASIC, FORMAT_TERNARY, FORMAT_SEND, FORMAT_JUMP, FORMAT_JUMP2,
};

struct eu_opcode_row {
	u8 op;
	u8 sources;
	u8 format;
	bool implemented;
	const char *name;
};

/* NULL: no instruction has it */
const struct eu_opcode_row *eu_opcode(u8 op);
u32 eu_type_bytes(u8 type);
bool eu_type_float(u8 type);
bool eu_type_signed(u8 type);

/* how many bytes the instruction has that begins with these eight */
u32 eu_length(u64 first);
/* a compact one, as the 16 bytes it stands for; false: there is none */
bool eu_expand(u64 compact, u64 native[2]);
/* false: not an instruction */
bool eu_decode(const u64 bits[2], struct eu_inst *inst);

#endif
