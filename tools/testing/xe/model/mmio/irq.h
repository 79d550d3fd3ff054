/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts of the GT (rig.md section 3): every source owns a 16-bit accumulator of vectors; the driver
 * reads the tree of pending bits and selects one source, which latches its identity and clears it.
 */
#ifndef MODEL_IRQ_H
#define MODEL_IRQ_H

#include "types.h"

void irq_raise(struct model *m, u8 bank, u8 bit, u8 class, u8 instance, u16 vector);
void irq_reset(struct model *m);
void irq_due(struct model *m);
u64 irq_deadline(struct model *m);
/* something became pending, or no longer is */
void irq_changed(struct model *m);
/* an interrupt is pending that the driver wants and has not taken: of a GT, of anything */
bool irq_held_by_gt(const struct model *m, u32 gt);
bool irq_held(struct model *m);
/* so is the one from outside the GTs, display.c */
bool irq_held_by_display(struct model *m);
void irq_master(struct model *m, bool on); /* the master enable is written */

#endif
