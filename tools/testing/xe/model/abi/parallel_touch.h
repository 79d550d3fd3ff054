/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MI_PARALLEL_TOUCH: a command no hardware has. It touches memory as the threads of a shader would: many
 * at once, each with a page fault of its own. For programs in the guest and for the model alike, so this
 * file includes nothing of either. Off unless the knob `parallel_touch` is set; then MODEL.md says more.
 */
#ifndef PARALLEL_TOUCH_H
#define PARALLEL_TOUCH_H

#include <stdint.h>

#define PARALLEL_TOUCH_OPCODE 0x3f /* an MI command, bits 28:23 */
#define PARALLEL_TOUCH_DWORDS 9
#define PARALLEL_TOUCH_ACCESS(dw) (((dw) >> 8) & 3)
#define PARALLEL_TOUCH_COUNT_UP (1u << 10) /* the n-th touch writes value + n */
#define PARALLEL_TOUCH_LANES_MAX 512 /* the threads of eight Xe cores */

enum parallel_touch_access {
	PARALLEL_TOUCH_READ = 0, /* of a dword; its value goes nowhere */
	PARALLEL_TOUCH_WRITE = 1, /* of a dword */
	PARALLEL_TOUCH_INCREMENT = 2, /* of a dword, atomic */
};

/* the n-th touch is of the dword at start + n * stride, in the address space of the context */
struct parallel_touch {
	uint64_t start;
	uint32_t count; /* touches */
	uint32_t stride; /* bytes */
	uint32_t lanes; /* threads, each with one touch at a time; 0 or too many: LANES_MAX */
	uint32_t think_us; /* a thread rests between the end of its touch and its next one */
	uint32_t value;
	uint32_t access; /* enum parallel_touch_access, or'ed with COUNT_UP */
};

/* dw holds PARALLEL_TOUCH_DWORDS */
static inline void parallel_touch_emit(uint32_t *dw, const struct parallel_touch *t)
{
	dw[0] = (uint32_t)PARALLEL_TOUCH_OPCODE << 23 | (t->access & PARALLEL_TOUCH_COUNT_UP) |
		(t->access & 3) << 8 | (PARALLEL_TOUCH_DWORDS - 2);
	dw[1] = (uint32_t)t->start;
	dw[2] = (uint32_t)(t->start >> 32);
	dw[3] = t->count;
	dw[4] = t->stride;
	dw[5] = t->lanes;
	dw[6] = t->think_us;
	dw[7] = t->value;
	dw[8] = 0;
}

#endif
