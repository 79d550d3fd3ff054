/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events over several windows: many window locks, one flush.
 *
 * Claims: no deadlock; after an event has ended, nothing of its time is mapped in either
 * window; an event that meets no new mapping costs one flush.
 *
 * Bounds: two windows; two events over both, which may come at the same time, by
 * callbacks in the order of addresses; close, which revokes everything; one service in
 * each window, which maps one page, or REMAPS more.
 */

#include "model.h"

#ifndef REMAPS
#define REMAPS	1
#endif

CLAIM_NAME(deadlock);
CLAIM_NAME(mapped_after_event);
CLAIM_NAME(second_flush);

bit together;			/* code: xe_svm_types.h xe_svm_vm.together */
bit window_lock[2];		/* code: xe_svm_types.h xe_svm_window.lock */
bit pages[2];			/* code: xe_svm_types.h xe_svm_window.pages */
byte gen[2];			/* code: xe_svm_types.h xe_svm_block.gen */
byte under_way;			/* model: no service sees the windows quiet then */
byte mappings;			/* model: how often a service has mapped */

/* One flush for all that is mapped. code: xe_svm_revoke.c */
inline xe_svm_revoke_windows()
{
	atomic { found[0] = pages[0]; found[1] = pages[1] };
#ifndef MISTAKE_NO_TOGETHER
	LOCK(together);
#endif
	if
	:: found[0] -> LOCK(window_lock[0])
	:: else
	fi;
	if
	:: found[1] -> LOCK(window_lock[1])
	:: else
	fi;
	atomic {
		if
		:: found[0] && pages[0] || found[1] && pages[1] -> flushes++
		:: else
		fi;
		if
		:: found[0] -> pages[0] = 0
		:: else
		fi;
		if
		:: found[1] -> pages[1] = 0
		:: else
		fi
	};
	if
	:: found[0] -> UNLOCK(window_lock[0])
	:: else
	fi;
	if
	:: found[1] -> UNLOCK(window_lock[1])
	:: else
	fi;
#ifndef MISTAKE_NO_TOGETHER
	UNLOCK(together);
#endif
	atomic { found[0] = 0; found[1] = 0 }
}

/* code: xe_svm_notifier.c */
inline invalidate(w)
{
#ifdef MISTAKE_TOGETHER_UNDER_WINDOW_LOCK
	LOCK(window_lock[w]);
	LOCK(together);
	UNLOCK(together);
#else
	/* invalidate_together() */
	if
	:: !w && pages[w] -> xe_svm_revoke_windows()
	:: else
	fi;
	LOCK(window_lock[w]);
#endif
	gen[w]++;
	atomic {
		if
#ifndef MISTAKE_LEFT_TO_THE_FIRST_CALLBACK
		:: pages[w] -> pages[w] = 0; flushes++
#endif
		:: else
		fi
	};
	UNLOCK(window_lock[w])
}

/* model: munmap() of addresses in both windows */
active [2] proctype event()
{
	byte flushes, before;
	bit found[2];

	atomic { under_way++; before = mappings };
	invalidate(0);
	invalidate(1);
	atomic {
		CLAIM(!pages[0] && !pages[1], mapped_after_event);
		CLAIM(flushes <= 1 || mappings != before, second_flush)
	};
	under_way--
}

/* A service in each window. code: xe_svm_service.c */
proctype service_run(byte w)
{
	byte nr, seen;

	do
	:: nr < REMAPS ->
		seen = gen[w];
end_busy:	!under_way;
		/* service_commit() */
		LOCK(window_lock[w]);
		atomic {
			if
			:: seen == gen[w] -> pages[w] = 1; mappings++
			:: else
			fi;
			UNLOCK(window_lock[w])
		};
		atomic { nr++; seen = 0 }
	:: else -> break
	od
}

/* Of close, and of the removal of the driver. code: xe_svm_revoke.c */
active proctype xe_svm_revoke_all()
{
	byte flushes;
	bit found[2];

	do
#ifdef MISTAKE_NO_TOGETHER
	/* Where one holder at a time does not make the order a matter of taste */
	:: pages[0] && pages[1] ->
		LOCK(window_lock[1]);
		LOCK(window_lock[0]);
		pages[0] = 0;
		pages[1] = 0;
		UNLOCK(window_lock[0]);
		UNLOCK(window_lock[1])
#endif
	:: pages[0] || pages[1] -> xe_svm_revoke_windows()
	:: else -> break
	od
}

/* model: looks when nothing moves any more */
active proctype quiescence()
{
	timeout;
	CLAIM(!together && !window_lock[0] && !window_lock[1] && !under_way, deadlock)
}

init {
	atomic { run service_run(0); run service_run(1) }
}
