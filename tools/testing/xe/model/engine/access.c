// SPDX-License-Identifier: GPL-2.0
/* Operands of commands: translation into spans, reading and writing of spans. */
#include <string.h>

#include "engine/access.h"
#include "obs/obs.h"
#include "platform.h"

/* one entry's part of at most *len bytes; *len is cut to it */
static enum exec_result piece(struct model *m, struct engine *e, enum address_space space, u64 va, u64 *len,
			      enum mmu_access access, struct mmu_page *page)
{
	if (space == SPACE_GGTT) {
		if (!mmu_ggtt(m, e->desc->gt, va, page))
			return EXEC_CAT;
	} else if (!mmu_translate(m, e->index, &e->ctx->space, va, access, page, &e->fault)) {
		return EXEC_FAULT;
	}
	if (*len > page->left)
		*len = page->left;
	return EXEC_DONE;
}

enum exec_result access_translate(struct model *m, struct engine *e, enum address_space space, u64 va,
				  u64 len, enum mmu_access access, struct spans *spans)
{
	struct mmu_page page;
	enum exec_result ret;
	u64 part;

	spans->num = 0;
	while (len) {
		model_assert(m, spans->num < SPANS_MAX);
		part = len;
		ret = piece(m, e, space, va, &part, access, &page);
		if (ret != EXEC_DONE)
			return ret;
		spans->span[spans->num].at = page.at;
		spans->span[spans->num].len = part;
		spans->span[spans->num].null = page.null;
		spans->num++;
		va += part;
		len -= part;
	}
	return EXEC_DONE;
}

static bool follows(const struct span *span, const struct mmu_page *page)
{
	if (span->null || page->null)
		return span->null && page->null;
	return span->at.space == page->at.space && span->at.pa + span->len == page->at.pa;
}

enum exec_result access_stretch(struct model *m, struct engine *e, enum address_space space, u64 va,
				u64 len, enum mmu_access access, struct stretch *stretch)
{
	struct span *last = NULL;
	struct mmu_page page;
	enum exec_result ret;
	u64 part;

	for (stretch->num = 0, stretch->len = 0; stretch->len < len; stretch->len += part) {
		part = len - stretch->len;
		ret = piece(m, e, space, va + stretch->len, &part, access, &page);
		if (ret != EXEC_DONE)
			return stretch->len ? EXEC_DONE : ret;
		if (last && follows(last, &page)) {
			last->len += part;
			continue;
		}
		if (stretch->num == STRETCH_SPANS)
			break;
		last = &stretch->span[stretch->num++];
		*last = (struct span){ .at = page.at, .len = part, .null = page.null };
	}
	return EXEC_DONE;
}

static const struct {
	enum ev read, write;
} byte_events[] = {
	[CLASS_RENDER] = { EV_BYTES_READ_RCS, EV_BYTES_WRITTEN_RCS },
	[CLASS_COPY] = { EV_BYTES_READ_BCS, EV_BYTES_WRITTEN_BCS },
	[CLASS_COMPUTE] = { EV_BYTES_READ_CCS, EV_BYTES_WRITTEN_CCS },
	[CLASS_VIDEO_DECODE] = { EV_BYTES_READ_VCS, EV_BYTES_WRITTEN_VCS },
	[CLASS_VIDEO_ENHANCE] = { EV_BYTES_READ_VECS, EV_BYTES_WRITTEN_VECS },
};

void access_events(struct model *m, const struct engine *e, enum ev *read, enum ev *write)
{
	u32 class = e->desc->class;

	model_assert(m, class < ARRAY_SIZE(byte_events));
	*read = byte_events[class].read;
	*write = byte_events[class].write;
}

void access_count(struct model *m, struct engine *e, u64 bytes, bool write)
{
	enum ev was_read, was_written;

	access_events(m, e, &was_read, &was_written);
	obs_add(m, write ? was_written : was_read, bytes);
}

void access_read(struct model *m, struct engine *e, const struct spans *spans, void *buf)
{
	u8 *to = buf;
	u32 i;

	for (i = 0; i < spans->num; i++) {
		if (spans->span[i].null)
			memset(to, 0, spans->span[i].len);
		else
			mem_read(m, spans->span[i].at, to, spans->span[i].len);
		access_count(m, e, spans->span[i].len, false);
		to += spans->span[i].len;
	}
}

void access_write(struct model *m, struct engine *e, const struct spans *spans, const void *buf)
{
	const u8 *from = buf;
	u32 i;

	for (i = 0; i < spans->num; i++) {
		if (!spans->span[i].null)
			mem_write(m, spans->span[i].at, from, spans->span[i].len);
		access_count(m, e, spans->span[i].len, true);
		from += spans->span[i].len;
	}
}
