/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_GEOMETRY_H_
#define _XE_SVM_GEOMETRY_H_

#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/types.h>

/** XE_SVM_BLOCK_SHIFT - log2 of the bytes of one block */
#define XE_SVM_BLOCK_SHIFT	21
/** XE_SVM_BLOCK_SIZE - bytes of one block: what one level 1 entry maps */
#define XE_SVM_BLOCK_SIZE	BIT_ULL(XE_SVM_BLOCK_SHIFT)
/** XE_SVM_BLOCK_ORDER - log2 of the pages of one block */
#define XE_SVM_BLOCK_ORDER	(XE_SVM_BLOCK_SHIFT - PAGE_SHIFT)
/** XE_SVM_BLOCK_PAGES - 4 KiB pages of one block */
#define XE_SVM_BLOCK_PAGES	(1u << (XE_SVM_BLOCK_SHIFT - PAGE_SHIFT))
/** XE_SVM_CLUSTER_PAGES - 4 KiB pages of one cluster: 64 KiB */
#define XE_SVM_CLUSTER_PAGES	(1u << (16 - PAGE_SHIFT))

/**
 * struct xe_svm_span - bytes [start, end) of an address space
 */
struct xe_svm_span {
	/** @start: first byte */
	u64 start;
	/** @end: first byte behind */
	u64 end;
};

/** XE_SVM_SPAN_EMPTY - no addresses; xe_svm_span_add() makes it grow */
#define XE_SVM_SPAN_EMPTY	((struct xe_svm_span) { .start = U64_MAX })

/** xe_svm_span_is_empty() - Is a span empty? */
static inline bool xe_svm_span_is_empty(const struct xe_svm_span *span)
{
	return span->start >= span->end;
}

/** xe_svm_span_add() - Make a span cover [start, end), too */
static inline void xe_svm_span_add(struct xe_svm_span *span, u64 start, u64 end)
{
	span->start = min(span->start, start);
	span->end = max(span->end, end);
}

/** xe_svm_block_page() - Number of the page of an address within its block */
static inline u16 xe_svm_block_page(u64 addr)
{
	return (addr & (XE_SVM_BLOCK_SIZE - 1)) >> PAGE_SHIFT;
}

#endif
