// SPDX-License-Identifier: GPL-2.0
/* Frequencies, render C6 and the table of hardware facts: what the GuC says without running anything. */
#include "guc/state.h"
#include "model.h"
#include "obs/obs.h"

/* 16.67 MHz units, as RP_STATE_CAP and the task state have them */
static u32 mhz_to_ratio(u32 mhz)
{
	return mhz * 3 / 50;
}

static u32 slpc_query(struct guc *guc, u64 page)
{
	struct model *m = guc->m;
	u32 cap = m->port->get(m, guc->desc->rp_state_cap);
	u32 max = guc->max_mhz ? mhz_to_ratio(guc->max_mhz) : cap & 0x1ff;
	u32 min = guc->min_mhz ? mhz_to_ratio(guc->min_mhz) : cap >> 16 & 0x1ff;
	u32 task[2] = { 1, (max & 0xff) | (min & 0xff) << 8 | (max & 0xff) << 16 | (min & 0xff) << 24 };

	return guc_write(guc, page + SLPC_TASK_OFFSET, task, sizeof(task)) ? GUC_OK : GUC_ERROR_BUFFER;
}

static u32 slpc_reset(struct guc *guc, u64 page)
{
	u32 state = SLPC_STATE_RUNNING;

	guc->min_mhz = guc->max_mhz = 0;
	return guc_write(guc, page + SLPC_STATE_OFFSET, &state, sizeof(state)) ? GUC_OK : GUC_ERROR_BUFFER;
}

static void slpc_set(struct guc *guc, u32 id, u32 val)
{
	if (id == SLPC_PARAM_MIN_MHZ)
		guc->min_mhz = val;
	else if (id == SLPC_PARAM_MAX_MHZ)
		guc->max_mhz = val;
}

/* {event << 8 | arguments, arguments...} */
u32 slpc_request(struct guc *guc, struct request *rq)
{
	struct model *m = guc->m;
	u32 event = rq->dw[1] >> 8 & 0xff, num = rq->dw[1] & 0xff;

	if (num + 2 > rq->len) {
		obs_guest_error(m, "SLPC argument count", rq->dw[1]);
		return GUC_ERROR_PARAMS;
	}
	switch (event) {
	case SLPC_RESET:
		return num ? slpc_reset(guc, rq->dw[2]) : GUC_ERROR_PARAMS;
	case SLPC_QUERY:
		return num ? slpc_query(guc, rq->dw[2]) : GUC_ERROR_PARAMS;
	case SLPC_SET:
		if (num > 1)
			slpc_set(guc, rq->dw[2], rq->dw[3]);
		return GUC_OK;
	case SLPC_UNSET:
		if (num)
			slpc_set(guc, rq->dw[2], 0);
		return GUC_OK;
	case SLPC_SHUTDOWN:
		return GUC_OK;
	}
	obs_unimplemented(m, "SLPC event", event);
	return GUC_OK;
}

u32 rc_request(struct guc *guc, struct request *rq)
{
	if (rq->dw[1] > 1)
		return GUC_ERROR_PARAMS;
	guc->rc_on = rq->dw[1];
	c6_look(guc);
	return GUC_OK;
}

#define MCR "xe_gt_mcr.c HWCONFIG_ATTR_"
#define MESA "Mesa src/intel/dev/intel_hwconfig_types.h INTEL_HWCONFIG_"

/* The GPU that the fuses of platform.c describe; a subslice is what the keys call a dual one before Xe2. */
static const struct {
	enum hwconfig_key key;
	u32 value;
	const char *ref; /* of the key */
} facts[] = {
	{ HWCONFIG_MAX_SLICES, 1, MCR "MAX_SLICES" },
	{ HWCONFIG_MAX_DUAL_SUBSLICES, 8, MESA "MAX_DUAL_SUBSLICES_SUPPORTED" },
	{ HWCONFIG_MAX_EUS_PER_DUAL_SUBSLICE, 8, MESA "MAX_NUM_EU_PER_DSS" },
	{ HWCONFIG_THREADS_PER_EU, 8, MESA "NUM_THREADS_PER_EU" },
	{ HWCONFIG_MAX_RENDER_ENGINES, 1, MESA "MAX_RCS" },
	{ HWCONFIG_MAX_COMPUTE_ENGINES, 1, MESA "MAX_CCS" },
	{ HWCONFIG_L3_BANK_SIZE, 1024, MESA "L3_BANK_SIZE_IN_KB" },
	{ HWCONFIG_SLM_PER_DUAL_SUBSLICE, 128, MESA "SLM_SIZE_PER_DSS" },
	{ HWCONFIG_MAX_SUBSLICES, 8, MCR "MAX_SUBSLICES" },
	{ HWCONFIG_MAX_EUS_PER_SUBSLICE, 8, MESA "MAX_EU_PER_SUBSLICE" },
	{ HWCONFIG_SLM_PER_SUBSLICE, 128, MESA "SLM_SIZE_PER_SS_IN_KB" },
};

u32 hwconfig_request(struct guc *guc, struct request *rq)
{
	u64 addr = rq->dw[1] | (u64)rq->dw[2] << 32;
	u32 table[ARRAY_SIZE(facts)][3], i; /* key, dwords, value */

	if (!rq->dw[3]) {
		rq->data0 = sizeof(table);
		return GUC_OK;
	}
	if (rq->dw[3] < sizeof(table))
		return GUC_ERROR_SIZE;
	for (i = 0; i < ARRAY_SIZE(facts); i++) {
		table[i][0] = facts[i].key;
		table[i][1] = 1;
		table[i][2] = facts[i].value;
	}
	return guc_write(guc, addr, table, sizeof(table)) ? GUC_OK : GUC_ERROR_BUFFER;
}
