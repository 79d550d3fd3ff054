/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The GPU as its registers see it: per GT a GuC, its scheduler and its engines behind it.
 */
#ifndef MODEL_GUC_H
#define MODEL_GUC_H

#include "types.h"

/* makes and frees m->guc, while there are registers, engines and MMU; 0 or a negative errno */
int guc_init(struct model *m);
void guc_fini(struct model *m);

void guc_reset(struct model *m, u32 gt); /* GDRST GUC */
void gt_reset(struct model *m, u32 gt); /* GDRST FULL: all contexts of the GT are lost */
void gts_reset(struct model *m); /* FLR, DEVICE_RESET: those of both */
void guc_doorbell(struct model *m, u32 gt); /* GUC_HOST_INTERRUPT, MED_GUC_HOST_INTERRUPT written */
void guc_dma_load(struct model *m, u32 gt); /* DMA_CTRL START written */

/* a round of a GT's GuC and its engines: H2G, G2H, scheduling; true: more is ready right now */
bool guc_step(struct model *m, u32 gt);
/* earliest model_now() at which it must be looked at again, or TIME_NEVER */
u64 guc_deadline(struct model *m, u32 gt);

/* a power well of the GT is held, or none is */
void c6_forcewake(struct model *m, u32 gt, bool held);
/* an interrupt became pending or no longer is */
void c6_interrupt(struct model *m);
/* the function goes to D3hot, or is back */
void c6_d3(struct model *m, bool d3);
/* as the registers have them: 0 or 6, spelled 3; and the time in C6 */
u32 c6_state(struct model *m, u32 gt);
u32 c6_residency(struct model *m, u32 gt);

#endif
