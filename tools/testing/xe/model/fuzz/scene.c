// SPDX-License-Identifier: GPL-2.0
#include "fuzz/scene.h"

#include <stdlib.h>
#include <string.h>

#include "abi/parallel_touch.h"

#define BATCH_PAGES 2u
#define DATA_PAGES 16u
#define STEPS 48u
#define PATIENCE 64u /* page faults */
#define STEP_NS (20 * NSEC_PER_USEC)

/* one guest for all inputs, as making one costs more than an input; each finds it fresh */
static struct fake_guest *fresh_guest(void)
{
	static struct fake_guest *g;

	if (!g) {
		g = guest_new();
	} else {
		memset(g->ram, 0, g->next_page - GUEST_RAM_BASE + 0x100000);
		memset(g->m->mem->ggtt, 0, (g->next_ggtt >> 12) * sizeof(u64));
		device_reset(g->m);
		inject_init(g->m, 1);
		g->next_page = GUEST_RAM_BASE;
		g->next_ggtt = 16u << 20;
		g->ct[GT_MAIN].tail = g->ct[GT_MEDIA].tail = 0;
		g->gt = GT_MAIN;
	}
	guest_load_firmware(g);
	guest_enable_ct(g);
	guest_boot_media(g);
	return g;
}

struct scene *scene_new(enum fake_engine on)
{
	static struct scene scene;
	struct scene *s = &scene;
	u64 batch, data;

	memset(s, 0, sizeof(*s));
	s->g = fresh_guest();
	batch = guest_pages(s->g, BATCH_PAGES);
	data = guest_pages(s->g, DATA_PAGES);
	s->steps = STEPS;
	s->batch = guest_ptr(s->g, batch);
	s->data = guest_ptr(s->g, data);
	s->vm = vm_new(s->g, 9);
	vm_map_pages(&s->vm, SCENE_BATCH_VA, batch, BATCH_PAGES);
	vm_map_pages(&s->vm, SCENE_DATA_VA, data, DATA_PAGES);
	s->q = queue_new(s->g, 3, on, &s->vm);
	s->g->gt = s->q.gt;
	s->g->host->tick = NSEC_PER_USEC;
	return s;
}

void scene_fill_batch(struct scene *s, const u8 *data, size_t size)
{
	const size_t room = BATCH_PAGES * 4096 - 8;

	if (size > room)
		size = room;
	memcpy(s->batch, data, size);
	s->batch[(size + 3) / 4] = CMD(MI_BATCH_BUFFER_END);
	queue_emit(&s->q, BATCH(SCENE_BATCH_VA));
}

void scene_fill_touch(struct scene *s, const u8 *data, size_t size)
{
	struct parallel_touch what = { 0 };

	memcpy(&what, data, size < sizeof(what) ? size : sizeof(what));
	if (what.lanes & 1)
		what.start = SCENE_DATA_VA + what.start % 0x20000;
	inject_set(s->g->m, KNOB_parallel_touch, 1);
	parallel_touch_emit(s->batch, &what);
	s->batch[PARALLEL_TOUCH_DWORDS] = CMD(MI_BATCH_BUFFER_END);
	queue_emit(&s->q, BATCH(SCENE_BATCH_VA));
}

#define CODE_PAGE 4u
#define STATE_DWORDS 22u
#define WALKER_DWORDS 40u

void scene_fill_kernel(struct scene *s, const u8 head[4], const u8 *code, size_t size)
{
	const u64 at = SCENE_DATA_VA + CODE_PAGE * 4096;
	u32 *dw = s->batch;

	if (size > 4096)
		size = 4096;
	memcpy((u8 *)s->data + CODE_PAGE * 4096, code, size);
	memset(dw, 0, (STATE_DWORDS + WALKER_DWORDS) * sizeof(*dw));
	dw[0] = 0x61010000 | (STATE_DWORDS - 2);
	dw[1] = LO(SCENE_DATA_VA) | 1;
	dw[2] = dw[5] = dw[11] = HI(SCENE_DATA_VA);
	dw[4] = LO(SCENE_DATA_VA) | 1;
	dw[10] = LO(at) | 1;
	dw += STATE_DWORDS;
	dw[0] = 0x72080000 | (WALKER_DWORDS - 2);
	dw[4] = (u32)(head[2] & 3) << 30 | 1u << 29 | (u32)(head[2] >> 2 & 7) << 26 | 1u << 25;
	dw[5] = head[2] & 0x20 ? 0x7fff : ~0u;
	dw[6] = head[2];
	dw[7] = head[0] & 15;
	dw[8] = dw[9] = 1 + (head[0] >> 7);
	dw[24] = 1 + (head[1] & 15) + (head[1] == 0xff ? 1000 : 0) + ((u32)(head[3] & 1) << 16);
	dw[27] = head[3] >> 1 & 3;
	dw[28] = LO(SCENE_DATA_VA);
	dw[29] = HI(SCENE_DATA_VA);
	dw[32] = LO(SCENE_DATA_VA);
	dw[33] = HI(SCENE_DATA_VA);
	dw[WALKER_DWORDS] = CMD(MI_BATCH_BUFFER_END);
	queue_emit(&s->q, BATCH(SCENE_BATCH_VA));
}

void scene_fill_ring(struct scene *s, const u8 *data, size_t size)
{
	if (size > RING_BYTES - 64)
		size = RING_BYTES - 64;
	memcpy(s->q.words, data, size);
	s->q.tail = (u32)size & ~7u;
}

void scene_fill_accesses(struct scene *s)
{
	u32 n = 0;

	for (u32 i = 0; i < 48; i++) {
		u64 va = SCENE_BATCH_VA + (u64)(i % 24) * 0x8000 + 8 * i;

		s->batch[n++] = CMD(MI_STORE_DATA_IMM) | MI_SDI_QWORD | 3;
		s->batch[n++] = LO(va);
		s->batch[n++] = HI(va);
		s->batch[n++] = i;
		s->batch[n++] = ~i;
		s->batch[n++] = CMD(MI_LOAD_REGISTER_MEM) | MI_REG_CS_OFFSET | 2;
		s->batch[n++] = 0x600;
		s->batch[n++] = LO(va + 4);
		s->batch[n++] = HI(va + 4);
	}
	s->batch[n] = CMD(MI_BATCH_BUFFER_END);
	queue_emit(&s->q, BATCH(SCENE_BATCH_VA));
}

/* as guest_receive(), but the GPU may have written anything into the ring; what is broken is thrown away */
static u32 receive(struct fake_guest *g, u32 *msg)
{
	struct fake_ct *ct = &g->ct[g->gt];
	u32 head = ct->g2h_desc[0] % GUEST_G2H_DWORDS, tail = ct->g2h_desc[1] % GUEST_G2H_DWORDS;
	u32 there = (tail + GUEST_G2H_DWORDS - head) % GUEST_G2H_DWORDS;
	u32 num = CTB_NUM_DWORDS(ct->g2h[head]) + 1;

	if (!there || num > there) {
		ct->g2h_desc[0] = tail;
		return 0;
	}
	for (u32 i = 0; i < num; i++)
		msg[i] = ct->g2h[(head + i) % GUEST_G2H_DWORDS];
	ct->g2h_desc[0] = (head + num) % GUEST_G2H_DWORDS;
	return num;
}

/* a driver that maps nothing loses patience, else one input takes seconds */
static bool refuses(const struct scene *s)
{
	return s->faults >= PATIENCE || s->refuse >> s->faults % 8 & 1;
}

static void answer(struct scene *s, const u32 *msg, u32 num)
{
	u32 cookie;

	if (num != 6 || HXG_ACTION(msg[1]) != ACTION_PAGE_FAULT)
		return;
	cookie = msg[2] >> FAULT_COOKIE_LO_SHIFT | (msg[3] & 0xfff) << 4;
	guest_fast(s->g, ACTION_PAGE_FAULT_ANSWER,
		   ANSWER_VALID | (refuses(s) ? ANSWER_REFUSED : 0) | ANSWER_DESC_FAULT << 10 |
			   (msg[3] & ~0xfffu),
		   cookie << 16);
	s->faults++;
}

void scene_steps(struct scene *s, u32 num)
{
	u32 msg[256], len;

	while (num--) {
		gpu_step(s->g->m, STEP_NS);
		s->g->host->now += STEP_NS;
		while ((len = receive(s->g, msg)))
			answer(s, msg, len);
		gpu_next_deadline(s->g->m);
	}
}

void scene_run(struct scene *s)
{
	queue_publish(&s->q);
	guest_fast(s->g, ACTION_SCHED_MODE_SET, s->q.id, 1);
	scene_steps(s, s->steps);
	guest_fast(s->g, ACTION_SCHED_CONTEXT, s->q.id);
	scene_steps(s, s->steps);
	guest_fast(s->g, ACTION_SCHED_MODE_SET, s->q.id, 0);
	s->g->host->now += NSEC_PER_SEC;
	scene_steps(s, s->steps);
}
