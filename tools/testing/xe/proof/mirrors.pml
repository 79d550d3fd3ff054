/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mirrors with an offset follow each other: a bind discards the window of the last one.
 *
 * Claims: an entry is one of the mirror that is bound, in a window that has a notifier; after
 * an event has ended, no entry for a page of before is left; a visible window has the offset
 * of the mirror; a window is not used after it was freed, and a discarded one is freed; no
 * deadlock.
 *
 * Bounds: one block of GPU addresses, mirrored from one of two blocks of the CPU; FAULTS
 * faults one after the other; BINDS binds, each of one of the two offsets, or of a part
 * without an offset, and each may fail after it has discarded; one event in the first block
 * of the CPU, or TWO times as many faults at once instead; CLOSE.
 */

#include "model.h"

#ifndef WINDOWS
#define WINDOWS	4
#endif
#ifndef FAULTS
#define FAULTS	1
#endif
#ifndef BINDS
#define BINDS	2
#endif
#define NO_OFFSET	3	/* model: such a mirror has windows of its own, behind these */

CLAIM_NAME(entry_of_other_mirror);
CLAIM_NAME(mapped_without_notifier);
CLAIM_NAME(mapped_after_event);
CLAIM_NAME(window_of_other_mirror);
CLAIM_NAME(window_used_after_free);
CLAIM_NAME(window_freed_with_pages);
CLAIM_NAME(window_left);
CLAIM_NAME(deadlock);

/* model: slot 0 means none */
byte windows;			/* code: xe_svm_types.h xe_svm_vm.windows */
byte window_last;		/* model: how many windows were made */
byte offset[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.offset */
byte ref[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.ref */
bit freed[WINDOWS];		/* model: by window_free() */
bit window_lock[WINDOWS];	/* code: xe_svm_types.h xe_svm_window.lock */
bit removed[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.removed */
bit blocks[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.blocks */
bit unmapped[WINDOWS];		/* code: xe_svm_types.h xe_svm_window.unmapped */
bit discarded[WINDOWS];		/* code: xe_svm_types.h xe_svm_vm.discarded */
byte gen[WINDOWS];		/* code: xe_svm_types.h xe_svm_block.gen */
bit registered[WINDOWS];	/* model: the notifier is in the tree of the mm */

rwsem vm_lock;			/* code: xe_vm_types.h xe_vm.lock */
byte mirror = 1;		/* model: the offset of what is bound */
byte entry;			/* model: the window of the page that is mapped */
byte entry_seq;			/* model: the event that the page follows */
bit closed;			/* model: the size of the VM is 0 */
byte seq;			/* model: events in the first block of the CPU */
bit under_way;			/* model: its callbacks may be under way */
bit svm_reap;		/* code: xe_svm_types.h xe_svm_vm.reap */
bit reap_disabled;		/* model: disable_delayed_work_sync() was called */
bit reaping;			/* model: the work item runs */

/* Drop a reference. code: xe_svm_window.c */
inline xe_svm_window_put(w)
{
	d_step {
		CLAIM(ref[w], window_used_after_free);
		ref[w]--;
		if
		:: !ref[w] ->
			CLAIM(entry != w && !registered[w], window_freed_with_pages);
			freed[w] = 1
		:: else
		fi
	}
}

/* mmu_interval_notifier_remove() waits for callbacks. code: xe_svm_notifier.c */
inline xe_svm_notifier_remove(w)
{
	atomic {
		!under_way || offset[w] != 1 ->
		CLAIM(registered[w], window_used_after_free);
		registered[w] = 0
	}
}

/* Find or make, once. code: xe_svm_notifier.c */
inline xe_svm_notifier_window()
{
	if
	:: atomic {
		/* xe_svm_window_find(), under the lock of the XArray */
		windows && offset[windows] == o ->
		w = windows;
		ref[w]++
		}
	:: atomic {
		!(windows && offset[windows] == o) && window_last + 1 < WINDOWS ->
		/* xe_svm_window_create() */
		window_last++;
		w = window_last;
		offset[w] = o;
		ref[w] = 1;
		registered[w] = 1
		};
		/* xe_svm_window_publish() */
		down_read(vm_lock);
		atomic {
			if
			:: closed -> err = 1
#ifndef MISTAKE_PUBLISHED_UNSEEN
			/* is_mirrored() */
			:: !closed && mirror != o -> err = 2
			:: !closed && mirror == o && windows -> err = 2
#else
			:: !closed && windows -> err = 2
#endif
			:: else ->
				CLAIM(mirror == o, window_of_other_mirror);
				windows = w;
				ref[w]++
			fi
		};
		up_read(vm_lock);
		if
		:: err -> xe_svm_notifier_remove(w); xe_svm_window_put(w); w = 0
		:: else
		fi
	:: !(windows && offset[windows] == o) && window_last + 1 == WINDOWS -> err = 1
	fi
}

/* code: xe_svm_service.c */
inline service_prepare()
{
	/* Is it removed, or of another mirror? */
	if
	:: w && (removed[w] || offset[w] != o) -> xe_svm_window_put(w); w = 0
	:: else
	fi;
	if
	:: !w -> xe_svm_notifier_window()
	:: else
	fi
}

/* code: xe_svm_window.c */
inline xe_svm_window_block()
{
	LOCK(window_lock[w]);
	atomic {
		CLAIM(!freed[w], window_used_after_free);
		if
		:: blocks[w]
		:: !blocks[w] && removed[w] -> err = 2
		:: else -> blocks[w] = 1
		fi;
		UNLOCK(window_lock[w])
	}
}

/* With the VM locked. code: xe_svm_service.c */
inline service_recheck()
{
	if
	:: closed -> err = 1
#ifndef MISTAKE_REMOVED_NOT_CHECKED
	:: !closed && removed[w] -> err = 2
#endif
#ifndef MISTAKE_OFFSET_NOT_COMPARED
	:: !closed && mirror != o -> err = 2
#endif
	:: else
	fi
}

/* code: xe_svm_service.c */
inline service_commit()
{
	LOCK(window_lock[w]);
	atomic {
		CLAIM(!freed[w], window_used_after_free);
		if
#ifndef MISTAKE_NO_GENERATION
		:: seen != gen[w] -> err = 2
#endif
		:: else ->
			CLAIM(mirror == offset[w], entry_of_other_mirror);
			CLAIM(registered[w], mapped_without_notifier);
			entry = w;
			entry_seq = page
		fi;
		UNLOCK(window_lock[w])
	}
}

/* code: xe_svm_service.c */
inline service_try()
{
	xe_svm_window_block();
	if
	:: err
	:: !err ->
		/* service_collect() */
		seen = gen[w];
		atomic { !under_way || o != 1 -> page = seq };
		/* service_lock() */
		down_read(vm_lock);
		/* service_bind() */
		atomic { service_recheck() };
		if
		:: err
		:: !err -> service_commit()
		fi;
		up_read(vm_lock)
	fi
}

/* A waiter: err 1 is a refusal, err 2 -EAGAIN. code: xe_svm_fault.c */
proctype xe_svm_fault_service()
{
	byte nr, w, o, err, seen, page;

	do
	:: nr < FAULTS ->
		do
		::	/* service_lookup() */
			down_read(vm_lock);
			atomic {
				if
				:: closed -> err = 1
				:: else -> o = mirror
				fi
			};
			up_read(vm_lock);
			if
			:: err || o == NO_OFFSET -> break
			:: else
			fi;
			service_prepare();
			if
			:: !err -> service_try()
			:: else
			fi;
			if
			:: err == 2 -> err = 0
			:: else -> break
			fi
		od;
		if
		:: w -> xe_svm_window_put(w)
		:: else
		fi;
		atomic { w = 0; o = 0; err = 0; seen = 0; page = 0; nr++ }
	:: else -> break
	od
}

/* For each window that listens. code: xe_svm_notifier.c */
inline invalidate(w)
{
	if
	:: registered[w] && offset[w] == 1 ->
		LOCK(window_lock[w]);
		atomic {
			gen[w]++;
			if
			:: entry == w -> entry = 0
			:: else
			fi;
			unmapped[w] = 1;
			svm_reap = 1;
			UNLOCK(window_lock[w])
		}
	:: else
	fi
}

#ifndef TWO
/* model: an event in the first block of the CPU */
active proctype munmap()
{
	byte w = 1;

	atomic { under_way = 1; seq++ };
	do
	:: w < WINDOWS -> invalidate(w); w++
	:: else -> break
	od;
	atomic {
		CLAIM(!entry || offset[entry] != 1 || entry_seq == seq, mapped_after_event);
		under_way = 0
	}
}
#endif

/* With the VM locked for write, nothing mapped. code: xe_svm_window.c */
inline xe_svm_window_discard()
{
	LOCK(window_lock[windows]);
#ifndef MISTAKE_DISCARDED_WITHOUT_MARK
	removed[windows] = 1;
#endif
	UNLOCK(window_lock[windows]);
	atomic { discarded[windows] = 1; windows = 0; svm_reap = 1 }
}

/* All of a window, or a part of it. code: xe_svm_ioctl.c */
inline xe_svm_bind_ops_vacate(to)
{
	if
	:: windows && offset[windows] != to ->
		/* xe_svm_revoke() */
		LOCK(window_lock[windows]);
		atomic {
			if
#ifdef MISTAKE_DISCARDED_WHILE_MAPPED
			:: to != NO_OFFSET
#endif
			:: entry == windows -> entry = 0
			:: else
			fi;
			UNLOCK(window_lock[windows])
		};
		/* windows_discard() */
		if
		:: to != NO_OFFSET -> xe_svm_window_discard()
		:: else
		fi
	:: else
	fi
}

/* code: xe_vm.c */
active proctype xe_vm_bind_ioctl()
{
	byte nr, to;

	do
	:: nr < BINDS ->
		if
		:: to = 1
		:: to = 2
		:: to = NO_OFFSET
		fi;
		down_write(vm_lock);
		if
		:: closed
		:: else ->
			xe_svm_bind_ops_vacate(to);
			if
			:: mirror = to
			:: true		/* model: it fails */
			fi;
			CLAIM(!entry || offset[entry] == mirror, entry_of_other_mirror)
		fi;
		up_write(vm_lock);
		atomic { to = 0; nr++ }
	:: else -> break
	od
}

/* code: xe_svm_notifier.c */
inline xe_svm_notifier_remove_discarded()
{
	d = 1;
	do
	:: d < WINDOWS && discarded[d] ->
		discarded[d] = 0;
		xe_svm_notifier_remove(d);
		xe_svm_window_put(d);
		d++
	:: d < WINDOWS && !discarded[d] -> d++
	:: d == WINDOWS -> break
	od;
	d = 0
}

/* Without blocks. code: xe_svm_window.c */
inline xe_svm_window_retire()
{
	LOCK(window_lock[w]);
	atomic {
		if
		:: blocks[w]
#ifndef MISTAKE_RETIRED_AND_DISCARDED
		:: !blocks[w] && removed[w]
#endif
		:: else ->
			removed[w] = 1;
			/* xa_erase() by address */
			windows = 0;
			got = 1
		fi;
		UNLOCK(window_lock[w])
	}
}

/* code: xe_svm_reap.c */
inline window_reap()
{
	down_read_trylock(vm_lock, got);
	if
	:: got ->
		got = 0;
		xe_svm_window_retire();
		up_read(vm_lock);
		if
		:: got -> xe_svm_notifier_remove(w); xe_svm_window_put(w)
		:: else
		fi
	:: else -> atomic { unmapped[w] = 1; svm_reap = 1 }
	fi;
	got = 0
}

/* code: xe_svm_reap.c */
active proctype xe_svm_reap_work()
{
	byte w, d;
	bit got;

end:	do
	:: atomic { svm_reap && !reap_disabled -> svm_reap = 0; reaping = 1 };
		xe_svm_notifier_remove_discarded();
		/* unmapped_window() */
		atomic {
			if
			:: windows && unmapped[windows] ->
				w = windows; unmapped[w] = 0; ref[w]++
			:: else
			fi
		};
		if
		:: w -> window_reap(); xe_svm_window_put(w)
		:: else
		fi;
		atomic { w = 0; reaping = 0 }
	od
}

#ifdef CLOSE
/* Once closed. code: xe_svm.c */
inline xe_svm_close()
{
	atomic { reap_disabled = 1; svm_reap = 0 };
	!reaping;
	/* xe_svm_revoke_all() */
	if
	:: windows ->
		LOCK(window_lock[windows]);
		atomic {
			if
			:: entry == windows -> entry = 0
			:: else
			fi;
			UNLOCK(window_lock[windows])
		};
		atomic { w = windows; windows = 0 };
		xe_svm_notifier_remove(w);
		xe_svm_window_put(w)
	:: else
	fi;
#ifndef MISTAKE_CLOSE_LEAVES_DISCARDED
	xe_svm_notifier_remove_discarded()
#endif
}

/* code: xe_vm.c */
active proctype xe_vm_close_and_put()
{
	byte w, d;

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
	CLAIM(is_free(vm_lock), deadlock);
	do
	:: w <= window_last ->
#ifdef CLOSE
		CLAIM(freed[w], window_left);
#else
		CLAIM(freed[w] || w == windows, window_left);
#endif
		w++
	:: else -> break
	od
}

init {
	run xe_svm_fault_service()
#ifdef TWO
	; run xe_svm_fault_service()
#endif
}
