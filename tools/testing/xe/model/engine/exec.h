/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An exec function executes one command. It either happens as a whole or returns EXEC_FAULT,
 * EXEC_AGAIN or EXEC_WAIT and will be called again. No exec function knows the rows of command.c.
 */
#ifndef MODEL_ENGINE_EXEC_H
#define MODEL_ENGINE_EXEC_H

#include "engine/access.h"
#include "engine/mi.h"

typedef enum exec_result exec_fn(struct model *m, struct engine *e);

/* what exec functions share */
enum address_space operand_space(const struct engine *e, bool ggtt);
/* an unprivileged batch may not use the GGTT: true if it tried, the command is to be skipped */
bool operand_forbidden(struct model *m, struct engine *e, bool ggtt);
bool engine_privileged(const struct engine *e);
/* what the command asks for is unimplemented, or (false) with the knob `garbage` an error of the batch */
bool engine_lacks(struct model *m, const struct engine *e, const char *what, u64 id);
u64 operand_addr(const struct engine *e, u32 dword); /* lo, hi */
u32 engine_reg_read(struct model *m, struct engine *e, u32 reg);
void engine_reg_write(struct model *m, struct engine *e, u32 reg, u32 val);
void engine_reg_write_user(struct model *m, struct engine *e, u32 reg, u32 val);
void engine_interrupt(struct model *m, struct engine *e);
bool mi_compare(u32 op, u64 left, u64 right);

exec_fn exec_skip, exec_unimplemented;
exec_fn exec_arb_check, exec_arb_on_off, exec_user_interrupt, exec_batch_start, exec_batch_end,
	exec_batch_end_if, exec_semaphore_wait, exec_set_predicate;
exec_fn exec_store_data, exec_store_index, exec_atomic, exec_copy_dword, exec_flush_dw, exec_pipe_control;
exec_fn exec_parallel_touch, exec_compute_walker, exec_state_base, exec_cfe_state;
exec_fn exec_load_imm, exec_load_mem, exec_load_reg, exec_store_reg, exec_math;
exec_fn exec_mem_set, exec_mem_copy, exec_fast_copy, exec_fast_color;

#endif
