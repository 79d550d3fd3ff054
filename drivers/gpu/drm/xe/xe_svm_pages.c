// SPDX-License-Identifier: MIT
/*
 * Pages of the process: collected through HMM, mapped for DMA, marked dirty.
 *
 * Rule: pages are mapped as the CPU has them. No reference is held on a page: the
 * notifier unmaps it before the core releases it. Must never happen here: a page
 * faulted in, a page mapped with more permissions than the CPU has.
 */

#include "xe_svm_pages.h"

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/hmm.h>
#include <linux/hugetlb.h>
#include <linux/magic.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/slab.h>

#include "xe_device.h"
#include "xe_gt_stats.h"
#include "xe_svm_block.h"
#include "xe_svm_stats.h"
#include "xe_vm.h"

/* How often to lock the mm between two events, before waiting with it locked. */
#define QUIET_TRIES	3

static enum dma_data_direction extent_dir(const struct xe_svm_extent *extent)
{
	return extent->writable ? DMA_BIDIRECTIONAL : DMA_TO_DEVICE;
}

static void extent_unmap(struct xe_vm *vm, const struct xe_svm_extent *extent)
{
	size_t pages = extent->unit_last - extent->unit_first + 1;

	dma_unmap_page_attrs(vm->xe->drm.dev, extent->dma, pages << PAGE_SHIFT,
			     extent_dir(extent), DMA_ATTR_SKIP_CPU_SYNC);
}

static void folio_dirty(struct folio *folio)
{
	folio_mark_dirty(folio);
}

static void extent_each_folio(const struct xe_svm_extent *extent,
			      void (*fn)(struct folio *folio))
{
	unsigned long pfn = xe_svm_extent_pfn(extent);
	unsigned long end = pfn + xe_svm_extent_pages(extent);

	while (pfn < end) {
		struct folio *folio = page_folio(pfn_to_page(pfn));

		fn(folio);
		pfn = folio_pfn(folio) + folio_nr_pages(folio);
	}
}

/**
 * xe_svm_pages_release() - Release the pages of a piece
 * @vm: the VM
 * @piece: a piece that was removed from a block's extents
 *
 * The GPU can not reach the pages any more. Pages that it could write are
 * marked dirty; the DMA mapping is undone with the last piece of its unit.
 *
 * Context: under the window lock, possibly in reclaim. Allocates nothing.
 */
void xe_svm_pages_release(struct xe_vm *vm, const struct xe_svm_piece *piece)
{
	if (piece->extent.writable)
		extent_each_folio(&piece->extent, folio_dirty);
	if (piece->unit_gone)
		extent_unmap(vm, &piece->extent);

	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_UNMAPPED_PAGES,
			 xe_svm_extent_pages(&piece->extent));
}

/**
 * xe_svm_pages_leak() - Leak the pages of a piece
 * @vm: the VM
 * @piece: a piece that was removed from a block's extents
 *
 * A TLB did not acknowledge, so the GPU may still write to the pages. They must
 * never be used for anything else: leave them mapped for DMA, with a reference
 * that is never dropped. The caller keeps their DMA mappings.
 *
 * Context: under the window lock, possibly in reclaim. Allocates nothing.
 */
void xe_svm_pages_leak(struct xe_vm *vm, const struct xe_svm_piece *piece)
{
	extent_each_folio(&piece->extent, folio_get);

	drm_err_ratelimited(&vm->xe->drm,
			    "TLB invalidation failed, keeping %u pages\n",
			    xe_svm_extent_pages(&piece->extent));
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_LEAKED_PAGES,
			 xe_svm_extent_pages(&piece->extent));
}

/*
 * Memory of memfd_secret() is for the CPU only; vma_is_secretmem() is not
 * exported.
 */
static bool vma_is_secret(const struct vm_area_struct *vma)
{
	return vma->vm_file &&
		file_inode(vma->vm_file)->i_sb->s_magic == SECRETMEM_MAGIC;
}

static int request_check(const struct xe_svm_request *request,
			 const struct vm_area_struct *vma)
{
	struct xe_svm_grant grant = {
		.cpu_read = vma->vm_flags & VM_READ,
		.cpu_write = vma->vm_flags & VM_WRITE,
		/*
		 * A shadow stack is for the CPU only, though it looks writable.
		 */
		.special = vma->vm_flags & (VM_IO | VM_PFNMAP | VM_SHADOW_STACK) ||
			vma_is_secret(vma),
		.mirror_readonly = request->readonly,
		.device_atomics = request->device_atomics,
	};

	return xe_svm_policy_refusal(&grant, request->access);
}

/**
 * xe_svm_pages_snapshot() - Collect the pages that the CPU maps now
 * @window: the window of the block
 * @pages: receives the pages
 * @first: first page
 * @end: first page behind, beyond @first
 *
 * The generation of the block shows whether the result is still valid, and not
 * the sequence of the window, which also changes with events elsewhere: HMM
 * gets a notifier that never sees an event.
 *
 * Context: the mmap_lock held.
 *
 * Return: 0, or what hmm_range_fault() returns.
 */
int xe_svm_pages_snapshot(struct xe_svm_window *window,
			  struct xe_svm_pages *pages, u16 first, u16 end)
{
	struct mmu_interval_notifier calm = { .mm = window->notifier.mm };
	struct hmm_range range = {
		.notifier = &calm,
		.notifier_seq = calm.invalidate_seq,
		.start = pages->block_start + ((u64)first << PAGE_SHIFT),
		.end = pages->block_start + ((u64)end << PAGE_SHIFT),
		.hmm_pfns = &pages->pfns[first],
	};

	return hmm_range_fault(&range);
}

/* Scan @wider, of which @pages has scanned a part, possibly nothing. */
static int scan_more(struct xe_svm_window *window, struct xe_svm_pages *pages,
		     struct xe_svm_scan wider)
{
	const struct xe_svm_scan *scan = &pages->scan;
	int err = 0;

	if (wider.first < scan->first)
		err = xe_svm_pages_snapshot(window, pages, wider.first, scan->first);
	if (!err && scan->end < wider.end)
		err = xe_svm_pages_snapshot(window, pages, scan->end, wider.end);
	if (!err)
		pages->scan = wider;

	return err;
}

static u16 count_present(const struct xe_svm_pages *pages)
{
	u16 page, count = 0;

	for (page = pages->scan.first; page < pages->scan.end; page++)
		count += !!(pages->pfns[page] & HMM_PFN_VALID);

	return count;
}

static bool scanned_all(const struct xe_svm_scan *scan,
			const struct xe_svm_scan *limit)
{
	return scan->first == limit->first && scan->end == limit->end;
}

/**
 * xe_svm_pages_map_block() - Does one entry of the CPU map the whole block?
 * @pages: the pages
 * @page: a scanned one, as a page of the block
 *
 * HMM also gives the order of hugetlb pages that are absent or broken, with a
 * page number that means nothing.
 *
 * Return: true if it does, and its pages can be shared.
 */
bool xe_svm_pages_map_block(const struct xe_svm_pages *pages, u16 page)
{
	unsigned long hmm_pfn = pages->pfns[page];

	return (hmm_pfn & (HMM_PFN_VALID | HMM_PFN_ERROR)) == HMM_PFN_VALID &&
		hmm_pfn_to_map_order(hmm_pfn) >= XE_SVM_BLOCK_ORDER;
}

/* The page of the fault suffices. Scan around it for more pages to map. */
static int scan_around(struct xe_svm_window *window, struct xe_svm_pages *pages,
		       const struct xe_svm_scan *limit)
{
	struct xe_svm_scan *scan = &pages->scan;
	u16 page = pages->fault_page;
	int err = 0;
	u8 reach;

	/* An entry of the CPU that maps the block describes all of it. */
	pages->whole = pages->bare && xe_svm_pages_map_block(pages, page);
	if (pages->whole)
		*scan = *limit;

	for (reach = pages->reach; !err && !scanned_all(scan, limit) &&
	     reach < window->vm->svm.reach_max &&
	     xe_svm_policy_dense(count_present(pages), scan->end - scan->first);
	     reach++)
		err = scan_more(window, pages,
				xe_svm_policy_fault_around(page, limit,
							   reach + 1));

	return err;
}

static bool page_suffices(unsigned long hmm_pfn, enum xe_svm_access access)
{
	unsigned long need = HMM_PFN_VALID;

	if (xe_svm_access_writes(access))
		need |= HMM_PFN_WRITE;

	return (hmm_pfn & need) == need && !(hmm_pfn & HMM_PFN_ERROR);
}

/**
 * xe_svm_pages_check_locked() - Check the CPU mapping of a request
 * @mm: the process's, its mmap_lock held
 * @request: address and access
 * @vma: set to its CPU mapping, or NULL
 *
 * Return: 0; -EFAULT where there is no memory; -EACCES where permission is
 * missing.
 */
int xe_svm_pages_check_locked(struct mm_struct *mm,
			      const struct xe_svm_request *request,
			      struct vm_area_struct **vma)
{
	mmap_assert_locked(mm);

	*vma = vma_lookup(mm, request->addr);
	if (!*vma)
		return -EFAULT;

	return request_check(request, *vma);
}

/* Memory of another device, as all pages of such a mapping are. */
static bool pfn_is_p2pdma(unsigned long hmm_pfn)
{
	return hmm_pfn & HMM_PFN_VALID &&
		is_pci_p2pdma_page(hmm_pfn_to_page(hmm_pfn));
}

/*
 * Of the block of a request, the pages that lie in the same CPU mapping and in
 * the mirror.
 */
static int limit_locked(struct xe_svm_window *window,
			const struct xe_svm_request *request,
			struct xe_svm_pages *pages, struct xe_svm_scan *limit)
{
	struct vm_area_struct *vma;
	struct xe_svm_span span;
	int err;

	err = xe_svm_pages_check_locked(window->notifier.mm, request, &vma);
	if (err)
		return err;
	/* HMM waits for a lock that others hold for long */
	if (!request->may_wait && is_vm_hugetlb_page(vma))
		return -EINPROGRESS;

	pages->translated = device_iommu_mapped(window->vm->xe->drm.dev);
	span = xe_svm_policy_span(request->addr, &(struct xe_svm_span) {
		.start = vma->vm_start,
		.end = vma->vm_end,
	}, &request->mirror);
	limit->first = xe_svm_block_page(span.start);
	limit->end = xe_svm_block_page(span.end - 1) + 1;

	return 0;
}

/* Check the page of the fault, then scan the pages around it. */
static int collect_locked(struct xe_svm_window *window,
			  const struct xe_svm_request *request,
			  struct xe_svm_pages *pages)
{
	unsigned long *pfn = &pages->pfns[pages->fault_page];
	struct xe_svm_scan limit, scan;
	int err;

	err = limit_locked(window, request, pages, &limit);
	if (err)
		return err;

	scan = xe_svm_policy_fault_around(pages->fault_page, &limit, pages->reach);
	pages->scan.first = scan.first;
	pages->scan.end = scan.first;
	err = scan_more(window, pages, scan);
	if (err)
		return err;

	/*
	 * Present, but not a page that can be shared: a retry would not help.
	 */
	if (*pfn & HMM_PFN_ERROR || pfn_is_p2pdma(*pfn))
		return -EFAULT;

	if (!page_suffices(*pfn, request->access))
		return -ENODATA;

	return scan_around(window, pages, &limit);
}

/**
 * xe_svm_pages_absent() - Is a scanned page absent?
 * @pages: the pages
 * @page: the page, as a page of the block
 *
 * Return: true if the CPU has no page there; false also for memory that devices
 * must not access.
 */
bool xe_svm_pages_absent(const struct xe_svm_pages *pages, u16 page)
{
	return !(pages->pfns[page] & (HMM_PFN_VALID | HMM_PFN_ERROR));
}

/* Scan from the page of the request on. */
static int collect_all_locked(struct xe_svm_window *window,
			      const struct xe_svm_request *request,
			      struct xe_svm_pages *pages)
{
	struct xe_svm_scan limit;
	bool absent = false;
	u16 page;
	int err;

	err = limit_locked(window, request, pages, &limit);
	if (err)
		return err;

	limit.first = pages->fault_page;
	pages->scan.first = limit.first;
	pages->scan.end = limit.first;
	err = scan_more(window, pages, limit);
	if (err)
		return err;

	for (page = limit.first; page < limit.end; page++) {
		if (pfn_is_p2pdma(pages->pfns[page]))
			return -EFAULT;
		absent |= xe_svm_pages_absent(pages, page);
	}
	/* An entry of the CPU that maps the block describes all of it. */
	pages->whole = pages->bare &&
		xe_svm_pages_map_block(pages, limit.first);

	return absent ? -ENODATA : 0;
}

static struct xe_svm_extent *run_add_one(struct xe_svm_extent *run,
					 unsigned int first, unsigned int last,
					 unsigned long hmm_pfn)
{
	*run = (struct xe_svm_extent) {
		.pfn = hmm_pfn & ~HMM_PFN_FLAGS,
		.first = first,
		.last = last,
		.unit_first = first,
		.unit_last = last,
		.writable = !!(hmm_pfn & HMM_PFN_WRITE),
	};

	return run + 1;
}

static struct xe_svm_extent *run_add_cut(struct xe_svm_extent *run,
					 unsigned int first, unsigned int last,
					 unsigned long hmm_pfn)
{
	unsigned int cut = xe_svm_policy_cut(first, last);

	if (cut > first)
		run = run_add_one(run, first, cut - 1, hmm_pfn);

	return run_add_one(run, cut, last, hmm_pfn + (cut - first));
}

/* Write a run of pages to @run. Return: where the next one goes. */
static struct xe_svm_extent *run_add(const struct xe_svm_pages *pages,
				     struct xe_svm_extent *run,
				     unsigned int first, unsigned int last,
				     unsigned long hmm_pfn)
{
	if (pages->translated)
		return run_add_cut(run, first, last, hmm_pfn);

	return run_add_one(run, first, last, hmm_pfn);
}

/* Find runs of contiguous pages with the same flags of @mask. */
static struct xe_svm_extent *gap_runs(const struct xe_svm_pages *pages,
				      struct xe_svm_extent *run,
				      unsigned int first, unsigned int last,
				      unsigned long mask)
{
	const unsigned long *pfns = pages->pfns;
	unsigned int page = first;

	while (page <= last) {
		unsigned long begin = pfns[page] & mask, next = begin;

		first = page;
		do {
			page++;
			next++;
		} while (page <= last && (pfns[page] & mask) == next);

		if ((begin & (HMM_PFN_VALID | HMM_PFN_ERROR)) == HMM_PFN_VALID)
			run = run_add(pages, run, first, page - 1, begin);
	}

	return run;
}

/**
 * xe_svm_pages_choose() - Choose those collected pages that are not mapped yet
 * @pages: the pages, collected
 * @extents: the extents of their block
 * @readonly: the mirror is bound READONLY
 *
 * Context: under the window lock, or with @pages bare.
 */
void xe_svm_pages_choose(struct xe_svm_pages *pages,
			 const struct xe_svm_extents *extents, bool readonly)
{
	unsigned long mask = ~HMM_PFN_FLAGS | HMM_PFN_VALID | HMM_PFN_ERROR |
		(readonly ? 0 : HMM_PFN_WRITE);
	u16 first = pages->scan.first, last = pages->scan.end - 1;
	struct xe_svm_extent *run = pages->runs;

	if (pages->whole) {
		unsigned long pfn = pages->pfns[pages->fault_page] & mask;

		run = run_add(pages, run, first, last,
			      pfn - (pages->fault_page - first));
	} else if (pages->bare) {
		run = gap_runs(pages, run, first, last, mask);
	} else {
		while (xe_svm_extents_gap(extents, &first, &last)) {
			run = gap_runs(pages, run, first, last, mask);
			first = last + 1;
			last = pages->scan.end - 1;
		}
	}
	pages->nr_runs = run - pages->runs;
}

static int mm_lock(struct mm_struct *mm, const struct xe_svm_request *request)
{
	if (mmap_read_trylock(mm))
		return 0;
	if (!request->may_wait)
		return -EINPROGRESS;

	return mmap_read_lock_killable(mm);
}

static bool window_is_quiet(struct xe_svm_window *window)
{
	/* Pairs with the release in window_quiet() */
	unsigned long quiet = smp_load_acquire(&window->quiet_seq);

	return READ_ONCE(window->notifier.invalidate_seq) == quiet;
}

/*
 * Wait until running events of the CPU in the window have ended. The caller has
 * read the generation of the block before.
 *
 * mmu_interval_read_begin() may wait for long. Each event changes the sequence
 * for ever, so a sequence that the function has returned stays valid until the
 * next event. A request that may not wait checks for such a sequence.
 */
static int window_quiet(struct xe_svm_window *window,
			const struct xe_svm_request *request)
{
	if (window_is_quiet(window))
		return 0;
	if (!request->may_wait)
		return -EINPROGRESS;

	/*
	 * Pairs with the acquire in window_is_quiet(): makes the changes of the
	 * event visible
	 */
	smp_store_release(&window->quiet_seq,
			  mmu_interval_read_begin(&window->notifier));

	return 0;
}

/*
 * Lock the mm while no event of the CPU runs in the window. Reclaim does not hold
 * the mmap_lock, and other notifiers may make its events long: they are waited for
 * without it.
 */
static int mm_lock_quiet(struct xe_svm_window *window,
			 const struct xe_svm_request *request)
{
	struct mm_struct *mm = window->notifier.mm;
	unsigned int tries;
	int err;

	for (tries = 0; tries < QUIET_TRIES; tries++) {
		err = window_quiet(window, request);
		if (!err)
			err = mm_lock(mm, request);
		if (err || window_is_quiet(window))
			return err;
		mmap_read_unlock(mm);
	}

	/* One short event after the other, as from many calls of munmap() */
	err = mm_lock(mm, request);
	if (err)
		return err;
	err = window_quiet(window, request);
	if (err)
		mmap_read_unlock(mm);

	return err;
}

static int collect(struct xe_svm_window *window,
		   const struct xe_svm_request *request,
		   struct xe_svm_pages *pages,
		   int (*scan)(struct xe_svm_window *window,
			       const struct xe_svm_request *request,
			       struct xe_svm_pages *pages))
{
	struct mm_struct *mm = window->notifier.mm;
	int err;

	err = mm_lock_quiet(window, request);
	if (err)
		return err;
	err = scan(window, request, pages);
	mmap_read_unlock(mm);

	return err;
}

/**
 * xe_svm_pages_collect() - Collect the pages for a service to map
 * @window: the window of the address
 * @request: address and access of the fault
 * @pages: receives the pages; @block_start, @gen, @fault_page, @reach and @bare
 * are set by the caller
 *
 * Collects present pages and faults nothing in. Waits for running events in the
 * window; the wait for an event is not ended by a signal.
 *
 * Context: process context with an mm_users reference on the mm.
 *
 * Return: 0, for xe_svm_pages_choose(); -ENODATA if the CPU does not have the
 * page for this access; -EBUSY if the CPU changes the mappings; -EINPROGRESS if
 * the request would have to wait and may not; -EFAULT if there is no memory;
 * -EACCES if permission is missing; -EINTR if the thread was killed.
 */
int xe_svm_pages_collect(struct xe_svm_window *window,
			 const struct xe_svm_request *request,
			 struct xe_svm_pages *pages)
{
	return collect(window, request, pages, collect_locked);
}

/**
 * xe_svm_pages_collect_all() - Collect all present pages of a block
 * @window: the window of the address
 * @request: the first page, for reads
 * @pages: receives the pages, as for xe_svm_pages_collect()
 *
 * Continues to the end of the block, of the CPU mapping or of the mirror.
 *
 * Context: process context with an mm_users reference on the mm.
 *
 * Return: 0 if the CPU has all pages; -ENODATA if some are absent, the others
 * can still be mapped; -EBUSY, -EFAULT, -EACCES and -EINTR as for
 * xe_svm_pages_collect().
 */
int xe_svm_pages_collect_all(struct xe_svm_window *window,
			     const struct xe_svm_request *request,
			     struct xe_svm_pages *pages)
{
	return collect(window, request, pages, collect_all_locked);
}

/**
 * xe_svm_pages_check() - Check for memory where the GPU faulted
 * @mm: mm of the process
 * @request: address and access of the fault
 *
 * Context: process context with an mm_users reference on the mm and no locks;
 * waits for the mmap_lock.
 *
 * Return: 0; -EFAULT where there is no memory; -EACCES where permission is
 * missing; -EINTR if the thread was killed.
 */
int xe_svm_pages_check(struct mm_struct *mm,
		       const struct xe_svm_request *request)
{
	struct vm_area_struct *vma;
	int err;

	err = mmap_read_lock_killable(mm);
	if (err)
		return err;
	err = xe_svm_pages_check_locked(mm, request, &vma);
	mmap_read_unlock(mm);

	return err;
}

/**
 * xe_svm_pages_next() - Find the next memory of the process that could be mapped
 * @mm: mm of the process
 * @span: the addresses to search; narrowed to the first CPU mapping if there is
 * one
 *
 * Context: process context with an mm_users reference on the mm and no locks.
 *
 * Return: 0; -ENOENT if there is none; -EIO if devices must not access the
 * memory; -EINTR if the thread was killed.
 */
int xe_svm_pages_next(struct mm_struct *mm, struct xe_svm_span *span)
{
	struct xe_svm_request request = { .access = XE_SVM_ACCESS_READ };
	struct vm_area_struct *vma;
	int err;

	err = mmap_read_lock_killable(mm);
	if (err)
		return err;

	do {
		vma = find_vma_intersection(mm, span->start, span->end);
		err = vma ? request_check(&request, vma) : -ENOENT;
		if (!vma)
			break;
		span->start = max_t(u64, span->start, err == -EACCES ?
				    vma->vm_end : vma->vm_start);
	} while (err == -EACCES && span->start < span->end);

	if (!err || err == -EFAULT)
		span->end = min_t(u64, span->end, vma->vm_end);
	mmap_read_unlock(mm);

	if (err == -EACCES)
		return -ENOENT;

	return err == -EFAULT ? -EIO : err;
}

/**
 * xe_svm_pages_map() - Map collected pages for DMA
 * @vm: the VM
 * @pages: the pages
 *
 * Return: 0, or -ENOMEM if the DMA layer has no room or no memory right now;
 * nothing stays mapped then.
 */
int xe_svm_pages_map(struct xe_vm *vm, struct xe_svm_pages *pages)
{
	struct xe_svm_extent *run = pages->runs, *end = run + pages->nr_runs;
	struct device *dev = vm->xe->drm.dev;

	for (; run < end; run++) {
		/* CPU and GPU are coherent, and other mappings may write */
		run->dma = dma_map_page_attrs(dev, pfn_to_page(run->pfn), 0,
					      (size_t)xe_svm_extent_pages(run) <<
					      PAGE_SHIFT, extent_dir(run),
					      DMA_ATTR_SKIP_CPU_SYNC);
		if (dma_mapping_error(dev, run->dma)) {
			pages->nr_mapped = run - pages->runs;
			xe_svm_pages_unmap(vm, pages);
			return -ENOMEM;
		}
	}
	pages->nr_mapped = pages->nr_runs;

	return 0;
}

/**
 * xe_svm_pages_unmap() - Undo xe_svm_pages_map()
 * @vm: the VM
 * @pages: the pages, none of which has entries yet
 */
void xe_svm_pages_unmap(struct xe_vm *vm, struct xe_svm_pages *pages)
{
	while (pages->nr_mapped)
		extent_unmap(vm, &pages->runs[--pages->nr_mapped]);
}

/* How many scratch buffers are kept for later services */
#define XE_SVM_SCRATCH_KEPT	4

static struct xe_svm_scratch *scratch_kept[XE_SVM_SCRATCH_KEPT];

/**
 * xe_svm_scratch_take() - Get room to collect pages in
 * @may_wait: whether to wait for memory
 *
 * Return: room that an earlier service has left, or new room; NULL if memory is
 * missing.
 */
struct xe_svm_scratch *xe_svm_scratch_take(bool may_wait)
{
	struct xe_svm_scratch *scratch;
	unsigned int i;

	for (i = 0; i < XE_SVM_SCRATCH_KEPT; i++) {
		if (!READ_ONCE(scratch_kept[i]))
			continue;
		scratch = xchg(&scratch_kept[i], NULL);
		if (scratch)
			return scratch;
	}

	return kmalloc(sizeof(*scratch), may_wait ? GFP_KERNEL :
		       GFP_NOWAIT | __GFP_NOWARN);
}

/**
 * xe_svm_scratch_keep() - Keep room for the next services, or free it
 * @scratch: the room, or NULL
 */
void xe_svm_scratch_keep(struct xe_svm_scratch *scratch)
{
	unsigned int i;

	for (i = 0; i < XE_SVM_SCRATCH_KEPT; i++) {
		if (READ_ONCE(scratch_kept[i]))
			continue;
		scratch = xchg(&scratch_kept[i], scratch);
		if (!scratch)
			return;
	}

	kfree(scratch);
}

/**
 * xe_svm_scratch_free() - Free the room that is kept for later services
 *
 * Context: module exit: no service is left.
 */
void xe_svm_scratch_free(void)
{
	unsigned int i;

	for (i = 0; i < XE_SVM_SCRATCH_KEPT; i++)
		kfree(xchg(&scratch_kept[i], NULL));
}
