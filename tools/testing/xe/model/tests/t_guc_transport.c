// SPDX-License-Identifier: GPL-2.0
/* Messages: nothing lost, nothing twice, nothing out of order, in either direction. */
#include "tests/fake_guest.h"

#include "guc/state.h"

static void expect_response(struct fake_guest *g, u32 fence, u32 hxg)
{
	u32 msg[256];

	assert_int_equal(guest_receive(g, msg), 2);
	assert_int_equal(msg[0], fence << 16 | 1);
	assert_int_equal(msg[1], hxg);
}

static void actions_pass_their_check(void **state)
{
	(void)state;
	assert_null(action_check());
}

static void request_is_answered_with_its_fence(void **state)
{
	struct fake_guest *g = *state;

	guest_send(g, HXG_REQUEST, ACTION_GUCRC, 1);
	guest_run(g);
	expect_response(g, g->ct[g->gt].fence, HXG_MAKE(HXG_SUCCESS));
	expect_silence(g);
	assert_int_equal(g->ct[g->gt].h2g_desc[0], g->ct[g->gt].tail);
}

static void fast_request_is_answered_only_when_it_fails(void **state)
{
	struct fake_guest *g = *state;

	guest_fast(g, ACTION_GUCRC, 1);
	guest_run(g);
	expect_silence(g);
	guest_fast(g, ACTION_GUCRC, 7);
	guest_run(g);
	expect_response(g, g->ct[g->gt].fence, HXG_MAKE(HXG_FAILURE) | GUC_ERROR_PARAMS);
}

static void unknown_action_is_unimplemented_and_fails(void **state)
{
	struct fake_guest *g = *state;

	guest_send(g, HXG_REQUEST, 0x1234, 1);
	guest_run(g);
	expect_response(g, g->ct[g->gt].fence, HXG_MAKE(HXG_FAILURE) | GUC_ERROR_UNKNOWN_ACTION);
	assert_int_equal(obs_count(g->m, EV_UNIMPLEMENTED), 1);
}

static void wrong_length_is_a_guest_error(void **state)
{
	struct fake_guest *g = *state;

	guest_send(g, HXG_REQUEST, ACTION_SCHED_MODE_SET, 1);
	guest_run(g);
	expect_response(g, g->ct[g->gt].fence, HXG_MAKE(HXG_FAILURE) | GUC_ERROR_PROTOCOL);
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 1);
}

/* many times around both rings; the host's zero fill at the end is skipped */
static void both_rings_wrap(void **state)
{
	struct fake_guest *g = *state;
	u32 i;

	for (i = 0; i < 500; i++) {
		guest_fast(g, ACTION_TLB_INVALIDATION, i, TLB_INVAL_FULL);
		guest_run(g);
		expect_event(g, ACTION_TLB_INVALIDATION_DONE, i);
	}
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 0);
}

/* 100 answers into a ring that holds 85: the rest waits and comes in order */
static void full_ring_delays_but_drops_nothing(void **state)
{
	struct fake_guest *g = *state;
	u32 i, posted;

	for (i = 0, posted = 0; i < 10; i++) {
		for (; posted < (i + 1) * 10; posted++)
			guest_fast(g, ACTION_TLB_INVALIDATION, posted, TLB_INVAL_FULL);
		guest_run(g);
	}
	assert_true(obs_count(g->m, EV_G2H_FULL) > 0);
	assert_true(gpu_next_deadline(g->m) != TIME_NEVER);
	for (i = 0; i < 100; i++) {
		expect_event(g, ACTION_TLB_INVALIDATION_DONE, i);
		guest_run(g);
	}
	expect_silence(g);
	assert_int_equal(obs_count(g->m, EV_H2G), 100);
}

/* while the host reads nothing, the GuC ends by reading nothing either */
static void deaf_host_stops_the_guc(void **state)
{
	struct fake_guest *g = *state;
	u32 i;

	for (i = 0; i < 3000 && (g->ct[g->gt].tail + GUEST_H2G_DWORDS - g->ct[g->gt].h2g_desc[0]) % GUEST_H2G_DWORDS < 200; i++) {
		guest_fast(g, ACTION_TLB_INVALIDATION, i, TLB_INVAL_FULL);
		guest_run(g);
	}
	assert_true(i < 3000);
	assert_int_equal(g->m->guc[GT_MAIN]->backlog.num, 1024);
}

static void truncated_message_breaks_the_ring(void **state)
{
	struct fake_guest *g = *state;

	g->ct[g->gt].h2g[0] = 9;
	g->ct[g->gt].h2g_desc[1] = 3;
	mmio_write(g->m, 0x1901f0, 1);
	guest_run(g);
	assert_int_equal(g->ct[g->gt].h2g_desc[2], CTB_STATUS_UNDERFLOW);
	guest_fast(g, ACTION_GUCRC, 1);
	guest_run(g);
	assert_int_equal(obs_count(g->m, EV_H2G), 0);
}

static void tail_outside_the_ring_is_refused(void **state)
{
	struct fake_guest *g = *state;

	g->ct[g->gt].h2g_desc[1] = GUEST_H2G_DWORDS;
	mmio_write(g->m, 0x1901f0, 1);
	guest_run(g);
	assert_int_equal(g->ct[g->gt].h2g_desc[2], CTB_STATUS_OVERFLOW);
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 1);
}

static void event_from_the_host_breaks_the_ring(void **state)
{
	struct fake_guest *g = *state;

	guest_send(g, HXG_EVENT, ACTION_GUCRC, 1);
	guest_run(g);
	assert_int_equal(g->ct[g->gt].h2g_desc[2], CTB_STATUS_MISMATCH);
}

static void one_interrupt_for_a_batch_of_messages(void **state)
{
	struct fake_guest *g = *state;
	u32 i;

	for (i = 0; i < 5; i++)
		guest_fast(g, ACTION_TLB_INVALIDATION, i, TLB_INVAL_FULL);
	assert_int_equal(obs_count(g->m, EV_IRQ_DISABLED), 0);
	guest_run(g);
	assert_int_equal(obs_count(g->m, EV_IRQ_DISABLED), 1);
}

static void firmware_without_header_is_not_started(void **state)
{
	struct fake_guest *g = guest_new();

	(void)state;
	mmio_write(g->m, REG_DMA_SRC_LOW, guest_ggtt(g, guest_pages(g, 1), 1));
	mmio_write(g->m, REG_DMA_SRC_HIGH, DMA_SPACE_GGTT);
	mmio_write(g->m, 0xc314, BIT(16) | BIT(0));
	assert_int_equal(mmio_read(g->m, REG_GUC_STATUS), GUC_STATUS_BAD_RSA);
	guest_load_firmware(g);
	assert_int_equal(mmio_read(g->m, REG_GUC_STATUS), GUC_STATUS_READY);
	mmio_write(g->m, 0x941c, BIT(3));
	assert_int_equal(mmio_read(g->m, REG_GUC_STATUS), GUC_STATUS_IN_RESET);
	guest_free(g);
}

static void register_messages_work_beside_the_rings(void **state)
{
	struct fake_guest *g = *state;

	assert_int_equal(guest_mmio_message(g, ACTION_CLIENT_SOFT_RESET, 0, 0, 0), HXG_MAKE(HXG_SUCCESS));
	guest_send(g, HXG_REQUEST, ACTION_GUCRC, 1);
	guest_run(g);
	expect_response(g, g->ct[g->gt].fence, HXG_MAKE(HXG_SUCCESS));
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 0);
}

static void hwconfig_is_sized_then_copied(void **state)
{
	struct fake_guest *g = *state;
	u64 pa = guest_pages(g, 1);
	u32 addr = guest_ggtt(g, pa, 1), size;

	size = guest_mmio_message(g, ACTION_GET_HWCONFIG, 0, 0, 0) & HXG_AUX;
	assert_true(size >= 12 && !(size % 4));
	assert_int_equal(guest_mmio_message(g, ACTION_GET_HWCONFIG, addr, 0, size), HXG_MAKE(HXG_SUCCESS));
	assert_int_equal(*(u32 *)guest_ptr(g, pa), 1);
	assert_int_equal(guest_mmio_message(g, ACTION_GET_HWCONFIG, addr, 0, 4),
			 HXG_MAKE(HXG_FAILURE) | GUC_ERROR_SIZE);
}

/* value of a key, or 0: the runtime divides by some of them */
static u32 hwconfig_value(const u32 *table, u32 dwords, u32 key)
{
	u32 i;

	for (i = 0; i + 2 < dwords; i += 2 + table[i + 1])
		if (table[i] == key)
			return table[i + 2];
	return 0;
}

static void hwconfig_counts_what_the_fuses_leave(void **state)
{
	struct fake_guest *g = *state;
	u64 pa = guest_pages(g, 1);
	u32 addr = guest_ggtt(g, pa, 1), size;
	const u32 *table = guest_ptr(g, pa);
	u32 subslices = reg_get(g->m, 0x9144), eus = reg_get(g->m, 0x9134);

	size = guest_mmio_message(g, ACTION_GET_HWCONFIG, 0, 0, 0) & HXG_AUX;
	assert_int_equal(guest_mmio_message(g, ACTION_GET_HWCONFIG, addr, 0, size), HXG_MAKE(HXG_SUCCESS));
	assert_int_equal(hwconfig_value(table, size / 4, HWCONFIG_MAX_SUBSLICES), __builtin_popcount(subslices));
	assert_int_equal(hwconfig_value(table, size / 4, HWCONFIG_MAX_EUS_PER_SUBSLICE), __builtin_popcount(eus));
	assert_int_not_equal(hwconfig_value(table, size / 4, HWCONFIG_THREADS_PER_EU), 0);
	assert_int_not_equal(hwconfig_value(table, size / 4, HWCONFIG_SLM_PER_SUBSLICE), 0);
	assert_int_not_equal(hwconfig_value(table, size / 4, HWCONFIG_L3_BANK_SIZE), 0);
	assert_int_equal(hwconfig_value(table, size / 4, HWCONFIG_MAX_RENDER_ENGINES), 1);
	assert_int_equal(hwconfig_value(table, size / 4, HWCONFIG_MAX_COMPUTE_ENGINES), 1);
	assert_int_equal(hwconfig_value(table, size / 4, 0xffff), 0);
}

static void slpc_says_it_runs(void **state)
{
	struct fake_guest *g = *state;
	u64 pa = guest_pages(g, 2);
	u32 addr = guest_ggtt(g, pa, 2);

	guest_fast(g, ACTION_SLPC, SLPC_RESET << 8 | 2, addr, 0);
	guest_run(g);
	assert_int_equal(((u32 *)guest_ptr(g, pa))[1], SLPC_STATE_RUNNING);
	guest_fast(g, ACTION_SLPC, SLPC_SET << 8 | 2, SLPC_PARAM_MAX_MHZ, 1000);
	guest_send(g, HXG_REQUEST, ACTION_SLPC, SLPC_QUERY << 8 | 2, addr, 0);
	guest_run(g);
	expect_response(g, g->ct[g->gt].fence, HXG_MAKE(HXG_SUCCESS));
	assert_int_equal(((u32 *)guest_ptr(g, pa))[33] & 0xff, 60);
}

/* Battlemage: 6.12 leaves the rings in system memory, another driver may put them into VRAM, of either GT */
static void rings_may_lie_in_vram(void **state)
{
	struct fake_guest *g = guest_new_on(&platform_bmg);
	u32 i;

	(void)state;
	for (g->gt = 0; g->gt < GTS; g->gt++) {
		guest_load_firmware(g);
		guest_enable_ct_in_vram(g);
		for (i = 1; i <= GUEST_H2G_DWORDS; i++) {
			guest_fast(g, ACTION_TLB_INVALIDATION, i, TLB_INVAL_FULL);
			guest_run(g);
			expect_event(g, ACTION_TLB_INVALIDATION_DONE, i);
		}
		expect_silence(g);
	}
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 0);
	assert_int_equal(obs_count(g->m, EV_ORACLE), 0);
	guest_free(g);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions_pass_their_check),
		T(request_is_answered_with_its_fence),
		T(fast_request_is_answered_only_when_it_fails),
		T(unknown_action_is_unimplemented_and_fails),
		T(wrong_length_is_a_guest_error),
		T(both_rings_wrap),
		T(full_ring_delays_but_drops_nothing),
		T(deaf_host_stops_the_guc),
		T(truncated_message_breaks_the_ring),
		T(tail_outside_the_ring_is_refused),
		T(event_from_the_host_breaks_the_ring),
		T(one_interrupt_for_a_batch_of_messages),
		cmocka_unit_test(rings_may_lie_in_vram),
		cmocka_unit_test(firmware_without_header_is_not_started),
		T(register_messages_work_beside_the_rings),
		T(hwconfig_is_sized_then_copied),
		T(hwconfig_counts_what_the_fuses_leave),
		T(slpc_says_it_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
