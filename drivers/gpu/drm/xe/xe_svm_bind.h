/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_BIND_H_
#define _XE_SVM_BIND_H_

#include "xe_svm_policy.h"
#include "xe_svm_types.h"

struct dma_fence;
struct llist_head;
struct work_struct;

struct dma_fence *xe_svm_bind_pending(struct xe_vm *vm, u64 block_start);
void xe_svm_bind_refill(struct work_struct *work);
void xe_svm_bind_free_reserve(struct xe_vm *vm);
bool xe_svm_bind_is_ready(struct xe_vm *vm, const struct xe_svm_block *block,
			  unsigned int level);
int xe_svm_bind_prepare(struct xe_vm *vm, struct xe_svm_window *window,
			struct xe_svm_block *block, unsigned int level);
int xe_svm_bind_prepare_now(struct xe_vm *vm, struct xe_svm_window *window,
			    struct xe_svm_block *block, unsigned int level);
void xe_svm_bind_write(struct xe_vm *vm, struct xe_svm_block *block,
		       const struct xe_svm_extent *extents, u16 nr,
		       u16 pat_index, bool atomics);
void xe_svm_bind_zap_range(const struct xe_svm_block *block, u16 *first,
			   u16 *last);
struct xe_svm_span xe_svm_bind_zap(struct xe_vm *vm, struct xe_svm_block *block,
				   u16 first, u16 last);
bool xe_svm_bind_flush(struct xe_vm *vm, const struct xe_svm_span *span);
u32 xe_svm_bind_vacate(struct xe_vm *vm, const struct xe_svm_span *span);
void xe_svm_bind_unhold(struct xe_vm *vm, u64 addr,
			struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE],
			struct llist_head *deferred);
void xe_svm_bind_free_tables(struct xe_vm *vm, const struct xe_svm_span *span,
			     struct llist_head *deferred);

#endif
