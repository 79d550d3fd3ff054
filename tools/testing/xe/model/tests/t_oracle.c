// SPDX-License-Identifier: GPL-2.0
/*
 * Guests that sin: each makes the GPU do what a correct driver never lets it do, and the oracle says so, once
 * and by name. The scene without a sin is the first test: the oracle is silent.
 */
#include "tests/fault_scene.h"

#include <string.h>

#define NOWHERE 0x300000000000ull /* no memory there */
#define RO_BASE (GUEST_RAM_BASE + (1ull << 30))

static u64 hits(struct scene *s)
{
	return obs_count(s->g->m, EV_ORACLE);
}

static const char *named(struct scene *s)
{
	const struct obs *obs = s->g->m->obs;

	assert_true(obs->num_seen > 0);
	return obs->seen[obs->num_seen - 1].what;
}

static void run_store(struct scene *s)
{
	queue_enable(&s->q);
	expect_silence(s->g);
}

static void store_alone_is_no_sin(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	scene_map(&s);
	run_store(&s);
	assert_int_equal(stored(&s), 0xcafe);
	assert_int_equal(hits(&s), 0);
}

/* a leaf with these bits for the page that is stored to */
static void sinful_leaf(void **state, u64 pte, u32 shift, const char *name)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	scene_map(&s);
	vm_unmap(&s.vm, DATA_VA, SHIFT_4K);
	if (shift != SHIFT_4K)
		vm_unmap(&s.vm, DATA_VA, SHIFT_2M);
	vm_map(&s.vm, DATA_VA, pte, shift, PTE_RW);
	run_store(&s);
	assert_int_equal(hits(&s), name ? 1 : 0);
	if (name)
		assert_string_equal(named(&s), name);
}

static void write_without_memory(void **state)
{
	sinful_leaf(state, NOWHERE, SHIFT_4K, "access without memory");
}

static void write_beyond_vram(void **state)
{
	sinful_leaf(state, NOWHERE | PTE_DM, SHIFT_4K, "access beyond VRAM");
}

static void write_through_a_read_only_map(void **state)
{
	struct fake_guest *g = *state;

	fake_ram(g->host, RO_BASE, 1 << 20, false);
	sinful_leaf(state, RO_BASE, SHIFT_4K, "write to read-only memory");
}

static void reserved_bits_of_a_small_page(void **state)
{
	static const u8 bits[] = { 2, 5, 6, 46, 52, 60, 63 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		void *again;

		guest_setup(&again);
		sinful_leaf(&again, GUEST_RAM_BASE | BIT_ULL(bits[i]), SHIFT_4K, "reserved bit in a page");
		guest_teardown(&again);
	}
	sinful_leaf(state, GUEST_RAM_BASE | BIT_ULL(7) | PTE_AE, SHIFT_4K, NULL);
}

static void reserved_bit_of_a_large_page(void **state)
{
	sinful_leaf(state, (GUEST_RAM_BASE + (1 << 20)) | PTE_PS64, SHIFT_2M, "reserved bit in a page");
}

#define CLUSTER_PA (GUEST_RAM_BASE + GUEST_RAM - 0x10000)

/* sixteen entries with the hint, the first is walked; these bits of one of them are turned */
static void sinful_cluster(void **state, u32 page, u64 turn, const char *name)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	scene_map(&s);
	vm_map_cluster(&s.vm, DATA_VA, CLUSTER_PA, PTE_RW);
	*vm_entry(&s.vm, DATA_VA + page * 4096, SHIFT_4K) ^= turn;
	run_store(&s);
	assert_int_equal(hits(&s), name ? 1 : 0);
	if (name)
		assert_string_equal(named(&s), name);
}

static void cluster_without_a_sin(void **state)
{
	sinful_cluster(state, 7, 0, NULL);
}

static void cluster_with_a_hole(void **state)
{
	sinful_cluster(state, 7, PTE_PRESENT, "64 KiB hint where entries are missing");
}

static void cluster_with_a_stranger(void **state)
{
	sinful_cluster(state, 15, 0x1000, "64 KiB hint where the next entries do not go on");
}

static void cluster_with_other_rights(void **state)
{
	sinful_cluster(state, 1, PTE_RW, "64 KiB hint where the next entries do not go on");
}

static void cluster_out_of_place(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	scene_map(&s);
	vm_map_cluster(&s.vm, DATA_VA, CLUSTER_PA - 0x1000, PTE_RW);
	run_store(&s);
	assert_int_equal(hits(&s), 1);
	assert_string_equal(named(&s), "page at an address that is no multiple of its size");
}

/* what a driver does as it writes, clears or takes back the hint, in the middle of it */
static void cluster_on_its_way(void **state)
{
	void *again;

	sinful_cluster(state, 15, PTE_PRESENT, NULL);
	guest_setup(&again);
	sinful_cluster(&again, 7, PTE_PS64, NULL);
	guest_teardown(&again);
}

static void large_page_out_of_place(void **state)
{
	sinful_leaf(state, 0x201000 | BIT_ULL(13), SHIFT_2M,
		    "page at an address that is no multiple of its size");
}

static void middle_page_out_of_place(void **state)
{
	sinful_leaf(state, 0x201000, SHIFT_64K, "page at an address that is no multiple of its size");
}

/* bit 12 of a large leaf is no address */
static void large_page_with_an_attribute(void **state)
{
	sinful_leaf(state, 0x200000 | BIT_ULL(12), SHIFT_2M, NULL);
}

static void attribute_that_is_reserved(void **state)
{
	sinful_leaf(state, GUEST_RAM_BASE | PTE_PAT4 | PTE_PAT1, SHIFT_4K,
		    "page attribute index that does not exist");
}

static void attribute_that_is_none_of_the_large(void **state)
{
	sinful_leaf(state, 0x200000 | PTE_PAT4, SHIFT_2M, "page attribute index that does not exist");
}

static void every_other_attribute_is_legal(void **state)
{
	static const u64 pat[] = { PTE_PAT0, PTE_PAT1, PTE_PAT2, PTE_PAT3, PTE_PAT4 };
	u32 index, bit;

	(void)state;
	for (index = 0; index < 32; index++) {
		u64 pte = GUEST_RAM_BASE;
		void *again;

		if (index >= 16 && index < 20)
			continue;
		for (bit = 0; bit < 5; bit++)
			pte |= index & BIT(bit) ? pat[bit] : 0;
		guest_setup(&again);
		sinful_leaf(&again, pte, SHIFT_4K, NULL);
		guest_teardown(&again);
	}
}

static void reserved_bit_of_a_table_pointer(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	scene_map(&s);
	*vm_entry(&s.vm, DATA_VA, SHIFT_2M) |= PTE_AE;
	run_store(&s);
	assert_int_equal(hits(&s), 1);
	assert_string_equal(named(&s), "reserved bit in a page-table pointer");
}

static void leaf_bit_where_no_leaf_can_be(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	scene_map(&s);
	*vm_entry(&s.vm, DATA_VA, pt_shift(3)) |= PDE_LEAF;
	run_store(&s);
	assert_int_equal(hits(&s), 1);
	assert_string_equal(named(&s), "reserved bit in a page-table pointer");
}

static void page_table_without_memory(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	scene_map(&s);
	*vm_entry(&s.vm, DATA_VA, SHIFT_2M) = NOWHERE | PTE_PRESENT | PTE_RW;
	queue_enable(&s.q);
	assert_int_equal(next_fault(s.g).va, DATA_VA);
	assert_int_equal(hits(&s), 1);
	assert_string_equal(named(&s), "access without memory");
}

static void reserved_bit_of_a_global_entry(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	scene_map(&s);
	s.g->m->mem->ggtt[s.q.ring >> 12] |= BIT_ULL(2);
	run_store(&s);
	assert_int_equal(hits(&s), 1);
	assert_string_equal(named(&s), "reserved bit in a global entry");
}

/* two stores to a page, the second some time after the driver took the page away */
static struct scene store_twice_scene(void **state, u64 between)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	inject_set(s.g->m, KNOB_strict, 1);
	scene_map(&s);
	run_store(&s);
	vm_unmap(&s.vm, DATA_VA, SHIFT_4K);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_kick(&s.q);
	guest_advance(s.g, between);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_kick(&s.q);
	return s;
}

static void use_before_the_invalidation_is_legal(void **state)
{
	struct scene s = store_twice_scene(state, NSEC_PER_SEC);

	assert_int_equal(obs_count(s.g->m, EV_TLB_CHANGED_HIT), 2);
	assert_int_equal(hits(&s), 0);
}

static void use_without_any_invalidation(void **state)
{
	struct scene s = store_twice_scene(state, 3 * NSEC_PER_SEC);

	assert_int_equal(hits(&s), 1);
	assert_string_equal(named(&s), "translation used long after its page-table entry changed");
}

static void an_entry_that_came_back_is_young_again(void **state)
{
	struct scene s = store_twice_scene(state, NSEC_PER_SEC);

	vm_map_pages(&s.vm, DATA_VA, s.data, 1);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_kick(&s.q);
	vm_unmap(&s.vm, DATA_VA, SHIFT_4K);
	guest_advance(s.g, 3 * NSEC_PER_SEC);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_kick(&s.q);
	assert_int_equal(obs_count(s.g->m, EV_TLB_CHANGED_HIT), 3);
	assert_int_equal(hits(&s), 0);
}

static void invalidate(struct scene *s)
{
	guest_fast(s->g, ACTION_TLB_INVALIDATION, 77, TLB_INVAL_PAGES, s->vm.space.asid, LO(DATA_VA),
		   HI(DATA_VA), 0);
	guest_run(s->g);
	expect_event(s->g, ACTION_TLB_INVALIDATION_DONE, 77);
}

/* a translation that the driver invalidated is used: only a broken GPU does that */
static void use_after_the_invalidation(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	inject_set(s.g->m, KNOB_strict, 1);
	inject_set(s.g->m, KNOB_tlb_ignore_inval, 1);
	scene_map(&s);
	run_store(&s);
	vm_unmap(&s.vm, DATA_VA, SHIFT_4K);
	invalidate(&s);
	assert_int_equal(hits(&s), 0);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_kick(&s.q);
	assert_int_equal(hits(&s), 1);
	assert_string_equal(named(&s), "translation used after its invalidation was acknowledged");
}

static void invalidated_page_faults(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);

	inject_set(s.g->m, KNOB_strict, 1);
	scene_map(&s);
	run_store(&s);
	vm_unmap(&s.vm, DATA_VA, SHIFT_4K);
	invalidate(&s);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_kick(&s.q);
	assert_int_equal(next_fault(s.g).va, DATA_VA);
	assert_int_equal(hits(&s), 0);
}

static void upper_bits_are_counted_and_ignored(void **state)
{
	static const u64 upper[] = { 0, 0xffffull << 48, 0x01ffull << 48 };
	struct scene s = store_scene(*state, 5, ON_RCS0);
	u32 i, *batch = guest_ptr(s.g, s.batch);

	scene_map(&s);
	run_store(&s);
	for (i = 0; i < ARRAY_SIZE(upper); i++) {
		memset(guest_ptr(s.g, s.data), 0, 4096);
		batch[2] = HI(DATA_VA | upper[i]);
		queue_emit(&s.q, BATCH(BATCH_VA));
		queue_kick(&s.q);
		assert_int_equal(stored(&s), 0xcafe);
	}
	assert_int_equal(hits(&s), 0);
	assert_int_equal(obs_count(s.g->m, EV_VA_NOT_CANONICAL), 2);
}

static void what_is_unimplemented_is_named(void **state)
{
	struct scene s = store_scene(*state, 5, ON_RCS0);
	u32 *batch = guest_ptr(s.g, s.batch);

	scene_map(&s);
	batch[0] = CMD(MI_REPORT_PERF_COUNT) | 2;
	run_store(&s);
	assert_int_equal(obs_count(s.g->m, EV_UNIMPLEMENTED), 1);
	assert_string_equal(named(&s), "MI_REPORT_PERF_COUNT");
	guest_fast(s.g, 0x7777, 0);
	guest_run(s.g);
	assert_int_equal(obs_count(s.g->m, EV_UNIMPLEMENTED), 2);
	assert_string_equal(named(&s), "GuC action");
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(store_alone_is_no_sin),
		T(write_without_memory),
		T(write_beyond_vram),
		T(write_through_a_read_only_map),
		T(reserved_bits_of_a_small_page),
		T(reserved_bit_of_a_large_page),
		T(cluster_without_a_sin),
		T(cluster_with_a_hole),
		T(cluster_with_a_stranger),
		T(cluster_with_other_rights),
		T(cluster_out_of_place),
		T(cluster_on_its_way),
		T(large_page_out_of_place),
		T(middle_page_out_of_place),
		T(large_page_with_an_attribute),
		T(attribute_that_is_reserved),
		T(attribute_that_is_none_of_the_large),
		T(every_other_attribute_is_legal),
		T(reserved_bit_of_a_table_pointer),
		T(leaf_bit_where_no_leaf_can_be),
		T(page_table_without_memory),
		T(reserved_bit_of_a_global_entry),
		T(use_before_the_invalidation_is_legal),
		T(use_without_any_invalidation),
		T(an_entry_that_came_back_is_young_again),
		T(use_after_the_invalidation),
		T(invalidated_page_faults),
		T(upper_bits_are_counted_and_ignored),
		T(what_is_unimplemented_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
