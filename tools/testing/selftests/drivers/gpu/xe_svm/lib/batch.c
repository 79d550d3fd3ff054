// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that every engine has: store, copy, increment, wait, one dword each;
 * and a copy of many bytes, for copy engines.
 *
 * The encodings are those of drivers/gpu/drm/xe/instructions/xe_mi_commands.h;
 * MI_ATOMIC is from the public command reference (Volume 2a, "MI_ATOMIC").
 * Addresses are those of the process: through a mirror they mean the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "gpu.h"

#define MI_INSTR(opcode, len)	((uint32_t)(opcode) << 23 | ((len) - 2))
#define MI_BATCH_BUFFER_END	((uint32_t)0x0a << 23)
#define MI_SEMAPHORE_WAIT	MI_INSTR(0x1c, 5)
#define   MI_SEMAPHORE_POLL	((uint32_t)1 << 15)
#define   MI_SEMAPHORE_EQUAL	((uint32_t)4 << 12)
#define MI_STORE_DATA_IMM	MI_INSTR(0x20, 4)
#define MI_COPY_MEM_MEM		MI_INSTR(0x2e, 5)
#define MI_ATOMIC		MI_INSTR(0x2f, 3)
#define MI_BATCH_BUFFER_START	MI_INSTR(0x31, 3)
#define   MI_BATCH_PPGTT	((uint32_t)1 << 8)
#define   MI_ATOMIC_INC		((uint32_t)0x05 << 8)
/* From intel-gpu-tools, lib/intel_reg.h: MEM_COPY_CMD, linear. */
#define MEM_COPY		((uint32_t)2 << 29 | (uint32_t)0x5a << 22 | (10 - 2))
/* The emulated GPU's own (tools/testing/xe/model/abi/parallel_touch.h). */
#define MI_PARALLEL_TOUCH	MI_INSTR(0x3f, 9)
#define   TOUCH_ACCESS(access)	((uint32_t)(access) << 8)

uint32_t *gpu_batch_take(struct gpu_queue *queue, unsigned int len)
{
	uint32_t *dw = queue->batch + queue->len;

	if (queue->code && dw + len > queue->code) {
		fputs("# the batch is too long: it reaches the code of its threads\n", stderr);
		abort();
	}
	queue->len += len;
	return dw;
}

static void emit(struct gpu_queue *queue, uint32_t dword)
{
	*gpu_batch_take(queue, 1) = dword;
}

static void emit_address(struct gpu_queue *queue, const volatile void *addr)
{
	emit(queue, (uint32_t)(uintptr_t)addr);
	emit(queue, (uint32_t)((uintptr_t)addr >> 32));
}

void gpu_batch_store(struct gpu_queue *queue, volatile void *addr, uint32_t value)
{
	emit(queue, MI_STORE_DATA_IMM);
	emit_address(queue, addr);
	emit(queue, value);
}

void gpu_batch_copy(struct gpu_queue *queue, volatile void *to, const volatile void *from)
{
	emit(queue, MI_COPY_MEM_MEM);
	emit_address(queue, to);
	emit_address(queue, from);
}

void gpu_batch_increment(struct gpu_queue *queue, volatile void *addr)
{
	emit(queue, MI_ATOMIC | MI_ATOMIC_INC);
	emit_address(queue, addr);
}

/* Run the batch again from its start, without end. */
void gpu_batch_repeat(struct gpu_queue *queue)
{
	emit(queue, MI_BATCH_BUFFER_START | MI_BATCH_PPGTT);
	emit_address(queue, queue->batch);
}

/* The engine does nothing else until @word is @value. */
void gpu_batch_wait(struct gpu_queue *queue, const volatile uint32_t *word, uint32_t value)
{
	emit(queue, MI_SEMAPHORE_WAIT | MI_SEMAPHORE_POLL | MI_SEMAPHORE_EQUAL);
	emit(queue, value);
	emit_address(queue, word);
	emit(queue, 0);
}

/* On a copy engine. @size: bytes, at most 2^18 */
void gpu_batch_copy_bytes(struct gpu_queue *queue, volatile void *to, const volatile void *from,
			  uint32_t size)
{
	emit(queue, MEM_COPY);
	emit(queue, size - 1);
	emit(queue, 0);		/* one row: no height and no pitches */
	emit(queue, 0);
	emit(queue, 0);
	emit_address(queue, from);
	emit_address(queue, to);
	emit(queue, 0);		/* MOCS index 0 */
}

/*
 * Up to @count accesses at once, each with a fault of its own, @stride bytes apart:
 * like the threads of a shader. Needs the model's knob `parallel_touch`.
 */
void gpu_batch_touch(struct gpu_queue *queue, volatile void *start, uint32_t count,
		     uint32_t stride, enum gpu_touch access)
{
	emit(queue, MI_PARALLEL_TOUCH | TOUCH_ACCESS(access));
	emit_address(queue, start);
	emit(queue, count);
	emit(queue, stride);
	emit(queue, count);	/* as many threads */
	emit(queue, 0);		/* that do not rest */
	emit(queue, 1);		/* value of a write */
	emit(queue, 0);
}

void gpu_batch_finish(struct gpu_queue *queue)
{
	emit(queue, MI_BATCH_BUFFER_END);
	emit(queue, 0);
	queue->code = NULL;
}
