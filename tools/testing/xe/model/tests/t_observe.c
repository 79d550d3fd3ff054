// SPDX-License-Identifier: GPL-2.0
/* Counters, trace, log and knobs: what is counted is traced under one name; the same seed gives the same run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake_host.h"

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
	struct model_config config = {
		.plat = &platform_lnl, .ops = &ops, .host = &clock, .seed = seed, .trace = trace,
	};
	struct model *m = test_calloc(1, sizeof(*m));

	assert_int_equal(model_init(m, &config), 0);
	inject_set(m, KNOB_drop_fault, INJECT_BY_CHANCE | 3);
	for (u32 i = 0; i < accesses; i++) {
		mmio_write(m, 0x4000 + 4 * (inject_random(m) % 64), (u32)inject_random(m));
		inject_fire(m, KNOB_drop_fault);
	}
	model_fini(m);
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

	f->m.obs.log = open_memstream(&text, &size);
	for (u32 i = 0; i < 5; i++) {
		obs_unimplemented(&f->m, "thing", 1);
		obs_unimplemented(&f->m, "thing", 2);
		obs_oracle(&f->m, "access", 3);
		obs_guest_error(&f->m, "write", 4);
	}
	assert_int_equal(obs_count(&f->m, EV_UNIMPLEMENTED), 10);
	assert_int_equal(obs_count(&f->m, EV_ORACLE), 5);
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 5);
	fclose(f->m.obs.log);
	f->m.obs.log = NULL;
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

	f->m.obs.log = open_memstream(&text, &size);
	for (u32 i = 0; i < 10 * OBS_SEEN; i++)
		obs_guest_error(&f->m, "write", i);
	fclose(f->m.obs.log);
	f->m.obs.log = NULL;
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

#define T(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_trace),
		cmocka_unit_test(trace_is_complete_at_any_length),
		T(outcome_is_logged_once_and_counted_each_time),
		T(log_ends_when_too_much_is_said),
		T(knob_fires_every_nth_time),
		T(knobs_are_parsed_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
