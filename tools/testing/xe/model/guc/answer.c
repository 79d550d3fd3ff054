// SPDX-License-Identifier: GPL-2.0
/*
 * Answers to page faults on their way from the ring to the fault they belong to. They get there at once and
 * in order, unless a knob loses one, holds it back, lets the next one pass, or lets it arrive twice.
 */
#include <stdlib.h>
#include <string.h>

#include "guc/state.h"
#include "inject/inject.h"
#include "model.h"
#include "obs/obs.h"

static void insert(struct guc *guc, struct answer *answer)
{
	struct answer **at = &guc->answers;

	while (*at && (*at)->due <= answer->due)
		at = &(*at)->next;
	answer->next = *at;
	*at = answer;
}

static void hold(struct guc *guc, const struct request *rq, u64 due, bool passed)
{
	struct model *m = guc->m;
	struct answer *answer = calloc(1, sizeof(*answer));

	model_assert(m, answer && rq->len <= ARRAY_SIZE(answer->dw));
	answer->due = due;
	answer->passed = passed;
	memcpy(answer->dw, rq->dw, rq->len * sizeof(*rq->dw));
	insert(guc, answer);
}

static void reach(struct guc *guc, const u32 *dw)
{
	bool refused;
	struct engine *e = fault_answer(guc, dw, &refused);

	if (!e)
		return;
	if (refused)
		sched_kill(guc, e);
	else
		sched_resume(guc, e);
}

static void arrive(struct guc *guc, const u32 *dw)
{
	struct model *m = guc->m;

	reach(guc, dw);
	if (inject_fire(m, KNOB_dup_reply))
		reach(guc, dw);
}

/* those that let one pass have waited for this one */
static void hurry(struct guc *guc)
{
	struct model *m = guc->m;
	struct answer **at = &guc->answers, *answer;
	struct answer *first = NULL, **last = &first;

	while ((answer = *at)) {
		if (!answer->passed) {
			at = &answer->next;
			continue;
		}
		*at = answer->next;
		answer->next = NULL;
		*last = answer;
		last = &answer->next;
	}
	while ((answer = first)) {
		first = answer->next;
		obs_event(m, EV_FAULT_ANSWER_PASSED, ANSWER_COOKIE(answer->dw[2]), 0);
		arrive(guc, answer->dw);
		free(answer);
	}
}

u32 answer_request(struct guc *guc, struct request *rq)
{
	struct model *m = guc->m;
	u64 delay = inject_get(m, KNOB_delay_reply_us) * NSEC_PER_USEC;

	if (inject_fire(m, KNOB_drop_reply))
		return GUC_OK;
	if (inject_fire(m, KNOB_reorder_reply)) {
		hold(guc, rq, model_now(m) + HOLD_NS, true);
	} else if (delay) {
		hold(guc, rq, model_now(m) + delay, false);
	} else {
		arrive(guc, rq->dw);
		hurry(guc);
	}
	return GUC_OK;
}

void answers_due(struct guc *guc)
{
	struct model *m = guc->m;
	struct answer *answer;
	bool passed;

	while ((answer = guc->answers) && answer->due <= model_now(m)) {
		guc->answers = answer->next;
		passed = answer->passed;
		arrive(guc, answer->dw);
		free(answer);
		if (!passed)
			hurry(guc);
	}
}

u64 answers_deadline(struct guc *guc)
{
	return guc->answers ? guc->answers->due : TIME_NEVER;
}

void answers_reset(struct guc *guc)
{
	struct answer *answer;

	while ((answer = guc->answers)) {
		guc->answers = answer->next;
		free(answer);
	}
}
