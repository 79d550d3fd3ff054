/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page-table entries of Xe2, bits only; how they are walked stands in walk.c.
 * ref: 6.12 xe/regs/xe_gtt_defs.h, xe_vm.c (xelp_pde_encode_bo, xelp_pte_encode_vma), xe_ggtt.c
 */
#ifndef MODEL_MMU_FORMAT_H
#define MODEL_MMU_FORMAT_H

#include "types.h"

#define PTE_PRESENT BIT_ULL(0)
#define PTE_RW BIT_ULL(1)
#define PTE_PAT0 BIT_ULL(3)
#define PTE_PAT1 BIT_ULL(4)
#define PTE_PAT2 BIT_ULL(7) /* level 0 */
#define PTE_PAT2_LARGE BIT_ULL(12) /* leaves of levels 1 and 2 */
#define PTE_PAT3 BIT_ULL(62)
#define PTE_PAT4 BIT_ULL(61)
#define PDE_64K BIT_ULL(6) /* level 1: the table below has 32 entries of 64 KiB */
#define PDE_LEAF BIT_ULL(7) /* levels 1 and 2; in level 0 this bit is PAT2 */
#define PTE_PS64 BIT_ULL(8) /* level 0: a hint, this entry is one of a cluster; it has its own address all the same */
#define PTE_NULL BIT_ULL(9) /* reads give zero, writes vanish */
#define PTE_AE BIT_ULL(10) /* atomics allowed */
#define PTE_DM BIT_ULL(11) /* address is in device memory; leaves only */
#define PTE_ADDR 0x00003ffffffff000ull

#define GGTT_PRESENT BIT_ULL(0)
#define GGTT_DM BIT_ULL(1)
#define GGTT_PAT (BIT_ULL(52) | BIT_ULL(53))

#define PT_ROOT_LEVEL 4u
#define PT_ENTRIES 512u
#define PT_COMPACT_ENTRIES 32u
#define PT_CLUSTER_ENTRIES 16u /* of level 0, aligned to their number: 64 KiB */
#define PT_VA_BITS 48u

#define SHIFT_4K 12u
#define SHIFT_64K 16u
#define SHIFT_2M 21u
#define SHIFT_1G 30u

/* the least a page-selective invalidation must cover for an entry of 2 MiB, ref: 6.12 xe_gt_tlb_invalidation.c */
#define INVAL_LARGE_MIN (16ull << 20)

static inline u32 pt_shift(u32 level)
{
	return SHIFT_4K + 9 * level;
}

static inline u64 pt_va(u64 va)
{
	return va & (BIT_ULL(PT_VA_BITS) - 1);
}

/* are the bits above the last one that counts its copies? */
static inline bool pt_canonical(u64 va)
{
	return (u64)((int64_t)(va << (64 - PT_VA_BITS)) >> (64 - PT_VA_BITS)) == va;
}

#endif
