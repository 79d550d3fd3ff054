/* SPDX-License-Identifier: GPL-2.0 */
/* What a part is made of: identity, GTs, engines, fuses, memory layout. Data, no code paths. */
#ifndef MODEL_PLATFORM_H
#define MODEL_PLATFORM_H

#include "types.h"

/* offsets below GSI_BYTES are the main GT's; what the media GT has of them lies GSI_MEDIA higher */
#define GSI_BYTES 0x040000u
#define GSI_MEDIA 0x380000u

/* what each GT's GuC has of its own: frequencies, message registers, interrupt */
#define REG_RP_STATE_CAP 0x138000u
#define REG_MEDIA_RP_STATE_CAP 0x138020u
#define REG_MESSAGE 0x190240u
#define REG_MEDIA_MESSAGE 0x190310u
#define GUC_IRQ_BIT 25
#define GUC_IRQ_INSTANCE 0
#define MEDIA_GUC_IRQ_BIT 24
#define MEDIA_GUC_IRQ_INSTANCE 16

/* engine classes as the interrupt identity and ENGINE_ID spell them */
enum engine_class {
	CLASS_RENDER = 0,
	CLASS_VIDEO_DECODE = 1,
	CLASS_VIDEO_ENHANCE = 2,
	CLASS_COPY = 3,
	CLASS_OTHER = 4,
	CLASS_COMPUTE = 5,
};

/* the GTs of a device, each with a GuC and engines of its own; the media GT may be missing (knob media_gt) */
enum { GT_MAIN, GT_MEDIA, GTS };

struct gt_desc {
	u32 gsi; /* its registers that others have too: added to their offsets in the main GT */
	u32 gmd_id;
	u32 messages; /* the registers through which its GuC is spoken to before the command transport is up */
	u32 rp_state_cap; /* its frequencies */
	u8 irq_bit, irq_instance; /* its GuC's interrupt */
};

struct engine_desc {
	const char *name;
	u8 gt;
	u8 class, instance;
	u8 guc_class; /* GuC's own numbering: render 0, video 1, venh 2, blitter 3, compute 4 */
	u8 logical; /* bit of the submit mask of its class */
	u32 base; /* mmio */
	u8 irq_bank, irq_bit;
};

struct reg_value {
	u32 off, val;
	const char *why;
};

struct platform {
	const char *name;
	u16 device_id;
	u8 revision;
	bool dgfx;
	u64 vram; /* memory behind BAR2: VRAM, or the stolen memory of an integrated part */
	struct gt_desc gts[GTS];
	u16 gmch_ctl; /* config 0x50 */
	u32 pat_indices; /* bit n: page attribute index n exists */
	u32 pat_coherent; /* bit n: it snoops the CPU's caches, one or both ways */
	const struct engine_desc *engines; /* those of one GT side by side */
	u32 num_engines;
	const struct reg_value *regs; /* reset values that differ by platform: fuses, memory layout */
	u32 num_regs;
};

extern const struct platform platform_lnl, platform_bmg;
const struct platform *platform_find(const char *name);

#endif
