// SPDX-License-Identifier: GPL-2.0
/* The media GT: a second GuC with registers, transport, contexts, translations and resets of its own. */
#include "abi/parallel_touch.h"
#include "guc/state.h"
#include "tests/fault_scene.h"

#define GSI(off) (GSI_MEDIA + (off))
#define GMD_ID 0xd8c
#define GDRST 0x941c
#define MASTER 0x190008
#define BANK(n) (0x190018 + 4 * (n))
#define IDENTITY(n) (0x190060 + 4 * (n))
#define SELECTOR(n) (0x190070 + 4 * (n))
#define GUC_MASK 0x1900e8

static int media_setup(void **state)
{
	int err = guest_setup(state);

	guest_boot_media(*state);
	return err;
}

static u32 status(struct fake_guest *g, u32 gt)
{
	return mmio_read(g->m, g->m->plat->gts[gt].gsi + REG_GUC_STATUS);
}

static void a_knob_takes_the_gt_away(void **state)
{
	struct fake_guest *g = *state;

	assert_int_equal(mmio_read(g->m, GSI(GMD_ID)), 0x05000004);
	inject_set(g->m, KNOB_media_gt, 0);
	assert_int_equal(mmio_read(g->m, GSI(GMD_ID)), 0);
	assert_int_equal(mmio_read(g->m, GMD_ID), 0x05010004);
}

/* the page is mapped: what the driver writes there is plain storage until something traps */
static void its_identity_survives_dummy_writes(void **state)
{
	struct fake_guest *g = *state;

	reg_set(g->m, GSI(GMD_ID), 0);
	mmio_write(g->m, GSI(0xa188), BIT(16) | BIT(0));
	assert_int_equal(reg_get(g->m, GSI(GMD_ID)), 0x05000004);
}

static void each_guc_is_loaded_by_itself(void **state)
{
	struct fake_guest *g = *state;

	assert_int_equal(status(g, GT_MAIN), GUC_STATUS_READY);
	assert_int_equal(status(g, GT_MEDIA), GUC_STATUS_IN_RESET);
	mmio_write(g->m, 0x190304, 0);
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 1);
	reg_set(g->m, REG_SOFT_SCRATCH(15), 7);
	guest_boot_media(g);
	assert_int_equal(status(g, GT_MEDIA), GUC_STATUS_READY);
	assert_int_equal(reg_get(g->m, REG_SOFT_SCRATCH(15)), 7);
	assert_int_equal(obs_count(g->m, EV_GUC_LOAD), 2);
}

static void answers_come_by_the_transport_that_asked(void **state)
{
	struct fake_guest *g = *state;

	g->gt = GT_MEDIA;
	guest_fast(g, ACTION_TLB_INVALIDATION, 5, TLB_INVAL_FULL);
	guest_run(g);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 5);
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_FULL), 1);
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_FULL_MEDIA), 1);
	g->gt = GT_MAIN;
	expect_silence(g);
	guest_fast(g, ACTION_TLB_INVALIDATION, 6, TLB_INVAL_FULL);
	guest_run(g);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 6);
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_FULL_MEDIA), 1);
	assert_int_equal(obs_count(g->m, EV_H2G), 2);
	assert_int_equal(obs_count(g->m, EV_H2G_MEDIA), 1);
	assert_int_equal(obs_count(g->m, EV_G2H_MEDIA), 1);
	g->gt = GT_MEDIA;
	expect_silence(g);
}

static u32 take(struct model *m, u32 bank, u32 bit)
{
	u32 identity;

	assert_int_equal(mmio_read(m, BANK(bank)), BIT(bit));
	mmio_write(m, SELECTOR(bank), BIT(bit));
	identity = mmio_read(m, IDENTITY(bank));
	mmio_write(m, IDENTITY(bank), identity);
	return identity;
}

/* one enable for both GuCs, a mask for each: xe_guc.c guc_enable_irq() */
static void its_guc_interrupts_by_a_source_of_its_own(void **state)
{
	struct fake_guest *g = *state;

	mmio_write(g->m, MASTER, BIT(31));
	mmio_write(g->m, 0x190038, (u32)GUC_IRQ_GUC2HOST << 16);
	mmio_write(g->m, GUC_MASK, ~(u32)GUC_IRQ_GUC2HOST);
	guest_fast(g, ACTION_TLB_INVALIDATION, 5, TLB_INVAL_FULL);
	guest_run(g);
	assert_int_equal(mmio_read(g->m, BANK(0)), 0);
	g->gt = GT_MEDIA;
	guest_fast(g, ACTION_TLB_INVALIDATION, 5, TLB_INVAL_FULL);
	guest_run(g);
	assert_int_equal(g->host->msis, 1);
	assert_int_equal(take(g->m, 0, 24), BIT(31) | 16 << 20 | CLASS_OTHER << 16 | GUC_IRQ_GUC2HOST);
}

static void its_engines_interrupt_by_the_second_bank(void **state)
{
	struct scene s = store_scene(*state, 3, ON_VECS0);

	mmio_write(s.g->m, 0x190034, 0x00010001);
	mmio_write(s.g->m, 0x1900d0, 0xfffeffff);
	scene_map(&s);
	queue_enable(&s.q);
	assert_int_equal(stored(&s), 0xcafe);
	assert_int_equal(take(s.g->m, 1, 31), BIT(31) | CLASS_VIDEO_ENHANCE << 16 | BIT(0));
}

/* the same page is known to an engine of each GT */
static void an_invalidation_reaches_the_engines_of_its_gt(void **state)
{
	struct fake_guest *g = *state;
	struct fake_vm vm = vm_new(g, 7);
	struct mmu_fault fault;
	struct mmu_page page;
	u32 rcs0 = 0, vcs0 = 0, i;

	for (i = 0; i < g->m->plat->num_engines; i++)
		if (g->m->plat->engines[i].class == CLASS_VIDEO_DECODE)
			vcs0 = i;
	vm_map_pages(&vm, DATA_VA, 0x5000, 1);
	assert_true(mmu_translate(g->m, rcs0, &vm.space, DATA_VA, MMU_READ, &page, &fault));
	assert_true(mmu_translate(g->m, vcs0, &vm.space, DATA_VA, MMU_READ, &page, &fault));
	vm_unmap(&vm, DATA_VA, SHIFT_4K);
	guest_fast(g, ACTION_TLB_INVALIDATION, 5, TLB_INVAL_PAGES, 7, LO(DATA_VA), HI(DATA_VA), 0);
	guest_run(g);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 5);
	assert_false(mmu_translate(g->m, rcs0, &vm.space, DATA_VA, MMU_READ, &page, &fault));
	assert_true(mmu_translate(g->m, vcs0, &vm.space, DATA_VA, MMU_READ, &page, &fault));
	g->gt = GT_MEDIA;
	guest_fast(g, ACTION_TLB_INVALIDATION, 9, TLB_INVAL_PAGES, 7, LO(DATA_VA), HI(DATA_VA), 0);
	guest_run(g);
	expect_event(g, ACTION_TLB_INVALIDATION_DONE, 9);
	assert_false(mmu_translate(g->m, vcs0, &vm.space, DATA_VA, MMU_READ, &page, &fault));
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_RANGE), 2);
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_RANGE_MEDIA), 1);
	assert_int_equal(obs_count(g->m, EV_TLB_INVAL_BYTES_MEDIA), 4096);
}

static void the_global_table_is_cached_per_gt(void **state)
{
	struct fake_guest *g = *state;
	u32 addr = guest_ggtt(g, 0x5000, 1);
	struct mmu_page page;

	assert_true(mmu_ggtt(g->m, GT_MAIN, addr, &page));
	assert_true(mmu_ggtt(g->m, GT_MEDIA, addr, &page));
	g->m->mem->ggtt[addr >> 12] = 0x6000 | GGTT_PRESENT;
	mmio_write(g->m, GSI(0xcf7c), 1);
	assert_true(mmu_ggtt(g->m, GT_MAIN, addr, &page));
	assert_int_equal(page.at.pa, 0x5000);
	assert_true(mmu_ggtt(g->m, GT_MEDIA, addr, &page));
	assert_int_equal(page.at.pa, 0x6000);
}

static void a_fault_goes_to_the_guc_of_its_engine(void **state)
{
	struct fake_guest *g = *state;
	struct scene s = store_scene(g, 3, ON_VCS0);
	struct seen f;

	queue_enable(&s.q);
	expect_silence(g);
	g->gt = GT_MEDIA;
	f = next_fault(g);
	assert_int_equal(f.class, CLASS_VIDEO_DECODE);
	assert_int_equal(f.instance, 0);
	assert_int_equal(f.asid, 103);
	assert_int_equal(f.va, BATCH_VA);
	scene_map(&s);
	g->gt = GT_MAIN;
	answer(g, &f, false); /* the other GuC has no such fault */
	assert_int_equal(obs_count(g->m, EV_FAULT_STRAY), 1);
	assert_int_equal(stored(&s), 0);
	g->gt = GT_MEDIA;
	answer(g, &f, false);
	assert_int_equal(stored(&s), 0xcafe);
	assert_int_equal(obs_count(g->m, EV_FAULT_SERVED), 1);
	assert_int_equal(obs_count(g->m, EV_BYTES_WRITTEN_VCS), 4);
}

/* faults of both GTs at once: no cookie is used twice, so they differ in a trace */
static void faults_of_two_gts_are_told_apart(void **state)
{
	struct fake_guest *g = *state;
	struct scene a = store_scene(g, 3, ON_RCS0), b = store_scene(g, 3, ON_VCS0);
	struct seen fa, fb;

	b.vm.space.asid = 103;
	queue_enable(&a.q);
	queue_enable(&b.q);
	fa = next_fault(g);
	g->gt = GT_MEDIA;
	fb = next_fault(g);
	assert_int_not_equal(fa.cookie, fb.cookie);
	assert_int_equal(obs_count(g->m, EV_FAULTS_IN_FLIGHT_MAX), 2);
	answer(g, &fb, true);
	expect_event(g, ACTION_CAT_ERROR, 3);
	scene_map(&a);
	g->gt = GT_MAIN;
	answer(g, &fa, false);
	assert_int_equal(stored(&a), 0xcafe);
	expect_silence(g);
}

/* both GTs have a context with one id; the GT that is reset loses its own */
static void reset_of_one_gt(struct fake_guest *g, enum fake_engine lost_on, enum fake_engine kept_on, u32 lost)
{
	struct scene gone = store_scene(g, 3, lost_on), kept = store_scene(g, 3, kept_on);

	queue_enable(&gone.q);
	scene_map(&kept);
	mmio_write(g->m, g->m->plat->gts[lost].gsi + GDRST, BIT(0));
	assert_int_equal(status(g, lost), GUC_STATUS_IN_RESET);
	assert_int_equal(status(g, !lost), GUC_STATUS_READY);
	assert_int_equal(g->m->guc[lost]->num_queues, 0);
	assert_false(g->m->guc[lost]->ct_enabled);
	queue_enable(&kept.q);
	assert_int_equal(stored(&kept), 0xcafe);
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 0);
}

static void reset_of_the_media_gt_leaves_the_other_alone(void **state)
{
	reset_of_one_gt(*state, ON_VCS0, ON_RCS0, GT_MEDIA);
}

static void reset_of_the_main_gt_leaves_the_other_alone(void **state)
{
	reset_of_one_gt(*state, ON_RCS0, ON_VCS0, GT_MAIN);
}

static void a_dead_guc_stops_its_own_gt(void **state)
{
	struct fake_guest *g = *state;
	struct scene s = store_scene(g, 3, ON_VCS0);

	inject_set(g->m, KNOB_guc_dies, 1);
	guest_fast(g, ACTION_TLB_INVALIDATION, 5, TLB_INVAL_FULL);
	guest_run(g);
	inject_set(g->m, KNOB_guc_dies, 0);
	expect_silence(g);
	scene_map(&s);
	queue_enable(&s.q);
	assert_int_equal(stored(&s), 0xcafe);
}

static void each_gt_rests_by_itself(void **state)
{
	struct fake_guest *g = *state;

	guest_fast(g, ACTION_GUCRC, 1);
	guest_run(g);
	g->gt = GT_MEDIA;
	guest_fast(g, ACTION_GUCRC, 1);
	guest_run(g);
	mmio_write(g->m, GSI(0xa540), BIT(16) | BIT(0));
	assert_int_equal(mmio_read(g->m, GSI(0xd50)), 1);
	assert_int_equal(mmio_read(g->m, GSI(0xd70)), 0);
	g->host->now += 1280 * NSEC_PER_USEC;
	assert_int_equal(mmio_read(g->m, 0xc60) >> 9 & 0xf, 3);
	assert_int_equal(reg_get(g->m, GSI(0xc60)) >> 9 & 0xf, 0);
	assert_int_equal(mmio_read(g->m, 0x138108), 1000);
	assert_int_equal(mmio_read(g->m, 0x138048), 0);
	mmio_write(g->m, GSI(0xa540), BIT(16));
	assert_int_equal(reg_get(g->m, GSI(0xc60)) >> 9 & 0xf, 3); /* the page is mapped */
	g->host->now += 1280 * NSEC_PER_USEC;
	assert_int_equal(mmio_read(g->m, 0x138048), 1000);
}

/* what IGT's loops over engines want of one: stores, atomics, semaphores, flushes with a post-sync write */
static void a_video_engine_executes_mi_commands(void **state)
{
	struct fake_guest *g = *state;
	u64 pa = guest_pages(g, 1);
	u32 *word = guest_ptr(g, pa), addr = guest_ggtt(g, pa, 1);
	struct fake_queue q = queue_new(g, 4, ON_VCS0, NULL);

	queue_emit(&q, CMD(MI_STORE_DATA_IMM) | MI_GGTT | 2, addr, 0, 5);
	queue_emit(&q, CMD(MI_SEMAPHORE_WAIT) | MI_GGTT | MI_SEMAPHORE_POLL | CMP_EQ << 12 | 2, 9, addr + 4, 0);
	queue_emit(&q, CMD(MI_FLUSH_DW) | POST_IMMEDIATE << 14 | 2, (addr + 8) | MI_FLUSH_ADDR_GGTT, 0, 6);
	queue_emit(&q, 3u << 29 | 2u << 27, 0); /* of the video pipeline, which the model lacks */
	queue_enable(&q);
	assert_int_equal(word[0], 5);
	assert_int_equal(word[2], 0);
	word[1] = 9;
	guest_advance(g, NSEC_PER_MSEC);
	assert_int_equal(word[2], 6);
	assert_int_equal(obs_count(g->m, EV_UNIMPLEMENTED), 1);
}

/* no threads, so one fault at a time: the driver's queue is made for that */
static void a_video_engine_touches_one_after_the_other(void **state)
{
	const struct parallel_touch what = { .start = DATA_VA, .count = 4, .stride = 4096, .lanes = 4,
					     .access = PARALLEL_TOUCH_WRITE };
	struct scene s = store_scene(*state, 3, ON_VCS0);
	u32 *batch = guest_ptr(s.g, s.batch);

	inject_set(s.g->m, KNOB_parallel_touch, 1);
	parallel_touch_emit(batch, &what);
	batch[PARALLEL_TOUCH_DWORDS] = CMD(MI_BATCH_BUFFER_END);
	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	queue_enable(&s.q);
	s.g->gt = GT_MEDIA;
	assert_int_equal(next_fault(s.g).va, DATA_VA);
	expect_silence(s.g);
}

#define T(name) cmocka_unit_test_setup_teardown(name, media_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_knob_takes_the_gt_away),
		T(its_identity_survives_dummy_writes),
		cmocka_unit_test_setup_teardown(each_guc_is_loaded_by_itself, guest_setup, guest_teardown),
		T(answers_come_by_the_transport_that_asked),
		T(its_guc_interrupts_by_a_source_of_its_own),
		T(its_engines_interrupt_by_the_second_bank),
		T(an_invalidation_reaches_the_engines_of_its_gt),
		T(the_global_table_is_cached_per_gt),
		T(a_fault_goes_to_the_guc_of_its_engine),
		T(faults_of_two_gts_are_told_apart),
		T(reset_of_the_media_gt_leaves_the_other_alone),
		T(reset_of_the_main_gt_leaves_the_other_alone),
		T(a_dead_guc_stops_its_own_gt),
		T(each_gt_rests_by_itself),
		T(a_video_engine_executes_mi_commands),
		T(a_video_engine_touches_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
