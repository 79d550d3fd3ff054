/* SPDX-License-Identifier: GPL-2.0 */
/* Instructions that compute: from registers to registers and flags, without memory and without jumps. */
#ifndef MODEL_EU_COMPUTE_H
#define MODEL_EU_COMPUTE_H

#include "eu/thread.h"

/* for the lanes of the mask, lane 0 of the instruction first; NULL, or the name of something the model lacks */
const char *eu_compute(struct eu_thread *t, const struct eu_inst *inst, u32 mask);

#endif
