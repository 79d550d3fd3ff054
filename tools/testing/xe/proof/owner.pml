/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stays of waiters with a process: charge, kill, exit, close, unplug.
 *
 * Claims: allocations of a stay are charged to the process, and later ones are not; the
 * owner is found to have exited only when it has; once the process has exited, its mm is
 * freed, whatever its faults wait for; a VM that is closed, or whose device is unplugged,
 * finally has no stay; no wait of another VM is killed.
 *
 * Bounds: two waiters with STAYS stays each, for either of two VMs of one process, with
 * two waits each, which may never end; a reference of a worker, or of another holder,
 * on mm_users for a moment; the process exits or not; EXIT_OF_VM closes the first
 * VM or unplugs its device.
 */

#include "model.h"

#ifndef STAYS
#define STAYS	2
#endif

CLAIM_NAME(charged_to_nobody);
CLAIM_NAME(charged_after_stay);
CLAIM_NAME(gone_while_process_lives);
CLAIM_NAME(killed_for_another);
CLAIM_NAME(memory_of_dead_process_kept);
CLAIM_NAME(stay_after_end_of_vm);

/* model: two tasks, which are the waiters */
bit sigkill[2];			/* model: SIGKILL is pending */
bit active_memcg[2];		/* code: sched.h task_struct.active_memcg */

byte mm_users = 1;		/* code: mm_types.h mm_struct.mm_users */
bit exited;			/* model: the last task of the process has dropped the mm */

byte nr_stays;			/* code: xe_svm_owner.h xe_svm_owner.nr_stays */
bit gone;			/* code: xe_svm_owner.h xe_svm_owner.gone */
byte stays[2];			/* code: xe_svm_owner.h xe_svm_owner.stays */
bit watch;			/* model: the work item of xe_svm_owner.c is queued */

bit closed;			/* model: the first VM is closed */
bit unplugged;			/* model: its device is unplugged */

/* Both spinlock sections. code: xe_svm_owner.c */
inline stays_kill(vm)
{
	d_step {
		if
		:: stays[0] && (!(vm) || stays[0] == (vm)) -> sigkill[0] = 1
		:: else
		fi;
		if
		:: stays[1] && (!(vm) || stays[1] == (vm)) -> sigkill[1] = 1
		:: else
		fi
	}
}

/* code: xe_svm_owner.c */
inline stay_begin()
{
	atomic {
		if
		:: gone || !mm_users -> mm_lives = 0
		:: else ->
			mm_users++;
			stays[me] = vm;
			nr_stays++;
			watch = 1;
			mm_lives = 1
		fi
	}
}

/* code: xe_svm_owner.c */
inline stay_end()
{
	atomic { stays[me] = 0; nr_stays-- }
}

/* code: xe_svm_owner.c */
inline xe_svm_owner_enter()
{
	stay_begin();
#ifndef MISTAKE_NOT_CHARGED
	active_memcg[me] = mm_lives
#endif
}

/* code: xe_svm_owner.c */
inline xe_svm_owner_leave()
{
#ifndef MISTAKE_CHARGED_FOR_EVER
	active_memcg[me] = 0;
#endif
#ifdef MISTAKE_SIGNAL_FLUSHED_EARLY
	sigkill[me] = 0;
#endif
#ifdef MISTAKE_MM_DROPPED_BEFORE_STAY
	mm_users--;
	stay_end();
#else
	stay_end();
	mm_users--;
#endif
#if !defined(MISTAKE_SIGNAL_FLUSHED_EARLY) && !defined(MISTAKE_SIGNAL_NOT_FLUSHED)
	sigkill[me] = 0
#endif
}

/* A wait for user space: it may never end by itself. code: xe_svm_populate.c */
inline xe_svm_populate_page()
{
	atomic { CLAIM(active_memcg[me], charged_to_nobody) };
	if
	:: true	/* answered */
	:: true ->
#ifdef MISTAKE_WAIT_NOT_KILLABLE
end_wait:	false
#else
end_wait:	sigkill[me];
		atomic {
			CLAIM(gone || vm == 1 && (closed || unplugged), killed_for_another)
		}
#endif
	fi
}

/* The first VM may have ended before. code: xe_svm_service.c */
inline service_run()
{
	if
#ifndef MISTAKE_NO_LOOK_AT_CLOSE
	:: vm == 1 && closed
#endif
#ifndef MISTAKE_NO_LOOK_AT_UNPLUG
	:: vm == 1 && unplugged
#endif
	:: else -> xe_svm_populate_page()
	fi
}

/* code: xe_fault_waiter.c */
inline waiter_run()
{
	xe_svm_owner_enter();
	if
	:: mm_lives ->
		/* Deferred faults: more than one wait in a stay */
		service_run();
		service_run();
		xe_svm_owner_leave()
	:: else
	fi;
	atomic { CLAIM(!active_memcg[me], charged_after_stay); mm_lives = 0; vm = 0 }
}

/* code: xe_fault_waiter.c */
proctype waiter_main(byte me)
{
	byte nr, vm;
	bit mm_lives;

	do
	:: nr < STAYS ->
		if
		:: vm = 1
		:: vm = 2
		fi;
		waiter_run();
		nr++
	:: else -> break
	od
}

/*
 * Ten times a second as long as there are stays. Rounds that change nothing are
 * left out. code: xe_svm_owner.c
 */
active proctype owner_watch()
{
end:	do
	:: atomic {
#ifdef MISTAKE_WATCHED_ONCE
		watch ->
#else
		watch && (!nr_stays || !gone && mm_users <= nr_stays ||
			  gone && (stays[0] && !sigkill[0] || stays[1] && !sigkill[1])) ->
#endif
		if
		:: nr_stays && mm_users <= nr_stays ->
			CLAIM(exited, gone_while_process_lives);
			gone = 1
		:: else
		fi;
		if
		:: gone -> stays_kill(0)
		:: else
		fi;
#ifdef MISTAKE_WATCHED_ONCE
		watch = 0
#else
		watch = nr_stays != 0
#endif
	}
	od
}

/* model: the process: exits, or not */
active proctype process()
{
	if
	:: true
	:: true -> atomic { mm_users--; exited = 1 }
	fi
}

/* model: mmget_not_zero() and mmput() of a worker, or of anybody else */
active proctype another()
{
	bit got;

	atomic {
		if
		:: mm_users -> mm_users++; got = 1
		:: else
		fi
	};
	mm_users = mm_users - got
}

/* The first VM, or its device, ends; with the stays. code: xe_svm.c */
active proctype xe_svm_close()
{
#ifdef EXIT_OF_VM
	if
	:: closed = 1
	:: unplugged = 1
	fi;
	/* xe_svm_owner_kill() */
#ifndef MISTAKE_NO_KILL_ON_CLOSE
	stays_kill(1)
#endif
#else
	skip
#endif
}

/* model: looks when nothing moves any more */
active proctype quiescence()
{
	timeout;
	CLAIM(!exited || !mm_users, memory_of_dead_process_kept);
	CLAIM(!(closed || unplugged) || stays[0] != 1 && stays[1] != 1, stay_after_end_of_vm)
}

init {
	atomic { run waiter_main(0); run waiter_main(1) }
}
