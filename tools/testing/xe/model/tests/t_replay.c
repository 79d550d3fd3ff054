// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a run is repeated by its seed. Three engines touch pages all at once, the driver serves, takes pages
 * away and invalidates, and every knob that acts by chance is turned: the same seed gives the same trace byte
 * for byte, another seed another one.
 */
#include "abi/parallel_touch.h"
#include "tests/fault_scene.h"

#include <stdlib.h>
#include <string.h>

#define ENGINES 3u
#define PAGES 32u
#define STEPS 1200u
#define STEP_NS (40 * NSEC_PER_USEC)

struct recorded {
	char *text;
	size_t size;
};

struct play {
	struct fake_guest *g;
	struct scene on[ENGINES];
	u64 pages; /* pa, of all engines */
	u32 seqno;
};

static void turn_knobs(struct model *m)
{
	static const struct {
		enum knob knob;
		u32 one_in;
	} chances[] = {
		{ KNOB_dup_fault, 5 }, { KNOB_reorder_fault, 3 }, { KNOB_drop_fault, 40 },
		{ KNOB_dup_reply, 5 }, { KNOB_reorder_reply, 4 }, { KNOB_drop_reply, 60 },
		{ KNOB_dup_tlb_ack, 4 }, { KNOB_reorder_tlb_ack, 3 }, { KNOB_drop_tlb_ack, 9 },
		{ KNOB_dup_irq, 3 }, { KNOB_drop_irq, 3 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(chances); i++)
		inject_set(m, chances[i].knob, INJECT_BY_CHANCE | chances[i].one_in);
	inject_set(m, KNOB_delay_irq_us, 30);
	inject_set(m, KNOB_parallel_touch, 1);
}

static void start(struct play *p, u32 i)
{
	static const enum fake_engine engines[ENGINES] = { ON_RCS0, ON_CCS0, ON_BCS0 };
	struct parallel_touch touch = {
		.start = DATA_VA, .count = 3 * PAGES, .stride = 4096 / 3 * 4, .lanes = 16, .think_us = 100,
		.value = i, .access = PARALLEL_TOUCH_WRITE | PARALLEL_TOUCH_COUNT_UP,
	};
	struct scene *s = &p->on[i];
	u32 *batch;

	*s = store_scene(p->g, 5 + i, engines[i]);
	batch = guest_ptr(p->g, s->batch);
	parallel_touch_emit(batch, &touch);
	batch[PARALLEL_TOUCH_DWORDS] = CMD(MI_BATCH_BUFFER_END);
	vm_map_pages(&s->vm, BATCH_VA, s->batch, 1);
	queue_publish(&s->q);
	guest_fast(p->g, ACTION_SCHED_MODE_SET, s->q.id, 1);
}

/* whatever it asks for is mapped, the answer is sent later */
static void serve(struct play *p, const u32 *msg, u32 len)
{
	u32 asid = msg[3] >> 12;
	u64 va = (u64)msg[5] << 32 | (msg[4] & 0xfffff000);

	if (len != 6 || HXG_ACTION(msg[1]) != ACTION_PAGE_FAULT)
		return;
	vm_map_pages(&p->on[asid - 105].vm, va, p->pages + va % (PAGES * 4096), 1);
	guest_fast(p->g, ACTION_PAGE_FAULT_ANSWER, ANSWER_VALID | ANSWER_DESC_FAULT << 10 | asid << 12,
		   (msg[2] >> 28 | (msg[3] & 0xfff) << 4) << 16);
}

static void take_away(struct play *p, u32 step)
{
	struct scene *s = &p->on[step % ENGINES];
	u64 va = DATA_VA + step % PAGES * 4096ul;

	vm_unmap(&s->vm, va, SHIFT_4K);
	guest_fast(p->g, ACTION_TLB_INVALIDATION, ++p->seqno, TLB_INVAL_PAGES, s->vm.space.asid, LO(va), HI(va),
		   0);
}

static void run(struct play *p)
{
	u32 msg[256], len;

	for (u32 step = 0; step < STEPS; step++) {
		gpu_step(p->g->m, STEP_NS);
		p->g->host->now += STEP_NS;
		while ((len = guest_receive(p->g, msg)))
			serve(p, msg, len);
		if (step % 7 == 0)
			take_away(p, step);
		if (step % 11 == 0)
			mmio_write(p->g->m, 0x190008, BIT(31));
	}
}

static void must_have_happened(const struct model *m)
{
	static const enum ev events[] = {
		EV_FAULT_SERVED, EV_FAULT_COPY, EV_FAULT_STRAY, EV_G2H_PASSED, EV_FAULT_ANSWER_PASSED,
		EV_TLB_INVAL_RANGE, EV_MSI, EV_TOUCH_BEGIN,
	};

	for (u32 i = 0; i < ARRAY_SIZE(events); i++)
		if (!obs_count(m, events[i]))
			fail_msg("no %s", ev_names[events[i]]);
	for (u32 knob = 0; knob < KNOB_COUNT; knob++)
		if (m->inject->value[knob] & INJECT_BY_CHANCE && !m->inject->fired[knob])
			fail_msg("%s did not fire", knob_names[knob]);
}

static struct recorded play(u64 seed)
{
	struct play p = { .g = guest_new() };
	struct recorded r = { 0 };

	p.g->m->obs->trace = open_memstream(&r.text, &r.size);
	inject_init(p.g->m, seed);
	guest_load_firmware(p.g);
	guest_enable_ct(p.g);
	turn_knobs(p.g->m);
	mmio_write(p.g->m, 0x190038, ~0u);
	mmio_write(p.g->m, 0x1900e8, 0);
	p.pages = guest_pages(p.g, PAGES);
	for (u32 i = 0; i < ENGINES; i++)
		start(&p, i);
	run(&p);
	must_have_happened(p.g->m);
	obs_fini(p.g->m);
	fclose(p.g->m->obs->trace);
	p.g->m->obs->trace = NULL;
	guest_free(p.g);
	return r;
}

static void seed_repeats_the_run(void **state)
{
	(void)state;
	for (u64 seed = 1; seed < 6; seed++) {
		struct recorded first = play(seed), again = play(seed), other = play(seed + 100);

		assert_true(first.size > 50000);
		assert_int_equal(first.size, again.size);
		assert_memory_equal(first.text, again.text, first.size);
		assert_true(first.size != other.size || memcmp(first.text, other.text, first.size));
		free(first.text);
		free(again.text);
		free(other.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seed_repeats_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
