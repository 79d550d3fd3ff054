/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_REVOKE_H_
#define _XE_SVM_REVOKE_H_

#include "xe_svm_geometry.h"

struct xe_svm_window;
struct xe_vm;

struct xe_svm_span xe_svm_everywhere(const struct xe_vm *vm);
void xe_svm_revoke_locked(struct xe_svm_window *window,
			  const struct xe_svm_span *span);
void xe_svm_revoke_window(struct xe_svm_window *window,
			  const struct xe_svm_span *span);
bool xe_svm_revoke_windows(const struct xe_svm_window *like,
			   const struct xe_svm_span *span);
void xe_svm_revoke_all(struct xe_vm *vm);

#endif
