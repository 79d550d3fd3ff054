/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts of the GT (rig.md section 3): every source owns a 16-bit accumulator of vectors; the driver
 * reads the tree of pending bits and selects one source, which latches its identity and clears it.
 */
#ifndef MODEL_IRQ_H
#define MODEL_IRQ_H

#include "types.h"

#define IRQ_BANKS 2u

struct irq_source {
	u16 vector;
	u8 class, instance;
};

struct irq {
	struct irq_source pending[IRQ_BANKS][32];
	u32 bits[IRQ_BANKS]; /* sources with a vector pending */
	u32 identity[IRQ_BANKS];
	bool master; /* master enable, bit 31 of 0x190008 */
	bool sent; /* a message went out since the last enable */

	/* injected: a message on its way, and one that comes again; 0: none */
	u64 due, again;
};

void irq_raise(struct model *m, u8 bank, u8 bit, u8 class, u8 instance, u16 vector);
void irq_reset(struct model *m);
void irq_due(struct model *m);
u64 irq_deadline(struct model *m);

#endif
