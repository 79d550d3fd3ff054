// SPDX-License-Identifier: GPL-2.0
/*
 * Copies and fills. A rectangle is worked off in stretches of a row; what is contiguous in memory at both
 * ends moves at once. The bytes done are the context's progress, so a fault or the end of a slice in the
 * middle loses nothing.
 */
#include <string.h>

#include "engine/exec.h"
#include "inject/inject.h"
#include "obs/obs.h"

#define CHUNK_BYTES (256u << 10) /* between two looks at the rest of the world */
#define UNIT_BYTES 1024u

struct rectangle {
	u64 dst, src;
	u64 width, height; /* bytes, rows */
	u64 dst_pitch, src_pitch;
};

static u64 corner(u64 base, u64 pitch, u64 done, u64 width)
{
	return base + done / width * pitch + done % width;
}

/* rows that follow each other without a gap are one row */
static void flatten(struct rectangle *r)
{
	if (r->height > 1 && r->dst_pitch == r->width && r->src_pitch == r->width) {
		r->width *= r->height;
		r->height = 1;
	}
}

/* a place in a stretch */
struct cursor {
	const struct span *span;
	u64 off; /* in the span */
};

/* *len is cut to what is contiguous; NULL: no memory, reads give zeroes and writes vanish */
static void *at_cursor(struct model *m, const struct cursor *c, u64 *len, bool write)
{
	struct mem_addr at = { c->span->at.space, c->span->at.pa + c->off };
	size_t size;
	void *ptr;

	if (*len > c->span->len - c->off)
		*len = c->span->len - c->off;
	if (c->span->null)
		return NULL;
	size = *len;
	ptr = mem_map_chunk(m, at, &size, write);
	if (ptr)
		*len = size;
	return ptr;
}

static void move_cursor(struct cursor *c, u64 len)
{
	c->off += len;
	if (c->off < c->span->len)
		return;
	c->span++;
	c->off = 0;
}

static void put_zeroes(u8 *to, u64 len)
{
	static const u8 zeroes[4096];
	u64 run;

	for (; len; to += run, len -= run) {
		run = len < sizeof(zeroes) ? len : sizeof(zeroes);
		mem_put(to, zeroes, run);
	}
}

static void put(u8 *to, const u8 *from, u64 len)
{
	if (!to)
		return;
	if (!from)
		put_zeroes(to, len);
	else if (from < to && to < from + len)
		memmove(to, from, len); /* a copy onto itself, from its end */
	else
		mem_put(to, from, len);
}

static void move(struct model *m, const struct stretch *dst, const struct stretch *src, u64 len)
{
	struct cursor out = { dst->span, 0 }, in = { src->span, 0 };
	void *from, *to;
	u64 run;

	for (; len; len -= run) {
		run = len;
		from = at_cursor(m, &in, &run, false);
		to = at_cursor(m, &out, &run, true);
		put(to, from, run);
		move_cursor(&in, run);
		move_cursor(&out, run);
	}
}

static enum exec_result copy_piece(struct model *m, struct engine *e, const struct rectangle *r, u64 *len)
{
	enum address_space space = operand_space(e, false);
	u64 done = e->ctx->progress;
	struct stretch src, dst;
	enum exec_result ret;

	ret = access_stretch(m, e, space, corner(r->src, r->src_pitch, done, r->width), *len, MMU_READ, &src);
	if (ret == EXEC_DONE)
		ret = access_stretch(m, e, space, corner(r->dst, r->dst_pitch, done, r->width), src.len,
				     MMU_WRITE, &dst);
	if (ret != EXEC_DONE)
		return ret;
	*len = dst.len;
	move(m, &dst, &src, *len);
	access_count(m, e, *len, false);
	access_count(m, e, *len, true);
	return EXEC_DONE;
}

struct pattern {
	u8 bytes[16];
	u32 size;
};

#define FILL_RUN 960u /* a multiple of the size of each pattern */

/* phase: bytes of the row before this one */
static void fill(u8 *to, const struct pattern *pattern, u64 phase, u64 len)
{
	u8 repeated[FILL_RUN];
	u64 run, i;

	for (i = 0; i < len && i < FILL_RUN; i++)
		repeated[i] = pattern->bytes[(phase + i) % pattern->size];
	for (; len; to += run, len -= run) {
		run = len < FILL_RUN ? len : FILL_RUN;
		mem_put(to, repeated, run);
	}
}

static enum exec_result fill_piece(struct model *m, struct engine *e, const struct rectangle *r,
				   const struct pattern *pattern, u64 *len)
{
	u64 start = e->ctx->progress, run, done;
	struct stretch dst;
	enum exec_result ret;
	struct cursor out = { dst.span, 0 };
	void *to;

	ret = access_stretch(m, e, operand_space(e, false), corner(r->dst, r->dst_pitch, start, r->width),
			     *len, MMU_WRITE, &dst);
	if (ret != EXEC_DONE)
		return ret;
	*len = dst.len;
	for (done = 0; done < *len; done += run) {
		run = *len - done;
		to = at_cursor(m, &out, &run, true);
		if (to)
			fill(to, pattern, (start + done) % r->width, run);
		move_cursor(&out, run);
	}
	access_count(m, e, *len, true);
	return EXEC_DONE;
}

/* pattern NULL: copy */
static enum exec_result work_off(struct model *m, struct engine *e, struct rectangle *r,
				 const struct pattern *pattern)
{
	u64 total, moved = 0, len, row;
	enum exec_result ret;

	flatten(r);
	total = r->width * r->height;
	if (!e->ctx->progress && inject_fire(m, KNOB_fail_copy))
		return EXEC_CAT;
	while (e->ctx->progress < total) {
		if (moved >= CHUNK_BYTES)
			return EXEC_AGAIN;
		row = r->width - e->ctx->progress % r->width;
		len = row < CHUNK_BYTES ? row : CHUNK_BYTES;
		ret = pattern ? fill_piece(m, e, r, pattern, &len) : copy_piece(m, e, r, &len);
		if (ret != EXEC_DONE)
			return ret;
		e->ctx->progress += len;
		e->spent += (len + UNIT_BYTES - 1) / UNIT_BYTES;
		moved += len;
	}
	obs_add(m, EV_BLIT, 1);
	return EXEC_DONE;
}

#define MEM_SIZE_MASK 0x00ffffffu
#define MEM_PITCH_MASK 0x0003ffffu

enum exec_result exec_mem_set(struct model *m, struct engine *e)
{
	bool matrix = (e->cmd[0] & MEM_TYPE_MASK) == MEM_MATRIX;
	struct rectangle r = {
		.dst = operand_addr(e, 4),
		.width = (u64)(e->cmd[1] & MEM_SIZE_MASK) + 1,
		.height = matrix ? (u64)(e->cmd[2] & MEM_PITCH_MASK) + 1 : 1,
		.dst_pitch = (u64)(e->cmd[3] & MEM_PITCH_MASK) + 1,
	};
	struct pattern pattern = { .bytes = { (u8)(e->cmd[6] >> 24) }, .size = 1 };

	r.src_pitch = r.dst_pitch;
	return work_off(m, e, &r, &pattern);
}

enum exec_result exec_mem_copy(struct model *m, struct engine *e)
{
	bool matrix = (e->cmd[0] & MEM_TYPE_MASK) == MEM_MATRIX;
	u32 unit = e->cmd[0] & MEM_COPY_PAGE_MODE ? 256 : 1;
	struct rectangle r = {
		.src = operand_addr(e, 5),
		.dst = operand_addr(e, 7),
		.width = ((u64)(e->cmd[1] & MEM_SIZE_MASK) + 1) * unit,
		.height = matrix ? (u64)(e->cmd[2] & MEM_PITCH_MASK) + 1 : 1,
		.src_pitch = (u64)(e->cmd[3] & MEM_PITCH_MASK) + 1,
		.dst_pitch = (u64)(e->cmd[4] & MEM_PITCH_MASK) + 1,
	};

	return work_off(m, e, &r, NULL);
}

/* bytes of a pixel by the colour depth field; 0: reserved */
static u32 pixel_bytes(u32 depth)
{
	static const u8 bytes[] = { 1, 2, 0, 4, 8, 16, 0, 0 };

	return bytes[depth & 7];
}

#define XY_X(dw) ((dw) & 0xffff)
#define XY_Y(dw) ((dw) >> 16)
#define FAST_COPY_SRC_TILING (3u << 20)
#define FAST_COPY_DST_TILING (3u << 13)

/* corners of the destination in dwords 2 and 3; false: empty */
static bool xy_rectangle(const struct engine *e, u32 pixel, struct rectangle *r)
{
	u32 first = e->cmd[2], last = e->cmd[3];

	if (XY_X(last) <= XY_X(first) || XY_Y(last) <= XY_Y(first))
		return false;
	r->width = (u64)(XY_X(last) - XY_X(first)) * pixel;
	r->height = XY_Y(last) - XY_Y(first);
	r->dst += XY_Y(first) * r->dst_pitch + (u64)XY_X(first) * pixel;
	return true;
}

enum exec_result exec_fast_copy(struct model *m, struct engine *e)
{
	u32 pixel = pixel_bytes(e->cmd[1] >> 24);
	struct rectangle r = {
		.dst = operand_addr(e, 4),
		.src = operand_addr(e, 8),
		.dst_pitch = e->cmd[1] & 0xffff,
		.src_pitch = e->cmd[7] & 0xffff,
	};

	if (e->cmd[0] & (FAST_COPY_SRC_TILING | FAST_COPY_DST_TILING)) {
		engine_lacks(m, e, "XY_FAST_COPY_BLT tiled", e->cmd[0]);
		return EXEC_DONE;
	}
	if (!pixel) {
		obs_guest_error(m, "XY_FAST_COPY_BLT colour depth", e->cmd[1]);
		return EXEC_HUNG;
	}
	if (!xy_rectangle(e, pixel, &r))
		return EXEC_DONE;
	r.src += XY_Y(e->cmd[6]) * r.src_pitch + (u64)XY_X(e->cmd[6]) * pixel;
	return work_off(m, e, &r, NULL);
}

enum exec_result exec_fast_color(struct model *m, struct engine *e)
{
	static const u8 bytes[] = { 1, 2, 4, 8, 12, 16, 0, 0 };
	struct pattern pattern = { .size = bytes[(e->cmd[0] >> 19) & 7] };
	struct rectangle r = {
		.dst = operand_addr(e, 4),
		.dst_pitch = (u64)(e->cmd[1] & MEM_PITCH_MASK) + 1,
	};

	if (e->cmd[1] >> 30) {
		engine_lacks(m, e, "XY_FAST_COLOR_BLT tiled", e->cmd[1]);
		return EXEC_DONE;
	}
	if (!pattern.size || !xy_rectangle(e, pattern.size, &r))
		return EXEC_DONE;
	memcpy(pattern.bytes, e->cmd + 7, sizeof(pattern.bytes));
	r.src_pitch = r.dst_pitch;
	return work_off(m, e, &r, &pattern);
}
