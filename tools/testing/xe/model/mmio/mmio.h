/* SPDX-License-Identifier: GPL-2.0 */
/* All registers: const rows of several tables, merged at start into one that is sorted. */
#ifndef MODEL_MMIO_H
#define MODEL_MMIO_H

#include "mmio/reg.h"

int mmio_init(struct model *m);
void mmio_fini(struct model *m);

/* as the CPU through BAR0 (trapped part) and as an engine's MI_*_REGISTER_* command would */
u32 mmio_read(struct model *m, u32 off);
void mmio_write(struct model *m, u32 off, u32 val);

/* what guc/ and engine/ reach of it */
extern const struct model_port mmio_port;

/* checks of one table or of the merged one: sorted, disjoint, named, with ref; NULL or what is wrong */
const char *mmio_check_rows(const struct reg_row *const *rows, u32 count);

#endif
