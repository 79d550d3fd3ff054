/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_POLICY_H_
#define _XE_SVM_POLICY_H_

#include <linux/types.h>

#include "xe_svm_geometry.h"

/**
 * enum xe_svm_access - type of a GPU access, most intrusive last
 */
enum xe_svm_access {
	/** @XE_SVM_ACCESS_READ: a load or an instruction fetch */
	XE_SVM_ACCESS_READ,
	/** @XE_SVM_ACCESS_WRITE: a store */
	XE_SVM_ACCESS_WRITE,
	/** @XE_SVM_ACCESS_ATOMIC: a read-modify-write done by the GPU */
	XE_SVM_ACCESS_ATOMIC,
};

/**
 * struct xe_svm_grant - permissions that decide whether an access is allowed
 */
struct xe_svm_grant {
	/** @cpu_read: the CPU mapping allows reads */
	bool cpu_read;
	/** @cpu_write: the CPU mapping allows writes */
	bool cpu_write;
	/**
	 * @special: memory without pages, or with pages devices must not access
	 */
	bool special;
	/** @mirror_readonly: the mirror is bound READONLY */
	bool mirror_readonly;
	/** @device_atomics: the device can do atomics on system memory */
	bool device_atomics;
};

/**
 * struct xe_svm_scan - pages of a block that a service scans together
 */
struct xe_svm_scan {
	/** @first: first page */
	u16 first;
	/** @end: first page behind */
	u16 end;
};

/**
 * struct xe_svm_stream - where in a block the GPU seems to be going on
 */
struct xe_svm_stream {
	/**
	 * @next: page behind what was populated last, possibly behind the block
	 */
	u16 next;
	/** @readahead: how many pages that was at least */
	u16 readahead;
};

/**
 * struct xe_svm_clusters - pages of an extent that lie in whole clusters
 */
struct xe_svm_clusters {
	/** @first: first page */
	u16 first;
	/** @end: first page behind; @first if there are none */
	u16 end;
};

/** XE_SVM_REACH_MAX - maximum reach of a scan: the whole block */
#define XE_SVM_REACH_MAX	3

int xe_svm_policy_refusal(const struct xe_svm_grant *grant,
			  enum xe_svm_access access);
struct xe_svm_span xe_svm_policy_span(u64 addr, const struct xe_svm_span *cpu,
				      const struct xe_svm_span *mirror);
struct xe_svm_scan
xe_svm_policy_fault_around(u16 page, const struct xe_svm_scan *limit, u8 reach);
bool xe_svm_policy_dense(u16 populated, u16 pages);
u8 xe_svm_policy_reach_max(u16 pages);
u8 xe_svm_policy_reach(u8 reach, u16 found, u8 max);
u16 xe_svm_policy_readahead(u16 page, const struct xe_svm_stream *here,
			    const struct xe_svm_stream *before, u16 limit);
bool xe_svm_policy_huge(u64 dma, u16 pages);
struct xe_svm_clusters xe_svm_policy_clusters(u64 dma, u16 first, u16 last);
u16 xe_svm_policy_cut(u16 first, u16 last);
struct xe_svm_clusters
xe_svm_policy_known(const struct xe_svm_clusters *clusters, u16 first,
		    u16 last);

/** xe_svm_access_writes() - Does an access need write permission? */
static inline bool xe_svm_access_writes(enum xe_svm_access access)
{
	return access != XE_SVM_ACCESS_READ;
}

#endif
