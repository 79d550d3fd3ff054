// SPDX-License-Identifier: MIT
/*
 * Reaper: frees page tables, blocks and windows of unmapped addresses.
 *
 * Rule: nothing is kept for addresses that the CPU does not map any more. A
 * block is removed with its served lock held, so that no service uses it, and
 * with no page mapped. Page tables are freed after one TLB flush for all of a
 * window. Runs in a work item, a moment after munmap(). Must never happen here:
 * a wait for a service, or for a bind: the removal of the device would wait, too.
 */

#include "xe_svm_reap.h"

#include <linux/bits.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "xe_svm_block.h"
#include "xe_svm_notifier.h"
#include "xe_svm_table.h"
#include "xe_svm_trace.h"
#include "xe_svm_window.h"
#include "xe_vm.h"

/* How many blocks are handled together. */
#define REAP_SLOTS	64

/* Delay between munmap() and reaping the addresses; and between rounds. */
#define REAP_MS		100

/* Blocks that one pass found, and objects that it removed. */
struct reap {
	struct xe_vm *vm;
	struct xe_svm_window *window;
	/* The first slot. */
	u32 first;
	/* Slots in which the CPU maps nothing. */
	u64 unused;
	/* Tables of the removed blocks. */
	struct xe_svm_tables freed;
	/* Addresses of the removed blocks. */
	struct xe_svm_span span;
	u32 nr;
	/* Blocks or the reservation were in use, or a bind job needs tables. */
	bool again;
};

static u64 slot_start(const struct reap *reap, u32 slot)
{
	return reap->window->start +
		(u64)(reap->first + slot) * XE_SVM_BLOCK_SIZE;
}

static u32 slots(const struct reap *reap)
{
	return min_t(u32, REAP_SLOTS, reap->window->nr_blocks - reap->first);
}

/* Slots with a block. */
static u64 look_for_blocks(const struct reap *reap)
{
	u64 there = 0;
	u32 slot;

	for (slot = 0; slot < slots(reap); slot++)
		if (READ_ONCE(reap->window->blocks[reap->first + slot]))
			there |= BIT_ULL(slot);

	return there;
}

static void look_at_mm(struct reap *reap, struct mm_struct *mm)
{
	u32 slot;

	/* A process may hold it for arbitrarily long */
	if (!mmap_read_trylock(mm)) {
		reap->unused = 0;
		reap->again = true;
		return;
	}

	for (slot = 0; slot < slots(reap); slot++) {
		u64 start = xe_svm_window_cpu_addr(reap->window,
						   slot_start(reap, slot));

		if (find_vma_intersection(mm, start, start + XE_SVM_BLOCK_SIZE))
			reap->unused &= ~BIT_ULL(slot);
	}
	mmap_read_unlock(mm);
}

/*
 * Once the process has exited, all blocks are unused. The mm is not kept for
 * longer than this check, because its owner may be about to exit.
 */
static void look_for_unused(struct reap *reap)
{
	struct mm_struct *mm = reap->vm->svm.mm;

	reap->unused = look_for_blocks(reap);
	if (!reap->unused || !mmget_not_zero(mm))
		return;

	look_at_mm(reap, mm);
	mmput_async(mm);
}

/*
 * Remove the block from its slot if it has no mapped pages, and its tables can
 * be freed.
 */
static struct xe_svm_block *block_take(struct reap *reap, u64 start)
{
	struct xe_svm_window *window = reap->window;
	u32 slot = (start - window->start) >> XE_SVM_BLOCK_SHIFT;
	struct xe_svm_block *block;
	struct dma_fence *job;

	lockdep_assert_held(xe_svm_window_served(window, start));
	guard(mutex)(&window->lock);

	block = window->blocks[slot];
	if (!block || block->extents.nr)
		return NULL;

	job = xe_svm_table_needed_by(reap->vm, start, block->pt);
	if (job) {
		dma_fence_put(job);
		reap->again = true;
		return NULL;
	}

	WRITE_ONCE(window->blocks[slot], NULL);

	return block;
}

static void block_reap(struct reap *reap, u64 start)
{
	struct xe_svm_window *window = reap->window;
	struct mutex *served = xe_svm_window_served(window, start);
	struct xe_svm_block *block;

	/* Outer to vm->lock, so only try it */
	if (!mutex_trylock(served)) {
		reap->again = true;
		return;
	}

	block = block_take(reap, start);
	if (block) {
		xe_svm_table_unhold(reap->vm, start, block->pt, &reap->freed);
		xe_svm_span_add(&reap->span, start, start + XE_SVM_BLOCK_SIZE);
		reap->nr++;
		xe_svm_block_destroy(block);
	}
	mutex_unlock(served);
}

static void blocks_reap(struct reap *reap)
{
	struct xe_vm *vm = reap->vm;
	u32 slot;

	if (!reap->unused)
		return;

	/* Eviction waits for bind jobs with it held */
	if (!dma_resv_trylock(xe_vm_resv(vm))) {
		reap->again = true;
		return;
	}
	for (slot = 0; slot < slots(reap); slot++)
		if (reap->unused & BIT_ULL(slot))
			block_reap(reap, slot_start(reap, slot));
	xe_vm_unlock(vm);
}

static void window_reap_locked(struct reap *reap)
{
	struct xe_vm *vm = reap->vm;

	lockdep_assert_held(&vm->lock);

	for (; reap->first < reap->window->nr_blocks; reap->first += REAP_SLOTS) {
		look_for_unused(reap);
		blocks_reap(reap);
		cond_resched();
	}

	xe_svm_table_free(vm, &reap->freed);
}

/* Return: true if some of the blocks have to be looked at again. */
static bool window_reap(struct xe_vm *vm, struct xe_svm_window *window)
{
	struct reap reap = {
		.vm = vm,
		.window = window,
		.freed = XE_SVM_TABLES_NONE,
		.span = XE_SVM_SPAN_EMPTY,
	};
	bool retired;
	int idx;

	/* A bind holds it for as long as user space makes it wait */
	if (!down_read_trylock(&vm->lock))
		return true;

	if (!xe_vm_is_closed(vm) && drm_dev_enter(&vm->xe->drm, &idx)) {
		window_reap_locked(&reap);
		drm_dev_exit(idx);
	}
	retired = xe_svm_window_retire(window);
	up_read(&vm->lock);

	if (reap.nr)
		trace_xe_svm_reap(vm, reap.span.start, reap.span.end, reap.nr);
	if (retired) {
		xe_svm_notifier_remove(window);
		xe_svm_window_put(window);
	}

	return reap.again;
}

/* The next window from *@index on where the CPU unmapped something. */
static struct xe_svm_window *unmapped_window(struct xe_vm *vm,
					     unsigned long *index)
{
	struct xe_svm_window *window;

	xa_lock(&vm->svm.windows);
	xa_for_each_start(&vm->svm.windows, *index, window, *index)
		if (READ_ONCE(window->unmapped))
			break;
	if (window) {
		WRITE_ONCE(window->unmapped, false);
		kref_get(&window->ref);
	}
	xa_unlock(&vm->svm.windows);

	return window;
}

/* Return: true if another round is needed. */
static bool reap(struct xe_vm *vm)
{
	struct xe_svm_window *window;
	unsigned long index = 0;
	bool again = false;

	for (; (window = unmapped_window(vm, &index)); index++) {
		if (window_reap(vm, window)) {
			WRITE_ONCE(window->unmapped, true);
			again = true;
		}
		xe_svm_window_put(window);
	}

	if (!xa_empty(&vm->svm.windows))
		return again;

	/* Eviction waits for bind jobs with it held */
	if (!dma_resv_trylock(xe_vm_resv(vm)))
		return true;
	xe_svm_table_free_reserve(vm);
	xe_vm_unlock(vm);

	return again;
}

/**
 * xe_svm_reap_work() - Free page tables, blocks and windows of unmapped addresses
 * @work: &xe_svm_vm.reap
 */
void xe_svm_reap_work(struct work_struct *work)
{
	struct xe_vm *vm = container_of(to_delayed_work(work), typeof(*vm),
					svm.reap);

	xe_svm_notifier_remove_discarded(vm);
	if (reap(vm) && !drm_dev_is_unplugged(&vm->xe->drm))
		queue_delayed_work(system_freezable_wq, &vm->svm.reap,
				   msecs_to_jiffies(REAP_MS));
}

/**
 * xe_svm_reap_soon() - Let the reaper look at a window
 * @window: the window, in which the CPU maps less than before, or less than a
 * fault needs
 *
 * Context: any that may take a spinlock, also in reclaim.
 */
void xe_svm_reap_soon(struct xe_svm_window *window)
{
	WRITE_ONCE(window->unmapped, true);
	/* No object is freed while the system is suspended */
	queue_delayed_work(system_freezable_wq, &window->vm->svm.reap,
			   msecs_to_jiffies(REAP_MS));
}
