/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_NOTIFIER_H_
#define _XE_SVM_NOTIFIER_H_

#include <linux/types.h>

struct xe_svm_window;
struct xe_vm;

struct xe_svm_window *xe_svm_notifier_window(struct xe_vm *vm, u64 addr,
					     s64 offset, bool may_wait);
void xe_svm_notifier_remove(struct xe_svm_window *window);
void xe_svm_notifier_remove_discarded(struct xe_vm *vm);

#endif
