/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_TABLE_H_
#define _XE_SVM_TABLE_H_

#include <linux/llist.h>

#include "xe_svm_geometry.h"
#include "xe_svm_types.h"

struct dma_fence;
struct work_struct;

/**
 * struct xe_svm_tables - page tables that left the tree
 */
struct xe_svm_tables {
	/** @list: their BOs, for xe_bo_put_commit() */
	struct llist_head list;
	/** @span: what the entries that led to them covered */
	struct xe_svm_span span;
};

/** XE_SVM_TABLES_NONE - no tables */
#define XE_SVM_TABLES_NONE	((struct xe_svm_tables) {	\
	.list = { .first = NULL },				\
	.span = XE_SVM_SPAN_EMPTY,				\
})

struct dma_fence *xe_svm_table_pending(struct xe_vm *vm, u64 block_start);
void xe_svm_table_refill(struct work_struct *work);
void xe_svm_table_free_reserve(struct xe_vm *vm);
bool xe_svm_table_is_ready(struct xe_vm *vm, const struct xe_svm_block *block,
			   unsigned int level);
int xe_svm_table_prepare(struct xe_vm *vm, struct xe_svm_window *window,
			 struct xe_svm_block *block, unsigned int level,
			 struct dma_fence **job);
int xe_svm_table_prepare_now(struct xe_vm *vm, struct xe_svm_window *window,
			     struct xe_svm_block *block, unsigned int level);
u32 xe_svm_table_vacate(struct xe_vm *vm, struct xe_svm_window *window,
			const struct xe_svm_span *span,
			struct xe_svm_tables *freed, struct dma_fence **job);
struct dma_fence *
xe_svm_table_needed_by(struct xe_vm *vm, u64 addr,
		       struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE]);
struct dma_fence *xe_svm_table_span_needed_by(struct xe_vm *vm,
					      struct xe_svm_window *window,
					      const struct xe_svm_span *span);
void xe_svm_table_unhold(struct xe_vm *vm, u64 addr,
			 struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE],
			 struct xe_svm_tables *freed);
void xe_svm_table_free(struct xe_vm *vm, struct xe_svm_tables *freed);

#endif
