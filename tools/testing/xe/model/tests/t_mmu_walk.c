// SPDX-License-Identifier: GPL-2.0
/* The walk: every page size, every flag, every refusal at the level that refuses. */
#include "tests/fake_guest.h"

#define VA 0x123456789000ull

static bool walk(struct fake_vm *vm, u64 va, enum mmu_access access, struct mmu_page *page,
		 struct mmu_fault *fault)
{
	tlb_reset(vm->g->m, GT_MAIN);
	return mmu_translate(vm->g->m, 0, &vm->space, va, access, page, fault);
}

static void maps_to(struct fake_vm *vm, u64 va, u64 pa, u64 left)
{
	struct mmu_fault fault;
	struct mmu_page page;

	assert_true(walk(vm, va, MMU_WRITE, &page, &fault));
	assert_int_equal(page.at.pa, pa);
	assert_int_equal(page.left, left);
	assert_false(page.null);
}

static void refused(struct fake_vm *vm, u64 va, enum mmu_access access, enum mmu_fault_type type, u32 level)
{
	struct mmu_fault fault;
	struct mmu_page page;

	assert_false(walk(vm, va, access, &page, &fault));
	assert_int_equal(fault.va, va & 0xfffffffff000ull);
	assert_int_equal(fault.type, type);
	assert_int_equal(fault.access, access);
	assert_int_equal(fault.level, level);
}

static void every_page_size_translates(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);

	vm_map(&vm, VA, 0x12345000, SHIFT_4K, PTE_RW);
	maps_to(&vm, VA + 0x123, 0x12345123, 0x1000 - 0x123);
	vm_map(&vm, 0x200000 + 0x30000, 0xabc0000, SHIFT_64K, PTE_RW);
	maps_to(&vm, 0x230000 + 0xfedc, 0xabc0000 + 0xfedc, 0x10000 - 0xfedc);
	vm_map(&vm, 0x400000, 0x7e00000, SHIFT_2M, PTE_RW);
	maps_to(&vm, 0x400000 + 0x1fffff, 0x7e00000 + 0x1fffff, 1);
	vm_map(&vm, 5ull << 30, 3ull << 30, SHIFT_1G, PTE_RW);
	maps_to(&vm, (5ull << 30) + 0x12345678, (3ull << 30) + 0x12345678, (1ull << 30) - 0x12345678);
}

/* bit 12 of a large leaf is PAT, bit 7 of a level 0 entry is PAT */
static void attributes_are_no_address(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);

	vm_map(&vm, 0x400000, 0x7e00000, SHIFT_2M, PTE_RW | BIT_ULL(12) | BIT_ULL(62));
	maps_to(&vm, 0x400000, 0x7e00000, 2 << 20);
	vm_map(&vm, VA, 0x12345000, SHIFT_4K, PTE_RW | BIT_ULL(7) | BIT_ULL(61));
	maps_to(&vm, VA, 0x12345000, 0x1000);
}

/* index 0 does not snoop, 2 does; the place of its bits depends on the level */
static void incoherent_indices_are_counted(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);

	vm_map(&vm, 0x400000, 0x7e00000, SHIFT_2M, PTE_RW | PTE_PAT1);
	maps_to(&vm, 0x400000, 0x7e00000, 2 << 20);
	vm_map(&vm, VA, 0x12345000, SHIFT_4K, PTE_RW | PTE_PAT1);
	maps_to(&vm, VA, 0x12345000, 0x1000);
	assert_int_equal(obs_count(vm.g->m, EV_TLB_INCOHERENT), 0);
	vm_map(&vm, VA + 0x1000, 0x12346000, SHIFT_4K, PTE_RW);
	maps_to(&vm, VA + 0x1000, 0x12346000, 0x1000);
	assert_int_equal(obs_count(vm.g->m, EV_TLB_INCOHERENT), 1);
}

/* sixteen entries of 4 KiB with the hint are one page of 64 KiB, from whichever the walk comes by */
static void hint_makes_one_of_sixteen(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);
	u32 i;

	vm_map_cluster(&vm, 0x230000, 0xabc0000, PTE_RW);
	for (i = 0; i < PT_CLUSTER_ENTRIES; i++)
		maps_to(&vm, 0x230000 + i * 0x1000 + 0x123, 0xabc0000 + i * 0x1000 + 0x123,
			0x10000 - i * 0x1000 - 0x123);
	assert_int_equal(obs_count(vm.g->m, EV_TLB_CLUSTER), PT_CLUSTER_ENTRIES);
	vm_map(&vm, 0x240000, 0xabd0000, SHIFT_4K, PTE_RW);
	maps_to(&vm, 0x240000, 0xabd0000, 0x1000);
	assert_int_equal(obs_count(vm.g->m, EV_TLB_CLUSTER), PT_CLUSTER_ENTRIES);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 0);
}

/* entries that give zero have no address that could go on */
static void hint_of_null_entries(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);
	struct mmu_fault fault;
	struct mmu_page page;
	u32 i;

	for (i = 0; i < PT_CLUSTER_ENTRIES; i++)
		vm_map(&vm, 0x230000 + i * 0x1000, 0, SHIFT_4K, PTE_RW | PTE_NULL | PTE_PS64);
	assert_true(walk(&vm, 0x235000, MMU_WRITE, &page, &fault));
	assert_true(page.null);
	assert_int_equal(page.left, 0xb000);
	assert_int_equal(obs_count(vm.g->m, EV_ORACLE), 0);
}

static void sign_extension_does_not_matter(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);

	vm_map(&vm, 0xfffffffff000ull, 0x5000, SHIFT_4K, PTE_RW);
	maps_to(&vm, 0xfffffffffffff000ull, 0x5000, 0x1000);
}

static void missing_entry_refuses_at_its_level(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);
	u32 level;

	refused(&vm, VA, MMU_READ, MMU_NOT_PRESENT, 4);
	for (level = 4; level > 0; level--) {
		vm_entry(&vm, VA, pt_shift(level - 1));
		refused(&vm, VA, MMU_WRITE, MMU_NOT_PRESENT, level - 1);
	}
	vm_entry(&vm, 0x200000, SHIFT_64K);
	refused(&vm, 0x210000, MMU_ATOMIC, MMU_NOT_PRESENT, 0);
}

static void permissions_are_the_leafs(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);
	struct mmu_fault fault;
	struct mmu_page page;

	vm_map(&vm, VA, 0x5000, SHIFT_4K, 0);
	assert_true(walk(&vm, VA, MMU_READ, &page, &fault));
	refused(&vm, VA, MMU_WRITE, MMU_NO_WRITE, 0);
	refused(&vm, VA, MMU_ATOMIC, MMU_NO_WRITE, 0);
	vm_map(&vm, VA, 0x5000, SHIFT_4K, PTE_RW);
	assert_true(walk(&vm, VA, MMU_WRITE, &page, &fault));
	refused(&vm, VA, MMU_ATOMIC, MMU_NO_ATOMIC, 0);
	vm_map(&vm, VA, 0x5000, SHIFT_4K, PTE_RW | PTE_AE);
	assert_true(walk(&vm, VA, MMU_ATOMIC, &page, &fault));
	vm_map(&vm, 0x400000, 0x600000, SHIFT_2M, 0);
	refused(&vm, 0x412000, MMU_WRITE, MMU_NO_WRITE, 1);
}

static void read_only_table_covers_what_is_below(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);

	vm_map(&vm, VA, 0x5000, SHIFT_4K, PTE_RW);
	*vm_entry(&vm, VA, SHIFT_1G) &= ~PTE_RW;
	refused(&vm, VA, MMU_WRITE, MMU_NO_WRITE, 0);
}

static void null_and_device_memory_are_told(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);
	struct mmu_fault fault;
	struct mmu_page page;

	vm_map(&vm, VA, 0, SHIFT_4K, PTE_RW | PTE_NULL);
	assert_true(walk(&vm, VA, MMU_WRITE, &page, &fault));
	assert_true(page.null);
	vm_map(&vm, VA, 0x3000, SHIFT_4K, PTE_RW | PTE_DM);
	assert_true(walk(&vm, VA, MMU_WRITE, &page, &fault));
	assert_int_equal(page.at.space, MEM_VRAM);
}

/* a table outside memory is the oracle's business and a fault, not a crash */
static void table_nowhere_is_refused(void **state)
{
	struct fake_vm vm = vm_new(*state, 1);

	*vm_entry(&vm, VA, SHIFT_1G) = 0x3ff000000000ull | PTE_PRESENT | PTE_RW;
	refused(&vm, VA, MMU_READ, MMU_NOT_PRESENT, 1);
	assert_true(obs_count(vm.g->m, EV_ORACLE) > 0);
}

static void ggtt_knows_its_entries_only(void **state)
{
	struct fake_guest *g = *state;
	u32 addr = guest_ggtt(g, 0x200000, 1);
	struct mmu_page page;

	assert_true(mmu_ggtt(g->m, GT_MAIN, addr + 0x10, &page));
	assert_int_equal(page.at.pa, 0x200010);
	assert_int_equal(page.left, 0xff0);
	assert_false(mmu_ggtt(g->m, GT_MAIN, addr + 4096, &page));
	assert_false(mmu_ggtt(g->m, GT_MAIN, ~0ull, &page));
	assert_int_equal(obs_count(g->m, EV_GUEST_ERROR), 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_page_size_translates),
		T(attributes_are_no_address),
		T(incoherent_indices_are_counted),
		T(hint_makes_one_of_sixteen),
		T(hint_of_null_entries),
		T(sign_extension_does_not_matter),
		T(missing_entry_refuses_at_its_level),
		T(permissions_are_the_leafs),
		T(read_only_table_covers_what_is_below),
		T(null_and_device_memory_are_told),
		T(table_nowhere_is_refused),
		T(ggtt_knows_its_entries_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
