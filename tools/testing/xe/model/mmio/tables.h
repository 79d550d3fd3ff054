/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of mmio/ show each other: their tables and the offsets more than one of them needs. */
#ifndef MODEL_MMIO_TABLES_H
#define MODEL_MMIO_TABLES_H

#include "mmio/reg.h"

#define REG_GMD_ID 0x000d8cu
#define REG_GUC_STATUS 0x00c000u
#define REG_GU_MISC_IIR 0x0444f8u
#define REG_GU_MISC_IER 0x0444fcu
#define REG_TILE_ADDR_RANGE 0x004900u
#define REG_DSMBASE 0x1080c0u
#define REG_GSMBASE 0x108100u
#define REG_SG_TILE_ADDR_RANGE 0x1083a0u

extern const struct reg_table gt_regs; /* fuses, clocks, steering, caches */
extern const struct reg_table power_regs; /* forcewake and render C6 */
extern const struct reg_table window_regs; /* the engines' own */
extern const struct reg_table uc_regs; /* what loads and kicks the GuC, and graphics reset */
extern const struct reg_table tuning_regs; /* set by the driver, asked by nobody here */
extern const struct reg_table master_regs; /* the interrupts' master enable */
extern const struct reg_table irq_regs;
extern const struct reg_table display_regs; /* the unit its interrupt comes from */
extern const struct reg_table pcode_regs;
extern const struct reg_table device_regs; /* outside the GT: memory layout, function-level reset */

bool power_awake(struct model *m, u32 gt, u32 domain);

#endif
