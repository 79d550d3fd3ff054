/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_SERVICE_H_
#define _XE_SVM_SERVICE_H_

#include <linux/types.h>

struct xe_svm_fault;
struct xe_svm_service;
struct xe_vm;

void xe_svm_service_fault(struct xe_svm_service *service,
			  struct xe_svm_fault *fault);
int xe_svm_service_block(struct xe_vm *vm, u64 addr, u64 *end, bool *hurried);
void xe_svm_service_end(struct xe_svm_service *service);

#endif
