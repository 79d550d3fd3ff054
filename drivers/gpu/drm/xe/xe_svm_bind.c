// SPDX-License-Identifier: MIT
/*
 * Page-table entries of blocks: which table, what to write, what to clear.
 *
 * Rule: entries are written and cleared by the CPU under the window lock; the tables
 * they are in are found through the block, never by a walk, and stay because
 * the block holds them. Tables change under the VM resv. Must never happen
 * here: a GPU job, a write to an entry that is not the block's.
 */

#include "xe_svm_bind.h"

#include <linux/delay.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/ktime.h>
#include <linux/pgtable.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>
#include <drm/drm_gpuvm.h>

#include "regs/xe_gtt_defs.h"
#include "xe_bo.h"
#include "xe_device.h"
#include "xe_gt.h"
#include "xe_gt_stats.h"
#include "xe_gt_tlb_invalidation.h"
#include "xe_map.h"
#include "xe_pt.h"
#include "xe_svm_block.h"
#include "xe_svm_stats.h"
#include "xe_vm.h"

/* How long a TLB flush waits for a GT reset, and how often it looks. */
#define XE_SVM_FLUSH_MS		3000
#define XE_SVM_FLUSH_AGAIN_MS	10

#define XE_SVM_MAX_GTS	(XE_MAX_TILES_PER_DEVICE * XE_MAX_GT_PER_TILE)

/**
 * xe_svm_bind_pending() - Is a bind job about to write to a block's tables?
 * @vm: the VM, locked for read at least: binds lock it for write
 * @block_start: address of the block
 *
 * BO binds write page tables by GPU jobs, which may wait for fences of user
 * space. The CPU must not overtake a job that writes the same entries.
 *
 * Return: a reference on the fence to wait for with nothing locked, or NULL.
 */
struct dma_fence *xe_svm_bind_pending(struct xe_vm *vm, u64 block_start)
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
 * xe_svm_bind_unhold() - Release page tables that a block held
 * @vm: the VM, locked for read at least, its resv held
 * @addr: address of the block
 * @pt: the tables, no longer the block's; NULL where there is none
 * @deferred: tables that left the tree, for xe_svm_bind_free_tables()
 */
void xe_svm_bind_unhold(struct xe_vm *vm, u64 addr,
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
			xe_svm_bind_unhold(vm, addr, pt, deferred);
			return PTR_ERR(held);
		}
		pt[id] = held;
	}

	return 0;
}

/**
 * xe_svm_bind_free_tables() - Free page tables once no TLB can walk them
 * @vm: the VM
 * @span: the addresses they were for
 * @deferred: the tables, which left the tree
 *
 * Keeps them for good if a TLB does not acknowledge.
 *
 * Context: process context. Waits for the TLB flush.
 */
void xe_svm_bind_free_tables(struct xe_vm *vm, const struct xe_svm_span *span,
			     struct llist_head *deferred)
{
	if (llist_empty(deferred))
		return;

	if (xe_svm_bind_flush(vm, span))
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

	xe_svm_bind_free_tables(vm, &span, deferred);
}

static bool has_table(const struct xe_svm_block *block)
{
	return block->pt[0];
}

/* Nobody but the block has entries in its 4 KiB table, and it has none. */
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

/* All tiles use theirs up at the same rate. */
static unsigned int reserved(struct xe_vm *vm)
{
	xe_vm_assert_held(vm);

	return vm->svm.reserve[0].nr;
}

/* One more table for each tile. Return: true if another round is worth it. */
static bool reserve_grow(struct xe_vm *vm)
{
	struct xe_tile *tile;
	bool grown = false;
	u8 id;

	guard(rwsem_read)(&vm->lock);

	if (xe_vm_is_closed(vm))
		return false;

	xe_vm_lock(vm, false);
	for_each_tile(tile, vm->xe, id)
		if (xe_pt_reserve_add(vm, tile, &vm->svm.reserve[id]) > 0)
			grown = true;
	xe_vm_unlock(vm);

	return grown;
}

/**
 * xe_svm_bind_refill() - Have page tables in reserve again
 * @work: &xe_svm_vm.refill
 *
 * Locks for one table at a time. If memory is missing, faults make their own.
 */
void xe_svm_bind_refill(struct work_struct *work)
{
	struct xe_vm *vm = container_of(to_delayed_work(work), typeof(*vm),
					svm.refill);
	struct xe_tile *tile;
	int idx;
	u8 id;

	if (!drm_dev_enter(&vm->xe->drm, &idx))
		return;

	do {
		cond_resched();
		for_each_tile(tile, vm->xe, id)
			xe_pt_reserve_page(tile);
	} while (reserve_grow(vm));
	drm_dev_exit(idx);
}

/*
 * After the replies. In VRAM, a new table is no trouble for other CPUs, and would
 * have to be saved when the device sleeps.
 */
static void refill_soon(struct xe_vm *vm)
{
	xe_vm_assert_held(vm);

	if (!IS_DGFX(vm->xe) && reserved(vm) < XE_PT_RESERVE)
		queue_delayed_work(system_unbound_wq, &vm->svm.refill, 1);
}

/**
 * xe_svm_bind_free_reserve() - Free the page tables in reserve
 * @vm: the VM
 *
 * Context: process context, with nothing locked but &xe_vm.lock.
 */
void xe_svm_bind_free_reserve(struct xe_vm *vm)
{
	struct xe_tile *tile;
	u8 id;

	xe_vm_lock(vm, false);
	for_each_tile(tile, vm->xe, id)
		xe_pt_reserve_free(vm, &vm->svm.reserve[id]);
	xe_vm_unlock(vm);
}

/**
 * xe_svm_bind_is_ready() - Does a block have the page tables it needs?
 * @vm: the VM, locked for read
 * @block: the block, being served by the caller
 * @level: 1 if one 2 MiB entry is wanted, 0 for a table of 4 KiB entries
 *
 * Return: false if it takes xe_svm_bind_prepare(). True stays true as long as the
 * caller has what it has locked: others change tables with the VM locked for write.
 */
bool xe_svm_bind_is_ready(struct xe_vm *vm, const struct xe_svm_block *block,
			  unsigned int level)
{
	lockdep_assert_held(&vm->lock);

	return has_table(block) && block->level == level;
}

/**
 * xe_svm_bind_prepare() - Have the page tables a block needs
 * @vm: the VM, locked for read, its resv held, no bind job pending
 * @window: the window of the block
 * @block: the block, being served by the caller
 * @level: 1 if one 2 MiB entry is wanted, 0 for a table of 4 KiB entries
 *
 * A 2 MiB entry is possible where no table of 4 KiB entries is in use.
 *
 * Return: the level of the tables the block has now; it is 0 where 1 was not
 * possible; or -ENOMEM.
 */
int xe_svm_bind_prepare(struct xe_vm *vm, struct xe_svm_window *window,
			struct xe_svm_block *block, unsigned int level)
{
	struct xe_pt *old[XE_MAX_TILES_PER_DEVICE] = {};
	struct xe_pt *new[XE_MAX_TILES_PER_DEVICE] = {};
	unsigned int before = reserved(vm);
	LLIST_HEAD(deferred);
	int err;

	lockdep_assert_held(&vm->lock);
	xe_vm_assert_held(vm);

	if (xe_svm_bind_is_ready(vm, block, level))
		return level;
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
		xe_svm_bind_unhold(vm, block->start, old, &deferred);
	}
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_RESERVED,
			 before - reserved(vm));
	if (!level)
		refill_soon(vm);
	block_tables_free(vm, block->start, &deferred);

	return err ? : level;
}

/* Does it take neither memory nor a flush to hold the tables? */
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
	/* Nothing was made that could have failed */
	if (WARN_ON_ONCE(err || !llist_empty(&deferred)))
		return err ? : -ENOMEM;

	block->level = level;
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_RESERVED,
			 before - reserved(vm));
	if (!level)
		refill_soon(vm);

	return level;
}

/**
 * xe_svm_bind_prepare_now() - Have the page tables a block needs, without waiting
 * @vm: the VM, locked for read, its resv held, no bind job pending
 * @window: the window of the block
 * @block: the block, being served by the caller
 * @level: 1 if one 2 MiB entry is wanted, 0 for a table of 4 KiB entries
 *
 * Return: like xe_svm_bind_prepare(), or -EINPROGRESS if it takes memory, a flush
 * or a lock that others hold.
 */
int xe_svm_bind_prepare_now(struct xe_vm *vm, struct xe_svm_window *window,
			    struct xe_svm_block *block, unsigned int level)
{
	int ret;

	lockdep_assert_held(&vm->lock);
	xe_vm_assert_held(vm);

	if (xe_svm_bind_is_ready(vm, block, level))
		return level;
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

static u32 huge_index(const struct xe_svm_block *block)
{
	return (block->start >> XE_SVM_BLOCK_SHIFT) & (XE_PDES - 1);
}

/* The bits of an entry that do not depend on the address. */
static u64 entry_bits(struct xe_vm *vm, bool writable, unsigned int level,
		      u16 pat_index, bool atomics)
{
	struct xe_device *xe = vm->xe;
	u64 bits = vm->pt_ops->pte_encode_addr(xe, 0, pat_index, level, false, 0);

	if (!writable)
		return bits & ~XE_PAGE_RW;

	if (xe->info.has_atomic_enable_pte_bit && atomics)
		bits |= XE_USM_PPGTT_PTE_AE;

	return bits;
}

static struct xe_svm_clusters extent_clusters(const struct xe_svm_extent *extent)
{
	u16 end = extent->last + 1;

	if (xe_svm_extent_pages(extent) < XE_SVM_CLUSTER_PAGES)
		return (struct xe_svm_clusters) { .first = end, .end = end };

	return xe_svm_policy_clusters(xe_svm_extent_dma(extent), extent->first,
				      extent->last);
}

/* Pages [first, end). Return: the entry of the page behind. */
static u64 entries_write(struct xe_vm *vm, struct xe_pt *pt, u16 first, u16 end,
			 u64 entry)
{
	u16 page;

	/* The address of a page is its own bits of an entry. */
	for (page = first; page < end; page++, entry += PAGE_SIZE)
		xe_pt_write(vm->xe, &pt->bo->vmap, page, entry);

	return entry;
}

/* Return: how many clusters there are. */
static u32 extent_write(struct xe_vm *vm, struct xe_pt *pt,
			const struct xe_svm_extent *extent, u64 bits)
{
	struct xe_svm_clusters clusters = extent_clusters(extent);
	u64 entry = xe_svm_extent_dma(extent) | bits;

	entry = entries_write(vm, pt, extent->first, clusters.first, entry);
	if (clusters.first == clusters.end)
		return 0;

	entry = entries_write(vm, pt, clusters.first, clusters.end,
			      entry | XE_PTE_PS64);
	entries_write(vm, pt, clusters.end, extent->last + 1,
		      entry & ~XE_PTE_PS64);

	return (clusters.end - clusters.first) / XE_SVM_CLUSTER_PAGES;
}

static u32 extents_write(struct xe_vm *vm, struct xe_pt *pt,
			 const struct xe_svm_extent *extents, u16 nr,
			 u16 pat_index, bool atomics)
{
	u64 bits[2] = {};	/* by writable; an entry that is present is not 0 */
	u32 clusters = 0;
	u16 i;

	for (i = 0; i < nr; i++) {
		bool writable = extents[i].writable;

		if (!bits[writable])
			bits[writable] = entry_bits(vm, writable, 0, pat_index,
						    atomics);
		clusters += extent_write(vm, pt, &extents[i], bits[writable]);
	}

	return clusters;
}

static void huge_write(struct xe_vm *vm, struct xe_svm_block *block,
		       struct xe_pt *pt, const struct xe_svm_extent *extent,
		       u16 pat_index, bool atomics)
{
	xe_pt_write(vm->xe, &pt->bo->vmap, huge_index(block),
		    xe_svm_extent_dma(extent) |
		    entry_bits(vm, extent->writable, 1, pat_index, atomics));
}

/**
 * xe_svm_bind_write() - Make extents visible to the GPU
 * @vm: the VM
 * @block: the block; with a level 1 table there is one extent, all of it
 * @extents: the extents, already among the block's
 * @nr: how many
 * @pat_index: PAT index of the pages
 * @atomics: the GPU may do atomic operations on them
 *
 * Context: under the window lock. The caller orders the writes before the
 * answer with xe_device_wmb().
 */
void xe_svm_bind_write(struct xe_vm *vm, struct xe_svm_block *block,
		       const struct xe_svm_extent *extents, u16 nr,
		       u16 pat_index, bool atomics)
{
	struct xe_tile *tile;
	u32 clusters = 0;
	u8 id;

	xe_assert(vm->xe, !block->level ||
		  (nr == 1 && xe_svm_extent_pages(extents) == XE_SVM_BLOCK_PAGES));

	for_each_tile(tile, vm->xe, id) {
		if (block->level)
			huge_write(vm, block, block->pt[id], extents, pat_index,
				   atomics);
		else
			clusters = extents_write(vm, block->pt[id], extents, nr,
						 pat_index, atomics);
	}

	block->huge = block->level;
	if (clusters)
		xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_CLUSTERS, clusters);
}

/**
 * xe_svm_bind_zap_range() - Make a range one that can be zapped
 * @block: the block, with something mapped in the range
 * @first: first page of the range; moved as far as need be
 * @last: last page of the range (inclusive); moved as far as need be
 *
 * No more than what is mapped, but all that one page-table entry maps. The zero
 * page goes together with those next to it: they are about to be written one after
 * the other, and one flush serves for all.
 */
void xe_svm_bind_zap_range(const struct xe_svm_block *block, u16 *first,
			   u16 *last)
{
	if (block->huge) {
		*first = 0;
		*last = XE_SVM_BLOCK_PAGES - 1;
		return;
	}

	xe_svm_extents_clamp(&block->extents, first, last);
	xe_svm_extents_widen(&block->extents, first, last);
	xe_svm_extents_widen_same(&block->extents, first, last,
				  my_zero_pfn(0));
}

static void entries_clear(struct xe_vm *vm, struct xe_svm_block *block,
			  u32 first, u32 nr)
{
	struct xe_tile *tile;
	u8 id;

	for_each_tile(tile, vm->xe, id)
		xe_map_memset(vm->xe, &block->pt[id]->bo->vmap,
			      first * sizeof(u64), 0, nr * sizeof(u64));
}

/* Pages [first, end) stay, but not as a part of a cluster. */
static void entries_unhint(struct xe_vm *vm, struct xe_svm_block *block,
			   u16 first, u16 end)
{
	struct xe_tile *tile;
	u16 page;
	u8 id;

	for_each_tile(tile, vm->xe, id) {
		struct iosys_map *map = &block->pt[id]->bo->vmap;

		for (page = first; page < end; page++)
			xe_pt_write(vm->xe, map, page,
				    xe_map_rd(vm->xe, map, page * sizeof(u64),
					      u64) & ~XE_PTE_PS64);
	}
}

/*
 * Clear pages [first, last] of an extent. Return: the pages TLBs have to forget.
 * What stays of a cluster loses the hint first: once pages are gone, no walk may
 * come by a translation that has them.
 */
static struct xe_svm_clusters extent_clear(struct xe_vm *vm,
					   struct xe_svm_block *block,
					   const struct xe_svm_extent *extent,
					   u16 first, u16 last)
{
	struct xe_svm_clusters clusters = extent_clusters(extent);
	struct xe_svm_clusters known;

	known = xe_svm_policy_known(&clusters, first, last);
	entries_unhint(vm, block, known.first, first);
	entries_unhint(vm, block, last + 1, known.end);
	entries_clear(vm, block, first, last - first + 1);

	return known;
}

/**
 * xe_svm_bind_zap() - Clear the entries of the pages mapped in a range
 * @vm: the VM
 * @block: the block
 * @first: first page, as xe_svm_bind_zap_range() left it
 * @last: last page (inclusive), as xe_svm_bind_zap_range() left it
 *
 * Entries in between that belong to a BO stay. The TLBs still know what was
 * zapped: xe_svm_bind_flush() follows. Where a cluster loses pages the others
 * stay mapped, by entries of 4 KiB.
 *
 * Context: under the window lock, possibly in reclaim.
 *
 * Return: the addresses to flush.
 */
struct xe_svm_span xe_svm_bind_zap(struct xe_vm *vm, struct xe_svm_block *block,
				   u16 first, u16 last)
{
	struct xe_svm_span flush = { .start = U64_MAX };
	u16 i;

	if (block->huge) {
		block->huge = false;
		entries_clear(vm, block, huge_index(block), 1);
		xe_svm_span_add(&flush, block->start,
				block->start + XE_SVM_BLOCK_SIZE);
		return flush;
	}

	for (i = 0; i < block->extents.nr; i++) {
		const struct xe_svm_extent *extent = &block->extents.at[i];
		u16 from = max_t(u16, extent->first, first);
		u16 to = min_t(u16, extent->last, last);
		struct xe_svm_clusters known;

		if (from > to)
			continue;
		known = extent_clear(vm, block, extent, from, to);
		xe_svm_span_add(&flush, block->start + known.first * PAGE_SIZE,
				block->start + known.end * PAGE_SIZE);
	}

	return flush;
}

/* A GT reset under way stops the messages to the GuC, and starts them again. */
static bool reset_is_under_way(int err)
{
	return err == -ECANCELED || err == -ENODEV;
}

/*
 * Send to all of @gts, then wait for all. Return: those that have not acknowledged.
 * @stuck: those of them that have no GT reset under way.
 */
static unsigned long flush_once(struct xe_vm *vm, const struct xe_svm_span *span,
				unsigned long gts, unsigned long *stuck)
{
	struct xe_gt_tlb_invalidation_fence fence[XE_SVM_MAX_GTS];
	unsigned long missing = 0;
	int err[XE_SVM_MAX_GTS];
	unsigned int id;

	for_each_set_bit(id, &gts, XE_SVM_MAX_GTS) {
		struct xe_gt *gt = xe_device_get_gt(vm->xe, id);

		xe_gt_tlb_invalidation_fence_init(gt, &fence[id], true);
		/* Signals the fence also if it fails */
		err[id] = xe_gt_tlb_invalidation_range(gt, &fence[id],
						       span->start, span->end,
						       vm->usm.asid);
	}
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_TLB_INVAL, hweight_long(gts));

	*stuck = 0;
	for_each_set_bit(id, &gts, XE_SVM_MAX_GTS) {
		xe_gt_tlb_invalidation_fence_wait(&fence[id]);
		err[id] = err[id] ? : fence[id].base.error;
		if (!err[id])
			continue;
		missing |= BIT(id);
		if (!reset_is_under_way(err[id]))
			*stuck |= BIT(id);
	}

	return missing;
}

/**
 * xe_svm_bind_flush() - Make all TLBs forget a span, and wait until they have
 * @vm: the VM
 * @span: the addresses; nothing is sent if it is empty
 *
 * Asks the GTs that xe_svm_runs_on() has named. One that does not acknowledge
 * in time is reset; an invalidation that falls into a reset is sent again after it.
 *
 * Context: process context, possibly under the window lock and in reclaim. The
 * wait is bounded by %XE_SVM_FLUSH_MS and the timeout of TLB invalidations.
 *
 * Return: true if every TLB has acknowledged. If not, the GPU may go on using
 * what was mapped.
 */
bool xe_svm_bind_flush(struct xe_vm *vm, const struct xe_svm_span *span)
{
	ktime_t end = ktime_add_ms(ktime_get(), XE_SVM_FLUSH_MS);
	unsigned long gts, stuck, reset = 0;
	struct xe_gt *gt;
	u8 id;

	if (span->start >= span->end)
		return true;

	/* The cleared entries before the request to forget them */
	xe_device_wmb(vm->xe);
	/* ... and before the bits; pairs with xe_svm_runs_on() */
	smp_mb();
	gts = READ_ONCE(vm->svm.gts);

	while ((gts = flush_once(vm, span, gts, &stuck))) {
		if (xe_device_wedged(vm->xe) || ktime_after(ktime_get(), end))
			return false;

		for_each_gt(gt, vm->xe, id)
			if (stuck & ~reset & BIT(id))
				xe_gt_reset_async(gt);
		reset |= stuck;
		msleep(XE_SVM_FLUSH_AGAIN_MS);
	}

	/* A device that is given up answers everything and does nothing. */
	return !xe_device_wedged(vm->xe);
}

/* Take the tables from a block that lies in @span. Return: false if it does not. */
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

/* Give back the tables of the blocks of a window that lie in @span: how many. */
static u32 window_vacate(struct xe_vm *vm, struct xe_svm_window *window,
			 const struct xe_svm_span *span,
			 struct llist_head *deferred)
{
	struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE];
	u64 start = max(span->start, window->start);
	u32 slot = (start - window->start) >> XE_SVM_BLOCK_SHIFT;
	u32 vacated = 0;

	for (; slot < window->nr_blocks; slot++) {
		u64 addr = window->start + (u64)slot * XE_SVM_BLOCK_SIZE;

		if (addr >= span->end)
			break;
		if (!block_take_tables(window, slot, span, pt))
			continue;
		xe_svm_bind_unhold(vm, addr, pt, deferred);
		vacated++;
	}

	return vacated;
}

/**
 * xe_svm_bind_vacate() - Release page tables before a bind takes over
 * @vm: the VM, locked for write, its resv held
 * @span: the addresses the bind takes; nothing of them is mapped
 *
 * Return: how many blocks had page tables.
 */
u32 xe_svm_bind_vacate(struct xe_vm *vm, const struct xe_svm_span *span)
{
	struct xe_svm_window *window;
	LLIST_HEAD(deferred);
	unsigned long index;
	u32 vacated = 0;

	lockdep_assert_held_write(&vm->lock);
	xe_vm_assert_held(vm);

	xa_for_each_range(&vm->svm.windows, index, window,
			  span->start >> vm->svm.window_shift,
			  (span->end - 1) >> vm->svm.window_shift)
		vacated += window_vacate(vm, window, span, &deferred);

	xe_svm_bind_free_tables(vm, span, &deferred);

	return vacated;
}
