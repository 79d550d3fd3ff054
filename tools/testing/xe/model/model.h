/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One emulated GPU. No globals: everything hangs off struct model. Directories follow an access,
 * host -> pci -> mmio -> guc -> engine -> mmu -> mem; each includes only headers to its right, plus obs/ and
 * inject/; the way back is struct model_ops. One thread, one loop.
 */
#ifndef MODEL_H
#define MODEL_H

#include "inject/inject.h"
#include "mem/mem.h"
#include "mmio/mmio.h"
#include "obs/obs.h"
#include "pci/pci.h"
#include "types.h"

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

/* the way back to the left; every pointer is set */
struct model_ops {
	u64 (*now)(struct model *m); /* ns, monotonic or a test's virtual clock */
	bool (*msi)(struct model *m, u32 vector); /* false: interrupts are off */
};

struct guc;
struct engine;
struct mmu;

struct model {
	/* immutable after model_init */
	const struct platform *plat;
	const struct model_ops *ops;
	void *host; /* owner of ops: the vfio-user server or a test */

	struct obs obs;
	struct inject inject;
	struct mem mem;
	struct pci pci;
	struct mmio mmio;
	struct guc *guc[GTS];
	struct engine *engines; /* plat->num_engines */
	struct mmu *mmu;

	bool wake; /* gpu_step is wanted now */

	struct {
		bool d3; /* the function is in D3hot */
		bool asleep; /* and nothing keeps the platform out of S0ix, since it was looked at last */
		u64 looked; /* ns */
	} sleep;
};

struct model_config {
	const struct platform *plat;
	const struct model_ops *ops;
	void *host;
	u64 vram; /* 0: the platform's */
	u64 seed;
	bool test_bar;
	FILE *log, *trace;
};

/* 0 or a negative errno; model_fini undoes either */
int model_init(struct model *m, const struct model_config *config);
void model_fini(struct model *m);
/* power-on state of everything but config space: FLR, DEVICE_RESET */
void model_reset(struct model *m);

static inline u64 model_now(struct model *m)
{
	return m->ops->now(m);
}

static inline void model_wake(struct model *m)
{
	m->wake = true;
}

#endif
