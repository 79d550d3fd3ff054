// SPDX-License-Identifier: GPL-2.0
/* What the host may ask of the GuC, as rows, and the requests that are answered in a line or two. */
#include <string.h>

#include "guc/state.h"
#include "model.h"
#include "obs/obs.h"

static u32 self_cfg(struct guc *guc, struct request *rq)
{
	struct model *m = guc->m;
	u64 val = rq->dw[2] | (u64)rq->dw[3] << 32;

	rq->data0 = 1;
	switch (KLV_KEY(rq->dw[1])) {
	case CFG_H2G_ADDR: guc->h2g.addr = val; break;
	case CFG_H2G_DESC: guc->h2g.desc = val; break;
	case CFG_H2G_SIZE: guc->h2g.size = (u32)val / 4; break;
	case CFG_G2H_ADDR: guc->g2h.addr = val; break;
	case CFG_G2H_DESC: guc->g2h.desc = val; break;
	case CFG_G2H_SIZE: guc->g2h.size = (u32)val / 4; break;
	default:
		obs_unimplemented(m, "GuC self config key", KLV_KEY(rq->dw[1]));
		rq->data0 = 0;
	}
	return GUC_OK;
}

static u32 control_ctb(struct guc *guc, struct request *rq)
{
	if (rq->dw[1] > 1)
		return GUC_ERROR_PARAMS;
	if (rq->dw[1] && (!guc->h2g.size || !guc->g2h.size))
		return GUC_ERROR_INVALID_STATE;
	guc->ct_enabled = rq->dw[1];
	guc->ct_broken = false;
	guc->h2g.pos = guc->g2h.pos = 0;
	return GUC_OK;
}

static u32 client_reset(struct guc *guc, struct request *rq)
{
	(void)rq;
	sched_reset(guc);
	queues_reset(guc);
	faults_reset(guc);
	return GUC_OK;
}

/* settings for what the model has no counterpart of */
static u32 accept(struct guc *guc, struct request *rq)
{
	(void)guc;
	(void)rq;
	return GUC_OK;
}

static u32 not_modelled(struct guc *guc, struct request *rq)
{
	struct model *m = guc->m;

	obs_unimplemented(m, "GuC action", HXG_ACTION(rq->dw[0]));
	return GUC_OK;
}

enum transport { BY_MMIO = BIT(0), BY_CT = BIT(1), BY_BOTH = BY_MMIO | BY_CT };

static const struct action {
	u32 action;
	const char *name;
	u32 min, max; /* dwords with the HXG header */
	u32 transport;
	u32 (*handle)(struct guc *guc, struct request *rq);
} actions[] = {
	{ ACTION_SCHED_POLICY_CHANGE, "GLOBAL_SCHED_POLICY_CHANGE", 2, 2, BY_CT, accept },
	{ ACTION_SELF_CFG, "SELF_CFG", 4, 4, BY_MMIO, self_cfg },
	{ ACTION_SCHED_POLICIES_KLV, "UPDATE_SCHEDULING_POLICIES_KLV", 2, 64, BY_CT, accept },
	{ ACTION_SCHED_CONTEXT, "SCHED_CONTEXT", 2, 2, BY_CT, queue_submit },
	{ ACTION_SCHED_MODE_SET, "SCHED_CONTEXT_MODE_SET", 3, 3, BY_CT, queue_set_mode },
	{ ACTION_CONTEXT_POLICIES, "UPDATE_CONTEXT_POLICIES", 2, 12, BY_CT, queue_set_policies },
	{ ACTION_SLPC, "PC_SLPC_REQUEST", 2, 11, BY_CT, slpc_request },
	{ ACTION_GUCRC, "SETUP_PC_GUCRC", 2, 2, BY_CT, rc_request },
	{ ACTION_GET_HWCONFIG, "GET_HWCONFIG", 4, 4, BY_BOTH, hwconfig_request },
	{ ACTION_REGISTER_CONTEXT, "REGISTER_CONTEXT", 12, 12, BY_CT, queue_register },
	{ ACTION_DEREGISTER_CONTEXT, "DEREGISTER_CONTEXT", 2, 2, BY_CT, queue_deregister },
	{ ACTION_CONTROL_CTB, "CONTROL_CTB", 2, 2, BY_MMIO, control_ctb },
	{ ACTION_REGISTER_MULTI_LRC, "REGISTER_CONTEXT_MULTI_LRC", 13, 64, BY_CT, not_modelled },
	{ ACTION_CLIENT_SOFT_RESET, "CLIENT_SOFT_RESET", 1, 1, BY_MMIO, client_reset },
	{ ACTION_ACTIVITY_BUFFER, "SET_DEVICE_ENGINE_ACTIVITY_BUFFER", 5, 5, BY_CT, accept },
	{ ACTION_OPT_IN_KLV, "OPT_IN_FEATURE_KLV", 4, 4, BY_CT, accept },
	{ ACTION_PAGE_FAULT_ANSWER, "PAGE_FAULT_RES_DESC", 3, 3, BY_CT, answer_request },
	{ ACTION_TLB_INVALIDATION, "TLB_INVALIDATION", 3, 7, BY_CT, invalidate_request },
	{ ACTION_TLB_INVALIDATION_ALL, "TLB_INVALIDATION_ALL", 2, 3, BY_CT, invalidate_request },
};

static const struct action *find(u32 action)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(actions); i++)
		if (actions[i].action == action)
			return &actions[i];
	return NULL;
}

u32 action_handle(struct guc *guc, struct request *rq, bool ct)
{
	struct model *m = guc->m;
	const struct action *row = find(HXG_ACTION(rq->dw[0]));

	if (!row) {
		obs_unimplemented(m, "GuC action", HXG_ACTION(rq->dw[0]));
		return GUC_ERROR_UNKNOWN_ACTION;
	}
	if (!(row->transport & (ct ? BY_CT : BY_MMIO)) || rq->len < row->min || rq->len > row->max) {
		obs_guest_error(m, row->name, rq->len);
		return GUC_ERROR_PROTOCOL;
	}
	return row->handle(guc, rq);
}

const char *action_check(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		if (!actions[i].name || !actions[i].handle || !actions[i].transport)
			return "an action without name, transport or handler";
		if (!actions[i].min || actions[i].min > actions[i].max)
			return actions[i].name;
		if (i && actions[i - 1].action >= actions[i].action)
			return actions[i].name;
	}
	return NULL;
}

/* one message in four registers; the answer takes their place, so its origin shows whether one waits */
void mmio_message(struct guc *guc)
{
	struct model *m = guc->m;
	u32 dw[MESSAGE_DWORDS], i, error;
	struct request rq = { .dw = dw, .len = MESSAGE_DWORDS };
	const struct action *row;

	for (i = 0; i < MESSAGE_DWORDS; i++)
		dw[i] = m->port->get(m, guc->desc->messages + 4 * i);
	if (!dw[0] || dw[0] & HXG_ORIGIN_GUC)
		return;
	obs_event(m, EV_MMIO_MESSAGE, HXG_ACTION(dw[0]), dw[1]);
	row = find(HXG_ACTION(dw[0]));
	if (row && rq.len > row->max)
		rq.len = row->max;
	error = action_handle(guc, &rq, false);
	m->port->set(m, guc->desc->messages, error ? HXG_MAKE(HXG_FAILURE) | error :
						     HXG_MAKE(HXG_SUCCESS) | (rq.data0 & HXG_AUX));
}
