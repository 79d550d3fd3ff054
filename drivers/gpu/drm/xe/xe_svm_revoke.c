// SPDX-License-Identifier: MIT
/*
 * Revocation: zap, flush, then release the pages, in one window or in many.
 *
 * Rule: the window lock is held from the zap until the TLBs have acknowledged
 * and the pages are released. Pages that a TLB may still reach are leaked. A
 * DMA mapping is undone with the last of its pages, unless one was leaked. Must
 * never happen here: an allocation, a wait for anything but the TLB
 * acknowledgment.
 */

#include "xe_svm_revoke.h"

#include "xe_device.h"
#include "xe_svm_block.h"
#include "xe_svm_entry.h"
#include "xe_svm_flush.h"
#include "xe_svm_pages.h"
#include "xe_svm_window.h"
#include "xe_vm.h"

/* Maximum windows per TLB flush, and so maximum window locks held at once. */
#define XE_SVM_TOGETHER	32

/*
 * Zap all mapped pages in @span; return their addresses. The addresses to flush
 * from TLBs, which may be more, are added to @flush.
 */
static struct xe_svm_span zap_locked(struct xe_svm_window *window,
				     const struct xe_svm_span *span,
				     struct xe_svm_span *flush)
{
	struct xe_svm_span zapped = XE_SVM_SPAN_EMPTY, known;
	struct xe_svm_block *block;
	u16 first, last;
	u32 slot;

	xe_svm_window_for_each_mapped(block, slot, window, span) {
		xe_svm_block_clamp(block, span, &first, &last);
		xe_svm_entry_zap_range(block, &first, &last);
		known = xe_svm_entry_zap(window->vm, block, first, last);

		xe_svm_span_add(flush, known.start, known.end);
		xe_svm_span_add(&zapped, block->start + first * PAGE_SIZE,
				block->start + (last + 1) * PAGE_SIZE);
	}

	return zapped;
}

/* After the flush: the pages of @zapped, which is inside the window */
static void remove_locked(struct xe_svm_window *window,
			  const struct xe_svm_span *zapped, bool acked)
{
	if (!acked)
		xe_svm_window_keep_span(window, zapped);
	xe_svm_window_remove_span(window, zapped, acked ? xe_svm_pages_release :
				  xe_svm_pages_leak);
}

/**
 * xe_svm_revoke_locked() - Unmap a span and release its pages
 * @window: the window, locked
 * @span: the addresses, inside the window; at least one page is mapped
 *
 * Context: possibly in reclaim. Waits for the TLB flush.
 */
void xe_svm_revoke_locked(struct xe_svm_window *window,
			  const struct xe_svm_span *span)
{
	struct xe_svm_span flush = XE_SVM_SPAN_EMPTY;
	struct xe_svm_span zapped = zap_locked(window, span, &flush);
	bool acked = xe_svm_flush(window->vm, &flush);

	remove_locked(window, &zapped, acked);
}

/*
 * References on the next windows in [@index, @last] that have pages mapped. @like:
 * only windows with its offset; or NULL.
 */
static unsigned int windows_mapped(struct xe_vm *vm, unsigned long index,
				   unsigned long last,
				   const struct xe_svm_window *like,
				   struct xe_svm_window *found[])
{
	struct xe_svm_window *window;
	unsigned int nr = 0;

	while (nr < XE_SVM_TOGETHER && index <= last) {
		window = xe_svm_window_next(vm, &index, last);
		if (!window)
			break;
		/*
		 * If a window gets its first page now, its own callback
		 * follows.
		 */
		if (READ_ONCE(window->pages) &&
		    (!like || window->offset == like->offset))
			found[nr++] = window;
		else
			xe_svm_window_put(window);
	}

	return nr;
}

/*
 * Zap @span in all of @windows, which are locked. Return: addresses to flush.
 */
static struct xe_svm_span zap_together(struct xe_svm_window *windows[],
				       unsigned int nr,
				       const struct xe_svm_span *span)
{
	struct xe_svm_span flush = XE_SVM_SPAN_EMPTY;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct xe_svm_window *window = windows[i];
		struct xe_svm_span inside = xe_svm_window_clamp(window, span);

		window->zapped = zap_locked(window, &inside, &flush);
	}

	return flush;
}

/**
 * xe_svm_everywhere() - All addresses of a VM
 * @vm: the VM
 *
 * Return: the span of them.
 */
struct xe_svm_span xe_svm_everywhere(const struct xe_vm *vm)
{
	return (struct xe_svm_span) {
		.start = 0,
		.end = BIT_ULL(vm->xe->info.va_bits),
	};
}

/*
 * Unmap @span in @windows, which have pages mapped, and drop the references.
 * Return: true if at least one page of the span was still mapped once they were
 * locked.
 */
static bool revoke_together(struct xe_vm *vm, struct xe_svm_window *windows[],
			    unsigned int nr, const struct xe_svm_span *span)
{
	struct xe_svm_span flush;
	unsigned int i;
	bool acked;

	if (!nr)
		return false;

	mutex_lock(&vm->svm.together);
	for (i = 0; i < nr; i++)
		mutex_lock_nest_lock(&windows[i]->lock, &vm->svm.together);

	flush = zap_together(windows, nr, span);
	acked = xe_svm_flush(vm, &flush);
	for (i = 0; i < nr; i++) {
		remove_locked(windows[i], &windows[i]->zapped, acked);
		mutex_unlock(&windows[i]->lock);
	}
	mutex_unlock(&vm->svm.together);

	for (i = 0; i < nr; i++)
		xe_svm_window_put(windows[i]);

	return !xe_svm_span_is_empty(&flush);
}

/**
 * xe_svm_revoke_windows() - Unmap a span that may cover many windows
 * @like: one of them; windows with another offset are left alone
 * @span: the addresses
 *
 * Costs one TLB flush for up to %XE_SVM_TOGETHER windows that have pages
 * mapped, from the first address on. Windows beyond that number are left alone.
 *
 * Context: process context, possibly in reclaim. Waits for the TLB flush.
 *
 * Return: true if at least one page was mapped.
 */
bool xe_svm_revoke_windows(const struct xe_svm_window *like,
			   const struct xe_svm_span *span)
{
	struct xe_svm_window *windows[XE_SVM_TOGETHER];
	struct xe_vm *vm = like->vm;
	unsigned int nr;

	nr = windows_mapped(vm, xe_svm_window_index(vm, span->start, like->offset),
			    xe_svm_window_index(vm, span->end - 1, like->offset),
			    like, windows);

	return revoke_together(vm, windows, nr, span);
}

/**
 * xe_svm_revoke_all() - Unmap all pages of a VM
 * @vm: the VM, in which no service maps anything any more
 *
 * Another thread may be revoking a part: waits until it has released the pages.
 * Ends because a window that was found once has no pages any more.
 *
 * Context: process context. Waits for TLB flushes.
 */
void xe_svm_revoke_all(struct xe_vm *vm)
{
	struct xe_svm_span all = xe_svm_everywhere(vm);
	struct xe_svm_window *windows[XE_SVM_TOGETHER];
	unsigned int nr;

	while ((nr = windows_mapped(vm, 0, ULONG_MAX, NULL, windows))) {
		revoke_together(vm, windows, nr, &all);
		cond_resched();
	}
}

/**
 * xe_svm_revoke_window() - Unmap a span although the CPU keeps the pages
 * @window: the window
 * @span: the addresses; those outside the window are left alone
 *
 * The GPU faults the pages in again that it still needs. Waits for the TLB
 * flush.
 */
void xe_svm_revoke_window(struct xe_svm_window *window,
			  const struct xe_svm_span *span)
{
	struct xe_svm_span inside = xe_svm_window_clamp(window, span);

	guard(mutex)(&window->lock);

	if (xe_svm_window_mapped_locked(window, &inside))
		xe_svm_revoke_locked(window, &inside);
}
