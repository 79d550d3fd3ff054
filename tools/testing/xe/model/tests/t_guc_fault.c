// SPDX-License-Identifier: GPL-2.0
/* Page faults: reported once, answered by cookie, resumed or given up; other engines never wait. */
#include "tests/fault_scene.h"

#include <string.h>

static void fetch_faults_then_store_faults_then_done(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);
	struct seen f;

	queue_enable(&s.q);
	f = next_fault(s.g);
	assert_int_equal(f.va, BATCH_VA);
	assert_int_equal(f.access, MMU_READ);
	assert_int_equal(f.type, MMU_NOT_PRESENT);
	assert_int_equal(f.level, 4);
	assert_int_equal(f.asid, 105);
	assert_int_equal(f.class, CLASS_RENDER);
	expect_silence(s.g);
	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	answer(s.g, &f, false);
	f = next_fault(s.g);
	assert_int_equal(f.va, DATA_VA);
	assert_int_equal(f.access, MMU_WRITE);
	assert_int_equal(stored(&s), 0);
	vm_map_pages(&s.vm, DATA_VA, s.data, 1);
	answer(s.g, &f, false);
	assert_int_equal(stored(&s), 0xcafe);
	assert_int_equal(obs_count(s.g->m, EV_USER_INTERRUPT), 1);
	assert_int_equal(obs_count(s.g->m, EV_FAULT_SERVED), 2);
	assert_int_equal(s.q.regs[0x05], s.q.tail);
}

static void answer_without_mapping_faults_again(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);
	struct seen first, second;

	queue_enable(&s.q);
	first = next_fault(s.g);
	answer(s.g, &first, false);
	second = next_fault(s.g);
	assert_int_equal(second.va, first.va);
	assert_int_not_equal(second.cookie, first.cookie);
}

static void read_only_page_faults_for_write(void **state)
{
	struct scene s = store_scene(*state, 5, ON_BCS0);
	struct seen f;

	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	vm_map(&s.vm, DATA_VA, s.data, SHIFT_4K, 0);
	queue_enable(&s.q);
	f = next_fault(s.g);
	assert_int_equal(f.access, MMU_WRITE);
	assert_int_equal(f.type, MMU_NO_WRITE);
	assert_int_equal(f.class, CLASS_COPY);
	vm_map_pages(&s.vm, DATA_VA, s.data, 1);
	answer(s.g, &f, false);
	assert_int_equal(stored(&s), 0xcafe);
}

static void atomic_without_enable_faults_as_atomic(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);
	const u32 batch[] = { CMD(MI_ATOMIC) | 5 << 8 | 1, LO(DATA_VA + 8), HI(DATA_VA),
			      CMD(MI_BATCH_BUFFER_END) };
	struct seen f;

	memcpy(guest_ptr(s.g, s.batch), batch, sizeof(batch));
	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	vm_map(&s.vm, DATA_VA, s.data, SHIFT_4K, PTE_RW);
	queue_enable(&s.q);
	f = next_fault(s.g);
	assert_int_equal(f.access, MMU_ATOMIC);
	assert_int_equal(f.type, MMU_NO_ATOMIC);
	vm_map_pages(&s.vm, DATA_VA, s.data, 1);
	answer(s.g, &f, false);
	assert_int_equal(stored(&s), 1);
}

static void refusal_is_a_cat_error_and_the_end(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);
	struct seen f;

	queue_enable(&s.q);
	f = next_fault(s.g);
	answer(s.g, &f, true);
	expect_event(s.g, ACTION_CAT_ERROR, 5);
	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	vm_map_pages(&s.vm, DATA_VA, s.data, 1);
	queue_kick(&s.q);
	assert_int_equal(stored(&s), 0);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 5, 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 5, 0);
	assert_int_equal(obs_count(s.g->m, EV_FAULT_REFUSED), 1);
}

static void two_engines_fault_and_a_third_goes_on(void **state)
{
	struct scene a = store_scene(*state, 5, ON_RCS0), b = store_scene(*state, 6, ON_CCS0);
	struct scene c = store_scene(*state, 7, ON_BCS8);
	struct seen fa, fb;

	vm_map_pages(&c.vm, BATCH_VA, c.batch, 1);
	vm_map_pages(&c.vm, DATA_VA, c.data, 1);
	queue_enable(&a.q);
	fa = next_fault(a.g);
	queue_enable(&b.q);
	fb = next_fault(a.g);
	queue_enable(&c.q);
	assert_int_equal(stored(&c), 0xcafe);
	assert_int_equal(fa.asid, 105);
	assert_int_equal(fb.asid, 106);
	assert_int_not_equal(fa.cookie, fb.cookie);
	vm_map_pages(&a.vm, BATCH_VA, a.batch, 1);
	vm_map_pages(&a.vm, DATA_VA, a.data, 1);
	vm_map_pages(&b.vm, BATCH_VA, b.batch, 1);
	vm_map_pages(&b.vm, DATA_VA, b.data, 1);
	answer(a.g, &fb, false);
	assert_int_equal(stored(&b), 0xcafe);
	assert_int_equal(stored(&a), 0);
	answer(a.g, &fa, false);
	assert_int_equal(stored(&a), 0xcafe);
}

static void disable_ends_a_fault_and_its_answer_is_stray(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);
	struct seen f;

	queue_enable(&s.q);
	f = next_fault(s.g);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 5, 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 5, 0);
	guest_fast(s.g, ACTION_DEREGISTER_CONTEXT, 5);
	guest_run(s.g);
	expect_event(s.g, ACTION_DEREGISTER_DONE, 5);
	answer(s.g, &f, false);
	expect_silence(s.g);
	assert_int_equal(obs_count(s.g->m, EV_FAULT_STRAY), 1);
	assert_int_equal(obs_count(s.g->m, EV_GUEST_ERROR), 0);
}

/* enabled again, the queue goes on where it faulted */
static void disabled_fault_is_met_again(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	queue_enable(&s.q);
	next_fault(s.g);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 5, 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 5, 0);
	vm_map_pages(&s.vm, DATA_VA, s.data, 1);
	queue_enable(&s.q);
	assert_int_equal(stored(&s), 0xcafe);
	assert_int_equal(obs_count(s.g->m, EV_BATCH), 1);
}

static void faulted_queue_keeps_its_engine(void **state)
{
	struct scene a = store_scene(*state, 5, ON_RCS0), b = store_scene(*state, 6, ON_RCS0);
	struct seen f;

	vm_map_pages(&b.vm, BATCH_VA, b.batch, 1);
	vm_map_pages(&b.vm, DATA_VA, b.data, 1);
	queue_policies(&a.q, 1000, 1000, 3);
	queue_enable(&a.q);
	f = next_fault(a.g);
	queue_enable(&b.q);
	guest_advance(a.g, NSEC_PER_SEC);
	assert_int_equal(stored(&b), 0);
	expect_silence(a.g);
	answer(a.g, &f, true);
	expect_event(a.g, ACTION_CAT_ERROR, 5);
	assert_int_equal(stored(&b), 0xcafe);
}

/* a store across two pages: neither half is written before both are there */
static void store_over_a_page_border_is_one(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);
	const u32 batch[] = { CMD(MI_STORE_DATA_IMM) | MI_SDI_QWORD | 3, LO(DATA_VA + 0xffc), HI(DATA_VA),
			      1, 2, CMD(MI_BATCH_BUFFER_END) };
	u64 second = guest_pages(s.g, 1);
	struct seen f;

	memcpy(guest_ptr(s.g, s.batch), batch, sizeof(batch));
	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	vm_map_pages(&s.vm, DATA_VA, s.data, 1);
	queue_enable(&s.q);
	f = next_fault(s.g);
	assert_int_equal(f.va, DATA_VA + 0x1000);
	assert_int_equal(((u32 *)guest_ptr(s.g, s.data))[1023], 0);
	vm_map_pages(&s.vm, DATA_VA + 0x1000, second, 1);
	answer(s.g, &f, false);
	assert_int_equal(((u32 *)guest_ptr(s.g, s.data))[1023], 1);
	assert_int_equal(*(u32 *)guest_ptr(s.g, second), 2);
}

static void dropped_fault_is_never_told(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	inject_set(s.g->m, KNOB_drop_fault, 1);
	queue_enable(&s.q);
	expect_silence(s.g);
	assert_int_equal(obs_count(s.g->m, EV_FAULT), 1);
}

static void doubled_fault_wants_two_answers(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);
	struct seen first, second;

	inject_set(s.g->m, KNOB_dup_fault, 1);
	queue_enable(&s.q);
	inject_set(s.g->m, KNOB_dup_fault, 0);
	first = next_fault(s.g);
	second = next_fault(s.g);
	assert_int_equal(first.va, second.va);
	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	vm_map_pages(&s.vm, DATA_VA, s.data, 1);
	answer(s.g, &second, false);
	assert_int_equal(stored(&s), 0);
	answer(s.g, &first, false);
	assert_int_equal(stored(&s), 0xcafe);
	assert_int_equal(obs_count(s.g->m, EV_FAULT_STRAY), 0);
}

static void delayed_fault_comes_when_due(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	inject_set(s.g->m, KNOB_delay_fault_us, 500);
	queue_enable(&s.q);
	expect_silence(s.g);
	assert_int_equal(gpu_next_deadline(s.g->m), s.g->host->now + 500 * NSEC_PER_USEC);
	guest_advance(s.g, 499 * NSEC_PER_USEC);
	expect_silence(s.g);
	guest_advance(s.g, NSEC_PER_USEC);
	assert_int_equal(next_fault(s.g).va, BATCH_VA);
}

static void dropped_answer_leaves_the_engine_waiting(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);
	struct seen f;

	inject_set(s.g->m, KNOB_drop_reply, 1);
	queue_enable(&s.q);
	f = next_fault(s.g);
	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	answer(s.g, &f, false);
	guest_advance(s.g, NSEC_PER_SEC);
	expect_silence(s.g);
	assert_int_equal(queue_engine(&s.q)->state, ENGINE_FAULTED);
}

static void nonsense_answers_are_guest_errors(void **state)
{
	struct fake_guest *g = *state;

	guest_fast(g, ACTION_PAGE_FAULT_ANSWER, 0, 0);
	guest_fast(g, ACTION_PAGE_FAULT_ANSWER, ANSWER_VALID, 0xffff0000);
	guest_run(g);
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 2);
	expect_silence(g);
}

/* the same story twice gives the same trace */
static void same_story_same_trace(void **state)
{
	static struct obs_record first[OBS_RING];
	u64 records = 0;
	u32 round;

	(void)state;
	for (round = 0; round < 2; round++) {
		void *again;

		guest_setup(&again);
		two_engines_fault_and_a_third_goes_on(&again);
		if (!round) {
			records = ((struct fake_guest *)again)->m->obs->records;
			memcpy(first, ((struct fake_guest *)again)->m->obs->ring, sizeof(first));
		} else {
			assert_int_equal(((struct fake_guest *)again)->m->obs->records, records);
			assert_memory_equal(first, ((struct fake_guest *)again)->m->obs->ring, sizeof(first));
		}
		guest_teardown(&again);
	}
	assert_true(records > 50);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(fetch_faults_then_store_faults_then_done),
		T(answer_without_mapping_faults_again),
		T(read_only_page_faults_for_write),
		T(atomic_without_enable_faults_as_atomic),
		T(refusal_is_a_cat_error_and_the_end),
		T(two_engines_fault_and_a_third_goes_on),
		T(disable_ends_a_fault_and_its_answer_is_stray),
		T(disabled_fault_is_met_again),
		T(faulted_queue_keeps_its_engine),
		T(store_over_a_page_border_is_one),
		T(dropped_fault_is_never_told),
		T(doubled_fault_wants_two_answers),
		T(delayed_fault_comes_when_due),
		T(dropped_answer_leaves_the_engine_waiting),
		T(nonsense_answers_are_guest_errors),
		T(same_story_same_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
