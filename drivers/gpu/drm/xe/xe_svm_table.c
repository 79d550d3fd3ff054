// SPDX-License-Identifier: MIT
/*
 * Page tables of blocks: held, kept in reserve, prepared, vacated, freed.
 *
 * Rule: a block holds the table its entries are in, so the table is found
 * through the block, never by a walk, and stays. Tables change under the VM
 * resv. Must never happen here: a GPU job, a table freed before it was flushed
 * from the TLBs.
 */

#include "xe_svm_table.h"

#include <linux/dma-fence.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "xe_bo.h"
#include "xe_device.h"
#include "xe_gt_stats.h"
#include "xe_pt.h"
#include "xe_pt_hold.h"
#include "xe_svm_flush.h"
#include "xe_svm_stats.h"
#include "xe_vm.h"

/* When to refill the reserve, if its lock is held. */
#define REFILL_AGAIN_MS	100

static struct dma_fence *pending_in(struct xe_vm *vm,
				    const struct xe_svm_span *span)
{
	u64 last = span->end - 1;
	struct xe_range_fence *pending;
	struct xe_tile *tile;
	u8 id;

	lockdep_assert_held(&vm->lock);

	for_each_tile(tile, vm->xe, id) {
		struct xe_range_fence_tree *tree = &vm->rftree[id];

		for (pending = xe_range_fence_tree_first(tree, span->start, last);
		     pending;
		     pending = xe_range_fence_tree_next(pending, span->start, last))
			if (!dma_fence_is_signaled(pending->fence))
				return pending->fence;
	}

	return NULL;
}

/**
 * xe_svm_table_pending() - Is a bind job about to write to a block's tables?
 * @vm: the VM, locked for read at least
 * @block_start: address of the block
 *
 * BO binds write page tables by GPU jobs, which may wait for fences of user
 * space. The CPU must not overtake a job that writes the same entries.
 *
 * Return: a reference on the fence to wait for with nothing locked, or NULL.
 */
struct dma_fence *xe_svm_table_pending(struct xe_vm *vm, u64 block_start)
{
	struct xe_svm_span span = {
		.start = block_start,
		.end = block_start + XE_SVM_BLOCK_SIZE,
	};
	struct dma_fence *fence = pending_in(vm, &span);

	return fence ? dma_fence_get(fence) : NULL;
}

/* The addresses below one entry of a directory */
static struct xe_svm_span covered(u64 addr, unsigned int level)
{
	u64 size = 1ULL << xe_pt_shift(level);
	u64 start = ALIGN_DOWN(addr, size);

	return (struct xe_svm_span) { .start = start, .end = start + size };
}

static unsigned int unhold_level(struct xe_vm *vm, u64 addr,
				 struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE])
{
	unsigned int level = 0;
	struct xe_tile *tile;
	u8 id;

	for_each_tile(tile, vm->xe, id)
		if (pt[id])
			level = max(level, xe_pt_unhold_level(vm, tile, pt[id],
							      addr));

	return level;
}

/**
 * xe_svm_table_needed_by() - Get the bind job that needs tables a block would free
 * @vm: the VM, locked for read at least, its resv held
 * @addr: address of the block
 * @pt: the tables of the block; NULL where there is none
 *
 * Entries count as gone once an unbind job is made, while they are in use until its
 * in-syncs have signaled. So the last user of a directory may be a block, and the CPU
 * must not clear entries above an address such a job is about.
 *
 * Return: the fence of a job, with a reference; or NULL.
 */
struct dma_fence *
xe_svm_table_needed_by(struct xe_vm *vm, u64 addr,
		       struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE])
{
	unsigned int level = unhold_level(vm, addr, pt);
	struct xe_svm_span span = covered(addr, level);
	struct dma_fence *fence = level ? pending_in(vm, &span) : NULL;

	return fence ? dma_fence_get(fence) : NULL;
}

/**
 * xe_svm_table_unhold() - Release page tables that a block held
 * @vm: the VM, locked for read at least, its resv held
 * @addr: address of the block
 * @pt: the tables, removed from the block; NULL where there is none
 * @freed: tables that left the tree, for xe_svm_table_free()
 */
void xe_svm_table_unhold(struct xe_vm *vm, u64 addr,
			 struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE],
			 struct xe_svm_tables *freed)
{
	unsigned int level = unhold_level(vm, addr, pt);
	struct xe_tile *tile;
	u8 id;

	if (level) {
		struct xe_svm_span span = covered(addr, level);

		xe_svm_span_add(&freed->span, span.start, span.end);
	}
	for_each_tile(tile, vm->xe, id)
		if (pt[id])
			xe_pt_unhold(vm, tile, pt[id], addr, &freed->list);
}

static int hold_all(struct xe_vm *vm, u64 addr, unsigned int level,
		    struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE],
		    struct xe_svm_tables *freed)
{
	struct xe_tile *tile;
	u8 id;

	for_each_tile(tile, vm->xe, id) {
		struct xe_pt *held = xe_pt_hold(vm, tile, addr, level,
						&vm->svm.reserve[id],
						&freed->list);

		if (IS_ERR(held)) {
			/* Tables of any level were created and removed */
			xe_svm_span_add(&freed->span, 0, vm->size);
			xe_svm_table_unhold(vm, addr, pt, freed);
			return PTR_ERR(held);
		}
		pt[id] = held;
	}

	return 0;
}

/**
 * xe_svm_table_free() - Free page tables once no TLB can walk them
 * @vm: the VM
 * @freed: the tables, which left the tree
 *
 * Leaks them if a TLB does not acknowledge.
 *
 * Context: process context. Waits for the TLB flush.
 */
void xe_svm_table_free(struct xe_vm *vm, struct xe_svm_tables *freed)
{
	if (llist_empty(&freed->list))
		return;

	if (xe_svm_flush(vm, &freed->span))
		xe_bo_put_commit(&freed->list);
	else
		drm_err_ratelimited(&vm->xe->drm,
				    "TLB invalidation failed, page tables kept\n");
}

static bool has_table(const struct xe_svm_block *block)
{
	return block->pt[0];
}

/* The 4 KiB table has no entries: none of the block, and none of a BO. */
static bool table_is_idle(struct xe_vm *vm, struct xe_svm_window *window,
			  const struct xe_svm_block *block)
{
	struct xe_tile *tile;
	u8 id;

	scoped_guard(mutex, &window->lock)
		if (block->extents.nr)
			return false;

	for_each_tile(tile, vm->xe, id)
		if (!xe_pt_is_idle(block->pt[id]))
			return false;

	return true;
}

/* A BO bound in the same 2 MiB may have brought a table with it. */
static bool has_foreign_table(struct xe_vm *vm,
			      const struct xe_svm_block *block)
{
	struct xe_tile *tile;
	u8 id;

	for_each_tile(tile, vm->xe, id)
		if (xe_pt_has_leaf_table(vm, tile, block->start))
			return true;

	return false;
}

/* All tiles use their reserves at the same rate. */
static unsigned int reserved(struct xe_vm *vm)
{
	xe_vm_assert_held(vm);

	return vm->svm.reserve[0].nr;
}

static void refill_again(struct xe_vm *vm)
{
	queue_delayed_work(system_unbound_wq, &vm->svm.refill,
			   msecs_to_jiffies(REFILL_AGAIN_MS));
}

/* Return: 1 if a table was added, 0 if none was, -EAGAIN if that may wait. */
static int reserve_add(struct xe_vm *vm)
{
	struct xe_tile *tile;
	int ret = 0;
	u8 id;

	/* Eviction waits for bind jobs with it held */
	if (!dma_resv_trylock(xe_vm_resv(vm)))
		return -EAGAIN;

	if (!dma_resv_test_signaled(xe_vm_resv(vm), DMA_RESV_USAGE_KERNEL)) {
		/* A new table would wait for these, and one may be a bind job */
		ret = -EAGAIN;
	} else {
		for_each_tile(tile, vm->xe, id)
			if (xe_pt_reserve_add(vm, tile, &vm->svm.reserve[id]) > 0)
				ret = 1;
	}
	xe_vm_unlock(vm);

	return ret;
}

/* Add a table for each tile. Return: true if another round is needed. */
static bool reserve_grow(struct xe_vm *vm)
{
	int idx, ret = 0;

	/* A bind holds it for as long as user space makes it wait */
	if (!down_read_trylock(&vm->lock)) {
		refill_again(vm);
		return false;
	}

	if (!xe_vm_is_closed(vm) && drm_dev_enter(&vm->xe->drm, &idx)) {
		ret = reserve_add(vm);
		if (ret == -EAGAIN)
			refill_again(vm);
		drm_dev_exit(idx);
	}
	up_read(&vm->lock);

	return ret > 0;
}

/**
 * xe_svm_table_refill() - Refill the reserve of page tables
 * @work: &xe_svm_vm.refill
 *
 * Takes the lock for one table at a time. If memory is missing, faults allocate
 * their own tables.
 */
void xe_svm_table_refill(struct work_struct *work)
{
	struct xe_vm *vm = container_of(to_delayed_work(work), typeof(*vm),
					svm.refill);
	struct xe_tile *tile;
	int idx;
	u8 id;

	do {
		cond_resched();
		if (!drm_dev_enter(&vm->xe->drm, &idx))
			return;
		for_each_tile(tile, vm->xe, id)
			xe_pt_reserve_page(tile);
		drm_dev_exit(idx);
	} while (reserve_grow(vm));
}

/*
 * Runs after the replies. In VRAM no reserve is needed: a new table there does
 * not disturb other CPUs, and would have to be saved on suspend.
 */
static void refill_soon(struct xe_vm *vm)
{
	xe_vm_assert_held(vm);

	if (!IS_DGFX(vm->xe) && reserved(vm) < XE_PT_RESERVE)
		queue_delayed_work(system_unbound_wq, &vm->svm.refill, 1);
}

/**
 * xe_svm_table_free_reserve() - Free the page tables in reserve
 * @vm: the VM, its resv held
 */
void xe_svm_table_free_reserve(struct xe_vm *vm)
{
	struct xe_tile *tile;
	u8 id;

	xe_vm_assert_held(vm);

	for_each_tile(tile, vm->xe, id)
		xe_pt_reserve_free(vm, &vm->svm.reserve[id]);
}

/**
 * xe_svm_table_is_ready() - Does a block have the page tables it needs?
 * @vm: the VM, locked for read
 * @block: the block, being served by the caller
 * @level: 1 if one 2 MiB entry is wanted, 0 for a table of 4 KiB entries
 *
 * Return: false if xe_svm_table_prepare() is needed. True is valid as long as
 * the caller holds its locks: others change tables with the VM locked for
 * write.
 */
bool xe_svm_table_is_ready(struct xe_vm *vm, const struct xe_svm_block *block,
			   unsigned int level)
{
	lockdep_assert_held(&vm->lock);

	return has_table(block) && block->level == level;
}

/* Can the tables be held without allocating and without a flush? */
static bool hold_is_at_hand(struct xe_vm *vm, u64 addr, unsigned int level)
{
	struct xe_tile *tile;
	u8 id;

	for_each_tile(tile, vm->xe, id)
		if (!xe_pt_hold_is_at_hand(vm, tile, addr, level,
					   &vm->svm.reserve[id]))
			return false;

	return true;
}

/**
 * xe_svm_table_prepare() - Prepare the page tables a block needs
 * @vm: the VM, locked for read, its resv held, no bind job pending
 * @window: the window of the block
 * @block: the block, not ready, being served by the caller
 * @level: 1 if one 2 MiB entry is wanted, 0 for a table of 4 KiB entries
 *
 * @job: if not NULL: where to put the fence of a job, with a reference, which the
 * creation of a table would wait for
 *
 * A 2 MiB entry is possible where no table of 4 KiB entries is in use.
 *
 * Return: 0, then &xe_svm_block.level is the level that was possible; -EAGAIN if
 * *@job has to be waited for; -ENOMEM.
 */
int xe_svm_table_prepare(struct xe_vm *vm, struct xe_svm_window *window,
			 struct xe_svm_block *block, unsigned int level,
			 struct dma_fence **job)
{
	struct xe_pt *old[XE_MAX_TILES_PER_DEVICE] = {};
	struct xe_pt *new[XE_MAX_TILES_PER_DEVICE] = {};
	struct xe_svm_tables freed = XE_SVM_TABLES_NONE;
	unsigned int before = reserved(vm);
	int err;

	lockdep_assert_held(&vm->lock);
	xe_vm_assert_held(vm);

	if (level && has_table(block) && !table_is_idle(vm, window, block))
		return 0;
	if (level && !has_table(block) && has_foreign_table(vm, block))
		level = 0;

	if (job && !hold_is_at_hand(vm, block->start, level)) {
		err = dma_resv_get_singleton(xe_vm_resv(vm),
					     DMA_RESV_USAGE_KERNEL, job);
		if (err || *job)
			return err ? : -EAGAIN;
	}

	err = hold_all(vm, block->start, level, new, &freed);
	if (!err) {
		scoped_guard(mutex, &window->lock) {
			memcpy(old, block->pt, sizeof(old));
			memcpy(block->pt, new, sizeof(new));
			block->level = level;
		}
		xe_svm_table_unhold(vm, block->start, old, &freed);
	}
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_PREALLOC_TABLES,
			 before - reserved(vm));
	if (!level)
		refill_soon(vm);
	xe_svm_table_free(vm, &freed);

	return err;
}

static int prepare_locked(struct xe_vm *vm, struct xe_svm_window *window,
			  struct xe_svm_block *block, unsigned int level)
{
	struct xe_svm_tables freed = XE_SVM_TABLES_NONE;
	unsigned int before = reserved(vm);
	int err;

	lockdep_assert_held(&window->lock);

	err = hold_all(vm, block->start, level, block->pt, &freed);
	/* No allocation was needed, so no error is possible */
	if (WARN_ON_ONCE(err || !llist_empty(&freed.list)))
		return err ? : -ENOMEM;

	block->level = level;
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_PREALLOC_TABLES,
			 before - reserved(vm));
	if (!level)
		refill_soon(vm);

	return 0;
}

/**
 * xe_svm_table_prepare_now() - Prepare the page tables a block needs, without waiting
 * @vm: the VM, locked for read, its resv held, no bind job pending
 * @window: the window of the block
 * @block: the block, not ready, being served by the caller
 * @level: 1 if one 2 MiB entry is wanted, 0 for a table of 4 KiB entries
 *
 * Return: like xe_svm_table_prepare(), or -EINPROGRESS if that needs memory, a
 * flush or a lock that another thread holds.
 */
int xe_svm_table_prepare_now(struct xe_vm *vm, struct xe_svm_window *window,
			     struct xe_svm_block *block, unsigned int level)
{
	int ret;

	lockdep_assert_held(&vm->lock);
	xe_vm_assert_held(vm);

	/* With pages mapped the table is in use */
	if (has_table(block))
		return level && READ_ONCE(block->extents.nr) ? 0 : -EINPROGRESS;
	if (level && has_foreign_table(vm, block))
		level = 0;
	if (!hold_is_at_hand(vm, block->start, level) ||
	    !mutex_trylock(&window->lock))
		return -EINPROGRESS;

	ret = prepare_locked(vm, window, block, level);
	mutex_unlock(&window->lock);

	return ret;
}

/* Is the block inside @span, with a table and no page mapped? */
static bool block_is_idle_in(const struct xe_svm_block *block,
			     const struct xe_svm_span *span)
{
	return block && has_table(block) && !block->extents.nr &&
		block->start >= span->start &&
		block->start + XE_SVM_BLOCK_SIZE <= span->end;
}

/**
 * xe_svm_table_span_needed_by() - Get the job that needs tables of idle blocks
 * @vm: the VM, locked for write, its resv held
 * @window: a window of it
 * @span: the addresses of a bind
 *
 * Return: the fence of a job, with a reference, that xe_svm_table_vacate() would find;
 * or NULL.
 */
struct dma_fence *xe_svm_table_span_needed_by(struct xe_vm *vm,
					      struct xe_svm_window *window,
					      const struct xe_svm_span *span)
{
	struct dma_fence *job = NULL;
	u32 slot;

	lockdep_assert_held_write(&vm->lock);
	xe_vm_assert_held(vm);
	guard(mutex)(&window->lock);

	for (slot = 0; slot < window->nr_blocks && !job; slot++) {
		struct xe_svm_block *block = window->blocks[slot];

		if (block_is_idle_in(block, span))
			job = xe_svm_table_needed_by(vm, block->start,
						     block->pt);
	}

	return job;
}

/*
 * Release the tables of a block inside @span. Return: false if it is not
 * inside, or an unbind job needs its tables: then *@job is its fence.
 */
static bool block_take_tables(struct xe_svm_window *window, u32 slot,
			      const struct xe_svm_span *span,
			      struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE],
			      struct dma_fence **job)
{
	struct xe_svm_block *block;

	guard(mutex)(&window->lock);

	block = window->blocks[slot];
	if (!block || !has_table(block) || block->start < span->start ||
	    block->start + XE_SVM_BLOCK_SIZE > span->end ||
	    WARN_ON_ONCE(block->extents.nr))
		return false;

	*job = xe_svm_table_needed_by(window->vm, block->start,
				      block->pt);
	if (*job)
		return false;

	memcpy(pt, block->pt, sizeof(block->pt));
	memset(block->pt, 0, sizeof(block->pt));

	return true;
}

/**
 * xe_svm_table_vacate() - Release page tables before a bind takes over
 * @vm: the VM, locked for write, its resv held
 * @window: a window of it
 * @span: the addresses of the bind; no page of the window is mapped in them
 * @freed: tables that left the tree, for xe_svm_table_free()
 * @job: set to the fence of an unbind job that needs tables of a block, with a
 * reference; that block and those after it keep their tables
 *
 * Return: number of blocks that had page tables and have none any more.
 */
u32 xe_svm_table_vacate(struct xe_vm *vm, struct xe_svm_window *window,
			const struct xe_svm_span *span,
			struct xe_svm_tables *freed, struct dma_fence **job)
{
	struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE];
	u64 start = max(span->start, window->start);
	u32 slot = (start - window->start) >> XE_SVM_BLOCK_SHIFT;
	u32 vacated = 0;

	lockdep_assert_held_write(&vm->lock);
	xe_vm_assert_held(vm);

	for (; slot < window->nr_blocks && !*job; slot++) {
		u64 addr = window->start + (u64)slot * XE_SVM_BLOCK_SIZE;

		if (addr >= span->end)
			break;
		if (!block_take_tables(window, slot, span, pt, job))
			continue;
		xe_svm_table_unhold(vm, addr, pt, freed);
		vacated++;
	}

	return vacated;
}
