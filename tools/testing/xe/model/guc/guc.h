/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The GPU as its registers see it: GuC, scheduler and engines behind it.
 */
#ifndef MODEL_GUC_H
#define MODEL_GUC_H

#include "types.h"

/* m->guc, m->engines, m->mmu are made and freed here; 0 or a negative errno */
int guc_init(struct model *m);
void guc_fini(struct model *m);

void guc_reset(struct model *m); /* GDRST GUC */
void gpu_reset(struct model *m); /* GDRST FULL, FLR, DEVICE_RESET: all contexts lost */
void guc_doorbell(struct model *m); /* GUC_HOST_INTERRUPT written */
void guc_dma_load(struct model *m); /* DMA_CTRL START written */

/* drain H2G, deliver waiting G2H, schedule, run engines; true: more is ready right now */
bool gpu_step(struct model *m, u64 budget_ns);
/* somebody holds a power well, or nobody does */
void gpu_forcewake(struct model *m, bool held);
/* as the registers have them: 0 or 6, spelled 3; and the time in C6 */
u32 gpu_c_state(struct model *m);
u32 gpu_c6_residency(struct model *m);
/* earliest model_now() at which something must be looked at again, or TIME_NEVER */
u64 gpu_next_deadline(struct model *m);

#endif
