// SPDX-License-Identifier: GPL-2.0
/* TLB invalidations: until asked the GPU keeps what it knows, after the acknowledge it knows nothing of it. */
#include "tests/fake_guest.h"

#define DATA_VA 0x100000200000ull

struct scene {
	struct fake_guest *g;
	struct fake_vm vm;
	struct fake_queue q;
	u64 pa;
	u32 *old, *new;
};

static struct scene scene_new(struct fake_guest *g)
{
	struct scene s = { .g = g, .vm = vm_new(g, 9), .pa = guest_pages(g, 2) };

	s.old = guest_ptr(g, s.pa);
	s.new = guest_ptr(g, s.pa + 4096);
	s.q = queue_new(g, 3, ON_RCS0, &s.vm);
	vm_map_pages(&s.vm, DATA_VA, s.pa, 1);
	inject_set(g->m, KNOB_strict, 1);
	return s;
}

static void store(struct scene *s, u32 val)
{
	queue_emit(&s->q, STORE_DWORD(DATA_VA, val));
	queue_kick(&s->q);
}

/* the page moves; the GPU has used the old one */
static struct scene moved_page(struct fake_guest *g)
{
	struct scene s = scene_new(g);

	queue_enable(&s.q);
	store(&s, 1);
	assert_int_equal(s.old[0], 1);
	vm_map_pages(&s.vm, DATA_VA, s.pa + 4096, 1);
	return s;
}

static void strict_gpu_uses_what_it_knows(void **state)
{
	struct scene s = moved_page(*state);

	store(&s, 2);
	assert_int_equal(s.old[0], 2);
	assert_int_equal(s.new[0], 0);
}

static void context_load_forgets_unless_strict(void **state)
{
	struct scene s = moved_page(*state);

	inject_set(s.g->m, KNOB_strict, 0);
	store(&s, 2);
	assert_int_equal(s.new[0], 2);
}

static void range_invalidation_reaches_the_page(void **state)
{
	struct scene s = moved_page(*state);

	guest_fast(s.g, ACTION_TLB_INVALIDATION, 11, TLB_INVAL_PAGES, 9, LO(DATA_VA), HI(DATA_VA), 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_TLB_INVALIDATION_DONE, 11);
	store(&s, 2);
	assert_int_equal(s.new[0], 2);
	assert_int_equal(obs_count(s.g->m, EV_TLB_INVAL_BYTES), 4096);
}

static void other_address_space_is_left_alone(void **state)
{
	struct scene s = moved_page(*state);

	guest_fast(s.g, ACTION_TLB_INVALIDATION, 11, TLB_INVAL_PAGES, 8, LO(DATA_VA), HI(DATA_VA), 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_TLB_INVALIDATION_DONE, 11);
	store(&s, 2);
	assert_int_equal(s.old[0], 2);
}

static void full_and_context_invalidation_reach_everything(void **state)
{
	struct scene s = moved_page(*state);

	guest_fast(s.g, ACTION_TLB_INVALIDATION, 1, TLB_INVAL_FULL);
	guest_run(s.g);
	expect_event(s.g, ACTION_TLB_INVALIDATION_DONE, 1);
	store(&s, 2);
	assert_int_equal(s.new[0], 2);
	vm_map_pages(&s.vm, DATA_VA, s.pa, 1);
	guest_fast(s.g, ACTION_TLB_INVALIDATION, 2, TLB_INVAL_CONTEXT, 3);
	guest_run(s.g);
	expect_event(s.g, ACTION_TLB_INVALIDATION_DONE, 2);
	store(&s, 3);
	assert_int_equal(s.old[0], 3);
}

static void enabling_a_queue_flushes(void **state)
{
	struct scene s = moved_page(*state);

	guest_fast(s.g, ACTION_SCHED_MODE_SET, 3, 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 3, 0);
	queue_enable(&s.q);
	store(&s, 2);
	assert_int_equal(s.new[0], 2);
}

static void flush_command_flushes(void **state)
{
	struct scene s = moved_page(*state);

	queue_emit(&s.q, CMD(MI_FLUSH_DW) | MI_FLUSH_TLB | 2, 0, 0, 0);
	store(&s, 2);
	assert_int_equal(s.new[0], 2);
	assert_int_equal(obs_count(s.g->m, EV_TLB_FLUSH_COMMAND), 1);
}

static void acknowledges_keep_their_order_when_delayed(void **state)
{
	struct scene s = moved_page(*state);

	inject_set(s.g->m, KNOB_delay_tlb_ack_us, 100);
	guest_fast(s.g, ACTION_TLB_INVALIDATION, 1, TLB_INVAL_FULL);
	guest_run(s.g);
	inject_set(s.g->m, KNOB_delay_tlb_ack_us, 0);
	guest_fast(s.g, ACTION_TLB_INVALIDATION, 2, TLB_INVAL_FULL);
	guest_run(s.g);
	expect_silence(s.g);
	store(&s, 2);
	assert_int_equal(s.old[0], 2);
	guest_advance(s.g, 100 * NSEC_PER_USEC);
	expect_event(s.g, ACTION_TLB_INVALIDATION_DONE, 1);
	expect_event(s.g, ACTION_TLB_INVALIDATION_DONE, 2);
	store(&s, 3);
	assert_int_equal(s.new[0], 3);
}

static void dropped_acknowledge_never_comes(void **state)
{
	struct scene s = scene_new(*state);

	inject_set(s.g->m, KNOB_drop_tlb_ack, 1);
	guest_fast(s.g, ACTION_TLB_INVALIDATION, 1, TLB_INVAL_FULL);
	guest_advance(s.g, NSEC_PER_SEC);
	expect_silence(s.g);
}

static void ignored_invalidation_shows_as_stale_use(void **state)
{
	struct scene s = moved_page(*state);

	inject_set(s.g->m, KNOB_tlb_ignore_inval, 1);
	guest_fast(s.g, ACTION_TLB_INVALIDATION, 1, TLB_INVAL_FULL);
	guest_run(s.g);
	expect_event(s.g, ACTION_TLB_INVALIDATION_DONE, 1);
	store(&s, 2);
	assert_int_equal(s.old[0], 2);
	assert_true(obs_count(s.g->m, EV_TLB_STALE_USE) > 0);
}

/* log2 of the pages, start: what hardware does not take */
static void illegal_ranges_are_guest_errors(void **state)
{
	static const struct {
		u64 start;
		u32 order;
		bool legal;
	} cases[] = {
		{ 0x1000, 0, true }, { 0x200000, 9, true }, { 0x1000000, 12, true },
		{ 0x400000, 10, false }, { 0x800000, 11, false }, { 0x1000, 1, false },
		{ 0x800000, 12, false },
	};
	struct fake_guest *g = *state;
	u64 before;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		before = obs_count(g->m, EV_GUEST_ERROR);
		guest_fast(g, ACTION_TLB_INVALIDATION, i, TLB_INVAL_PAGES, 9, LO(cases[i].start), 0,
			   cases[i].order);
		guest_run(g);
		expect_event(g, ACTION_TLB_INVALIDATION_DONE, i);
		assert_int_equal(obs_count(g->m, EV_GUEST_ERROR) - before, !cases[i].legal);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(strict_gpu_uses_what_it_knows),
		T(context_load_forgets_unless_strict),
		T(range_invalidation_reaches_the_page),
		T(other_address_space_is_left_alone),
		T(full_and_context_invalidation_reach_everything),
		T(enabling_a_queue_flushes),
		T(flush_command_flushes),
		T(acknowledges_keep_their_order_when_delayed),
		T(dropped_acknowledge_never_comes),
		T(ignored_invalidation_shows_as_stale_use),
		T(illegal_ranges_are_guest_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
