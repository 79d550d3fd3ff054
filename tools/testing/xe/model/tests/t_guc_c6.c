// SPDX-License-Identifier: GPL-2.0
/* Render C6 and S0ix: entered when allowed, and neither engine, well nor interrupt is left; their time is counted. */
#include "tests/fake_guest.h"

#define REG_MIRROR 0xc60u
#define REG_CORE_STATUS 0x138060u
#define REG_RESIDENCY 0x138108u
#define FORCEWAKE_GT 0xa188u

static bool rests(struct fake_guest *g)
{
	u32 state = mmio_read(g->m, REG_CORE_STATUS) & 7;

	assert_int_equal(mmio_read(g->m, REG_MIRROR) >> 9 & 0xf, state);
	assert_int_equal(mmio_read(g->m, REG_MIRROR) & 0x1ff, 60);
	assert_true(!state || state == 3);
	return state;
}

/* residency that this much time adds */
static u32 gained(struct fake_guest *g, u32 us)
{
	u32 before = mmio_read(g->m, REG_RESIDENCY);

	guest_advance(g, us * NSEC_PER_USEC);
	return mmio_read(g->m, REG_RESIDENCY) - before;
}

static struct fake_guest *resting_guest(void **state)
{
	struct fake_guest *g = *state;

	guest_fast(g, ACTION_GUCRC, 1);
	guest_run(g);
	assert_true(rests(g));
	return g;
}

static void idle_is_rest(void **state)
{
	struct fake_guest *g = resting_guest(state);

	assert_int_equal(gained(g, 1280), 1000);
	assert_int_equal(gained(g, 128000), 100000);
}

static void no_rest_before_it_is_allowed(void **state)
{
	struct fake_guest *g = *state;

	assert_false(rests(g));
	assert_int_equal(gained(g, 10000), 0);
}

static void no_rest_after_it_was_forbidden(void **state)
{
	struct fake_guest *g = resting_guest(state);

	guest_fast(g, ACTION_GUCRC, 0);
	guest_run(g);
	assert_false(rests(g));
	assert_int_equal(gained(g, 10000), 0);
}

static void a_held_well_keeps_it_awake(void **state)
{
	struct fake_guest *g = resting_guest(state);

	mmio_write(g->m, FORCEWAKE_GT, BIT(16) | BIT(0));
	assert_false(rests(g));
	assert_int_equal(gained(g, 10000), 0);
	mmio_write(g->m, FORCEWAKE_GT, BIT(16));
	assert_true(rests(g));
	assert_int_equal(gained(g, 1280), 1000);
}

static void a_context_keeps_it_awake(void **state)
{
	struct fake_guest *g = resting_guest(state);
	u64 word = guest_pages(g, 1);
	u32 addr = guest_ggtt(g, word, 1);
	struct fake_queue q = queue_new(g, 5, ON_CCS0, NULL);

	queue_emit(&q, CMD(MI_SEMAPHORE_WAIT) | MI_GGTT | MI_SEMAPHORE_POLL | CMP_EQ << 12 | 2, 1, addr, 0);
	queue_enable(&q);
	assert_false(rests(g));
	assert_int_equal(gained(g, 10000), 0);
	*(u32 *)guest_ptr(g, word) = 1;
	guest_advance(g, NSEC_PER_MSEC);
	assert_true(rests(g));
	assert_int_equal(gained(g, 1280), 1000);
}

/* the source of engine interrupts, until the driver selects it */
static void an_interrupt_not_taken_keeps_it_awake(void **state)
{
	struct fake_guest *g = resting_guest(state);

	mmio_write(g->m, 0x190030, ~0u);
	irq_raise(g->m, 0, 0, CLASS_RENDER, 0, BIT(0));
	assert_true(rests(g)); /* masked: nobody wants it */
	mmio_write(g->m, 0x190090, 0);
	assert_false(rests(g));
	assert_int_equal(gained(g, 10000), 0);
	mmio_write(g->m, 0x190070, BIT(0));
	assert_true(rests(g));
	assert_int_equal(gained(g, 1280), 1000);
	assert_int_equal(obs_count(g->m, EV_C6_NS), 1280 * NSEC_PER_USEC);
}

#define PM_CTRL 0xd4u

static void set_d_state(struct fake_guest *g, u16 state)
{
	assert_true(pci_config_write(g->m, PM_CTRL, &state, sizeof(state)));
}

/* time in S0ix that this much time in a power state adds */
static u64 slept(struct fake_guest *g, u16 state, u32 us)
{
	u64 before;

	set_d_state(g, state);
	before = obs_count(g->m, EV_S0IX_NS);
	guest_advance(g, us * NSEC_PER_USEC);
	set_d_state(g, 0);
	return obs_count(g->m, EV_S0IX_NS) - before;
}

static void d3_lets_the_platform_sleep(void **state)
{
	struct fake_guest *g = *state;

	assert_int_equal(slept(g, 3, 1000), 1000 * NSEC_PER_USEC);
	assert_int_equal(obs_count(g->m, EV_S0IX), 1);
	assert_int_equal(slept(g, 0, 1000), 0);
	assert_int_equal(slept(g, 2, 1000), 0);
	assert_int_equal(obs_count(g->m, EV_S0IX), 1);
}

static void a_well_left_held_keeps_the_platform_awake(void **state)
{
	struct fake_guest *g = *state;

	mmio_write(g->m, FORCEWAKE_GT, BIT(16) | BIT(0));
	assert_int_equal(slept(g, 3, 1000), 0);
	assert_int_equal(obs_count(g->m, EV_S0IX), 0);
	assert_int_equal(obs_count(g->m, EV_S0IX_REFUSED), 1);
	mmio_write(g->m, FORCEWAKE_GT, BIT(16));
	assert_int_equal(slept(g, 3, 1000), 1000 * NSEC_PER_USEC);
}

static void an_interrupt_left_pending_keeps_the_platform_awake(void **state)
{
	struct fake_guest *g = *state;

	mmio_write(g->m, 0x190030, ~0u);
	mmio_write(g->m, 0x190090, 0);
	irq_raise(g->m, 0, 0, CLASS_RENDER, 0, BIT(0));
	assert_int_equal(slept(g, 3, 1000), 0);
	assert_int_equal(obs_count(g->m, EV_S0IX_REFUSED), 1);
}

static void reset_wakes_and_keeps_the_count(void **state)
{
	struct fake_guest *g = resting_guest(state);
	u32 before;

	gained(g, 1280);
	before = mmio_read(g->m, REG_RESIDENCY);
	gts_reset(g->m);
	assert_false(rests(g));
	assert_int_equal(gained(g, 10000), 0);
	assert_int_equal(mmio_read(g->m, REG_RESIDENCY), before);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(idle_is_rest),
		T(no_rest_before_it_is_allowed),
		T(no_rest_after_it_was_forbidden),
		T(a_held_well_keeps_it_awake),
		T(a_context_keeps_it_awake),
		T(an_interrupt_not_taken_keeps_it_awake),
		T(d3_lets_the_platform_sleep),
		T(a_well_left_held_keeps_the_platform_awake),
		T(an_interrupt_left_pending_keeps_the_platform_awake),
		T(reset_wakes_and_keeps_the_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
