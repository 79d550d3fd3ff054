/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address translation. A translation gives a page or a filled fault, never both.
 *
 * TLB rule: an entry lives until an invalidation that covers it, a flush of its engine, or, unless the knob
 * `strict` is set, the next context load on its engine. Memory is not looked at while an entry lives. An
 * entry whose permissions do not suffice is dropped and walked anew; what faults is never cached.
 *
 * Where the walk ends at an entry with the 64 KiB hint, the translation is one of 64 KiB, made of that entry
 * alone: what its neighbours say is taken for granted, and looked at for the oracle only.
 */
#ifndef MODEL_MMU_H
#define MODEL_MMU_H

#include "mem/mem.h"
#include "types.h"

/* values of the fault descriptor, ref: 6.12 xe_gt_pagefault.c enum access_type, enum fault_type */
enum mmu_access { MMU_READ = 0, MMU_WRITE = 1, MMU_ATOMIC = 2 };
enum mmu_fault_type { MMU_NOT_PRESENT = 0, MMU_NO_WRITE = 1, MMU_NO_ATOMIC = 2 };

/* a PPGTT as a context names it */
struct mmu_space {
	u64 root; /* address of the level 4 table */
	u32 asid;
};

struct mmu_page {
	struct mem_addr at; /* of the byte asked for */
	u64 left; /* bytes from it to the end of the entry */
	bool null;
};

struct mmu_fault {
	u64 va; /* of the page, 47:12 */
	u8 level; /* of the entry that refused */
	u8 access, type;
};

struct tlb_entry {
	u64 va, pa; /* of the entry's first byte */
	u64 root; /* of the tables it came from */
	u32 asid;
	bool valid, write, atomic, null, vram;
	bool incoherent; /* system memory with an index that does not snoop */
	bool cluster; /* one of 64 KiB, made of an entry of 4 KiB with the hint */
	bool torn; /* such a one of which not all entries were there, at either end: being written or cleared */
	bool invalidated; /* an acknowledged invalidation covered it: only the knob tlb_ignore_inval keeps such */
	u64 changed_at; /* when memory was first seen to say something else, ns; 0: it agrees */
	const char *flaw; /* what hardware forbids about the entries it was made of, or NULL */
	u64 flawed; /* the page-table entry with the flaw */
};

#define TLB_WAYS 4u

/* one set-associative array per entry size */
struct tlb_array {
	struct tlb_entry *entries; /* sets * TLB_WAYS */
	u32 sets, shift;
	u32 used;
	u32 next; /* way to replace, round robin */
};

#define TLB_SIZES 4u

struct tlb {
	struct tlb_array size[TLB_SIZES]; /* 4 KiB, 64 KiB, 2 MiB, 1 GiB */
};

#define GGTT_TLB_ENTRIES 1024u

struct ggtt_tlb {
	struct {
		u64 index, pte;
	} entry[GGTT_TLB_ENTRIES]; /* pte 0: free */
};

struct mmu {
	struct tlb *tlb; /* one per engine */
	struct ggtt_tlb *ggtt; /* one per GT, of its GuC and engines */
};

int mmu_init(struct model *m);
void mmu_fini(struct model *m);

bool mmu_translate(struct model *m, u32 engine, const struct mmu_space *space, u64 va,
		   enum mmu_access access, struct mmu_page *page, struct mmu_fault *fault);
/* the global table knows no faults: false means a guest error, already logged */
bool mmu_ggtt(struct model *m, u32 gt, u64 addr, struct mmu_page *page);

/* page tables as they are in memory now, no TLB; confirms: they still say what the entry says */
bool mmu_confirms(struct model *m, const struct tlb_entry *entry, u32 shift);
bool mmu_walk(struct model *m, const struct mmu_space *space, u64 va, enum mmu_access access,
	      struct tlb_entry *entry, u32 *shift, struct mmu_fault *fault);

struct tlb_entry *tlb_find(struct tlb *tlb, u32 asid, u64 va, u32 *shift);
void tlb_forget(struct tlb *tlb, struct tlb_entry *entry, u32 shift);
void tlb_insert(struct model *m, struct tlb *tlb, const struct tlb_entry *entry, u32 shift);
/* one engine: context load, MI_FLUSH_DW, PIPE_CONTROL */
void tlb_flush_engine(struct model *m, u32 engine);
/* all engines of a GT, as its GuC's messages ask; len is a power of two and start aligned to it */
void tlb_drop_range(struct model *m, u32 gt, u32 asid, u64 start, u64 len);
void tlb_drop_asid(struct model *m, u32 gt, u32 asid);
void tlb_drop_all(struct model *m, u32 gt);
void tlb_drop_ggtt(struct model *m, u32 gt);
/* reset of a GT: nothing of its survives, whatever the knobs say */
void tlb_reset(struct model *m, u32 gt);

#endif
