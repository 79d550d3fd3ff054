/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers: const rows merged at start into one sorted table. Touching a register without a row fails the
 * run (UNIMPLEMENTED, with its offset); the guest goes on with plain 32-bit storage.
 */
#ifndef MODEL_MMIO_H
#define MODEL_MMIO_H

#include "mmio/irq.h"
#include "types.h"

#define BAR0_BYTES (16ull << 20)
#define BAR0_REG_BYTES (4ull << 20)
#define BAR0_GGTT (8ull << 20)

/* offsets below GSI_BYTES are the main GT's; what the media GT has of them lies GSI_MEDIA higher */
#define GSI_BYTES 0x040000u
#define GSI_MEDIA 0x380000u

/* power wells a register may need */
#define FW_NONE 0u
#define FW_GT 1u
#define FW_RENDER 2u
#define FW_VDBOX 4u
#define FW_VEBOX 8u

struct reg_row {
	const char *name;
	u32 off;
	u32 count, stride; /* count 0 means 1; stride 0 means 4 */
	u32 reset;
	u32 rw; /* bits that keep what is written; 0 and no w1c, no write: read-only */
	u32 w1c; /* bits a written 1 clears */
	bool masked; /* bits 31:16 of the value written enable bits 15:0 */
	u32 fw; /* FW_* */
	bool media; /* the media GT has one too, at GSI_MEDIA; its row is made at start */
	u32 (*read)(struct model *m, u32 off); /* NULL: the stored value */
	void (*write)(struct model *m, u32 off, u32 val); /* NULL: rw/w1c/masked; else it does the storing */
	const char *ref; /* public document or 6.12 header the row comes from */
};

struct reg_table {
	const struct reg_row *rows;
	u32 count;
};

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

/* raw storage, no side effects */
u32 reg_get(struct model *m, u32 off);
void reg_set(struct model *m, u32 off, u32 val);

/* what a row without read/write callbacks does; callbacks may use them */
void reg_store(struct model *m, const struct reg_row *row, u32 off, u32 val);

/* GT_* of a register among those each GT has */
u32 reg_gt(u32 off);

int mmio_init(struct model *m);
void mmio_fini(struct model *m);
void mmio_reset(struct model *m); /* every register back to its reset value */

/* as the CPU through BAR0 (trapped part) and as an engine's MI_*_REGISTER_* command would */
u32 mmio_read(struct model *m, u32 off);
void mmio_write(struct model *m, u32 off, u32 val);

/* checks of one table or of the merged one: sorted, disjoint, named, with ref; NULL or what is wrong */
const char *mmio_check_rows(const struct reg_row *const *rows, u32 count);

/* guc/ and engine/ bring their own */
extern const struct reg_table guc_regs, engine_regs;

#endif
