// SPDX-License-Identifier: GPL-2.0
/* Register semantics: what a write keeps, clears, starts; what a read takes. */
#include "tests/fake_host.h"

static void unlisted_register_is_storage_and_fails_the_run(void **state)
{
	struct fake_host *f = *state;

	mmio_write(&f->m, 0x300000, 0xdeadbeef);
	assert_int_equal(mmio_read(&f->m, 0x300000), 0xdeadbeef);
	assert_int_equal(obs_count(&f->m, EV_UNIMPLEMENTED), 2);
}

static void guc_timestamp_follows_the_clock(void **state)
{
	struct fake_host *f = *state;
	u32 before = mmio_read(&f->m, 0xc3e8);

	f->now += 1000000;
	assert_int_equal(mmio_read(&f->m, 0xc3e8) - before, 19200);
	assert_int_equal(mmio_read(&f->m, 0xc3ec), 0);
}

static void read_only_register_ignores_writes(void **state)
{
	struct fake_host *f = *state;
	u32 before = mmio_read(&f->m, 0xd8c);

	mmio_write(&f->m, 0xd8c, ~before);
	assert_int_equal(mmio_read(&f->m, 0xd8c), before);
	assert_int_equal(obs_count(&f->m, EV_REG_READ_ONLY), 1);
}

static void masked_register_merges(void **state)
{
	struct fake_host *f = *state;

	mmio_write(&f->m, 0x14800, 0x00010001);
	mmio_write(&f->m, 0x14800, 0x00020002);
	assert_int_equal(mmio_read(&f->m, 0x14800), 3);
	mmio_write(&f->m, 0x14800, 0x00010000);
	assert_int_equal(mmio_read(&f->m, 0x14800), 2);
	mmio_write(&f->m, 0x14800, 0x0000ffff);
	assert_int_equal(mmio_read(&f->m, 0x14800), 2);
}

static void written_one_clears(void **state)
{
	struct fake_host *f = *state;

	reg_set(&f->m, 0x101018, 0x80000000);
	mmio_write(&f->m, 0x101018, 0x7fffffff);
	assert_int_equal(mmio_read(&f->m, 0x101018), 0x80000000);
	mmio_write(&f->m, 0x101018, 0x80000000);
	assert_int_equal(mmio_read(&f->m, 0x101018), 0);
}

static void forcewake_acknowledges_bit_by_bit(void **state)
{
	struct fake_host *f = *state;

	assert_int_equal(mmio_read(&f->m, 0xdfc), 0);
	mmio_write(&f->m, 0xa188, 0x00010001);
	assert_int_equal(mmio_read(&f->m, 0xdfc), 1);
	assert_int_equal(mmio_read(&f->m, 0xd84), 0);
	mmio_write(&f->m, 0xa188, 0x80008000);
	assert_int_equal(mmio_read(&f->m, 0xdfc), 0x8001);
	mmio_write(&f->m, 0xa188, 0x00010000);
	assert_int_equal(mmio_read(&f->m, 0xdfc), 0x8000);
	mmio_write(&f->m, 0xa278, 0x00010001);
	assert_int_equal(mmio_read(&f->m, 0xd84), 1);
}

static void access_to_a_sleeping_well_is_noticed(void **state)
{
	struct fake_host *f = *state;

	mmio_read(&f->m, 0xc000);
	assert_int_equal(obs_count(&f->m, EV_REG_ASLEEP), 1);
	mmio_write(&f->m, 0xa188, 0x00010001);
	mmio_read(&f->m, 0xc000);
	assert_int_equal(obs_count(&f->m, EV_REG_ASLEEP), 1);
}

static void steering_semaphore_has_one_owner(void **state)
{
	struct fake_host *f = *state;

	assert_int_equal(mmio_read(&f->m, 0xfd0), 1);
	assert_int_equal(mmio_read(&f->m, 0xfd0), 0);
	mmio_write(&f->m, 0xfd0, 1);
	assert_int_equal(mmio_read(&f->m, 0xfd0), 1);
}

static void wopcm_registers_lock_themselves(void **state)
{
	struct fake_host *f = *state;

	mmio_write(&f->m, 0xc050, 0x00200000);
	assert_int_equal(mmio_read(&f->m, 0xc050), 0x00200001);
	mmio_write(&f->m, 0xc050, 0x00200000);
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 0);
	mmio_write(&f->m, 0xc050, 0x00400000);
	assert_int_equal(mmio_read(&f->m, 0xc050), 0x00200001);
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 1);
}

static void pcode_answers_at_once(void **state)
{
	struct fake_host *f = *state;

	mmio_write(&f->m, 0x138124, 0x8000007e);
	assert_int_equal(mmio_read(&f->m, 0x138124), 0);
	assert_int_equal(mmio_read(&f->m, 0x138128), 1);
	mmio_write(&f->m, 0x138124, 0x800000ee);
	assert_int_equal(mmio_read(&f->m, 0x138124), 1);
	assert_int_equal(obs_count(&f->m, EV_UNIMPLEMENTED), 1);
}

/* what only Battlemage is asked for, most of it by Linux 7.3 and by hwmon of a distribution's kernel */
static void battlemage_answers_in_full(void **state)
{
	struct fake_host *f = fake_new(&platform_bmg, false);
	static const u32 zero[] = { 0x510a0, 0x138120, 0x138320, 0x138458, 0x280164, 0x280168 };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(zero); i++)
		assert_int_equal(mmio_read(&f->m, zero[i]), 0);
	assert_int_equal(mmio_read(&f->m, 0x1380dc), 0x000a0e03);
	assert_int_equal(mmio_read(&f->m, 0x374c48), 8);
	mmio_write(&f->m, 0xb0c8, 0x1234);
	assert_int_equal(mmio_read(&f->m, 0xb0c8), 0x1234);
	mmio_write(&f->m, 0x138128, 0xffffffff);
	mmio_write(&f->m, 0x138124, 0x8000005c);
	assert_int_equal(mmio_read(&f->m, 0x138124), 0);
	assert_int_equal(mmio_read(&f->m, 0x138128), 0);
	mmio_write(&f->m, 0x138124, 0x8000015c);
	assert_int_equal(mmio_read(&f->m, 0x138124) & 0xff, 4);
	assert_int_equal(mmio_read(&f->m, 0x380d8c), 0x03404004);
	assert_int_equal(obs_count(&f->m, EV_UNIMPLEMENTED), 0);
	fake_free(f);
}

static void driver_flr_resets_and_says_so(void **state)
{
	struct fake_host *f = *state;

	mmio_write(&f->m, 0xa188, 0x00010001);
	mmio_write(&f->m, 0x101010, 0x80000000);
	assert_int_equal(mmio_read(&f->m, 0x101010), 0);
	assert_int_equal(mmio_read(&f->m, 0x101018), 0x80000000);
	assert_int_equal(mmio_read(&f->m, 0xdfc), 0);
	assert_int_equal(obs_count(&f->m, EV_DEVICE_RESET), 1);
}

static void cache_requests_finish_at_once(void **state)
{
	struct fake_host *f = *state;

	mmio_write(&f->m, 0xb418, 1);
	assert_int_equal(mmio_read(&f->m, 0xb418), 0);
	mmio_write(&f->m, 0xb404, 1);
	assert_int_equal(mmio_read(&f->m, 0xb404), 0);
}

static void access_outside_or_unaligned_is_a_guest_error(void **state)
{
	struct fake_host *f = *state;

	assert_int_equal(mmio_read(&f->m, BAR0_REG_BYTES), 0);
	mmio_write(&f->m, 0x101, 1);
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(unlisted_register_is_storage_and_fails_the_run),
		T(guc_timestamp_follows_the_clock),
		T(read_only_register_ignores_writes),
		T(masked_register_merges),
		T(written_one_clears),
		T(forcewake_acknowledges_bit_by_bit),
		T(access_to_a_sleeping_well_is_noticed),
		T(steering_semaphore_has_one_owner),
		T(wopcm_registers_lock_themselves),
		T(pcode_answers_at_once),
		cmocka_unit_test(battlemage_answers_in_full),
		T(driver_flr_resets_and_says_so),
		T(cache_requests_finish_at_once),
		T(access_outside_or_unaligned_is_a_guest_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
