/* SPDX-License-Identifier: GPL-2.0 */
/* Where lanes go: predicates, jumps, and where those that parted meet. */
#ifndef MODEL_EU_FLOW_H
#define MODEL_EU_FLOW_H

#include "eu/thread.h"

/* lanes of the instruction that execute it, lane 0 of the instruction first */
u32 eu_enabled(const struct eu_thread *t, const struct eu_inst *inst);
/* behind an instruction that is no jump */
void eu_advance(struct eu_thread *t, const struct eu_inst *inst);
/* base: addresses in registers count from there */
void eu_jump(struct eu_thread *t, const struct eu_inst *inst, u64 base);

#endif
