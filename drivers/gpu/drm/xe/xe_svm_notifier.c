// SPDX-License-Identifier: MIT
/*
 * Windows and invalidation by the CPU: zap, flush, mark dirty, unmap.
 *
 * Rule: set_seq(), the new generation and the zap happen under one hold of the
 * window lock, and the lock is kept until the TLBs have acknowledged and the pages
 * are released. A DMA mapping is undone with the last of its pages. Called by the
 * core under any lock of the mm and under reclaim. Must never happen here: an
 * allocation, a wait for anything but the TLB acknowledgment, a sleep in a
 * non-blockable notification.
 */

#include "xe_svm_notifier.h"

#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "xe_device.h"
#include "xe_pt.h"
#include "xe_svm_bind.h"
#include "xe_svm_block.h"
#include "xe_svm_owner.h"
#include "xe_svm_pages.h"
#include "xe_gt_stats.h"
#include "xe_svm_stats.h"
#include "xe_svm_trace.h"
#include "xe_vm.h"

/* How long after munmap() the addresses are reaped. */
#define XE_SVM_REAP_MS	100

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

/* Unmap @span and release its pages; something is mapped. */
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

/**
 * xe_svm_windows_revoke() - Take back what is mapped in many windows
 * @vm: the VM
 * @span: the addresses
 *
 * Costs one TLB flush for up to %XE_SVM_TOGETHER windows that have pages mapped,
 * from the first address on. Those beyond are left alone.
 *
 * Context: process context, possibly in reclaim. Waits for the TLB flush.
 *
 * Return: true if something was mapped.
 */
bool xe_svm_windows_revoke(struct xe_vm *vm, const struct xe_svm_span *span)
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
	acked = xe_svm_bind_flush(vm, &flush);
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

	if (range->end <= xe_svm_window_end(window) ||
	    !READ_ONCE(window->pages))
		return;

	if (xe_svm_windows_revoke(window->vm, &span))
		xe_svm_stats_add(window->vm, XE_GT_STATS_ID_SVM_INVALIDATION, 1);
}

/*
 * Services under way in @span collect again. After set_seq(): a service that reads
 * the new generation finds the window not quiet.
 */
static void touch_locked(struct xe_svm_window *window,
			 const struct xe_svm_span *span)
{
	u32 end = DIV_ROUND_UP_ULL(span->end - window->start,
				   XE_SVM_BLOCK_SIZE);
	u32 slot = first_slot(window, span);

	lockdep_assert_held(&window->lock);

	for (; span->start < span->end && slot < end; slot++) {
		struct xe_svm_block *block = window->blocks[slot];

		if (block)
			/* Pairs with the acquire in service_try() */
			smp_store_release(&block->gen, block->gen + 1);
	}
}

/* Addresses are unmapped for good: reap them soon. */
static void reap_soon(struct xe_svm_window *window,
		      const struct mmu_notifier_range *range)
{
	if (range->event != MMU_NOTIFY_UNMAP &&
	    range->event != MMU_NOTIFY_RELEASE)
		return;

	WRITE_ONCE(window->unmapped, true);
	/* No object is freed while the system is suspended */
	queue_delayed_work(system_freezable_wq, &window->vm->svm.reap,
			   msecs_to_jiffies(XE_SVM_REAP_MS));
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
	touch_locked(window, &span);
	reap_soon(window, range);
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

	window = kvzalloc(struct_size(window, blocks, nr_blocks),
			  GFP_KERNEL_ACCOUNT);
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
		/* Was never inserted, and has neither pages nor blocks */
		xe_svm_window_put(window);
		return ERR_PTR(err);
	}

	return window;
}

static bool window_retire_locked(struct xe_svm_window *window)
{
	u32 slot;

	lockdep_assert_held(&window->lock);

	for (slot = 0; slot < window->nr_blocks; slot++)
		if (window->blocks[slot])
			return false;

	WRITE_ONCE(window->removed, true);

	return true;
}

/**
 * xe_svm_window_remove_unused() - Remove a window that has no blocks any more
 * @window: the window
 *
 * Context: process context; waits for callbacks of the notifier.
 *
 * Return: true if it is removed. The reference of the VM is dropped then.
 */
bool xe_svm_window_remove_unused(struct xe_svm_window *window)
{
	struct xe_vm *vm = window->vm;

	/* Binds lock the VM for write, and look at windows without references */
	scoped_guard(rwsem_read, &vm->lock) {
		guard(mutex)(&window->lock);

		if (!window_retire_locked(window))
			return false;
		xa_erase(&vm->svm.windows,
			 window->start >> vm->svm.window_shift);
	}

	xe_svm_window_remove(window);
	xe_svm_window_put(window);

	return true;
}

/**
 * xe_svm_window_remove() - Stop listening to the CPU
 * @window: the window; the caller's reference stays
 *
 * Nothing is mapped any more and nothing will be: the VM is closed, or the window
 * marked as removed.
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
 * xe_svm_window_lock() - Lock a window
 * @window: the window
 * @may_wait: whether to wait for others that have it locked
 *
 * Return: true if it is locked.
 */
bool xe_svm_window_lock(struct xe_svm_window *window, bool may_wait)
{
	if (!may_wait)
		return mutex_trylock(&window->lock);

	mutex_lock(&window->lock);

	return true;
}

/**
 * xe_svm_window_served() - The served lock of an address
 * @window: the window of the address
 * @addr: the address
 *
 * Return: the lock that keeps a second service of the same block away.
 */
struct mutex *xe_svm_window_served(struct xe_svm_window *window, u64 addr)
{
	return &window->served[(addr >> XE_SVM_BLOCK_SHIFT) %
			       XE_SVM_WINDOW_SERVED];
}

/**
 * xe_svm_window_find_block() - Find the block of an address
 * @window: the window of the address, locked, or the address's served lock held
 * @addr: the address
 *
 * Return: the block or NULL; it stays as long as the caller has what it has locked.
 */
struct xe_svm_block *xe_svm_window_find_block(struct xe_svm_window *window,
					      u64 addr)
{
	u32 slot = (addr - window->start) >> XE_SVM_BLOCK_SHIFT;

	/* Pairs with the release in block_publish() */
	return smp_load_acquire(&window->blocks[slot]);
}

static int block_publish(struct xe_svm_window *window,
			 struct xe_svm_block *block, bool may_wait)
{
	u32 slot = (block->start - window->start) >> XE_SVM_BLOCK_SHIFT;
	int err = 0;

	if (!xe_svm_window_lock(window, may_wait))
		return -EINPROGRESS;

	if (window->removed)
		err = -EAGAIN;
	else
		/* Pairs with the acquire in xe_svm_window_find_block() */
		smp_store_release(&window->blocks[slot], block);
	mutex_unlock(&window->lock);

	return err;
}

/**
 * xe_svm_window_block() - Find or make the block of an address
 * @window: the window of the address
 * @addr: the address, its served lock held
 * @may_wait: whether to wait for memory and for the window lock
 *
 * Return: the block, which stays while the served lock is held, or an error
 * pointer: -ENOMEM; -EINPROGRESS if it takes waiting; -EAGAIN if the window was
 * removed.
 */
struct xe_svm_block *xe_svm_window_block(struct xe_svm_window *window, u64 addr,
					 bool may_wait)
{
	struct xe_svm_owner *owner = window->vm->svm.owner;
	struct xe_svm_block *block;
	int err;

	lockdep_assert_held(xe_svm_window_served(window, addr));

	block = xe_svm_window_find_block(window, addr);
	if (block)
		return block;

	block = may_wait ? kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT) :
		xe_svm_owner_alloc_nowait(owner, sizeof(*block));
	if (!block)
		return ERR_PTR(may_wait ? -ENOMEM : -EINPROGRESS);

	xe_svm_block_init(block, ALIGN_DOWN(addr, XE_SVM_BLOCK_SIZE));
	err = block_publish(window, block, may_wait);
	if (err) {
		xe_svm_block_destroy(block);
		return ERR_PTR(err);
	}

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
