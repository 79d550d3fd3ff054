// SPDX-License-Identifier: GPL-2.0
/* The storage of registers, and what a row without callbacks does with a write. */
#include "mmio/reg.h"
#include "mmio/state.h"
#include "model.h"
#include "obs/obs.h"

u32 reg_get(struct model *m, u32 off)
{
	model_assert(m, off < BAR0_REG_BYTES && !(off & 3));
	return m->mmio->regs[off / 4];
}

void reg_set(struct model *m, u32 off, u32 val)
{
	model_assert(m, off < BAR0_REG_BYTES && !(off & 3));
	m->mmio->regs[off / 4] = val;
}

u32 reg_gt(u32 off)
{
	return off - GSI_MEDIA < GSI_BYTES ? GT_MEDIA : GT_MAIN;
}

void reg_store(struct model *m, const struct reg_row *row, u32 off, u32 val)
{
	u32 old = reg_get(m, off);
	u32 enabled = row->masked ? val >> 16 : ~0u;
	u32 kept = row->rw & enabled;
	u32 new = (old & ~kept) | (val & kept);

	reg_set(m, off, new & ~(val & row->w1c));
}
