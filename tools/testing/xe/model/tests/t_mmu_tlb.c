// SPDX-License-Identifier: GPL-2.0
/* The TLB rule: an entry lives, whatever memory says, until something that covers it ends it. */
#include "tests/fake_guest.h"

#define VA 0x123456000000ull

static u64 page_of(struct fake_vm *vm, u32 engine, u64 va)
{
	struct mmu_fault fault;
	struct mmu_page page;

	if (!mmu_translate(vm->g->m, engine, &vm->space, va, MMU_READ, &page, &fault))
		return 0;
	return page.at.pa;
}

static void stale_entry_lives_until_invalidated(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);

	vm_map(&vm, VA, 0x5000, SHIFT_4K, PTE_RW);
	assert_int_equal(page_of(&vm, 0, VA), 0x5000);
	vm_unmap(&vm, VA, SHIFT_4K);
	assert_int_equal(obs_count(vm.g->m, EV_TLB_CHANGED_HIT), 0);
	assert_int_equal(page_of(&vm, 0, VA), 0x5000);
	assert_int_equal(obs_count(vm.g->m, EV_TLB_CHANGED_HIT), 1);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, VA + 0x1000, 0x1000);
	assert_int_equal(page_of(&vm, 0, VA), 0x5000);
	tlb_drop_range(vm.g->m, GT_MAIN, 8, VA, 0x1000);
	assert_int_equal(page_of(&vm, 0, VA), 0x5000);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, VA, 0x1000);
	assert_int_equal(page_of(&vm, 0, VA), 0);
}

static void large_ranges_drop_large_entries(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);

	vm_map(&vm, 0x40000000, 0x600000, SHIFT_2M, PTE_RW);
	vm_map(&vm, 0x40200000 + 0x10000, 0x840000, SHIFT_64K, PTE_RW);
	assert_int_equal(page_of(&vm, 0, 0x40012345), 0x612345);
	assert_int_equal(page_of(&vm, 0, 0x40212345), 0x842345);
	vm_unmap(&vm, 0x40000000, SHIFT_2M);
	vm_unmap(&vm, 0x40210000, SHIFT_64K);
	assert_int_equal(page_of(&vm, 0, 0x40012345), 0x612345);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, 0x40210000, 0x10000);
	assert_int_equal(page_of(&vm, 0, 0x40012345), 0x612345);
	assert_int_equal(page_of(&vm, 0, 0x40212345), 0);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 0);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, 0x40000000, 16 << 20);
	assert_int_equal(page_of(&vm, 0, 0x40012345), 0);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 0);
}

/* the entry changed, and what should drop it is too small: strictly it stays */
static void small_invalidation_of_a_large_page(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);

	vm_map(&vm, 0x40000000, 0x600000, SHIFT_2M, PTE_RW);
	assert_int_equal(page_of(&vm, 0, 0x40012345), 0x612345);
	vm_unmap(&vm, 0x40000000, SHIFT_2M);
	inject_set(vm.g->m, KNOB_strict, 1);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, 0x40100000, 0x1000);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 1);
	assert_int_equal(page_of(&vm, 0, 0x40012345), 0x612345);
	inject_set(vm.g->m, KNOB_strict, 0);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, 0x40100000, 0x1000);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 2);
	assert_int_equal(page_of(&vm, 0, 0x40012345), 0);
}

static void small_invalidation_beside_what_changed(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);

	inject_set(vm.g->m, KNOB_strict, 1);
	vm_map(&vm, 0x40000000, 0x600000, SHIFT_2M, PTE_RW);
	assert_int_equal(page_of(&vm, 0, 0x40012345), 0x612345);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, 0x40000000, 0x100000);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 0);
	assert_int_equal(page_of(&vm, 0, 0x40012345), 0x612345);
}

/* as a driver should: the others stay, without the hint, and all of the cluster is invalidated */
static void cluster_loses_a_page(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);
	u32 i;

	inject_set(vm.g->m, KNOB_strict, 1);
	vm_map_cluster(&vm, 0x40210000, 0x840000, PTE_RW);
	assert_int_equal(page_of(&vm, 0, 0x40213000), 0x843000);
	for (i = 0; i < PT_CLUSTER_ENTRIES; i++)
		*vm_entry(&vm, 0x40210000 + i * 0x1000, SHIFT_4K) &= ~PTE_PS64;
	vm_unmap(&vm, 0x40215000, SHIFT_4K);
	assert_int_equal(page_of(&vm, 0, 0x40215000), 0x845000);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, 0x40210000, 0x10000);
	assert_int_equal(page_of(&vm, 0, 0x40215000), 0);
	assert_int_equal(page_of(&vm, 0, 0x40214000), 0x844000);
	assert_int_equal(page_of(&vm, 0, 0x40216000), 0x846000);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 0);
}

/* the same with an invalidation of the page alone: strictly its translation stays */
static void small_invalidation_of_a_cluster(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);
	u32 i;

	inject_set(vm.g->m, KNOB_strict, 1);
	vm_map_cluster(&vm, 0x40210000, 0x840000, PTE_RW);
	assert_int_equal(page_of(&vm, 0, 0x40213000), 0x843000);
	for (i = 0; i < PT_CLUSTER_ENTRIES; i++)
		*vm_entry(&vm, 0x40210000 + i * 0x1000, SHIFT_4K) &= ~PTE_PS64;
	vm_unmap(&vm, 0x40215000, SHIFT_4K);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, 0x40215000, 0x1000);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 1);
	assert_int_equal(page_of(&vm, 0, 0x40215000), 0x845000);
	inject_set(vm.g->m, KNOB_strict, 0);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, 0x40215000, 0x1000);
	assert_int_equal(page_of(&vm, 0, 0x40215000), 0);
}

/* nobody changed the cluster: what is invalidated is another page's old translation, or nothing */
static void small_invalidation_in_a_whole_cluster(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);

	inject_set(vm.g->m, KNOB_strict, 1);
	vm_map_cluster(&vm, 0x40210000, 0x840000, PTE_RW);
	assert_int_equal(page_of(&vm, 0, 0x40213000), 0x843000);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, 0x40213000, 0x1000);
	assert_int_equal(page_of(&vm, 0, 0x40213000), 0x843000);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 0);
}

/* written or cleared from one end, just now: legal, unless it stays so */
static void half_a_cluster_is_no_lasting_state(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);
	u32 i;

	vm_map_cluster(&vm, 0x40210000, 0x840000, PTE_RW);
	for (i = 9; i < PT_CLUSTER_ENTRIES; i++)
		vm_unmap(&vm, 0x40210000 + i * 0x1000, SHIFT_4K);
	assert_int_equal(page_of(&vm, 0, 0x40213000), 0x843000);
	assert_int_equal(page_of(&vm, 0, 0x4021a000), 0x84a000);
	assert_int_equal(obs_count(vm.g->m, EV_TLB_CHANGED_HIT), 1);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 0);
	guest_advance(vm.g, 3ull * NSEC_PER_SEC);
	assert_int_equal(page_of(&vm, 0, 0x4021a000), 0x84a000);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 1);
}

static void engines_have_their_own(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);

	vm_map(&vm, VA, 0x5000, SHIFT_4K, PTE_RW);
	page_of(&vm, 0, VA);
	page_of(&vm, 1, VA);
	vm_unmap(&vm, VA, SHIFT_4K);
	tlb_flush_engine(vm.g->m, 0);
	assert_int_equal(page_of(&vm, 0, VA), 0);
	assert_int_equal(page_of(&vm, 1, VA), 0x5000);
	tlb_drop_all(vm.g->m, GT_MAIN);
	assert_int_equal(page_of(&vm, 1, VA), 0);
}

static void faults_are_not_cached(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);

	assert_int_equal(page_of(&vm, 0, VA), 0);
	vm_map(&vm, VA, 0x5000, SHIFT_4K, 0);
	assert_int_equal(page_of(&vm, 0, VA), 0x5000);
}

static void missing_permission_asks_memory_again(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);
	struct mmu_fault fault;
	struct mmu_page page;

	vm_map(&vm, VA, 0x5000, SHIFT_4K, 0);
	assert_int_equal(page_of(&vm, 0, VA), 0x5000);
	assert_false(mmu_translate(vm.g->m, 0, &vm.space, VA, MMU_WRITE, &page, &fault));
	vm_map(&vm, VA, 0x6000, SHIFT_4K, PTE_RW);
	assert_true(mmu_translate(vm.g->m, 0, &vm.space, VA, MMU_WRITE, &page, &fault));
	assert_int_equal(page_of(&vm, 0, VA), 0x6000);
}

/* many more pages than entries: what is answered is right, and something was replaced */
static void replacement_keeps_answers_right(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);
	u32 i;

	for (i = 0; i < 4096; i++)
		vm_map(&vm, VA + i * 4096ull, (i + 1) * 4096ull, SHIFT_4K, 0);
	for (i = 0; i < 3 * 4096; i++)
		assert_int_equal(page_of(&vm, 0, VA + i % 4096 * 4096ull), (i % 4096 + 1) * 4096ull);
	assert_true(obs_count(vm.g->m, EV_TLB_EVICT) > 0);
}

static void ignored_invalidation_is_seen_when_used(void **state)
{
	struct fake_vm vm = vm_new(*state, 7);

	inject_set(vm.g->m, KNOB_tlb_ignore_inval, 1);
	vm_map(&vm, VA, 0x5000, SHIFT_4K, 0);
	page_of(&vm, 0, VA);
	page_of(&vm, 0, VA);
	assert_int_equal(obs_count(vm.g->m, EV_TLB_STALE_USE), 0);
	tlb_drop_range(vm.g->m, GT_MAIN, 7, VA, 0x1000);
	assert_int_equal(page_of(&vm, 0, VA), 0x5000);
	assert_int_equal(obs_count(vm.g->m, EV_TLB_STALE_USE), 1);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 1);
}

static void global_table_is_cached_too(void **state)
{
	struct fake_guest *g = *state;
	u32 addr = guest_ggtt(g, 0x200000, 1);
	struct mmu_page page;

	assert_true(mmu_ggtt(g->m, GT_MAIN, addr, &page));
	g->m->mem->ggtt[addr >> 12] = 0x300000 | GGTT_PRESENT;
	assert_true(mmu_ggtt(g->m, GT_MAIN, addr, &page));
	assert_int_equal(page.at.pa, 0x200000);
	tlb_drop_ggtt(g->m, GT_MAIN);
	assert_true(mmu_ggtt(g->m, GT_MAIN, addr, &page));
	assert_int_equal(page.at.pa, 0x300000);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(stale_entry_lives_until_invalidated),
		T(large_ranges_drop_large_entries),
		T(small_invalidation_of_a_large_page),
		T(small_invalidation_beside_what_changed),
		T(cluster_loses_a_page),
		T(small_invalidation_of_a_cluster),
		T(small_invalidation_in_a_whole_cluster),
		T(half_a_cluster_is_no_lasting_state),
		T(engines_have_their_own),
		T(faults_are_not_cached),
		T(missing_permission_asks_memory_again),
		T(replacement_keeps_answers_right),
		T(ignored_invalidation_is_seen_when_used),
		T(global_table_is_cached_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
