/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts of the GT (rig.md section 3): every source owns a 16-bit accumulator of vectors; the driver
 * reads the tree of pending bits and selects one source, which latches its identity and clears it. Beside it
 * the one interrupt from outside, display.c.
 */
#ifndef MODEL_IRQ_H
#define MODEL_IRQ_H

#include "types.h"

#define IRQ_BANKS 2u

struct irq_source {
	u16 vector; /* enabled events, masked ones among them */
	u8 class, instance;
};

struct irq {
	struct irq_source pending[IRQ_BANKS][32];
	u32 bits[IRQ_BANKS]; /* sources with a vector pending and not masked */
	u32 identity[IRQ_BANKS];
	bool master; /* master enable, bit 31 of 0x190008 */
	bool sent; /* a message went out since the last enable */

	/* injected: a message on its way, and one that comes again; 0: none */
	u64 due, again;
};

struct display {
	u32 hz; /* the knob, as it was looked at last */
	u64 next, raised; /* ns */
	u64 longest; /* wait for an acknowledgement, ns */
	u64 passes, most_passes; /* of the handler that left it pending */
};

void irq_raise(struct model *m, u8 bank, u8 bit, u8 class, u8 instance, u16 vector);
void irq_reset(struct model *m);
void irq_due(struct model *m);
u64 irq_deadline(struct model *m);
/* something became pending, or no longer is */
void irq_changed(struct model *m);
/* an interrupt is pending that the driver wants and has not taken: of a GT, of anything */
bool irq_held_by_gt(const struct model *m, u32 gt);
bool irq_held(struct model *m);

bool display_pending(struct model *m);
void display_passed(struct model *m); /* the master is enabled again */
void display_due(struct model *m);
u64 display_deadline(struct model *m);

#endif
