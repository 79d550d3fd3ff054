// SPDX-License-Identifier: GPL-2.0
/* Queues: the messages of their life, and who gets an engine when several want it. */
#include "tests/fake_guest.h"

#include <string.h>

#include "guc/state.h"

#define BATCH_VA 0x100000000000ull
#define DATA_VA 0x100000100000ull

/* a space with a page for a batch and a page for data */
struct scene {
	struct fake_guest *g;
	struct fake_vm vm;
	u32 *batch, *data;
};

static struct scene scene_new(struct fake_guest *g)
{
	u64 batch = guest_pages(g, 1), data = guest_pages(g, 1);
	struct scene s = { .g = g, .vm = vm_new(g, 9), .batch = guest_ptr(g, batch),
			   .data = guest_ptr(g, data) };

	vm_map_pages(&s.vm, BATCH_VA, batch, 1);
	vm_map_pages(&s.vm, DATA_VA, data, 1);
	return s;
}

#define END_IF_ZERO(va) CMD(MI_CONDITIONAL_BATCH_BUFFER_END) | MI_COND_COMPARE | CMP_NE << 12 | 2, 0,     \
			LO(va), HI(va)

/* runs while data[0] is not 0; with or without a point at which hardware may switch */
static void make_spinner(struct scene *s, bool preemptible)
{
	const u32 batch[] = { preemptible ? CMD(MI_ARB_CHECK) : 0, END_IF_ZERO(DATA_VA), BATCH(BATCH_VA) };

	memcpy(s->batch, batch, sizeof(batch));
	s->data[0] = 1;
}

static struct fake_queue spinner(struct scene *s, u32 id)
{
	struct fake_queue q = queue_new(s->g, id, ON_RCS0, &s->vm);

	queue_emit(&q, BATCH(BATCH_VA));
	queue_emit(&q, STORE_DWORD(DATA_VA + 4 * id, id));
	return q;
}

static void life_of_a_queue(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_CCS0, &s.vm);

	queue_emit(&q, STORE_DWORD(DATA_VA, 77));
	queue_enable(&q);
	assert_int_equal(s.data[0], 77);
	queue_emit(&q, STORE_DWORD(DATA_VA, 78));
	queue_kick(&q);
	assert_int_equal(s.data[0], 78);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 3, 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 3, 0);
	guest_fast(s.g, ACTION_DEREGISTER_CONTEXT, 3);
	guest_run(s.g);
	expect_event(s.g, ACTION_DEREGISTER_DONE, 3);
	expect_silence(s.g);
	assert_int_equal(obs_count(s.g->m, EV_GUEST_ERROR), 0);
}

static void tail_counts_only_when_submitted(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);

	queue_enable(&q);
	queue_emit(&q, STORE_DWORD(DATA_VA, 77));
	queue_publish(&q);
	guest_advance(s.g, NSEC_PER_SEC);
	assert_int_equal(s.data[0], 0);
	queue_kick(&q);
	assert_int_equal(s.data[0], 77);
}

static void disabled_queue_does_not_run(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);

	queue_emit(&q, STORE_DWORD(DATA_VA, 77));
	queue_kick(&q);
	assert_int_equal(s.data[0], 0);
}

static void wrong_registrations_fail(void **state)
{
	struct fake_guest *g = *state;
	struct fake_queue q = queue_new(g, 3, ON_RCS0, NULL);
	u32 msg[256];

	expect_silence(g);
	queue_register_again(&q);
	assert_int_equal(guest_receive(g, msg), 2);
	assert_int_equal(msg[1], HXG_MAKE(HXG_FAILURE) | GUC_ERROR_PARAMS);
	q.mask = 0x80;
	q.id = 4;
	queue_register_again(&q);
	assert_int_equal(guest_receive(g, msg), 2);
	guest_fast(g, ACTION_SCHED_MODE_SET, 99, 1);
	guest_run(g);
	assert_int_equal(guest_receive(g, msg), 2);
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 3);
}

static void deregistering_an_enabled_queue_fails(void **state)
{
	struct fake_guest *g = *state;
	struct fake_queue q = queue_new(g, 3, ON_RCS0, NULL);
	u32 msg[256];

	queue_enable(&q);
	guest_fast(g, ACTION_DEREGISTER_CONTEXT, 3);
	guest_run(g);
	assert_int_equal(guest_receive(g, msg), 2);
	assert_int_equal(msg[1], HXG_MAKE(HXG_FAILURE) | GUC_ERROR_INVALID_STATE);
}

static void disable_of_a_running_queue_waits_until_it_left(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = spinner(&s, 3);

	make_spinner(&s, true);
	queue_enable(&q);
	assert_int_equal(queue_engine(&q)->state, ENGINE_WAIT);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 3, 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 3, 0);
	assert_int_equal(queue_engine(&q)->state, ENGINE_IDLE);
	assert_true(q.regs[0x0f] & BB_ADDR_VALID);
	s.data[0] = 0;
	queue_enable(&q);
	assert_int_equal(s.data[3], 3);
	assert_int_equal(obs_count(s.g->m, EV_BATCH), 1);
}

/* no arbitration point: the timeout ends it, the queue is lost, the next one runs */
static void stubborn_queue_is_reset(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = spinner(&s, 3), next = queue_new(s.g, 4, ON_RCS0, &s.vm);

	inject_set(s.g->m, KNOB_preempt_strict, 1);
	make_spinner(&s, false);
	queue_policies(&q, 1000, 5000, 3);
	queue_enable(&q);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 3, 0);
	guest_advance(s.g, 20000);
	guest_advance(s.g, 4900 * NSEC_PER_USEC);
	expect_silence(s.g);
	guest_advance(s.g, 200 * NSEC_PER_USEC);
	expect_event(s.g, ACTION_CONTEXT_RESET, 3);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 3, 0);
	queue_emit(&next, STORE_DWORD(DATA_VA + 16, 4));
	queue_enable(&next);
	assert_int_equal(s.data[4], 4);
	queue_enable(&q);
	assert_int_equal(s.data[3], 0);
}

/* an engine that met what it cannot pass is freed by the preemption timeout of a disable */
static void hung_queue_is_reset(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);

	queue_emit(&q, 0xdead0000);
	queue_policies(&q, 1000, 1000, 3);
	queue_enable(&q);
	assert_int_equal(queue_engine(&q)->state, ENGINE_HUNG);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 3, 0);
	guest_run(s.g);
	expect_silence(s.g);
	guest_advance(s.g, NSEC_PER_MSEC);
	expect_event(s.g, ACTION_CONTEXT_RESET, 3);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 3, 0);
	assert_int_equal(queue_engine(&q)->state, ENGINE_IDLE);
}

static void arbitration_off_delays_preemption(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);

	make_spinner(&s, true);
	queue_emit(&q, CMD(MI_ARB_ON_OFF), BATCH(BATCH_VA));
	queue_emit(&q, CMD(MI_ARB_ON_OFF) | MI_ARB_ENABLE, CMD(MI_ARB_CHECK));
	queue_policies(&q, 0, 1000000, 3);
	queue_enable(&q);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 3, 0);
	guest_advance(s.g, 1000000);
	expect_silence(s.g);
	s.data[0] = 0;
	guest_advance(s.g, 1000000);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 3, 0);
}

static void equals_share_by_time_slice(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue a = spinner(&s, 3), b = queue_new(s.g, 4, ON_RCS0, &s.vm);

	make_spinner(&s, true);
	queue_policies(&a, 1000, 640000, 3);
	queue_enable(&a);
	queue_emit(&b, STORE_DWORD(DATA_VA + 16, 4));
	queue_enable(&b);
	guest_advance(s.g, 900 * NSEC_PER_USEC);
	assert_int_equal(s.data[4], 0);
	guest_advance(s.g, 200 * NSEC_PER_USEC);
	assert_int_equal(s.data[4], 4);
	assert_int_equal(s.data[3], 0);
	s.data[0] = 0;
	guest_advance(s.g, NSEC_PER_MSEC);
	assert_int_equal(s.data[3], 3);
	assert_int_equal(obs_count(s.g->m, EV_ENGINE_RESET), 0);
}

static void urgent_queue_does_not_wait(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue a = spinner(&s, 3), b = queue_new(s.g, 4, ON_RCS0, &s.vm);

	make_spinner(&s, true);
	queue_policies(&a, 1000000, 640000, 3);
	queue_enable(&a);
	queue_policies(&b, 1000, 640000, 1);
	queue_emit(&b, STORE_DWORD(DATA_VA + 16, 4));
	queue_enable(&b);
	assert_int_equal(s.data[4], 4);
}

static void other_engines_do_not_wait(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue a = spinner(&s, 3), b = queue_new(s.g, 4, ON_BCS8, &s.vm);

	make_spinner(&s, true);
	queue_enable(&a);
	queue_emit(&b, STORE_DWORD(DATA_VA + 16, 4));
	queue_enable(&b);
	assert_int_equal(s.data[4], 4);
}

static void ring_outside_memory_is_a_cat_error(void **state)
{
	struct fake_guest *g = *state;
	struct fake_queue q = queue_new(g, 3, ON_RCS0, NULL);
	u32 msg[256];

	q.regs[0x09] = 0xf0000000;
	queue_emit(&q, 0, 0);
	queue_publish(&q);
	guest_fast(g, ACTION_SCHED_MODE_SET, 3, 1);
	guest_run(g);
	expect_event(g, ACTION_SCHED_MODE_DONE, 3, 1);
	assert_int_equal(guest_receive(g, msg), 3);
	assert_int_equal(msg[1], HXG_MAKE(HXG_EVENT) | ACTION_CAT_ERROR);
	assert_int_equal(msg[2], 3);
}

static void full_reset_forgets_everything(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = spinner(&s, 3);

	make_spinner(&s, true);
	queue_enable(&q);
	mmio_write(s.g->m, 0x941c, BIT(0));
	s.data[0] = 0;
	guest_advance(s.g, NSEC_PER_SEC);
	assert_int_equal(s.data[3], 0);
	assert_int_equal(mmio_read(s.g->m, REG_GUC_STATUS), GUC_STATUS_IN_RESET);
	assert_int_equal(gpu_next_deadline(s.g->m), TIME_NEVER);
	assert_null(s.g->m->guc[GT_MAIN]->queues[3]);
}

/* what the driver waits for at tear-down: 1 us of patience is honoured, not less than one try */
static void impatient_disable_gets_one_try(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = spinner(&s, 3);

	make_spinner(&s, true);
	queue_policies(&q, 1000, 640000, 3);
	queue_enable(&q);
	guest_fast(s.g, ACTION_CONTEXT_POLICIES, 3, POLICY_PREEMPT_TIMEOUT << 16 | 1, 1);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 3, 0);
	guest_advance(s.g, NSEC_PER_MSEC);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 3, 0);
	assert_int_equal(obs_count(s.g->m, EV_ENGINE_RESET), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(life_of_a_queue),
		T(tail_counts_only_when_submitted),
		T(disabled_queue_does_not_run),
		T(wrong_registrations_fail),
		T(deregistering_an_enabled_queue_fails),
		T(disable_of_a_running_queue_waits_until_it_left),
		T(stubborn_queue_is_reset),
		T(hung_queue_is_reset),
		T(arbitration_off_delays_preemption),
		T(equals_share_by_time_slice),
		T(urgent_queue_does_not_wait),
		T(other_engines_do_not_wait),
		T(ring_outside_memory_is_a_cat_error),
		T(full_reset_forgets_everything),
		T(impatient_disable_gets_one_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
