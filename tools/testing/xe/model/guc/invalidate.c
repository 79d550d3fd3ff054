// SPDX-License-Identifier: GPL-2.0
/*
 * TLB invalidations: carried out and acknowledged strictly in order. Accesses happen between two steps of
 * the loop, never across one, so when a request is carried out none with an older translation is under way.
 */
#include <stdlib.h>
#include <string.h>

#include "guc/state.h"
#include "inject/inject.h"
#include "mmu/format.h"
#include "model.h"
#include "obs/obs.h"

#define PAGE_BYTES 4096ull
#define LARGE_PAGE (2ull << 20)

static bool pages_legal(u64 start, u64 len)
{
	return !(start & (len - 1)) && (len <= LARGE_PAGE || len >= INVAL_LARGE_MIN);
}

static void drop_pages(struct guc *guc, const u32 *dw, u32 num)
{
	struct model *m = guc->m;
	u64 start, len;

	if (num < 7 || dw[6] > 48 - 12) {
		obs_guest_error(m, "TLB invalidation request", num);
		return;
	}
	start = dw[4] | (u64)dw[5] << 32;
	len = PAGE_BYTES << dw[6];
	if (!pages_legal(start, len))
		obs_guest_error(m, "TLB invalidation range", start | dw[6]);
	obs_event(m, EV_TLB_INVAL_RANGE, start, (u64)dw[3] << 32 | guc->gt << 8 | dw[6]);
	obs_add(m, EV_TLB_INVAL_BYTES, len);
	if (guc->gt == GT_MEDIA) {
		obs_add(m, EV_TLB_INVAL_RANGE_MEDIA, 1);
		obs_add(m, EV_TLB_INVAL_BYTES_MEDIA, len);
	}
	obs_add(m, len == PAGE_BYTES ? EV_TLB_INVAL_RANGE_4K :
		   len <= LARGE_PAGE ? EV_TLB_INVAL_RANGE_2M : EV_TLB_INVAL_RANGE_LARGE, 1);
	tlb_drop_range(m, guc->gt, dw[3], start & ~(len - 1), len);
}

static void drop_context(struct guc *guc, const u32 *dw, u32 num)
{
	struct model *m = guc->m;
	struct queue *q = num > 3 && dw[3] < GUC_IDS ? guc->queues[dw[3]] : NULL;

	if (!q) {
		obs_guest_error(m, "TLB invalidation of an unknown context", num > 3 ? dw[3] : 0);
		return;
	}
	obs_event(m, EV_TLB_INVAL_CONTEXT, dw[3], 0);
	tlb_drop_asid(m, guc->gt, q->hw.space.asid);
}

static void drop_full(struct guc *guc)
{
	struct model *m = guc->m;

	obs_event(m, EV_TLB_INVAL_FULL, guc->gt, 0);
	obs_add(m, EV_TLB_INVAL_FULL_MEDIA, guc->gt == GT_MEDIA);
	tlb_drop_all(m, guc->gt);
}

static void carry_out(struct guc *guc, const u32 *dw, u32 num)
{
	struct model *m = guc->m;
	u32 type = HXG_ACTION(dw[0]) == ACTION_TLB_INVALIDATION_ALL ? TLB_INVAL_FULL : TLB_INVAL_TYPE(dw[2]);

	switch (type) {
	case TLB_INVAL_FULL:
		drop_full(guc);
		break;
	case TLB_INVAL_PAGES:
		drop_pages(guc, dw, num);
		break;
	case TLB_INVAL_CONTEXT:
		drop_context(guc, dw, num);
		break;
	case TLB_INVAL_GUC:
		obs_event(m, EV_TLB_INVAL_GGTT, guc->gt, 0);
		tlb_drop_ggtt(m, guc->gt);
		break;
	default:
		obs_unimplemented(m, "TLB invalidation type", type);
	}
}

static void acknowledge(struct guc *guc, const u32 *seqno)
{
	struct model *m = guc->m;

	if (inject_fire(m, KNOB_drop_tlb_ack))
		return;
	if (inject_fire(m, KNOB_reorder_tlb_ack)) {
		ct_event_passed(guc, ACTION_TLB_INVALIDATION_DONE, seqno, 1);
		return;
	}
	ct_event(guc, ACTION_TLB_INVALIDATION_DONE, seqno, 1);
	if (inject_fire(m, KNOB_dup_tlb_ack))
		ct_event(guc, ACTION_TLB_INVALIDATION_DONE, seqno, 1);
}

static void finish(struct guc *guc, const u32 *dw, u32 num)
{
	carry_out(guc, dw, num);
	acknowledge(guc, &dw[1]);
}

u32 invalidate_request(struct guc *guc, struct request *rq)
{
	struct model *m = guc->m;
	u64 delay = inject_get(m, KNOB_delay_tlb_ack_us) * NSEC_PER_USEC;
	struct invalidation *inval;

	if (!delay && !guc->inval_first) {
		finish(guc, rq->dw, rq->len);
		return GUC_OK;
	}
	inval = calloc(1, sizeof(*inval));
	model_assert(m, inval && rq->len <= ARRAY_SIZE(inval->dw));
	inval->due = model_now(m) + delay;
	inval->len = rq->len;
	memcpy(inval->dw, rq->dw, rq->len * sizeof(*rq->dw));
	*guc->inval_last = inval;
	guc->inval_last = &inval->next;
	return GUC_OK;
}

static struct invalidation *pop(struct guc *guc)
{
	struct invalidation *inval = guc->inval_first;

	guc->inval_first = inval->next;
	if (!guc->inval_first)
		guc->inval_last = &guc->inval_first;
	return inval;
}

void invalidate_due(struct guc *guc)
{
	struct model *m = guc->m;
	struct invalidation *inval;

	while (guc->inval_first && guc->inval_first->due <= model_now(m)) {
		inval = pop(guc);
		finish(guc, inval->dw, inval->len);
		free(inval);
	}
}

u64 invalidate_deadline(struct guc *guc)
{
	return guc->inval_first ? guc->inval_first->due : TIME_NEVER;
}

void invalidate_reset(struct guc *guc)
{
	if (!guc->inval_last)
		guc->inval_last = &guc->inval_first;
	while (guc->inval_first)
		free(pop(guc));
}
