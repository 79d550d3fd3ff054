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
#include "xe_pt_hold.h"
#include "xe_svm_flush.h"
#include "xe_svm_stats.h"
#include "xe_vm.h"

/**
 * xe_svm_table_pending() - Is a bind job about to write to a block's tables?
 * @vm: the VM, locked for read at least: binds lock it for write
 * @block_start: address of the block
 *
 * BO binds write page tables by GPU jobs, which may wait for fences of user
 * space. The CPU must not overtake a job that writes the same entries.
 *
 * Return: a reference on the fence to wait for with nothing locked, or NULL.
 */
struct dma_fence *xe_svm_table_pending(struct xe_vm *vm, u64 block_start)
{
	u64 last = block_start + XE_SVM_BLOCK_SIZE - 1;
	struct xe_range_fence *pending;
	struct xe_tile *tile;
	u8 id;

	lockdep_assert_held(&vm->lock);

	for_each_tile(tile, vm->xe, id) {
		struct xe_range_fence_tree *tree = &vm->rftree[id];

		for (pending = xe_range_fence_tree_first(tree, block_start, last);
		     pending;
		     pending = xe_range_fence_tree_next(pending, block_start, last))
			if (!dma_fence_is_signaled(pending->fence))
				return dma_fence_get(pending->fence);
	}

	return NULL;
}

/**
 * xe_svm_table_unhold() - Release page tables that a block held
 * @vm: the VM, locked for read at least, its resv held
 * @addr: address of the block
 * @pt: the tables, removed from the block; NULL where there is none
 * @deferred: tables that left the tree, for xe_svm_table_free()
 */
void xe_svm_table_unhold(struct xe_vm *vm, u64 addr,
			 struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE],
			struct llist_head *deferred)
{
	struct xe_tile *tile;
	u8 id;

	for_each_tile(tile, vm->xe, id)
		if (pt[id])
			xe_pt_unhold(vm, tile, pt[id], addr, deferred);
}

static int hold_all(struct xe_vm *vm, u64 addr, unsigned int level,
		    struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE],
		    struct llist_head *deferred)
{
	struct xe_tile *tile;
	u8 id;

	for_each_tile(tile, vm->xe, id) {
		struct xe_pt *held = xe_pt_hold(vm, tile, addr, level,
						&vm->svm.reserve[id], deferred);

		if (IS_ERR(held)) {
			xe_svm_table_unhold(vm, addr, pt, deferred);
			return PTR_ERR(held);
		}
		pt[id] = held;
	}

	return 0;
}

/**
 * xe_svm_table_free() - Free page tables once no TLB can walk them
 * @vm: the VM
 * @span: the addresses they were for
 * @deferred: the tables, which left the tree
 *
 * Leaks them if a TLB does not acknowledge.
 *
 * Context: process context. Waits for the TLB flush.
 */
void xe_svm_table_free(struct xe_vm *vm, const struct xe_svm_span *span,
		       struct llist_head *deferred)
{
	if (llist_empty(deferred))
		return;

	if (xe_svm_flush(vm, span))
		xe_bo_put_commit(deferred);
	else
		drm_err_ratelimited(&vm->xe->drm,
				    "TLB invalidation failed, page tables kept\n");
}

static void block_tables_free(struct xe_vm *vm, u64 block_start,
			      struct llist_head *deferred)
{
	struct xe_svm_span span = {
		.start = block_start,
		.end = block_start + XE_SVM_BLOCK_SIZE,
	};

	xe_svm_table_free(vm, &span, deferred);
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

/* Add a table for each tile. Return: true if another round is needed. */
static bool reserve_grow(struct xe_vm *vm)
{
	struct xe_tile *tile;
	bool grown = false;
	int idx;
	u8 id;

	/* First: the removal of the device must not wait for a bind */
	guard(rwsem_read)(&vm->lock);

	if (xe_vm_is_closed(vm) || !drm_dev_enter(&vm->xe->drm, &idx))
		return false;

	xe_vm_lock(vm, false);
	for_each_tile(tile, vm->xe, id)
		if (xe_pt_reserve_add(vm, tile, &vm->svm.reserve[id]) > 0)
			grown = true;
	xe_vm_unlock(vm);
	drm_dev_exit(idx);

	return grown;
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
 * @vm: the VM
 *
 * Context: process context, with no lock but &xe_vm.lock.
 */
void xe_svm_table_free_reserve(struct xe_vm *vm)
{
	struct xe_tile *tile;
	u8 id;

	xe_vm_lock(vm, false);
	for_each_tile(tile, vm->xe, id)
		xe_pt_reserve_free(vm, &vm->svm.reserve[id]);
	xe_vm_unlock(vm);
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

/**
 * xe_svm_table_prepare() - Prepare the page tables a block needs
 * @vm: the VM, locked for read, its resv held, no bind job pending
 * @window: the window of the block
 * @block: the block, not ready, being served by the caller
 * @level: 1 if one 2 MiB entry is wanted, 0 for a table of 4 KiB entries
 *
 * A 2 MiB entry is possible where no table of 4 KiB entries is in use.
 *
 * Return: 0, then &xe_svm_block.level is the level that was possible; or -ENOMEM.
 */
int xe_svm_table_prepare(struct xe_vm *vm, struct xe_svm_window *window,
			 struct xe_svm_block *block, unsigned int level)
{
	struct xe_pt *old[XE_MAX_TILES_PER_DEVICE] = {};
	struct xe_pt *new[XE_MAX_TILES_PER_DEVICE] = {};
	unsigned int before = reserved(vm);
	LLIST_HEAD(deferred);
	int err;

	lockdep_assert_held(&vm->lock);
	xe_vm_assert_held(vm);

	if (level && has_table(block) && !table_is_idle(vm, window, block))
		return 0;
	if (level && !has_table(block) && has_foreign_table(vm, block))
		level = 0;

	err = hold_all(vm, block->start, level, new, &deferred);
	if (!err) {
		scoped_guard(mutex, &window->lock) {
			memcpy(old, block->pt, sizeof(old));
			memcpy(block->pt, new, sizeof(new));
			block->level = level;
		}
		xe_svm_table_unhold(vm, block->start, old, &deferred);
	}
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_PREALLOC_TABLES,
			 before - reserved(vm));
	if (!level)
		refill_soon(vm);
	block_tables_free(vm, block->start, &deferred);

	return err;
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

static int prepare_locked(struct xe_vm *vm, struct xe_svm_window *window,
			  struct xe_svm_block *block, unsigned int level)
{
	unsigned int before = reserved(vm);
	LLIST_HEAD(deferred);
	int err;

	lockdep_assert_held(&window->lock);

	err = hold_all(vm, block->start, level, block->pt, &deferred);
	/* No allocation was needed, so no error is possible */
	if (WARN_ON_ONCE(err || !llist_empty(&deferred)))
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

/*
 * Release the tables of a block inside @span. Return: false if it is not
 * inside.
 */
static bool block_take_tables(struct xe_svm_window *window, u32 slot,
			      const struct xe_svm_span *span,
			      struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE])
{
	struct xe_svm_block *block;

	guard(mutex)(&window->lock);

	block = window->blocks[slot];
	if (!block || !has_table(block) || block->start < span->start ||
	    block->start + XE_SVM_BLOCK_SIZE > span->end ||
	    WARN_ON_ONCE(block->extents.nr))
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
 * @deferred: tables that left the tree, for xe_svm_table_free()
 *
 * Return: number of blocks that had page tables.
 */
u32 xe_svm_table_vacate(struct xe_vm *vm, struct xe_svm_window *window,
			const struct xe_svm_span *span,
			struct llist_head *deferred)
{
	struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE];
	u64 start = max(span->start, window->start);
	u32 slot = (start - window->start) >> XE_SVM_BLOCK_SHIFT;
	u32 vacated = 0;

	lockdep_assert_held_write(&vm->lock);
	xe_vm_assert_held(vm);

	for (; slot < window->nr_blocks; slot++) {
		u64 addr = window->start + (u64)slot * XE_SVM_BLOCK_SIZE;

		if (addr >= span->end)
			break;
		if (!block_take_tables(window, slot, span, pt))
			continue;
		xe_svm_table_unhold(vm, addr, pt, deferred);
		vacated++;
	}

	return vacated;
}
