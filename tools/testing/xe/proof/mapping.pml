/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One block of a window: services, events of the CPU, binds, close and GT resets.
 *
 * Claims: the GPU reaches a page neither by an entry nor by its TLB once its DMA
 * mapping is undone, and once the CPU has released it, which it does after the
 * notifier has returned; an entry of a service names the page that the CPU has, and
 * hits no entry of a bind; success is replied only with the page mapped; each fault
 * has its reply; nothing waits for ever.
 *
 * Bounds, by what is defined: EVENTS events on the block one after the other, each with
 * or without the mmap_lock and blockable or not; OTHER, an event elsewhere in the window;
 * BIND, a buffer object bound in place of the mirror and the mirror again; CLOSE;
 * RESET, one GT reset; WEDGE, the device is given up; WORKERS and WAITERS threads. One
 * page, which faults as often as the GPU likes, from ENGINES engines.
 */

#include "model.h"

#ifndef EVENTS
#define EVENTS	0
#endif
#ifndef WORKERS
#define WORKERS	1
#endif
#ifndef WAITERS
#define WAITERS	1
#endif
#ifndef ENGINES
#define ENGINES	1
#endif

CLAIM_NAME(page_reachable_after_release);
CLAIM_NAME(entry_for_page_of_the_past);
CLAIM_NAME(entry_after_close);
CLAIM_NAME(entry_of_bind_overwritten);
CLAIM_NAME(entry_overwritten_by_bind);
CLAIM_NAME(entry_without_table);
CLAIM_NAME(tables_taken_while_mapped);
CLAIM_NAME(success_with_nothing_mapped);
CLAIM_NAME(deadlock);
CLAIM_NAME(fault_unanswered);
CLAIM_NAME(worker_waits_for_process);

/* model: where the process may stop for ever, with whatever it has locked */
#ifdef STOP
#define MAY_STOP	if :: true :: true -> false fi
#else
#define MAY_STOP	skip
#endif
bit working;			/* model: a worker has a fault in hand */

/* model: the errno of a service; ELSEWHERE is %XE_SVM_FAULT_NOT_MIRRORED */
#define DONE		0
#define EAGAIN		1
#define EINPROGRESS	2
#define ENOENT		3
#define ENODATA		4
#define ELSEWHERE	5

/* model: the page of a buffer object; smaller numbers are those of the process */
#define BO		7

/* model: what the hardware has */
byte pte;			/* model: the entry of the page, 0 for none */
byte tlb;			/* model: what the TLB holds for it */
bit root = 1;			/* model: the root table leads to the entry */
bit runs = 1;			/* model: engines run: not between reset and restart */
bit fault[ENGINES];		/* model: a fault of the engine has no reply yet */

/* model: what the mm has */
byte cpu;			/* model: the page of the CPU, 0 for none */
byte page_last;			/* model: the number of the newest page */

rwsem mmap_lock;		/* code: mm_types.h mm_struct.mmap_lock */
rwsem vm_lock;			/* code: xe_vm_types.h xe_vm.lock */

byte subs_seq = 2;		/* model: invalidate_seq of the mm, private to mm/mmu_notifier.c */
byte active_ranges;		/* model: active_invalidate_ranges, likewise */
byte invalidate_seq = 1;	/* code: mmu_notifier.h mmu_interval_notifier.invalidate_seq */
bit registered = 1;		/* model: the notifier of the window is in the mm's tree */

bit window_lock;		/* code: xe_svm_types.h xe_svm_window.lock */
bit served;			/* code: xe_svm_types.h xe_svm_window.served */
byte quiet_seq;			/* code: xe_svm_types.h xe_svm_window.quiet_seq */
bit blocks;			/* code: xe_svm_types.h xe_svm_window.blocks */
byte gen;			/* code: xe_svm_types.h xe_svm_block.gen */
byte extents;			/* code: xe_svm_types.h xe_svm_block.extents */
bit pt;				/* code: xe_svm_types.h xe_svm_block.pt */

bit mirror = 1;			/* model: a mirror is bound, or else a BO */
byte vma_changes;		/* code: xe_vm_types.h xe_vm.vma_changes */
bit closed;			/* model: the size of the VM is 0 */
chan jobs = [2] of { byte };	/* model: bind jobs, each writes this to the entry */
byte pending;			/* model: how many are in the rftree */

/* model: TLB invalidations by their waiter: an event, the bind job, close */
#define OF_EVENT	0
#define OF_JOB		1
#define OF_CLOSE	2
chan requests = [3] of { byte };	/* model: those in the CT */
bit acked[3];			/* model: what xe_svm_flush() returned */
bit wedged;			/* code: xe_device_types.h xe_device.wedged.flag */
byte leaked;			/* model: the page that xe_svm_pages_leak() keeps */
bit pending_fences[3];		/* code: xe_gt_types.h xe_gt.tlb_invalidation.pending_fences */
bit ct_state = 1;		/* code: xe_guc_ct_types.h xe_guc_ct.state */
bit pf_epoch;			/* code: xe_gt_types.h xe_gt.usm.pf_epoch */

chan pf_queue = [ENGINES] of { byte, bit };	/* code: xe_gt_types.h xe_gt.usm.pf_queue */
chan deferred = [2 * ENGINES] of { byte, bit };	/* model: the queue of xe_fault_waiter.c */

/* Under the window lock: nothing of the page may be reachable. code: xe_svm_pages.c */
inline xe_svm_pages_release(page)
{
	CLAIM(pte != (page) && tlb != (page), page_reachable_after_release)
}

/* Under the window lock: the page is never given to anybody else. code: xe_svm_pages.c */
inline xe_svm_pages_leak(page)
{
	leaked = page
}

/* The wait is bounded by time in the code. code: xe_svm_flush.c */
inline xe_svm_flush(who)
{
	do
	:: atomic { ct_state -> pending_fences[who] = 1; requests!who };
#ifndef MISTAKE_RELEASE_BEFORE_ACK
		!pending_fences[who];
#endif
		break
	:: atomic { !ct_state; ct_state || wedged };
		if
		:: wedged -> break
		:: else
		fi
	od;
#ifdef MISTAKE_WEDGED_DEVICE_BELIEVED
	acked[who] = 1
#else
	acked[who] = !wedged
#endif
}

/* Zap, flush, release. code: xe_svm_revoke.c */
inline xe_svm_revoke_locked(who)
{
#ifdef MISTAKE_FLUSH_BEFORE_ZAP
	xe_svm_flush(who);
	pte = 0;
#else
	pte = 0;
	xe_svm_flush(who);
#endif
	atomic {
		if
		:: acked[who] -> xe_svm_pages_release(extents)
		:: else -> xe_svm_pages_leak(extents)
		fi;
		acked[who] = 0;
		extents = 0
	}
}

/* code: xe_svm_window.c */
inline xe_svm_window_lock(may_wait, locked)
{
	if
#ifdef MISTAKE_WORKER_LOCKS_WINDOW
	:: true -> LOCK(window_lock); locked = 1
#else
	:: may_wait -> LOCK(window_lock); locked = 1
	:: else -> TRYLOCK(window_lock, locked)
#endif
	fi
}

/* Make the block if there is none. code: xe_svm_window.c */
inline xe_svm_window_block()
{
	if
	:: blocks
	:: else ->
		xe_svm_window_lock(may_wait, locked);
		if
		:: locked -> atomic { blocks = 1; UNLOCK(window_lock) }
		:: else -> err = EINPROGRESS
		fi
	fi
}

/* code: xe_svm_service.c */
inline service_settle_locked()
{
	atomic {
		if
		:: extents ->
			CLAIM(pte == extents, success_with_nothing_mapped);
			err = DONE; settled = 1
		:: else
		fi
	}
}

/* code: xe_svm_service.c */
inline service_settle()
{
	xe_svm_window_lock(may_wait, locked);
	if
	:: locked -> service_settle_locked(); UNLOCK(window_lock)
	:: else
	fi
}

/* code: xe_svm_service.c */
inline service_begin()
{
	xe_svm_window_block();
	if
	:: err
	:: !err && !extents	/* bare */
	:: else ->
		xe_svm_window_lock(may_wait, locked);
		if
		:: locked -> service_settle_locked(); UNLOCK(window_lock)
		:: else -> err = EINPROGRESS
		fi
	fi
}

/* code: xe_svm_pages.c */
inline window_quiet()
{
#ifndef MISTAKE_NO_SEQUENCE
	if
	:: atomic { invalidate_seq == quiet_seq -> skip }
	:: atomic { invalidate_seq != quiet_seq -> skip };
		if
#ifndef MISTAKE_WORKER_WAITS_FOR_EVENTS
		:: !may_wait -> err = EINPROGRESS
#endif
		:: else ->
			/* mmu_interval_read_begin() */
			atomic { seq = invalidate_seq; busy = seq == subs_seq };
#ifndef MISTAKE_QUIET_WITHOUT_WAIT
			if
			:: busy -> subs_seq != seq
			:: else
			fi;
#endif
			atomic { quiet_seq = seq; seq = 0; busy = 0 }
		fi
	fi
#else
	skip
#endif
}

/* code: xe_svm_pages.c */
inline xe_svm_pages_collect()
{
	if
#ifdef MISTAKE_WORKER_LOCKS_MM
	:: true -> down_read(mmap_lock)
#else
	:: may_wait -> down_read(mmap_lock)
#endif
	:: else ->
		atomic {
			if
			:: can_read(mmap_lock) -> mmap_lock.readers++
			:: else -> err = EINPROGRESS
			fi
		}
	fi;
	if
	:: err == DONE ->
		window_quiet();
		if
		:: err == DONE ->
			/* snapshot() */
			atomic {
				page = cpu;
				if
				:: !page -> err = ENODATA
				:: else
				fi
			}
		:: else
		fi;
		up_read(mmap_lock)
	:: else
	fi
}

/* With the VM locked for read. code: xe_svm_service.c */
inline service_lookup_locked()
{
	atomic {
		if
		:: closed -> err = ENOENT
		:: !closed && !mirror -> err = ELSEWHERE
		:: !closed && mirror -> err = DONE; changes = vma_changes
		fi
	}
}

/* code: xe_svm_service.c */
inline service_lock_vm()
{
	if
#ifdef MISTAKE_WORKER_LOCKS_VM
	:: true -> down_read(vm_lock)
#else
	:: may_wait -> down_read(vm_lock)
#endif
	:: else ->
		atomic {
			if
			:: can_read(vm_lock) -> vm_lock.readers++
			:: else -> err = EINPROGRESS
			fi
		}
	fi
}

/* code: xe_svm_service.c */
inline service_lookup()
{
	service_lock_vm();
	if
	:: err == DONE -> service_lookup_locked(); up_read(vm_lock)
	:: else
	fi
}

/* code: xe_svm_service.c */
inline service_recheck()
{
	atomic {
		if
#ifndef MISTAKE_NO_CLOSE_CHECK
		:: closed -> err = ENOENT
#endif
#ifndef MISTAKE_NO_RECHECK
		:: !closed && changes != vma_changes && !mirror -> err = EAGAIN
#endif
		:: else
		fi
	}
}

/* code: xe_svm_service.c */
inline service_publish()
{
	extents = page;
	atomic {
		CLAIM(page == cpu, entry_for_page_of_the_past);
		CLAIM(!closed, entry_after_close);
		CLAIM(pte != BO, entry_of_bind_overwritten);
		CLAIM(pt, entry_without_table);
		pte = page
	};
	settled = 1
}

/* code: xe_svm_service.c */
inline service_commit()
{
	xe_svm_window_lock(may_wait, locked);
	if
	:: !locked -> err = EINPROGRESS
#ifndef MISTAKE_NO_GENERATION
	:: locked && pages_gen != gen -> err = EAGAIN; UNLOCK(window_lock)
	:: locked && pages_gen == gen -> service_publish(); UNLOCK(window_lock)
#else
	:: locked -> service_publish(); UNLOCK(window_lock)
#endif
	fi
}

/* code: xe_svm_service.c */
inline service_tables()
{
	if
#ifndef MISTAKE_NO_PENDING_CHECK
	:: pending -> err = EAGAIN; wait = 1
	:: !pending ->
#else
	:: true ->
#endif
		if
		:: pt
		:: !pt ->
			/* Tables at hand, or made. xe_svm_table_prepare() */
			xe_svm_window_lock(may_wait, locked);
			if
			:: locked -> pt = 1; UNLOCK(window_lock)
			:: else -> err = EINPROGRESS
			fi
		fi
	fi
}

/* code: xe_svm_service.c */
inline service_bind()
{
	service_recheck();
	if
	:: err == DONE -> service_tables()
	:: else
	fi;
	if
	:: err == DONE -> service_commit()
	:: else
	fi
}

/* code: xe_svm_service.c */
inline service_try()
{
	service_begin();
	if
	:: err == DONE && !settled ->
#ifndef MISTAKE_GENERATION_READ_LATE
		pages_gen = gen;
#endif
#ifdef MISTAKE_COLLECT_UNDER_WINDOW_LOCK
		LOCK(window_lock);
#endif
		xe_svm_pages_collect();
#ifdef MISTAKE_COLLECT_UNDER_WINDOW_LOCK
		UNLOCK(window_lock);
#endif
#ifdef MISTAKE_GENERATION_READ_LATE
		pages_gen = gen;
#endif
		if
		:: err == DONE ->
			/* service_lock() */
			service_lock_vm();
			if
			:: err == DONE -> service_bind(); up_read(vm_lock)
			:: else
			fi
		:: else
		fi
	:: else
	fi
}

/* code: xe_svm_service.c */
inline service_try_alone()
{
	TRYLOCK(served, locked);
	if
	:: locked
	:: !locked ->
		service_settle();
		if
		:: settled
#ifdef MISTAKE_WORKER_LOCKS_SERVED
		:: !settled ->
#else
		:: !settled && !may_wait -> err = EINPROGRESS
		:: !settled && may_wait ->
#endif
		 LOCK(served); locked = 1
		fi
	fi;
	if
	:: err == DONE && !settled -> service_try(); UNLOCK(served)
	:: else
	fi
}

/* With nothing locked. code: xe_svm_wait.c */
inline xe_svm_wait()
{
	if
	:: err == ENODATA && may_wait ->
		/* xe_svm_populate_page() */
		down_read(mmap_lock);
		atomic {
			if
			:: !cpu -> page_last++; cpu = page_last
			:: else
			fi
		};
		atomic { up_read(mmap_lock); err = EAGAIN }
	:: err == ENODATA && !may_wait -> err = EINPROGRESS
#ifdef MISTAKE_WORKER_WAITS_FOR_BINDS
	:: wait -> !pending
#else
	:: wait && may_wait -> !pending
	:: wait && !may_wait -> err = EINPROGRESS
#endif
	:: else
	fi;
	wait = 0
}

/* A worker is overtaken three times, and gives up. code: xe_svm_service.c */
inline service_run()
{
	do
	:: service_lookup();
		if
		:: err == DONE -> service_try_alone(); xe_svm_wait()
		:: else
		fi;
		if
		:: err == EAGAIN && !may_wait -> err = EINPROGRESS; break
		:: err == EAGAIN && may_wait -> err = DONE
		:: else -> break
		fi
	od
}

/* code: xe_svm_service.c */
inline xe_svm_service_fault()
{
	settled = 0;
	service_run();
	atomic { pages_gen = 0; page = 0; changes = 0; locked = 0; settled = 0 }
}

/* Where no mirror is bound. code: xe_gt_pagefault.c */
inline xe_gt_pagefault_handle()
{
	if
	:: may_wait -> down_write(vm_lock); err = DONE
	:: else ->
		atomic {
			if
			:: can_write(vm_lock) -> vm_lock.writer = 1; err = DONE
			:: else -> err = EINPROGRESS
			fi
		}
	fi;
	if
	:: err == DONE ->
		atomic {
			if
			:: closed -> err = ENOENT
			:: !closed && mirror -> err = EINPROGRESS
			:: !closed && !mirror && pending && !may_wait -> err = EINPROGRESS
			:: else
			fi
		};
		if
		:: err == DONE && pending ->
			/* The VMA is about to be bound: handle_vma_pagefault() */
			!pending
		:: else
		fi;
		up_write(vm_lock)
	:: else
	fi
}

/* code: xe_fault_queue.c */
inline serve_block()
{
	err = DONE;
	xe_svm_service_fault();
	if
	:: err == ELSEWHERE -> xe_gt_pagefault_handle()
	:: else
	fi
}

/* code: xe_fault_reply.c */
inline xe_fault_replies_send()
{
	atomic {
		if
		:: ct_state && epoch == pf_epoch -> fault[id] = 0
		:: else
		fi;
		id = 0; epoch = 0; err = DONE;
		if
		:: !may_wait -> working = 0
		:: else
		fi
	}
}

/* A worker of a fault queue, or a waiter. model: pf_queue_work_func(), deferred_run() */
proctype thread(bit may_wait)
{
	byte id, err, page, pages_gen, changes, seq;
	bit epoch, locked, settled, wait, busy;

end:	do
	:: atomic {
		if
		:: !may_wait && nempty(pf_queue) -> pf_queue?id,epoch; working = 1
		:: may_wait && nempty(deferred) -> deferred?id,epoch
		fi
	};
again:	serve_block();
	if
	:: err == EINPROGRESS && may_wait -> goto again
	:: err == EINPROGRESS && !may_wait ->
#ifndef MISTAKE_LOST_DEFERRAL
		deferred!id,epoch;
#endif
		atomic { id = 0; epoch = 0; err = DONE; working = 0 }
	:: else -> xe_fault_replies_send()
	fi
	od
}

/* code: xe_svm_notifier.c */
inline invalidate()
{
	if
	:: blockable -> LOCK(window_lock); locked = 1
	:: else -> TRYLOCK(window_lock, locked)
	fi;
	if
	:: locked && extents && !blockable -> locked = 0; UNLOCK(window_lock)
	:: locked && !(extents && !blockable) ->
#ifndef MISTAKE_BUSY_AFTER_GENERATION
		invalidate_seq = cur_seq;
#endif
		MAY_STOP;
		/* touch_locked() */
		if
#ifndef MISTAKE_NO_TOUCH
		:: blocks -> gen++
#endif
		:: else
		fi;
#ifdef MISTAKE_BUSY_AFTER_GENERATION
		invalidate_seq = cur_seq;
#endif
#ifdef MISTAKE_UNLOCK_BEFORE_ZAP
		UNLOCK(window_lock);
#endif
		if
		:: extents -> xe_svm_revoke_locked(OF_EVENT)
		:: else
		fi;
#ifndef MISTAKE_UNLOCK_BEFORE_ZAP
		UNLOCK(window_lock)
#endif
	:: else
	fi
}

/* model: mn_itree_inv_end() of mm/mmu_notifier.c */
inline invalidate_range_end()
{
	atomic {
		active_ranges--;
		if
		:: !active_ranges && (subs_seq & 1) -> subs_seq++
		:: else
		fi
	}
}

/* model: an event of the CPU on the block, up to mmu_notifier_invalidate_range_end() */
proctype event()
{
	bit blockable, locked, called;
	byte held, cur_seq, nr;

	do
	:: nr < EVENTS ->
		if
		:: held = 0
		:: down_read(mmap_lock); held = 1
		:: down_write(mmap_lock); held = 2
		fi;
		MAY_STOP;
		if
		:: blockable = 1
		:: blockable = 0
		fi;
		atomic {
			active_ranges++;
			called = registered;
			if
			:: called -> subs_seq = subs_seq | 1
			:: else
			fi;
			cur_seq = subs_seq
		};
		if
		:: called -> invalidate()
		:: else -> locked = 1
		fi;
		if
		:: locked ->
			/* The CPU's own entry is cleared, and the page is reallocated */
			atomic {
				if
				:: cpu -> CLAIM(cpu == leaked || pte != cpu && tlb != cpu,
						page_reachable_after_release)
				:: else
				fi;
				cpu = 0
			}
		:: else
		fi;
		MAY_STOP;
		invalidate_range_end();
		if
		:: held == 1 -> up_read(mmap_lock)
		:: held == 2 -> up_write(mmap_lock)
		:: else
		fi;
		atomic { cur_seq = 0; held = 0; called = 0; locked = 0; blockable = 0; nr++ }
	:: else -> break
	od
}

/* model: an event on another block of the window, with nothing mapped */
proctype event_elsewhere()
{
	byte cur_seq;

	atomic {
		active_ranges++;
		if
		:: registered -> subs_seq = subs_seq | 1; cur_seq = subs_seq
		:: else
		fi
	};
	if
	:: cur_seq ->
		LOCK(window_lock);
		invalidate_seq = cur_seq;
		UNLOCK(window_lock)
	:: else
	fi;
	invalidate_range_end()
}

/* model: the engines and their TLB */
active proctype gpu()
{
	byte id;

end:	do
	:: atomic { runs && root && pte && !tlb -> tlb = pte }
	:: atomic {
		runs && root && !pte && !tlb && !fault[id] && ct_state ->
		fault[id] = 1;
#if WORKERS
		pf_queue!id,pf_epoch;
#else
		deferred!id,pf_epoch;
#endif
		id = (id + 1) % ENGINES
	}
	od
}

/* model: the firmware invalidates what it is asked to, and acknowledges */
active proctype guc()
{
	byte who;

end:	do
	:: atomic { requests?who -> tlb = 0 };
		/* A reset may have lost the answer, and signalled the fence */
		atomic { pending_fences[who] = 0; who = 0 }
	od
}

#ifdef BIND
/* model: a BO takes the place of the mirror, and goes again, by jobs */
proctype xe_vm_bind_ioctl()
{
	bit busy;

	down_write(vm_lock);
	if
	:: closed -> up_write(vm_lock); goto out
	:: else
	fi;
	/* xe_svm_bind_ops_vacate(): -EBUSY if anything is mapped */
	LOCK(window_lock);
#ifndef MISTAKE_BIND_OVER_MAPPED
	busy = extents != 0;
#endif
	UNLOCK(window_lock);
	if
	:: busy -> up_write(vm_lock); goto out
	:: else
	fi;
	/* block_take_tables() */
	LOCK(window_lock);
	atomic {
		CLAIM(!pt || !extents, tables_taken_while_mapped);
		pt = 0
	};
	UNLOCK(window_lock);
	MAY_STOP;
	atomic { mirror = 0; vma_changes++; pending++; jobs!BO };
	up_write(vm_lock);

	down_write(vm_lock);
	if
	:: closed
	:: else -> atomic { mirror = 1; vma_changes++; pending++; jobs!0 }
	fi;
	up_write(vm_lock);
out:	skip
}

/* model: the GPU writes the entries of a bind, in order, after any in-syncs */
proctype bind_job()
{
	byte entry;

end:	do
	:: jobs?entry ->
		MAY_STOP;
		atomic {
			CLAIM(pte == 0 || pte == BO, entry_overwritten_by_bind);
			pte = entry
		};
		if
		:: !entry -> xe_svm_flush(OF_JOB)
		:: else
		fi;
		atomic { pending--; entry = 0 }
	od
}
#endif

#ifdef CLOSE
/* code: xe_vm.c */
inline xe_vm_close()
{
	down_write(vm_lock);
	closed = 1;
	!pending;
	root = 0;
	xe_svm_flush(OF_CLOSE);
	up_write(vm_lock)
}

/* Revoke everything, stop listening. code: xe_svm.c */
inline xe_svm_close()
{
#ifndef MISTAKE_CLOSE_RELEASES_NOTHING
	LOCK(window_lock);
	if
	:: extents -> xe_svm_revoke_locked(OF_CLOSE)
	:: else
	fi;
	UNLOCK(window_lock);
#endif
	/* mmu_interval_notifier_remove() waits for callbacks */
	atomic { !active_ranges; registered = 0 };
	atomic { CLAIM(!extents, page_reachable_after_release) }
}

/* code: xe_vm.c */
proctype xe_vm_close_and_put()
{
	xe_vm_close();
	xe_svm_close()
}
#endif

#ifdef RESET
/* All fences that are pending. code: xe_gt_tlb_invalidation.c */
inline xe_gt_tlb_invalidation_reset()
{
	d_step {
		pending_fences[OF_EVENT] = 0;
		pending_fences[OF_JOB] = 0;
		pending_fences[OF_CLOSE] = 0
	}
}

/* code: xe_gt.c */
proctype gt_reset()
{
	byte id;

	/* xe_uc_stop(), and xe_gt_pagefault_reset() */
	d_step {
		ct_state = 0;
		do
		:: nempty(requests) -> requests?_
		:: else -> break
		od;
		do
		:: nempty(pf_queue) -> pf_queue?_,_
		:: else -> break
		od;
		pf_epoch = 1 - pf_epoch
	};
#ifdef MISTAKE_FENCES_SIGNALLED_BEFORE_RESET
	xe_gt_tlb_invalidation_reset();
#endif
	/* do_gt_reset(): the GuC does not know of faults any more */
	d_step {
		runs = 0;
		tlb = 0;
		do
		:: id < ENGINES -> fault[id] = 0; id++
		:: else -> break
		od
	};
#ifndef MISTAKE_FENCES_SIGNALLED_BEFORE_RESET
	xe_gt_tlb_invalidation_reset();
#endif
	/* do_gt_restart() */
	atomic { runs = 1; ct_state = 1 }
}
#endif

#ifdef WEDGE
/*
 * The engines may go on with what their TLB has; all fences are signalled. code: xe_device.c
 */
proctype xe_device_declare_wedged()
{
	d_step {
		wedged = 1;
		ct_state = 0;
		do
		:: nempty(requests) -> requests?_
		:: else -> break
		od;
		pending_fences[OF_EVENT] = 0;
		pending_fences[OF_JOB] = 0;
		pending_fences[OF_CLOSE] = 0
	}
}
#endif

/* model: looks when nothing moves any more */
active proctype quiescence()
{
	byte id;

	timeout;
#ifdef STOP
	CLAIM(!working, worker_waits_for_process)
#else
	CLAIM(!window_lock && !served && is_free(mmap_lock) && is_free(vm_lock),
	      deadlock);
	do
	:: id < ENGINES ->
		CLAIM(!fault[id] || wedged, fault_unanswered);
		id++
	:: else -> break
	od
#endif
}

init {
	byte nr;

	atomic {
		do
		:: nr < WORKERS -> run thread(0); nr++
		:: else -> break
		od;
		nr = 0;
		do
		:: nr < WAITERS -> run thread(1); nr++
		:: else -> break
		od;
		nr = 0;
#if EVENTS
		run event();
#endif
#ifdef OTHER
		run event_elsewhere();
#endif
#ifdef BIND
		run xe_vm_bind_ioctl();
		run bind_job();
#endif
#ifdef CLOSE
		run xe_vm_close_and_put();
#endif
#ifdef RESET
		run gt_reset();
#endif
#ifdef WEDGE
		run xe_device_declare_wedged();
#endif
		skip
	}
}
