// SPDX-License-Identifier: MIT
/*
 * Windows, and how the CPU takes pages back: zap, flush, mark dirty, unmap.
 *
 * Law: set_seq() and the zap happen under one hold of the window lock, and the
 * lock is kept until the TLBs have acknowledged and the pages are given back. A
 * DMA mapping goes with the last of its pages.
 * Called by the core under any lock of the mm and under reclaim. Must never
 * happen here: an allocation, a wait for anything but the TLB acknowledgment,
 * a sleep in a non-blockable notification.
 */

#include "xe_svm_notifier.h"

#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "xe_device.h"
#include "xe_pt.h"
#include "xe_svm_bind.h"
#include "xe_svm_block.h"
#include "xe_svm_pages.h"
#include "xe_gt_stats.h"
#include "xe_svm_stats.h"
#include "xe_svm_trace.h"
#include "xe_vm.h"

/* How many windows one TLB flush may serve; bounds what is locked at once. */
#define XE_SVM_TOGETHER	32

/**
 * xe_svm_window_end() - First address behind a window
 * @window: the window
 *
 * Return: the address.
 */
u64 xe_svm_window_end(const struct xe_svm_window *window)
{
	return window->start + (u64)window->nr_blocks * XE_SVM_BLOCK_SIZE;
}

static void window_free(struct kref *ref)
{
	struct xe_svm_window *window = container_of(ref, typeof(*window), ref);
	u32 slot;

	WARN_ON_ONCE(window->pages);
	for (slot = 0; slot < window->nr_blocks; slot++)
		xe_svm_block_destroy(window->blocks[slot]);
	for (slot = 0; slot < XE_SVM_WINDOW_SERVED; slot++)
		mutex_destroy(&window->served[slot]);
	mutex_destroy(&window->lock);
	kvfree(window);
}

/**
 * xe_svm_window_put() - Drop a reference of a window
 * @window: the window
 */
void xe_svm_window_put(struct xe_svm_window *window)
{
	kref_put(&window->ref, window_free);
}

static struct xe_svm_span window_clamp(const struct xe_svm_window *window,
				       const struct xe_svm_span *span)
{
	return (struct xe_svm_span) {
		.start = max(span->start, window->start),
		.end = min(span->end, xe_svm_window_end(window)),
	};
}

/* Pages [*first, *last] of @block that lie in @span. */
static void block_clamp(const struct xe_svm_block *block,
			const struct xe_svm_span *span, u16 *first, u16 *last)
{
	u64 start = max(span->start, block->start);
	u64 end = min(span->end, block->start + XE_SVM_BLOCK_SIZE);

	*first = xe_svm_block_page(start);
	*last = xe_svm_block_page(end - 1);
}

/* The next block from *@slot on that has pages mapped in a clamped span. */
static struct xe_svm_block *next_mapped(struct xe_svm_window *window,
					const struct xe_svm_span *span,
					u32 *slot)
{
	u32 end = DIV_ROUND_UP_ULL(span->end - window->start,
				   XE_SVM_BLOCK_SIZE);

	lockdep_assert_held(&window->lock);

	if (span->start >= span->end)
		return NULL;

	while (*slot < end) {
		struct xe_svm_block *block = window->blocks[(*slot)++];
		u16 first, last;

		if (!block || !block->extents.nr)
			continue;

		block_clamp(block, span, &first, &last);
		if (xe_svm_extents_any(&block->extents, first, last))
			return block;
	}

	return NULL;
}

static u32 first_slot(const struct xe_svm_window *window,
		      const struct xe_svm_span *span)
{
	return (span->start - window->start) >> XE_SVM_BLOCK_SHIFT;
}

#define for_each_mapped_block(block__, slot__, window__, span__)	\
	for ((slot__) = first_slot((window__), (span__));		\
	     ((block__) = next_mapped((window__), (span__), &(slot__)));)

static bool mapped_locked(struct xe_svm_window *window,
			  const struct xe_svm_span *span)
{
	u32 slot = first_slot(window, span);

	lockdep_assert_held(&window->lock);

	return window->pages && next_mapped(window, span, &slot);
}

/*
 * Zap all that is mapped in @span; return the addresses that were. What TLBs have
 * to forget, which may be more, is added to @flush.
 */
static struct xe_svm_span zap_locked(struct xe_svm_window *window,
				     const struct xe_svm_span *span,
				     struct xe_svm_span *flush)
{
	struct xe_svm_span zapped = { .start = U64_MAX }, known;
	struct xe_svm_block *block;
	u16 first, last;
	u32 slot;

	for_each_mapped_block(block, slot, window, span) {
		block_clamp(block, span, &first, &last);
		xe_svm_bind_zap_range(block, &first, &last);
		known = xe_svm_bind_zap(window->vm, block, first, last);

		xe_svm_span_add(flush, known.start, known.end);
		xe_svm_span_add(&zapped, block->start + first * PAGE_SIZE,
				block->start + (last + 1) * PAGE_SIZE);
	}

	return zapped;
}

/* Changes under the window lock; looked at without to see if it is worth locking. */
static void window_subtract(struct xe_svm_window *window,
			    const struct xe_svm_extent *extent)
{
	WRITE_ONCE(window->pages, window->pages - xe_svm_extent_pages(extent));
}

static void piece_release(const struct xe_svm_piece *piece, void *arg)
{
	struct xe_svm_window *window = arg;

	window_subtract(window, &piece->extent);
	xe_svm_pages_release(window->vm, piece);
}

static void piece_leak(const struct xe_svm_piece *piece, void *arg)
{
	struct xe_svm_window *window = arg;

	window_subtract(window, &piece->extent);
	xe_svm_pages_leak(window->vm, piece);
}

/* After the zap: hand the pages of @zapped to @fn. */
static void remove_locked(struct xe_svm_window *window,
			  const struct xe_svm_span *zapped, xe_svm_piece_fn fn)
{
	struct xe_svm_block *block;
	u16 first, last;
	u32 slot;

	for_each_mapped_block(block, slot, window, zapped) {
		block_clamp(block, zapped, &first, &last);
		xe_svm_extents_remove(&block->extents, first, last, fn, window);
	}
}

/* Take back what is mapped in @span; there is something. */
static void revoke_locked(struct xe_svm_window *window,
			  const struct xe_svm_span *span)
{
	struct xe_svm_span flush = { .start = U64_MAX };
	struct xe_svm_span zapped = zap_locked(window, span, &flush);
	bool acked = xe_svm_bind_flush(window->vm, &flush);

	remove_locked(window, &zapped, acked ? piece_release : piece_leak);
}

/* The next window from *@index on up to @last, with a reference. */
static struct xe_svm_window *window_next(struct xe_vm *vm, unsigned long *index,
					 unsigned long last)
{
	struct xe_svm_window *window;

	/* xe_svm_close() erases before it puts. */
	xa_lock(&vm->svm.windows);
	window = xa_find(&vm->svm.windows, index, last, XA_PRESENT);
	if (window)
		kref_get(&window->ref);
	xa_unlock(&vm->svm.windows);
	++*index;

	return window;
}

/* References on the next windows in [@index, @last] that have pages mapped. */
static unsigned int windows_mapped(struct xe_vm *vm, unsigned long index,
				   unsigned long last,
				   struct xe_svm_window *found[])
{
	struct xe_svm_window *window;
	unsigned int nr = 0;

	while (nr < XE_SVM_TOGETHER && index <= last) {
		window = window_next(vm, &index, last);
		if (!window)
			break;
		/* One that gets its first page now has its own callback ahead. */
		if (READ_ONCE(window->pages))
			found[nr++] = window;
		else
			xe_svm_window_put(window);
	}

	return nr;
}

/* Zap @span in all of @windows, which are locked. Return: what to flush. */
static struct xe_svm_span zap_together(struct xe_svm_window *windows[],
				       unsigned int nr,
				       const struct xe_svm_span *span)
{
	struct xe_svm_span flush = { .start = U64_MAX };
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct xe_svm_window *window = windows[i];
		struct xe_svm_span inside = window_clamp(window, span);

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
 * Flush what was zapped; @for_good: nothing will be mapped again, so that it can be
 * the last flush of the VM.
 */
static bool flush_together(struct xe_vm *vm, const struct xe_svm_span *zapped,
			   bool for_good)
{
	struct xe_svm_span all = xe_svm_everywhere(vm);
	bool acked;

	if (!for_good || zapped->start >= zapped->end || !xe_svm_bind_cut(vm))
		return xe_svm_bind_flush(vm, zapped);

	acked = xe_svm_bind_flush(vm, &all);
	if (acked)
		xe_pt_cut_end(vm);

	return acked;
}

/**
 * xe_svm_windows_revoke() - Take back what is mapped in many windows
 * @vm: the VM
 * @span: the addresses
 * @for_good: the process ends, so that nothing is mapped in mirrors any more
 *
 * Costs one TLB flush for up to %XE_SVM_TOGETHER windows that have pages mapped,
 * from the first address on. Those beyond are left alone.
 *
 * Context: process context, possibly in reclaim. Waits for the TLB flush.
 *
 * Return: true if something was mapped.
 */
bool xe_svm_windows_revoke(struct xe_vm *vm, const struct xe_svm_span *span,
			   bool for_good)
{
	struct xe_svm_window *windows[XE_SVM_TOGETHER];
	struct xe_svm_span flush;
	unsigned int nr, i;
	bool acked;

	nr = windows_mapped(vm, span->start >> vm->svm.window_shift,
			    (span->end - 1) >> vm->svm.window_shift, windows);
	if (!nr)
		return false;

	mutex_lock(&vm->svm.together);
	for (i = 0; i < nr; i++)
		mutex_lock_nest_lock(&windows[i]->lock, &vm->svm.together);

	flush = zap_together(windows, nr, span);
	acked = flush_together(vm, &flush, for_good);
	for (i = 0; i < nr; i++) {
		remove_locked(windows[i], &windows[i]->zapped,
			      acked ? piece_release : piece_leak);
		mutex_unlock(&windows[i]->lock);
	}
	mutex_unlock(&vm->svm.together);

	for (i = 0; i < nr; i++)
		xe_svm_window_put(windows[i]);

	return flush.start < flush.end;
}

/* An event beyond one window: the first callback does the work of the next. */
static void invalidate_together(struct xe_svm_window *window,
				const struct mmu_notifier_range *range)
{
	struct xe_svm_span span = {
		.start = max_t(u64, range->start, window->start),
		.end = min_t(u64, range->end, xe_svm_everywhere(window->vm).end),
	};
	bool for_good = range->event == MMU_NOTIFY_RELEASE;

	if (range->end <= xe_svm_window_end(window) ||
	    !READ_ONCE(window->pages))
		return;

	if (xe_svm_windows_revoke(window->vm, &span, for_good))
		xe_svm_stats_add(window->vm, XE_GT_STATS_ID_SVM_INVALIDATION, 1);
}

static bool invalidate(struct mmu_interval_notifier *notifier,
		       const struct mmu_notifier_range *range,
		       unsigned long cur_seq)
{
	struct xe_svm_window *window =
		container_of(notifier, typeof(*window), notifier);
	struct xe_svm_span span = window_clamp(window, &(struct xe_svm_span) {
		.start = range->start,
		.end = range->end,
	});
	bool mapped;

	if (mmu_notifier_range_blockable(range)) {
		invalidate_together(window, range);
		mutex_lock(&window->lock);
	} else if (!mutex_trylock(&window->lock)) {
		return false;
	}

	mapped = mapped_locked(window, &span);
	if (mapped && !mmu_notifier_range_blockable(range)) {
		mutex_unlock(&window->lock);
		return false;
	}

	mmu_interval_set_seq(notifier, cur_seq);
	trace_xe_svm_invalidate(window->vm, span.start, span.end, range->event,
				mapped);
	if (mapped) {
		xe_svm_stats_add(window->vm, XE_GT_STATS_ID_SVM_INVALIDATION, 1);
		revoke_locked(window, &span);
	}
	mutex_unlock(&window->lock);

	return true;
}

static const struct mmu_interval_notifier_ops window_notifier_ops = {
	.invalidate = invalidate,
};

static struct xe_svm_window *window_create(struct xe_vm *vm, u64 start)
{
	u64 size = 1ull << vm->svm.window_shift;
	u32 nr_blocks = size >> XE_SVM_BLOCK_SHIFT;
	struct xe_svm_window *window;
	unsigned int i;
	int err;

	window = kvzalloc(struct_size(window, blocks, nr_blocks), GFP_KERNEL);
	if (!window)
		return ERR_PTR(-ENOMEM);

	window->nr_blocks = nr_blocks;
	window->vm = vm;
	window->start = start;
	kref_init(&window->ref);
	mutex_init(&window->lock);
	for (i = 0; i < XE_SVM_WINDOW_SERVED; i++)
		mutex_init(&window->served[i]);

	/* The notifier takes the lock under reclaim: let lockdep know at once. */
	fs_reclaim_acquire(GFP_KERNEL);
	might_lock(&window->lock);
	fs_reclaim_release(GFP_KERNEL);

	err = mmu_interval_notifier_insert(&window->notifier, vm->svm.mm, start,
					   size, &window_notifier_ops);
	if (err) {
		kvfree(window);
		return ERR_PTR(err);
	}

	return window;
}

/**
 * xe_svm_window_remove() - Stop listening to the CPU
 * @window: the window, no longer found by address; the caller's reference stays
 *
 * Nothing is mapped any more, and the VM closed, so that no service maps anything.
 *
 * Context: process context; waits for callbacks of the notifier.
 */
void xe_svm_window_remove(struct xe_svm_window *window)
{
	WARN_ON_ONCE(READ_ONCE(window->pages));
	mmu_interval_notifier_remove(&window->notifier);
}

static struct xe_svm_window *window_find(struct xe_vm *vm, u64 addr)
{
	struct xe_svm_window *window;

	/* xe_svm_close() erases before it puts. */
	xa_lock(&vm->svm.windows);
	window = xa_load(&vm->svm.windows, addr >> vm->svm.window_shift);
	if (window)
		kref_get(&window->ref);
	xa_unlock(&vm->svm.windows);

	return window;
}

/* Make a new window known; the loser of a race gets -EAGAIN and looks again. */
static int window_publish(struct xe_vm *vm, struct xe_svm_window *window)
{
	void *old;

	guard(rwsem_read)(&vm->lock);

	if (xe_vm_is_closed(vm))
		return -ENOENT;

	old = xa_cmpxchg(&vm->svm.windows,
			 window->start >> vm->svm.window_shift, NULL, window,
			 GFP_KERNEL);
	if (xa_is_err(old))
		return xa_err(old);
	if (old)
		return -EAGAIN;

	kref_get(&window->ref);

	return 0;
}

/**
 * xe_svm_window_get() - Find or make the window of an address
 * @vm: the VM
 * @addr: the address
 * @may_wait: make one if there is none; otherwise only look
 *
 * Context: process context with nothing locked: a new notifier may take the
 * mmap_lock of the mm. To look, the mmap_lock may be held.
 *
 * Return: the window with a reference, or an error pointer: -ENOMEM, -ENOENT if
 * the VM was closed, -EINPROGRESS if the caller may not wait.
 */
struct xe_svm_window *xe_svm_window_get(struct xe_vm *vm, u64 addr,
					bool may_wait)
{
	u64 size = 1ull << vm->svm.window_shift;
	struct xe_svm_window *window;
	int err;

	do {
		window = window_find(vm, addr);
		if (window)
			return window;
		if (!may_wait)
			return ERR_PTR(-EINPROGRESS);

		window = window_create(vm, ALIGN_DOWN(addr, size));
		if (IS_ERR(window))
			return window;

		err = window_publish(vm, window);
		if (!err)
			return window;

		mmu_interval_notifier_remove(&window->notifier);
		xe_svm_window_put(window);
	} while (err == -EAGAIN);

	return ERR_PTR(err);
}

/**
 * xe_svm_window_block() - Find or make the block of an address
 * @window: the window of the address
 * @addr: the address
 *
 * Return: the block, which lives as long as the window, or NULL if there is no
 * memory.
 */
struct xe_svm_block *xe_svm_window_block(struct xe_svm_window *window, u64 addr)
{
	u32 slot = (addr - window->start) >> XE_SVM_BLOCK_SHIFT;
	struct xe_svm_block *block, *new;

	/* Pairs with the release below. */
	block = smp_load_acquire(&window->blocks[slot]);
	if (block)
		return block;

	new = xe_svm_block_create(ALIGN_DOWN(addr, XE_SVM_BLOCK_SIZE));
	if (!new)
		return NULL;

	scoped_guard(mutex, &window->lock) {
		block = window->blocks[slot];
		if (!block) {
			/* Who sees the block without the lock sees it whole. */
			smp_store_release(&window->blocks[slot], new);
			return new;
		}
	}
	xe_svm_block_destroy(new);

	return block;
}

/**
 * xe_svm_window_mapped() - Has the GPU anything mapped in a span?
 * @window: the window
 * @span: the addresses; those outside the window do not count
 *
 * Return: true if at least one page of the span is mapped.
 */
bool xe_svm_window_mapped(struct xe_svm_window *window,
			  const struct xe_svm_span *span)
{
	struct xe_svm_span inside = window_clamp(window, span);

	guard(mutex)(&window->lock);

	return mapped_locked(window, &inside);
}

/**
 * xe_svm_window_revoke() - Take mappings back although the CPU keeps the pages
 * @window: the window
 * @span: the addresses; those outside the window are left alone
 *
 * The GPU faults what it still needs in again. Waits for the TLB flush.
 */
void xe_svm_window_revoke(struct xe_svm_window *window,
			  const struct xe_svm_span *span)
{
	struct xe_svm_span inside = window_clamp(window, span);

	guard(mutex)(&window->lock);

	if (mapped_locked(window, &inside))
		revoke_locked(window, &inside);
}
