// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults: a record per fault in flight, distinguished by a cookie the host echoes. Several may be in flight
 * at once, of one engine too when it touches in parallel: an answer lets just one access go on, a refusal
 * ends all of its context. An answer whose record is gone (the queue was disabled, the GPU reset) changes
 * nothing.
 */
#include <string.h>

#include "engine/touch.h"
#include "engine/walker.h"
#include "guc/state.h"
#include "inject/inject.h"
#include "model.h"
#include "obs/obs.h"

#define COOKIE_GENERATIONS (0x8000u / FAULTS_MAX)
#define COOKIE_GT_SHIFT 15

/* the GT is in it for the trace's sake: each GuC meets answers to its own faults only */
static u32 cookie_of(const struct guc *guc, const struct fault_record *rec)
{
	return guc->gt << COOKIE_GT_SHIFT | rec->generation % COOKIE_GENERATIONS * FAULTS_MAX |
	       (u32)(rec - guc->faults);
}

static struct fault_record *record_get(struct guc *guc)
{
	struct fault_record *rec;
	u32 i;

	for (i = 0; i < FAULTS_MAX; i++) {
		rec = &guc->faults[guc->fault_next++ % FAULTS_MAX];
		if (rec->used)
			continue;
		rec->used = true;
		rec->copy = false;
		rec->generation++;
		return rec;
	}
	return NULL;
}

static void report(struct guc *guc, const struct engine *e, const struct fault_record *rec)
{
	struct model *m = guc->m;
	u32 cookie = cookie_of(guc, rec);
	u32 payload[4] = {
		rec->fault.level << FAULT_LEVEL_SHIFT | (u32)e->desc->instance << FAULT_INSTANCE_SHIFT |
			(u32)e->desc->class << FAULT_CLASS_SHIFT |
			(cookie & 0xf) << FAULT_COOKIE_LO_SHIFT,
		cookie >> 4 | rec->asid << FAULT_ASID_SHIFT,
		rec->fault.access | (u32)rec->fault.type << FAULT_TYPE_SHIFT | (u32)rec->fault.va,
		(u32)(rec->fault.va >> 32),
	};
	u64 delay = inject_get(m, KNOB_delay_fault_us) * NSEC_PER_USEC;

	if (inject_fire(m, KNOB_reorder_fault))
		ct_event_passed(guc, ACTION_PAGE_FAULT, payload, ARRAY_SIZE(payload));
	else
		ct_event_at(guc, delay ? model_now(m) + delay : 0, ACTION_PAGE_FAULT, payload,
			    ARRAY_SIZE(payload));
}

static void count(struct guc *guc, const struct fault_record *rec)
{
	struct model *m = guc->m;
	static const enum ev by_access[] = {
		[MMU_READ] = EV_FAULT_READ, [MMU_WRITE] = EV_FAULT_WRITE, [MMU_ATOMIC] = EV_FAULT_ATOMIC,
	};
	static const enum ev by_type[] = {
		[MMU_NOT_PRESENT] = EV_FAULT_NOT_PRESENT,
		[MMU_NO_WRITE] = EV_FAULT_NO_WRITE,
		[MMU_NO_ATOMIC] = EV_FAULT_NO_ATOMIC,
	};

	u64 who = (u64)rec->engine << 32 | cookie_of(guc, rec);

	obs_event(m, by_access[rec->fault.access], rec->fault.va, who);
	obs_event(m, by_type[rec->fault.type], rec->fault.level, who);
}

static struct fault_record *record_make(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;
	struct fault_record *rec = record_get(guc);

	if (!rec)
		return NULL;
	rec->engine = e->index;
	rec->lane = e->fault_lane;
	rec->asid = e->ctx->space.asid;
	rec->fault = e->fault;
	rec->reported = model_now(m);
	return rec;
}

static void begin(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;

	e->faults++;
	obs_add(m, EV_FAULTS_IN_FLIGHT, 1);
	guc->faults_now++;
	if (obs_count(m, EV_FAULTS_IN_FLIGHT) > obs_count(m, EV_FAULTS_IN_FLIGHT_MAX))
		obs_add(m, EV_FAULTS_IN_FLIGHT_MAX, 1);
}

/* the record of an engine that still waits for it; a lane tries again whenever its context runs */
static void end(struct guc *guc, struct fault_record *rec)
{
	struct model *m = guc->m;
	struct engine *e = &m->engines[rec->engine];

	rec->used = false;
	e->faults--;
	guc->faults_now--;
	obs_add(m, EV_FAULTS_IN_FLIGHT, -1ull);
	if (rec->lane != NO_LANE)
		lane_retry(m, e->ctx, rec->lane);
}

void fault_report(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;
	struct fault_record *rec = record_make(guc, e);

	if (!rec) {
		/* all in flight: meet the fault again when there is room */
		if (e->fault_lane != NO_LANE)
			lane_retry(m, e->ctx, e->fault_lane);
		e->state = ENGINE_WAIT;
		e->wake_at = model_now(m) + NSEC_PER_MSEC;
		return;
	}
	begin(guc, e);
	obs_event(m, EV_FAULT, e->fault.va, (u64)rec->asid << 32 | cookie_of(guc, rec));
	count(guc, rec);
	if (inject_fire(m, KNOB_drop_fault))
		return;
	report(guc, e, rec);
	if (inject_fire(m, KNOB_dup_fault)) {
		u32 original = cookie_of(guc, rec);

		rec = record_make(guc, e);
		if (!rec)
			return;
		rec->copy = true;
		obs_event(m, EV_FAULT_COPY, original, cookie_of(guc, rec));
		report(guc, e, rec);
	}
}

void fault_abort(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;
	u32 i;

	for (i = 0; e->faults && i < FAULTS_MAX; i++) {
		if (!guc->faults[i].used || guc->faults[i].copy || guc->faults[i].engine != e->index)
			continue;
		obs_event(m, EV_FAULT_ABORTED, guc->faults[i].fault.va, cookie_of(guc, &guc->faults[i]));
		end(guc, &guc->faults[i]);
	}
}

static struct fault_record *record_find(struct guc *guc, u32 cookie)
{
	struct fault_record *rec = &guc->faults[cookie % FAULTS_MAX];

	return rec->used && cookie_of(guc, rec) == cookie ? rec : NULL;
}

static struct engine *settle(struct guc *guc, struct fault_record *rec, bool refused)
{
	struct model *m = guc->m;
	struct engine *e = &m->engines[rec->engine];
	u64 took = model_now(m) - rec->reported;

	obs_event(m, refused ? EV_FAULT_REFUSED : EV_FAULT_SERVED, rec->fault.va,
		  cookie_of(guc, rec));
	obs_add(m, EV_FAULT_NS, took);
	if (rec->copy) {
		rec->used = false;
		return NULL;
	}
	end(guc, rec);
	return e;
}

struct engine *fault_answer(struct guc *guc, const u32 *dw, bool *refused)
{
	struct model *m = guc->m;
	struct fault_record *rec = record_find(guc, ANSWER_COOKIE(dw[2]));

	if (!(dw[1] & ANSWER_VALID) || ANSWER_DESC_TYPE(dw[1]) != ANSWER_DESC_FAULT) {
		obs_guest_error(m, "page fault answer", dw[1]);
		return NULL;
	}
	if (!rec) {
		obs_event(m, EV_FAULT_STRAY, ANSWER_COOKIE(dw[2]), 0);
		return NULL;
	}
	if (rec->asid != ANSWER_ASID(dw[1]))
		obs_guest_error(m, "page fault answer for another address space", dw[1]);
	*refused = dw[1] & ANSWER_REFUSED;
	return settle(guc, rec, *refused);
}

void faults_reset(struct guc *guc)
{
	struct model *m = guc->m;
	u32 i;

	for (i = 0; i < FAULTS_MAX; i++)
		guc->faults[i].used = false;
	for (i = 0; i < guc->num_engines; i++)
		guc->engines[i].faults = 0;
	obs_add(m, EV_FAULTS_IN_FLIGHT, -(u64)guc->faults_now);
	guc->faults_now = 0;
}
