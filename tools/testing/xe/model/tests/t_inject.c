// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs: what each does to faults, answers, acknowledgements, interrupts, copies and the GuC, and that it
 * does nothing else. Those that only drop, delay or double a fault are with the faults in t_guc_fault.c.
 */
#include "guc/state.h"
#include "tests/fault_scene.h"

#include <string.h>

#define MASTER 0x190008
#define MASTER_ENABLE BIT(31)
#define GUC_STATUS 0x00c000
#define GDRST 0x00941c

struct pair {
	struct scene a, b;
	struct seen fa, fb;
};

/* two engines, each waits for the page of its store */
static struct pair two_faults(struct fake_guest *g)
{
	struct pair p = { .a = store_scene(g, 5, ON_RCS0), .b = store_scene(g, 6, ON_CCS0) };

	vm_map_pages(&p.a.vm, BATCH_VA, p.a.batch, 1);
	vm_map_pages(&p.b.vm, BATCH_VA, p.b.batch, 1);
	queue_publish(&p.a.q);
	queue_publish(&p.b.q);
	guest_fast(g, ACTION_SCHED_MODE_SET, p.a.q.id, 1);
	guest_run(g);
	expect_event(g, ACTION_SCHED_MODE_DONE, p.a.q.id, 1);
	return p;
}

static void start_second(struct pair *p)
{
	guest_fast(p->a.g, ACTION_SCHED_MODE_SET, p->b.q.id, 1);
	guest_run(p->a.g);
	expect_event(p->a.g, ACTION_SCHED_MODE_DONE, p->b.q.id, 1);
}

static void passed_fault_comes_behind_the_next(void **state)
{
	struct fake_guest *g = *state;
	struct pair p;

	inject_set(g->m, KNOB_reorder_fault, 1);
	p = two_faults(g);
	expect_silence(g);
	inject_set(g->m, KNOB_reorder_fault, 0);
	start_second(&p);
	p.fb = next_fault(g);
	p.fa = next_fault(g);
	assert_int_equal(obs_count(g->m, EV_G2H_PASSED), 1);
	assert_int_equal(p.fb.asid, 106);
	assert_int_equal(p.fa.asid, 105);
	expect_silence(g);
}

static void passed_fault_does_not_wait_forever(void **state)
{
	struct fake_guest *g = *state;

	inject_set(g->m, KNOB_reorder_fault, 1);
	two_faults(g);
	expect_silence(g);
	assert_int_equal(gpu_next_deadline(g->m), g->host->now + HOLD_NS);
	guest_advance(g, HOLD_NS);
	assert_int_equal(next_fault(g).asid, 105);
}

/* delayed itself, the next one takes those it passed along to its own time */
static void passed_fault_follows_a_delayed_one(void **state)
{
	struct fake_guest *g = *state;
	struct pair p;

	inject_set(g->m, KNOB_reorder_fault, 1);
	p = two_faults(g);
	inject_set(g->m, KNOB_reorder_fault, 0);
	inject_set(g->m, KNOB_delay_fault_us, 100);
	start_second(&p);
	expect_silence(g);
	guest_advance(g, 100 * NSEC_PER_USEC);
	assert_int_equal(next_fault(g).asid, 106);
	assert_int_equal(next_fault(g).asid, 105);
}

static struct pair two_told_faults(struct fake_guest *g)
{
	struct pair p = two_faults(g);

	p.fa = next_fault(g);
	start_second(&p);
	p.fb = next_fault(g);
	scene_map(&p.a);
	scene_map(&p.b);
	return p;
}

static void passed_answer_works_behind_the_next(void **state)
{
	struct pair p = two_told_faults(*state);
	struct model *m = p.a.g->m;

	inject_set(m, KNOB_reorder_reply, 2);
	inject_fire(m, KNOB_reorder_reply); /* the next one is the second */
	answer(p.a.g, &p.fa, false);
	assert_int_equal(stored(&p.a), 0);
	answer(p.a.g, &p.fb, false);
	assert_int_equal(stored(&p.b), 0xcafe);
	assert_int_equal(stored(&p.a), 0xcafe);
	assert_int_equal(obs_count(m, EV_FAULT_SERVED), 2);
	assert_int_equal(obs_count(m, EV_FAULT_ANSWER_PASSED), 1);
}

static void passed_answer_does_not_wait_forever(void **state)
{
	struct pair p = two_told_faults(*state);

	inject_set(p.a.g->m, KNOB_reorder_reply, 1);
	answer(p.a.g, &p.fa, false);
	assert_int_equal(stored(&p.a), 0);
	assert_int_equal(gpu_next_deadline(p.a.g->m), p.a.g->host->now + HOLD_NS);
	guest_advance(p.a.g, HOLD_NS);
	assert_int_equal(stored(&p.a), 0xcafe);
}

static void doubled_answer_is_stray_once(void **state)
{
	struct pair p = two_told_faults(*state);

	inject_set(p.a.g->m, KNOB_dup_reply, 1);
	answer(p.a.g, &p.fa, false);
	assert_int_equal(stored(&p.a), 0xcafe);
	assert_int_equal(stored(&p.b), 0);
	assert_int_equal(obs_count(p.a.g->m, EV_FAULT_SERVED), 1);
	assert_int_equal(obs_count(p.a.g->m, EV_FAULT_STRAY), 1);
}

static void delayed_answer_works_when_due(void **state)
{
	struct pair p = two_told_faults(*state);

	inject_set(p.a.g->m, KNOB_delay_reply_us, 300);
	answer(p.a.g, &p.fa, false);
	guest_advance(p.a.g, 299 * NSEC_PER_USEC);
	assert_int_equal(stored(&p.a), 0);
	guest_advance(p.a.g, NSEC_PER_USEC);
	assert_int_equal(stored(&p.a), 0xcafe);
}

/* its fault is gone when it arrives */
static void delayed_answer_after_a_reset_is_no_more(void **state)
{
	struct pair p = two_told_faults(*state);

	inject_set(p.a.g->m, KNOB_delay_reply_us, 300);
	answer(p.a.g, &p.fa, false);
	gts_reset(p.a.g->m);
	guest_advance(p.a.g, NSEC_PER_SEC);
	assert_int_equal(obs_count(p.a.g->m, EV_FAULT_STRAY), 0);
	assert_int_equal(gpu_next_deadline(p.a.g->m), TIME_NEVER);
}

static void invalidate(struct fake_guest *g, u32 seqno)
{
	guest_fast(g, ACTION_TLB_INVALIDATION, seqno, TLB_INVAL_FULL);
	guest_run(g);
}

static void passed_acknowledgement_comes_behind_the_next(void **state)
{
	struct fake_guest *g = *state;

	inject_set(g->m, KNOB_reorder_tlb_ack, 1);
	invalidate(g, 1);
	expect_silence(g);
	inject_set(g->m, KNOB_reorder_tlb_ack, 0);
	invalidate(g, 2);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 2);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 1);
	expect_silence(g);
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_FULL), 2);
}

static void doubled_acknowledgement_is_sent_twice(void **state)
{
	struct fake_guest *g = *state;

	inject_set(g->m, KNOB_dup_tlb_ack, 2);
	invalidate(g, 1);
	invalidate(g, 2);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 1);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 2);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 2);
	expect_silence(g);
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_FULL), 2);
}

/* the source of engine interrupts, pending until the driver selects it */
static void raise(struct fake_guest *g)
{
	mmio_write(g->m, 0x190030, ~0u);
	mmio_write(g->m, 0x190090, 0);
	mmio_write(g->m, MASTER, MASTER_ENABLE);
	irq_raise(g->m, 0, 0, CLASS_RENDER, 0, BIT(0));
}

static void lost_interrupt_is_pending_and_told_with_the_next(void **state)
{
	struct fake_guest *g = *state;

	inject_set(g->m, KNOB_drop_irq, 1);
	raise(g);
	guest_advance(g, NSEC_PER_SEC);
	assert_int_equal(g->host->msis, 0);
	assert_true(mmio_read(g->m, MASTER) & BIT(0));
	inject_set(g->m, KNOB_drop_irq, 0);
	irq_raise(g->m, 0, 0, CLASS_RENDER, 0, BIT(0));
	assert_int_equal(g->host->msis, 1);
}

static void doubled_interrupt_comes_again(void **state)
{
	struct fake_guest *g = *state;

	inject_set(g->m, KNOB_dup_irq, 1);
	raise(g);
	assert_int_equal(g->host->msis, 1);
	assert_in_range(gpu_next_deadline(g->m), g->host->now, g->host->now + NSEC_PER_MSEC);
	guest_advance(g, NSEC_PER_MSEC);
	assert_int_equal(g->host->msis, 2);
	assert_int_equal(gpu_next_deadline(g->m), TIME_NEVER);
}

static void delayed_interrupt_comes_when_due(void **state)
{
	struct fake_guest *g = *state;

	inject_set(g->m, KNOB_delay_irq_us, 700);
	raise(g);
	guest_advance(g, 699 * NSEC_PER_USEC);
	assert_int_equal(g->host->msis, 0);
	guest_advance(g, NSEC_PER_USEC);
	assert_int_equal(g->host->msis, 1);
}

static void failed_copy_kills_its_context_only(void **state)
{
	struct fake_guest *g = *state;
	struct scene s = store_scene(g, 5, ON_BCS0), other = store_scene(g, 6, ON_BCS0);
	const u32 fill[] = { BLT(MEM_SET) | 5, 63, 0, 0, LO(DATA_VA), HI(DATA_VA), 0x77u << 24,
			     CMD(MI_BATCH_BUFFER_END) };

	scene_map(&s);
	scene_map(&other);
	memcpy(guest_ptr(g, s.batch), fill, sizeof(fill));
	inject_set(g->m, KNOB_fail_copy, 1);
	queue_enable(&s.q);
	expect_event(g, ACTION_CAT_ERROR, 5);
	assert_int_equal(stored(&s), 0);
	assert_int_equal(obs_count(g->m, EV_BLIT), 0);
	queue_enable(&other.q);
	assert_int_equal(stored(&other), 0xcafe);
	assert_int_equal(obs_count(g->m, EV_CAT_ERROR), 1);
}

static void copy_fails_every_nth_time_only(void **state)
{
	struct scene s = store_scene(*state, 5, ON_BCS0);
	const u32 fills[] = { BLT(MEM_SET) | 5, 63, 0, 0, LO(DATA_VA), HI(DATA_VA), 0x77u << 24,
			      BLT(MEM_SET) | 5, 3, 0, 0, LO(DATA_VA + 64), HI(DATA_VA), 0x78u << 24,
			      CMD(MI_BATCH_BUFFER_END) };

	scene_map(&s);
	memcpy(guest_ptr(s.g, s.batch), fills, sizeof(fills));
	inject_set(s.g->m, KNOB_fail_copy, 2);
	queue_enable(&s.q);
	expect_event(s.g, ACTION_CAT_ERROR, 5);
	assert_int_equal(stored(&s), 0x77777777);
	assert_int_equal(((u32 *)guest_ptr(s.g, s.data))[16], 0);
}

static void dead_guc_does_nothing_until_reset(void **state)
{
	struct fake_guest *g = *state;
	struct scene s = store_scene(g, 5, ON_RCS0);

	scene_map(&s);
	inject_set(g->m, KNOB_guc_dies, 2);
	invalidate(g, 1);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 1);
	invalidate(g, 2);
	guest_fast(g, ACTION_SCHED_MODE_SET, 5, 1);
	guest_advance(g, NSEC_PER_SEC);
	expect_silence(g);
	assert_int_equal(stored(&s), 0);
	assert_int_equal(obs_count(g->m, EV_GUC_DEAD), 1);
	assert_int_equal(gpu_next_deadline(g->m), TIME_NEVER);
	assert_int_not_equal(g->ct[g->gt].h2g_desc[0], g->ct[g->gt].tail); /* what came behind is not even taken */
	assert_int_equal(guest_mmio_message(g, ACTION_CLIENT_SOFT_RESET, 0, 0, 0), ACTION_CLIENT_SOFT_RESET);
}

static void dead_guc_lives_after_a_reset(void **state)
{
	struct fake_guest *g = *state;

	inject_set(g->m, KNOB_guc_dies, 1);
	invalidate(g, 1);
	inject_set(g->m, KNOB_guc_dies, 0);
	mmio_write(g->m, GDRST, BIT(3));
	assert_int_equal(mmio_read(g->m, GUC_STATUS), GUC_STATUS_IN_RESET);
	g->ct[g->gt].tail = 0;
	guest_load_firmware(g);
	guest_enable_ct(g);
	invalidate(g, 2);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(passed_fault_comes_behind_the_next),
		T(passed_fault_does_not_wait_forever),
		T(passed_fault_follows_a_delayed_one),
		T(passed_answer_works_behind_the_next),
		T(passed_answer_does_not_wait_forever),
		T(doubled_answer_is_stray_once),
		T(delayed_answer_works_when_due),
		T(delayed_answer_after_a_reset_is_no_more),
		T(passed_acknowledgement_comes_behind_the_next),
		T(doubled_acknowledgement_is_sent_twice),
		T(lost_interrupt_is_pending_and_told_with_the_next),
		T(doubled_interrupt_comes_again),
		T(delayed_interrupt_comes_when_due),
		T(failed_copy_kills_its_context_only),
		T(copy_fails_every_nth_time_only),
		T(dead_guc_does_nothing_until_reset),
		T(dead_guc_lives_after_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
