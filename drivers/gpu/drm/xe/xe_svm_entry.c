// SPDX-License-Identifier: MIT
/*
 * Page-table entries of blocks: written, cleared, with cluster hints.
 *
 * Rule: entries are written and cleared by the CPU under the window lock, in
 * the tables that the block holds. Must never happen here: a write to an entry
 * that does not belong to the block, a walk of the page tables.
 */

#include "xe_svm_entry.h"

#include <linux/pgtable.h>

#include "regs/xe_gtt_defs.h"
#include "xe_bo.h"
#include "xe_device.h"
#include "xe_gt_stats.h"
#include "xe_map.h"
#include "xe_pt.h"
#include "xe_svm_block.h"
#include "xe_svm_stats.h"
#include "xe_vm.h"

static u32 huge_index(const struct xe_svm_block *block)
{
	return (block->start >> XE_SVM_BLOCK_SHIFT) & (XE_PDES - 1);
}

/* The bits of an entry that do not depend on the address. */
static u64 entry_bits(struct xe_vm *vm, bool writable, unsigned int level,
		      u16 pat_index, bool atomics)
{
	struct xe_device *xe = vm->xe;
	u64 bits = vm->pt_ops->pte_encode_addr(xe, 0, pat_index, level, false, 0);

	if (!writable)
		return bits & ~XE_PAGE_RW;

	if (xe->info.has_atomic_enable_pte_bit && atomics)
		bits |= XE_USM_PPGTT_PTE_AE;

	return bits;
}

static struct xe_svm_clusters extent_clusters(const struct xe_svm_extent *extent)
{
	u16 end = extent->last + 1;

	if (xe_svm_extent_pages(extent) < XE_SVM_CLUSTER_PAGES)
		return (struct xe_svm_clusters) { .first = end, .end = end };

	return xe_svm_policy_clusters(xe_svm_extent_dma(extent), extent->first,
				      extent->last);
}

/*
 * Pages [first, end) of a table that is mapped at @map. Return: the entry of the
 * page behind.
 */
static u64 entries_write(const struct iosys_map *map, unsigned int first,
			 unsigned int end, u64 entry)
{
	/* The bits of an address in an entry are the address itself. */
	for (; first < end; first++, entry += PAGE_SIZE)
		iosys_map_wr(map, first * sizeof(u64), u64, entry);

	return entry;
}

/* Return: the number of clusters. */
static u32 extent_write(const struct iosys_map *map,
			const struct xe_svm_extent *extent, u64 bits)
{
	struct xe_svm_clusters clusters = extent_clusters(extent);
	unsigned int first = extent->first, end = extent->last + 1;
	u64 entry = xe_svm_extent_dma(extent) | bits;

	entry = entries_write(map, first, clusters.first, entry);
	if (clusters.first == clusters.end)
		return 0;

	entry = entries_write(map, clusters.first, clusters.end,
			      entry | XE_PTE_PS64);
	entries_write(map, clusters.end, end, entry & ~XE_PTE_PS64);

	return (clusters.end - clusters.first) / XE_SVM_CLUSTER_PAGES;
}

static u32 extents_write(struct xe_vm *vm, struct xe_pt *pt,
			 const struct xe_svm_extent *extents, u16 nr,
			 u16 pat_index, bool atomics)
{
	const struct xe_svm_extent *extent = extents, *end = extents + nr;
	const struct iosys_map map = pt->bo->vmap;
	u64 bits[2] = {};	/* by writable; an entry that is present is not 0 */
	u32 clusters = 0;

	/* Once, and not at each entry as by xe_map_wr() */
	xe_device_assert_mem_access(vm->xe);

	for (; extent < end; extent++) {
		bool writable = extent->writable;

		if (!bits[writable])
			bits[writable] = entry_bits(vm, writable, 0, pat_index,
						    atomics);
		/* Scattered pages are the costly case: no loop, no clusters */
		if (extent->first == extent->last)
			iosys_map_wr(&map, extent->first * sizeof(u64), u64,
				     bits[writable] | xe_svm_extent_dma(extent));
		else
			clusters += extent_write(&map, extent, bits[writable]);
	}

	return clusters;
}

static void huge_write(struct xe_vm *vm, struct xe_svm_block *block,
		       struct xe_pt *pt, const struct xe_svm_extent *extent,
		       u16 pat_index, bool atomics)
{
	xe_pt_write(vm->xe, &pt->bo->vmap, huge_index(block),
		    xe_svm_extent_dma(extent) |
		    entry_bits(vm, extent->writable, 1, pat_index, atomics));
}

/**
 * xe_svm_entry_write() - Make extents visible to the GPU
 * @vm: the VM
 * @block: the block; with a level 1 table there is one extent, all of it
 * @extents: the extents, already inserted in the block
 * @nr: number of extents
 * @pat_index: PAT index of the pages
 * @atomics: the GPU may do atomic operations on them
 *
 * Context: under the window lock. The caller orders the writes before the
 * reply with xe_device_wmb().
 */
void xe_svm_entry_write(struct xe_vm *vm, struct xe_svm_block *block,
			const struct xe_svm_extent *extents, u16 nr,
		       u16 pat_index, bool atomics)
{
	struct xe_tile *tile;
	u32 clusters = 0;
	u8 id;

	xe_assert(vm->xe, !block->level ||
		  (nr == 1 && xe_svm_extent_pages(extents) == XE_SVM_BLOCK_PAGES));

	for_each_tile(tile, vm->xe, id) {
		if (block->level)
			huge_write(vm, block, block->pt[id], extents, pat_index,
				   atomics);
		else
			clusters = extents_write(vm, block->pt[id], extents, nr,
						 pat_index, atomics);
	}

	block->huge = block->level;
	if (clusters)
		xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_CLUSTERS, clusters);
}

/**
 * xe_svm_entry_zap_range() - Adjust a range so that it can be zapped
 * @block: the block, with something mapped in the range
 * @first: first page of the range; moved as far as need be
 * @last: last page of the range (inclusive); moved as far as need be
 *
 * Covers only mapped pages, but all pages that one page-table entry maps. A
 * zero page is zapped together with the zero pages next to it: they are about
 * to be written one after the other, and one flush serves for all.
 */
void xe_svm_entry_zap_range(const struct xe_svm_block *block, u16 *first,
			    u16 *last)
{
	if (block->huge) {
		*first = 0;
		*last = XE_SVM_BLOCK_PAGES - 1;
		return;
	}

	xe_svm_extents_clamp(&block->extents, first, last);
	xe_svm_extents_widen(&block->extents, first, last);
	xe_svm_extents_widen_same(&block->extents, first, last,
				  my_zero_pfn(0));
}

static void entries_clear(struct xe_vm *vm, struct xe_svm_block *block,
			  u32 first, u32 nr)
{
	struct xe_tile *tile;
	u8 id;

	for_each_tile(tile, vm->xe, id)
		xe_map_memset(vm->xe, &block->pt[id]->bo->vmap,
			      first * sizeof(u64), 0, nr * sizeof(u64));
}

/* Pages [first, end) stay mapped, but not as a part of a cluster. */
static void entries_unhint(struct xe_vm *vm, struct xe_svm_block *block,
			   u16 first, u16 end)
{
	struct xe_tile *tile;
	u16 page;
	u8 id;

	for_each_tile(tile, vm->xe, id) {
		struct iosys_map *map = &block->pt[id]->bo->vmap;

		for (page = first; page < end; page++)
			xe_pt_write(vm->xe, map, page,
				    xe_map_rd(vm->xe, map, page * sizeof(u64),
					      u64) & ~XE_PTE_PS64);
	}
}

/*
 * Clear pages [first, last] of an extent. Return: the pages to flush from TLBs.
 * The rest of a cluster loses the hint first: once pages are unmapped, no walk
 * may produce a translation that includes them.
 */
static struct xe_svm_clusters extent_clear(struct xe_vm *vm,
					   struct xe_svm_block *block,
					   const struct xe_svm_extent *extent,
					   u16 first, u16 last)
{
	struct xe_svm_clusters clusters = extent_clusters(extent);
	struct xe_svm_clusters known;

	known = xe_svm_policy_known(&clusters, first, last);
	entries_unhint(vm, block, known.first, first);
	entries_unhint(vm, block, last + 1, known.end);
	entries_clear(vm, block, first, last - first + 1);

	return known;
}

/**
 * xe_svm_entry_zap() - Clear the entries of the pages mapped in a range
 * @vm: the VM
 * @block: the block
 * @first: first page, as xe_svm_entry_zap_range() left it
 * @last: last page (inclusive), as xe_svm_entry_zap_range() left it
 *
 * Entries in between that belong to a BO stay. The TLBs may still cache the
 * zapped entries: xe_svm_flush() follows. If a cluster loses pages the others
 * stay mapped, by entries of 4 KiB.
 *
 * Context: under the window lock, possibly in reclaim.
 *
 * Return: the addresses to flush.
 */
struct xe_svm_span xe_svm_entry_zap(struct xe_vm *vm, struct xe_svm_block *block,
				    u16 first, u16 last)
{
	struct xe_svm_span flush = XE_SVM_SPAN_EMPTY;
	u16 i;

	if (block->huge) {
		block->huge = false;
		entries_clear(vm, block, huge_index(block), 1);
		xe_svm_span_add(&flush, block->start,
				block->start + XE_SVM_BLOCK_SIZE);
		return flush;
	}

	for (i = 0; i < block->extents.nr; i++) {
		const struct xe_svm_extent *extent = &block->extents.at[i];
		u16 from = max_t(u16, extent->first, first);
		u16 to = min_t(u16, extent->last, last);
		struct xe_svm_clusters known;

		if (from > to)
			continue;
		known = extent_clear(vm, block, extent, from, to);
		xe_svm_span_add(&flush, block->start + known.first * PAGE_SIZE,
				block->start + known.end * PAGE_SIZE);
	}

	return flush;
}
