// SPDX-License-Identifier: MIT
/*
 * Service of faults: look up, collect, bind; or say why not.
 *
 * Law: a fault ends with its page mapped for the access, or with a cause. One
 * service settles all faults of a group that it can. It repeats only because the
 * CPU or a bind was faster, and only until a deadline. Nothing is locked while the
 * mm reads a disk or waits for user space. Where waiting takes more patience than
 * there is, faults stay -EINPROGRESS. Must never happen here: success with
 * nothing mapped.
 */

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "xe_device.h"
#include "xe_gt.h"
#include "xe_gt_stats.h"
#include "xe_range_fence.h"
#include "xe_svm.h"
#include "xe_svm_bind.h"
#include "xe_svm_block.h"
#include "xe_svm_notifier.h"
#include "xe_svm_pages.h"
#include "xe_svm_stats.h"
#include "xe_svm_trace.h"
#include "xe_vm.h"

/*
 * A service that was overtaken this long and this often has met a process at
 * war with itself. Once is not enough: the mm may have been slow, not hostile.
 */
#define XE_SVM_SERVICE_MS	5000
#define XE_SVM_SERVICE_TRIES	16
/* How often to ask for memory again, after 1 ms, 2 ms, 4 ms ... */
#define XE_SVM_STARVED_TRIES	8
/* Without much patience, this often is enough to be overtaken. */
#define XE_SVM_SHORT_TRIES	3
/* How long to wait at a time for a bind job that touches the block. */
#define XE_SVM_PENDING_MS	500

/* struct service - what one service knows and has */
struct service {
	struct xe_vm *vm;
	struct xe_svm_fault_group *group;
	/* The fault of the group that is being served. */
	struct xe_svm_fault *fault;
	/* Owned: a reference, dropped at the end; NULL before it is needed. */
	struct xe_svm_window *window;
	/* Lives as long as the window. */
	struct xe_svm_block *block;
	/* What the mirror said when it was looked up under vm->lock ... */
	struct xe_svm_request request;
	u16 pat_index;
	/* ... and what &xe_vm.vma_changes was then. */
	u64 vma_changes;
	/* Owned: pages of the try under way; NULL before they are needed. */
	struct xe_svm_pages *pages;
	/* Owned: what the next try has to wait for, or NULL. */
	struct dma_fence *pending;
	/* Absent pages of the group have been populated, as far as that went. */
	bool populated;
	/* For the tracepoint. */
	u32 mapped;
	u32 tries;
	/* How often memory was missing. */
	u32 starved;
};

static bool patient(const struct service *service, enum xe_svm_patience least)
{
	return service->group->patience >= least;
}

static bool is_open(const struct xe_svm_fault *fault)
{
	return fault->err == -EINPROGRESS;
}

/* Look up the mirror. Return: 0, 1 if there is none here, or -ENOENT. */
static int service_lookup(struct service *service)
{
	const struct xe_svm_fault *fault = service->fault;
	struct xe_vm *vm = service->vm;
	struct xe_vma *vma;

	lockdep_assert_held(&vm->lock);

	if (xe_vm_is_closed_or_banned(vm))
		return -ENOENT;

	vma = xe_vm_find_overlapping_vma(vm, fault->addr, SZ_4K);
	if (!vma || !xe_vma_is_cpu_addr_mirror(vma))
		return 1;

	service->vma_changes = vm->vma_changes;
	service->pat_index = vma->pat_index;
	service->request = (struct xe_svm_request) {
		.addr = fault->addr,
		.access = fault->access,
		.mirror.start = xe_vma_start(vma),
		.mirror.end = xe_vma_end(vma),
		.readonly = xe_vma_read_only(vma),
		.device_atomics = vm->xe->info.has_device_atomics_on_smem,
		.may_wait = patient(service, XE_SVM_PATIENCE_SHORT),
	};

	return 0;
}

/* What is mapped for the page of @fault; *@suffices tells if that will do. */
static const struct xe_svm_extent *
service_mapped(struct service *service, const struct xe_svm_fault *fault,
	       bool *suffices)
{
	const struct xe_svm_extent *extent;

	lockdep_assert_held(&service->window->lock);

	extent = xe_svm_extents_find(&service->block->extents,
				     xe_svm_block_page(fault->addr));
	*suffices = extent &&
		(extent->writable || !xe_svm_access_writes(fault->access)) &&
		(fault->access != XE_SVM_ACCESS_ATOMIC ||
		 service->vm->xe->info.has_device_atomics_on_smem);

	return extent;
}

/*
 * Settle the faults whose pages are mapped well enough. No TLB can hold less than
 * what is mapped now: whatever was there before was flushed when it went. Return:
 * the span of the pages of the other faults that are mapped for less than is wanted.
 */
static struct xe_svm_span service_settle_locked(struct service *service)
{
	struct xe_svm_span upgrade = { .start = U64_MAX };
	struct xe_svm_fault *fault;
	bool suffices;

	lockdep_assert_held(&service->window->lock);

	list_for_each_entry(fault, &service->group->faults, link) {
		if (!is_open(fault))
			continue;

		if (!service_mapped(service, fault, &suffices))
			continue;
		if (suffices)
			fault->err = 0;
		else
			xe_svm_span_add(&upgrade, fault->addr,
					fault->addr + SZ_4K);
	}

	return upgrade;
}

static void service_settle(struct service *service)
{
	guard(mutex)(&service->window->lock);

	service_settle_locked(service);
}

static bool wants_huge(const struct xe_svm_pages *pages)
{
	return pages->nr_runs == 1 &&
		xe_svm_policy_huge(pages->runs[0].dma,
				   xe_svm_extent_pages(&pages->runs[0]));
}

/* Before the pages have DMA addresses: will they be fit for one entry? */
static bool looks_huge(const struct xe_svm_pages *pages)
{
	return pages->nr_runs == 1 &&
		xe_svm_policy_huge(PFN_PHYS(pages->runs[0].pfn),
				   xe_svm_extent_pages(&pages->runs[0]));
}

/* What to map; *@cap is the room there is. Return: the room it takes. */
static u16 service_choose_runs(struct service *service, u16 *cap)
{
	struct xe_svm_extents *extents = &service->block->extents;

	xe_svm_pages_choose(service->pages, extents, service->request.readonly);
	*cap = extents->cap;

	return extents->nr + service->pages->nr_runs;
}

/* What to map, and room for it, for splits it causes, and for invalidations. */
static int service_choose(struct service *service)
{
	struct xe_svm_extents *extents = &service->block->extents;
	struct xe_svm_extent *at;
	u16 need, cap;

	/* Of a bare block, nothing can change. */
	if (service->pages->bare)
		need = service_choose_runs(service, &cap);
	else
		scoped_guard(mutex, &service->window->lock)
			need = service_choose_runs(service, &cap);
	/* What one entry maps goes as a whole. */
	if (!looks_huge(service->pages))
		need += XE_SVM_EXTENTS_SLACK;
	if (need <= cap)
		return 0;

	at = kmalloc_array(need, sizeof(*at), GFP_KERNEL);
	if (!at)
		return -ENOMEM;

	scoped_guard(mutex, &service->window->lock)
		at = xe_svm_extents_adopt(extents, at, need);
	xe_svm_block_free_extents(service->block, at);

	return 0;
}

/* Publish the collected pages. Cannot fail. */
static void service_publish(struct service *service)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_block *block = service->block;
	struct xe_svm_pages *pages = service->pages;

	lockdep_assert_held(&window->lock);

	service->mapped += xe_svm_extents_insert(&block->extents, pages->runs,
						 pages->nr_runs);
	xe_svm_bind_write(service->vm, block, pages->runs, pages->nr_runs,
			  service->pat_index);
	xe_device_wmb(service->vm->xe);

	block->reach = xe_svm_policy_reach(block->reach, service->mapped,
					   service->vm->svm.reach_max);
	WRITE_ONCE(window->pages, window->pages + service->mapped);
	pages->nr_mapped = 0;	/* the extents own the DMA mappings now */
	xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_MAPPED_PAGES,
			 service->mapped);
}

/* Write the entries, if the pages are still those of the process. */
static int service_commit_plugged(struct service *service)
{
	struct mmu_interval_notifier *notifier = &service->window->notifier;
	const struct xe_svm_extents *extents = &service->block->extents;

	guard(mutex)(&service->window->lock);

	if (mmu_interval_read_retry(notifier, service->pages->seq))
		return -EAGAIN;

	/* A revocation may have split extents since the room was reserved. */
	if (extents->nr + service->pages->nr_runs > extents->cap)
		return -EAGAIN;

	service_publish(service);
	/* The one that is being served is settled by our success. */
	if (!list_is_singular(&service->group->faults))
		service_settle_locked(service);

	return 0;
}

/* Once the device is unplugged, nothing may be mapped any more. */
static int service_commit(struct service *service)
{
	int idx, err;

	if (!drm_dev_enter(&service->vm->xe->drm, &idx))
		return -ENODEV;

	err = service_commit_plugged(service);
	drm_dev_exit(idx);

	return err;
}

/* Lock the VM resv, which others may hold while they wait for the GPU. */
static int service_lock_tables(struct service *service)
{
	struct xe_vm *vm = service->vm;

	if (xe_svm_bind_lock_tables(vm))
		return 0;
	if (!patient(service, XE_SVM_PATIENCE_SHORT))
		return -EINPROGRESS;

	xe_vm_lock(vm, false);

	return 0;
}

/* Have tables, then write to them. */
static int service_bind_anew(struct service *service, unsigned int level)
{
	struct xe_vm *vm = service->vm;
	int err;

	err = service_lock_tables(service);
	if (err)
		return err;

	err = xe_svm_bind_prepare(vm, service->window, service->block, level);
	if (err >= 0)
		err = service_commit(service);
	xe_vm_unlock(vm);

	return err;
}

static int service_bind_locked(struct service *service)
{
	const struct xe_svm_block *block = service->block;
	unsigned int level = wants_huge(service->pages);
	struct xe_vm *vm = service->vm;

	lockdep_assert_held(&vm->lock);

	/* Kept for the time when nothing is locked. */
	service->pending = xe_svm_bind_pending(vm, block->start);
	if (service->pending)
		return -EAGAIN;

	if (xe_svm_bind_is_ready(vm, block, level))
		return service_commit(service);

	return service_bind_anew(service, level);
}

/* VMAs have changed: is the mirror still what the pages were collected for? */
static int service_compare(const struct service *service)
{
	struct service now = *service;
	int err = service_lookup(&now);

	if (err < 0)
		return err;
	if (err)
		return -EAGAIN;

	if (now.pat_index != service->pat_index ||
	    now.request.readonly != service->request.readonly ||
	    now.request.mirror.start > service->request.mirror.start ||
	    now.request.mirror.end < service->request.mirror.end)
		return -EAGAIN;

	return 0;
}

/* With the VM locked again. Return: -EAGAIN if the mirror is another one. */
static int service_recheck(const struct service *service)
{
	const struct xe_vm *vm = service->vm;

	if (vm->vma_changes != service->vma_changes)
		return service_compare(service);

	return xe_vm_is_closed_or_banned(service->vm) ? -ENOENT : 0;
}

/* Lock the VM for read, which a bind may have locked for long. */
static int service_lock(struct service *service)
{
	struct xe_vm *vm = service->vm;

	if (down_read_trylock(&vm->lock))
		return 0;
	if (!patient(service, XE_SVM_PATIENCE_SHORT))
		return -EINPROGRESS;

	down_read(&vm->lock);

	return 0;
}

static void service_wait_pending(struct dma_fence *pending)
{
	dma_fence_wait_timeout(pending, false,
			       msecs_to_jiffies(XE_SVM_PENDING_MS));
	dma_fence_put(pending);
}

static int service_bind(struct service *service)
{
	struct xe_vm *vm = service->vm;
	int err;

	err = service_lock(service);
	if (err)
		return err;

	err = service_recheck(service);
	if (!err)
		err = service_bind_locked(service);
	up_read(&vm->lock);

	return err;
}

static struct mutex *served_lock(struct xe_svm_window *window,
				 const struct xe_svm_block *block)
{
	u64 slot = block->start >> XE_SVM_BLOCK_SHIFT;

	return &window->served[slot % XE_SVM_WINDOW_SERVED];
}

/* Settle what can be, and prepare to collect pages for the others. */
static void service_begin(struct service *service)
{
	struct xe_svm_block *block = service->block;
	struct xe_svm_pages *pages = service->pages;
	struct xe_svm_span upgrade;

	lockdep_assert_held(served_lock(service->window, block));

	pages->block_start = block->start;
	pages->reach = block->reach;
	pages->fault_page = xe_svm_block_page(service->fault->addr);

	/* Nobody else maps anything; whoever unmapped the last page has done it. */
	pages->bare = !READ_ONCE(block->extents.nr);
	if (pages->bare)
		return;

	scoped_guard(mutex, &service->window->lock) {
		pages->bare = !block->extents.nr;
		upgrade = service_settle_locked(service);
	}
	if (upgrade.start >= upgrade.end)
		return;

	/* Read-only mappings in the way: entries of 4 KiB, or the one of 2 MiB. */
	xe_svm_window_revoke(service->window, &upgrade);
	scoped_guard(mutex, &service->window->lock)
		pages->bare = !block->extents.nr;
}

/* One try, with the block's served lock held. Return: -EAGAIN if overtaken. */
static int service_try(struct service *service)
{
	struct xe_vm *vm = service->vm;
	int err;

	service_begin(service);
	/* Whoever had the block before may have done it all. */
	if (!is_open(service->fault))
		return 0;

	err = xe_svm_pages_collect(service->window, &service->request,
				   service->pages);
	if (err)
		return err == -EBUSY ? -EAGAIN : err;

	err = service_choose(service);
	if (err)
		return err;

	err = xe_svm_pages_map(vm, service->pages);
	if (err)
		return err;

	err = service_bind(service);
	if (err)
		xe_svm_pages_unmap(vm, service->pages);

	return err;
}

static int service_try_alone(struct service *service)
{
	struct mutex *served = served_lock(service->window, service->block);
	int err;

	if (!mutex_trylock(served)) {
		/* What is mapped already needs no service. */
		service_settle(service);
		if (!is_open(service->fault))
			return 0;
		if (!patient(service, XE_SVM_PATIENCE_SHORT))
			return -EINPROGRESS;
		mutex_lock(served);
	}
	err = service_try(service);
	mutex_unlock(served);

	return err;
}

/* The stream of a block that need not be there. */
static struct xe_svm_stream stream_of(struct xe_svm_window *window, u64 start)
{
	u32 slot = (start - window->start) >> XE_SVM_BLOCK_SHIFT;
	struct xe_svm_stream none = {};

	guard(mutex)(&window->lock);

	return window->blocks[slot] ? window->blocks[slot]->stream : none;
}

/* The stream of the block before, which may lie in the window before. */
static struct xe_svm_stream stream_before(struct service *service)
{
	u64 start = service->block->start - XE_SVM_BLOCK_SIZE;
	struct xe_svm_stream stream = {};
	struct xe_svm_window *window;

	if (service->block->start > service->window->start)
		return stream_of(service->window, start);
	if (!service->block->start)
		return stream;

	window = xe_svm_window_get(service->vm, start, false);
	if (IS_ERR(window))
		return stream;

	stream = stream_of(window, start);
	xe_svm_window_put(window);

	return stream;
}

/* What the GPU is about to touch, after the first absent page of the group. */
static void service_populate_ahead(struct service *service)
{
	const struct xe_svm_request *request = &service->request;
	struct xe_svm_window *window = service->window;
	struct xe_svm_block *block = service->block;
	u16 page = xe_svm_block_page(request->addr), ahead, done = 1;
	struct xe_svm_stream before = {};

	if (!page)
		before = stream_before(service);
	scoped_guard(mutex, &window->lock)
		ahead = xe_svm_policy_ahead(page, &block->stream, &before,
					    service->vm->svm.ahead_limit);

	if (ahead > 1) {
		done = xe_svm_pages_populate_ahead(window, request,
						   service->pages, ahead);
		trace_xe_svm_ahead(service->vm, request->addr, ahead, done);
	}
	if (done > 1)
		xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_AHEAD_PAGES,
				 done - 1);

	guard(mutex)(&window->lock);
	block->stream.next = page + done;
	block->stream.ahead = ahead;
}

/* Let the CPU have the absent pages of the group that take no waiting. */
static void service_populate(struct service *service)
{
	struct xe_svm_request request = service->request;
	struct mm_struct *mm = service->vm->svm.mm;
	struct xe_svm_fault *fault;
	u64 done = U64_MAX;

	mmap_read_lock(mm);
	list_for_each_entry(fault, &service->group->faults, link) {
		if (!is_open(fault))
			continue;

		/* Of one page, the most intrusive access comes first. */
		if (fault->addr == done)
			continue;
		done = fault->addr;
		request.addr = fault->addr;
		request.access = fault->access;
		xe_svm_pages_populate(mm, &request);
	}
	service_populate_ahead(service);
	mmap_read_unlock(mm);
}

/* The CPU does not have the page. Return: -EAGAIN if it may have it now. */
static int service_absent(struct service *service)
{
	int err;

	if (patient(service, XE_SVM_PATIENCE_LONG)) {
		err = xe_svm_pages_fault_in(service->vm->svm.mm,
					    &service->request);
		return err ? : -EAGAIN;
	}

	if (!patient(service, XE_SVM_PATIENCE_SHORT) || service->populated)
		return -EINPROGRESS;

	service_populate(service);
	service->populated = true;

	return -EAGAIN;
}

/*
 * With nothing locked: wait for what kept a try from succeeding. Return: -EAGAIN
 * if it is worth another try.
 */
static int service_wait(struct service *service, int err)
{
	struct dma_fence *pending = service->pending;

	service->pending = NULL;

	if (err == -ENODATA)
		return service_absent(service);

	if (pending && !patient(service, XE_SVM_PATIENCE_LONG)) {
		dma_fence_put(pending);
		return -EINPROGRESS;
	}

	if (pending)
		service_wait_pending(pending);
	if (err == -EAGAIN)
		xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_STALE, 1);

	return err;
}

static int service_lookup_again(struct service *service)
{
	int err;

	err = service_lock(service);
	if (err)
		return err;

	err = service_lookup(service);
	up_read(&service->vm->lock);

	return err;
}

static int service_overtaken(struct service *service, ktime_t end)
{
	if (!patient(service, XE_SVM_PATIENCE_LONG))
		return service->tries < XE_SVM_SHORT_TRIES ? 0 : -EINPROGRESS;

	if (service->tries >= XE_SVM_SERVICE_TRIES &&
	    ktime_after(ktime_get(), end))
		return -ETIMEDOUT;

	return 0;
}

static int service_block(struct service *service)
{
	ktime_t end = 0;
	int err;

	while (true) {
		service->tries++;
		err = service_wait(service, service_try_alone(service));
		if (err != -EAGAIN)
			return err;

		if (!end)
			end = ktime_add_ms(ktime_get(), XE_SVM_SERVICE_MS);
		err = service_overtaken(service, end);
		if (err)
			return err;

		cond_resched();
		err = service_lookup_again(service);
		if (err)
			return err;
	}
}

/* One is kept for the next service, so that few have to allocate their own. */
static struct xe_svm_pages *pages_take(struct xe_vm *vm)
{
	struct xe_svm_pages *pages = xchg(&vm->svm.scratch, NULL);

	if (!pages)
		pages = kvmalloc(sizeof(*pages), GFP_KERNEL);
	if (pages)
		pages->nr_mapped = 0;

	return pages;
}

static void pages_give_back(struct xe_vm *vm, struct xe_svm_pages *pages)
{
	if (pages)
		kvfree(xchg(&vm->svm.scratch, pages));
}

/* Have what only faults in a mirror need. All of a group use the same. */
static int service_prepare(struct service *service)
{
	bool may_make = patient(service, XE_SVM_PATIENCE_SHORT);
	struct xe_vm *vm = service->vm;
	int err;

	if (!service->pages)
		service->pages = pages_take(vm);
	if (!service->pages)
		return -ENOMEM;

	if (service->window)
		return 0;

	/* A stray address is not worth a window. */
	if (may_make) {
		err = xe_svm_pages_check(vm->svm.mm, &service->request);
		if (err)
			return err;
	}

	service->window = xe_svm_window_get(vm, service->fault->addr, may_make);
	if (IS_ERR(service->window)) {
		err = PTR_ERR(service->window);
		service->window = NULL;
		return err;
	}

	return 0;
}

static int service_mm(struct service *service)
{
	int err;

	err = service_prepare(service);
	if (err)
		return err;

	service->block = xe_svm_window_block(service->window,
					     service->fault->addr);
	if (!service->block)
		return -ENOMEM;

	return service_block(service);
}

/*
 * Without memory, a fault had better come late than end the queue. Return: true
 * if it is worth another try.
 */
static bool service_starved(struct service *service, int err)
{
	if (err != -ENOMEM || service->starved == XE_SVM_STARVED_TRIES ||
	    !patient(service, XE_SVM_PATIENCE_LONG))
		return false;

	msleep(1u << service->starved++);

	return true;
}

/* Decide one fault, and as many others of the group as come with it. */
static int service_fault(struct service *service, bool mm_lives)
{
	int err;

	service->mapped = 0;
	service->tries = 0;

	err = service_lookup_again(service);
	if (err)
		return err;
	if (!mm_lives)
		return -EFAULT;

	do {
		err = service_mm(service);
	} while (service_starved(service, err));

	if (err == -ENOMEM && !patient(service, XE_SVM_PATIENCE_LONG))
		err = -EINPROGRESS;

	/* A fault that was settled by then took no service. */
	if (service->tries && (service->mapped || err))
		trace_xe_svm_service(service->vm, service->fault->addr,
				     service->mapped, service->tries, err);
	if (service->mapped)
		xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_SERVICE, 1);

	return err;
}

static void service_group(struct service *service, bool mm_lives)
{
	struct xe_svm_fault *fault;

	list_for_each_entry(fault, &service->group->faults, link) {
		if (!is_open(fault))
			continue;

		service->fault = fault;
		fault->err = service_fault(service, mm_lives);

		/* The others had better wait together with it. */
		if (is_open(fault) && !patient(service, XE_SVM_PATIENCE_SHORT))
			return;
	}
}

static void group_account(struct xe_vm *vm,
			  const struct xe_svm_fault_group *group)
{
	const struct xe_svm_fault *fault;

	list_for_each_entry(fault, &group->faults, link) {
		if (is_open(fault) || fault->err > 0)
			continue;

		trace_xe_svm_answer(vm, fault->addr, fault->access, fault->err);
		xe_svm_stats_add_from(vm, group->gt,
				      XE_GT_STATS_ID_SVM_PAGEFAULT, 1);
		if (fault->err)
			xe_svm_stats_add_from(vm, group->gt,
					      XE_GT_STATS_ID_SVM_REFUSED, 1);
	}
}

static void group_begin(struct xe_vm *vm,
			const struct xe_svm_fault_group *group)
{
	const struct xe_svm_fault *fault;

	/* Those that waited have been seen before. */
	if (group->patience != XE_SVM_PATIENCE_NONE)
		return;

	list_for_each_entry(fault, &group->faults, link)
		trace_xe_svm_fault(vm, fault->addr, fault->access);
}

/**
 * xe_svm_fault_service() - Serve faults as far as they lie in a mirror
 * @vm: the VM, with a reference
 * @group: faults of one block, all still -EINPROGRESS; on return
 * &xe_svm_fault.err says what became of each
 *
 * Of the causes of refusal, -EFAULT means no memory there, or it is broken, or
 * the process is gone; -EACCES not allowed; -ENOENT the VM is closed or banned;
 * -ENODEV the device was unplugged; -ENOMEM, after several tries; -EIO no room
 * for DMA mappings; -ETIMEDOUT the mappings changed faster than they could be
 * followed, or a bind job stood in the way for too long.
 *
 * What takes more patience than the group has stays -EINPROGRESS; with
 * %XE_SVM_PATIENCE_LONG nothing does.
 *
 * Context: process context with nothing locked.
 */
void xe_svm_fault_service(struct xe_vm *vm, struct xe_svm_fault_group *group)
{
	struct service service = { .vm = vm, .group = group };
	struct mm_struct *mm = vm->svm.mm;
	struct xe_svm_fault *fault;
	bool mm_lives;

	/* No mirror can be bound then */
	if (!mm) {
		list_for_each_entry(fault, &group->faults, link)
			fault->err = 1;
		return;
	}

	group_begin(vm, group);
	mm_lives = mmget_not_zero(mm);
	service_group(&service, mm_lives);
	if (service.window)
		xe_svm_window_put(service.window);
	pages_give_back(vm, service.pages);
	/* Never the last user in a fault worker: exit_mmap() may be long. */
	if (mm_lives)
		mmput_async(mm);
	group_account(vm, group);
}

/**
 * xe_svm_fault_queue() - Have faults served by a worker that may wait
 * @vm: the VM, with a reference that @work takes over
 * @work: what to do
 *
 * Return: false if the VM cannot mirror, and has no such workers.
 */
bool xe_svm_fault_queue(struct xe_vm *vm, struct work_struct *work)
{
	if (!vm->svm.waiting)
		return false;

	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_DEFERRED, 1);

	return queue_work(vm->svm.waiting, work);
}

/**
 * xe_svm_fault_shares() - By how many workers had faults better be served?
 * @vm: the VM
 * @blocks: how many blocks the faults lie in
 *
 * Return: how many workers, the caller among them; 1 if the VM cannot mirror.
 */
unsigned int xe_svm_fault_shares(struct xe_vm *vm, unsigned int blocks)
{
	unsigned int shares;

	if (!vm->svm.waiting)
		return 1;

	shares = xe_svm_policy_shares(blocks, num_online_cpus());
	if (shares > 1)
		xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_SHARED, shares - 1);

	return shares;
}
