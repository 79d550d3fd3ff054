// SPDX-License-Identifier: GPL-2.0
/* What differs from one part to the next: identity, engines, fuses, memory layout. Data, no code paths. */
#include <string.h>

#include "platform.h"

#define MIB(n) ((u64)(n) << 20)

/* both parts are given the same engines, side by side by GT; bcs8 is the one the driver keeps for binding */
static const struct engine_desc engines[] = {
	{ "rcs0", GT_MAIN, CLASS_RENDER, 0, 0, 0, 0x002000, 0, 0 },
	{ "ccs0", GT_MAIN, CLASS_COMPUTE, 0, 4, 0, 0x01a000, 0, 4 },
	{ "bcs0", GT_MAIN, CLASS_COPY, 0, 3, 0, 0x022000, 0, 15 },
	{ "bcs8", GT_MAIN, CLASS_COPY, 8, 3, 1, 0x3ee000, 0, 23 },
	{ "vcs0", GT_MEDIA, CLASS_VIDEO_DECODE, 0, 1, 0, 0x1c0000, 1, 0 },
	{ "vecs0", GT_MEDIA, CLASS_VIDEO_ENHANCE, 0, 2, 0, 0x1c8000, 1, 31 },
};

#define GTS_OF(main_id, media_id)                                                                  \
	{                                                                                          \
		[GT_MAIN] = { .gmd_id = main_id, .messages = REG_MESSAGE,                          \
			      .rp_state_cap = REG_RP_STATE_CAP, .irq_bit = GUC_IRQ_BIT,            \
			      .irq_instance = GUC_IRQ_INSTANCE },                                  \
		[GT_MEDIA] = { .gsi = GSI_MEDIA, .gmd_id = media_id, .messages = REG_MEDIA_MESSAGE, \
			       .rp_state_cap = REG_MEDIA_RP_STATE_CAP, .irq_bit = MEDIA_GUC_IRQ_BIT, \
			       .irq_instance = MEDIA_GUC_IRQ_INSTANCE },                           \
	}

/* 8 MiB of GGTT entries; stolen memory in units of 32 MiB */
#define GGC_VALUE(units) ((u32)(units) << 8 | 3u << 6)
#define WOPCM_8_MIB (3u << 7)
#define DRIVERINT_FLR_DIS BIT(31)

#define XE2_PAT_INDICES 0xfff0ffffu /* 16 to 19 are reserved, xe_pat.c xe2_pat_table */
#define XE2_PAT_COHERENT 0xccc000b6u /* those with a coh_mode other than 0 there */

#define XE2_FUSES                                                                                  \
	{ 0x9114, BIT(16), "XEHP_FUSE4: one compute engine" },                                     \
	{ 0x9118, 0x000300f0, "MIRROR_FUSE3: two L3 nodes, eight banks" },                         \
	{ 0x9120, BIT(2), "FUSE2: production hardware" },                                          \
	{ 0x9134, 0xff, "XELP_EU_ENABLE: all EUs of a subslice" },                                 \
	{ 0x913c, 0xff, "geometry subslices 0..7" },                                               \
	{ 0x9144, 0xff, "compute subslices 0..7" },                                                \
	{ 0x138000, 18u << 16 | 123, "RP0 2050 MHz, RPn 300 MHz in units of 16.67 MHz" },          \
	{ 0x13800c, 60, "RPe 1000 MHz" },                                                          \
	{ 0x138020, 18u << 16 | 72, "media: RP0 1200 MHz, RPn 300 MHz" },                          \
	{ 0x13802c, 36, "media: RPe 600 MHz" },                                                    \
	{ GSI_MEDIA + 0x9140, BIT(16) | BIT(0), "GT_VEBOX_VDBOX_DISABLE: set is present, vecs0 and vcs0" }

static const struct reg_value lnl_regs[] = {
	XE2_FUSES,
	{ 0x108040, GGC_VALUE(2), "GGC: 64 MiB of stolen memory" },
	{ 0x1082c0, WOPCM_8_MIB, "STOLEN_RESERVED: its top 8 MiB are WOPCM" },
};

const struct platform platform_lnl = {
	.name = "lnl",
	.device_id = 0x64a0,
	.revision = 4,
	.vram = MIB(256), /* behind BAR2: GSM's shadow, then stolen memory */
	.gts = GTS_OF(0x05010004, 0x05000004), /* graphics 20.04, media 20.00, both B0 */
	.gmch_ctl = 0x00c0,
	.pat_indices = XE2_PAT_INDICES,
	.pat_coherent = XE2_PAT_COHERENT,
	.engines = engines,
	.num_engines = ARRAY_SIZE(engines),
	.regs = lnl_regs,
	.num_regs = ARRAY_SIZE(lnl_regs),
};

/* where the parts of VRAM lie follows its size: vram_layout() of mmio/reset.c */
static const struct reg_value bmg_regs[] = {
	XE2_FUSES,
	{ 0x101010, BIT(7), "GU_CNTL: local memory is initialised" },
	{ 0x108040, GGC_VALUE(2), "GGC" },
	{ 0x1082c0, WOPCM_8_MIB, "STOLEN_RESERVED" },
};

const struct platform platform_bmg = {
	.name = "bmg",
	.device_id = 0xe20b,
	.revision = 0,
	.dgfx = true,
	.vram = MIB(1024),
	.gts = GTS_OF(0x05004004, 0x03404004), /* graphics 20.01, media 13.01 */
	.gmch_ctl = 0x00c0,
	.pat_indices = XE2_PAT_INDICES,
	.pat_coherent = XE2_PAT_COHERENT,
	.engines = engines,
	.num_engines = ARRAY_SIZE(engines),
	.regs = bmg_regs,
	.num_regs = ARRAY_SIZE(bmg_regs),
};

const struct platform *platform_find(const char *name)
{
	static const struct platform *const all[] = { &platform_lnl, &platform_bmg };

	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}
