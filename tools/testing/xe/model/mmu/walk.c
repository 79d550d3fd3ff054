// SPDX-License-Identifier: GPL-2.0
/*
 * The walk of a PPGTT, five levels from the root in the context to a leaf of 4 KiB, 64 KiB, 2 MiB or 1 GiB.
 * It reads memory every time; translate.c decides when.
 */
#include "mmu/format.h"
#include "mmu/mmu.h"
#include "model.h"

static bool refuse(struct mmu_fault *fault, u64 va, u32 level, enum mmu_access access,
		   enum mmu_fault_type type)
{
	*fault = (struct mmu_fault){
		.va = va & ~(BIT_ULL(SHIFT_4K) - 1),
		.level = level,
		.access = access,
		.type = type,
	};
	return false;
}

/* tables lie in VRAM where there is any; entries that point to tables have no DM bit */
static bool read_entry(struct model *m, u64 table, u32 index, u64 *pte)
{
	struct mem_addr at = {
		.space = m->plat->dgfx ? MEM_VRAM : MEM_SYS,
		.pa = table + index * sizeof(*pte),
	};

	return mem_read(m, at, pte, sizeof(*pte));
}

static void fill_leaf(struct tlb_entry *entry, u64 va, u64 pte, u32 shift, bool write)
{
	u64 mask = ~(BIT_ULL(shift) - 1);

	*entry = (struct tlb_entry){
		.va = va & mask,
		.pa = pte & PTE_ADDR & mask,
		.valid = true,
		.write = write,
		.atomic = pte & PTE_AE,
		.null = pte & PTE_NULL,
		.vram = pte & PTE_DM,
	};
}

static bool permitted(const struct tlb_entry *entry, u64 va, u32 level, enum mmu_access access,
		      struct mmu_fault *fault)
{
	if (access != MMU_READ && !entry->write)
		return refuse(fault, va, level, access, MMU_NO_WRITE);
	if (access == MMU_ATOMIC && !entry->atomic)
		return refuse(fault, va, level, access, MMU_NO_ATOMIC);
	return true;
}

bool mmu_walk(struct model *m, const struct mmu_space *space, u64 addr, enum mmu_access access,
	      struct tlb_entry *entry, u32 *shift, struct mmu_fault *fault)
{
	u64 va = pt_va(addr), table = space->root & PTE_ADDR, pte;
	u32 level = PT_ROOT_LEVEL, index;
	bool compact = false, write = true;

	for (;; level--) {
		*shift = compact ? SHIFT_64K : pt_shift(level);
		index = (va >> *shift) & (compact ? PT_COMPACT_ENTRIES - 1 : PT_ENTRIES - 1);
		if (!read_entry(m, table, index, &pte) || !(pte & PTE_PRESENT))
			return refuse(fault, va, level, access, MMU_NOT_PRESENT);
		write &= !!(pte & PTE_RW);
		if (!level || (level <= 2 && (pte & PDE_LEAF)))
			break;
		compact = level == 1 && (pte & PDE_64K);
		table = pte & PTE_ADDR;
	}
	fill_leaf(entry, va, pte, *shift, write);
	entry->asid = space->asid;
	return permitted(entry, va, level, access, fault);
}
