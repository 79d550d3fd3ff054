// SPDX-License-Identifier: MIT
/*
 * Pure decisions: which pages may be mapped, how many, and by which entries.
 *
 * Rule: no locks, no allocation, no state; plain values in and out. KUnit tests
 * every case. Must never happen here: an access to the GPU or to an mm.
 */

#include "xe_svm_policy.h"

#include <kunit/visibility.h>

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

/**
 * xe_svm_policy_refusal() - May the GPU do this access at all?
 * @grant: permissions of the CPU mapping, the mirror and the device
 * @access: the access
 *
 * Return: 0 if it may; -EFAULT if there are no pages to share; -EACCES if
 * permission is missing.
 */
int xe_svm_policy_refusal(const struct xe_svm_grant *grant,
			  enum xe_svm_access access)
{
	if (grant->special)
		return -EFAULT;

	if (!grant->cpu_read)
		return -EACCES;

	if (!xe_svm_access_writes(access))
		return 0;

	if (!grant->cpu_write || grant->mirror_readonly)
		return -EACCES;

	if (access == XE_SVM_ACCESS_ATOMIC && !grant->device_atomics)
		return -EACCES;

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_refusal);

/**
 * xe_svm_policy_span() - Addresses that one service may map
 * @addr: the address that faulted; inside @cpu and @mirror
 * @cpu: extent of the CPU mapping
 * @mirror: extent of the mirror
 *
 * Pages that the CPU has populated around the fault are worth mapping in the
 * same service, but never beyond the block, the CPU mapping or the mirror.
 *
 * Return: the span, page aligned as its limits are.
 */
struct xe_svm_span xe_svm_policy_span(u64 addr, const struct xe_svm_span *cpu,
				      const struct xe_svm_span *mirror)
{
	u64 block = ALIGN_DOWN(addr, XE_SVM_BLOCK_SIZE);

	return (struct xe_svm_span) {
		.start = max3(block, cpu->start, mirror->start),
		.end = min3(block + XE_SVM_BLOCK_SIZE, cpu->end, mirror->end),
	};
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_span);

/* Of a block, aligned to their number: 64 KiB, 128 KiB, 512 KiB, 2 MiB. */
static const u16 reach_pages[XE_SVM_REACH_MAX + 1] = {
	16, 32, 128, XE_SVM_BLOCK_PAGES
};

/**
 * xe_svm_policy_fault_around() - Pages that a service scans together
 * @page: the page of the block that faulted; inside @limit
 * @limit: the pages one service may map
 * @reach: how far to scan, at most %XE_SVM_REACH_MAX
 *
 * Scanning an absent page costs nearly as much as mapping a present one, so a
 * service begins close to the fault.
 *
 * Return: the pages; a greater @reach includes those of a smaller one.
 */
struct xe_svm_scan
xe_svm_policy_fault_around(u16 page, const struct xe_svm_scan *limit, u8 reach)
{
	u16 pages = reach_pages[reach];
	u16 first = ALIGN_DOWN(page, pages);

	return (struct xe_svm_scan) {
		.first = max(first, limit->first),
		.end = min_t(u16, first + pages, limit->end),
	};
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_fault_around);

/* Scan a larger part of a block if more than this share is populated. */
#define DENSE_PERCENT	51

/**
 * xe_svm_policy_dense() - Is it worth scanning around these pages, too?
 * @populated: number of present pages
 * @pages: number of pages scanned
 *
 * Return: true if it is.
 */
bool xe_svm_policy_dense(u16 populated, u16 pages)
{
	return populated * 100u > pages * DENSE_PERCENT;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_dense);

/**
 * xe_svm_policy_reach_max() - How far a service may scan at most
 * @pages: maximum number of pages, at least the number it begins with
 *
 * Return: the largest reach that does not exceed @pages.
 */
u8 xe_svm_policy_reach_max(u16 pages)
{
	u8 reach = XE_SVM_REACH_MAX;

	while (reach && reach_pages[reach] > pages)
		reach--;

	return reach;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_reach_max);

/**
 * xe_svm_policy_reach() - How far the next service of a block scans at first
 * @reach: how far the last service scanned at first
 * @found: number of pages it mapped
 * @max: how far it may scan
 *
 * If populated pages are scattered, no part of the block is dense. Few services
 * are needed nevertheless, as long as each finds pages to map that have not
 * faulted.
 *
 * Return: the reach to begin with.
 */
u8 xe_svm_policy_reach(u8 reach, u16 found, u8 max)
{
	return found > 1 ? min_t(u8, reach + 1, max) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_reach);

/* Growth of the readahead each time a stream continues. */
#define STREAM_GROWTH	4

/**
 * xe_svm_policy_readahead() - Number of pages to populate for an absent page
 * @page: the page of the block that faulted
 * @here: the stream of the block
 * @before: the stream of the block before it
 * @limit: never more than that, at least 1
 *
 * Untouched pages are not populated, unless the GPU walks memory page by page:
 * each fault is right behind the pages that were populated last. A @limit of 1
 * turns readahead off.
 *
 * Return: number of pages from @page on, at least 1, not beyond the block.
 */
u16 xe_svm_policy_readahead(u16 page, const struct xe_svm_stream *here,
			    const struct xe_svm_stream *before, u16 limit)
{
	const struct xe_svm_stream *stream = page ? here : before;
	u16 next = page ? page : XE_SVM_BLOCK_PAGES;

	if (stream->next != next)
		return 1;

	return min_t(u16, limit, min(stream->readahead * STREAM_GROWTH,
				     XE_SVM_BLOCK_PAGES - page));
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_readahead);

/**
 * xe_svm_policy_huge() - Can one 2 MiB entry map these pages?
 * @dma: DMA address of the first page
 * @pages: number of contiguous pages from there
 *
 * Return: true if they are a whole block and aligned like one.
 */
bool xe_svm_policy_huge(u64 dma, u16 pages)
{
	return pages == XE_SVM_BLOCK_PAGES && IS_ALIGNED(dma, SZ_2M);
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_huge);

/**
 * xe_svm_policy_clusters() - Pages that can have the 64 KiB hint
 * @dma: DMA address of the first page
 * @first: first page of an extent, as a page of its block
 * @last: last page (inclusive)
 *
 * Return: the pages of the extent that lie in whole clusters: 16 pages, aligned
 * to 64 KiB in the block and for DMA. If there are none, an empty range behind
 * the last page.
 */
struct xe_svm_clusters xe_svm_policy_clusters(u64 dma, u16 first, u16 last)
{
	struct xe_svm_clusters whole = {
		.first = ALIGN(first, XE_SVM_CLUSTER_PAGES),
		.end = ALIGN_DOWN(last + 1, XE_SVM_CLUSTER_PAGES),
	};
	struct xe_svm_clusters none = { .first = last + 1, .end = last + 1 };

	if (whole.first >= whole.end ||
	    !IS_ALIGNED(dma + (u64)(whole.first - first) * SZ_4K, SZ_64K))
		return none;

	return whole;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_clusters);

/**
 * xe_svm_policy_cut() - Where to cut a run that an IOMMU places?
 * @first: first page of a run, as a page of its block
 * @last: last page (inclusive)
 *
 * An IOMMU aligns the DMA address of a mapping to its size, rounded up to a
 * power of two, whatever the physical address: a run from the middle of a
 * cluster on would have no cluster at all.
 *
 * Return: the first page of the first whole cluster, where a separate mapping
 * has to begin; @first if there is none.
 */
u16 xe_svm_policy_cut(u16 first, u16 last)
{
	u16 cluster = ALIGN(first, XE_SVM_CLUSTER_PAGES);

	return cluster + XE_SVM_CLUSTER_PAGES <= last + 1 ? cluster : first;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_cut);

static bool cuts(const struct xe_svm_clusters *clusters, u16 page)
{
	return page > clusters->first && page < clusters->end;
}

/**
 * xe_svm_policy_known() - Pages that a TLB may cache together with these
 * @clusters: whole clusters of an extent
 * @first: first page, of the same extent
 * @last: last page (inclusive)
 *
 * A TLB may hold one translation for a cluster.
 *
 * Return: the pages, and those that share a cluster with them.
 */
struct xe_svm_clusters
xe_svm_policy_known(const struct xe_svm_clusters *clusters, u16 first,
		    u16 last)
{
	struct xe_svm_clusters known = { .first = first, .end = last + 1 };

	if (cuts(clusters, known.first))
		known.first = ALIGN_DOWN(known.first, XE_SVM_CLUSTER_PAGES);
	if (cuts(clusters, known.end))
		known.end = ALIGN(known.end, XE_SVM_CLUSTER_PAGES);

	return known;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_known);
