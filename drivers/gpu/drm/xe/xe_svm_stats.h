/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_STATS_H_
#define _XE_SVM_STATS_H_

/**
 * XE_SVM_STATS() - The counters of mirrors, each with its line in gtN/stats
 * @X: macro that is expanded with (ID, "name") of each counter
 *
 * PAGEFAULT: faults in a mirror, served or refused;
 * REFUSED: those of them that were refused;
 * STALE: times pages had to be collected again because the CPU changed them;
 * MAPPED_PAGES, UNMAPPED_PAGES: 4 KiB pages that became reachable for the GPU
 * and that ceased to be: the difference is mapped now;
 * INVALIDATION: CPU notifications that took something away;
 * TLB_INVAL: TLB invalidations sent for mirrors;
 * LEAKED_PAGES: pages kept for good because a TLB did not acknowledge.
 */
#define XE_SVM_STATS(X)						\
	X(PAGEFAULT, "svm_pagefault_count")			\
	X(REFUSED, "svm_refused_count")				\
	X(STALE, "svm_stale_count")				\
	X(MAPPED_PAGES, "svm_mapped_page_count")		\
	X(UNMAPPED_PAGES, "svm_unmapped_page_count")		\
	X(INVALIDATION, "svm_invalidation_count")		\
	X(TLB_INVAL, "svm_tlb_inval_count")			\
	X(LEAKED_PAGES, "svm_leaked_page_count")

/* Counts for all of a VM, on the first GT of its device. */
#define xe_svm_stats_add(vm__, id__, n__)				\
	xe_gt_stats_incr(xe_device_get_root_tile((vm__)->xe)->primary_gt, \
			 (id__), (n__))

#endif
