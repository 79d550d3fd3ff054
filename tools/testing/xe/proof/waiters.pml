/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The threads that wait: work, threads made for it, idle ones, those that retire or end.
 *
 * Claims: all work is run, each piece once, although any piece may wait for ever; when
 * the module goes no thread is left.
 *
 * Bounds: WORK pieces of work, THREADS threads, of which the last may be in vain; a
 * thread may find once that it does not fit; threads are made in vain once; an idle
 * thread may be ended at any time; EXIT ends the module, and no work waits for ever.
 */

#include "model.h"

#ifndef WORK
#define WORK	2
#endif
#ifndef THREADS
#define THREADS	3
#endif

CLAIM_NAME(work_never_run);
CLAIM_NAME(work_run_twice);
CLAIM_NAME(work_for_ended_thread);
CLAIM_NAME(thread_left);

byte run_count[WORK];		/* model: how often each piece was run */

/* model: the spinlock of all is taken by atomic sequences */
chan queue = [WORK] of { byte };	/* code: xe_fault_waiter.c waiters.queue */
byte nr_queued;			/* code: xe_fault_waiter.c waiters.nr_queued */
byte nr_new;			/* code: xe_fault_waiter.c waiters.nr_new */
byte nr_threads;		/* code: xe_fault_waiter.c waiters.nr_threads */
bit make;			/* code: xe_fault_waiter.c waiters.make */
bit reap_queued;		/* model: waiters.reap is queued, or its timer runs */
bit exiting;			/* model: xe_fault_waiter_module_exit() */

/* model: lists of threads by a bit each, the numbers are those of threads */
bit idle[THREADS];		/* code: xe_fault_waiter.c waiters.idle */
bit retired[THREADS];		/* code: xe_fault_waiter.c waiters.retired */
byte wait[THREADS];		/* code: xe_fault_waiter.c waiter.wait */
bit is_new[THREADS];		/* code: xe_fault_waiter.c waiter.is_new */
bit ends[THREADS];		/* code: xe_fault_waiter.c waiter.ends */
bit should_stop[THREADS];	/* model: kthread_should_stop() */
bit asleep[THREADS];		/* model: set by set_current_state(), cleared by a wake-up */
bit gone[THREADS];		/* model: the thread has returned */
byte created;			/* model: how many threads were made */

/* code: xe_fault_waiter.c */
inline queue_add(work)
{
	queue!work;
	nr_queued++;
	make = 1
}

/* code: xe_fault_waiter.c */
inline waiter_take()
{
	atomic {
		if
#ifndef MISTAKE_NEW_COUNTED_FOR_EVER
		:: is_new[me] -> nr_new--
#endif
		:: else
		fi;
		is_new[me] = 0;
		work = wait[me];
		wait[me] = 0;
		if
		:: !work && !ends[me] ->
			idle[me] = 0;
			if
			:: nempty(queue) -> queue?work; nr_queued--
			:: empty(queue) -> idle[me] = 1; reap_queued = 1
			fi
		:: else
		fi
	}
}

/* code: xe_fault_waiter.c */
inline waiter_next()
{
	do
	:: !should_stop[me] ->
#ifdef MISTAKE_STATE_SET_AFTER_LOOK
		waiter_take();
		asleep[me] = 1;
#else
		asleep[me] = 1;
		waiter_take();
#endif
		if
		:: work -> asleep[me] = 0; break
		:: else
		fi;
		if
		:: !should_stop[me] ->
end_sleep:		!asleep[me]
		:: else
		fi
	:: should_stop[me] -> break
	od;
	asleep[me] = 0
}

/* code: xe_fault_waiter.c */
inline waiter_retire()
{
	atomic {
#ifndef MISTAKE_RETIRED_WITH_WORK
		queue_add(work);
#endif
		work = 0;
		retired[me] = 1;
		reap_queued = 1
	};
	do
	:: !should_stop[me] ->
		asleep[me] = 1;
		if
		:: !should_stop[me] ->
end_retired:		!asleep[me]
		:: else
		fi
	:: should_stop[me] -> break
	od
}

/* code: xe_fault_waiter.c */
proctype waiter_main(byte me)
{
	byte work;
	bit fits;

	do
	:: waiter_next();
		if
		:: work ->
			/* xe_svm_owner_fits(): the first thread may not */
			if
			:: fits = 1
			:: me == 0 && THREADS > WORK -> fits = 0
			fi;
			if
			:: fits ->
				/* waiter_run() */
				atomic {
					run_count[work - 1]++;
					CLAIM(run_count[work - 1] == 1, work_run_twice);
					work = 0
				};
#ifndef EXIT
				if
				:: true
				:: true ->
end_wait:				false	/* for user space, for ever */
				fi
#else
				skip
#endif
			:: else -> waiter_retire(); break
			fi
		:: else -> break
		fi
	od;
	gone[me] = 1
}

/* code: xe_fault_waiter.c */
inline waiter_create()
{
	if
	:: created < THREADS ->
		is_new[created] = 1;
		atomic { nr_new++; nr_threads++ };
		atomic { run waiter_main(created); created++ }
	:: !in_vain -> in_vain = 1; failed = 1
	fi
}

/* A work item: one at a time. code: xe_fault_waiter.c */
active proctype waiters_make()
{
	bit failed, in_vain;

end:	do
	:: atomic { make -> make = 0 };
		do
#ifdef MISTAKE_ONE_THREAD
		:: nr_queued > nr_new && !nr_threads ->
#else
		:: nr_queued > nr_new ->
#endif
			waiter_create();
			if
			:: failed ->
				failed = 0;
#ifndef MISTAKE_THREADS_IN_VAIN
				make = 1;	/* by a timer */
#endif
				break
			:: else
			fi
		:: else -> break
		od
	od
}

/* Idle for long enough, or all. code: xe_fault_waiter.c */
inline reap_next()
{
	atomic {
		waiter = 0;
		do
		:: waiter == THREADS -> break
		:: waiter < THREADS && (retired[waiter] || idle[waiter]) ->
			retired[waiter] = 0;
#ifndef MISTAKE_ENDS_WHILE_IDLE
			idle[waiter] = 0;
#endif
			ends[waiter] = 1;
			break
		:: else -> waiter++
		od
	}
}

/* code: xe_fault_waiter.c */
inline reap()
{
	do
	:: reap_next();
		if
		:: waiter == THREADS -> break
		:: else ->
			/* kthread_stop() */
			atomic { should_stop[waiter] = 1; asleep[waiter] = 0 };
			gone[waiter];
			atomic {
				CLAIM(!wait[waiter], work_for_ended_thread);
				idle[waiter] = 0;
				nr_threads--
			}
		fi
	od
}

/* code: xe_fault_waiter.c */
active proctype waiters_reap()
{
	byte waiter;

end:	do
	:: atomic { reap_queued -> reap_queued = 0 };
		reap();
		waiter = 0
	od
}

/* Of the worker of a fault queue: never waits. code: xe_fault_waiter.c */
inline xe_fault_waiter_queue(work)
{
	atomic {
		i = 0;
		do
		:: i < THREADS && idle[i] ->
			idle[i] = 0;
			wait[i] = work;
			asleep[i] = 0;
			break
		:: i < THREADS && !idle[i] -> i++
		:: else -> queue_add(work); break
		od;
		i = 0
	}
}

/* model: a worker defers its faults */
active proctype worker()
{
	byte nr, i;

	do
	:: nr < WORK -> nr++; xe_fault_waiter_queue(nr)
	:: else -> break
	od;
#ifdef EXIT
	/* All VMs have been destroyed: there is no work. xe_fault_waiter_module_exit() */
	run_count[0] && run_count[1];
	do
	:: nr_threads -> reap_queued = 1; !reap_queued
	:: else -> break
	od
#endif
}

/* model: looks when nothing moves any more */
active proctype quiescence()
{
	byte nr;

	timeout;
	do
	:: nr < WORK ->
		CLAIM(run_count[nr], work_never_run);
		nr++
	:: else -> break
	od;
#ifdef EXIT
	CLAIM(!nr_threads, thread_left)
#endif
}
