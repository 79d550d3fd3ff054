/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A window and its block come and go: services, munmap, reaper, close.
 *
 * Claims: no block or window is used after it was freed; nothing is mapped in a window
 * that has no notifier; a window that is freed has nothing mapped, and none is left once
 * the VM is closed; no deadlock.
 *
 * Bounds: one range of addresses, which up to WINDOWS - 1 windows serve one after the
 * other; FAULTS faults one after the other, or TWO times as many at once; one munmap,
 * and maybe mmap again; BIND, a bind that only locks; CLOSE.
 */

#include "model.h"

#ifndef WINDOWS
#define WINDOWS	4
#endif
#ifndef FAULTS
#define FAULTS	2
#endif

CLAIM_NAME(block_used_after_free);
CLAIM_NAME(window_used_after_free);
CLAIM_NAME(mapped_without_notifier);
CLAIM_NAME(mapped_after_unmap);
CLAIM_NAME(window_freed_with_pages);
CLAIM_NAME(window_left);
CLAIM_NAME(other_window_erased);
CLAIM_NAME(deadlock);

/* model: slot 0 means none */
byte windows;			/* code: xe_svm_types.h xe_svm_vm.windows */
byte window_last;		/* model: how many windows were made */
byte ref[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.ref */
bit freed[WINDOWS];		/* model: by window_free() */
bit window_lock[WINDOWS];	/* code: xe_svm_types.h xe_svm_window.lock */
bit served[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.served */
bit removed[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.removed */
bit blocks[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.blocks */
bit pages[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.pages */
bit unmapped[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.unmapped */
bit registered[WINDOWS];	/* model: the notifier is in the tree of the mm */
bit user[WINDOWS];		/* model: a service uses the block */

rwsem vm_lock;			/* code: xe_vm_types.h xe_vm.lock */
bit resv;			/* model: xe_vm_resv() */
bit closed;			/* model: the size of the VM is 0 */
bit vma = 1;			/* model: the CPU has the addresses mapped */
byte seq;			/* model: munmaps that the notifier has seen */
bit under_way;			/* model: callbacks may be under way */
bit svm_reap;		/* code: xe_svm_types.h xe_svm_vm.reap */
bit reap_disabled;		/* model: disable_delayed_work_sync() was called */
bit reaping;			/* model: the work item runs */

/* Drop a reference. code: xe_svm_window.c */
inline xe_svm_window_put(w)
{
	d_step {
		ref[w]--;
		if
		:: !ref[w] ->
			CLAIM(!pages[w] && !registered[w], window_freed_with_pages);
			freed[w] = 1;
			blocks[w] = 0
		:: else
		fi
	}
}

/* mmu_interval_notifier_remove() waits for callbacks. code: xe_svm_notifier.c */
inline xe_svm_notifier_remove(w)
{
	atomic { !under_way; registered[w] = 0 }
}

/* Find or make. code: xe_svm_notifier.c */
inline xe_svm_notifier_window()
{
	do
	:: atomic {
		/* xe_svm_window_find(), under the lock of the XArray */
		windows ->
		w = windows;
#ifndef MISTAKE_SERVICE_WITHOUT_REFERENCE
		ref[w]++
#endif
		};
		break
	:: atomic {
		!windows && window_last + 1 < WINDOWS ->
		/* xe_svm_window_create() */
		window_last++;
		w = window_last;
		ref[w] = 1;
		registered[w] = 1
		};
		/* xe_svm_window_publish() */
		down_read(vm_lock);
		atomic {
			if
#ifndef MISTAKE_PUBLISHED_AFTER_CLOSE
			:: closed -> err = 1
#endif
			:: windows && !closed -> err = 2
			:: else ->
				windows = w;
#ifndef MISTAKE_SERVICE_WITHOUT_REFERENCE
				ref[w]++
#endif
			fi
		};
		up_read(vm_lock);
		if
		:: err -> xe_svm_notifier_remove(w); xe_svm_window_put(w); w = 0
		:: else -> break
		fi;
		if
		:: err == 1 -> break
		:: else -> err = 0
		fi
	:: !windows && window_last + 1 == WINDOWS -> err = 1; break
	od
}

/* With the served lock held. code: xe_svm_window.c */
inline xe_svm_window_block()
{
	if
	:: blocks[w]
	:: else ->
		LOCK(window_lock[w]);
		if
#ifndef MISTAKE_REMOVED_NOT_CHECKED
		:: removed[w] -> err = 2
#endif
		:: else -> blocks[w] = 1
		fi;
		UNLOCK(window_lock[w])
	fi
}

/* code: xe_svm_service.c */
inline service_commit()
{
	LOCK(window_lock[w]);
	atomic {
		CLAIM(blocks[w], block_used_after_free);
		if
		:: seen != seq -> err = 2	/* the generation has changed */
		:: else ->
			CLAIM(registered[w], mapped_without_notifier);
			CLAIM(vma, mapped_after_unmap);
			pages[w] = 1
		fi;
		UNLOCK(window_lock[w])
	}
}

/* code: xe_svm_service.c */
inline service_tables()
{
	LOCK(resv);
	CLAIM(blocks[w], block_used_after_free);
	UNLOCK(resv)
}

/* code: xe_svm_service.c */
inline service_begin()
{
	xe_svm_window_block()
}

/* code: xe_svm_service.c */
inline service_try()
{
	service_begin();
	if
	:: err
	:: !err ->
		atomic {
			user[w] = 1;
			seen = seq
		};
		/* window_quiet(), xe_svm_pages_snapshot() */
		atomic {
			!under_way;
			if
			:: !vma -> err = 1
			:: else
			fi
		};
		if
		:: err
		:: !err ->
			/* service_lock() */
			down_read(vm_lock);
			if
			:: closed -> err = 1
			:: else -> service_tables(); service_commit()
			fi;
			up_read(vm_lock)
		fi;
		atomic { CLAIM(blocks[w], block_used_after_free); user[w] = 0 }
	fi
}

/* code: xe_svm_service.c */
inline service_try_alone()
{
	atomic { CLAIM(!freed[w], window_used_after_free); !served[w] -> served[w] = 1 };
	service_try();
	atomic { CLAIM(!freed[w], window_used_after_free); UNLOCK(served[w]) }
}

/* code: xe_svm_service.c */
inline service_prepare()
{
	/* Is it removed? */
	if
	:: w && removed[w] ->
#ifndef MISTAKE_SERVICE_WITHOUT_REFERENCE
		xe_svm_window_put(w);
#endif
		w = 0
	:: else
	fi;
	if
	:: !w -> xe_svm_notifier_window()
	:: else
	fi
}

/* A waiter: err 1 is a refusal, err 2 -EAGAIN. code: xe_svm_fault.c */
proctype xe_svm_fault_service()
{
	byte nr, w, err, seen;

	do
	:: nr < FAULTS ->
		do
		:: service_prepare();
			if
			:: err -> break
			:: !err -> service_try_alone()
			fi;
			if
			:: err == 2 -> err = 0
			:: else -> break
			fi
		od;
#ifndef MISTAKE_SERVICE_WITHOUT_REFERENCE
		if
		:: w -> xe_svm_window_put(w)
		:: else
		fi;
#endif
		atomic { w = 0; err = 0; seen = 0; nr++ }
	:: else -> break
	od
}

/* For each window that listens. code: xe_svm_notifier.c */
inline invalidate(w)
{
	if
	:: registered[w] ->
		LOCK(window_lock[w]);
		/* Zap, flush, release */
		pages[w] = 0;
		atomic { unmapped[w] = 1; svm_reap = 1; UNLOCK(window_lock[w]) }
	:: else
	fi
}

/* model: munmap(), and the mapping anew */
active proctype munmap()
{
	byte w = 1;

	atomic { under_way = 1; seq++ };
	do
	:: w < WINDOWS -> invalidate(w); w++
	:: else -> break
	od;
	atomic { vma = 0; under_way = 0 };
	if
	:: true
	:: vma = 1
	fi
}

/* code: xe_svm_reap.c */
inline block_reap()
{
#ifdef MISTAKE_REAPED_WITHOUT_SERVED_LOCK
	got = 1;
#else
#ifdef MISTAKE_REAPER_WAITS_FOR_SERVICE
	LOCK(served[w]); got = 1;
#else
	TRYLOCK(served[w], got);
#endif
#endif
	if
	:: got ->
		/* block_take() */
		LOCK(window_lock[w]);
		atomic {
			if
#ifndef MISTAKE_REAPED_WHILE_MAPPED
			:: pages[w]
#endif
			:: else ->
				CLAIM(!user[w], block_used_after_free);
				blocks[w] = 0
			fi;
			UNLOCK(window_lock[w])
		};
#ifndef MISTAKE_REAPED_WITHOUT_SERVED_LOCK
		UNLOCK(served[w])
#endif
	:: else -> again = 1
	fi;
	got = 0
}

/* code: xe_svm_reap.c */
inline blocks_reap()
{
	if
	:: closed
	:: else -> LOCK(resv); block_reap(); UNLOCK(resv)
	fi
}

/* code: xe_svm_window.c */
inline xe_svm_window_retire()
{
	LOCK(window_lock[w]);
	if
	:: blocks[w] -> got = 0
	:: else ->
		removed[w] = 1;
		atomic {
			/* xa_erase() by address */
			CLAIM(windows == w, other_window_erased);
			windows = 0;
			got = 1
		}
	fi;
	UNLOCK(window_lock[w])
}

/* code: xe_svm_reap.c */
inline window_reap()
{
	down_read_trylock(vm_lock, got);
	if
	:: got ->
		got = 0;
		/* look_for_unused() */
		if
		:: blocks[w] && !vma -> blocks_reap()
		:: else
		fi;
		xe_svm_window_retire();
		up_read(vm_lock);
		if
		:: got -> xe_svm_notifier_remove(w); xe_svm_window_put(w)
		:: else
		fi
	:: else -> again = 1
	fi;
	got = 0
}

/* code: xe_svm_reap.c */
active proctype xe_svm_reap_work()
{
	byte w;
	bit got, again;

end:	do
	:: atomic { svm_reap && !reap_disabled -> svm_reap = 0; reaping = 1 };
		/* unmapped_window() */
		atomic {
			if
			:: windows && unmapped[windows] ->
				w = windows; unmapped[w] = 0; ref[w]++
			:: else
			fi
		};
		if
		:: w ->
			window_reap();
			atomic {
				if
				:: again -> unmapped[w] = 1; svm_reap = 1
				:: else
				fi
			};
			xe_svm_window_put(w)
		:: else
		fi;
		atomic { w = 0; again = 0; reaping = 0 }
	od
}

#ifdef BIND
/* model: a bind, which keeps readers out */
active proctype xe_vm_bind_ioctl()
{
	down_write(vm_lock);
	up_write(vm_lock)
}
#endif

#ifdef CLOSE
/* Once closed. code: xe_svm.c */
inline xe_svm_close()
{
#ifndef MISTAKE_CLOSE_BESIDE_REAPER
	atomic { reap_disabled = 1; svm_reap = 0 };
	!reaping;
#endif
	/* xe_svm_revoke_all() */
	if
	:: windows ->
		LOCK(window_lock[windows]);
		pages[windows] = 0;
		UNLOCK(window_lock[windows])
	:: else
	fi;
	if
	:: windows ->
		atomic { w = windows; windows = 0 };
		xe_svm_notifier_remove(w);
		xe_svm_window_put(w)
	:: else
	fi
}

/* code: xe_vm.c */
active proctype xe_vm_close_and_put()
{
	byte w;

	down_write(vm_lock);
	closed = 1;
	up_write(vm_lock);
	xe_svm_close()
}
#endif

/* model: looks when nothing moves any more */
active proctype quiescence()
{
	byte w = 1;

	timeout;
	CLAIM(is_free(vm_lock) && !resv, deadlock);
#ifdef CLOSE
	do
	:: w <= window_last ->
		CLAIM(freed[w], window_left);
		w++
	:: else -> break
	od
#endif
}

init {
	run xe_svm_fault_service()
#ifdef TWO
	; run xe_svm_fault_service()
#endif
}
