// SPDX-License-Identifier: GPL-2.0
/*
 * Threads of the execution units of an Xe2 GPU: a grid of them, each of which
 * accesses one dword, on an engine that has threads.
 *
 * The instructions are in the page of the queue, behind the batch: the engine
 * has fetched this page when the threads begin, so that their own faults are
 * those of what they access. They were assembled by iga64 of Debian's
 * libigc2-tools (-p=2) from the comments beside them.
 *
 * Commands are from the public command reference (Volume 2a: "PIPELINE_SELECT",
 * "STATE_BASE_ADDRESS", "CFE_STATE", "COMPUTE_WALKER", "PIPE_CONTROL").
 * State that is 0 is the default; MOCS 0 is what the page's PAT index says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"

#define PIPELINE_SELECT_GPGPU	0x69040302U
#define PIPE_CONTROL		0x7a000000U
#define   PIPE_CONTROL_CS_STALL	0x00100000U
#define   PIPE_CONTROL_DC_FLUSH	0x00000020U
#define STATE_BASE_ADDRESS	0x61010000U
#define   BASE_MODIFY		1U
#define   WHOLE_SPACE		(0xfffffU << 12 | 1)
#define CFE_STATE		0x72000000U
#define   CFE_MAX_THREADS	(512U << 16)	/* as the smallest device has */
#define COMPUTE_WALKER		0x72080000U
#define   WALKER_SIMD16		0x40000000U
#define   WALKER_INLINE_DATA	0x02000000U
#define   WALKER_ONE_LANE	1U		/* of each thread */

/* In the queue's page: for each access a slot of 256 bytes */
#define CODE_OFFSET		0xd00
#define STRIDE_UNIT		64
#define MAX_STRIDE		(STRIDE_UNIT * 0xffffU)

/*
 * The address of a thread's dword, r14: its inline data, r1, is an address (q),
 * a value (d) and a stride in units of 64 bytes (w); r0.1 is its number.
 */
static const uint64_t address_code[] = {
	0x7f05022080100061, 0x0000000000100004,	/* (W) mov (16) r127:ud r0:ud */
	0x0505022080000041, 0x0000013401000014,	/* (W) mul (1) r5:ud r0.1:ud r1.6:uw */
	0x0605023080000961, 0x0000000000000504,	/* (W) mov (1) r6:uq r5:ud {A@1} */
	0x0605833080000969, 0x0006000605000604,	/* (W) shl (1) r6:uq r6:uq 6:w {A@1} */
	0x0605033080000940, 0x0000010403000604,	/* (W) add (1) r6:uq r6:uq r1:uq {A@1} */
	0x0e05033000100961, 0x0000000000000604,	/* mov (16) r14:uq r6:uq {A@1} */
	0x0a05022000100061, 0x0000000000000124,	/* mov (16) r10:ud r1.2:ud */
};

static const uint64_t access_code[][4] = {
	[GPU_TOUCH_READ] = {
		0x100c000000112031, 0x00000000fb000e14,	/* load.ugm.d32.a64 r16 [r14] {A@1,$0} */
		0x0001000000008001, 0x0000000000000000,	/* sync.nop null {$0.dst} */
	},
	[GPU_TOUCH_WRITE] = {
		0x0000000000112031, 0x00000a0cfb080e14,	/* store.ugm.d32.a64 [r14] r10 {A@1,$0} */
		0x0001000000000001, 0x0000000000000000,	/* sync.nop null */
	},
	[GPU_TOUCH_INCREMENT] = {
		0x0000000000112031, 0x00000000fb100e14,	/* atomic_iinc.ugm.d32.a64 [r14] {A@1,$0} */
		0x0001000000000001, 0x0000000000000000,	/* sync.nop null */
	},
};

static const uint64_t end_code[] = {
	0x0000000480012131, 0x0000000030207f0c,	/* (W) send.gtwy null r127 {EOT,A@1,$1} */
};

bool gpu_engine_has_threads(const struct drm_xe_engine_class_instance *engine)
{
	return engine->engine_class == DRM_XE_ENGINE_CLASS_RENDER ||
	       engine->engine_class == DRM_XE_ENGINE_CLASS_COMPUTE;
}

static void put_code(char *to, enum gpu_touch access)
{
	memcpy(to, address_code, sizeof(address_code));
	to += sizeof(address_code);
	memcpy(to, access_code[access], sizeof(access_code[access]));
	to += sizeof(access_code[access]);
	memcpy(to, end_code, sizeof(end_code));
}

/* A command of @len dwords, zeros but for the first */
static uint32_t *emit(struct gpu_queue *queue, uint32_t first, unsigned int len)
{
	uint32_t *dw = gpu_batch_take(queue, len);

	memset(dw, 0, len * sizeof(*dw));
	dw[0] = first | (len - 2);
	return dw;
}

static void put_address(uint32_t *dw, uint64_t addr)
{
	dw[0] |= (uint32_t)addr;
	dw[1] |= (uint32_t)(addr >> 32);
}

static void emit_flush(struct gpu_queue *queue)
{
	uint32_t *dw = emit(queue, PIPE_CONTROL, 6);

	dw[1] = PIPE_CONTROL_CS_STALL | PIPE_CONTROL_DC_FLUSH;
}

static void emit_state(struct gpu_queue *queue, uint64_t instructions)
{
	uint32_t *dw;

	emit_flush(queue);
	if (queue->engine.engine_class == DRM_XE_ENGINE_CLASS_RENDER)
		*gpu_batch_take(queue, 1) = PIPELINE_SELECT_GPGPU;
	dw = emit(queue, STATE_BASE_ADDRESS, 22);
	dw[1] = BASE_MODIFY;
	dw[4] = BASE_MODIFY;
	dw[6] = BASE_MODIFY;
	dw[8] = BASE_MODIFY;
	put_address(dw + 10, instructions | BASE_MODIFY);
	dw[12] = WHOLE_SPACE;
	dw[13] = WHOLE_SPACE;
	dw[14] = WHOLE_SPACE;
	dw[15] = WHOLE_SPACE;
	dw = emit(queue, CFE_STATE, 6);
	dw[3] = CFE_MAX_THREADS;
}

/*
 * @count threads, each of which accesses one dword, @stride bytes from that of
 * the thread before. A write stores 1.
 */
void gpu_batch_kernel_touch(struct gpu_queue *queue, volatile void *start, uint32_t count,
			    uint32_t stride, enum gpu_touch access)
{
	uint32_t offset = CODE_OFFSET + access * 256, *dw;
	char *page = queue->gpu->control.base + queue->page * SZ_4K;

	if (stride % STRIDE_UNIT || stride > MAX_STRIDE) {
		fprintf(stderr, "# a stride of %u: expected a multiple of %u up to %u\n", stride,
			STRIDE_UNIT, MAX_STRIDE);
		abort();
	}
	queue->code = (uint32_t *)(page + CODE_OFFSET);
	gpu_batch_take(queue, 0);
	put_code(page + offset, access);
	emit_state(queue, (uintptr_t)page);
	dw = emit(queue, COMPUTE_WALKER, 40);
	dw[4] = WALKER_SIMD16 | WALKER_INLINE_DATA;
	dw[5] = WALKER_ONE_LANE;
	dw[6] = 16 - 1;			/* lanes of a group, in x */
	dw[7] = count;			/* groups, in x, y and z */
	dw[8] = 1;
	dw[9] = 1;
	dw[19] = offset;		/* from the base of instructions */
	dw[24] = 1;			/* threads of a group */
	put_address(dw + 32, (uintptr_t)start);
	dw[34] = 1;
	dw[35] = stride / STRIDE_UNIT;
	emit_flush(queue);
}
