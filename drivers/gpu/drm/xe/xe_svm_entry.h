/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_ENTRY_H_
#define _XE_SVM_ENTRY_H_

#include "xe_svm_types.h"

void xe_svm_entry_write(struct xe_vm *vm, struct xe_svm_block *block,
			const struct xe_svm_extent *extents, u16 nr,
			u16 pat_index, bool atomics);
void xe_svm_entry_zap_range(const struct xe_svm_block *block, u16 *first,
			    u16 *last);
struct xe_svm_span xe_svm_entry_zap(struct xe_vm *vm, struct xe_svm_block *block,
				    u16 first, u16 last);

#endif
