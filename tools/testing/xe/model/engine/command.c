// SPDX-License-Identifier: GPL-2.0
/* The table of commands, and how one is found and measured. */
#include <string.h>

#include "engine/command.h"
#include "platform.h"

#define ALL_ENGINES                                                                                \
	(BIT(CLASS_RENDER) | BIT(CLASS_COPY) | BIT(CLASS_COMPUTE) | BIT(CLASS_VIDEO_DECODE) |      \
	 BIT(CLASS_VIDEO_ENHANCE))
#define RENDER BIT(CLASS_RENDER)
#define PIPE (BIT(CLASS_RENDER) | BIT(CLASS_COMPUTE))
#define COMPUTE BIT(CLASS_COMPUTE)
#define COPY BIT(CLASS_COPY)

#define MI_MASK (7u << 29 | 0x3fu << 23)
#define BLIT(op) (2u << 29 | (u32)(op) << 22)
#define BLIT_MASK (7u << 29 | 0x7fu << 22)
#define GFX_MASK 0xffff0000u
#define GFX_OP_MASK 0xff000000u
#define CFE_MASK 0xfffc0000u

#define XE "instructions/xe_mi_commands.h "
#define XEG "instructions/xe_gpu_commands.h "
#define XEP "instructions/xe_gfxpipe_commands.h "
#define I915 "i915 gt/intel_gpu_commands.h "
#define PRM "Intel's command reference, volume 2a "

#define MI(op, len, lo, hi, fn, where)                                                             \
	{                                                                                          \
		.name = #op, .match = (u32)(op) << 23, .mask = MI_MASK, .engines = ALL_ENGINES,    \
		.length = len, .min = lo, .max = hi, .exec = fn, .ref = where #op                  \
	}
#define BLT(op, lo, hi, fn, where)                                                                 \
	{                                                                                          \
		.name = #op, .match = BLIT(op), .mask = BLIT_MASK, .engines = COPY,                \
		.length = LENGTH_8, .min = lo, .max = hi, .exec = fn, .ref = where #op             \
	}
/* state that would matter to shaders and drawing only, which the model lacks */
#define STATE(nm, code, msk, who, len, fn)                                                         \
	{                                                                                          \
		.name = nm, .match = code, .mask = msk, .engines = who, .length = len, .min = 1,   \
		.max = len == LENGTH_9 ? 513 : 257, .exec = fn, .ref = XEP nm                      \
	}

static const struct command rows[] = {
	MI(MI_NOOP, LENGTH_ONE, 1, 1, exec_skip, XE),
	MI(MI_SET_PREDICATE, LENGTH_ONE, 1, 1, exec_set_predicate, I915),
	MI(MI_USER_INTERRUPT, LENGTH_ONE, 1, 1, exec_user_interrupt, XE),
	MI(MI_WAIT_FOR_EVENT, LENGTH_ONE, 1, 1, exec_unimplemented, I915),
	MI(MI_ARB_CHECK, LENGTH_ONE, 1, 1, exec_arb_check, XE),
	MI(MI_REPORT_HEAD, LENGTH_ONE, 1, 1, exec_unimplemented, I915),
	MI(MI_ARB_ON_OFF, LENGTH_ONE, 1, 1, exec_arb_on_off, XE),
	MI(MI_MEM_FENCE, LENGTH_ONE, 1, 1, exec_skip, "IGT lib/intel_reg.h "),
	MI(MI_BATCH_BUFFER_END, LENGTH_ONE, 1, 1, exec_batch_end, XE),
	MI(MI_PREDICATE, LENGTH_ONE, 1, 1, exec_unimplemented, I915),
	MI(MI_TOPOLOGY_FILTER, LENGTH_ONE, 1, 1, exec_skip, XE),
	MI(MI_MATH, LENGTH_8, 2, 257, exec_math, I915),
	MI(MI_SEMAPHORE_SIGNAL, LENGTH_8, 2, 2, exec_unimplemented, I915),
	MI(MI_SEMAPHORE_WAIT, LENGTH_8, 4, 5, exec_semaphore_wait, I915),
	MI(MI_FORCE_WAKEUP, LENGTH_8, 2, 2, exec_skip, XE),
	MI(MI_STORE_DATA_IMM, LENGTH_10, 4, 1025, exec_store_data, XE),
	MI(MI_STORE_DATA_INDEX, LENGTH_8, 3, 4, exec_store_index, I915),
	MI(MI_LOAD_REGISTER_IMM, LENGTH_8, 3, 257, exec_load_imm, XE),
	MI(MI_STORE_REGISTER_MEM, LENGTH_8, 4, 4, exec_store_reg, XE),
	MI(MI_FLUSH_DW, LENGTH_6, 4, 5, exec_flush_dw, XE),
	MI(MI_REPORT_PERF_COUNT, LENGTH_6, 4, 4, exec_unimplemented, I915),
	MI(MI_LOAD_REGISTER_MEM, LENGTH_8, 4, 4, exec_load_mem, XE),
	MI(MI_LOAD_REGISTER_REG, LENGTH_8, 3, 3, exec_load_reg, I915),
	MI(MI_COPY_MEM_MEM, LENGTH_8, 5, 5, exec_copy_dword, XE),
	MI(MI_ATOMIC, LENGTH_8, 3, 11, exec_atomic, I915),
	MI(MI_BATCH_BUFFER_START, LENGTH_8, 3, 3, exec_batch_start, XE),
	MI(MI_CONDITIONAL_BATCH_BUFFER_END, LENGTH_8, 4, 4, exec_batch_end_if, I915),
	MI(MI_PARALLEL_TOUCH, LENGTH_8, 9, 9, exec_parallel_touch, "abi/parallel_touch "),

	BLT(XY_BLOCK_COPY_BLT, 2, 257, exec_unimplemented, I915),
	BLT(XY_FAST_COPY_BLT, 10, 10, exec_fast_copy, XEG),
	BLT(XY_FAST_COLOR_BLT, 16, 16, exec_fast_color, XEG),
	BLT(XY_CTRL_SURF_COPY_BLT, 5, 5, exec_unimplemented, XEG),
	BLT(MEM_COPY, 10, 10, exec_mem_copy, "IGT lib/intel_reg.h "),
	BLT(MEM_SET, 7, 7, exec_mem_set, XEG "PVC_"),

	{ .name = "PIPE_CONTROL", .match = GFX(3, 2, 0), .mask = GFX_MASK, .engines = PIPE,
	  .length = LENGTH_8, .min = 6, .max = 6, .exec = exec_pipe_control, .ref = XEG "GFX_OP_PIPE_CONTROL" },
	STATE("3DPRIMITIVE", GFX(3, 3, 0), GFX_OP_MASK, RENDER, LENGTH_8, exec_unimplemented),
	{ .name = "COMPUTE_WALKER", .match = GFX(2, 2, 8), .mask = CFE_MASK, .engines = PIPE, .length = LENGTH_8,
	  .min = 40, .max = 40, .exec = exec_compute_walker, .ref = PRM "COMPUTE_WALKER" },
	{ .name = "CFE_STATE", .match = GFX(2, 2, 0), .mask = CFE_MASK, .engines = PIPE, .length = LENGTH_8, .min = 2,
	  .max = 257, .exec = exec_cfe_state, .ref = XEP "CFE_STATE" },
	STATE("PIPELINE_SELECT", GFX(1, 1, 4), GFX_MASK, PIPE, LENGTH_ONE, exec_skip),
	STATE("3DSTATE_VF_STATISTICS", GFX(1, 0, 0xb), GFX_MASK, PIPE, LENGTH_ONE, exec_skip),
	STATE("STATE_BASE_ADDRESS", GFX_STATE_BASE_ADDRESS, GFX_MASK, PIPE, LENGTH_8, exec_state_base),
	STATE("STATE_*", GFX(0, 1, 0), GFX_OP_MASK, PIPE, LENGTH_8, exec_skip),
	STATE("STATE_SYSTEM_MEM_FENCE_ADDRESS", GFX_MEM_FENCE_ADDRESS, GFX_MASK, COPY, LENGTH_8, exec_skip),
	STATE("3DSTATE_SO_DECL_LIST", GFX(3, 1, 0x17), GFX_MASK, RENDER, LENGTH_9, exec_skip),
	STATE("3DSTATE_* pipelined", GFX(3, 0, 0), GFX_OP_MASK, RENDER, LENGTH_8, exec_skip),
	STATE("3DSTATE_* non-pipelined", GFX(3, 1, 0), GFX_OP_MASK, RENDER, LENGTH_8, exec_skip),
	STATE("3DSTATE_BINDING_TABLE_POOL_ALLOC", GFX_BINDING_TABLE_POOL, GFX_MASK, COMPUTE, LENGTH_8, exec_skip),
	{ .name = "STATE_PREFETCH", .match = GFX(0, 0, 3), .mask = GFX_MASK, .engines = PIPE,
	  .length = LENGTH_8, .min = 2, .max = 257, .exec = exec_skip, .ref = PRM "STATE_PREFETCH" },
	{ .name = "RESOURCE_BARRIER", .match = RESOURCE_BARRIER, .mask = GFX_OP_MASK, .engines = PIPE,
	  .length = LENGTH_8, .min = 5, .max = 5, .exec = exec_skip, .ref = PRM "RESOURCE_BARRIER" },
	{ .name = "STATE_WRITE_INLINE", .match = 4u << 29, .mask = 0xfc000000u, .engines = PIPE,
	  .length = LENGTH_8, .min = 2, .max = 257, .exec = exec_skip,
	  .ref = "instructions/xe_gfx_state_commands.h STATE_WRITE_INLINE" },
};

const struct command_table commands = { rows, ARRAY_SIZE(rows) };

const struct command *command_find(u32 dw, u32 class)
{
	u32 i;

	for (i = 0; i < commands.count; i++)
		if ((dw & rows[i].mask) == rows[i].match && (rows[i].engines & BIT(class)))
			return &rows[i];
	return NULL;
}

u32 command_length(const struct command *row, u32 dw)
{
	switch (row->length) {
	case LENGTH_ONE:
		return 1;
	case LENGTH_6:
		return (dw & 0x3f) + 2;
	case LENGTH_8:
		return (dw & 0xff) + 2;
	case LENGTH_9:
		return (dw & 0x1ff) + 2;
	case LENGTH_10:
		return (dw & 0x3ff) + 2;
	}
	return 1;
}

u32 command_length_guess(u32 dw)
{
	if (mi_type(dw) == TYPE_MI && mi_op(dw) < 0x10)
		return 1;
	return (dw & 0xff) + 2;
}

/* a later row may be shadowed by an earlier one only if it is wider */
static bool shadowed(const struct command *early, const struct command *late)
{
	return (early->engines & late->engines) && !(early->mask & ~late->mask) &&
	       (late->match & early->mask) == early->match;
}

const char *command_check(const struct command_table *table)
{
	const struct command *row = table->rows;
	u32 i, j;

	for (i = 0; i < table->count; i++, row++) {
		if (!row->name || !row->ref || !*row->ref || !row->exec)
			return "a command without name, ref or exec";
		if (row->match & ~row->mask || !row->engines)
			return row->name;
		if (!row->min || row->min > row->max || row->max > COMMAND_MAX_DWORDS)
			return row->name;
		for (j = 0; j < i; j++)
			if (shadowed(&table->rows[j], row) || !strcmp(table->rows[j].name, row->name))
				return row->name;
	}
	return NULL;
}
