/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_FLUSH_H_
#define _XE_SVM_FLUSH_H_

#include "xe_svm_geometry.h"

struct xe_vm;

bool xe_svm_flush(struct xe_vm *vm, const struct xe_svm_span *span);

#endif
