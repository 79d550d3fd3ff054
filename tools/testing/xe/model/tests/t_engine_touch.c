// SPDX-License-Identifier: GPL-2.0
/* MI_PARALLEL_TOUCH: many accesses of one engine in flight, each with a fault and an answer of its own. */
#include "tests/fault_scene.h"

#include <string.h>

#include "abi/parallel_touch.h"

#define DATA_PAGES 600u
#define END_MARK 0xe4d

/* a batch that touches and then stores END_MARK behind the batch; DATA_VA is not mapped */
static struct scene touch_scene(struct fake_guest *g, u32 id, enum fake_engine on,
				const struct parallel_touch *what)
{
	struct scene s = { .g = g, .vm = vm_new(g, 100 + id), .batch = guest_pages(g, 1),
			   .data = guest_pages(g, DATA_PAGES) };
	const u32 rest[] = { STORE_DWORD(BATCH_VA + 0x800, END_MARK), CMD(MI_BATCH_BUFFER_END) };
	u32 *batch = guest_ptr(g, s.batch);

	inject_set(g->m, KNOB_parallel_touch, 1);
	parallel_touch_emit(batch, what);
	memcpy(batch + PARALLEL_TOUCH_DWORDS, rest, sizeof(rest));
	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	s.q = queue_new(g, id, on, &s.vm);
	queue_emit(&s.q, BATCH(BATCH_VA));
	return s;
}

static struct scene write_scene(struct fake_guest *g, u32 id, enum fake_engine on, u32 count, u32 lanes)
{
	const struct parallel_touch what = {
		.start = DATA_VA + 8, .count = count, .stride = 4096, .lanes = lanes, .value = 1000,
		.access = PARALLEL_TOUCH_WRITE | PARALLEL_TOUCH_COUNT_UP,
	};

	return touch_scene(g, id, on, &what);
}

static struct scene increment_scene(struct fake_guest *g, u32 count, u32 lanes)
{
	const struct parallel_touch what = {
		.start = DATA_VA + 8, .count = count, .stride = 4096, .lanes = lanes,
		.access = PARALLEL_TOUCH_INCREMENT,
	};

	return touch_scene(g, 5, ON_CCS0, &what);
}

static bool ended(struct scene *s)
{
	return ((u32 *)guest_ptr(s->g, s->batch))[0x200] == END_MARK;
}

static u32 word(struct scene *s, u32 page)
{
	return ((u32 *)guest_ptr(s->g, s->data + page * 4096ull))[2];
}

static void map_page(struct scene *s, u64 va)
{
	vm_map_pages(&s->vm, va, s->data + (va - DATA_VA), 1);
}

static void serve(struct scene *s, const struct seen *f)
{
	map_page(s, f->va);
	answer(s->g, f, false);
}

static u64 count(struct scene *s, enum ev ev)
{
	return obs_count(s->g->m, ev);
}

static void switched_off_it_does_not_exist(void **state)
{
	struct scene s = write_scene(*state, 5, ON_RCS0, 8, 8);

	inject_set(s.g->m, KNOB_parallel_touch, 0);
	queue_enable(&s.q);
	expect_silence(s.g);
	assert_true(ended(&s));
	assert_int_equal(count(&s, EV_UNIMPLEMENTED), 1);
	assert_int_equal(count(&s, EV_TOUCH), 0);
}

static void mapped_words_are_written_by_number(void **state)
{
	struct scene s = write_scene(*state, 5, ON_BCS0, 200, 16);
	u32 i;

	vm_map_pages(&s.vm, DATA_VA, s.data, 200);
	queue_enable(&s.q);
	for (i = 0; i < 200; i++)
		assert_int_equal(word(&s, i), 1000 + i);
	assert_int_equal(word(&s, 200), 0);
	assert_true(ended(&s));
	assert_int_equal(count(&s, EV_TOUCH), 200);
	assert_int_equal(count(&s, EV_FAULT), 0);
}

static void no_touch_is_no_work(void **state)
{
	struct scene s = write_scene(*state, 5, ON_RCS0, 0, 16);

	queue_enable(&s.q);
	assert_true(ended(&s));
}

static void reads_fault_as_reads_and_change_nothing(void **state)
{
	const struct parallel_touch what = { .start = DATA_VA, .count = 2, .stride = 4096, .lanes = 2 };
	struct scene s = touch_scene(*state, 5, ON_RCS0, &what);
	struct seen f[2];
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 2; i++) {
		f[i] = next_fault(s.g);
		assert_int_equal(f[i].access, MMU_READ);
		vm_map(&s.vm, f[i].va, s.data + i * 4096, SHIFT_4K, 0);
	}
	answer(s.g, &f[1], false);
	assert_false(ended(&s));
	answer(s.g, &f[0], false);
	assert_true(ended(&s));
	assert_int_equal(word(&s, 0), 0);
}

static void each_lane_has_a_fault_of_its_own(void **state)
{
	struct scene s = write_scene(*state, 5, ON_CCS0, 40, 32);
	struct seen f[40];
	u32 i, j;

	queue_enable(&s.q);
	for (i = 0; i < 32; i++) {
		f[i] = next_fault(s.g);
		assert_int_equal(f[i].va, DATA_VA + i * 4096);
		assert_int_equal(f[i].access, MMU_WRITE);
		assert_int_equal(f[i].asid, 105);
		assert_int_equal(f[i].class, CLASS_COMPUTE);
		for (j = 0; j < i; j++)
			assert_int_not_equal(f[i].cookie, f[j].cookie);
	}
	expect_silence(s.g);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT), 32);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT_MAX), 32);
	guest_advance(s.g, NSEC_PER_SEC);
	expect_silence(s.g);
}

/* answers in another order: each wakes one lane, which takes the next touch */
static void an_answer_resumes_only_its_touch(void **state)
{
	struct scene s = write_scene(*state, 5, ON_CCS0, 40, 32);
	struct seen f[40];
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 32; i++)
		f[i] = next_fault(s.g);
	for (i = 0; i < 8; i++) {
		serve(&s, &f[31 - i]);
		assert_int_equal(word(&s, 31 - i), 1000 + 31 - i);
		f[32 + i] = next_fault(s.g);
		assert_int_equal(f[32 + i].va, DATA_VA + (32 + i) * 4096);
		expect_silence(s.g);
		assert_int_equal(count(&s, EV_TOUCH), i + 1);
	}
	for (i = 0; i < 40; i++) {
		assert_false(ended(&s));
		if (i < 24 || i >= 32)
			serve(&s, &f[i]);
	}
	assert_true(ended(&s));
	for (i = 0; i < 40; i++)
		assert_int_equal(word(&s, i), 1000 + i);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT), 0);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT_MAX), 32);
	assert_int_equal(count(&s, EV_FAULT_SERVED), 40);
	assert_int_equal(count(&s, EV_TOUCH_FAULT), 40);
}

static void answer_without_mapping_faults_again_alone(void **state)
{
	struct scene s = write_scene(*state, 5, ON_CCS0, 4, 4);
	struct seen f[4], again;
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 4; i++)
		f[i] = next_fault(s.g);
	answer(s.g, &f[2], false);
	again = next_fault(s.g);
	expect_silence(s.g);
	assert_int_equal(again.va, f[2].va);
	assert_int_not_equal(again.cookie, f[2].cookie);
}

static void touches_of_one_page_fault_each(void **state)
{
	const struct parallel_touch what = {
		.start = DATA_VA, .count = 8, .stride = 4, .lanes = 8, .value = 7, .access = PARALLEL_TOUCH_WRITE,
	};
	struct scene s = touch_scene(*state, 5, ON_RCS0, &what);
	struct seen f[8];
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 8; i++)
		f[i] = next_fault(s.g);
	map_page(&s, DATA_VA);
	for (i = 0; i < 8; i++)
		answer(s.g, &f[i], false);
	assert_true(ended(&s));
	for (i = 0; i < 8; i++)
		assert_int_equal(((u32 *)guest_ptr(s.g, s.data))[i], 7);
}

static void refusal_kills_once_and_ends_the_others(void **state)
{
	struct scene s = write_scene(*state, 5, ON_CCS0, 64, 16);
	struct scene next = write_scene(*state, 6, ON_CCS0, 4, 4);
	struct seen f[16];
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 16; i++)
		f[i] = next_fault(s.g);
	answer(s.g, &f[3], true);
	expect_event(s.g, ACTION_CAT_ERROR, 5);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT), 0);
	assert_int_equal(count(&s, EV_FAULT_ABORTED), 15);
	vm_map_pages(&s.vm, DATA_VA, s.data, 64);
	for (i = 0; i < 16; i++)
		answer(s.g, &f[i], i & 1);
	expect_silence(s.g);
	assert_int_equal(count(&s, EV_FAULT_STRAY), 16);
	assert_int_equal(count(&s, EV_TOUCH), 0);
	assert_int_equal(count(&s, EV_CAT_ERROR), 1);
	vm_map_pages(&next.vm, DATA_VA, next.data, 4);
	queue_enable(&next.q);
	assert_true(ended(&next));
	assert_false(ended(&s));
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 5, 0);
	guest_fast(s.g, ACTION_DEREGISTER_CONTEXT, 5);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 5, 0);
	expect_event(s.g, ACTION_DEREGISTER_DONE, 5);
}

/* what was touched before a disable is not touched again after it, the rest is */
static void disable_and_enable_touch_each_word_once(void **state)
{
	struct scene s = increment_scene(*state, 24, 16);
	struct seen f[16];
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 16; i++)
		f[i] = next_fault(s.g);
	serve(&s, &f[9]);
	assert_int_equal(next_fault(s.g).access, MMU_ATOMIC);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 5, 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 5, 0);
	assert_int_equal(count(&s, EV_FAULT_ABORTED), 16);
	for (i = 0; i < 16; i++)
		if (i != 9)
			serve(&s, &f[i]);
	assert_int_equal(count(&s, EV_FAULT_STRAY), 15);
	assert_int_equal(word(&s, 0), 0);
	vm_map_pages(&s.vm, DATA_VA, s.data, 24);
	queue_enable(&s.q);
	for (i = 0; i < 24; i++)
		assert_int_equal(word(&s, i), 1);
	assert_true(ended(&s));
	assert_int_equal(count(&s, EV_TOUCH_BEGIN), 1);
}

static void reset_forgets_all_of_it(void **state)
{
	struct scene s = write_scene(*state, 5, ON_CCS0, 64, 16);
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 16; i++)
		next_fault(s.g);
	gts_reset(s.g->m);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT), 0);
	guest_run(s.g);
	assert_false(ended(&s));
}

static void two_engines_touch_at_once(void **state)
{
	struct scene a = write_scene(*state, 5, ON_RCS0, 8, 8), b = write_scene(*state, 6, ON_BCS0, 8, 8);
	struct seen f[16];
	u32 i;

	for (i = 0; i < 8; i++)
		map_page(&b, DATA_VA + i * 4096);
	for (i = 0; i < 8; i++)
		vm_unmap(&b.vm, DATA_VA + i * 4096, SHIFT_4K);
	queue_publish(&a.q);
	queue_publish(&b.q);
	guest_fast(a.g, ACTION_SCHED_MODE_SET, 5, 1);
	guest_fast(a.g, ACTION_SCHED_MODE_SET, 6, 1);
	guest_run(a.g);
	expect_event(a.g, ACTION_SCHED_MODE_DONE, 5, 1);
	expect_event(a.g, ACTION_SCHED_MODE_DONE, 6, 1);
	for (i = 0; i < 16; i++)
		f[i] = next_fault(a.g);
	assert_int_equal(count(&a, EV_FAULTS_IN_FLIGHT_MAX), 16);
	for (i = 0; i < 16; i++)
		serve(f[15 - i].asid == 105 ? &a : &b, &f[15 - i]);
	assert_true(ended(&a));
	assert_true(ended(&b));
}

/* 42 messages fit into the guest's ring */
static void faults_wait_for_room_in_the_ring(void **state)
{
	struct scene s = write_scene(*state, 5, ON_CCS0, 300, 300);
	u32 i;

	queue_enable(&s.q);
	assert_true(count(&s, EV_G2H_FULL) > 0);
	for (i = 0; i < 300; i++) {
		if (i % 40 == 0)
			guest_advance(s.g, NSEC_PER_MSEC);
		assert_int_equal(next_fault(s.g).va, DATA_VA + i * 4096);
	}
	expect_silence(s.g);
}

static void lanes_have_a_limit(void **state)
{
	struct scene s = write_scene(*state, 5, ON_CCS0, 600, 0xffffffff);
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < PARALLEL_TOUCH_LANES_MAX; i++) {
		if (i % 40 == 0)
			guest_advance(s.g, NSEC_PER_MSEC);
		next_fault(s.g);
	}
	guest_advance(s.g, NSEC_PER_MSEC);
	expect_silence(s.g);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT_MAX), PARALLEL_TOUCH_LANES_MAX);
}

static struct scene thinking_scene(struct fake_guest *g)
{
	const struct parallel_touch what = {
		.start = DATA_VA + 8, .count = 6, .stride = 4096, .lanes = 2, .think_us = 100,
		.access = PARALLEL_TOUCH_INCREMENT,
	};
	struct scene s = touch_scene(g, 5, ON_CCS0, &what);

	vm_map_pages(&s.vm, DATA_VA, s.data, 6);
	return s;
}

static void a_lane_thinks_between_its_touches(void **state)
{
	struct scene s = thinking_scene(*state);

	queue_enable(&s.q);
	assert_int_equal(count(&s, EV_TOUCH), 2);
	assert_int_equal(gpu_next_deadline(s.g->m), s.g->host->now + 100 * NSEC_PER_USEC);
	guest_advance(s.g, 99 * NSEC_PER_USEC);
	assert_int_equal(count(&s, EV_TOUCH), 2);
	guest_advance(s.g, NSEC_PER_USEC);
	assert_int_equal(count(&s, EV_TOUCH), 4);
	guest_advance(s.g, 100 * NSEC_PER_USEC);
	assert_true(ended(&s));
}

/* one lane waits for its fault, the other goes on when it has thought */
static void a_fault_stops_only_its_lane(void **state)
{
	struct scene s = thinking_scene(*state);
	struct seen f;

	vm_unmap(&s.vm, DATA_VA, SHIFT_4K);
	queue_enable(&s.q);
	f = next_fault(s.g);
	assert_int_equal(count(&s, EV_TOUCH), 1);
	guest_advance(s.g, 100 * NSEC_PER_USEC);
	assert_int_equal(count(&s, EV_TOUCH), 2);
	guest_advance(s.g, 300 * NSEC_PER_USEC);
	guest_advance(s.g, 300 * NSEC_PER_USEC);
	guest_advance(s.g, 300 * NSEC_PER_USEC);
	assert_int_equal(count(&s, EV_TOUCH), 5);
	assert_false(ended(&s));
	serve(&s, &f);
	assert_true(ended(&s));
	assert_int_equal(word(&s, 0), 1);
}

static void thinking_makes_room_for_another(void **state)
{
	struct scene s = thinking_scene(*state), other = write_scene(*state, 6, ON_CCS0, 1, 1);

	vm_map_pages(&other.vm, DATA_VA, other.data, 1);
	queue_policies(&s.q, 10, 1000, PRIORITY_NORMAL);
	queue_enable(&s.q);
	assert_int_equal(count(&s, EV_TOUCH), 2);
	queue_enable(&other.q);
	guest_advance(s.g, 20 * NSEC_PER_USEC);
	assert_true(ended(&other));
	assert_false(ended(&s));
	guest_advance(s.g, 100 * NSEC_PER_USEC);
	guest_advance(s.g, 100 * NSEC_PER_USEC);
	assert_true(ended(&s));
	assert_int_equal(word(&s, 0), 1);
	assert_int_equal(count(&s, EV_ENGINE_RESET), 0);
}

/* as any context with a fault in flight, whatever its other lanes do */
static void a_faulted_lane_keeps_the_engine(void **state)
{
	struct scene s = thinking_scene(*state), other = write_scene(*state, 6, ON_CCS0, 1, 1);
	struct seen f;

	vm_map_pages(&other.vm, DATA_VA, other.data, 1);
	vm_unmap(&s.vm, DATA_VA, SHIFT_4K);
	queue_policies(&s.q, 10, 1000, PRIORITY_NORMAL);
	queue_enable(&s.q);
	f = next_fault(s.g);
	queue_enable(&other.q);
	guest_advance(s.g, 20 * NSEC_PER_USEC);
	guest_advance(s.g, NSEC_PER_SEC);
	assert_false(ended(&other));
	assert_int_equal(count(&s, EV_FAULT_ABORTED), 0);
	serve(&s, &f);
	guest_advance(s.g, NSEC_PER_SEC);
	assert_true(ended(&other));
}

/* the answer to a copy resumes nobody */
static void doubled_reports_are_answered_twice(void **state)
{
	struct scene s = write_scene(*state, 5, ON_CCS0, 2, 2);
	struct seen f[4];
	u32 i;

	inject_set(s.g->m, KNOB_dup_fault, 1);
	queue_enable(&s.q);
	inject_set(s.g->m, KNOB_dup_fault, 0);
	for (i = 0; i < 4; i++)
		f[i] = next_fault(s.g);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT), 2);
	for (i = 0; i < 4; i++)
		serve(&s, &f[i]);
	assert_true(ended(&s));
	assert_int_equal(count(&s, EV_FAULT_STRAY), 0);
}

static void nonsense_access_hangs(void **state)
{
	struct scene s = write_scene(*state, 5, ON_RCS0, 2, 2);

	((u32 *)guest_ptr(s.g, s.batch))[0] |= 3 << 8;
	queue_enable(&s.q);
	assert_int_equal(queue_engine(&s.q)->state, ENGINE_HUNG);
	assert_int_equal(count(&s, EV_GUEST_ERROR), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(switched_off_it_does_not_exist),
		T(mapped_words_are_written_by_number),
		T(no_touch_is_no_work),
		T(reads_fault_as_reads_and_change_nothing),
		T(each_lane_has_a_fault_of_its_own),
		T(an_answer_resumes_only_its_touch),
		T(answer_without_mapping_faults_again_alone),
		T(touches_of_one_page_fault_each),
		T(refusal_kills_once_and_ends_the_others),
		T(disable_and_enable_touch_each_word_once),
		T(reset_forgets_all_of_it),
		T(two_engines_touch_at_once),
		T(faults_wait_for_room_in_the_ring),
		T(lanes_have_a_limit),
		T(a_lane_thinks_between_its_touches),
		T(a_fault_stops_only_its_lane),
		T(thinking_makes_room_for_another),
		T(a_faulted_lane_keeps_the_engine),
		T(doubled_reports_are_answered_twice),
		T(nonsense_access_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
