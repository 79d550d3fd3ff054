/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A register: its row, and the storage behind it. Touching a register without a row fails the run
 * (UNIMPLEMENTED, with its offset); the guest goes on with plain 32-bit storage.
 */
#ifndef MODEL_MMIO_REG_H
#define MODEL_MMIO_REG_H

#include "types.h"

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

static inline u32 reg_row_count(const struct reg_row *row)
{
	return row->count ? row->count : 1;
}

static inline u32 reg_row_stride(const struct reg_row *row)
{
	return row->stride ? row->stride : 4;
}

struct reg_table {
	const struct reg_row *rows;
	u32 count;
};

/* raw storage, no side effects */
u32 reg_get(struct model *m, u32 off);
void reg_set(struct model *m, u32 off, u32 val);

/* what a row without read/write callbacks does; callbacks may use them */
void reg_store(struct model *m, const struct reg_row *row, u32 off, u32 val);

/* GT_* of a register among those each GT has */
u32 reg_gt(u32 off);

#endif
