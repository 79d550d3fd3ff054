/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_ATTR_H_
#define _XE_SVM_ATTR_H_

#include <linux/bits.h>
#include <linux/types.h>

#include "xe_svm_policy.h"

struct maple_tree;
struct xe_vm;

/*
 * What was advised for an address, packed so that it can stand in a tree without an
 * allocation of its own. All zero is what holds where nothing was advised.
 */
/** XE_SVM_ATTR_FD - file descriptor of the preferred device, or 0, or -1 */
#define XE_SVM_ATTR_FD		GENMASK_ULL(31, 0)
/** XE_SVM_ATTR_POLICY - migration policy */
#define XE_SVM_ATTR_POLICY	BIT_ULL(32)
/** XE_SVM_ATTR_REGION - memory region of the preferred device */
#define XE_SVM_ATTR_REGION	GENMASK_ULL(40, 33)
/** XE_SVM_ATTR_ATOMIC - who does atomic operations */
#define XE_SVM_ATTR_ATOMIC	GENMASK_ULL(42, 41)
/** XE_SVM_ATTR_HAS_PAT - %XE_SVM_ATTR_PAT replaces the index of the bind */
#define XE_SVM_ATTR_HAS_PAT	BIT_ULL(43)
/** XE_SVM_ATTR_PAT - PAT index */
#define XE_SVM_ATTR_PAT		GENMASK_ULL(51, 44)
/** XE_SVM_ATTR_AUTORESET - forgotten when the CPU unmaps the address */
#define XE_SVM_ATTR_AUTORESET	BIT_ULL(52)

/** XE_SVM_ATTR_MAPPED - attributes that are part of page-table entries */
#define XE_SVM_ATTR_MAPPED	(XE_SVM_ATTR_ATOMIC | XE_SVM_ATTR_HAS_PAT | \
				 XE_SVM_ATTR_PAT)

/**
 * enum xe_svm_atomic - values of %XE_SVM_ATTR_ATOMIC, as the uAPI has them
 */
enum xe_svm_atomic {
	/** @XE_SVM_ATOMIC_UNDEFINED: nothing was advised */
	XE_SVM_ATOMIC_UNDEFINED,
	/** @XE_SVM_ATOMIC_DEVICE: the GPU does atomic operations */
	XE_SVM_ATOMIC_DEVICE,
	/** @XE_SVM_ATOMIC_GLOBAL: CPU and GPU do */
	XE_SVM_ATOMIC_GLOBAL,
	/** @XE_SVM_ATOMIC_CPU: the CPU alone does */
	XE_SVM_ATOMIC_CPU,
};

/**
 * struct xe_svm_attr_change - some attributes and their new values
 */
struct xe_svm_attr_change {
	/** @mask: the attributes */
	u64 mask;
	/** @value: their values, within @mask */
	u64 value;
};

#if IS_ENABLED(CONFIG_DRM_XE_SVM)
void xe_svm_attr_init(struct xe_vm *vm);
int xe_svm_attr_watch(struct xe_vm *vm);
void xe_svm_attr_close(struct xe_vm *vm);
void xe_svm_attr_fini(struct xe_vm *vm);

u64 xe_svm_attr_find(struct xe_vm *vm, u64 addr, struct xe_svm_span *span);
int xe_svm_attr_apply(struct xe_vm *vm, const struct xe_svm_span *span,
		      const struct xe_svm_attr_change *change,
		      struct maple_tree *old, struct xe_svm_span *changed);
void xe_svm_attr_undo(struct xe_vm *vm, struct maple_tree *old);
bool xe_svm_attr_forget(struct xe_vm *vm, const struct xe_svm_span *span);
u16 xe_svm_attr_pat(const struct xe_vm *vm, u64 attr, u16 pat_index);
bool xe_svm_attr_denies_atomics(u64 attr);
#endif

#endif
