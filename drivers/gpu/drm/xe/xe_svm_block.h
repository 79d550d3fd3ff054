/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_BLOCK_H_
#define _XE_SVM_BLOCK_H_

#include "xe_svm_types.h"

/** XE_SVM_EXTENTS_SLACK - free slots a service leaves for later splits */
#define XE_SVM_EXTENTS_SLACK	4

/**
 * struct xe_svm_piece - part of one extent that is removed
 */
struct xe_svm_piece {
	/** @extent: the extent, cut down to the removed pages */
	struct xe_svm_extent extent;
	/**
	 * @unit_gone: no page of the DMA mapping is left, and none was leaked:
	 * unmap it
	 */
	bool unit_gone;
};

/**
 * typedef xe_svm_piece_fn - called with each piece that is removed
 * @piece: the piece, valid during the call
 * @arg: argument of the caller of the removal
 */
typedef void (*xe_svm_piece_fn)(const struct xe_svm_piece *piece, void *arg);

const struct xe_svm_extent *
xe_svm_extents_find(const struct xe_svm_extents *extents, u16 page);
bool xe_svm_extents_any(const struct xe_svm_extents *extents, u16 first,
			u16 last);
void xe_svm_extents_clamp(const struct xe_svm_extents *extents, u16 *first,
			  u16 *last);
bool xe_svm_extents_gap(const struct xe_svm_extents *extents, u16 *first,
			u16 *last);
u16 xe_svm_extents_insert(struct xe_svm_extents *extents,
			  const struct xe_svm_extent *add, u16 nr);
void xe_svm_extents_widen(const struct xe_svm_extents *extents, u16 *first,
			  u16 *last);
void xe_svm_extents_widen_same(const struct xe_svm_extents *extents, u16 *first,
			       u16 *last, unsigned long pfn);
void xe_svm_extents_keep(struct xe_svm_extents *extents, u16 first, u16 last);
void xe_svm_extents_remove(struct xe_svm_extents *extents, u16 first, u16 last,
			   xe_svm_piece_fn fn, void *arg);
struct xe_svm_extent *
xe_svm_extents_adopt(struct xe_svm_extents *extents,
		     struct xe_svm_extent *at, u16 cap);

void xe_svm_block_init(struct xe_svm_block *block, u64 start);
void xe_svm_block_free_extents(struct xe_svm_block *block,
			       struct xe_svm_extent *at);
void xe_svm_block_destroy(struct xe_svm_block *block);
void xe_svm_block_clamp(const struct xe_svm_block *block,
			const struct xe_svm_span *span, u16 *first, u16 *last);

/** xe_svm_extent_pages() - Number of pages that an extent covers */
static inline u16 xe_svm_extent_pages(const struct xe_svm_extent *extent)
{
	return extent->last - extent->first + 1;
}

/** xe_svm_extent_dma() - DMA address of the first page of an extent */
static inline dma_addr_t xe_svm_extent_dma(const struct xe_svm_extent *extent)
{
	return extent->dma +
		((dma_addr_t)(extent->first - extent->unit_first) << PAGE_SHIFT);
}

/** xe_svm_extent_pfn() - Page frame of the first page of an extent */
static inline unsigned long
xe_svm_extent_pfn(const struct xe_svm_extent *extent)
{
	return extent->pfn + (extent->first - extent->unit_first);
}

#endif
