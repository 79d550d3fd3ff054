// SPDX-License-Identifier: GPL-2.0
/* The translation caches of the engines: find, insert, and everything that makes an entry go. */
#include <string.h>

#include "inject/inject.h"
#include "mmu/format.h"
#include "mmu/mmu.h"
#include "model.h"
#include "obs/obs.h"

static struct tlb_entry *tlb_set(const struct tlb_array *array, u32 asid, u64 va)
{
	u64 page = va >> array->shift;

	return &array->entries[((page ^ (page >> 9) ^ asid * 7) % array->sets) * TLB_WAYS];
}

struct tlb_entry *tlb_find(struct tlb *tlb, u32 asid, u64 va, u32 *shift)
{
	const struct tlb_array *array;
	struct tlb_entry *set;
	u32 size, way;

	for (size = 0; size < TLB_SIZES; size++) {
		array = &tlb->size[size];
		if (!array->used)
			continue;
		set = tlb_set(array, asid, va);
		for (way = 0; way < TLB_WAYS; way++) {
			if (!set[way].valid || set[way].asid != asid ||
			    (set[way].va ^ va) >> array->shift)
				continue;
			*shift = array->shift;
			return &set[way];
		}
	}
	return NULL;
}

static struct tlb_array *tlb_array_of(struct tlb *tlb, u32 shift)
{
	u32 size;

	for (size = 0; size < TLB_SIZES; size++)
		if (tlb->size[size].shift == shift)
			return &tlb->size[size];
	return NULL;
}

void tlb_forget(struct tlb *tlb, struct tlb_entry *entry, u32 shift)
{
	entry->valid = false;
	tlb_array_of(tlb, shift)->used--;
}

void tlb_insert(struct model *m, struct tlb *tlb, const struct tlb_entry *entry, u32 shift)
{
	struct tlb_array *array = tlb_array_of(tlb, shift);
	struct tlb_entry *set;
	u32 way;

	model_assert(m, array);
	set = tlb_set(array, entry->asid, entry->va);
	for (way = 0; way < TLB_WAYS && set[way].valid; way++)
		;
	if (way == TLB_WAYS) {
		way = array->next++ % TLB_WAYS;
		obs_add(m, EV_TLB_EVICT, 1);
	} else {
		array->used++;
	}
	set[way] = *entry;
}

struct tlb_scope {
	bool any_asid;
	u32 asid;
	u64 start, last; /* inclusive */
};

static bool tlb_covers(const struct tlb_scope *scope, const struct tlb_entry *entry, u32 shift)
{
	if (!entry->valid || (!scope->any_asid && entry->asid != scope->asid))
		return false;
	return entry->va <= scope->last && entry->va + (BIT_ULL(shift) - 1) >= scope->start;
}

/* the least an invalidation must have to be sure to hit an entry of this size */
static u64 least_for(u32 shift)
{
	return shift >= SHIFT_2M ? INVAL_LARGE_MIN : BIT_ULL(shift);
}

/*
 * An entry wants an invalidation that is large enough for it. If memory still confirms the entry, it was not the
 * one that was meant.
 */
static bool survives(struct model *m, const struct tlb_scope *scope, const struct tlb_entry *entry, u32 shift)
{
	if (scope->any_asid || scope->last - scope->start >= least_for(shift) - 1)
		return false;
	if (!mmu_confirms(m, entry, shift))
		obs_oracle(m, "invalidation too small for the large page it is for", entry->va);
	return inject_get(m, KNOB_strict);
}

/* keep: the knob tlb_ignore_inval, entries stay but remember that they should not */
static u32 tlb_drop(struct model *m, struct tlb *tlb, const struct tlb_scope *scope, bool keep)
{
	struct tlb_array *array;
	u32 size, i, dropped = 0;

	for (size = 0; size < TLB_SIZES; size++) {
		array = &tlb->size[size];
		for (i = 0; array->used && i < array->sets * TLB_WAYS; i++) {
			if (!tlb_covers(scope, &array->entries[i], array->shift))
				continue;
			if (survives(m, scope, &array->entries[i], array->shift))
				continue;
			dropped++;
			if (keep) {
				array->entries[i].invalidated = true;
				continue;
			}
			array->entries[i].valid = false;
			array->used--;
		}
	}
	return dropped;
}

static void tlb_drop_on(struct model *m, u32 gt, const struct tlb_scope *scope)
{
	bool keep = inject_get(m, KNOB_tlb_ignore_inval);
	u32 i, dropped = 0;

	for (i = 0; i < m->plat->num_engines; i++)
		if (m->plat->engines[i].gt == gt)
			dropped += tlb_drop(m, &m->mmu->tlb[i], scope, keep);
	obs_add(m, EV_TLB_DROPPED, keep ? 0 : dropped);
}

static const struct tlb_scope tlb_everything = { .any_asid = true, .last = ~0ull };

void tlb_flush_engine(struct model *m, u32 engine)
{
	obs_add(m, EV_TLB_DROPPED, tlb_drop(m, &m->mmu->tlb[engine], &tlb_everything, false));
}

void tlb_drop_range(struct model *m, u32 gt, u32 asid, u64 start, u64 len)
{
	struct tlb_scope scope = {
		.asid = asid,
		.start = pt_va(start),
		.last = pt_va(start) + (len - 1),
	};

	tlb_drop_on(m, gt, &scope);
}

void tlb_drop_asid(struct model *m, u32 gt, u32 asid)
{
	struct tlb_scope scope = { .asid = asid, .last = ~0ull };

	tlb_drop_on(m, gt, &scope);
}

void tlb_drop_all(struct model *m, u32 gt)
{
	tlb_drop_on(m, gt, &tlb_everything);
}

void tlb_drop_ggtt(struct model *m, u32 gt)
{
	memset(&m->mmu->ggtt[gt], 0, sizeof(m->mmu->ggtt[gt]));
}

void tlb_reset(struct model *m, u32 gt)
{
	u32 i;

	for (i = 0; i < m->plat->num_engines; i++)
		if (m->plat->engines[i].gt == gt)
			tlb_drop(m, &m->mmu->tlb[i], &tlb_everything, false);
	tlb_drop_ggtt(m, gt);
}
