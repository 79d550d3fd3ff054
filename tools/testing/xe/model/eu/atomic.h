/* SPDX-License-Identifier: GPL-2.0 */
/* Atomic operations of threads on one aligned word, which CPUs may be using at the same time. */
#ifndef MODEL_EU_ATOMIC_H
#define MODEL_EU_ATOMIC_H

#include "types.h"

bool eu_atomic_known(u32 op);
/* false: not with this many bytes */
bool eu_atomic(void *word, u32 op, u32 bytes, u64 one, u64 two, u64 *old);

#endif
