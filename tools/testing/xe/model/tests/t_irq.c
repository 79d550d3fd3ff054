// SPDX-License-Identifier: GPL-2.0
/* Interrupts: no event is lost, none is reported twice, one message per enabling of the master. */
#include "tests/fake_host.h"

#define MASTER 0x190008
#define GFX_MASTER 0x190010
#define BANK 0x190018
#define IDENTITY 0x190060
#define SELECTOR 0x190070
#define ENABLE BIT(31)

/* as xe_irq_enable_hwe() and guc_enable_irq() leave it */
static void enable_sources(struct model *m)
{
	mmio_write(m, 0x190030, 0x00110011);
	mmio_write(m, 0x190048, 0x00110000);
	mmio_write(m, 0x190038, 0x80000000);
	mmio_write(m, 0x190090, ~0x00110000u);
	mmio_write(m, 0x1900a0, ~0x00110000u);
	mmio_write(m, 0x19011c, ~0x00110011u);
	mmio_write(m, 0x190100, ~0x00110011u);
	mmio_write(m, 0x1900e8, ~0x80000000u);
}

static int setup(void **state)
{
	fake_setup(state);
	enable_sources(&((struct fake_host *)*state)->m);
	return 0;
}

static void raise_guc(struct model *m)
{
	irq_raise(m, 0, 25, CLASS_OTHER, 0, BIT(15));
}

static u32 take(struct model *m, u32 bank, u32 bit)
{
	u32 identity;

	mmio_write(m, SELECTOR + 4 * bank, BIT(bit));
	identity = mmio_read(m, IDENTITY + 4 * bank);
	mmio_write(m, IDENTITY + 4 * bank, identity);
	return identity;
}

static void one_message_per_enabling(void **state)
{
	struct fake_host *f = *state;

	raise_guc(&f->m);
	assert_int_equal(f->msis, 0);
	mmio_write(&f->m, MASTER, ENABLE);
	assert_int_equal(f->msis, 1);
	raise_guc(&f->m);
	assert_int_equal(f->msis, 1);
	mmio_write(&f->m, MASTER, 0);
	raise_guc(&f->m);
	assert_int_equal(f->msis, 1);
	mmio_write(&f->m, MASTER, ENABLE);
	assert_int_equal(f->msis, 2);
}

static void nothing_pending_no_message(void **state)
{
	struct fake_host *f = *state;

	mmio_write(&f->m, MASTER, ENABLE);
	assert_int_equal(f->msis, 0);
	assert_int_equal(mmio_read(&f->m, MASTER), ENABLE);
	assert_int_equal(mmio_read(&f->m, GFX_MASTER), 0);
}

/* the order of dg1_irq_handler() */
static void handler_finds_who_and_why(void **state)
{
	struct fake_host *f = *state;
	struct model *m = &f->m;

	mmio_write(m, MASTER, ENABLE);
	raise_guc(m);
	irq_raise(m, 0, 15, CLASS_COPY, 0, BIT(0));
	irq_raise(m, 0, 23, CLASS_COPY, 8, BIT(0));
	mmio_write(m, MASTER, 0);
	assert_int_equal(mmio_read(m, MASTER), 1);
	mmio_write(m, MASTER, 1);
	assert_int_equal(mmio_read(m, GFX_MASTER), 1);
	assert_int_equal(mmio_read(m, BANK), BIT(15) | BIT(23) | BIT(25));
	assert_int_equal(take(m, 0, 15), BIT(31) | CLASS_COPY << 16 | BIT(0));
	assert_int_equal(take(m, 0, 23), BIT(31) | 8 << 20 | CLASS_COPY << 16 | BIT(0));
	assert_int_equal(take(m, 0, 25), BIT(31) | CLASS_OTHER << 16 | BIT(15));
	assert_int_equal(mmio_read(m, BANK), 0);
	assert_int_equal(mmio_read(m, IDENTITY), 0);
	mmio_write(m, BANK, BIT(15) | BIT(23) | BIT(25));
	mmio_write(m, MASTER, ENABLE);
	assert_int_equal(f->msis, 1);
}

/* an event between the read of the bank and its acknowledge fires again */
static void event_during_the_handler_survives(void **state)
{
	struct fake_host *f = *state;
	struct model *m = &f->m;

	mmio_write(m, MASTER, ENABLE);
	raise_guc(m);
	mmio_write(m, MASTER, 0);
	take(m, 0, 25);
	raise_guc(m);
	mmio_write(m, BANK, BIT(25));
	mmio_write(m, MASTER, ENABLE);
	assert_int_equal(f->msis, 2);
	assert_int_equal(mmio_read(m, BANK), BIT(25));
}

static void vectors_accumulate(void **state)
{
	struct fake_host *f = *state;

	irq_raise(&f->m, 0, 0, CLASS_RENDER, 0, BIT(0));
	irq_raise(&f->m, 0, 0, CLASS_RENDER, 0, BIT(4));
	assert_int_equal(take(&f->m, 0, 0), BIT(31) | CLASS_RENDER << 16 | BIT(0) | BIT(4));
}

#define RCS_ENABLE 0x190030
#define RCS_MASK 0x190090
#define GUC_MASK 0x1900e8

static void disabled_event_is_lost(void **state)
{
	struct fake_host *f = *state;

	mmio_write(&f->m, MASTER, ENABLE);
	irq_raise(&f->m, 0, 0, CLASS_RENDER, 0, BIT(11));
	assert_int_equal(obs_count(&f->m, EV_IRQ_DISABLED), 1);
	mmio_write(&f->m, RCS_ENABLE, ~0u);
	mmio_write(&f->m, RCS_MASK, 0);
	assert_int_equal(f->msis, 0);
	assert_int_equal(mmio_read(&f->m, BANK), 0);
}

static void masked_event_waits_for_the_unmask(void **state)
{
	struct fake_host *f = *state;
	struct model *m = &f->m;

	mmio_write(m, MASTER, ENABLE);
	mmio_write(m, GUC_MASK, ~0u);
	raise_guc(m);
	assert_int_equal(f->msis, 0);
	assert_int_equal(mmio_read(m, MASTER), ENABLE);
	assert_int_equal(mmio_read(m, BANK), 0);
	assert_int_equal(obs_count(m, EV_IRQ_MASKED), 1);
	mmio_write(m, GUC_MASK, 0x7fffffff);
	assert_int_equal(f->msis, 1);
	assert_int_equal(obs_count(m, EV_IRQ_UNMASKED), 1);
	assert_int_equal(take(m, 0, 25), BIT(31) | CLASS_OTHER << 16 | BIT(15));
	assert_int_equal(mmio_read(m, BANK), 0);
}

/* the other reading */
static void masked_event_is_lost_with_the_knob(void **state)
{
	struct fake_host *f = *state;
	struct model *m = &f->m;

	inject_set(m, KNOB_mask_loses, 1);
	mmio_write(m, MASTER, ENABLE);
	mmio_write(m, GUC_MASK, ~0u);
	raise_guc(m);
	mmio_write(m, GUC_MASK, 0x7fffffff);
	assert_int_equal(f->msis, 0);
	assert_int_equal(obs_count(m, EV_IRQ_MASKED), 1);
	assert_int_equal(obs_count(m, EV_IRQ_UNMASKED), 0);
	raise_guc(m);
	assert_int_equal(f->msis, 1);
}

static void masking_hides_what_is_pending(void **state)
{
	struct fake_host *f = *state;
	struct model *m = &f->m;

	raise_guc(m);
	assert_int_equal(mmio_read(m, BANK), BIT(25));
	mmio_write(m, GUC_MASK, ~0u);
	assert_int_equal(mmio_read(m, BANK), 0);
	mmio_write(m, MASTER, ENABLE);
	assert_int_equal(f->msis, 0);
	mmio_write(m, GUC_MASK, 0x7fffffff);
	assert_int_equal(f->msis, 1);
}

static void selecting_leaves_masked_vectors(void **state)
{
	struct fake_host *f = *state;
	struct model *m = &f->m;

	mmio_write(m, MASTER, ENABLE);
	mmio_write(m, RCS_MASK, ~0x00010000u);
	irq_raise(m, 0, 0, CLASS_RENDER, 0, BIT(0));
	irq_raise(m, 0, 0, CLASS_RENDER, 0, BIT(4));
	assert_int_equal(take(m, 0, 0), BIT(31) | CLASS_RENDER << 16 | BIT(0));
	assert_int_equal(mmio_read(m, BANK), 0);
	mmio_write(m, RCS_MASK, ~0x00110000u);
	assert_int_equal(take(m, 0, 0), BIT(31) | CLASS_RENDER << 16 | BIT(4));
}

/* each source has a mask of its own, also where two share an enable register */
static void mask_is_of_one_source(void **state)
{
	struct fake_host *f = *state;
	struct model *m = &f->m;

	mmio_write(m, 0x1900a0, ~0u);
	irq_raise(m, 0, 15, CLASS_COPY, 0, BIT(0));
	irq_raise(m, 0, 23, CLASS_COPY, 8, BIT(0));
	irq_raise(m, 0, 0, CLASS_RENDER, 0, BIT(0));
	assert_int_equal(mmio_read(m, BANK), BIT(23) | BIT(0));
	mmio_write(m, RCS_ENABLE, 0x00110000);
	irq_raise(m, 0, 23, CLASS_COPY, 8, BIT(4));
	assert_int_equal(take(m, 0, 23), BIT(31) | 8 << 20 | CLASS_COPY << 16 | BIT(0));
}

static void message_while_msi_is_off_is_counted(void **state)
{
	struct fake_host *f = *state;

	f->msi_on = false;
	mmio_write(&f->m, MASTER, ENABLE);
	raise_guc(&f->m);
	assert_int_equal(obs_count(&f->m, EV_MSI), 0);
	assert_int_equal(obs_count(&f->m, EV_MSI_LOST), 1);
}

static void wrong_selector_is_a_guest_error(void **state)
{
	struct fake_host *f = *state;

	mmio_write(&f->m, SELECTOR, 0);
	mmio_write(&f->m, SELECTOR, 3);
	mmio_write(&f->m, SELECTOR + 4, BIT(31));
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 3);
	assert_int_equal(mmio_read(&f->m, IDENTITY), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_message_per_enabling),
		T(nothing_pending_no_message),
		T(handler_finds_who_and_why),
		T(event_during_the_handler_survives),
		T(vectors_accumulate),
		T(disabled_event_is_lost),
		T(masked_event_waits_for_the_unmask),
		T(masked_event_is_lost_with_the_knob),
		T(masking_hides_what_is_pending),
		T(selecting_leaves_masked_vectors),
		T(mask_is_of_one_source),
		T(message_while_msi_is_off_is_counted),
		T(wrong_selector_is_a_guest_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
