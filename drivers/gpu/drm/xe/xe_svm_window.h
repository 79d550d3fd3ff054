/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_WINDOW_H_
#define _XE_SVM_WINDOW_H_

#include "xe_svm_types.h"

struct xe_svm_piece;

/**
 * typedef xe_svm_release_fn - gets the pages that leave the GPU's reach
 * @vm: the VM
 * @piece: what was removed, valid during the call
 */
typedef void (*xe_svm_release_fn)(struct xe_vm *vm,
				  const struct xe_svm_piece *piece);

struct xe_svm_window *xe_svm_window_create(struct xe_vm *vm, u64 addr,
					   s64 offset);
int xe_svm_window_publish(struct xe_svm_window *window, u64 addr);
bool xe_svm_window_retire(struct xe_svm_window *window);
void xe_svm_window_discard(struct xe_svm_window *window);
void xe_svm_window_put(struct xe_svm_window *window);

unsigned long xe_svm_window_index(const struct xe_vm *vm, u64 addr, s64 offset);
struct xe_svm_window *xe_svm_window_find(struct xe_vm *vm, u64 addr, s64 offset);
struct xe_svm_window *xe_svm_window_next(struct xe_vm *vm, unsigned long *index,
					 unsigned long last);
struct xe_svm_window *xe_svm_window_next_in(struct xe_vm *vm,
					    const struct xe_svm_span *span,
					    unsigned long *index);

u64 xe_svm_window_end(const struct xe_svm_window *window);
struct xe_svm_span xe_svm_window_clamp(const struct xe_svm_window *window,
				       const struct xe_svm_span *span);

bool xe_svm_window_lock(struct xe_svm_window *window, bool may_wait);
struct mutex *xe_svm_window_served(struct xe_svm_window *window, u64 addr);

struct xe_svm_block *xe_svm_window_find_block(struct xe_svm_window *window,
					      u64 addr);
struct xe_svm_block *xe_svm_window_block(struct xe_svm_window *window, u64 addr,
					 bool may_wait);
struct xe_svm_block *xe_svm_window_next_mapped(struct xe_svm_window *window,
					       const struct xe_svm_span *span,
					       u32 *slot);
u32 xe_svm_window_slot(const struct xe_svm_window *window, u64 addr);
bool xe_svm_window_mapped_locked(struct xe_svm_window *window,
				 const struct xe_svm_span *span);
bool xe_svm_window_mapped(struct xe_svm_window *window,
			  const struct xe_svm_span *span);

u16 xe_svm_window_insert(struct xe_svm_window *window, struct xe_svm_block *block,
			 const struct xe_svm_extent *runs, u16 nr);
void xe_svm_window_keep_span(struct xe_svm_window *window,
			     const struct xe_svm_span *span);
void xe_svm_window_remove_span(struct xe_svm_window *window,
			       const struct xe_svm_span *span,
			       xe_svm_release_fn fn);

/** xe_svm_window_cpu_addr() - CPU address that a GPU address mirrors */
static inline u64 xe_svm_window_cpu_addr(const struct xe_svm_window *window,
					 u64 addr)
{
	return addr + window->offset;
}

/** xe_svm_window_gpu_addr() - GPU address that mirrors a CPU address */
static inline u64 xe_svm_window_gpu_addr(const struct xe_svm_window *window,
					 u64 addr)
{
	return addr - window->offset;
}

/**
 * xe_svm_window_for_each_in() - Each window of a span, whatever its offset
 * @window__: the window
 * @index__: cursor
 * @vm__: the VM, locked for write
 * @span__: the addresses
 */
#define xe_svm_window_for_each_in(window__, index__, vm__, span__)		\
	for ((index__) = xe_svm_window_index((vm__), (span__)->start, 0);	\
	     ((window__) = xe_svm_window_next_in((vm__), (span__),		\
						 &(index__)));			\
	     (index__)++)

/**
 * xe_svm_window_for_each_mapped() - Each block that has pages mapped in a span
 * @block__: the block
 * @slot__: cursor
 * @window__: the window, locked
 * @span__: the addresses, inside the window
 */
#define xe_svm_window_for_each_mapped(block__, slot__, window__, span__)	\
	for ((slot__) = xe_svm_window_slot((window__), (span__)->start);	\
	     ((block__) = xe_svm_window_next_mapped((window__), (span__),	\
						    &(slot__)));)

#endif
