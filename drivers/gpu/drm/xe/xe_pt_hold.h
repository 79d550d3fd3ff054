/* SPDX-License-Identifier: MIT */

#ifndef _XE_PT_HOLD_H_
#define _XE_PT_HOLD_H_

#include <linux/types.h>

struct llist_head;
struct xe_pt;
struct xe_tile;
struct xe_vm;

/** XE_PT_RESERVE - how many page tables a reserve holds */
#define XE_PT_RESERVE 2

/**
 * struct xe_pt_reserve - empty tables of 4K entries, in no tree yet
 *
 * Protected by the resv of the VM the tables are made for.
 */
struct xe_pt_reserve {
	/** @pt: the tables */
	struct xe_pt *pt[XE_PT_RESERVE];
	/** @nr: how many there are */
	unsigned int nr;
};

void xe_pt_reserve_page(struct xe_tile *tile);
int xe_pt_reserve_add(struct xe_vm *vm, struct xe_tile *tile,
		      struct xe_pt_reserve *reserve);
void xe_pt_reserve_free(struct xe_vm *vm, struct xe_pt_reserve *reserve);
struct xe_pt *xe_pt_hold(struct xe_vm *vm, struct xe_tile *tile, u64 addr,
			 unsigned int level, struct xe_pt_reserve *reserve,
			 struct llist_head *deferred);
bool xe_pt_hold_is_at_hand(struct xe_vm *vm, struct xe_tile *tile, u64 addr,
			   unsigned int level,
			   const struct xe_pt_reserve *reserve);
unsigned int xe_pt_unhold_level(struct xe_vm *vm, struct xe_tile *tile,
				struct xe_pt *pt, u64 addr);
void xe_pt_unhold(struct xe_vm *vm, struct xe_tile *tile, struct xe_pt *pt,
		  u64 addr, struct llist_head *deferred);
bool xe_pt_is_idle(const struct xe_pt *pt);
bool xe_pt_has_leaf_table(struct xe_vm *vm, struct xe_tile *tile, u64 addr);

#endif
