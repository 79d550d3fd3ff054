// SPDX-License-Identifier: GPL-2.0
/*
 * The command transport: two rings in the GGTT. Nothing to the host is ever dropped: a message waits for its
 * time in `delayed`, for room in `backlog`, and while too many wait, no new request is taken.
 */
#include <stdlib.h>
#include <string.h>

#include "guc/state.h"
#include "inject/inject.h"
#include "model.h"
#include "obs/obs.h"

#define REQUESTS_PER_STEP 32u
#define BACKLOG_MAX 1024u
#define ROOM_POLL_NS (50 * NSEC_PER_USEC)

void ct_reset(struct guc *guc)
{
	if (guc->backlog.last) {
		outbox_clear(&guc->backlog);
		outbox_clear(&guc->delayed);
	}
	outbox_init(&guc->backlog);
	outbox_init(&guc->delayed);
	memset(&guc->h2g, 0, sizeof(guc->h2g));
	memset(&guc->g2h, 0, sizeof(guc->g2h));
	guc->ct_enabled = guc->ct_broken = guc->doorbell = false;
}

static void ct_break(struct guc *guc, const struct ctb *ctb, u32 status, const char *what)
{
	struct model *m = guc->m;

	obs_guest_error(m, what, status);
	guc_write(guc, ctb->desc + CTB_DESC_STATUS, &status, sizeof(status));
	guc->ct_broken = true;
}

static struct outgoing *outgoing_new(struct guc *guc, u64 due, const u32 *dw, u32 num, u32 fence)
{
	struct model *m = guc->m;
	struct outgoing *msg = malloc(sizeof(*msg) + (num + 1) * sizeof(*dw));

	model_assert(m, msg && num < MSG_MAX_DWORDS);
	msg->due = due;
	msg->passed = false;
	msg->len = num + 1;
	msg->dw[0] = fence << 16 | num;
	memcpy(msg->dw + 1, dw, num * sizeof(*dw));
	return msg;
}

static void enqueue(struct guc *guc, struct outgoing *msg)
{
	struct model *m = guc->m;

	if (msg->due > model_now(m))
		outbox_insert(&guc->delayed, msg);
	else
		outbox_append(&guc->backlog, msg);
}

static void send(struct guc *guc, u64 due, const u32 *dw, u32 num, u32 fence)
{
	enqueue(guc, outgoing_new(guc, due, dw, num, fence));
}

static bool any_passed(const struct outbox *box, u32 action)
{
	const struct outgoing *msg;

	for (msg = box->first; msg; msg = msg->next)
		if (msg->passed && HXG_ACTION(msg->dw[1]) == action)
			return true;
	return false;
}

/* one message of this action has been sent, due then: those that let it pass follow */
static void send_passed(struct guc *guc, u32 action, u64 due)
{
	struct model *m = guc->m;
	struct outbox all = guc->delayed;
	struct outgoing *msg;

	outbox_init(&guc->delayed);
	while (all.first) {
		msg = outbox_take(&all);
		if (msg->passed && HXG_ACTION(msg->dw[1]) == action) {
			msg->passed = false;
			msg->due = due;
			obs_event(m, EV_G2H_PASSED, action, 0);
			enqueue(guc, msg);
		} else {
			outbox_insert(&guc->delayed, msg);
		}
	}
}

static struct outgoing *event_new(struct guc *guc, u64 due, u32 action, const u32 *payload, u32 num)
{
	struct model *m = guc->m;
	u32 dw[16] = { HXG_MAKE(HXG_EVENT) | action };

	model_assert(m, num < ARRAY_SIZE(dw));
	memcpy(dw + 1, payload, num * sizeof(*payload));
	return outgoing_new(guc, due, dw, num + 1, 0);
}

void ct_event_at(struct guc *guc, u64 due, u32 action, const u32 *payload, u32 num)
{
	if (!guc->ct_enabled)
		return;
	enqueue(guc, event_new(guc, due, action, payload, num));
	if (any_passed(&guc->delayed, action))
		send_passed(guc, action, due);
}

void ct_event_passed(struct guc *guc, u32 action, const u32 *payload, u32 num)
{
	struct model *m = guc->m;
	struct outgoing *msg;

	if (!guc->ct_enabled)
		return;
	msg = event_new(guc, model_now(m) + HOLD_NS, action, payload, num);
	msg->passed = true;
	enqueue(guc, msg);
}

void ct_event(struct guc *guc, u32 action, const u32 *payload, u32 num)
{
	ct_event_at(guc, 0, action, payload, num);
}

/* fast requests are answered only when they fail */
static void respond(struct guc *guc, const struct request *rq, u32 fence, u32 error)
{
	u32 dw = error ? HXG_MAKE(HXG_FAILURE) | error : HXG_MAKE(HXG_SUCCESS) | (rq->data0 & HXG_AUX);

	if (error || HXG_TYPE(rq->dw[0]) == HXG_REQUEST)
		send(guc, 0, &dw, 1, fence);
}

static const struct {
	u32 action;
	enum ev ev;
} counted[] = {
	{ ACTION_SCHED_CONTEXT, EV_H2G_SUBMIT },
	{ ACTION_SCHED_MODE_SET, EV_H2G_SCHED_MODE },
	{ ACTION_PAGE_FAULT_ANSWER, EV_H2G_FAULT_ANSWER },
	{ ACTION_TLB_INVALIDATION, EV_H2G_TLB_INVAL },
	{ ACTION_PAGE_FAULT, EV_G2H_FAULT },
	{ ACTION_TLB_INVALIDATION_DONE, EV_G2H_TLB_ACK },
	{ ACTION_SCHED_MODE_DONE, EV_G2H_SCHED_DONE },
};

/* msg is a whole message, transport header first */
static void count(struct guc *guc, enum ev ev, const u32 *msg)
{
	struct model *m = guc->m;
	u32 num = CTB_NUM_DWORDS(msg[0]), i;
	bool event = HXG_TYPE(msg[1]) == HXG_EVENT;

	obs_event(m, ev, msg[1] | (u64)guc->gt << 32, (num > 1 ? msg[2] : 0) | (u64)(num > 2 ? msg[3] : 0) << 32);
	if (guc->gt == GT_MEDIA)
		obs_add(m, ev == EV_H2G ? EV_H2G_MEDIA : EV_G2H_MEDIA, 1);
	for (i = 0; i < ARRAY_SIZE(counted); i++)
		if ((ev == EV_H2G || event) && HXG_ACTION(msg[1]) == counted[i].action)
			obs_add(m, counted[i].ev, 1);
}

static void die(struct guc *guc)
{
	obs_event(guc->m, EV_GUC_DEAD, guc->gt, 0);
	guc->dead = true;
	c6_look(guc);
}

static void take(struct guc *guc, const u32 *msg, handle_fn *handle)
{
	struct model *m = guc->m;
	struct request rq = { .dw = msg + 1, .len = CTB_NUM_DWORDS(msg[0]) };
	u32 type = HXG_TYPE(msg[1]);

	if (CTB_FORMAT(msg[0]) || msg[1] & HXG_ORIGIN_GUC ||
	    (type != HXG_REQUEST && type != HXG_FAST_REQUEST)) {
		ct_break(guc, &guc->h2g, CTB_STATUS_MISMATCH, "H2G message is no request");
		return;
	}
	count(guc, EV_H2G, msg);
	if (inject_fire(m, KNOB_guc_dies)) {
		die(guc);
		return;
	}
	respond(guc, &rq, CTB_FENCE(msg[0]), handle(guc, &rq, true));
}

/* dwords the host has written and we have not read; false: descriptor is not usable */
static bool h2g_avail(struct guc *guc, u32 *tail, u32 *avail)
{
	struct ctb *h2g = &guc->h2g;

	if (!guc_read(guc, h2g->desc + CTB_DESC_TAIL, tail, sizeof(*tail)))
		return false;
	if (*tail >= h2g->size) {
		ct_break(guc, h2g, CTB_STATUS_OVERFLOW, "H2G tail outside the ring");
		return false;
	}
	*avail = (*tail + h2g->size - h2g->pos) % h2g->size;
	return true;
}

static void set_head(struct guc *guc, u32 head)
{
	struct ctb *h2g = &guc->h2g;

	h2g->pos = head % h2g->size;
	guc_write(guc, h2g->desc + CTB_DESC_HEAD, &h2g->pos, sizeof(h2g->pos));
}

/* one message, or the zeroes the host puts where a message would not fit; false: nothing there */
static bool receive_one(struct guc *guc, handle_fn *handle)
{
	struct ctb *h2g = &guc->h2g;
	u32 msg[MSG_MAX_DWORDS], tail, avail, len;

	if (!h2g_avail(guc, &tail, &avail) || !avail ||
	    !guc_read(guc, h2g->addr + h2g->pos * 4ull, msg, 4))
		return false;
	len = CTB_NUM_DWORDS(msg[0]) + 1;
	if (!msg[0] && tail < h2g->pos) {
		set_head(guc, 0);
		return true;
	}
	if (len < 2 || len > avail || h2g->pos + len > h2g->size) {
		ct_break(guc, h2g, CTB_STATUS_UNDERFLOW, "H2G message truncated");
		return false;
	}
	if (!guc_read(guc, h2g->addr + h2g->pos * 4ull, msg, len * 4))
		return false;
	set_head(guc, h2g->pos + len);
	take(guc, msg, handle);
	return true;
}

bool ct_congested(struct guc *guc)
{
	return guc->backlog.num >= BACKLOG_MAX;
}

bool ct_receive(struct guc *guc, handle_fn *handle)
{
	u32 i;

	for (i = 0; i < REQUESTS_PER_STEP; i++) {
		if (guc->dead || !guc->ct_enabled || guc->ct_broken || !guc->doorbell || ct_congested(guc))
			return false;
		if (!receive_one(guc, handle))
			guc->doorbell = false;
	}
	return guc->doorbell;
}

static bool write_wrapped(struct guc *guc, const u32 *dw, u32 num)
{
	struct ctb *g2h = &guc->g2h;
	u32 run = g2h->size - g2h->pos;

	if (run > num)
		run = num;
	if (!guc_write(guc, g2h->addr + g2h->pos * 4ull, dw, run * 4))
		return false;
	return guc_write(guc, g2h->addr, dw + run, (num - run) * 4);
}

/* false: no room, or nowhere to write */
static bool deliver(struct guc *guc, const struct outgoing *msg)
{
	struct ctb *g2h = &guc->g2h;
	u32 head, room;

	if (!guc_read(guc, g2h->desc + CTB_DESC_HEAD, &head, sizeof(head)))
		return false;
	if (head >= g2h->size) {
		ct_break(guc, g2h, CTB_STATUS_OVERFLOW, "G2H head outside the ring");
		return false;
	}
	room = (head + g2h->size - g2h->pos - 1) % g2h->size;
	if (msg->len > room)
		return false;
	if (!write_wrapped(guc, msg->dw, msg->len))
		return false;
	g2h->pos = (g2h->pos + msg->len) % g2h->size;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return guc_write(guc, g2h->desc + CTB_DESC_TAIL, &g2h->pos, sizeof(g2h->pos));
}

void ct_flush(struct guc *guc)
{
	struct model *m = guc->m;
	u64 now = model_now(m);
	struct outgoing *msg;
	bool any = false;

	while (guc->delayed.first && guc->delayed.first->due <= now)
		outbox_append(&guc->backlog, outbox_take(&guc->delayed));
	while (guc->backlog.first && !guc->ct_broken) {
		msg = guc->backlog.first;
		if (!deliver(guc, msg)) {
			obs_add(m, EV_G2H_FULL, 1);
			break;
		}
		count(guc, EV_G2H, msg->dw);
		free(outbox_take(&guc->backlog));
		any = true;
	}
	if (any)
		m->port->raise(m, GUC_IRQ_BANK, guc->desc->irq_bit, CLASS_OTHER,
			       guc->desc->irq_instance, GUC_IRQ_GUC2HOST);
}

u64 ct_deadline(struct guc *guc)
{
	struct model *m = guc->m;

	if (guc->ct_broken)
		return TIME_NEVER;
	if (guc->backlog.first)
		return model_now(m) + ROOM_POLL_NS;
	return guc->delayed.first ? guc->delayed.first->due : TIME_NEVER;
}
