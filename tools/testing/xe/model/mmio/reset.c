// SPDX-License-Identifier: GPL-2.0
/* Reset values, and everything that a reset of the device takes with it. */
#include <string.h>

#include "guc/guc.h"
#include "mem/mem.h"
#include "mmio/irq.h"
#include "mmio/reg.h"
#include "mmio/reset.h"
#include "mmio/state.h"
#include "mmio/tables.h"
#include "model.h"
#include "obs/obs.h"

#define DSM_BYTES (64ul << 20)

static void set64(struct model *m, u32 off, u64 val)
{
	reg_set(m, off, (u32)val);
	reg_set(m, off + 4, (u32)(val >> 32));
}

/*
 * VRAM from below: usable memory, 8 MiB of GGTT entries (GSM), 64 MiB of stolen memory (DSM) whose
 * top is WOPCM. Sizes in the tile range registers are GiB.
 */
static void vram_layout(struct model *m)
{
	u64 size = m->mem->vram_size;
	u32 gib = (u32)((size + (1ul << 30) - 1) >> 30);

	reg_set(m, REG_TILE_ADDR_RANGE, gib << 8);
	reg_set(m, REG_SG_TILE_ADDR_RANGE, gib << 8);
	set64(m, REG_DSMBASE, size - DSM_BYTES);
	set64(m, REG_GSMBASE, size - DSM_BYTES - GGTT_BYTES);
}

void mmio_reset(struct model *m)
{
	struct mmio *mmio = m->mmio;

	memset(mmio->regs, 0, BAR0_REG_BYTES);
	for (u32 i = 0; i < mmio->num_rows; i++)
		for (u32 j = 0; j < reg_row_count(mmio->rows[i]); j++)
			reg_set(m, mmio->rows[i]->off + j * reg_row_stride(mmio->rows[i]),
				mmio->rows[i]->reset);
	for (u32 i = 0; i < m->plat->num_regs; i++)
		reg_set(m, m->plat->regs[i].off, m->plat->regs[i].val);
	for (u32 gt = 0; gt < GTS; gt++)
		reg_set(m, m->plat->gts[gt].gsi + REG_GMD_ID, m->plat->gts[gt].gmd_id);
	if (m->plat->dgfx)
		vram_layout(m);
	irq_reset(m);
}

void device_reset(struct model *m)
{
	obs_event(m, EV_DEVICE_RESET, 0, 0);
	gts_reset(m);
	mmio_reset(m);
	for (u32 gt = 0; gt < GTS; gt++)
		c6_forcewake(m, gt, false);
}
