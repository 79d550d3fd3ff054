// SPDX-License-Identifier: MIT
/*
 * Page tables held for entries that the CPU writes, and tables in reserve.
 *
 * Rule: the tree changes under the VM's resv. A held table counts one live entry, so
 * no bind frees it. Must never happen here: a GPU job, a table freed before the
 * TLB invalidation.
 */

#include "xe_pt_hold.h"

#include "regs/xe_gtt_defs.h"
#include "xe_bo.h"
#include "xe_device.h"
#include "xe_map.h"
#include "xe_pt.h"
#include "xe_vm.h"

/**
 * DOC: Holding page tables
 *
 * A user of the page-table tree that writes entries by the CPU, under a lock that
 * is taken inside reclaim, can neither walk the tree nor allocate there. It *holds*
 * the table it writes to instead. A hold counts as one live entry of the table, so
 * the table stays when the last bind that shares it is removed.
 *
 * Directory entries for held tables are written by the CPU at once. The caller makes
 * sure that no bind job that touches the same addresses is pending, see
 * &xe_vm.rftree. That includes all addresses below an entry that xe_pt_unhold()
 * clears.
 *
 * In system memory, a new table changes how the kernel maps its page, which
 * takes interrupts of all CPUs. A user that cannot wait for that when it needs a
 * table keeps some in reserve, and makes more from pages that have been mapped
 * before.
 */

/* Is the child of an address visible to the GPU, too? */
static bool xe_pt_leads_on(struct xe_vm *vm, struct xe_pt *pt, u64 addr)
{
	u32 index = (addr >> xe_pt_shift(pt->level)) & (XE_PDES - 1);

	return xe_map_rd(vm->xe, &pt->bo->vmap, index * sizeof(u64), u64) &
		XE_PAGE_PRESENT;
}

static struct xe_pt *xe_pt_new(struct xe_vm *vm, struct xe_tile *tile,
			       unsigned int level)
{
	struct xe_pt *pt = xe_pt_create(vm, tile, level);

	if (!IS_ERR(pt))
		xe_pt_populate_empty(tile, vm, pt);

	return pt;
}

/**
 * xe_pt_reserve_page() - Have a page for the next table of a reserve
 * @tile: The tile it is for
 *
 * TTM keeps pages that were page tables, mapped as they are. The next table takes
 * one of them, so a waiter for the resv of its VM does not wait for all CPUs.
 *
 * Context: process context, with no resv held. If this fails, the table has its page
 * mapped itself.
 */
void xe_pt_reserve_page(struct xe_tile *tile)
{
	struct xe_bo *bo;

	bo = xe_bo_create(tile_to_xe(tile), tile, NULL, SZ_4K,
			  ttm_bo_type_kernel,
			  XE_BO_FLAG_VRAM_IF_DGFX(tile) |
			  XE_BO_FLAG_IGNORE_MIN_PAGE_SIZE |
			  XE_BO_FLAG_PAGETABLE);
	if (!IS_ERR(bo))
		xe_bo_put(bo);
}

/**
 * xe_pt_reserve_add() - Put one more table in reserve
 * @vm: The VM the tables are for, its resv held
 * @tile: The tile they are for
 * @reserve: The reserve
 *
 * Return: 1 if there is one more, 0 if there were enough, or -ENOMEM.
 */
int xe_pt_reserve_add(struct xe_vm *vm, struct xe_tile *tile,
		      struct xe_pt_reserve *reserve)
{
	struct xe_pt *pt;

	xe_vm_assert_held(vm);

	if (reserve->nr == XE_PT_RESERVE)
		return 0;

	pt = xe_pt_new(vm, tile, 0);
	if (IS_ERR(pt))
		return PTR_ERR(pt);

	reserve->pt[reserve->nr++] = pt;

	return 1;
}

/**
 * xe_pt_reserve_free() - Free the tables of a reserve
 * @vm: The VM they are for, its resv held
 * @reserve: The reserve
 */
void xe_pt_reserve_free(struct xe_vm *vm, struct xe_pt_reserve *reserve)
{
	xe_vm_assert_held(vm);

	while (reserve->nr)
		xe_pt_destroy(reserve->pt[--reserve->nr], vm->flags, NULL);
}

static struct xe_pt *xe_pt_new_child(struct xe_vm *vm, struct xe_tile *tile,
				     struct xe_pt *pt, u64 addr,
				     struct xe_pt_reserve *reserve)
{
	struct xe_pt *child;

	if (pt->level == 1 && reserve->nr)
		child = reserve->pt[--reserve->nr];
	else
		child = xe_pt_new(vm, tile, pt->level - 1);
	if (IS_ERR(child))
		return child;

	xe_pt_set_child(vm, tile, pt, addr, child);
	pt->num_live++;

	return child;
}

/**
 * xe_pt_hold() - Hold the page table of an address
 * @vm: The VM, its lock held for read at least and its resv held
 * @tile: The tile
 * @addr: The address
 * @level: Level of the table: 0 for the one with 4K entries, 1 for the
 * directory with 2M entries
 * @reserve: Where a table of 4K entries is taken from as long as there are any
 * @deferred: On failure, tables the caller frees with xe_bo_put_commit() after
 * a TLB invalidation
 *
 * Tables that are missing on the way are created. The entries of the held table
 * may be written by the caller, except those that belong to a VMA.
 *
 * Return: the table, or -ENOMEM as an error pointer.
 */
struct xe_pt *xe_pt_hold(struct xe_vm *vm, struct xe_tile *tile, u64 addr,
			 unsigned int level, struct xe_pt_reserve *reserve,
			 struct llist_head *deferred)
{
	struct xe_pt *pt = vm->pt_root[tile->id];

	lockdep_assert_held(&vm->lock);
	xe_vm_assert_held(vm);

	while (pt->level > level) {
		struct xe_pt *child = xe_pt_child(pt, addr);

		if (child)
			xe_tile_assert(tile, xe_pt_leads_on(vm, pt, addr));
		else
			child = xe_pt_new_child(vm, tile, pt, addr, reserve);
		if (IS_ERR(child)) {
			/* Remove the tables that were created on the way */
			pt->num_live++;
			xe_pt_unhold(vm, tile, pt, addr, deferred);
			return child;
		}
		pt = child;
	}
	pt->num_live++;

	return pt;
}

/**
 * xe_pt_hold_is_at_hand() - Can a page table be held without allocating?
 * @vm: The VM, its lock held for read at least and its resv held
 * @tile: The tile
 * @addr: The address
 * @level: As for xe_pt_hold()
 * @reserve: As for xe_pt_hold()
 *
 * Return: true if xe_pt_hold() would neither wait nor fail.
 */
bool xe_pt_hold_is_at_hand(struct xe_vm *vm, struct xe_tile *tile, u64 addr,
			   unsigned int level,
			   const struct xe_pt_reserve *reserve)
{
	struct xe_pt *pt = vm->pt_root[tile->id];

	lockdep_assert_held(&vm->lock);
	xe_vm_assert_held(vm);

	while (pt && pt->level > max(level, 1u))
		pt = xe_pt_child(pt, addr);

	return pt && (level || reserve->nr || xe_pt_child(pt, addr));
}

/* The tables above @pt, by level. Return: false if @pt is not in the tree. */
static bool find_parents(struct xe_vm *vm, struct xe_tile *tile,
			 const struct xe_pt *pt, u64 addr,
			 struct xe_pt *parents[XE_VM_MAX_LEVEL + 1])
{
	struct xe_pt *walk;

	lockdep_assert_held(&vm->lock);
	xe_vm_assert_held(vm);

	for (walk = vm->pt_root[tile->id]; walk != pt;
	     walk = xe_pt_child(walk, addr)) {
		if (XE_WARN_ON(!walk || !walk->level))
			return false;
		parents[walk->level - 1] = walk;
	}

	return true;
}

/**
 * xe_pt_unhold_level() - How many levels of page tables would xe_pt_unhold() free?
 * @vm: The VM, its lock held for read at least and its resv held
 * @tile: The tile
 * @pt: The held table
 * @addr: The address it was held for
 *
 * Return: the level of the topmost directory whose entry for @addr would be
 * cleared; 0 if @pt has other users.
 */
unsigned int xe_pt_unhold_level(struct xe_vm *vm, struct xe_tile *tile,
				struct xe_pt *pt, u64 addr)
{
	struct xe_pt *parents[XE_VM_MAX_LEVEL + 1];
	struct xe_pt *root = vm->pt_root[tile->id];
	unsigned int level = 0;

	if (!find_parents(vm, tile, pt, addr, parents))
		return 0;

	for (; pt != root && pt->num_live == 1; pt = parents[pt->level])
		level = pt->level + 1;

	return level;
}

/**
 * xe_pt_unhold() - Undo xe_pt_hold()
 * @vm: The VM, its lock held for read at least and its resv held
 * @tile: The tile
 * @pt: The held table
 * @addr: The address it was held for
 * @deferred: Tables that left the tree. The caller frees them with
 * xe_bo_put_commit() after a TLB invalidation
 *
 * The caller has cleared its entries.
 */
void xe_pt_unhold(struct xe_vm *vm, struct xe_tile *tile, struct xe_pt *pt,
		  u64 addr, struct llist_head *deferred)
{
	struct xe_pt *parents[XE_VM_MAX_LEVEL + 1];
	struct xe_pt *root = vm->pt_root[tile->id];

	/* Leak the table rather than free one with other users */
	if (!find_parents(vm, tile, pt, addr, parents))
		return;

	for (pt->num_live--; pt != root && !pt->num_live; pt->num_live--) {
		struct xe_pt *parent = parents[pt->level];

		xe_pt_set_child(vm, tile, parent, addr, NULL);
		xe_pt_destroy(pt, vm->flags, deferred);
		pt = parent;
	}
}

/**
 * xe_pt_is_idle() - Is the hold the only user of a page table?
 * @pt: The table, held once
 *
 * Return: whether the hold is all that keeps the table.
 */
bool xe_pt_is_idle(const struct xe_pt *pt)
{
	return pt->num_live == 1;
}

/**
 * xe_pt_has_leaf_table() - Is there a table of 4K entries for an address?
 * @vm: The VM, its resv held
 * @tile: The tile
 * @addr: The address
 *
 * Return: whether there is one, so that no 2M entry can be.
 */
bool xe_pt_has_leaf_table(struct xe_vm *vm, struct xe_tile *tile, u64 addr)
{
	struct xe_pt *pt = vm->pt_root[tile->id];

	xe_vm_assert_held(vm);

	while (pt && pt->level)
		pt = xe_pt_child(pt, addr);

	return pt;
}
