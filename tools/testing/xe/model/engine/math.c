// SPDX-License-Identifier: GPL-2.0
/* MI_MATH: the command streamer's ALU over the context's general purpose registers. */
#include "engine/exec.h"
#include "obs/obs.h"

/* an ALU instruction: opcode 31:20, operands 19:10 and 9:0 */
enum alu_op {
	ALU_NOOP = 0x000, ALU_FENCE = 0x001,
	ALU_LOAD = 0x080, ALU_LOAD0 = 0x081, ALU_LOADINV = 0x480, ALU_LOAD1 = 0x481,
	ALU_ADD = 0x100, ALU_SUB = 0x101, ALU_AND = 0x102, ALU_OR = 0x103, ALU_XOR = 0x104,
	ALU_SHL = 0x105, ALU_SHR = 0x106, ALU_SAR = 0x107,
	ALU_STORE = 0x180, ALU_STOREINV = 0x580,
};
enum alu_operand { ALU_SRCA = 0x20, ALU_SRCB = 0x21, ALU_ACCU = 0x31, ALU_ZF = 0x32, ALU_CF = 0x33 };

struct alu {
	u64 a, b, accu, zero, carry;
};

static u64 gpr_get(const struct engine *e, u32 n)
{
	const u32 *gpr = &e->ctx->regs[RING_GPR(n) / 4];

	return gpr[0] | (u64)gpr[1] << 32;
}

static void gpr_set(struct engine *e, u32 n, u64 val)
{
	u32 *gpr = &e->ctx->regs[RING_GPR(n) / 4];

	gpr[0] = (u32)val;
	gpr[1] = (u32)(val >> 32);
}

static u64 *alu_source(struct alu *alu, u32 operand)
{
	return operand == ALU_SRCA ? &alu->a : operand == ALU_SRCB ? &alu->b : NULL;
}

static void alu_done(struct alu *alu, u64 accu, bool carry)
{
	alu->accu = accu;
	alu->zero = accu ? 0 : ~0ull;
	alu->carry = carry ? ~0ull : 0;
}

static bool alu_compute(struct alu *alu, u32 op)
{
	u32 shift = alu->b & 63;

	switch (op) {
	case ALU_ADD: alu_done(alu, alu->a + alu->b, alu->a + alu->b < alu->a); break;
	case ALU_SUB: alu_done(alu, alu->a - alu->b, alu->a < alu->b); break;
	case ALU_AND: alu_done(alu, alu->a & alu->b, false); break;
	case ALU_OR: alu_done(alu, alu->a | alu->b, false); break;
	case ALU_XOR: alu_done(alu, alu->a ^ alu->b, false); break;
	case ALU_SHL: alu_done(alu, alu->a << shift, false); break;
	case ALU_SHR: alu_done(alu, alu->a >> shift, false); break;
	case ALU_SAR: alu_done(alu, (u64)((int64_t)alu->a >> shift), false); break;
	default: return false;
	}
	return true;
}

static bool alu_load(struct engine *e, struct alu *alu, u32 op, u32 dst, u32 src)
{
	u64 *to = alu_source(alu, dst);

	if (!to || ((op == ALU_LOAD || op == ALU_LOADINV) && src > 15))
		return false;
	switch (op) {
	case ALU_LOAD: *to = gpr_get(e, src); break;
	case ALU_LOADINV: *to = ~gpr_get(e, src); break;
	case ALU_LOAD0: *to = 0; break;
	case ALU_LOAD1: *to = ~0ull; break;
	default: return false;
	}
	return true;
}

static bool alu_store(struct engine *e, const struct alu *alu, u32 op, u32 dst, u32 src)
{
	u64 val = src == ALU_ACCU ? alu->accu : src == ALU_ZF ? alu->zero : alu->carry;

	if (dst > 15 || (src != ALU_ACCU && src != ALU_ZF && src != ALU_CF))
		return false;
	gpr_set(e, dst, op == ALU_STOREINV ? ~val : val);
	return true;
}

static bool alu_step(struct engine *e, struct alu *alu, u32 dw)
{
	u32 op = dw >> 20, one = (dw >> 10) & 0x3ff, two = dw & 0x3ff;

	if (op == ALU_NOOP || op == ALU_FENCE)
		return true;
	if (op == ALU_STORE || op == ALU_STOREINV)
		return alu_store(e, alu, op, one, two);
	return alu_compute(alu, op) || alu_load(e, alu, op, one, two);
}

enum exec_result exec_math(struct model *m, struct engine *e)
{
	struct alu alu = { 0 };
	u32 i;

	for (i = 1; i < e->len; i++)
		if (!alu_step(e, &alu, e->cmd[i]))
			engine_lacks(m, e, "MI_MATH instruction", e->cmd[i] >> 20);
	return EXEC_DONE;
}
