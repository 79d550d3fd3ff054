// SPDX-License-Identifier: GPL-2.0
/*
 * Registers as commands see them. The engine's own window belongs to the loaded context; everything else is
 * the device's. A batch in a PPGTT may write what hardware leaves to users and what the driver opened by
 * FORCE_TO_NONPRIV; other writes vanish.
 */
#include "engine/exec.h"
#include "inject/inject.h"
#include "model.h"
#include "obs/obs.h"

static bool in_window(const struct engine *e, u32 reg)
{
	return (reg & ~(RING_WINDOW - 1)) == e->desc->base;
}

u32 engine_reg_read(struct model *m, struct engine *e, u32 reg)
{
	struct context *ctx = e->ctx;
	u32 off = reg & (RING_WINDOW - 4);

	if (!in_window(e, reg))
		return inject_get(m, KNOB_garbage) && !engine_privileged(e) ? 0 :
									      m->port->read(m, reg);
	switch (off) {
	case RING_HEAD:
		return ctx->head;
	case RING_TAIL:
		return ctx->tail;
	case RING_ENGINE_ID:
		return (u32)e->desc->instance << 4 | e->desc->class;
	case RING_TIMESTAMP:
		return (u32)engine_ticks(m);
	case RING_TIMESTAMP_UDW:
		return (u32)(engine_ticks(m) >> 32);
	case RING_CTX_TIMESTAMP:
		return (u32)context_ticks(m, ctx);
	case RING_CTX_TIMESTAMP_UDW:
		return (u32)(context_ticks(m, ctx) >> 32);
	}
	return ctx->regs[off / 4];
}

void engine_reg_write(struct model *m, struct engine *e, u32 reg, u32 val)
{
	struct context *ctx = e->ctx;
	u32 off = reg & (RING_WINDOW - 4);

	if (!in_window(e, reg)) {
		m->port->write(m, reg, val);
		return;
	}
	if (off == RING_CTX_TIMESTAMP || off == RING_CTX_TIMESTAMP_UDW) {
		u64 now = context_ticks(m, ctx);

		ctx->ticks = off == RING_CTX_TIMESTAMP ? (now & ~0xffffffffull) | val :
							 (u64)val << 32 | (u32)now;
		ctx->loaded_at = model_now(m);
	}
	ctx->regs[off / 4] = val;
}

#define NONPRIV_ADDRESS 0x03fffffcu
#define NONPRIV_DENY BIT(30)
#define NONPRIV_ACCESS(slot) (((slot) >> 28) & 3)
#define NONPRIV_RANGE(slot) (4u << (2 * ((slot) & 3))) /* bytes: 1, 4, 16, 64 registers */

static bool opened_by_driver(struct model *m, const struct engine *e, u32 reg)
{
	u32 i, slot;

	for (i = 0; i < RING_NONPRIV_SLOTS; i++) {
		slot = m->port->get(m, e->desc->base + RING_NONPRIV(i));
		if (!slot || slot & NONPRIV_DENY || NONPRIV_ACCESS(slot) == 1)
			continue;
		if ((reg & ~(NONPRIV_RANGE(slot) - 1)) ==
		    (slot & NONPRIV_ADDRESS & ~(NONPRIV_RANGE(slot) - 1)))
			return true;
	}
	return false;
}

static bool user_may_write(struct model *m, const struct engine *e, u32 reg)
{
	u32 off = reg & (RING_WINDOW - 4);

	if (in_window(e, reg) && ((off >= RING_GPR(0) && off < RING_GPR(16)) ||
				  (off >= 0x400 && off <= RING_PREDICATE_RESULT + 4)))
		return true;
	return opened_by_driver(m, e, reg);
}

void engine_reg_write_user(struct model *m, struct engine *e, u32 reg, u32 val)
{
	if (engine_privileged(e) || user_may_write(m, e, reg))
		engine_reg_write(m, e, reg, val);
	else
		obs_event(m, EV_REG_DENIED, reg, val);
}

static u32 register_of(const struct engine *e, u32 dword, bool cs_offset)
{
	u32 reg = dword & MI_REG_MASK;

	if (cs_offset)
		return e->desc->base + (reg & (RING_WINDOW - 4));
	if (e->cmd[0] & MI_REG_REMAP && reg >= 0x2000 && reg < 0x3000)
		return e->desc->base + (reg - 0x2000);
	return reg;
}

enum exec_result exec_load_imm(struct model *m, struct engine *e)
{
	u32 i;

	for (i = 1; i + 1 < e->len; i += 2)
		engine_reg_write_user(m, e, register_of(e, e->cmd[i], e->cmd[0] & MI_REG_CS_OFFSET),
				      e->cmd[i + 1]);
	return EXEC_DONE;
}

enum exec_result exec_load_reg(struct model *m, struct engine *e)
{
	u32 src = register_of(e, e->cmd[1], e->cmd[0] & MI_LRR_SRC_CS_OFFSET);
	u32 dst = register_of(e, e->cmd[2], e->cmd[0] & MI_LRR_DST_CS_OFFSET);

	engine_reg_write_user(m, e, dst, engine_reg_read(m, e, src));
	return EXEC_DONE;
}

static enum exec_result mem_operand(struct model *m, struct engine *e, enum mmu_access access,
				    struct spans *spans)
{
	return access_translate(m, e, operand_space(e, e->cmd[0] & MI_GGTT),
				operand_addr(e, 2) & ~3ull, 4, access, spans);
}

enum exec_result exec_load_mem(struct model *m, struct engine *e)
{
	struct spans spans;
	enum exec_result ret;
	u32 val;

	if (operand_forbidden(m, e, e->cmd[0] & MI_GGTT))
		return EXEC_DONE;
	ret = mem_operand(m, e, MMU_READ, &spans);
	if (ret != EXEC_DONE)
		return ret;
	access_read(m, e, &spans, &val);
	engine_reg_write_user(m, e, register_of(e, e->cmd[1], e->cmd[0] & MI_REG_CS_OFFSET), val);
	return EXEC_DONE;
}

enum exec_result exec_store_reg(struct model *m, struct engine *e)
{
	struct spans spans;
	enum exec_result ret;
	u32 val;

	if (operand_forbidden(m, e, e->cmd[0] & MI_GGTT))
		return EXEC_DONE;
	ret = mem_operand(m, e, MMU_WRITE, &spans);
	if (ret != EXEC_DONE)
		return ret;
	val = engine_reg_read(m, e, register_of(e, e->cmd[1], e->cmd[0] & MI_REG_CS_OFFSET));
	access_write(m, e, &spans, &val);
	return EXEC_DONE;
}
