// SPDX-License-Identifier: GPL-2.0
/* The registers that load, kick and reset the GuC, or drop its translations. */
#include "engine/engine.h"
#include "guc/guc.h"
#include "mmio/tables.h"
#include "model.h"
#include "obs/obs.h"

#define ALL 0xffffffffu
#define H "regs/xe_guc_regs.h "

#define GDRST 0x941cu
#define GRDOM_GUC BIT(3)
#define GRDOM_FULL BIT(0)
#define MIA_IN_RESET BIT(0)
#define DMA_CTRL 0xc314u
#define START_DMA BIT(0)

#define GUCPMTIMESTAMP 0xc3e8u
#define MED_GUC_HOST_INTERRUPT 0x190304u

static u32 timestamp_read(struct model *m, u32 off)
{
	return (u32)(engine_ticks(m) >> (off & 4 ? 32 : 0));
}

static void gdrst_write(struct model *m, u32 off, u32 val)
{
	obs_event(m, EV_GDRST, val, reg_gt(off));
	if (val & ~(GRDOM_GUC | GRDOM_FULL))
		obs_unimplemented(m, "graphics reset domain", val);
	if (val & GRDOM_FULL)
		gt_reset(m, reg_gt(off));
	else if (val & GRDOM_GUC)
		guc_reset(m, reg_gt(off));
	reg_set(m, off, 0);
}

/* locks itself, and says so in bit 0 */
static void locking_write(struct model *m, u32 off, u32 val)
{
	if (reg_get(m, off) & BIT(0)) {
		if ((reg_get(m, off) | BIT(0)) != (val | BIT(0)))
			obs_guest_error(m, "locked WOPCM register written", off);
		return;
	}
	reg_set(m, off, val | BIT(0));
}

static void dma_write(struct model *m, u32 off, u32 val)
{
	u32 ctrl = (reg_get(m, off) & ~(val >> 16)) | (val & (val >> 16));

	reg_set(m, off, ctrl);
	if (!(ctrl & START_DMA))
		return;
	guc_dma_load(m, reg_gt(off));
	reg_set(m, off, reg_get(m, off) & ~START_DMA);
}

static void doorbell_write(struct model *m, u32 off, u32 val)
{
	(void)val;
	guc_doorbell(m, off == MED_GUC_HOST_INTERRUPT ? GT_MEDIA : GT_MAIN);
}

/* invalidation of GuC's translations before the command transport is up */
static void tlb_desc_write(struct model *m, u32 off, u32 val)
{
	u32 gt = reg_gt(off);

	reg_set(m, off, val & ~BIT(0));
	if (off - m->plat->gts[gt].gsi != 0xcf7c || !(val & BIT(0)))
		return;
	obs_event(m, EV_TLB_INVAL_REGISTER, val, gt);
	tlb_drop_all(m, gt);
	tlb_drop_ggtt(m, gt);
}

static const struct reg_row rows[] = {
	{ .name = "GDRST", .off = GDRST, .write = gdrst_write, .fw = FW_GT, .media = true, .ref = "regs/xe_gt_regs.h GDRST" },
	{ .name = "GUC_ARAT_C6DIS", .off = 0xa178, .rw = ALL, .fw = FW_GT, .media = true, .ref = H "GUC_ARAT_C6DIS" },
	{ .name = "GUC_STATUS", .off = REG_GUC_STATUS, .reset = MIA_IN_RESET, .fw = FW_GT, .media = true, .ref = H "GUC_STATUS" },
	/* name not known to 6.12 */
	{ .name = "GUC_C010", .off = 0xc010, .fw = FW_GT, .media = true, .ref = "read by Linux 7.3 at probe" },
	{ .name = "GUC_HEADER_INFO", .off = 0xc014, .fw = FW_GT, .media = true, .ref = H "GUC_HEADER_INFO" },
	{ .name = "GUC_WOPCM_SIZE", .off = 0xc050, .write = locking_write, .fw = FW_GT, .media = true, .ref = H "GUC_WOPCM_SIZE" },
	{ .name = "GUC_SHIM_CONTROL", .off = 0xc064, .rw = ALL, .fw = FW_GT, .media = true, .ref = H "GUC_SHIM_CONTROL" },
	{ .name = "SOFT_SCRATCH", .off = 0xc180, .count = 16, .rw = ALL, .fw = FW_GT, .media = true, .ref = H "SOFT_SCRATCH" },
	{ .name = "UOS_RSA_SCRATCH", .off = 0xc200, .count = 64, .rw = ALL, .fw = FW_GT, .media = true,
	  .ref = H "UOS_RSA_SCRATCH" },
	{ .name = "DMA_ADDR_0_LOW", .off = 0xc300, .rw = ALL, .fw = FW_GT, .media = true, .ref = H "DMA_ADDR_0_LOW" },
	{ .name = "DMA_ADDR_0_HIGH", .off = 0xc304, .rw = ALL, .fw = FW_GT, .media = true, .ref = H "DMA_ADDR_0_HIGH" },
	{ .name = "DMA_ADDR_1_LOW", .off = 0xc308, .rw = ALL, .fw = FW_GT, .media = true, .ref = H "DMA_ADDR_1_LOW" },
	{ .name = "DMA_ADDR_1_HIGH", .off = 0xc30c, .rw = ALL, .fw = FW_GT, .media = true, .ref = H "DMA_ADDR_1_HIGH" },
	{ .name = "DMA_COPY_SIZE", .off = 0xc310, .rw = ALL, .fw = FW_GT, .media = true, .ref = H "DMA_COPY_SIZE" },
	{ .name = "DMA_CTRL", .off = DMA_CTRL, .write = dma_write, .fw = FW_GT, .media = true, .ref = H "DMA_CTRL" },
	{ .name = "DMA_GUC_WOPCM_OFFSET", .off = 0xc340, .write = locking_write, .fw = FW_GT, .media = true,
	  .ref = H "DMA_GUC_WOPCM_OFFSET" },
	{ .name = "GUC_MAX_IDLE_COUNT", .off = 0xc3e4, .rw = ALL, .fw = FW_GT, .media = true, .ref = H "GUC_MAX_IDLE_COUNT" },
	/* i915's name; Linux 7.3 reads it when a queue is reset */
	{ .name = "GUCPMTIMESTAMP", .off = GUCPMTIMESTAMP, .count = 2, .read = timestamp_read, .fw = FW_GT, .media = true,
	  .ref = "i915 intel_gt_regs.h GUCPMTIMESTAMP" },
	{ .name = "PVC_GUC_TLB_INV_DESC0", .off = 0xcf7c, .media = true, .write = tlb_desc_write,
	  .ref = "regs/xe_guc_regs.h PVC_GUC_TLB_INV_DESC0" },
	{ .name = "PVC_GUC_TLB_INV_DESC1", .off = 0xcf80, .media = true, .write = tlb_desc_write,
	  .ref = "regs/xe_guc_regs.h PVC_GUC_TLB_INV_DESC1" },
	{ .name = "GT_PM_CONFIG", .off = 0x13816c, .rw = ALL, .ref = H "GT_PM_CONFIG" },
	{ .name = "GUC_HOST_INTERRUPT", .off = 0x1901f0, .write = doorbell_write, .ref = H "GUC_HOST_INTERRUPT" },
	{ .name = "VF_SW_FLAG", .off = 0x190240, .count = 4, .rw = ALL, .ref = H "VF_SW_FLAG" },
	{ .name = "MED_GUC_HOST_INTERRUPT", .off = MED_GUC_HOST_INTERRUPT, .write = doorbell_write,
	  .ref = H "MED_GUC_HOST_INTERRUPT" },
	{ .name = "MED_VF_SW_FLAG", .off = 0x190310, .count = 4, .rw = ALL, .ref = H "MED_VF_SW_FLAG" },
	/* name not known to 6.12 */
	{ .name = "MEDIA_GUC_C50C", .off = GSI_MEDIA + 0xc50c, .rw = ALL, .fw = FW_GT,
	  .ref = "set by Linux 7.3 in the media GT" },
};

const struct reg_table uc_regs = { rows, ARRAY_SIZE(rows) };
