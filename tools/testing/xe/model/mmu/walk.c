// SPDX-License-Identifier: GPL-2.0
/*
 * The walk of a PPGTT, five levels from the root in the context to a leaf of 4 KiB, 64 KiB, 2 MiB or 1 GiB.
 * It reads memory every time; translate.c decides when.
 */
#include <string.h>

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

#define TABLE_BITS (PTE_PRESENT | PTE_RW | PTE_PAT0 | PTE_PAT1 | PTE_ADDR)
#define LEAF_BITS                                                                                  \
	(TABLE_BITS | PTE_NULL | PTE_AE | PTE_DM | PTE_PAT3 | PTE_PAT4)

/* what hardware knows of an entry at this level; the rest must be zero */
static u64 known_bits(u32 level, bool leaf)
{
	if (!leaf)
		return TABLE_BITS | (level == 1 ? PDE_64K : 0);
	return LEAF_BITS | (level ? PDE_LEAF | PTE_PAT2_LARGE : PTE_PAT2 | PTE_PS64);
}

static u32 pat_index(u64 pte, u32 level)
{
	return (pte & PTE_PAT0 ? BIT(0) : 0) | (pte & PTE_PAT1 ? BIT(1) : 0) |
	       (pte & (level ? PTE_PAT2_LARGE : PTE_PAT2) ? BIT(2) : 0) |
	       (pte & PTE_PAT3 ? BIT(3) : 0) | (pte & PTE_PAT4 ? BIT(4) : 0);
}

static const char *leaf_flaw(const struct model *m, u64 pte, u32 level, u32 shift)
{
	u64 below = (BIT_ULL(shift) - 1) & PTE_ADDR & ~(level ? PTE_PAT2_LARGE : 0);

	if (pte & ~known_bits(level, true))
		return "reserved bit in a page";
	if (pte & below)
		return "page at an address that is no multiple of its size";
	if (!(m->plat->pat_indices & BIT(pat_index(pte, level))))
		return "page attribute index that does not exist";
	return NULL;
}

/* a walk reports its first flaw */
static void inspect(const struct model *m, struct tlb_entry *entry, u64 pte, u32 level, u32 shift, bool leaf)
{
	const char *flaw = NULL;

	if (leaf)
		flaw = leaf_flaw(m, pte, level, shift);
	else if (pte & ~known_bits(level, false))
		flaw = "reserved bit in a page-table pointer";
	if (!flaw || entry->flaw)
		return;
	entry->flaw = flaw;
	entry->flawed = pte;
}

/* what the hint promises of the i-th entry of a cluster, by its entry at the index */
static bool goes_on(u64 other, u32 i, u64 pte, u32 index)
{
	u64 differ = other ^ (pte + ((u64)i - index) * BIT_ULL(SHIFT_4K));

	if (pte & PTE_NULL)
		differ = (other ^ pte) & ~PTE_ADDR;
	/* the hint itself may be on its way, in either direction */
	return !(differ & ~PTE_PS64);
}

/* cluster: as it is in memory; index of the entry in it */
static const char *cluster_flaw(const u64 *cluster, u64 pte, u32 index, bool *torn)
{
	u32 i, edges = 0;

	for (i = 0; i < PT_CLUSTER_ENTRIES; i++) {
		if (cluster[i] & PTE_PRESENT && !goes_on(cluster[i], i, pte, index))
			return "64 KiB hint where the next entries do not go on";
		if (i)
			edges += (cluster[i] ^ cluster[i - 1]) & PTE_PRESENT;
	}
	*torn = edges;
	return edges > 1 ? "64 KiB hint where entries are missing" : NULL;
}

/* no hardware could make one translation of it otherwise */
static bool fits_cluster(u64 pte, u32 index)
{
	u32 page = (pte & PTE_ADDR) >> SHIFT_4K;

	return pte & PTE_NULL || (page ^ index) % PT_CLUSTER_ENTRIES == 0;
}

/*
 * The CPU writes and clears clusters entry by entry, from one end, while this looks at them: a flaw is one only if
 * it is there a second time.
 */
static const char *watch_cluster(struct model *m, u64 table, u32 index, u64 pte, bool *torn)
{
	struct mem_addr at = {
		.space = m->plat->dgfx ? MEM_VRAM : MEM_SYS,
		.pa = table + (index & ~(PT_CLUSTER_ENTRIES - 1)) * sizeof(pte),
	};
	u64 now[2][PT_CLUSTER_ENTRIES];
	const char *flaw;
	u32 i;

	for (i = 0; i < 2; i++) {
		if (!mem_read(m, at, now[i], sizeof(now[i])))
			return NULL;
		flaw = cluster_flaw(now[i], pte, index % PT_CLUSTER_ENTRIES, torn);
		if (!flaw)
			return NULL;
	}
	*torn = true;
	return memcmp(now[0], now[1], sizeof(now[0])) ? NULL : flaw;
}

/* an entry with the hint; its flaw is reported unless there is another */
static void inspect_cluster(struct model *m, struct tlb_entry *entry, u64 table, u32 index, u64 pte)
{
	const char *flaw = "page at an address that is no multiple of its size";

	entry->cluster = fits_cluster(pte, index);
	if (entry->cluster)
		flaw = watch_cluster(m, table, index, pte, &entry->torn);
	if (!flaw || entry->flaw)
		return;
	entry->flaw = flaw;
	entry->flawed = pte;
}

static void fill_leaf(struct tlb_entry *entry, u64 va, u64 pte, u32 shift, bool write)
{
	u64 mask = ~(BIT_ULL(shift) - 1);

	entry->va = va & mask;
	entry->pa = pte & PTE_ADDR & mask;
	entry->valid = true;
	entry->write = write;
	entry->atomic = pte & PTE_AE;
	entry->null = pte & PTE_NULL;
	entry->vram = pte & PTE_DM;
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
	bool compact = false, write = true, leaf;

	*entry = (struct tlb_entry){ .asid = space->asid, .root = space->root };
	for (;; level--) {
		*shift = compact ? SHIFT_64K : pt_shift(level);
		index = (va >> *shift) & (compact ? PT_COMPACT_ENTRIES - 1 : PT_ENTRIES - 1);
		if (!read_entry(m, table, index, &pte) || !(pte & PTE_PRESENT))
			return refuse(fault, va, level, access, MMU_NOT_PRESENT);
		write &= !!(pte & PTE_RW);
		leaf = !level || (level <= 2 && (pte & PDE_LEAF));
		inspect(m, entry, pte, level, *shift, leaf);
		if (leaf)
			break;
		compact = level == 1 && (pte & PDE_64K);
		table = pte & PTE_ADDR;
	}
	if (!level && !compact && pte & PTE_PS64)
		inspect_cluster(m, entry, table, index, pte);
	if (entry->cluster)
		*shift = SHIFT_64K;
	fill_leaf(entry, va, pte, *shift, write);
	entry->incoherent = !entry->vram && !entry->null &&
			    !(m->plat->pat_coherent & BIT(pat_index(pte, level)));
	return permitted(entry, va, level, access, fault);
}

bool mmu_confirms(struct model *m, const struct tlb_entry *entry, u32 shift)
{
	const struct mmu_space space = { .root = entry->root, .asid = entry->asid };
	struct mmu_fault fault;
	struct tlb_entry now;
	u32 now_shift;

	if (!mmu_walk(m, &space, entry->va, MMU_READ, &now, &now_shift, &fault))
		return false;
	return now_shift == shift && !now.torn && now.pa == entry->pa && now.vram == entry->vram &&
	       now.null == entry->null && (now.write || !entry->write) && (now.atomic || !entry->atomic);
}
