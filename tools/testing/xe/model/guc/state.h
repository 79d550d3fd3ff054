/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The GuC's own state; only guc/ looks inside. Files: load.c firmware and resets, ct.c the command transport,
 * action.c what the host may ask for, queue.c the life of a context as GuC sees it, sched.c who runs where,
 * fault.c page faults, invalidate.c TLB invalidations, power.c SLPC and friends, c6.c the state of rest.
 */
#ifndef MODEL_GUC_STATE_H
#define MODEL_GUC_STATE_H

#include "engine/engine.h"
#include "guc/abi.h"
#include "types.h"

#define GUC_IDS 65536u
#define MSG_MAX_DWORDS 256u
/* how long something that lets the next one pass waits for it */
#define HOLD_NS (20 * NSEC_PER_MSEC)

struct ctb {
	u64 addr, desc; /* GGTT */
	u32 size; /* dwords */
	u32 pos; /* our end: head of H2G, tail of G2H, in dwords */
};

/* a message to the host that waits for its time or for room in the ring */
struct outgoing {
	struct outgoing *next;
	u64 due;
	bool passed; /* lets the next of its action go first; due is only its patience */
	u32 len; /* dwords, with the transport header */
	u32 dw[];
};

struct outbox {
	struct outgoing *first, **last;
	u32 num;
};

enum queue_state { QUEUE_IDLE, QUEUE_READY, QUEUE_LOADED };

/* a context registered with the GuC */
struct queue {
	struct context hw;
	u32 id;
	u32 class, mask; /* GuC's class, logical engines it may run on */
	u32 priority, quantum_us, preempt_us;
	bool enabled;
	bool disabling; /* a disable waits until the context is off its engine */
	bool dead; /* lost by a reset or a CAT error; only registering anew revives it */

	enum queue_state state;
	struct engine *on; /* valid in QUEUE_LOADED */
	struct queue *prev, *next; /* ready list, valid in QUEUE_READY */
};

/* per engine, beside struct engine */
struct slot {
	struct queue *queue; /* loaded on it */
	u64 since; /* start of the time slice */
	u64 preempt_at; /* when the wish to preempt arose */
	bool tried; /* the engine ran since then */
};

#define FAULTS_MAX 4096u /* with the generation a cookie of 16 bits */

struct fault_record {
	bool used;
	bool copy; /* injected duplicate: nobody waits for its answer */
	u8 generation; /* with the index it makes the cookie, so that late answers are told apart */
	u32 engine, asid;
	u32 lane; /* of MI_PARALLEL_TOUCH, or NO_LANE */
	struct mmu_fault fault;
	u64 reported; /* ns */
};

/* injected: an answer that has not reached its fault yet */
struct answer {
	struct answer *next;
	u64 due;
	bool passed; /* as in struct outgoing */
	u32 dw[3]; /* the request */
};

struct invalidation {
	struct invalidation *next;
	u64 due;
	u32 len;
	u32 dw[8]; /* the request */
};

struct guc {
	bool running; /* firmware loaded */
	bool ct_enabled;
	bool ct_broken; /* protocol error, only a reset helps */
	bool dead; /* injected: neither it nor the engines move until a reset */
	bool doorbell; /* rung, H2G not yet found empty */
	struct ctb h2g, g2h;
	struct outbox delayed, backlog; /* delayed is sorted by due */

	struct queue **queues; /* by guc id, GUC_IDS */
	u32 num_queues;
	struct queue *ready_first, *ready_last;
	struct slot *slots; /* per engine */

	struct fault_record faults[FAULTS_MAX];
	u32 fault_next; /* where to look for a free one */
	u32 faults_now, faults_most; /* in flight, copies not counted */

	struct answer *answers; /* sorted by due */
	struct invalidation *inval_first, **inval_last;

	u32 min_mhz, max_mhz; /* SLPC */

	bool rc_on; /* the GuC may put the GT to rest */
	bool held; /* a power well, by forcewake */
	bool resting; /* in C6 since it was looked at last */
	u64 looked, rested; /* ns */
};

/* memory through the GGTT, any length; false: not reachable, said */
bool guc_read(struct model *m, u64 addr, void *buf, size_t len);
bool guc_write(struct model *m, u64 addr, const void *buf, size_t len);

/* load.c */
void guc_die(struct model *m);

/* ct.c */
void ct_reset(struct model *m);
bool ct_receive(struct model *m); /* true: more may be there */
void ct_flush(struct model *m); /* what is due and fits goes out */
u64 ct_deadline(struct model *m);
bool ct_congested(struct model *m);
void ct_event(struct model *m, u32 action, const u32 *payload, u32 num);
void ct_event_at(struct model *m, u64 due, u32 action, const u32 *payload, u32 num);
/* right behind the next event of this action, or alone when none comes in HOLD_NS */
void ct_event_passed(struct model *m, u32 action, const u32 *payload, u32 num);

/* action.c */
struct request {
	const u32 *dw; /* dw[0] is the HXG header */
	u32 len;
	u32 data0; /* of the success response */
};
/* 0 or a GuC error code */
u32 action_handle(struct model *m, struct request *rq, bool ct);
const char *action_check(void);
void mmio_message(struct model *m);

/* queue.c */
u32 queue_register(struct model *m, struct request *rq);
u32 queue_deregister(struct model *m, struct request *rq);
u32 queue_set_policies(struct model *m, struct request *rq);
u32 queue_set_mode(struct model *m, struct request *rq);
u32 queue_submit(struct model *m, struct request *rq);
void queue_finish_disable(struct model *m, struct queue *q);
void queues_reset(struct model *m);

/* sched.c */
bool sched_step(struct model *m);
u64 sched_deadline(struct model *m);
void sched_wake(struct model *m, struct queue *q); /* may have work */
void sched_remove(struct model *m, struct queue *q); /* off the ready list */
void sched_disable(struct model *m, struct queue *q);
void sched_resume(struct model *m, struct engine *e); /* fault answered */
void sched_kill(struct model *m, struct engine *e); /* CAT error: context is saved and dead */
void sched_reset(struct model *m);

/* fault.c */
void fault_report(struct model *m, struct engine *e);
void fault_abort(struct model *m, struct engine *e);
void fault_answer(struct model *m, const u32 *dw); /* has arrived */
void faults_reset(struct model *m);

/* answer.c */
u32 answer_request(struct model *m, struct request *rq);
void answers_due(struct model *m);
u64 answers_deadline(struct model *m);
void answers_reset(struct model *m);

/* invalidate.c */
u32 invalidate_request(struct model *m, struct request *rq);
void invalidate_due(struct model *m);
u64 invalidate_deadline(struct model *m);
void invalidate_reset(struct model *m);

/* c6.c */
void c6_look(struct model *m);

/* power.c */
u32 slpc_request(struct model *m, struct request *rq);
u32 rc_request(struct model *m, struct request *rq);
u32 hwconfig_request(struct model *m, struct request *rq);

#endif
