/* SPDX-License-Identifier: GPL-2.0 */
/* Registers and device as they are at power-on. */
#ifndef MODEL_MMIO_RESET_H
#define MODEL_MMIO_RESET_H

#include "types.h"

void mmio_reset(struct model *m); /* every register back to its reset value */
/* power-on state of everything but config space: FLR, DEVICE_RESET */
void device_reset(struct model *m);

#endif
