// SPDX-License-Identifier: GPL-2.0
/* The master enable of all interrupts, those of the GTs and the one from outside. */
#include "mmio/display.h"
#include "mmio/irq.h"
#include "mmio/state.h"
#include "mmio/tables.h"
#include "model.h"

#define MASTER_TILE 0x190008u
#define MASTER_ENABLE BIT(31)

#define H_DEV "regs/xe_regs.h "

static u32 master_read(struct model *m, u32 off)
{
	(void)off;
	return (m->mmio->irq.master ? MASTER_ENABLE : 0) | (irq_held(m) ? BIT(0) : 0);
}

static void master_write(struct model *m, u32 off, u32 val)
{
	(void)off;
	if (val & MASTER_ENABLE) {
		display_passed(m);
		irq_master(m, true);
	} else if (!val) {
		irq_master(m, false);
	}
}

static const struct reg_row rows[] = {
	{ .name = "DG1_MSTR_TILE_INTR", .off = MASTER_TILE, .read = master_read, .write = master_write,
	  .ref = H_DEV "DG1_MSTR_TILE_INTR" },
};

const struct reg_table master_regs = { rows, ARRAY_SIZE(rows) };
