// SPDX-License-Identifier: GPL-2.0
/* Every table proves itself: names unique, rows sorted and disjoint, references present. */
#include <stdlib.h>
#include <string.h>

#include "tests/fake_host.h"

static void names_unique(const char *const *names, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		assert_true(names[i] && *names[i]);
		for (u32 j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
}

static void counters_are_unique_and_documented(void **state)
{
	(void)state;
	names_unique(ev_names, EV_COUNT);
	for (u32 i = 0; i < EV_COUNT; i++)
		assert_true(strlen(ev_docs[i]) > 10);
}

static void knobs_are_unique_and_documented(void **state)
{
	(void)state;
	names_unique(knob_names, KNOB_COUNT);
	for (u32 i = 0; i < KNOB_COUNT; i++)
		assert_true(strlen(knob_docs[i]) > 10);
}

static void registers_pass_their_check(void **state)
{
	struct fake_host *f = *state;

	assert_true(f->m.mmio->num_rows > 80);
	assert_null(mmio_check_rows(f->m.mmio->rows, f->m.mmio->num_rows));
}

/* the check itself finds each fault */
static const char *check(const struct reg_row *rows, u32 count)
{
	const struct reg_row *list[4];

	for (u32 i = 0; i < count; i++)
		list[i] = &rows[i];
	return mmio_check_rows(list, count);
}

static void register_check_finds_faults(void **state)
{
	struct reg_row rows[2] = {
		{ .name = "A", .off = 0x100, .count = 4, .rw = 1, .ref = "x" },
		{ .name = "B", .off = 0x110, .rw = 1, .ref = "x" },
	};

	(void)state;
	assert_null(check(rows, 2));
	rows[1].off = 0x10c;
	assert_string_equal(check(rows, 2), "two rows claim one register");
	rows[1].off = 0x100;
	assert_string_equal(check(rows, 2), "rows not sorted");
	rows[1].off = 0x110;
	rows[1].name = "A";
	assert_string_equal(check(rows, 2), "two rows of one name");
	rows[1].name = "B";
	rows[1].ref = NULL;
	assert_string_equal(check(rows, 2), "row without a reference");
	rows[1].ref = "x";
	rows[1].w1c = 1;
	assert_string_equal(check(rows, 2), "a bit is both kept and cleared by a write");
	rows[1].w1c = 0;
	rows[1].off = 0x111;
	assert_string_equal(check(rows, 2), "row outside the register file or not aligned");
	rows[1].off = BAR0_REG_BYTES;
	assert_string_equal(check(rows, 2), "row outside the register file or not aligned");
}

static void platforms_hold_together(void **state)
{
	static const struct platform *const all[] = { &platform_lnl, &platform_bmg };

	(void)state;
	for (u32 p = 0; p < ARRAY_SIZE(all); p++) {
		assert_ptr_equal(platform_find(all[p]->name), all[p]);
		for (u32 i = 0; i < all[p]->num_engines; i++)
			for (u32 j = 0; j < i; j++) {
				const struct engine_desc *a = &all[p]->engines[i], *b = &all[p]->engines[j];

				assert_string_not_equal(a->name, b->name);
				assert_int_not_equal(a->base, b->base);
				assert_false(a->irq_bank == b->irq_bank && a->irq_bit == b->irq_bit);
				assert_false(a->class == b->class && a->instance == b->instance);
				assert_false(a->guc_class == b->guc_class && a->logical == b->logical);
			}
	}
	assert_null(platform_find("i915"));
}

static void platform_values_reach_the_registers(void **state)
{
	static const struct platform *const all[] = { &platform_lnl, &platform_bmg };

	(void)state;
	for (u32 p = 0; p < ARRAY_SIZE(all); p++) {
		struct fake_host *f = fake_new(all[p], false);

		assert_int_equal(mmio_read(&f->m, 0xd8c), all[p]->gts[GT_MAIN].gmd_id);
		for (u32 i = 0; i < all[p]->num_regs; i++)
			assert_int_equal(reg_get(&f->m, all[p]->regs[i].off), all[p]->regs[i].val);
		fake_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_are_unique_and_documented),
		cmocka_unit_test(knobs_are_unique_and_documented),
		cmocka_unit_test_setup_teardown(registers_pass_their_check, fake_setup, fake_teardown),
		cmocka_unit_test(register_check_finds_faults),
		cmocka_unit_test(platforms_hold_together),
		cmocka_unit_test(platform_values_reach_the_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
