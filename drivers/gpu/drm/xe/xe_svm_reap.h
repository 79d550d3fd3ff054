/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_REAP_H_
#define _XE_SVM_REAP_H_

struct work_struct;
struct xe_svm_window;

void xe_svm_reap_soon(struct xe_svm_window *window);
void xe_svm_reap_work(struct work_struct *work);

#endif
