// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts come from and go to their image in memory. The image is a list of register loads; what it lists
 * is restored and saved generically, and the few registers with a meaning are picked from there.
 */
#include <string.h>

#include "engine/engine.h"
#include "engine/mi.h"
#include "engine/touch.h"
#include "engine/walker.h"
#include "inject/inject.h"
#include "model.h"
#include "obs/obs.h"

const char *engine_class_name(u32 class)
{
	static const char *const names[] = {
		[CLASS_RENDER] = "render", [CLASS_COPY] = "copy", [CLASS_COMPUTE] = "compute",
		[CLASS_VIDEO_DECODE] = "video decode", [CLASS_VIDEO_ENHANCE] = "video enhance",
	};

	return class < ARRAY_SIZE(names) && names[class] ? names[class] : "other";
}

void context_init(struct context *ctx, u32 gt, u32 lrca, bool has_ppgtt)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->gt = gt;
	ctx->lrca = lrca;
	ctx->has_ppgtt = has_ppgtt;
}

void context_fini(struct context *ctx)
{
	touch_free(ctx);
	walker_free(ctx);
}

static bool image_at(struct model *m, const struct context *ctx, u32 dword, struct mem_addr *at)
{
	struct mmu_page page;

	if (!mmu_ggtt(m, ctx->gt, (u64)ctx->lrca + LRC_STATE_OFFSET + dword * 4, &page))
		return false;
	*at = page.at;
	return true;
}

static bool image_read(struct model *m, const struct context *ctx, u32 dword, u32 num, u32 *val)
{
	struct mem_addr at;

	return image_at(m, ctx, dword, &at) && mem_read(m, at, val, num * sizeof(*val));
}

static bool image_write(struct model *m, const struct context *ctx, u32 dword, u32 val)
{
	struct mem_addr at;

	return image_at(m, ctx, dword, &at) && mem_write(m, at, &val, sizeof(val));
}

/* the next (register, value) pair of the image from *dword on; *dword is the value's index */
static bool image_next(const u32 *image, u32 *dword, u32 *left, u32 *reg)
{
	u32 i = *dword + 1;

	while (!*left) {
		if (i >= LRC_STATE_DWORDS || mi_op(image[i]) == MI_BATCH_BUFFER_END)
			return false;
		if (mi_op(image[i]) == MI_LOAD_REGISTER_IMM && mi_type(image[i]) == TYPE_MI)
			*left = ((image[i] & 0xff) + 1) / 2;
		i++;
	}
	if (i + 1 >= LRC_STATE_DWORDS)
		return false;
	(*left)--;
	*reg = image[i] & (RING_WINDOW - 4);
	*dword = i + 1;
	return true;
}

static void restore_registers(struct context *ctx)
{
	u32 dword = 0, left = 0, reg;

	while (image_next(ctx->image, &dword, &left, &reg))
		ctx->regs[reg / 4] = ctx->image[dword];
}

static void restore_ring(struct model *m, struct context *ctx)
{
	u32 *regs = ctx->regs;

	ctx->ring_start = regs[RING_START / 4] & ~0xfffu;
	ctx->ring_size = (regs[RING_CTL / 4] & RING_CTL_SIZE) + 4096;
	ctx->head = regs[RING_HEAD / 4] & RING_HEAD_ADDR;
	ctx->tail = regs[RING_TAIL / 4] & RING_TAIL_ADDR;
	if (ctx->head >= ctx->ring_size || ctx->tail >= ctx->ring_size) {
		obs_guest_error(m, "ring head or tail outside the ring", ctx->lrca);
		ctx->head = ctx->tail = 0;
	}
	if (!(regs[RING_CTL / 4] & RING_CTL_VALID)) {
		obs_guest_error(m, "ring not valid", ctx->lrca);
		ctx->head = ctx->tail;
	}
	ctx->space.root = (u64)regs[RING_PDP0_UDW / 4] << 32 | regs[RING_PDP0_LDW / 4];
	ctx->space.asid = regs[RING_ASID / 4] & ASID_MASK;
	ctx->ticks = (u64)regs[RING_CTX_TIMESTAMP_UDW / 4] << 32 | regs[RING_CTX_TIMESTAMP / 4];
}

/* the image says where in a batch it was, for a context whose hidden part is gone */
static void restore_batch(struct context *ctx)
{
	u32 low = ctx->regs[RING_BB_ADDR / 4];

	if (ctx->level == LEVEL_RING && (low & BB_ADDR_VALID)) {
		ctx->level = LEVEL_BATCH;
		ctx->pos[LEVEL_BATCH].ip =
			(u64)ctx->regs[RING_BB_ADDR_UDW / 4] << 32 | (low & ~3u);
		ctx->pos[LEVEL_BATCH].ppgtt = ctx->regs[RING_BB_STATE / 4] & BB_STATE_PPGTT;
	}
	low = ctx->regs[RING_BB_PER_CTX / 4];
	if (low & BIT(0)) {
		ctx->resume = ctx->level;
		ctx->level = LEVEL_LOAD;
		ctx->pos[LEVEL_LOAD].ip = low & ~0xfffu;
		ctx->pos[LEVEL_LOAD].ppgtt = false;
	}
}

bool context_load(struct model *m, struct engine *e, struct context *ctx)
{
	if (!image_read(m, ctx, 0, LRC_STATE_DWORDS, ctx->image))
		return false;
	restore_registers(ctx);
	if (ctx->regs[RING_CONTROL / 4] & LRC_CONTROL_INDIRECT_RING)
		obs_unimplemented(m, "indirect ring state", ctx->lrca);
	restore_ring(m, ctx);
	restore_batch(ctx);
	walker_resume(ctx);
	ctx->loaded_at = model_now(m);
	if (!inject_get(m, KNOB_strict))
		tlb_flush_engine(m, e->index);
	e->ctx = ctx;
	e->preempt = false;
	obs_event(m, EV_CONTEXT_LOAD, e->index, ctx->lrca);
	return true;
}

static void note_state(struct model *m, struct context *ctx)
{
	u64 ticks = context_ticks(m, ctx);
	u32 *regs = ctx->regs;

	if (ctx->level == LEVEL_LOAD)
		ctx->level = ctx->resume;
	regs[RING_HEAD / 4] = ctx->head;
	regs[RING_CTX_TIMESTAMP / 4] = (u32)ticks;
	regs[RING_CTX_TIMESTAMP_UDW / 4] = (u32)(ticks >> 32);
	regs[RING_CONTROL / 4] &= ~LRC_CONTROL_INHIBIT;
	regs[RING_BB_ADDR / 4] = regs[RING_BB_ADDR_UDW / 4] = regs[RING_BB_STATE / 4] = 0;
	if (ctx->level != LEVEL_RING) {
		regs[RING_BB_ADDR / 4] = (u32)ctx->pos[ctx->level].ip | BB_ADDR_VALID;
		regs[RING_BB_ADDR_UDW / 4] = (u32)(ctx->pos[ctx->level].ip >> 32);
		regs[RING_BB_STATE / 4] = ctx->pos[ctx->level].ppgtt ? BB_STATE_PPGTT : 0;
	}
}

/* writes only what the GPU changed: the driver may be writing the rest, the tail above all */
void context_save(struct model *m, struct engine *e)
{
	struct context *ctx = e->ctx;
	u32 dword = 0, left = 0, reg;

	note_state(m, ctx);
	while (image_next(ctx->image, &dword, &left, &reg)) {
		if (ctx->image[dword] == ctx->regs[reg / 4])
			continue;
		if (!image_write(m, ctx, dword, ctx->regs[reg / 4]))
			break;
		ctx->image[dword] = ctx->regs[reg / 4];
	}
	obs_event(m, EV_CONTEXT_SAVE, e->index, ctx->lrca);
	context_abandon(e);
}

void context_abandon(struct engine *e)
{
	e->ctx = NULL;
	e->preempt = false;
}

bool context_read_tail(struct model *m, struct context *ctx)
{
	u32 tail;

	if (!image_read(m, ctx, LRC_TAIL, 1, &tail))
		return false;
	if ((tail & RING_TAIL_ADDR) >= ctx->ring_size) {
		obs_guest_error(m, "ring tail outside the ring", ctx->lrca);
		return false;
	}
	ctx->image[LRC_TAIL] = tail;
	ctx->regs[RING_TAIL / 4] = tail;
	ctx->tail = tail & RING_TAIL_ADDR;
	return true;
}

bool context_has_work(struct model *m, struct context *ctx)
{
	u32 state[LRC_TAIL + 1];

	if (!image_read(m, ctx, 0, ARRAY_SIZE(state), state))
		return false;
	return ctx->level != LEVEL_RING ||
	       (state[LRC_HEAD] & RING_HEAD_ADDR) != (state[LRC_TAIL] & RING_TAIL_ADDR);
}
