/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_WAIT_H_
#define _XE_SVM_WAIT_H_

#include <linux/types.h>

struct xe_svm_service;

bool xe_svm_wait_wants_jobs(const struct xe_svm_service *service);
int xe_svm_wait(struct xe_svm_service *service, int err);
int xe_svm_wait_overtaken(struct xe_svm_service *service);

#endif
