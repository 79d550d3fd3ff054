// SPDX-License-Identifier: GPL-2.0
/* Registers of the device outside its GT: memory layout, function-level reset by the driver. */
#include "mmio/reset.h"
#include "mmio/tables.h"

#define ALL 0xffffffffu
#define H "regs/xe_regs.h "

#define GU_CNTL 0x101010u
#define DRIVER_FLR BIT(31)
#define GU_DEBUG 0x101018u
#define DRIVER_FLR_STATUS BIT(31)

static void gu_cntl_write(struct model *m, u32 off, u32 val)
{
	u32 debug = reg_get(m, GU_DEBUG);

	(void)off;
	if (!(val & DRIVER_FLR))
		return;
	device_reset(m);
	reg_set(m, GU_DEBUG, debug | DRIVER_FLR_STATUS);
}

static const struct reg_row rows[] = {
	{ .name = "XEHP_TILE_ADDR_RANGE", .off = REG_TILE_ADDR_RANGE,
	  .ref = "regs/xe_gt_regs.h XEHP_TILE_ADDR_RANGE" },
	{ .name = "GMD_ID_DISPLAY", .off = 0x510a0, .ref = "i915 i915_reg.h GMD_ID_DISPLAY: there is no display" },
	{ .name = "GU_CNTL_PROTECTED", .off = 0x10100c, .ref = H "GU_CNTL_PROTECTED" },
	{ .name = "GU_CNTL", .off = GU_CNTL, .write = gu_cntl_write, .ref = H "GU_CNTL" },
	{ .name = "XEHP_CLOCK_GATE_DIS", .off = 0x101014, .rw = ALL, .ref = H "XEHP_CLOCK_GATE_DIS" },
	{ .name = "GU_DEBUG", .off = GU_DEBUG, .w1c = DRIVER_FLR_STATUS, .ref = H "GU_DEBUG" },
	{ .name = "XEHP_MTCFG_ADDR", .off = 0x101800, .ref = H "XEHP_MTCFG_ADDR" },
	{ .name = "GGC", .off = 0x108040, .ref = H "GGC" },
	{ .name = "DSMBASE", .off = REG_DSMBASE, .count = 2, .ref = H "DSMBASE" },
	{ .name = "GSMBASE", .off = REG_GSMBASE, .count = 2, .ref = H "GSMBASE" },
	{ .name = "STOLEN_RESERVED", .off = 0x1082c0, .count = 2, .ref = H "STOLEN_RESERVED" },
	{ .name = "SG_TILE_ADDR_RANGE", .off = REG_SG_TILE_ADDR_RANGE,
	  .ref = "rig.md section 13, read by Linux 7.3" },
	{ .name = "VF_CAP_REG", .off = 0x1901f8, .ref = H "VF_CAP_REG" },
	/* names not known to 6.12: where an I2C controller would lie; 0 is no cookie of one */
	{ .name = "SG_REMAP_ADDR", .off = 0x280164, .count = 2, .ref = "read by Linux 7.3 on Battlemage" },
	/* Linux 7.3 says of bit 3 clear that a jumper opens the flash for writing */
	{ .name = "HECI2_FWSTS2", .off = 0x374c48, .reset = BIT(3), .ref = "regs/xe_gsc_regs.h HECI_FWSTS2+0x374000" },
};

const struct reg_table device_regs = { rows, ARRAY_SIZE(rows) };
