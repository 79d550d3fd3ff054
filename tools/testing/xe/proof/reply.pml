/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Faults from the G2H message to the reply: queue, worker, waiter, shortage of
 * memory, GT resets.
 *
 * Claims: a reply names a fault that this GuC has reported and that has had none; as
 * soon as nothing moves any more, every fault has had its reply or was ended by a GT
 * reset. Bounds: FAULTS faults, RESETS resets, one queue, one waiter; memory may be
 * short any number of times.
 */

#include "model.h"

#ifndef FAULTS
#define FAULTS	2
#endif
#ifndef RESETS
#define RESETS	2
#endif

CLAIM_NAME(reply_to_fault_not_reported);
CLAIM_NAME(fault_replied_to_twice);
CLAIM_NAME(fault_unanswered);

/* model: a fault as the GuC sees it */
#define UNRAISED	0
#define REPORTED	1
#define REPLIED		2
#define ENDED		3	/* by a reset */
byte fault[FAULTS];		/* model: state of each fault */

/* 1 from xe_guc_ct_enable() to xe_guc_ct_stop() */
bit ct_state = 1;		/* code: xe_guc_ct_types.h xe_guc_ct.state */
bit fast_lock;			/* code: xe_guc_ct_types.h xe_guc_ct.fast_lock */
bit ct_lock;			/* code: xe_guc_ct_types.h xe_guc_ct.lock */

byte pf_epoch;			/* code: xe_gt_types.h xe_gt.usm.pf_epoch */
bit pf_resetting;		/* code: xe_gt_types.h xe_gt.usm.pf_resetting */

bit pf_queue_lock;		/* code: xe_gt_types.h pf_queue.lock */
chan pf_queue = [FAULTS] of { byte };	/* code: xe_gt_types.h xe_gt.usm.pf_queue */
bit starved;			/* code: xe_gt_types.h pf_queue.starved */
bit worker;			/* code: xe_gt_types.h pf_queue.worker */
bit again;			/* code: xe_gt_types.h pf_queue.again */

chan deferred = [FAULTS] of { byte, byte };	/* model: faults that wait, with their epoch */

/* code: xe_fault_reply.c */
inline xe_fault_replies_send(id, epoch)
{
#ifdef MISTAKE_EPOCH_COMPARED_BEFORE_LOCK
	if
	:: pf_epoch == epoch -> LOCK(ct_lock)
	:: else -> goto sent
	fi;
#else
	LOCK(ct_lock);
#endif
	if
#if defined(MISTAKE_REPLY_ACROSS_RESET) || \
	defined(MISTAKE_EPOCH_COMPARED_BEFORE_LOCK)
	:: ct_state ->
#else
	:: ct_state && pf_epoch == epoch ->
#endif
		/* A lost message is a matter of the CT, and ends in a reset */
		atomic {
			CLAIM(fault[id] != REPLIED, fault_replied_to_twice);
			CLAIM(fault[id] == REPORTED,
			      reply_to_fault_not_reported);
			fault[id] = REPLIED
		}
	:: else
	fi;
#ifdef MISTAKE_EPOCH_COMPARED_BEFORE_LOCK
	UNLOCK(ct_lock);
sent:	skip
#else
	UNLOCK(ct_lock)
#endif
}

/* code: xe_fault_queue.c */
inline requeue(id, epoch)
{
	LOCK(pf_queue_lock);
#ifdef MISTAKE_REQUEUE_COMPARES_EPOCH_FIRST
	same = pf_epoch == epoch;
	same = same && !pf_resetting;
#else
#ifdef MISTAKE_REQUEUE_DURING_RESET
	same = 1;
#else
	/* The acquire of pf_resetting orders these two */
	same = !pf_resetting;
#endif
	same = same && pf_epoch == epoch;
#endif
	if
	:: same ->
		pf_queue!id;
		starved = 1;
#ifndef MISTAKE_LOST_REQUEUE
		again = 1
#endif
	:: else
	fi;
	same = 0;
	UNLOCK(pf_queue_lock)
}

/* A copy of the fault for a waiter, or back into the queue. code: xe_fault_queue.c */
inline defer(id, epoch)
{
	if
	:: deferred!id,epoch
	:: /* no memory */
#ifndef MISTAKE_LOST_DEFERRAL
		requeue(id, epoch)
#else
		skip
#endif
	fi
}

/* Served, refused or left to a waiter. code: xe_fault_queue.c */
inline queue_block(id, epoch)
{
	if
	:: xe_fault_replies_send(id, epoch)
#ifdef MISTAKE_DEFERRED_AND_REPLIED
		; defer(id, epoch)
#endif
	:: defer(id, epoch)
	fi
}

/* code: xe_fault_queue.c */
inline get_pagefaults(id, epoch, nr)
{
	LOCK(pf_queue_lock);
	epoch = pf_epoch;
	atomic {
		if
		:: pf_queue?id -> nr = 1
		:: empty(pf_queue) -> nr = 0
		fi
	};
	UNLOCK(pf_queue_lock)
}

/* code: xe_fault_queue.c */
active proctype pf_queue_work_func()
{
	byte id, epoch;
	bit nr, same;

end:	do
	:: atomic { worker -> worker = 0 };
		starved = 0;
		do
		:: starved -> break
		:: else ->
			get_pagefaults(id, epoch, nr);
			if
			:: nr -> queue_block(id, epoch)
			:: else -> break
			fi;
			id = 0; epoch = 0; nr = 0
		od
	od
}

/* The timer of a queue that rests. code: xe_fault_queue.c */
active proctype pf_queue_again_func()
{
end:	do
	:: atomic { again -> again = 0; worker = 1 }
	od
}

/* A waiter. code: xe_fault_queue.c */
active proctype deferred_run()
{
	byte id, epoch;
	bit same;

end:	do
	:: deferred?id,epoch ->
		if
		:: xe_fault_replies_send(id, epoch)
		:: requeue(id, epoch)
		fi;
		id = 0; epoch = 0
	od
}

/* The GuC reports each fault once. code: xe_gt_pagefault.c */
active proctype xe_guc_pagefault_handler()
{
	byte id = 0;

	do
	:: id < FAULTS ->
		/* The handler runs with the CT's lock held, of messages to be read */
		atomic {
			ct_state && !fast_lock -> fast_lock = 1;
			fault[id] = REPORTED
		};
		LOCK(pf_queue_lock);
		pf_queue!id;
		worker = 1;
		UNLOCK(pf_queue_lock);
		UNLOCK(fast_lock);
		id++
	:: id == FAULTS -> break
	od
}

/* code: xe_gt_pagefault.c */
inline xe_gt_pagefault_reset()
{
#ifdef MISTAKE_EPOCH_BEFORE_QUEUES
	pf_epoch++;
#endif
	pf_resetting = 1;
	LOCK(pf_queue_lock);
	do
	:: pf_queue?_
	:: empty(pf_queue) -> break
	od;
	UNLOCK(pf_queue_lock);
#ifndef MISTAKE_EPOCH_BEFORE_QUEUES
	pf_epoch++;
#endif
	pf_resetting = 0
}

/* Waits for handlers of messages. code: xe_guc_ct.c */
inline xe_guc_ct_stop()
{
	LOCK(ct_lock);
	LOCK(fast_lock);
	ct_state = 0;
	UNLOCK(fast_lock);
	UNLOCK(ct_lock)
}

/* The GuC is loaded anew and knows of no fault. code: xe_gt.c */
inline do_gt_reset()
{
	d_step {
		id = 0;
		do
		:: id < FAULTS ->
			if
			:: fault[id] == REPORTED -> fault[id] = ENDED
			:: else
			fi;
			id++
		:: else -> break
		od;
		id = 0
	}
}

/* code: xe_gt.c */
active proctype gt_reset()
{
	byte nr = 0, id;

	do
	:: nr < RESETS ->
#ifdef MISTAKE_QUEUES_RESET_BEFORE_STOP
		xe_gt_pagefault_reset();
		xe_guc_ct_stop();
#else
		xe_guc_ct_stop();
		xe_gt_pagefault_reset();
#endif
		do_gt_reset();
		/* do_gt_restart() enables the CT */
		LOCK(ct_lock);
		ct_state = 1;
		UNLOCK(ct_lock);
		nr++
	:: break
	od
}

/* model: looks when nothing moves any more */
active proctype quiescence()
{
	byte id;

	timeout;
	do
	:: id < FAULTS ->
		CLAIM(fault[id] != REPORTED, fault_unanswered);
		id++
	:: else -> break
	od
}
