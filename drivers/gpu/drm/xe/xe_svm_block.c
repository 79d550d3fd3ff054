// SPDX-License-Identifier: MIT
/*
 * Mapped pages of a 2 MiB block, recorded as extents.
 *
 * Rule: the array is sorted by first page, extents never overlap, and two
 * extents are pieces of one DMA mapping exactly if their units are equal. An
 * equal unit can not be mapped twice: its pages would have to be mapped twice.
 * Callers hold the window lock. Nothing here sleeps, allocates or knows the
 * GPU, so that KUnit can drive all of it.
 * Must never happen here: a removal that fails.
 */

#include "xe_svm_block.h"

#include <kunit/visibility.h>

#include <linux/bug.h>
#include <linux/slab.h>
#include <linux/string.h>

/*
 * Index of the first extent that ends at or after @page; nr if there is none.
 */
static u16 extents_index(const struct xe_svm_extents *extents, u16 page)
{
	u16 low = 0, high = extents->nr;

	while (low < high) {
		u16 mid = low + (high - low) / 2;

		if (extents->at[mid].last < page)
			low = mid + 1;
		else
			high = mid;
	}

	return low;
}

/**
 * xe_svm_extents_find() - Find the extent that covers a page
 * @extents: the extents of a block
 * @page: page of the block
 *
 * Return: the extent, valid until the window lock is dropped, or NULL if the
 * page is not mapped.
 */
const struct xe_svm_extent *
xe_svm_extents_find(const struct xe_svm_extents *extents, u16 page)
{
	u16 i = extents_index(extents, page);

	if (i == extents->nr || extents->at[i].first > page)
		return NULL;

	return &extents->at[i];
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_find);

/**
 * xe_svm_extents_any() - Is anything mapped in a range of pages?
 * @extents: the extents of a block
 * @first: first page of the range
 * @last: last page of the range (inclusive)
 *
 * Return: true if at least one page of the range is mapped.
 */
bool xe_svm_extents_any(const struct xe_svm_extents *extents, u16 first,
			u16 last)
{
	u16 i = extents_index(extents, first);

	return i < extents->nr && extents->at[i].first <= last;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_any);

/**
 * xe_svm_extents_clamp() - Cut a range down to what is mapped in it
 * @extents: the extents of a block, of which some lie in the range
 * @first: first page of the range; moved up to the first mapped one
 * @last: last page of the range (inclusive); moved down to the last mapped one
 */
void xe_svm_extents_clamp(const struct xe_svm_extents *extents, u16 *first,
			  u16 *last)
{
	u16 i;

	if (WARN_ON_ONCE(!xe_svm_extents_any(extents, *first, *last)))
		return;

	i = extents_index(extents, *first);
	if (extents->at[i].first > *first)
		*first = extents->at[i].first;

	i = extents_index(extents, *last);
	if (i == extents->nr || extents->at[i].first > *last)
		*last = extents->at[i - 1].last;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_clamp);

/**
 * xe_svm_extents_gap() - Find pages that are not mapped
 * @extents: the extents of a block
 * @first: first page of a range; moved up to the first one not mapped
 * @last: last page of the range (inclusive); moved down to the last one before
 * the next extent
 *
 * Return: true if there is a page in the range that is not mapped.
 */
bool xe_svm_extents_gap(const struct xe_svm_extents *extents, u16 *first,
			u16 *last)
{
	u16 i = extents_index(extents, *first);

	for (; i < extents->nr && extents->at[i].first <= *first; i++)
		*first = extents->at[i].last + 1;

	if (*first > *last)
		return false;

	if (i < extents->nr && extents->at[i].first <= *last)
		*last = extents->at[i].first - 1;

	return true;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_gap);

/**
 * xe_svm_extents_insert() - Add extents
 * @extents: the extents of a block, with a free slot for each
 * @add: the extents to copy in, sorted, disjoint; none of their pages may be
 * mapped
 * @nr: number of extents
 *
 * Return: number of pages that the new extents cover.
 */
u16 xe_svm_extents_insert(struct xe_svm_extents *extents,
			  const struct xe_svm_extent *add, u16 nr)
{
	struct xe_svm_extent *to = &extents->at[extents->nr + nr];
	struct xe_svm_extent *old = &extents->at[extents->nr];
	const struct xe_svm_extent *new = add + nr;
	u16 pages = 0;

	if (WARN_ON_ONCE(extents->nr + nr > extents->cap))
		return 0;

	/* From the end, so that each extent is moved once. */
	extents->nr += nr;
	while (new > add) {
		if (old > extents->at && old[-1].first > new[-1].first) {
			*--to = *--old;
			continue;
		}
		*--to = *--new;
		pages += xe_svm_extent_pages(to);
		WARN_ON_ONCE(old > extents->at && old[-1].last >= to->first);
	}
	extents->pages += pages;

	return pages;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_insert);

/**
 * xe_svm_extents_widen() - Widen a range so that it can be removed in place
 * @extents: the extents of a block
 * @first: first page of the range
 * @last: last page of the range (inclusive); moved up if need be
 *
 * Removing the middle of an extent needs a slot for its tail. If no slot is
 * free the tail is removed, too: the GPU faults it in again. Call this before
 * the page-table entries are zapped, and zap the resulting range.
 */
void xe_svm_extents_widen(const struct xe_svm_extents *extents, u16 *first,
			  u16 *last)
{
	const struct xe_svm_extent *extent = xe_svm_extents_find(extents, *last);

	if (!extent || extents->nr < extents->cap)
		return;

	if (extent->first < *first && extent->last > *last)
		*last = extent->last;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_widen);

static bool touch_at(const struct xe_svm_extents *extents, u16 i,
		     unsigned long pfn)
{
	const struct xe_svm_extent *below = &extents->at[i], *above = below + 1;

	return below->last + 1 == above->first &&
		xe_svm_extent_pfn(below) == pfn &&
		xe_svm_extent_pfn(above) == pfn;
}

/**
 * xe_svm_extents_widen_same() - Widen a range over neighbours that map the same page
 * @extents: the extents of a block
 * @first: first page of the range; moved down over them
 * @last: last page of the range (inclusive); moved up over them
 * @pfn: page frame that many pages of the block may map
 *
 * Neighbours are extents that form an unbroken sequence with the ends of the
 * range.
 */
void xe_svm_extents_widen_same(const struct xe_svm_extents *extents, u16 *first,
			       u16 *last, unsigned long pfn)
{
	u16 low = extents_index(extents, *first);
	u16 high = extents_index(extents, *last);

	if (low < extents->nr && extents->at[low].first <= *first) {
		while (low && touch_at(extents, low - 1, pfn))
			*first = extents->at[--low].first;
	}
	if (high < extents->nr && extents->at[high].first <= *last) {
		while (high + 1 < extents->nr && touch_at(extents, high, pfn))
			*last = extents->at[++high].last;
	}
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_widen_same);

static bool same_unit(const struct xe_svm_extent *a,
		      const struct xe_svm_extent *b)
{
	return a->unit_first == b->unit_first && a->unit_last == b->unit_last;
}

/* Does any extent but [gone, left) still use the DMA mapping of @extent? */
static bool unit_in_use(const struct xe_svm_extents *extents, u16 gone, u16 left,
			const struct xe_svm_extent *extent)
{
	u16 i = extents_index(extents, extent->unit_first);

	for (; i < extents->nr; i++) {
		if (i >= gone && i < left)
			i = left;
		if (i == extents->nr || extents->at[i].first > extent->unit_last)
			break;
		if (same_unit(&extents->at[i], extent))
			return true;
	}

	return false;
}

/**
 * xe_svm_extents_keep() - Keep the DMA mappings of a range of pages for ever
 * @extents: the extents of a block
 * @first: first page of the range
 * @last: last page of the range (inclusive)
 *
 * Pages that are removed and leaked must stay mapped for DMA, when the other
 * pages of their units are removed, too. Call this before the removal.
 */
void xe_svm_extents_keep(struct xe_svm_extents *extents, u16 first, u16 last)
{
	struct xe_svm_extent *extent, *part;
	u16 i, j;

	for (i = extents_index(extents, first); i < extents->nr; i++) {
		extent = &extents->at[i];
		if (extent->first > last)
			break;

		j = extents_index(extents, extent->unit_first);
		for (; j < extents->nr; j++) {
			part = &extents->at[j];
			if (part->first > extent->unit_last)
				break;
			if (same_unit(part, extent))
				part->kept = 1;
		}
	}
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_keep);

/* Remove [first, last], a part of extent @i, from it. */
static void extent_cut(struct xe_svm_extents *extents, u16 i, u16 first,
		       u16 last)
{
	struct xe_svm_extent *extent = &extents->at[i];
	struct xe_svm_extent tail = *extent;

	if (extent->first == first) {
		extent->first = last + 1;
	} else if (extent->last == last) {
		extent->last = first - 1;
	} else {
		tail.first = last + 1;
		extent->last = first - 1;
		memmove(extent + 2, extent + 1,
			(extents->nr - i - 1) * sizeof(*extent));
		extent[1] = tail;
		extents->nr++;
	}
}

/**
 * xe_svm_extents_remove() - Remove a range of pages
 * @extents: the extents of a block
 * @first: first page of the range
 * @last: last page (inclusive), as xe_svm_extents_widen() left it
 * @fn: called with each piece; must not use the extents
 * @arg: passed to @fn
 *
 * Cannot fail and allocates nothing.
 */
void xe_svm_extents_remove(struct xe_svm_extents *extents, u16 first, u16 last,
			   xe_svm_piece_fn fn, void *arg)
{
	/* [gone, i) are removed, but stay in the array until the end. */
	u16 gone = extents_index(extents, first), i = gone;

	while (i < extents->nr && extents->at[i].first <= last) {
		struct xe_svm_piece piece = { .extent = extents->at[i] };
		bool head = piece.extent.first < first;
		bool tail = piece.extent.last > last;

		if (head)
			piece.extent.first = first;
		if (tail)
			piece.extent.last = last;

		/* Only the first extent can keep its head, before the gap. */
		if (head || tail)
			extent_cut(extents, i, piece.extent.first,
				   piece.extent.last);
		if (head)
			gone = ++i;
		else if (!tail)
			i++;

		extents->pages -= xe_svm_extent_pages(&piece.extent);
		piece.unit_gone = !piece.extent.kept &&
			!unit_in_use(extents, gone, i, &piece.extent);
		fn(&piece, arg);
	}

	memmove(&extents->at[gone], &extents->at[i],
		(extents->nr - i) * sizeof(*extents->at));
	extents->nr -= i - gone;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_remove);

/**
 * xe_svm_extents_adopt() - Move the extents into a larger array
 * @extents: the extents of a block
 * @at: the new array, allocated before the window lock was taken
 * @cap: capacity of @at; at least the number of extents in use
 *
 * Return: the old array, for the caller to free after the window lock, by
 * xe_svm_block_free_extents().
 */
struct xe_svm_extent *
xe_svm_extents_adopt(struct xe_svm_extents *extents, struct xe_svm_extent *at,
		     u16 cap)
{
	struct xe_svm_extent *old = extents->at;

	if (WARN_ON_ONCE(cap < extents->nr))
		return at;

	if (extents->nr)
		memcpy(at, old, extents->nr * sizeof(*at));
	extents->at = at;
	extents->cap = cap;

	return old;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_extents_adopt);

/**
 * xe_svm_block_init() - Initialize a block with nothing mapped
 * @block: the block, zeroed memory for kfree()
 * @start: address of the block, aligned to its size
 */
void xe_svm_block_init(struct xe_svm_block *block, u64 start)
{
	block->start = start;
	block->extents.at = &block->one;
	block->extents.cap = 1;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_block_init);

/**
 * xe_svm_block_free_extents() - Free an array of extents
 * @block: the block
 * @at: an array that the block does not use any more, as returned by
 * xe_svm_extents_adopt()
 */
void xe_svm_block_free_extents(struct xe_svm_block *block,
			       struct xe_svm_extent *at)
{
	if (at != &block->one)
		kfree(at);
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_block_free_extents);

/**
 * xe_svm_block_destroy() - Free a block
 * @block: the block, with nothing mapped; NULL is fine
 */
void xe_svm_block_destroy(struct xe_svm_block *block)
{
	if (!block)
		return;

	WARN_ON_ONCE(block->extents.nr);
	xe_svm_block_free_extents(block, block->extents.at);
	kfree(block);
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_block_destroy);

/**
 * xe_svm_block_clamp() - Find the pages of a block that lie in a span
 * @block: the block
 * @span: addresses, some of them in the block
 * @first: set to the first of the pages
 * @last: set to the last of them (inclusive)
 */
void xe_svm_block_clamp(const struct xe_svm_block *block,
			const struct xe_svm_span *span, u16 *first, u16 *last)
{
	u64 start = max(span->start, block->start);
	u64 end = min(span->end, block->start + XE_SVM_BLOCK_SIZE);

	*first = xe_svm_block_page(start);
	*last = xe_svm_block_page(end - 1);
}
