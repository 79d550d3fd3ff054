// SPDX-License-Identifier: GPL-2.0
/* Rule: a forcewake request is granted at once; the acknowledge shows which bits are held. */
#include "guc/guc.h"
#include "mmio/tables.h"
#include "obs/obs.h"
#include "platform.h"

#define ALL 0xffffffffu
#define H "regs/xe_gt_regs.h "
#define MTL_MEDIA_MC6 0x138048u

/* request register, acknowledge register, FW_* domain */
static const struct {
	u32 gt, request, ack, domain;
} wells[] = {
	{ GT_MAIN, 0xa188, 0x0dfc, FW_GT },
	{ GT_MAIN, 0xa278, 0x0d84, FW_RENDER },
	{ GT_MEDIA, GSI_MEDIA + 0xa188, GSI_MEDIA + 0x0dfc, FW_GT },
	{ GT_MEDIA, GSI_MEDIA + 0xa540, GSI_MEDIA + 0x0d50, FW_VDBOX },
	{ GT_MEDIA, GSI_MEDIA + 0xa560, GSI_MEDIA + 0x0d70, FW_VEBOX },
};

bool power_awake(struct model *m, u32 gt, u32 domain)
{
	for (u32 i = 0; i < ARRAY_SIZE(wells); i++)
		if (wells[i].gt == gt && wells[i].domain == domain)
			return reg_get(m, wells[i].ack) != 0;
	return true;
}

static bool any_awake(struct model *m, u32 gt)
{
	for (u32 i = 0; i < ARRAY_SIZE(wells); i++)
		if (wells[i].gt == gt && reg_get(m, wells[i].ack))
			return true;
	return false;
}

static void request_write(struct model *m, u32 off, u32 val)
{
	u32 mask = val >> 16, gt = reg_gt(off);

	reg_set(m, off, val & 0xffff);
	for (u32 i = 0; i < ARRAY_SIZE(wells); i++) {
		u32 ack;

		if (wells[i].request != off)
			continue;
		ack = (reg_get(m, wells[i].ack) & ~mask) | (val & mask);
		reg_set(m, wells[i].ack, ack);
		obs_event(m, EV_FORCEWAKE, gt << 8 | wells[i].domain, ack);
	}
	c6_forcewake(m, gt, any_awake(m, gt));
}

static u32 core_status_read(struct model *m, u32 off)
{
	(void)off;
	return c6_state(m, GT_MAIN);
}

static u32 residency_read(struct model *m, u32 off)
{
	return c6_residency(m, off == MTL_MEDIA_MC6 ? GT_MEDIA : GT_MAIN);
}

static const struct reg_row rows[] = {
	{ .name = "FORCEWAKE_ACK_RENDER", .off = 0xd84, .ref = H "FORCEWAKE_ACK_RENDER" },
	{ .name = "FORCEWAKE_ACK_GT_MTL", .off = 0xdfc, .media = true, .ref = H "FORCEWAKE_ACK_GT_MTL" },
	{ .name = "RPNSWREQ", .off = 0xa008, .media = true, .rw = ALL, .ref = H "RPNSWREQ" },
	{ .name = "RP_CONTROL", .off = 0xa024, .media = true, .rw = ALL, .ref = H "RP_CONTROL" },
	{ .name = "RC_CONTROL", .off = 0xa090, .media = true, .rw = ALL, .ref = H "RC_CONTROL" },
	{ .name = "RC_STATE", .off = 0xa094, .media = true, .rw = ALL, .ref = H "RC_STATE" },
	{ .name = "RC_IDLE_HYSTERSIS", .off = 0xa0ac, .media = true, .rw = ALL, .ref = H "RC_IDLE_HYSTERSIS" },
	{ .name = "MEDIA_POWERGATE_IDLE_HYSTERESIS", .off = 0xa0c4, .media = true, .rw = ALL,
	  .ref = H "MEDIA_POWERGATE_IDLE_HYSTERESIS" },
	{ .name = "RENDER_POWERGATE_IDLE_HYSTERESIS", .off = 0xa0c8, .media = true, .rw = ALL,
	  .ref = H "RENDER_POWERGATE_IDLE_HYSTERESIS" },
	{ .name = "PMINTRMSK", .off = 0xa168, .media = true, .rw = ALL, .ref = H "PMINTRMSK" },
	{ .name = "FORCEWAKE_GT", .off = 0xa188, .media = true, .write = request_write, .ref = H "FORCEWAKE_GT" },
	{ .name = "POWERGATE_ENABLE", .off = 0xa210, .media = true, .rw = ALL, .ref = H "POWERGATE_ENABLE" },
	{ .name = "FORCEWAKE_RENDER", .off = 0xa278, .write = request_write, .ref = H "FORCEWAKE_RENDER" },
	{ .name = "MTL_MEDIA_PERF_LIMIT_REASONS", .off = 0x138030, .rw = ALL,
	  .ref = H "MTL_MEDIA_PERF_LIMIT_REASONS" },
	{ .name = "MTL_MEDIA_MC6", .off = MTL_MEDIA_MC6, .read = residency_read, .ref = H "MTL_MEDIA_MC6" },
	{ .name = "GT_CORE_STATUS", .off = 0x138060, .read = core_status_read,
	  .ref = H "GT_CORE_STATUS" },
	{ .name = "GT_GFX_RC6_LOCKED", .off = 0x138104, .ref = H "GT_GFX_RC6_LOCKED" },
	{ .name = "GT_GFX_RC6", .off = 0x138108, .read = residency_read, .ref = H "GT_GFX_RC6" },
	{ .name = "GT0_PERF_LIMIT_REASONS", .off = 0x1381a8, .rw = ALL, .ref = H "GT0_PERF_LIMIT_REASONS" },
	{ .name = "GT_PERF_STATUS", .off = 0x1381b4, .ref = H "GT_PERF_STATUS" },
	{ .name = "FORCEWAKE_ACK_MEDIA_VDBOX", .off = GSI_MEDIA + 0xd50, .ref = H "FORCEWAKE_ACK_MEDIA_VDBOX" },
	{ .name = "FORCEWAKE_ACK_MEDIA_VEBOX", .off = GSI_MEDIA + 0xd70, .ref = H "FORCEWAKE_ACK_MEDIA_VEBOX" },
	{ .name = "FORCEWAKE_MEDIA_VDBOX", .off = GSI_MEDIA + 0xa540, .write = request_write,
	  .ref = H "FORCEWAKE_MEDIA_VDBOX" },
	{ .name = "FORCEWAKE_MEDIA_VEBOX", .off = GSI_MEDIA + 0xa560, .write = request_write,
	  .ref = H "FORCEWAKE_MEDIA_VEBOX" },
};

const struct reg_table power_regs = { rows, ARRAY_SIZE(rows) };
