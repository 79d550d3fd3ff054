/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_ATTR_H_
#define _XE_SVM_ATTR_H_

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/types.h>

#include "xe_svm_policy.h"

struct xe_vm;

/*
 * The attributes of an address, packed into one word, which is an entry of a
 * tree. Addresses without advice have the value zero.
 */
/** XE_SVM_ATTR_FD - file descriptor of the preferred device, or 0, or -1 */
#define XE_SVM_ATTR_FD		GENMASK_ULL(31, 0)
/** XE_SVM_ATTR_POLICY - migration policy */
#define XE_SVM_ATTR_POLICY	BIT_ULL(32)
/** XE_SVM_ATTR_ATOMIC - &enum xe_svm_atomic */
#define XE_SVM_ATTR_ATOMIC	GENMASK_ULL(34, 33)
/** XE_SVM_ATTR_HAS_PAT - %XE_SVM_ATTR_PAT replaces the index of the bind */
#define XE_SVM_ATTR_HAS_PAT	BIT_ULL(35)
/** XE_SVM_ATTR_PAT - PAT index */
#define XE_SVM_ATTR_PAT		GENMASK_ULL(43, 36)
/** XE_SVM_ATTR_AUTORESET - reset when the CPU unmaps the address */
#define XE_SVM_ATTR_AUTORESET	BIT_ULL(44)

/**
 * enum xe_svm_atomic - which side performs atomic operations, as in the uAPI
 */
enum xe_svm_atomic {
	/** @XE_SVM_ATOMIC_UNDEFINED: no advice */
	XE_SVM_ATOMIC_UNDEFINED,
	/** @XE_SVM_ATOMIC_DEVICE: the GPU */
	XE_SVM_ATOMIC_DEVICE,
	/** @XE_SVM_ATOMIC_GLOBAL: both, CPU and GPU */
	XE_SVM_ATOMIC_GLOBAL,
	/** @XE_SVM_ATOMIC_CPU: the CPU only */
	XE_SVM_ATOMIC_CPU,
};

/**
 * struct xe_svm_attr_change - new values of some attributes
 */
struct xe_svm_attr_change {
	/** @mask: the attributes */
	u64 mask;
	/** @value: their values, within @mask */
	u64 value;
	/** @pat_index: the PAT index that the mirror was bound with */
	u16 pat_index;
};

/** xe_svm_attr_denies_atomics() - Are atomics of the GPU forbidden? */
static inline bool xe_svm_attr_denies_atomics(u64 attr)
{
	return FIELD_GET(XE_SVM_ATTR_ATOMIC, attr) == XE_SVM_ATOMIC_CPU;
}

#if IS_ENABLED(CONFIG_DRM_XE_SVM)
void xe_svm_attr_init(struct xe_vm *vm);
int xe_svm_attr_watch(struct xe_vm *vm);
void xe_svm_attr_close(struct xe_vm *vm);
void xe_svm_attr_fini(struct xe_vm *vm);

u64 xe_svm_attr_find(struct xe_vm *vm, u64 addr, struct xe_svm_span *span);
int xe_svm_attr_apply(struct xe_vm *vm, const struct xe_svm_span *span,
		      const struct xe_svm_attr_change *change,
		      struct xe_svm_span *changed);
void xe_svm_attr_commit(struct xe_vm *vm);
void xe_svm_attr_undo(struct xe_vm *vm);
void xe_svm_attr_forget(struct xe_vm *vm, const struct xe_svm_span *span,
			struct xe_svm_span *changed);
u16 xe_svm_attr_pat(const struct xe_vm *vm, u64 attr, u16 pat_index);
#else
static inline int xe_svm_attr_watch(struct xe_vm *vm)
{
	return 0;
}

static inline u64 xe_svm_attr_find(struct xe_vm *vm, u64 addr,
				   struct xe_svm_span *span)
{
	return 0;
}
#endif

#endif
