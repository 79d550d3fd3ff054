/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_WAIT_H_
#define _XE_SVM_WAIT_H_

struct xe_svm_service;

int xe_svm_wait(struct xe_svm_service *service, int err);
int xe_svm_wait_overtaken(struct xe_svm_service *service);

#endif
