/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_STATS_IDS_H_
#define _XE_SVM_STATS_IDS_H_

/**
 * DOC: Counters
 *
 * Each event counts twice: on a GT, since the device was bound to the driver,
 * and on the VM whose mirror it happened in. ``gtN/stats`` of the device's
 * debugfs directory has a line ``name: value`` for each counter of the GT.
 * Faults count on the GT they came from, all other events on the first GT of
 * the device.
 *
 * ``svm`` in the device's debugfs directory has a section for each VM that can
 * mirror: ``asid``, which also names it in tracepoints; ``pid`` and ``comm`` of
 * the process that is mirrored, as they were when it created the VM; then the
 * VM's counters. An empty line ends a section. The section is removed with the
 * VM.
 *
 * svm_pagefault_count
 *	Faults in a mirror, served or refused.
 * svm_refused_count
 *	Faults in a mirror that were refused.
 * svm_service_count
 *	Services: passes that mapped pages, for one fault or many.
 * svm_deferred_count
 *	Times faults were deferred to a waiter.
 * svm_retry_count
 *	Retries: pages had to be collected again because the CPU or a bind had
 *	changed the mappings.
 * svm_readahead_page_count
 *	Readahead: pages populated ahead of sequential faults.
 * svm_prefetched_page_count
 *	4 KiB pages mapped because of a prefetch.
 * svm_prealloc_table_count
 *	Preallocated page tables that a service took from the reserve of its VM.
 * svm_mapped_page_count, svm_unmapped_page_count
 *	4 KiB pages mapped on the GPU, and unmapped from it. The difference is
 *	mapped now.
 * svm_cluster_count
 *	Clusters mapped: 16 of those pages with the 64 KiB hint.
 * svm_invalidation_count
 *	CPU notifications that unmapped pages from the GPU.
 * svm_tlb_inval_count
 *	TLB invalidations sent for mirrors.
 * svm_leaked_page_count
 *	Pages leaked because a TLB did not acknowledge an invalidation.
 */

/**
 * XE_SVM_STATS() - The counters of mirrors
 * @X: macro that is expanded with (ID, "name") of each counter
 */
#define XE_SVM_STATS(X)						\
	X(PAGEFAULT, "svm_pagefault_count")			\
	X(REFUSED, "svm_refused_count")				\
	X(SERVICE, "svm_service_count")				\
	X(DEFERRED, "svm_deferred_count")			\
	X(RETRY, "svm_retry_count")				\
	X(READAHEAD_PAGES, "svm_readahead_page_count")		\
	X(PREFETCHED_PAGES, "svm_prefetched_page_count")	\
	X(PREALLOC_TABLES, "svm_prealloc_table_count")		\
	X(MAPPED_PAGES, "svm_mapped_page_count")		\
	X(UNMAPPED_PAGES, "svm_unmapped_page_count")		\
	X(CLUSTERS, "svm_cluster_count")			\
	X(INVALIDATION, "svm_invalidation_count")		\
	X(TLB_INVAL, "svm_tlb_inval_count")			\
	X(LEAKED_PAGES, "svm_leaked_page_count")

#endif
