// SPDX-License-Identifier: GPL-2.0
/*
 * Registers the driver sets and nothing in the model asks: workarounds, tuning, cache attributes. Kept as
 * written, so a read shows what the driver left; page attributes (PAT) are not applied to accesses.
 */
#include "mmio/tables.h"
#include "platform.h"

#define GT "regs/xe_gt_regs.h "
#define OA "regs/xe_oa_regs.h "

#define KEEP(nm, o, where) { .name = #nm, .off = o, .rw = 0xffffffff, .ref = where #nm }
/* in each GT; in the media GT alone */
#define BOTH(nm, o, where) { .name = #nm, .off = o, .rw = 0xffffffff, .media = true, .ref = where #nm }
#define MEDIA(nm, o, where) { .name = #nm, .off = GSI_MEDIA + o, .rw = 0xffffffff, .ref = where #nm }
#define MASKED(nm, o, where) { .name = #nm, .off = o, .rw = 0xffff, .masked = true, .ref = where #nm }

/* state of units that do nothing, for dumps of a hung engine */
#define IDLE(nm, o) { .name = #nm, .off = o, .ref = GT #nm }

static const struct reg_row rows[] = {
	BOTH(STATELESS_COMPRESSION_CTRL, 0x4148, GT),
	KEEP(XE2_GAMREQSTRM_CTRL, 0x4194, GT),
	{ .name = "PAT_ATS", .off = 0x47fc, .media = true, .rw = 0xffffffff, .ref = "xe_pat.c _PAT_ATS" },
	{ .name = "PAT_INDEX", .off = 0x4800, .media = true, .count = 8, .rw = 0xffffffff, .ref = "xe_pat.c _PAT_INDEX, 0 to 7" },
	{ .name = "PAT_PTA", .off = 0x4820, .media = true, .rw = 0xffffffff, .ref = "xe_pat.c _PAT_PTA" },
	{ .name = "PAT_INDEX_UPPER", .off = 0x4848, .media = true, .count = 24, .rw = 0xffffffff,
	  .ref = "xe_pat.c _PAT_INDEX, 8 to 31" },
	MASKED(WM_CHICKEN3, 0x5588, GT),
	MASKED(CHICKEN_RASTER_1, 0x6204, GT),
	MASKED(CHICKEN_RASTER_2, 0x6208, GT),
	KEEP(FF_MODE, 0x6210, GT),
	MASKED(VFLSKPD, 0x62a8, GT),
	IDLE(XEHPG_INSTDONE_GEOM_SVGUNIT, 0x666c),
	MASKED(COMMON_SLICE_CHICKEN1, 0x7010, GT),
	MASKED(XEHP_PSS_CHICKEN, 0x7044, GT),
	IDLE(SC_INSTDONE, 0x7100),
	IDLE(SC_INSTDONE_EXTRA, 0x7104),
	IDLE(SC_INSTDONE_EXTRA2, 0x7108),
	MASKED(COMMON_SLICE_CHICKEN4, 0x7300, GT),
	MASKED(VF_SCRATCHPAD, 0x83a8, GT),
	KEEP(CCCHKNREG1, 0x8828, GT),
	/* name not known to 6.12 */
	{ .name = "GT_B0C8", .off = 0xb0c8, .rw = 0xffffffff, .ref = "set by Linux 7.3 on Battlemage" },
	KEEP(L3SQCREG2, 0xb104, GT),
	KEEP(L3SQCREG3, 0xb108, GT),
	KEEP(SCRATCH3_LBCF, 0xb154, GT),
	KEEP(XEHP_L3SQCREG5, 0xb158, GT),
	{ .name = "XEHPC_L3CLOS_MASK", .off = 0xb194, .media = true, .count = 4, .stride = 8, .rw = 0xffffffff,
	  .ref = GT "XEHPC_L3CLOS_MASK" },
	KEEP(OAG_OACONTROL, 0xdaf4, OA),
	MASKED(OAG_OA_DEBUG, 0xdaf8, OA),
	IDLE(SAMPLER_INSTDONE, 0xe160),
	IDLE(ROW_INSTDONE, 0xe164),
	MASKED(HALF_SLICE_CHICKEN7, 0xe194, GT),
	MASKED(ROW_CHICKEN4, 0xe48c, GT),
	MASKED(ROW_CHICKEN3, 0xe49c, GT),
	MASKED(TDL_TSL_CHICKEN, 0xe4c4, GT),
	MASKED(ROW_CHICKEN, 0xe4f0, GT),
	KEEP(RT_CTRL, 0xe530, GT),
	KEEP(LSC_CHICKEN_BIT_0, 0xe7c8, GT),
	KEEP(LSC_CHICKEN_BIT_0_UDW, 0xe7cc, GT),
	MEDIA(XE2LPM_CCCHKNREG1, 0x82a8, GT),
	MEDIA(XELPMP_SQCNT1, 0x8718, GT),
	MEDIA(XE2LPM_L3SQCREG2, 0xb604, GT),
	MEDIA(XE2LPM_L3SQCREG3, 0xb608, GT),
	MEDIA(XE2LPM_SCRATCH3_LBCF, 0xb654, GT),
	MEDIA(XE2LPM_L3SQCREG5, 0xb658, GT),
	{ .name = "OAM_SAG_CONTROL", .off = GSI_MEDIA + 0x13194, .rw = 0xffffffff, .ref = OA "OAM_CONTROL+0x13000" },
	{ .name = "OAM_SAG_DEBUG", .off = GSI_MEDIA + 0x13198, .rw = 0xffffffff, .ref = OA "OAM_DEBUG+0x13000" },
	{ .name = "OAM_SAG_CONTEXT_CONTROL", .off = GSI_MEDIA + 0x131bc, .rw = 0xffffffff,
	  .ref = OA "OAM_CONTEXT_CONTROL+0x13000" },
	/* the other units of Linux 7.3 */
	{ .name = "OAM_0_CONTROL", .off = GSI_MEDIA + 0x14194, .rw = 0xffffffff, .ref = OA "OAM_CONTROL+0x14000" },
	{ .name = "OAM_0_DEBUG", .off = GSI_MEDIA + 0x14198, .rw = 0xffffffff, .ref = OA "OAM_DEBUG+0x14000" },
	{ .name = "OAM_1_CONTROL", .off = GSI_MEDIA + 0x14994, .rw = 0xffffffff, .ref = OA "OAM_CONTROL+0x14800" },
	{ .name = "OAM_1_DEBUG", .off = GSI_MEDIA + 0x14998, .rw = 0xffffffff, .ref = OA "OAM_DEBUG+0x14800" },
};

const struct reg_table tuning_regs = { rows, ARRAY_SIZE(rows) };
