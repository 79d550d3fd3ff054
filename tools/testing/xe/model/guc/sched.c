// SPDX-License-Identifier: GPL-2.0
/*
 * Who runs where. A queue is idle, ready (on one list, in order of arrival) or loaded on an engine. An engine
 * takes the most urgent ready queue it may run, the longest waiting among equals. It gives one up when its
 * ring is empty, when the host disables it, when a more urgent one waits, and after its quantum when an equal
 * waits; it must do so within the preemption timeout, or the engine is reset. A faulted context keeps its
 * engine: only the answer or a disable ends that.
 */
#include "engine/touch.h"
#include "guc/state.h"
#include "model.h"
#include "obs/obs.h"

#define SLICE_UNITS 256u

static void list_remove(struct guc *guc, struct queue *q)
{
	if (q->prev)
		q->prev->next = q->next;
	else
		guc->ready_first = q->next;
	if (q->next)
		q->next->prev = q->prev;
	else
		guc->ready_last = q->prev;
	q->prev = q->next = NULL;
	q->state = QUEUE_IDLE;
}

static void list_append(struct guc *guc, struct queue *q)
{
	q->next = NULL;
	q->prev = guc->ready_last;
	if (q->prev)
		q->prev->next = q;
	else
		guc->ready_first = q;
	guc->ready_last = q;
	q->state = QUEUE_READY;
}

static bool may_run_on(const struct queue *q, const struct engine *e)
{
	return q->class == e->desc->guc_class && q->mask & BIT(e->desc->logical);
}

static struct queue *best_ready(struct guc *guc, const struct engine *e)
{
	struct queue *q, *best = NULL;

	for (q = guc->ready_first; q; q = q->next)
		if (may_run_on(q, e) && (!best || q->priority < best->priority))
			best = q;
	return best;
}

static struct slot *slot_of(struct guc *guc, const struct engine *e)
{
	return &guc->slots[e - guc->engines];
}

static struct queue *unload(struct guc *guc, struct engine *e)
{
	struct queue *q = slot_of(guc, e)->queue;

	slot_of(guc, e)->queue = NULL;
	e->state = ENGINE_IDLE;
	q->state = QUEUE_IDLE;
	q->on = NULL;
	return q;
}

/* off the engine, with all of its faults; what it had not done yet it does when it is back */
static struct queue *leave(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;

	fault_abort(guc, e);
	context_save(m, e);
	return unload(guc, e);
}

void sched_mode_done(struct guc *guc, struct queue *q)
{
	struct model *m = guc->m;
	u32 payload[2] = { q->id, q->enabled };

	obs_event(m, EV_SCHED_DONE, q->id, q->enabled);
	ct_event(guc, ACTION_SCHED_MODE_DONE, payload, ARRAY_SIZE(payload));
}

void sched_finish_disable(struct guc *guc, struct queue *q)
{
	q->enabled = q->disabling = false;
	sched_mode_done(guc, q);
}

static void lose(struct guc *guc, struct queue *q)
{
	q->dead = true;
	if (q->disabling)
		sched_finish_disable(guc, q);
}

void sched_kill(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;
	struct queue *q = leave(guc, e);

	obs_event(m, EV_CAT_ERROR, q->id, e->index);
	ct_event(guc, ACTION_CAT_ERROR, &q->id, 1);
	lose(guc, q);
}

static void engine_reset(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;
	struct queue *q = leave(guc, e);

	tlb_flush_engine(m, e->index);
	obs_event(m, EV_ENGINE_RESET, q->id, e->index);
	ct_event(guc, ACTION_CONTEXT_RESET, &q->id, 1);
	lose(guc, q);
}

static void load(struct guc *guc, struct engine *e, struct queue *q)
{
	struct model *m = guc->m;
	struct slot *slot = slot_of(guc, e);

	list_remove(guc, q);
	q->state = QUEUE_LOADED;
	q->on = e;
	slot->queue = q;
	slot->since = model_now(m);
	e->state = ENGINE_READY;
	if (context_load(m, e, &q->hw))
		return;
	e->ctx = &q->hw;
	sched_kill(guc, e);
}

void sched_remove(struct guc *guc, struct queue *q)
{
	if (q->state == QUEUE_READY)
		list_remove(guc, q);
}

void sched_wake(struct guc *guc, struct queue *q)
{
	struct model *m = guc->m;

	if (!q->enabled || q->disabling || q->dead)
		return;
	if (q->state == QUEUE_LOADED)
		context_read_tail(m, &q->hw);
	else if (q->state == QUEUE_IDLE && context_has_work(m, &q->hw))
		list_append(guc, q);
}

static void want_preemption(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;
	struct slot *slot = slot_of(guc, e);

	if (e->preempt)
		return;
	e->preempt = true;
	slot->preempt_at = model_now(m);
	slot->tried = false;
	if (e->state == ENGINE_WAIT)
		e->state = ENGINE_READY;
}

void sched_disable(struct guc *guc, struct queue *q)
{
	sched_remove(guc, q);
	if (q->state != QUEUE_LOADED) {
		sched_finish_disable(guc, q);
		return;
	}
	if (q->on->faults) {
		leave(guc, q->on);
		sched_finish_disable(guc, q);
		return;
	}
	want_preemption(guc, q->on);
}

void sched_resume(struct guc *guc, struct engine *e)
{
	(void)guc;
	if (e->state == ENGINE_FAULTED || e->state == ENGINE_WAIT)
		e->state = ENGINE_READY;
}

static void stopped(struct guc *guc, struct engine *e, enum engine_stop stop)
{
	struct model *m = guc->m;
	struct queue *q = slot_of(guc, e)->queue;

	switch (stop) {
	case STOP_BUDGET:
		break;
	case STOP_IDLE:
	case STOP_PREEMPTED:
		leave(guc, e);
		if (q->disabling)
			sched_finish_disable(guc, q);
		else if (stop == STOP_PREEMPTED)
			list_append(guc, q);
		break;
	case STOP_WAIT:
		e->state = ENGINE_WAIT;
		break;
	case STOP_FAULT:
		e->state = e->fault_lane == NO_LANE ? ENGINE_FAULTED : ENGINE_READY;
		e->preempt = q->disabling;
		fault_report(guc, e);
		break;
	case STOP_CAT:
		sched_kill(guc, e);
		break;
	case STOP_HUNG:
		obs_event(m, EV_ENGINE_HUNG, q->id, e->index);
		engine_log_recent(m, e);
		e->state = ENGINE_HUNG;
		break;
	}
}

/* a disable that arrives while the engine computes finds it faulted one slice later */
static void settle_disable(struct guc *guc, struct engine *e)
{
	struct queue *q = slot_of(guc, e)->queue;

	if (q && q->disabling && e->faults)
		sched_disable(guc, q);
}

static u64 quantum_end(struct guc *guc, const struct engine *e)
{
	const struct slot *slot = slot_of(guc, e);

	return slot->queue->quantum_us ? slot->since + slot->queue->quantum_us * NSEC_PER_USEC :
					 TIME_NEVER;
}

/* must the loaded queue make room for one that waits? */
static void consider_preemption(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;
	struct queue *q = slot_of(guc, e)->queue, *other;

	if (!q || e->preempt || e->faults)
		return;
	other = best_ready(guc, e);
	if (!other || other->priority > q->priority)
		return;
	if (other->priority < q->priority || model_now(m) >= quantum_end(guc, e))
		want_preemption(guc, e);
}

static u64 preempt_end(struct guc *guc, const struct engine *e)
{
	const struct slot *slot = slot_of(guc, e);

	if (!slot->queue || !e->preempt || !slot->queue->preempt_us)
		return TIME_NEVER;
	return slot->preempt_at + slot->queue->preempt_us * NSEC_PER_USEC;
}

static void consider_reset(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;
	bool stuck = slot_of(guc, e)->tried || e->state == ENGINE_HUNG;

	if (e->preempt && stuck && model_now(m) >= preempt_end(guc, e))
		engine_reset(guc, e);
}

static void run_slice(struct guc *guc, struct engine *e)
{
	struct model *m = guc->m;

	if (e->state == ENGINE_WAIT && model_now(m) >= e->wake_at)
		e->state = ENGINE_READY;
	if (e->state != ENGINE_READY || !slot_of(guc, e)->queue)
		return;
	if (e->preempt)
		slot_of(guc, e)->tried = true;
	stopped(guc, e, engine_run(m, e, SLICE_UNITS));
	settle_disable(guc, e);
}

bool sched_step(struct guc *guc)
{
	struct engine *e;
	struct queue *q;
	bool more = false;
	u32 i;

	for (i = 0; i < guc->num_engines; i++) {
		e = &guc->engines[i];
		consider_preemption(guc, e);
		run_slice(guc, e);
		consider_reset(guc, e);
		if (!slot_of(guc, e)->queue && (q = best_ready(guc, e)))
			load(guc, e, q);
		more |= e->state == ENGINE_READY;
	}
	return more;
}

static u64 engine_deadline(struct guc *guc, struct engine *e)
{
	struct queue *q = slot_of(guc, e)->queue;
	u64 first = preempt_end(guc, e), end;

	if (!q)
		return TIME_NEVER;
	if (e->state == ENGINE_WAIT && e->wake_at < first)
		first = e->wake_at;
	if (!e->faults && !e->preempt && best_ready(guc, e)) {
		end = quantum_end(guc, e);
		if (end < first)
			first = end;
	}
	return first;
}

u64 sched_deadline(struct guc *guc)
{
	u64 first = TIME_NEVER, next;
	u32 i;

	for (i = 0; i < guc->num_engines; i++) {
		next = engine_deadline(guc, &guc->engines[i]);
		if (next < first)
			first = next;
	}
	return first;
}

void sched_reset(struct guc *guc)
{
	struct engine *e;
	u32 i;

	for (i = 0; i < guc->num_engines; i++) {
		e = &guc->engines[i];
		if (slot_of(guc, e)->queue)
			unload(guc, e);
		context_abandon(e);
		e->state = ENGINE_IDLE;
	}
	while (guc->ready_first)
		list_remove(guc, guc->ready_first);
}
