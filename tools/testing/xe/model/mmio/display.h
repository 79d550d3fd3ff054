/* SPDX-License-Identifier: GPL-2.0 */
/* The one interrupt from outside the GTs. */
#ifndef MODEL_MMIO_DISPLAY_H
#define MODEL_MMIO_DISPLAY_H

#include "types.h"

void display_passed(struct model *m); /* the master is enabled again */
void display_due(struct model *m);
u64 display_deadline(struct model *m);

#endif
