/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_NOTIFIER_H_
#define _XE_SVM_NOTIFIER_H_

#include "xe_svm_policy.h"
#include "xe_svm_types.h"

struct xe_svm_window *xe_svm_window_get(struct xe_vm *vm, u64 addr,
					bool may_wait);
void xe_svm_window_put(struct xe_svm_window *window);
void xe_svm_window_remove(struct xe_svm_window *window);

bool xe_svm_window_remove_unused(struct xe_svm_window *window);

bool xe_svm_window_lock(struct xe_svm_window *window, bool may_wait);
struct mutex *xe_svm_window_served(struct xe_svm_window *window, u64 addr);
struct xe_svm_block *xe_svm_window_find_block(struct xe_svm_window *window,
					      u64 addr);
struct xe_svm_block *xe_svm_window_block(struct xe_svm_window *window, u64 addr,
					 bool may_wait);
u64 xe_svm_window_end(const struct xe_svm_window *window);

void xe_svm_window_revoke(struct xe_svm_window *window,
			  const struct xe_svm_span *span);
struct xe_svm_span xe_svm_everywhere(const struct xe_vm *vm);
bool xe_svm_windows_revoke(struct xe_vm *vm, const struct xe_svm_span *span);
bool xe_svm_window_mapped(struct xe_svm_window *window,
			  const struct xe_svm_span *span);

#endif
