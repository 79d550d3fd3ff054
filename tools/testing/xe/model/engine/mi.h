/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Encodings of commands, bits only.
 * ref: 6.12 xe/instructions/xe_mi_commands.h, xe_gpu_commands.h; i915 gt/intel_gpu_commands.h; Intel's
 * public command reference, volume 2a, for what those lack
 */
#ifndef MODEL_ENGINE_MI_H
#define MODEL_ENGINE_MI_H

#include "types.h"

enum command_type { TYPE_MI = 0, TYPE_BLIT = 2, TYPE_GFXPIPE = 3, TYPE_GFX_STATE = 4 };

enum mi_opcode {
	MI_NOOP = 0x00,
	MI_SET_PREDICATE = 0x01,
	MI_USER_INTERRUPT = 0x02,
	MI_WAIT_FOR_EVENT = 0x03,
	MI_ARB_CHECK = 0x05,
	MI_REPORT_HEAD = 0x07,
	MI_ARB_ON_OFF = 0x08,
	MI_MEM_FENCE = 0x09,
	MI_BATCH_BUFFER_END = 0x0a,
	MI_PREDICATE = 0x0c,
	MI_TOPOLOGY_FILTER = 0x0d,
	MI_MATH = 0x1a,
	MI_SEMAPHORE_SIGNAL = 0x1b,
	MI_SEMAPHORE_WAIT = 0x1c,
	MI_FORCE_WAKEUP = 0x1d,
	MI_STORE_DATA_IMM = 0x20,
	MI_STORE_DATA_INDEX = 0x21,
	MI_LOAD_REGISTER_IMM = 0x22,
	MI_STORE_REGISTER_MEM = 0x24,
	MI_FLUSH_DW = 0x26,
	MI_REPORT_PERF_COUNT = 0x28,
	MI_LOAD_REGISTER_MEM = 0x29,
	MI_LOAD_REGISTER_REG = 0x2a,
	MI_COPY_MEM_MEM = 0x2e,
	MI_ATOMIC = 0x2f,
	MI_BATCH_BUFFER_START = 0x31,
	MI_CONDITIONAL_BATCH_BUFFER_END = 0x36,
	MI_PARALLEL_TOUCH = 0x3f, /* the model's own, abi/parallel_touch.h */
};

enum blit_opcode {
	XY_FAST_COPY_BLT = 0x42,
	XY_FAST_COLOR_BLT = 0x44,
	XY_BLOCK_COPY_BLT = 0x41,
	XY_CTRL_SURF_COPY_BLT = 0x48,
	MEM_COPY = 0x5a,
	MEM_SET = 0x5b,
};

#define GFX(pipeline, op, sub) (3u << 29 | (u32)(pipeline) << 27 | (u32)(op) << 24 | (u32)(sub) << 16)
#define GFX_STATE_BASE_ADDRESS GFX(0, 1, 1)
#define GFX_MEM_FENCE_ADDRESS GFX(0, 1, 9)
#define GFX_BINDING_TABLE_POOL GFX(3, 1, 0x19)
#define RESOURCE_BARRIER 0xac000000u

static inline u32 mi_type(u32 dw)
{
	return dw >> 29;
}

static inline u32 mi_op(u32 dw)
{
	return (dw >> 23) & 0x3f;
}

#define MI_GGTT BIT(22) /* of the memory operand, where a command has just one */

#define MI_ARB_ENABLE BIT(0)

#define MI_SDI_QWORD BIT(21)

#define MI_REG_CS_OFFSET BIT(19) /* register is an offset from the engine's base */
#define MI_REG_REMAP BIT(17) /* 0x2000-0x2fff means the engine's own */
#define MI_LRR_SRC_CS_OFFSET BIT(18)
#define MI_LRR_DST_CS_OFFSET BIT(19)
#define MI_REG_MASK 0x007ffffcu

#define MI_COPY_SRC_GGTT BIT(22)
#define MI_COPY_DST_GGTT BIT(21)

#define MI_FLUSH_INDEX BIT(21)
#define MI_FLUSH_TLB BIT(18)
#define MI_FLUSH_NOTIFY BIT(8)
#define MI_FLUSH_ADDR_GGTT BIT(2) /* in dword 1 */
#define POST_SYNC(dw) (((dw) >> 14) & 3)
enum post_sync { POST_NONE = 0, POST_IMMEDIATE = 1, POST_TIMESTAMP = 3 };

#define PIPE_GGTT BIT(24)
#define PIPE_REG_WRITE BIT(23)
#define PIPE_INDEX BIT(21)
#define PIPE_TLB BIT(18)
#define PIPE_NOTIFY BIT(8)

#define MI_BB_SECOND_LEVEL BIT(22)
#define MI_BB_PREDICATED BIT(15)
#define MI_BB_PPGTT BIT(8)

#define MI_COMPARE(dw) (((dw) >> 12) & 7)
enum mi_compare { CMP_GT = 0, CMP_GE = 1, CMP_LT = 2, CMP_LE = 3, CMP_EQ = 4, CMP_NE = 5 };
#define MI_SEMAPHORE_POLL BIT(15)
#define MI_SEMAPHORE_REGISTER BIT(16)
#define MI_COND_COMPARE BIT(21)

#define MI_ATOMIC_QWORD BIT(19)
#define MI_ATOMIC_OCTWORD BIT(20)
#define MI_ATOMIC_INLINE BIT(18)
#define MI_ATOMIC_RETURN BIT(16)
#define MI_ATOMIC_OP(dw) (((dw) >> 8) & 0x1f) /* bits 15:13 repeat the size in the tables of the manual */

#define MEM_MATRIX BIT(17)
#define MEM_TYPE_MASK (BIT(17) | BIT(18))
#define MEM_COPY_PAGE_MODE BIT(19)

#endif
