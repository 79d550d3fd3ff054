/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a GuC, one per GT; only guc/ looks inside. Each of its files calls only later ones:
 * load.c firmware, resets and the step, action.c the requests of the host, queue.c the life of a
 * context as GuC sees it, answer.c answers to page faults, sched.c engines and their queues, fault.c
 * page faults, invalidate.c TLB invalidations, ct.c the command transport, outbox.c its queues,
 * power.c SLPC and friends, c6.c the state of rest, access.c registers and memory.
 */
#ifndef MODEL_GUC_STATE_H
#define MODEL_GUC_STATE_H

#include "engine/engine.h"
#include "guc/abi.h"
#include "guc/outbox.h"
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
	u8 generation; /* with the index it makes the cookie, so that late replies are recognised */
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
	/* immutable after guc_init */
	struct model *m;
	const struct gt_desc *desc; /* of the GT it serves */
	u32 gt;
	struct engine *engines; /* of that GT, in the model's array */
	u32 num_engines;

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
	struct slot *slots; /* per engine of its GT */

	struct fault_record faults[FAULTS_MAX];
	u32 fault_next; /* where to look for a free one */
	u32 faults_now; /* in flight, copies not counted */

	struct answer *answers; /* sorted by due */
	struct invalidation *inval_first, **inval_last;

	u32 min_mhz, max_mhz; /* SLPC */

	bool rc_on; /* the GuC may put the GT to rest */
	bool held; /* a power well, by forcewake */
	bool resting; /* in C6 since it was looked at last */
	u64 looked, rested; /* ns */
};

/* access.c: registers of its GT, by their offset in the main GT */
u32 guc_reg_get(struct guc *guc, u32 off);
void guc_reg_set(struct guc *guc, u32 off, u32 val);

/* memory through the GGTT, any length; false: not reachable, logged */
bool guc_read(struct guc *guc, u64 addr, void *buf, size_t len);
bool guc_write(struct guc *guc, u64 addr, const void *buf, size_t len);

struct request {
	const u32 *dw; /* dw[0] is the HXG header */
	u32 len;
	u32 data0; /* of the success response */
};
/* its handler; 0 or a GuC error code */
typedef u32 handle_fn(struct guc *guc, struct request *rq, bool ct);

/* ct.c */
void ct_reset(struct guc *guc);
bool ct_receive(struct guc *guc, handle_fn *handle); /* true: more may be there */
void ct_flush(struct guc *guc); /* what is due and fits goes out */
u64 ct_deadline(struct guc *guc);
bool ct_congested(struct guc *guc);
void ct_event(struct guc *guc, u32 action, const u32 *payload, u32 num);
void ct_event_at(struct guc *guc, u64 due, u32 action, const u32 *payload, u32 num);
/* right behind the next event of this action, or alone when none comes in HOLD_NS */
void ct_event_passed(struct guc *guc, u32 action, const u32 *payload, u32 num);

/* action.c */
handle_fn action_handle;
const char *action_check(void);
void mmio_message(struct guc *guc);

/* queue.c */
u32 queue_register(struct guc *guc, struct request *rq);
u32 queue_deregister(struct guc *guc, struct request *rq);
u32 queue_set_policies(struct guc *guc, struct request *rq);
u32 queue_set_mode(struct guc *guc, struct request *rq);
u32 queue_submit(struct guc *guc, struct request *rq);
void queues_reset(struct guc *guc);

/* sched.c */
bool sched_step(struct guc *guc);
u64 sched_deadline(struct guc *guc);
void sched_wake(struct guc *guc, struct queue *q); /* may have work */
void sched_remove(struct guc *guc, struct queue *q); /* off the ready list */
void sched_disable(struct guc *guc, struct queue *q);
void sched_finish_disable(struct guc *guc, struct queue *q);
void sched_mode_done(struct guc *guc, struct queue *q); /* reported to the host */
void sched_resume(struct guc *guc, struct engine *e); /* fault answered */
void sched_kill(struct guc *guc, struct engine *e); /* CAT error: context is saved and dead */
void sched_reset(struct guc *guc);

/* fault.c */
void fault_report(struct guc *guc, struct engine *e);
void fault_abort(struct guc *guc, struct engine *e);
/* has arrived; the engine that goes on or, refused, loses its context, or NULL */
struct engine *fault_answer(struct guc *guc, const u32 *dw, bool *refused);
void faults_reset(struct guc *guc);

/* answer.c */
u32 answer_request(struct guc *guc, struct request *rq);
void answers_due(struct guc *guc);
u64 answers_deadline(struct guc *guc);
void answers_reset(struct guc *guc);

/* invalidate.c */
u32 invalidate_request(struct guc *guc, struct request *rq);
void invalidate_due(struct guc *guc);
u64 invalidate_deadline(struct guc *guc);
void invalidate_reset(struct guc *guc);

/* c6.c */
void c6_look(struct guc *guc);

/* power.c */
u32 slpc_request(struct guc *guc, struct request *rq);
u32 rc_request(struct guc *guc, struct request *rq);
u32 hwconfig_request(struct guc *guc, struct request *rq);

#endif
