/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The GPU as its registers see it: per GT a GuC, its scheduler and its engines behind it.
 */
#ifndef MODEL_GUC_H
#define MODEL_GUC_H

#include "types.h"

/* m->guc, m->engines, m->mmu are made and freed here; 0 or a negative errno */
int guc_init(struct model *m);
void guc_fini(struct model *m);

void guc_reset(struct model *m, u32 gt); /* GDRST GUC */
void gt_reset(struct model *m, u32 gt); /* GDRST FULL: all contexts of the GT are lost */
void gpu_reset(struct model *m); /* FLR, DEVICE_RESET: those of both */
void guc_doorbell(struct model *m, u32 gt); /* GUC_HOST_INTERRUPT, MED_GUC_HOST_INTERRUPT written */
void guc_dma_load(struct model *m, u32 gt); /* DMA_CTRL START written */

/* drain H2G, deliver waiting G2H, schedule, run engines; true: more is ready right now */
bool gpu_step(struct model *m, u64 budget_ns);
/* somebody holds a power well of the GT, or nobody does */
void gpu_forcewake(struct model *m, u32 gt, bool held);
/* an interrupt became pending or no longer is */
void gpu_interrupt(struct model *m);
/* the function goes to D3hot, or is back */
void gpu_d3(struct model *m, bool d3);
/* as the registers have them: 0 or 6, spelled 3; and the time in C6 */
u32 gpu_c_state(struct model *m, u32 gt);
u32 gpu_c6_residency(struct model *m, u32 gt);
/* earliest model_now() at which something must be looked at again, or TIME_NEVER */
u64 gpu_next_deadline(struct model *m);

#endif
