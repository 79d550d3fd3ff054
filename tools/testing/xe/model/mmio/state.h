/* SPDX-License-Identifier: GPL-2.0 */
/* The state of registers and interrupt tree; pci/ takes the memory behind BAR0 from it. */
#ifndef MODEL_MMIO_STATE_H
#define MODEL_MMIO_STATE_H

#include "types.h"

#define BAR0_BYTES (16ull << 20)
#define BAR0_REG_BYTES (4ull << 20)
#define BAR0_GGTT (8ull << 20)

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

struct reg_row;

#define REG_ROW_NONE 0xffffu

struct mmio {
	/* immutable after mmio_init */
	u32 *regs; /* BAR0 memory: registers, and the GGTT from BAR0_GGTT on */
	int bar0_fd;
	const struct reg_row **rows; /* all tables, sorted by offset */
	struct reg_row *media_rows; /* made of those that say so, num_media of them */
	u32 num_media;
	u32 num_rows;
	u16 *row_of; /* by dword: index into rows or REG_ROW_NONE */

	struct irq irq;
	struct display display;
};

#endif
