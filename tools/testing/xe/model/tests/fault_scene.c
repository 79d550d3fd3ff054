// SPDX-License-Identifier: GPL-2.0
#include "tests/fault_scene.h"

#include <string.h>

struct scene store_scene(struct fake_guest *g, u32 id, enum fake_engine on)
{
	struct scene s = { .g = g, .vm = vm_new(g, 100 + id), .batch = guest_pages(g, 1),
			   .data = guest_pages(g, 1) };
	const u32 batch[] = { STORE_DWORD(DATA_VA + 8, 0xcafe), CMD(MI_BATCH_BUFFER_END) };

	memcpy(guest_ptr(g, s.batch), batch, sizeof(batch));
	s.q = queue_new(g, id, on, &s.vm);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_emit(&s.q, CMD(MI_USER_INTERRUPT));
	return s;
}

struct seen next_fault(struct fake_guest *g)
{
	u32 msg[256], len = guest_receive(g, msg);
	struct seen f;

	assert_int_equal(len, 6);
	assert_int_equal(msg[1], HXG_MAKE(HXG_EVENT) | ACTION_PAGE_FAULT);
	f.level = msg[2] & 7;
	f.instance = msg[2] >> 19 & 0x3f;
	f.class = msg[2] >> 25 & 7;
	f.cookie = msg[2] >> 28 | (msg[3] & 0xfff) << 4;
	f.asid = msg[3] >> 12;
	f.access = msg[4] & 3;
	f.type = msg[4] >> 2 & 3;
	f.va = (u64)msg[5] << 32 | (msg[4] & 0xfffff000);
	return f;
}

void answer(struct fake_guest *g, const struct seen *f, bool refused)
{
	guest_fast(g, ACTION_PAGE_FAULT_ANSWER,
		   ANSWER_VALID | (refused ? ANSWER_REFUSED : 0) | 1 << 10 | f->asid << 12,
		   f->instance << 7 | f->class << 13 | f->cookie << 16);
	guest_run(g);
}

u32 stored(struct scene *s)
{
	return ((u32 *)guest_ptr(s->g, s->data))[2];
}

void scene_map(struct scene *s)
{
	vm_map_pages(&s->vm, BATCH_VA, s->batch, 1);
	vm_map_pages(&s->vm, DATA_VA, s->data, 1);
}
