// SPDX-License-Identifier: GPL-2.0
/* The life of a context by the requests of the host: register, enable, submit, disable, deregister. */
#include <stdlib.h>

#include "guc/state.h"
#include "obs/obs.h"

static struct queue *find(struct guc *guc, u32 id)
{
	struct model *m = guc->m;
	struct queue *q = id < GUC_IDS ? guc->queues[id] : NULL;

	if (!q)
		obs_guest_error(m, "GuC id not registered", id);
	return q;
}

static bool any_engine(struct guc *guc, u32 class, u32 mask)
{
	u32 i;

	for (i = 0; i < guc->num_engines; i++)
		if (guc->engines[i].desc->guc_class == class && mask & BIT(guc->engines[i].desc->logical))
			return true;
	return false;
}

#define LRCA_VALID BIT(0)
#define LRCA_PPGTT BIT(8)
#define LRCA_ADDR 0xfffff000u

u32 queue_register(struct guc *guc, struct request *rq)
{
	struct model *m = guc->m;
	u32 id = rq->dw[2], class = rq->dw[3], mask = rq->dw[4], lrca = rq->dw[10];
	struct queue *q;

	if (id >= GUC_IDS || guc->queues[id] || !any_engine(guc, class, mask) || !(lrca & LRCA_VALID)) {
		obs_guest_error(m, "context registration", id);
		return GUC_ERROR_PARAMS;
	}
	q = calloc(1, sizeof(*q));
	model_assert(m, q);
	q->id = id;
	q->class = class;
	q->mask = mask;
	q->priority = PRIORITY_NORMAL;
	context_init(&q->hw, guc->gt, lrca & LRCA_ADDR, lrca & LRCA_PPGTT);
	guc->queues[id] = q;
	guc->num_queues++;
	obs_event(m, EV_CONTEXT_REGISTER, id, lrca);
	return GUC_OK;
}

static void forget(struct guc *guc, struct queue *q)
{
	guc->queues[q->id] = NULL;
	guc->num_queues--;
	context_fini(&q->hw);
	free(q);
}

u32 queue_deregister(struct guc *guc, struct request *rq)
{
	struct model *m = guc->m;
	struct queue *q = find(guc, rq->dw[1]);

	if (!q)
		return GUC_ERROR_PARAMS;
	if (q->enabled || q->disabling || q->state == QUEUE_LOADED) {
		obs_guest_error(m, "deregistration of an enabled context", q->id);
		return GUC_ERROR_INVALID_STATE;
	}
	sched_remove(guc, q);
	obs_event(m, EV_CONTEXT_DEREGISTER, q->id, 0);
	ct_event(guc, ACTION_DEREGISTER_DONE, &q->id, 1);
	forget(guc, q);
	return GUC_OK;
}

static bool set_policy(struct queue *q, u32 key, u32 val)
{
	switch (key) {
	case POLICY_QUANTUM: q->quantum_us = val; return true;
	case POLICY_PREEMPT_TIMEOUT: q->preempt_us = val; return true;
	case POLICY_PRIORITY: q->priority = val; return true;
	case POLICY_PREEMPT_TO_IDLE: return true;
	case POLICY_GT_FREQUENCY: return true;
	}
	return false;
}

u32 queue_set_policies(struct guc *guc, struct request *rq)
{
	struct model *m = guc->m;
	struct queue *q = find(guc, rq->dw[1]);
	u32 i;

	if (!q)
		return GUC_ERROR_PARAMS;
	for (i = 2; i < rq->len; i += 2) {
		if (i + 1 >= rq->len || KLV_LEN(rq->dw[i]) != 1)
			return GUC_ERROR_KLV_DATA;
		if (!set_policy(q, KLV_KEY(rq->dw[i]), rq->dw[i + 1]))
			obs_unimplemented(m, "context policy", KLV_KEY(rq->dw[i]));
	}
	return GUC_OK;
}

/* the driver relies on this flush when it re-enables a context, see xe_pt.c bind_op_prepare() */
static void flush_engines_of(struct guc *guc, const struct queue *q)
{
	struct model *m = guc->m;
	u32 i;

	for (i = 0; i < guc->num_engines; i++)
		if (guc->engines[i].desc->guc_class == q->class && q->mask & BIT(guc->engines[i].desc->logical))
			tlb_flush_engine(m, guc->engines[i].index);
}

u32 queue_set_mode(struct guc *guc, struct request *rq)
{
	struct queue *q = find(guc, rq->dw[1]);

	if (!q || rq->dw[2] > 1)
		return GUC_ERROR_PARAMS;
	if (!rq->dw[2]) {
		q->disabling = true;
		sched_disable(guc, q);
		return GUC_OK;
	}
	q->enabled = true;
	flush_engines_of(guc, q);
	sched_mode_done(guc, q);
	sched_wake(guc, q);
	return GUC_OK;
}

u32 queue_submit(struct guc *guc, struct request *rq)
{
	struct queue *q = find(guc, rq->dw[1]);

	if (!q)
		return GUC_ERROR_PARAMS;
	sched_wake(guc, q);
	return GUC_OK;
}

void queues_reset(struct guc *guc)
{
	u32 id;

	for (id = 0; guc->num_queues; id++)
		if (guc->queues[id])
			forget(guc, guc->queues[id]);
}
