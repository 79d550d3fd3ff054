// SPDX-License-Identifier: MIT
/*
 * Events of the CPU: the interval notifier of each window.
 *
 * Rule: set_seq(), the new generation and the zap happen under one hold of the
 * window lock. Called by the core under any lock of the mm and under reclaim.
 * Must never happen here: an allocation in a callback, a wait for anything but
 * the TLB acknowledgment, a sleep in a non-blockable notification.
 */

#include "xe_svm_notifier.h"

#include <linux/sched/mm.h>

#include "xe_gt_stats.h"
#include "xe_svm_reap.h"
#include "xe_svm_revoke.h"
#include "xe_svm_stats.h"
#include "xe_svm_trace.h"
#include "xe_svm_window.h"
#include "xe_vm.h"

/* The part of an event from the start of a window to @end, in GPU addresses. */
static struct xe_svm_span range_span(const struct xe_svm_window *window,
				     const struct mmu_notifier_range *range,
				     u64 end)
{
	u64 first = xe_svm_window_cpu_addr(window, window->start);
	u64 behind = xe_svm_window_cpu_addr(window, end);

	/* Compared as CPU addresses: others may have no GPU address */
	return (struct xe_svm_span) {
		.start = xe_svm_window_gpu_addr(window, max_t(u64, range->start, first)),
		.end = xe_svm_window_gpu_addr(window, min_t(u64, range->end, behind)),
	};
}

/* An event beyond one window: the first callback does the work of the next. */
static void invalidate_together(struct xe_svm_window *window,
				const struct mmu_notifier_range *range)
{
	u64 end = xe_svm_window_end(window);
	struct xe_svm_span span;

	if (range->end <= xe_svm_window_cpu_addr(window, end) ||
	    !READ_ONCE(window->pages))
		return;

	span = range_span(window, range, xe_svm_everywhere(window->vm).end);
	if (xe_svm_revoke_windows(window, &span))
		xe_svm_stats_add(window->vm, XE_GT_STATS_ID_SVM_INVALIDATION, 1);
}

/*
 * Makes running services in @span collect again. After set_seq(): a service
 * that reads the new generation finds the window not quiet.
 */
static void touch_locked(struct xe_svm_window *window,
			 const struct xe_svm_span *span)
{
	u32 end = DIV_ROUND_UP_ULL(span->end - window->start,
				   XE_SVM_BLOCK_SIZE);
	u32 slot = xe_svm_window_slot(window, span->start);

	lockdep_assert_held(&window->lock);

	for (; !xe_svm_span_is_empty(span) && slot < end; slot++) {
		struct xe_svm_block *block = window->blocks[slot];

		if (block)
			/* Pairs with the acquire in service_collect() */
			smp_store_release(&block->gen, block->gen + 1);
	}
}

static bool is_unmapped(const struct mmu_notifier_range *range)
{
	return range->event == MMU_NOTIFY_UNMAP ||
		range->event == MMU_NOTIFY_RELEASE;
}

static bool invalidate(struct mmu_interval_notifier *notifier,
		       const struct mmu_notifier_range *range,
		       unsigned long cur_seq)
{
	struct xe_svm_window *window =
		container_of(notifier, typeof(*window), notifier);
	struct xe_svm_span span = range_span(window, range,
					     xe_svm_window_end(window));
	bool mapped;

	if (mmu_notifier_range_blockable(range)) {
		invalidate_together(window, range);
		mutex_lock(&window->lock);
	} else if (!mutex_trylock(&window->lock)) {
		return false;
	}

	mapped = xe_svm_window_mapped_locked(window, &span);
	if (mapped && !mmu_notifier_range_blockable(range)) {
		mutex_unlock(&window->lock);
		return false;
	}

	mmu_interval_set_seq(notifier, cur_seq);
	touch_locked(window, &span);
	if (is_unmapped(range))
		xe_svm_reap_soon(window);
	trace_xe_svm_invalidate(window->vm, span.start, span.end, range->event,
				mapped);
	if (mapped) {
		xe_svm_stats_add(window->vm, XE_GT_STATS_ID_SVM_INVALIDATION, 1);
		xe_svm_revoke_locked(window, &span);
	}
	mutex_unlock(&window->lock);

	return true;
}

static const struct mmu_interval_notifier_ops window_notifier_ops = {
	.invalidate = invalidate,
};

static int notifier_insert(struct xe_svm_window *window)
{
	u64 start = xe_svm_window_cpu_addr(window, window->start);
	u64 size = (u64)window->nr_blocks << XE_SVM_BLOCK_SHIFT;

	/*
	 * The notifier takes the lock under reclaim: let lockdep know at once.
	 */
	fs_reclaim_acquire(GFP_KERNEL);
	might_lock(&window->lock);
	fs_reclaim_release(GFP_KERNEL);

	return mmu_interval_notifier_insert(&window->notifier,
					    window->vm->svm.mm, start, size,
					    &window_notifier_ops);
}

/**
 * xe_svm_notifier_remove() - Remove the notifier of a window
 * @window: the window; the caller's reference stays
 *
 * No page is mapped any more, and none will be: the VM is closed, or the window
 * marked as removed.
 *
 * Context: process context; waits for callbacks of the notifier.
 */
void xe_svm_notifier_remove(struct xe_svm_window *window)
{
	WARN_ON_ONCE(READ_ONCE(window->pages));
	mmu_interval_notifier_remove(&window->notifier);
}

/**
 * xe_svm_notifier_remove_discarded() - Remove the notifiers of discarded windows
 * @vm: the VM
 *
 * Context: process context; waits for callbacks of the notifiers.
 */
void xe_svm_notifier_remove_discarded(struct xe_vm *vm)
{
	struct xe_svm_window *window, *next;

	llist_for_each_entry_safe(window, next,
				  llist_del_all(&vm->svm.discarded), discarded) {
		xe_svm_notifier_remove(window);
		xe_svm_window_put(window);
	}
}

/**
 * xe_svm_notifier_window() - Find or make the window of an address
 * @vm: the VM
 * @addr: the address
 * @offset: offset of the mirror there
 * @may_wait: make one if there is none; otherwise only look it up
 *
 * Context: process context with nothing locked: a new notifier may take the
 * mmap_lock of the mm. For a lookup only, the mmap_lock may be held.
 *
 * Return: the window with a reference, or an error pointer: -ENOMEM, -ENOENT if
 * the VM was closed, -EAGAIN to look up the mirror again, -EINPROGRESS if the
 * caller may not wait, -EINTR if it was killed.
 */
struct xe_svm_window *xe_svm_notifier_window(struct xe_vm *vm, u64 addr,
					     s64 offset, bool may_wait)
{
	struct xe_svm_window *window;
	int err;

	do {
		window = xe_svm_window_find(vm, addr, offset);
		if (window)
			return window;
		if (!may_wait)
			return ERR_PTR(-EINPROGRESS);

		window = xe_svm_window_create(vm, addr, offset);
		if (!window)
			return ERR_PTR(-ENOMEM);

		err = notifier_insert(window);
		if (!err) {
			err = xe_svm_window_publish(window, addr);
			if (!err)
				return window;
			mmu_interval_notifier_remove(&window->notifier);
		}
		xe_svm_window_put(window);
		/* One with another offset is not found: see service_run() */
	} while (err == -EAGAIN && !offset);

	return ERR_PTR(err == -ESTALE ? -EAGAIN : err);
}
