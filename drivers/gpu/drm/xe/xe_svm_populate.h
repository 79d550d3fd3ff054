/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_POPULATE_H_
#define _XE_SVM_POPULATE_H_

#include <linux/types.h>

struct mm_struct;
struct xe_svm_pages;
struct xe_svm_request;
struct xe_svm_window;

bool xe_svm_populate_now(struct mm_struct *mm,
			 const struct xe_svm_request *request);
void xe_svm_populate_readahead(struct xe_svm_window *window,
			       const struct xe_svm_request *request,
			       struct xe_svm_pages *pages);
int xe_svm_populate_page(struct mm_struct *mm,
			 const struct xe_svm_request *request);
int xe_svm_populate_block(struct xe_svm_window *window,
			  const struct xe_svm_request *request,
			  struct xe_svm_pages *pages);

#endif
