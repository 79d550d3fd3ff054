// SPDX-License-Identifier: GPL-2.0
/* The display interrupt: raised at the knob's rate, shown where the driver looks, its wait counted until the ack. */
#include "tests/fake_guest.h"

#define MASTER 0x190008
#define GFX_MASTER 0x190010
#define ENABLE BIT(31)
#define GU_MISC_IRQ BIT(29)
#define IMR 0x444f4
#define IIR 0x444f8
#define IER 0x444fc
#define GSE BIT(27)
#define HZ 120u
#define PERIOD (NSEC_PER_SEC / HZ)

/* as xe_irq_postinstall() leaves it */
static struct fake_guest *watched(void **state)
{
	struct fake_guest *g = *state;

	mmio_write(g->m, IER, GSE);
	mmio_write(g->m, IMR, ~GSE);
	mmio_write(g->m, MASTER, ENABLE);
	inject_set(g->m, KNOB_display_irq_hz, HZ);
	guest_run(g);
	return g;
}

static u64 counted(struct fake_guest *g, enum ev ev)
{
	return obs_count(g->m, ev);
}

/* the order of dg1_irq_handler() */
static void handle(struct fake_guest *g)
{
	struct model *m = g->m;

	mmio_write(m, MASTER, 0);
	assert_int_equal(mmio_read(m, MASTER), BIT(0));
	mmio_write(m, MASTER, BIT(0));
	assert_int_equal(mmio_read(m, GFX_MASTER), GU_MISC_IRQ);
	mmio_write(m, GFX_MASTER, GU_MISC_IRQ);
	assert_int_equal(mmio_read(m, IIR), GSE);
	mmio_write(m, IIR, GSE);
	mmio_write(m, MASTER, ENABLE);
}

static void off_is_silent(void **state)
{
	struct fake_guest *g = watched(state);

	inject_set(g->m, KNOB_display_irq_hz, 0);
	guest_advance(g, NSEC_PER_SEC);
	assert_int_equal(g->host->msis, 0);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ), 0);
	assert_int_equal(gpu_next_deadline(g->m), TIME_NEVER);
}

static void comes_at_the_rate(void **state)
{
	struct fake_guest *g = watched(state);

	assert_int_equal(gpu_next_deadline(g->m), g->host->now + PERIOD);
	for (u32 i = 1; i <= 10; i++) {
		guest_advance(g, PERIOD - 1);
		assert_int_equal(counted(g, EV_DISPLAY_IRQ), i - 1);
		guest_advance(g, 1);
		assert_int_equal(counted(g, EV_DISPLAY_IRQ), i);
		assert_int_equal(g->host->msis, i);
		handle(g);
	}
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_ACK), 10);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_NS), 0);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MAX_PASSES), 0);
}

static void its_wait_is_counted(void **state)
{
	struct fake_guest *g = watched(state);

	guest_advance(g, PERIOD);
	guest_advance(g, 300 * NSEC_PER_USEC);
	handle(g);
	guest_advance(g, PERIOD - 300 * NSEC_PER_USEC);
	guest_advance(g, 100 * NSEC_PER_USEC);
	handle(g);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_NS), 400 * NSEC_PER_USEC);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MAX_NS), 300 * NSEC_PER_USEC);
	inject_set(g->m, KNOB_display_irq_hz, HZ / 2);
	guest_run(g);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MAX_NS), 0);
}

static void one_that_finds_one_waiting_is_merged(void **state)
{
	struct fake_guest *g = watched(state);

	guest_advance(g, PERIOD);
	guest_advance(g, PERIOD);
	assert_int_equal(g->host->msis, 1);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MERGED), 1);
	handle(g);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_ACK), 1);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MAX_NS), PERIOD);
	assert_int_equal(g->host->msis, 1);
}

/* one that nobody acknowledges comes again at each enabling of the master */
static void unacknowledged_comes_again(void **state)
{
	struct fake_guest *g = watched(state);

	guest_advance(g, PERIOD);
	mmio_write(g->m, MASTER, 0);
	mmio_write(g->m, MASTER, ENABLE);
	assert_int_equal(g->host->msis, 2);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MAX_PASSES), 1);
	mmio_write(g->m, MASTER, 0);
	mmio_write(g->m, MASTER, ENABLE);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MAX_PASSES), 2);
	handle(g);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MAX_PASSES), 2);
	mmio_write(g->m, MASTER, ENABLE);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MAX_PASSES), 2);
}

static void masked_is_lost(void **state)
{
	struct fake_guest *g = watched(state);

	mmio_write(g->m, IMR, ~0u);
	guest_advance(g, PERIOD);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MASKED), 1);
	assert_int_equal(mmio_read(g->m, IIR), 0);
	mmio_write(g->m, IMR, ~GSE);
	assert_int_equal(g->host->msis, 0);
}

/* IER is between IIR and the master */
static void not_enabled_is_not_told(void **state)
{
	struct fake_guest *g = watched(state);

	mmio_write(g->m, IER, 0);
	guest_advance(g, PERIOD);
	assert_int_equal(mmio_read(g->m, IIR), GSE);
	assert_int_equal(mmio_read(g->m, GFX_MASTER), 0);
	assert_int_equal(g->host->msis, 0);
	mmio_write(g->m, IER, GSE);
	assert_int_equal(g->host->msis, 1);
}

/* when the host did not let the model run */
static void what_was_missed_does_not_burst(void **state)
{
	struct fake_guest *g = watched(state);

	guest_advance(g, 10 * PERIOD + 1);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ), 1);
	assert_int_equal(counted(g, EV_DISPLAY_IRQ_MERGED), 0);
	assert_int_equal(gpu_next_deadline(g->m), g->host->now + PERIOD);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(off_is_silent),
		T(comes_at_the_rate),
		T(its_wait_is_counted),
		T(one_that_finds_one_waiting_is_merged),
		T(unacknowledged_comes_again),
		T(masked_is_lost),
		T(not_enabled_is_not_told),
		T(what_was_missed_does_not_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
