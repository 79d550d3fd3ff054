// SPDX-License-Identifier: GPL-2.0
/* Translation as an access sees it: the TLB first, the tables only when it has no answer. */
#include <errno.h>
#include <stdlib.h>

#include "inject/inject.h"
#include "mmu/format.h"
#include "mmu/mmu.h"
#include "model.h"
#include "obs/obs.h"

static bool suffices(const struct tlb_entry *entry, enum mmu_access access)
{
	return (access == MMU_READ || entry->write) && (access != MMU_ATOMIC || entry->atomic);
}

static void fill_page(const struct tlb_entry *entry, u32 shift, u64 va, struct mmu_page *page)
{
	u64 off = pt_va(va) - entry->va;

	page->at.space = entry->vram ? MEM_VRAM : MEM_SYS;
	page->at.pa = entry->pa + off;
	page->left = BIT_ULL(shift) - off;
	page->null = entry->null;
}

/*
 * To use an entry that memory no longer confirms is legal until the driver's invalidation is acknowledged. So
 * it is counted only, until so much time has passed that no invalidation will come.
 */
static void watch_change(struct model *m, struct tlb_entry *entry, u64 va)
{
	u64 limit = inject_get(m, KNOB_stale_ms) * NSEC_PER_MSEC;

	obs_event(m, EV_TLB_CHANGED_HIT, va, entry->asid);
	if (!entry->changed_at)
		entry->changed_at = model_now(m);
	else if (limit && model_now(m) - entry->changed_at >
				  limit + inject_get(m, KNOB_delay_tlb_ack_us) * NSEC_PER_USEC)
		obs_oracle(m, "translation used long after its page-table entry changed", va & ~0xfffull);
}

static void watch_hit(struct model *m, struct tlb_entry *entry, u32 shift, u64 va)
{
	obs_add(m, EV_TLB_HIT, 1);
	if (mmu_confirms(m, entry, shift))
		entry->changed_at = 0;
	else
		watch_change(m, entry, va);
	if (!entry->invalidated)
		return;
	obs_event(m, EV_TLB_STALE_USE, va, entry->asid);
	obs_oracle(m, "translation used after its invalidation was acknowledged", va & ~0xfffull);
}

bool mmu_translate(struct model *m, u32 engine, const struct mmu_space *space, u64 va,
		   enum mmu_access access, struct mmu_page *page, struct mmu_fault *fault)
{
	struct tlb *tlb = &m->mmu->tlb[engine];
	struct tlb_entry *hit, entry;
	u32 shift;

	if (!pt_canonical(va))
		obs_event(m, EV_VA_NOT_CANONICAL, va, space->asid);
	hit = tlb_find(tlb, space->asid, pt_va(va), &shift);
	if (hit && suffices(hit, access)) {
		watch_hit(m, hit, shift, va);
		fill_page(hit, shift, va, page);
		return true;
	}
	if (hit)
		tlb_forget(tlb, hit, shift);
	obs_add(m, EV_TLB_WALK, 1);
	if (!mmu_walk(m, space, va, access, &entry, &shift, fault))
		return false;
	if (entry.flaw)
		obs_oracle(m, entry.flaw, entry.flawed);
	if (entry.incoherent)
		obs_add(m, EV_TLB_INCOHERENT, 1);
	if (entry.cluster)
		obs_add(m, EV_TLB_CLUSTER, 1);
	tlb_insert(m, tlb, &entry, shift);
	fill_page(&entry, shift, va, page);
	return true;
}

static bool ggtt_entry(struct model *m, u32 gt, u64 index, u64 *pte)
{
	struct ggtt_tlb *tlb = &m->mmu->ggtt[gt];
	u32 slot = index % GGTT_TLB_ENTRIES;

	if (tlb->entry[slot].pte && tlb->entry[slot].index == index) {
		*pte = tlb->entry[slot].pte;
		return true;
	}
	if (index >= GGTT_BYTES / sizeof(*pte))
		return false;
	*pte = mem_ggtt_pte(m, index);
	if (!(*pte & GGTT_PRESENT))
		return false;
	if (*pte & ~(GGTT_PRESENT | GGTT_DM | GGTT_PAT | PTE_ADDR))
		obs_oracle(m, "reserved bit in a global entry", *pte);
	tlb->entry[slot].index = index;
	tlb->entry[slot].pte = *pte;
	return true;
}

bool mmu_ggtt(struct model *m, u32 gt, u64 addr, struct mmu_page *page)
{
	u64 off = addr & (BIT_ULL(SHIFT_4K) - 1), pte;

	if (!ggtt_entry(m, gt, addr >> SHIFT_4K, &pte)) {
		obs_guest_error(m, "GGTT address without an entry", addr & ~0xfffull);
		return false;
	}
	page->at.space = pte & GGTT_DM ? MEM_VRAM : MEM_SYS;
	page->at.pa = (pte & PTE_ADDR) + off;
	page->left = BIT_ULL(SHIFT_4K) - off;
	page->null = false;
	return true;
}

static const struct {
	u32 shift, sets;
} tlb_geometry[TLB_SIZES] = {
	{ SHIFT_4K, 512 },
	{ SHIFT_64K, 128 },
	{ SHIFT_2M, 128 },
	{ SHIFT_1G, 16 },
};

int mmu_init(struct model *m)
{
	struct tlb_array *array;
	u32 i, size;

	m->mmu = calloc(1, sizeof(*m->mmu));
	if (!m->mmu)
		return -ENOMEM;
	m->mmu->ggtt = calloc(GTS, sizeof(*m->mmu->ggtt));
	m->mmu->tlb = calloc(m->plat->num_engines, sizeof(*m->mmu->tlb));
	if (!m->mmu->ggtt || !m->mmu->tlb)
		return -ENOMEM;
	for (i = 0; i < m->plat->num_engines; i++) {
		for (size = 0; size < TLB_SIZES; size++) {
			array = &m->mmu->tlb[i].size[size];
			array->shift = tlb_geometry[size].shift;
			array->sets = tlb_geometry[size].sets;
			array->entries = calloc(array->sets * TLB_WAYS, sizeof(*array->entries));
			if (!array->entries)
				return -ENOMEM;
		}
	}
	return 0;
}

void mmu_fini(struct model *m)
{
	u32 i, size;

	if (!m->mmu)
		return;
	for (i = 0; m->mmu->tlb && i < m->plat->num_engines; i++)
		for (size = 0; size < TLB_SIZES; size++)
			free(m->mmu->tlb[i].size[size].entries);
	free(m->mmu->tlb);
	free(m->mmu->ggtt);
	free(m->mmu);
	m->mmu = NULL;
}
