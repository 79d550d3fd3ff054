// SPDX-License-Identifier: MIT
/*
 * Absent pages: populated for a fault, ahead of a stream, or for a prefetch.
 *
 * Rule: only the page of the fault is faulted in for the access the GPU made;
 * ahead of it, only pages that need no waiting and are likely to be used. The
 * mmap_lock is not held while a file is read or user space provides a page.
 * Must never happen here: write permission without a request, a wait that
 * cannot be ended.
 */

#include "xe_svm_populate.h"

#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hmm.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>

#include "xe_gt_stats.h"
#include "xe_svm_pages.h"
#include "xe_svm_stats.h"
#include "xe_svm_trace.h"
#include "xe_svm_window.h"
#include "xe_vm.h"

static unsigned int fault_flags(const struct xe_svm_request *request)
{
	if (xe_svm_access_writes(request->access))
		return FAULT_FLAG_REMOTE | FAULT_FLAG_WRITE;

	return FAULT_FLAG_REMOTE;
}

/*
 * Memory without a file: populating it allocates, and starts reading swap. A
 * file may be read in the context of the fault, for as long as its file system
 * takes, and FAULT_FLAG_RETRY_NOWAIT does not prevent that.
 */
static bool populates_at_once(struct vm_area_struct *vma)
{
	return vma_is_anonymous(vma) ||
		(vma->vm_file && shmem_mapping(vma->vm_file->f_mapping));
}

/*
 * Return: false if the page is absent; *@locked: the mmap_lock is still held.
 */
static bool populate_one(struct vm_area_struct *vma, u64 addr,
			 const struct xe_svm_request *request, bool *locked)
{
	unsigned int flags = fault_flags(request) | FAULT_FLAG_ALLOW_RETRY;
	vm_fault_t ret;

	if (populates_at_once(vma))
		flags |= FAULT_FLAG_RETRY_NOWAIT;
	else
		flags |= FAULT_FLAG_KILLABLE;

	ret = handle_mm_fault(vma, addr, flags, NULL);
	if (ret & VM_FAULT_COMPLETED)
		*locked = false;
	else if (ret & VM_FAULT_RETRY)
		*locked = flags & FAULT_FLAG_RETRY_NOWAIT;

	return !(ret & (VM_FAULT_ERROR | VM_FAULT_RETRY));
}

/**
 * xe_svm_populate_now() - Populate a page if that needs no waiting
 * @mm: mm of the process, its mmap_lock held
 * @request: address and access of the fault
 *
 * Allocates memory, but does not populate files and pages that user space
 * provides. Keeps the mmap_lock.
 *
 * Return: true if the CPU has the page now.
 */
bool xe_svm_populate_now(struct mm_struct *mm,
			 const struct xe_svm_request *request)
{
	struct vm_area_struct *vma;
	bool locked;

	return !xe_svm_pages_check_locked(mm, request, &vma) && populates_at_once(vma) &&
		populate_one(vma, request->addr, request, &locked);
}

/* May @vma be populated ahead of the request, and is it worth a guess? */
static bool may_guess(struct vm_area_struct *vma,
		      const struct xe_svm_request *request)
{
	if (!populates_at_once(vma) && !request->is_long)
		return false;

	return !xe_svm_access_writes(request->access) || vma_is_anonymous(vma);
}

static u16 readahead_pages(struct xe_svm_window *window,
			   const struct xe_svm_request *request,
			   struct xe_svm_pages *pages, u16 nr, bool *locked)
{
	u16 page = xe_svm_block_page(request->addr), done = 1;
	struct vm_area_struct *vma;
	u64 end;

	if (xe_svm_pages_check_locked(window->notifier.mm, request, &vma) ||
	    xe_svm_pages_snapshot(window, pages, page, page + 1))
		return done;

	/* Pages that one entry of the CPU maps are present already. */
	if (xe_svm_pages_map_block(pages, page))
		return XE_SVM_BLOCK_PAGES - page;

	if (!may_guess(vma, request))
		return done;

	end = min3(request->addr + nr * SZ_4K, (u64)vma->vm_end,
		   request->mirror.end);
	while (*locked && request->addr + done * SZ_4K < end &&
	       !fatal_signal_pending(current) &&
	       populate_one(vma, request->addr + done * SZ_4K, request, locked))
		done++;

	return done;
}

/* Return: number of contiguous pages that are present now. */
static u16 populate_more(struct xe_svm_window *window,
			 const struct xe_svm_request *request,
			 struct xe_svm_pages *pages, u16 nr)
{
	struct mm_struct *mm = window->notifier.mm;
	bool locked = true;
	u16 done;

	if (mmap_read_lock_killable(mm))
		return 1;

	done = readahead_pages(window, request, pages, nr, &locked);
	if (locked)
		mmap_read_unlock(mm);

	return done;
}

/* The stream of a block that may not exist. */
static struct xe_svm_stream stream_of(struct xe_svm_window *window, u64 addr)
{
	struct xe_svm_stream none = {};
	struct xe_svm_block *block;

	guard(mutex)(&window->lock);

	block = xe_svm_window_find_block(window, addr);

	return block ? block->stream : none;
}

/* The stream of the previous block, which may lie in the previous window. */
static struct xe_svm_stream stream_before(struct xe_svm_window *window, u64 addr)
{
	u64 start = ALIGN_DOWN(addr, XE_SVM_BLOCK_SIZE);
	u64 before = start - XE_SVM_BLOCK_SIZE;
	struct xe_svm_stream stream = {};

	if (start > window->start)
		return stream_of(window, before);
	if (!start)
		return stream;

	window = xe_svm_window_find(window->vm, before, window->offset);
	if (!window)
		return stream;

	stream = stream_of(window, before);
	xe_svm_window_put(window);

	return stream;
}

static void stream_set(struct xe_svm_window *window, u64 addr, u16 next,
		       u16 readahead)
{
	struct xe_svm_block *block;

	guard(mutex)(&window->lock);

	block = xe_svm_window_find_block(window, addr);
	if (block)
		block->stream = (struct xe_svm_stream) {
			.next = next,
			.readahead = readahead,
		};
}

/**
 * xe_svm_populate_readahead() - Populate pages that the GPU is about to touch
 * @window: the window of the page
 * @request: address and access of the fault; the page is populated
 * @pages: as for xe_svm_pages_collect(), which may be called again
 *
 * Populates pages if faults are sequential. Stops at the end of the block, if
 * it would have to wait, and if it has waited without the mmap_lock. For
 * writes, only private memory is worth the guess: a file would get dirty pages
 * without having been written.
 *
 * Context: process context with an mm_users reference on the mm and no locks.
 */
void xe_svm_populate_readahead(struct xe_svm_window *window,
			       const struct xe_svm_request *request,
			       struct xe_svm_pages *pages)
{
	u16 page = xe_svm_block_page(request->addr), readahead, done = 1;
	u64 addr = xe_svm_window_gpu_addr(window, request->addr);
	struct xe_svm_stream here, before = {};
	struct xe_vm *vm = window->vm;

	if (!page)
		before = stream_before(window, addr);
	here = stream_of(window, addr);
	readahead = xe_svm_policy_readahead(page, &here, &before,
					    vm->svm.readahead_limit);

	if (readahead > 1) {
		done = populate_more(window, request, pages, readahead);
		trace_xe_svm_readahead(vm, addr, readahead, done);
	}
	if (done > 1)
		xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_READAHEAD_PAGES, done - 1);

	stream_set(window, addr, page + done, readahead);
}

/* Poll interval for the thaw of a file system. */
#define THAW_POLL_MS	20

/*
 * Before the first write to a page of a shared file the mm waits until its file
 * system is not frozen, with the mmap_lock held. While we hold write access,
 * the file system cannot be frozen.
 */
static bool begin_file_write(struct vm_area_struct *vma,
			     const struct xe_svm_request *request,
			     struct file **file)
{
	*file = NULL;
	if (!xe_svm_access_writes(request->access) || !vma->vm_file ||
	    !(vma->vm_flags & VM_SHARED))
		return true;

	if (!sb_start_write_trylock(file_inode(vma->vm_file)->i_sb))
		return false;
	*file = get_file(vma->vm_file);

	return true;
}

static void end_file_write(struct file *file)
{
	if (!file)
		return;

	sb_end_write(file_inode(file)->i_sb);
	fput(file);
}

/*
 * Return: 0 if the mm has the page; or -EAGAIN. *@locked: mmap_lock still held.
 */
static int fault_in_locked(struct mm_struct *mm,
			   const struct xe_svm_request *request,
			   unsigned int flags, struct file **file, bool *locked)
{
	struct vm_area_struct *vma;
	vm_fault_t ret;
	int err;

	*locked = true;
	err = xe_svm_pages_check_locked(mm, request, &vma);
	if (err)
		return err;
	if (!begin_file_write(vma, request, file))
		return -EBUSY;

	ret = handle_mm_fault(vma, request->addr, flags, NULL);
	*locked = !(ret & (VM_FAULT_COMPLETED | VM_FAULT_RETRY));
	if (ret & VM_FAULT_ERROR)
		return vm_fault_to_errno(ret, 0);

	return ret & VM_FAULT_RETRY ? -EAGAIN : 0;
}

/**
 * xe_svm_populate_page() - Populate the page of a fault
 * @mm: mm of the process
 * @request: address and access of the fault
 *
 * HMM could do this too, but it faults in all following pages of the same page
 * table, and never drops the mmap_lock. fixup_user_fault() drops it, but then
 * retries on a mapping that has not been checked.
 *
 * Context: process context with an mm_users reference on the mm and no locks;
 * allocates, reads disks, and waits for user space if the mm does, but not with
 * the mmap_lock held. A kernel thread that is killed returns.
 *
 * Return: 0 to scan again; -EFAULT if there is no memory, or it is broken;
 * -EACCES if permission is missing; -ENOMEM; -EINTR if the thread was killed.
 */
int xe_svm_populate_page(struct mm_struct *mm,
			 const struct xe_svm_request *request)
{
	unsigned int flags = fault_flags(request) | FAULT_FLAG_ALLOW_RETRY |
		FAULT_FLAG_KILLABLE;
	struct file *file = NULL;
	bool locked;
	int err;

	while (true) {
		err = mmap_read_lock_killable(mm);
		if (err)
			return err;
		err = fault_in_locked(mm, request, flags, &file, &locked);
		if (locked)
			mmap_read_unlock(mm);
		end_file_write(file);
		file = NULL;

		if (err != -EBUSY && err != -EAGAIN)
			return err;
		if (fatal_signal_pending(current) ||
		    (err == -EBUSY && msleep_interruptible(THAW_POLL_MS)))
			return -EINTR;
		/* The mmap_lock was dropped: check the mapping again */
		if (err == -EAGAIN)
			flags |= FAULT_FLAG_TRIED;
	}
}

/* Absent anonymous memory will be written first, not read. */
static enum xe_svm_access absent_access(struct vm_area_struct *vma, bool readonly)
{
	return vma_is_anonymous(vma) && vma->vm_flags & VM_WRITE && !readonly ?
		XE_SVM_ACCESS_WRITE : XE_SVM_ACCESS_READ;
}

static int absent_fault_in(struct mm_struct *mm, struct xe_svm_request *request,
			   unsigned int *flags, bool *locked)
{
	struct vm_area_struct *vma;
	vm_fault_t ret;
	int err;

	request->access = XE_SVM_ACCESS_READ;
	err = xe_svm_pages_check_locked(mm, request, &vma);
	if (err)
		return err;

	request->access = absent_access(vma, request->readonly);
	ret = handle_mm_fault(vma, request->addr, fault_flags(request) | *flags,
			      NULL);
	*locked = !(ret & (VM_FAULT_COMPLETED | VM_FAULT_RETRY));
	if (ret & VM_FAULT_ERROR)
		return vm_fault_to_errno(ret, 0);
	if (!(ret & VM_FAULT_RETRY)) {
		*flags &= ~FAULT_FLAG_TRIED;
		return 0;
	}
	*flags |= FAULT_FLAG_TRIED;

	return signal_pending(current) ? -EINTR : -EAGAIN;
}

/* A large folio populates neighbours: scan for them. */
static int scan_again(struct xe_svm_window *window, struct xe_svm_pages *pages,
		      u16 page, bool *large)
{
	int err;

	if (!*large || page + 1 >= pages->scan.end)
		return 0;

	err = xe_svm_pages_snapshot(window, pages, page, pages->scan.end);
	*large = !err && !xe_svm_pages_absent(pages, page + 1);

	return err;
}

/* struct progress - how far the absent pages of a block are populated */
struct progress {
	struct xe_svm_request request;
	unsigned int flags;
	u16 page;
	/* The mmap_lock is held. */
	bool locked;
	/* The last page came with neighbours. */
	bool large;
};

/* One page. Return: 0 to go on. */
static int scan_page(struct xe_svm_window *window, struct xe_svm_pages *pages,
		     struct progress *progress)
{
	struct mm_struct *mm = window->notifier.mm;
	int err;

	if (!progress->locked) {
		cond_resched();
		err = mmap_read_lock_killable(mm);
		if (err)
			return err;
		progress->locked = true;
	}

	progress->request.addr = pages->block_start + (u64)progress->page * SZ_4K;
	err = absent_fault_in(mm, &progress->request, &progress->flags, &progress->locked);
	if (err == -EAGAIN)
		return 0;
	if (!err && progress->locked)
		err = scan_again(window, pages, progress->page, &progress->large);
	progress->page++;
	if (progress->locked && (need_resched() || mmap_lock_is_contended(mm))) {
		mmap_read_unlock(mm);
		progress->locked = false;
	}

	/* Other signals end waits, and prefetches between blocks */
	return !err && fatal_signal_pending(current) ? -EINTR : err;
}

/**
 * xe_svm_populate_block() - Populate the absent pages of a block
 * @window: the window of the block
 * @request: as for xe_svm_pages_collect_all()
 * @pages: the result of that function; overwritten
 *
 * Writable anonymous memory gets private pages, as with MAP_POPULATE; other
 * memory is read.
 *
 * Context: the process itself, or a thread that stays with it, with no locks;
 * allocates, reads disks, and waits for user space if the mm does, but not with
 * the mmap_lock held.
 *
 * Return: 0 to scan again; -ENOMEM; -EINTR after a signal.
 */
int xe_svm_populate_block(struct xe_svm_window *window,
			  const struct xe_svm_request *request,
			  struct xe_svm_pages *pages)
{
	struct progress progress = {
		.request = *request,
		.flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE |
			FAULT_FLAG_INTERRUPTIBLE,
		.page = pages->scan.first,
		.large = true,
	};
	int err = 0;

	while (!err && progress.page < pages->scan.end)
		if (xe_svm_pages_absent(pages, progress.page))
			err = scan_page(window, pages, &progress);
		else
			progress.page++;
	if (progress.locked)
		mmap_read_unlock(window->notifier.mm);

	/*
	 * The file may have ended or the mapping changed: the next scan decides
	 */
	return err == -ENOMEM || err == -EINTR ? err : 0;
}
