// SPDX-License-Identifier: GPL-2.0
/* The GT's fuses, clocks, steering and caches. Values that differ by part are in the platform's table. */
#include "guc/guc.h"
#include "mmio/tables.h"
#include "platform.h"

#define ALL 0xffffffffu
#define H "regs/xe_gt_regs.h "

#define CRYSTAL_38_4_MHZ (2u << 3)
#define CTC_SHIFT_2 (2u << 1)

/* a semaphore in hardware: the read that returns 1 takes it, writing 1 gives it back */
static u32 semaphore_read(struct model *m, u32 off)
{
	u32 free = reg_get(m, off);

	reg_set(m, off, 0);
	return free;
}

/* requests the caches finish at once: the bit that starts them reads 0 again */
static void request_write(struct model *m, u32 off, u32 val)
{
	reg_set(m, off, val & ~BIT(0));
}

/* frequency, and the C state, which is put there whenever it changes */
static u32 clock_and_state_read(struct model *m, u32 off)
{
	c6_state(m, reg_gt(off));
	return reg_get(m, off);
}

static const struct reg_row rows[] = {
	{ .name = "MTL_MIRROR_TARGET_WP1", .off = 0xc60, .media = true, .reset = 60, .read = clock_and_state_read,
	  .ref = H "MTL_MIRROR_TARGET_WP1" },
	{ .name = "RPM_CONFIG0", .off = 0xd00, .media = true, .reset = CRYSTAL_38_4_MHZ | CTC_SHIFT_2, .fw = FW_GT,
	  .ref = H "RPM_CONFIG0" },
	{ .name = "DIST_DBS_POPULATED", .off = 0xd08, .media = true, .fw = FW_GT,
	  .ref = "regs/xe_guc_regs.h DIST_DBS_POPULATED" },
	{ .name = "GMD_ID", .off = REG_GMD_ID, .media = true, .ref = H "GMD_ID" },
	{ .name = "STEER_SEMAPHORE", .off = 0xfd0, .media = true, .reset = 1, .rw = BIT(0), .read = semaphore_read,
	  .ref = "xe_gt_mcr.c STEER_SEMAPHORE" },
	{ .name = "MTL_MCR_SELECTOR", .off = 0xfd4, .media = true, .rw = ALL, .ref = H "MTL_MCR_SELECTOR" },
	{ .name = "SF_MCR_SELECTOR", .off = 0xfd8, .rw = ALL, .ref = H "SF_MCR_SELECTOR" },
	{ .name = "MCR_SELECTOR", .off = 0xfdc, .rw = ALL, .ref = H "MCR_SELECTOR" },
	{ .name = "GAM_MCR_SELECTOR", .off = 0xfe0, .rw = ALL, .ref = H "GAM_MCR_SELECTOR" },
	{ .name = "XEHP_GLOBAL_MOCS", .off = 0x4000, .media = true, .count = 64, .rw = ALL, .ref = H "XEHP_GLOBAL_MOCS" },
	{ .name = "XE2_FLAT_CCS_BASE_RANGE_LOWER", .off = 0x8800, .ref = H "XE2_FLAT_CCS_BASE_RANGE_LOWER" },
	{ .name = "XE2_FLAT_CCS_BASE_RANGE_UPPER", .off = 0x8804, .ref = H "XE2_FLAT_CCS_BASE_RANGE_UPPER" },
	{ .name = "XEHP_FUSE4", .off = 0x9114, .media = true, .ref = H "XEHP_FUSE4" },
	{ .name = "MIRROR_FUSE3", .off = 0x9118, .media = true, .ref = H "MIRROR_FUSE3" },
	{ .name = "MIRROR_FUSE1", .off = 0x911c, .ref = H "MIRROR_FUSE1" },
	{ .name = "FUSE2", .off = 0x9120, .ref = "rig.md section 13: PRODUCTION_HW, read by Linux 7.3" },
	{ .name = "XELP_EU_ENABLE", .off = 0x9134, .media = true, .ref = H "XELP_EU_ENABLE" },
	{ .name = "XELP_GT_SLICE_ENABLE", .off = 0x9138, .ref = H "XELP_GT_SLICE_ENABLE" },
	{ .name = "XELP_GT_GEOMETRY_DSS_ENABLE", .off = 0x913c, .media = true, .ref = H "XELP_GT_GEOMETRY_DSS_ENABLE" },
	{ .name = "GT_VEBOX_VDBOX_DISABLE", .off = 0x9140, .media = true, .ref = H "GT_VEBOX_VDBOX_DISABLE" },
	{ .name = "XEHP_GT_COMPUTE_DSS_ENABLE", .off = 0x9144, .media = true, .ref = H "XEHP_GT_COMPUTE_DSS_ENABLE" },
	{ .name = "XEHPC_GT_COMPUTE_DSS_ENABLE_EXT", .off = 0x9148, .ref = H "XEHPC_GT_COMPUTE_DSS_ENABLE_EXT" },
	{ .name = "XE2_GT_COMPUTE_DSS_2", .off = 0x914c, .ref = H "XE2_GT_COMPUTE_DSS_2" },
	{ .name = "XE2_GT_GEOMETRY_DSS_1", .off = 0x9150, .ref = H "XE2_GT_GEOMETRY_DSS_1" },
	{ .name = "XE2_GT_GEOMETRY_DSS_2", .off = 0x9154, .ref = H "XE2_GT_GEOMETRY_DSS_2" },
	{ .name = "MISCCPCTL", .off = 0x9424, .media = true, .rw = ALL, .ref = H "MISCCPCTL" },
	{ .name = "CTC_MODE", .off = 0xa26c, .media = true, .fw = FW_GT, .ref = H "CTC_MODE" },
	{ .name = "XEHP_LNCFCMOCS", .off = 0xb020, .count = 32, .rw = ALL, .ref = H "XEHP_LNCFCMOCS" },
	{ .name = "XE2_GLOBAL_INVAL", .off = 0xb404, .write = request_write, .ref = H "XE2_GLOBAL_INVAL" },
	{ .name = "XE2_TDF_CTRL", .off = 0xb418, .write = request_write, .ref = H "XE2_TDF_CTRL" },
	{ .name = "RCU_MODE", .off = 0x14800, .masked = true, .rw = 0xffff, .ref = H "RCU_MODE" },
	{ .name = "CCS_MODE", .off = 0x14804, .masked = true, .rw = 0xffff, .ref = H "CCS_MODE" },
	/* 0: the BIOS has set nothing aside for Wa_14019821291 */
	{ .name = "GSCPSMI_BASE", .off = GSI_MEDIA + 0x880c, .count = 2, .ref = H "GSCPSMI_BASE" },
};

const struct reg_table gt_regs = { rows, ARRAY_SIZE(rows) };
