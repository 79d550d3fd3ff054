// SPDX-License-Identifier: GPL-2.0
/* Counters, trace, log and knobs: what is counted is traced under one name; the same seed gives the same run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fault_scene.h"

struct recorded {
	char *text;
	size_t size;
};

static u64 now(struct model *m)
{
	return (*(u64 *)m->host)++;
}

static bool msi(struct model *m, u32 vector)
{
	(void)m;
	(void)vector;
	return true;
}

static const struct model_ops ops = { .now = now, .msi = msi };

/* a run of register accesses decided by the model's own generator */
static struct recorded record(u64 seed, u32 accesses)
{
	struct recorded r = { 0 };
	FILE *trace = open_memstream(&r.text, &r.size);
	u64 clock = 0;
	struct gpu_config config = {
		.plat = &platform_lnl, .ops = &ops, .host = &clock, .seed = seed, .trace = trace,
	};
	struct model *m = test_calloc(1, sizeof(*m));

	assert_int_equal(gpu_init(m, &config), 0);
	inject_set(m, KNOB_drop_fault, INJECT_BY_CHANCE | 3);
	for (u32 i = 0; i < accesses; i++) {
		mmio_write(m, 0x4000 + 4 * (inject_random(m) % 64), (u32)inject_random(m));
		inject_fire(m, KNOB_drop_fault);
	}
	gpu_fini(m);
	test_free(m);
	fclose(trace);
	return r;
}

static void same_seed_same_trace(void **state)
{
	struct recorded a = record(7, 3000), b = record(7, 3000), c = record(8, 3000);

	(void)state;
	assert_true(a.size > 50000);
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.text, b.text, a.size);
	assert_true(a.size != c.size || memcmp(a.text, c.text, a.size));
	free(a.text);
	free(b.text);
	free(c.text);
}

static u32 lines(const struct recorded *r)
{
	u32 n = 0;

	for (size_t i = 0; i < r->size; i++)
		n += r->text[i] == '\n';
	return n;
}

/* the ring is written out when full and at the end, nothing twice, nothing lost */
static void trace_is_complete_at_any_length(void **state)
{
	(void)state;
	for (u32 accesses = 0; accesses < 2 * OBS_RING; accesses += OBS_RING / 2 - 1) {
		struct recorded r = record(1, accesses);
		u32 fires = 0;

		for (char *s = r.text; s && (s = strstr(s, " INJECT_FIRE ")); s++)
			fires++;
		assert_int_equal(lines(&r), 1 + accesses + fires);
		free(r.text);
	}
	for (u32 accesses = OBS_RING - 2; accesses < OBS_RING + 2; accesses++) {
		struct recorded r = record(1, accesses);

		assert_true(lines(&r) > accesses);
		free(r.text);
	}
}

static void outcome_is_logged_once_and_counted_each_time(void **state)
{
	struct fake_host *f = *state;
	char *text = NULL;
	size_t size = 0;

	f->m.obs->log = open_memstream(&text, &size);
	for (u32 i = 0; i < 5; i++) {
		obs_unimplemented(&f->m, "thing", 1);
		obs_unimplemented(&f->m, "thing", 2);
		obs_oracle(&f->m, "access", 3);
		obs_guest_error(&f->m, "write", 4);
	}
	assert_int_equal(obs_count(&f->m, EV_UNIMPLEMENTED), 10);
	assert_int_equal(obs_count(&f->m, EV_ORACLE), 5);
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 5);
	fclose(f->m.obs->log);
	f->m.obs->log = NULL;
	assert_int_equal(lines(&(struct recorded){ text, size }), 4);
	assert_non_null(strstr(text, "unimplemented: thing 0x2"));
	free(text);
}

/* a guest that does wrong things without end fills neither log nor memory */
static void log_ends_when_too_much_is_said(void **state)
{
	struct fake_host *f = *state;
	char *text = NULL;
	size_t size = 0;

	f->m.obs->log = open_memstream(&text, &size);
	for (u32 i = 0; i < 10 * OBS_SEEN; i++)
		obs_guest_error(&f->m, "write", i);
	fclose(f->m.obs->log);
	f->m.obs->log = NULL;
	assert_true(lines(&(struct recorded){ text, size }) <= OBS_SEEN);
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 10 * OBS_SEEN);
	free(text);
}

static void knob_fires_every_nth_time(void **state)
{
	struct fake_host *f = *state;
	u32 fired = 0;

	for (u32 i = 0; i < 10; i++)
		assert_false(inject_fire(&f->m, KNOB_drop_reply));
	inject_set(&f->m, KNOB_drop_reply, 3);
	for (u32 i = 1; i <= 9; i++)
		assert_int_equal(inject_fire(&f->m, KNOB_drop_reply), i % 3 == 0);
	inject_set(&f->m, KNOB_drop_reply, INJECT_BY_CHANCE | 4);
	for (u32 i = 0; i < 1000; i++)
		fired += inject_fire(&f->m, KNOB_drop_reply);
	assert_in_range(fired, 180, 320);
	assert_int_equal(obs_count(&f->m, EV_INJECT_FIRE), 3 + fired);
}

static void knobs_are_parsed_by_name(void **state)
{
	struct fake_host *f = *state;
	const char *bad = NULL;

	assert_true(inject_parse(&f->m, "strict=1,drop_reply=0x10", &bad));
	assert_int_equal(inject_get(&f->m, KNOB_strict), 1);
	assert_int_equal(inject_get(&f->m, KNOB_drop_reply), 16);
	assert_false(inject_parse(&f->m, "strict=0,nothing=1", &bad));
	assert_string_equal(bad, "nothing=1");
	assert_false(inject_parse(&f->m, "strict=", &bad));
	assert_false(inject_parse(&f->m, "strict=-1", &bad));
	assert_false(inject_parse(&f->m, "strict=4294967296", &bad));
	assert_false(inject_parse(&f->m, "stric=1", &bad));
}

static const struct obs_record *last_record(const struct model *m, enum ev ev)
{
	for (u64 i = m->obs->records; i--;)
		if (m->obs->ring[i % OBS_RING].ev == ev)
			return &m->obs->ring[i % OBS_RING];
	fail();
	return NULL;
}

/* what a reader of the trace follows a fault by */
static void fault_is_counted_and_traced_by_cookie(void **state)
{
	struct scene s = store_scene(*state, 5, ON_CCS0);
	struct model *m = s.g->m;
	struct seen f;
	u64 who;

	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	queue_enable(&s.q);
	f = next_fault(s.g);
	who = 1ul << 32 | f.cookie;
	assert_int_equal(last_record(m, EV_FAULT)->a, DATA_VA);
	assert_int_equal(last_record(m, EV_FAULT)->b, (u64)f.asid << 32 | f.cookie);
	assert_int_equal(last_record(m, EV_FAULT_WRITE)->a, DATA_VA);
	assert_int_equal(last_record(m, EV_FAULT_WRITE)->b, who);
	assert_int_equal(last_record(m, EV_FAULT_NOT_PRESENT)->a, f.level);
	assert_int_equal(last_record(m, EV_FAULT_NOT_PRESENT)->b, who);
	assert_int_equal(last_record(m, EV_G2H)->a, HXG_MAKE(HXG_EVENT) | ACTION_PAGE_FAULT);
	assert_int_equal(last_record(m, EV_G2H)->b >> 32 & 0xfff, f.cookie >> 4);
	scene_map(&s);
	answer(s.g, &f, false);
	assert_int_equal(last_record(m, EV_H2G)->a & 0xffff, ACTION_PAGE_FAULT_ANSWER);
	assert_int_equal(last_record(m, EV_H2G)->b >> 48, f.cookie);
	assert_int_equal(last_record(m, EV_FAULT_SERVED)->b, f.cookie);
}

static void messages_are_counted_by_action(void **state)
{
	struct fake_guest *g = *state;
	struct scene s = store_scene(g, 5, ON_RCS0);
	u64 h2g = obs_count(g->m, EV_H2G);
	struct seen f;

	queue_enable(&s.q);
	f = next_fault(g);
	scene_map(&s);
	answer(g, &f, false);
	queue_kick(&s.q);
	guest_fast(g, ACTION_TLB_INVALIDATION, 7, TLB_INVAL_FULL);
	guest_send(g, HXG_REQUEST, ACTION_GET_HWCONFIG, 0, 0, 0);
	guest_run(g);
	assert_int_equal(obs_count(g->m, EV_H2G) - h2g, 5);
	assert_int_equal(obs_count(g->m, EV_H2G_SCHED_MODE), 1);
	assert_int_equal(obs_count(g->m, EV_H2G_FAULT_ANSWER), 1);
	assert_int_equal(obs_count(g->m, EV_H2G_SUBMIT), 1);
	assert_int_equal(obs_count(g->m, EV_H2G_TLB_INVAL), 1);
	assert_int_equal(obs_count(g->m, EV_G2H), 4);
	assert_int_equal(obs_count(g->m, EV_G2H_SCHED_DONE), 1);
	assert_int_equal(obs_count(g->m, EV_G2H_FAULT), 1);
	assert_int_equal(obs_count(g->m, EV_G2H_TLB_ACK), 1);
}

static void invalidations_are_counted_by_size(void **state)
{
	static const struct {
		u32 order;
		enum ev ev;
	} ranges[] = {
		{ 0, EV_TLB_INVAL_RANGE_4K }, { 1, EV_TLB_INVAL_RANGE_2M }, { 9, EV_TLB_INVAL_RANGE_2M },
		{ 12, EV_TLB_INVAL_RANGE_LARGE }, { 36, EV_TLB_INVAL_RANGE_LARGE },
	};
	struct fake_guest *g = *state;
	u64 bytes = 0, before;

	for (u32 i = 0; i < ARRAY_SIZE(ranges); i++) {
		before = obs_count(g->m, ranges[i].ev);
		guest_fast(g, ACTION_TLB_INVALIDATION, i, TLB_INVAL_PAGES, 9, 0, 0, ranges[i].order);
		guest_run(g);
		bytes += 4096ul << ranges[i].order;
		assert_int_equal(obs_count(g->m, ranges[i].ev), before + 1);
	}
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_RANGE), ARRAY_SIZE(ranges));
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_BYTES), bytes);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
#define G(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_trace),
		cmocka_unit_test(trace_is_complete_at_any_length),
		T(outcome_is_logged_once_and_counted_each_time),
		T(log_ends_when_too_much_is_said),
		T(knob_fires_every_nth_time),
		T(knobs_are_parsed_by_name),
		G(fault_is_counted_and_traced_by_cookie),
		G(messages_are_counted_by_action),
		G(invalidations_are_counted_by_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
