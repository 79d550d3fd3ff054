// SPDX-License-Identifier: MIT
/*
 * Service of faults: look up, collect, bind; or refuse with a cause.
 *
 * Rule: a fault ends with its page mapped for the access, or with a cause. One
 * service settles all faults of a group that it can. It repeats only because the
 * CPU or a bind was faster, and only until a deadline. Nothing is locked while the
 * mm reads a disk or waits for user space. Where waiting takes more patience than
 * there is, faults stay -EINPROGRESS. Must never happen here: success with
 * nothing mapped.
 */

#include <linux/delay.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/srcu.h>

#include <drm/drm_drv.h>

#include "xe_device.h"
#include "xe_gt.h"
#include "xe_gt_stats.h"
#include "xe_range_fence.h"
#include "xe_svm.h"
#include "xe_svm_attr.h"
#include "xe_svm_bind.h"
#include "xe_svm_block.h"
#include "xe_svm_notifier.h"
#include "xe_svm_owner.h"
#include "xe_svm_pages.h"
#include "xe_svm_stats.h"
#include "xe_svm_trace.h"
#include "xe_vm.h"

/*
 * A service that was overtaken for this long and this often gives up: the process
 * remaps faster than it can follow. Once is not enough, as the mm may just be slow.
 */
#define XE_SVM_SERVICE_MS	5000
#define XE_SVM_SERVICE_TRIES	16
/* How often to ask for memory again, after 1 ms, 2 ms, 4 ms ... */
#define XE_SVM_STARVED_TRIES	8
/* Without much patience, this often is enough to be overtaken. */
#define XE_SVM_SHORT_TRIES	3
/* How long to wait at a time for a bind job that touches the block. */
#define XE_SVM_PENDING_MS	500
/* How often to look whether the device has been resumed. */
#define XE_SVM_ASLEEP_POLL_MS	20
/* How many services keep their room for collected pages. */
#define XE_SVM_SCRATCH_KEPT	4

/* struct service - what one service knows and has */
struct service {
	struct xe_vm *vm;
	struct xe_svm_fault_group *group;
	/* The fault of the group that is being served. */
	struct xe_svm_fault *fault;
	/* Owned: a reference, dropped at the end; NULL before it is needed. */
	struct xe_svm_window *window;
	/* Of the try under way: stays as long as the served lock is held. */
	struct xe_svm_block *block;
	/* What the mirror said when it was looked up under vm->lock ... */
	struct xe_svm_request request;
	u16 pat_index;
	/* ... and what &xe_vm.vma_changes and &xe_svm_attrs.changes were then. */
	u64 vma_changes;
	unsigned long attr_changes;
	/* Pages of the try under way, and the room for them, which is owned. */
	struct xe_svm_pages pages;
	struct xe_svm_scratch *scratch;
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

/* May the service wait for locks and memory? */
static bool may_wait(const struct service *service)
{
	return patient(service, XE_SVM_PATIENCE_SHORT);
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
	struct xe_svm_span span;
	struct xe_vma *vma;
	u64 attr;

	lockdep_assert_held(&vm->lock);

	if (xe_vm_is_closed_or_banned(vm))
		return -ENOENT;

	vma = xe_vm_find_overlapping_vma(vm, fault->addr, SZ_4K);
	if (!vma || !xe_vma_is_cpu_addr_mirror(vma))
		return 1;

	/* One service maps one block at most */
	span.start = ALIGN_DOWN(fault->addr, XE_SVM_BLOCK_SIZE);
	span.end = min(span.start + XE_SVM_BLOCK_SIZE, xe_vma_end(vma));
	span.start = max(span.start, xe_vma_start(vma));
	service->vma_changes = vm->vma_changes;
	/* Before the attributes; see DOC: Memory ordering */
	service->attr_changes = READ_ONCE(vm->svm.attrs.changes);
	attr = xe_svm_attr_find(vm, fault->addr, &span);
	service->pat_index = xe_svm_attr_pat(vm, attr, vma->pat_index);
	service->request = (struct xe_svm_request) {
		.addr = fault->addr,
		.access = fault->access,
		.mirror = span,
		.readonly = xe_vma_read_only(vma),
		.device_atomics = vm->xe->info.has_device_atomics_on_smem &&
			!xe_svm_attr_denies_atomics(attr),
		.may_wait = may_wait(service),
		.is_long = patient(service, XE_SVM_PATIENCE_LONG),
	};

	return 0;
}

/* What is mapped for the page of @fault; *@suffices tells if that will do. */
static const struct xe_svm_extent *
service_mapped(struct service *service, const struct xe_svm_block *block,
	       const struct xe_svm_fault *fault, bool *suffices)
{
	const struct xe_svm_request *request = &service->request;
	const struct xe_svm_extent *extent;

	extent = xe_svm_extents_find(&block->extents,
				     xe_svm_block_page(fault->addr));
	*suffices = extent &&
		(extent->writable || !xe_svm_access_writes(fault->access)) &&
		(fault->access != XE_SVM_ACCESS_ATOMIC ||
		 request->device_atomics);
	/* Other attributes may hold for other faults of the group */
	if (*suffices && fault->access == XE_SVM_ACCESS_ATOMIC)
		*suffices = fault->addr >= request->mirror.start &&
			fault->addr < request->mirror.end;

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
	const struct xe_svm_block *block;
	struct xe_svm_fault *fault;
	bool suffices;

	lockdep_assert_held(&service->window->lock);

	block = xe_svm_window_find_block(service->window,
					 service->fault->addr);
	if (!block)
		return upgrade;

	list_for_each_entry(fault, &service->group->faults, link) {
		if (!is_open(fault))
			continue;

		if (!service_mapped(service, block, fault, &suffices))
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
	struct xe_svm_window *window = service->window;

	if (!xe_svm_window_lock(window, may_wait(service)))
		return;

	service_settle_locked(service);
	mutex_unlock(&window->lock);
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

	xe_svm_pages_choose(&service->pages, extents, service->request.readonly);
	*cap = extents->cap;

	return extents->nr + service->pages.nr_runs;
}

/* Room for @need extents. */
static int service_make_room(struct service *service, u16 need)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_block *block = service->block;
	size_t size = need * sizeof(struct xe_svm_extent);
	struct xe_svm_extent *at;
	bool locked;

	at = may_wait(service) ? kmalloc(size, GFP_KERNEL_ACCOUNT) :
		xe_svm_owner_alloc_nowait(service->vm->svm.owner, size);
	if (!at)
		return may_wait(service) ? -ENOMEM : -EINPROGRESS;

	locked = xe_svm_window_lock(window, may_wait(service));
	if (locked) {
		at = xe_svm_extents_adopt(&block->extents, at, need);
		mutex_unlock(&window->lock);
	}
	xe_svm_block_free_extents(block, at);

	return locked ? 0 : -EINPROGRESS;
}

/* What to map, and room for it, for splits it causes, and for invalidations. */
static int service_choose(struct service *service)
{
	struct xe_svm_window *window = service->window;
	u16 need, cap;

	/* Nothing can change in a bare block. */
	if (service->pages.bare) {
		need = service_choose_runs(service, &cap);
	} else {
		if (!xe_svm_window_lock(window, may_wait(service)))
			return -EINPROGRESS;
		need = service_choose_runs(service, &cap);
		mutex_unlock(&window->lock);
	}
	if (!service->pages.nr_runs)
		return 0;
	/* One entry of 2 MiB is only removed as a whole: no slack needed. */
	if (!looks_huge(&service->pages))
		need += XE_SVM_EXTENTS_SLACK;

	return need <= cap ? 0 : service_make_room(service, need);
}

/* Publish the collected pages. Cannot fail. */
static void service_publish(struct service *service)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_block *block = service->block;
	struct xe_svm_pages *pages = &service->pages;

	lockdep_assert_held(&window->lock);

	service->mapped += xe_svm_extents_insert(&block->extents, pages->runs,
						 pages->nr_runs);
	xe_svm_bind_write(service->vm, block, pages->runs, pages->nr_runs,
			  service->pat_index, service->request.device_atomics);
	/* The entries before the reply, which this or another thread sends */
	xe_device_wmb(service->vm->xe);

	block->reach = xe_svm_policy_reach(block->reach, service->mapped,
					   service->vm->svm.reach_max);
	WRITE_ONCE(window->pages, window->pages + service->mapped);
	pages->nr_mapped = 0;	/* the extents own the DMA mappings now */
	xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_MAPPED_PAGES,
			 service->mapped);
}

/* Write the entries, if the pages are still those of the process. */
static int service_commit_locked(struct service *service)
{
	const struct xe_svm_block *block = service->block;
	const struct xe_svm_pages *pages = &service->pages;

	lockdep_assert_held(&service->window->lock);

	if (block->gen != pages->gen)
		return -EAGAIN;

	/* A revocation may have split extents since the room was reserved. */
	if (block->extents.nr + pages->nr_runs > block->extents.cap)
		return -EAGAIN;

	service_publish(service);
	/* The one that is being served is settled by our success. */
	if (!list_is_singular(&service->group->faults))
		service_settle_locked(service);

	return 0;
}

static int service_commit(struct service *service)
{
	struct xe_svm_window *window = service->window;
	int err;

	if (!xe_svm_window_lock(window, may_wait(service)))
		return -EINPROGRESS;

	err = service_commit_locked(service);
	mutex_unlock(&window->lock);

	return err;
}

/* Have tables, whatever it takes, then write to them. */
static int service_bind_anew(struct service *service, unsigned int level)
{
	struct xe_vm *vm = service->vm;
	int err;

	xe_vm_lock(vm, false);
	err = xe_svm_bind_prepare(vm, service->window, service->block, level);
	if (err >= 0)
		err = service_commit(service);
	xe_vm_unlock(vm);

	return err;
}

/* Have tables if they are at hand, then write to them. */
static int service_bind_now(struct service *service, unsigned int level)
{
	struct xe_vm *vm = service->vm;
	int err;

	if (!dma_resv_trylock(xe_vm_resv(vm)))
		return -EINPROGRESS;

	err = xe_svm_bind_prepare_now(vm, service->window, service->block,
				      level);
	if (err >= 0)
		err = service_commit(service);
	xe_vm_unlock(vm);

	return err;
}

static int service_bind_locked(struct service *service)
{
	const struct xe_svm_block *block = service->block;
	unsigned int level = wants_huge(&service->pages);
	struct xe_vm *vm = service->vm;

	lockdep_assert_held(&vm->lock);

	/* Kept for the time when nothing is locked. */
	service->pending = xe_svm_bind_pending(vm, block->start);
	if (service->pending)
		return -EAGAIN;

	if (xe_svm_bind_is_ready(vm, block, level))
		return service_commit(service);

	return may_wait(service) ? service_bind_anew(service, level) :
		service_bind_now(service, level);
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
	    now.request.device_atomics != service->request.device_atomics ||
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

	if (vm->vma_changes != service->vma_changes ||
	    READ_ONCE(vm->svm.attrs.changes) != service->attr_changes)
		return service_compare(service);

	return xe_vm_is_closed_or_banned(service->vm) ? -ENOENT : 0;
}

/* Lock the VM for read, which a bind may have locked for long. */
static int service_lock(struct service *service)
{
	struct xe_vm *vm = service->vm;

	if (down_read_trylock(&vm->lock))
		return 0;
	if (!may_wait(service))
		return -EINPROGRESS;

	return down_read_killable(&vm->lock);
}

static void service_wait_pending(struct dma_fence *pending)
{
	dma_fence_wait_timeout(pending, true,
			       msecs_to_jiffies(XE_SVM_PENDING_MS));
	dma_fence_put(pending);
}

/* With pages mapped: settle what can be. */
static int service_begin_mapped(struct service *service)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_pages *pages = &service->pages;
	struct xe_svm_span upgrade;

	if (!xe_svm_window_lock(window, may_wait(service)))
		return -EINPROGRESS;

	pages->bare = !service->block->extents.nr;
	upgrade = service_settle_locked(service);
	mutex_unlock(&window->lock);
	if (upgrade.start >= upgrade.end)
		return 0;

	/* To take read-only mappings out of the way waits for a flush. */
	if (!may_wait(service))
		return -EINPROGRESS;

	xe_svm_window_revoke(window, &upgrade);
	pages->bare = !READ_ONCE(service->block->extents.nr);

	return 0;
}

/* Settle what can be, and prepare to collect pages for the others. */
static int service_begin(struct service *service)
{
	struct xe_svm_block *block = service->block;
	struct xe_svm_pages *pages = &service->pages;

	*pages = (struct xe_svm_pages) {
		.block_start = block->start,
		.reach = block->reach,
		.fault_page = xe_svm_block_page(service->fault->addr),
		/* Only services map: the zap and flush of the last page are done. */
		.bare = !READ_ONCE(block->extents.nr),
		.pfns = service->scratch->pfns,
		.runs = service->scratch->runs,
	};
	if (!pages->bare)
		return service_begin_mapped(service);

	return 0;
}

static int service_map_locked(struct service *service)
{
	struct xe_vm *vm = service->vm;
	int err;

	lockdep_assert_held(&vm->lock);

	err = service_recheck(service);
	if (err)
		return err;

	err = xe_svm_pages_map(vm, &service->pages);
	if (err)
		return err;

	err = service_bind_locked(service);
	if (err)
		xe_svm_pages_unmap(vm, &service->pages);

	return err;
}

/* Services that bind; waited for before page tables are saved. */
DEFINE_STATIC_SRCU(svm_binding);

/* Unless the device is suspended. */
static int service_map_awake(struct service *service)
{
	struct xe_device *xe = service->vm->xe;
	int err = -ESHUTDOWN;
	int idx;

	idx = srcu_read_lock(&svm_binding);
	if (!READ_ONCE(xe->usm.svm_suspended))
		err = service_map_locked(service);
	srcu_read_unlock(&svm_binding, idx);

	return err;
}

static int service_map(struct service *service)
{
	struct xe_vm *vm = service->vm;
	int idx, err;

	err = service_lock(service);
	if (err)
		return err;

	/* Once the device is unplugged, nothing may be mapped any more. */
	if (drm_dev_enter(&vm->xe->drm, &idx)) {
		err = service_map_awake(service);
		drm_dev_exit(idx);
	} else {
		err = -ENODEV;
	}
	up_read(&vm->lock);

	return err;
}

/**
 * xe_svm_suspend() - Let no fault bind anything until the device is resumed
 * @xe: the device
 *
 * On discrete GPUs the page tables are about to be saved: what is written to them
 * afterwards is lost. The process is frozen, but the disk it waits for is not yet.
 *
 * Context: process context. Waits for services that bind; they allocate memory, but
 * do not wait for disks or user space.
 */
void xe_svm_suspend(struct xe_device *xe)
{
	if (!atomic_read(&xe->usm.num_fault_vms))
		return;

	WRITE_ONCE(xe->usm.svm_suspended, true);
	synchronize_srcu(&svm_binding);
}

/**
 * xe_svm_resume() - Let faults bind again
 * @xe: the device, with its page tables restored
 */
void xe_svm_resume(struct xe_device *xe)
{
	WRITE_ONCE(xe->usm.svm_suspended, false);
}

/* One try, with the block's served lock held. Return: -EAGAIN if overtaken. */
static int service_try(struct service *service)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_block *block;
	int err;

	block = xe_svm_window_block(window, service->fault->addr,
				    may_wait(service));
	if (IS_ERR(block))
		return PTR_ERR(block);
	service->block = block;

	err = service_begin(service);
	/* Another service of the block may have done it all. */
	if (err || !is_open(service->fault))
		return err;

	/* Before the window is seen quiet; pairs with touch_locked() */
	service->pages.gen = smp_load_acquire(&block->gen);
	err = xe_svm_pages_collect(window, &service->request, &service->pages);
	if (err)
		return err == -EBUSY ? -EAGAIN : err;

	err = service_choose(service);
	if (err)
		return err;

	return service_map(service);
}

static int service_try_alone(struct service *service)
{
	struct mutex *served = xe_svm_window_served(service->window,
						    service->fault->addr);
	int err;

	if (!mutex_trylock(served)) {
		/* What is mapped already needs no service. */
		service_settle(service);
		if (!is_open(service->fault))
			return 0;
		if (!may_wait(service))
			return -EINPROGRESS;
		mutex_lock(served);
	}
	err = service_try(service);
	service->block = NULL;
	mutex_unlock(served);

	return err;
}

/* The stream of a block that need not be there. */
static struct xe_svm_stream stream_of(struct xe_svm_window *window, u64 addr)
{
	struct xe_svm_stream none = {};
	struct xe_svm_block *block;

	guard(mutex)(&window->lock);

	block = xe_svm_window_find_block(window, addr);

	return block ? block->stream : none;
}

/* The stream of the block before, which may lie in the window before. */
static struct xe_svm_stream stream_before(struct service *service)
{
	u64 start = ALIGN_DOWN(service->fault->addr, XE_SVM_BLOCK_SIZE);
	u64 before = start - XE_SVM_BLOCK_SIZE;
	struct xe_svm_stream stream = {};
	struct xe_svm_window *window;

	if (start > service->window->start)
		return stream_of(service->window, before);
	if (!start)
		return stream;

	window = xe_svm_window_get(service->vm, before, false);
	if (IS_ERR(window))
		return stream;

	stream = stream_of(window, before);
	xe_svm_window_put(window);

	return stream;
}

static void stream_set(struct xe_svm_window *window, u64 addr, u16 next,
		       u16 ahead)
{
	struct xe_svm_block *block;

	guard(mutex)(&window->lock);

	block = xe_svm_window_find_block(window, addr);
	if (block)
		block->stream = (struct xe_svm_stream) {
			.next = next,
			.ahead = ahead,
		};
}

/* What the GPU is about to touch, after the first absent page of the group. */
static void service_populate_ahead(struct service *service)
{
	const struct xe_svm_request *request = &service->request;
	struct xe_svm_window *window = service->window;
	u16 page = xe_svm_block_page(request->addr), ahead, done = 1;
	struct xe_svm_stream here, before = {};

	if (!page)
		before = stream_before(service);
	here = stream_of(window, request->addr);
	ahead = xe_svm_policy_ahead(page, &here, &before,
				    service->vm->svm.ahead_limit);

	if (ahead > 1) {
		done = xe_svm_pages_populate_ahead(window, request,
						   &service->pages, ahead);
		trace_xe_svm_ahead(service->vm, request->addr, ahead, done);
	}
	if (done > 1)
		xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_AHEAD_PAGES,
				 done - 1);

	stream_set(window, request->addr, page + done, ahead);
}

/* Let the CPU have the absent pages of the group that take no waiting. */
static int service_populate(struct service *service)
{
	struct xe_svm_request request = service->request;
	struct mm_struct *mm = service->vm->svm.mm;
	bool first = false, populated;
	struct xe_svm_fault *fault;
	u64 done = U64_MAX;
	int err;

	err = mmap_read_lock_killable(mm);
	if (err)
		return err;

	list_for_each_entry(fault, &service->group->faults, link) {
		/* Of one page, the most intrusive access comes first. */
		if (!is_open(fault) || fault->addr == done)
			continue;
		/* Another mirror may allow less: its faults come later. */
		if (fault->addr < request.mirror.start ||
		    fault->addr >= request.mirror.end)
			continue;

		done = fault->addr;
		request.addr = fault->addr;
		request.access = fault->access;
		populated = xe_svm_pages_populate(mm, &request);
		if (fault == service->fault)
			first = populated;
	}
	mmap_read_unlock(mm);
	if (first)
		service_populate_ahead(service);

	return 0;
}

/* The CPU does not have the page. Return: -EAGAIN if it may have it now. */
static int service_absent(struct service *service)
{
	int err;

	if (patient(service, XE_SVM_PATIENCE_LONG)) {
		err = xe_svm_pages_fault_in(service->vm->svm.mm,
					    &service->request);
		if (!err)
			service_populate_ahead(service);
		return err ? : -EAGAIN;
	}

	if (!may_wait(service) || service->populated)
		return -EINPROGRESS;

	service->populated = true;
	err = service_populate(service);

	return err ? : -EAGAIN;
}

/* Wait until the device is resumed. It never waits for a thread that waits here. */
static int service_asleep(struct service *service)
{
	struct xe_device *xe = service->vm->xe;

	if (!patient(service, XE_SVM_PATIENCE_LONG))
		return -EINPROGRESS;

	while (READ_ONCE(xe->usm.svm_suspended) &&
	       !drm_dev_is_unplugged(&xe->drm))
		if (msleep_interruptible(XE_SVM_ASLEEP_POLL_MS))
			return -EINTR;

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
	if (err == -ESHUTDOWN)
		return service_asleep(service);

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
	if (fatal_signal_pending(current))
		return -EINTR;

	if (!patient(service, XE_SVM_PATIENCE_LONG))
		return service->tries < XE_SVM_SHORT_TRIES ? 0 : -EINPROGRESS;

	if (service->tries >= XE_SVM_SERVICE_TRIES &&
	    ktime_after(ktime_get(), end))
		return -ETIMEDOUT;

	return 0;
}

/* Room to collect pages in is kept for the next services, of whatever VM. */
static struct xe_svm_scratch *scratch_kept[XE_SVM_SCRATCH_KEPT];

static struct xe_svm_scratch *scratch_take(bool may_wait)
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

static void scratch_keep(struct xe_svm_scratch *scratch)
{
	unsigned int i;

	for (i = 0; scratch && i < XE_SVM_SCRATCH_KEPT; i++)
		if (!READ_ONCE(scratch_kept[i]))
			scratch = xchg(&scratch_kept[i], scratch);

	kfree(scratch);
}

/**
 * xe_svm_fault_module_exit() - Free what services keep for the next ones
 */
void xe_svm_fault_module_exit(void)
{
	unsigned int i;

	for (i = 0; i < XE_SVM_SCRATCH_KEPT; i++)
		kfree(xchg(&scratch_kept[i], NULL));
}

/* Have what only faults in a mirror need. All of a group use the same. */
static int service_prepare(struct service *service)
{
	struct xe_vm *vm = service->vm;
	int err;

	if (!service->scratch)
		service->scratch = scratch_take(may_wait(service));
	if (!service->scratch)
		return -ENOMEM;

	/* The reaper may have removed it while the service waited */
	if (service->window && READ_ONCE(service->window->removed)) {
		xe_svm_window_put(service->window);
		service->window = NULL;
	}
	if (service->window)
		return 0;

	/* A stray address is not worth a window. */
	if (may_wait(service)) {
		err = xe_svm_pages_check(vm->svm.mm, &service->request);
		if (err)
			return err;
	}

	service->window = xe_svm_window_get(vm, service->fault->addr,
					    may_wait(service));
	if (IS_ERR(service->window)) {
		err = PTR_ERR(service->window);
		service->window = NULL;
		return err;
	}

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
		if (!err)
			err = service_prepare(service);
		if (err)
			return err;
	}
}

static int service_mm(struct service *service)
{
	int err;

	err = service_prepare(service);
	if (err)
		return err;

	return service_block(service);
}

/*
 * A shortage of memory delays a fault before it ends the queue. Return: true if it
 * is worth another try.
 */
static bool service_starved(struct service *service, int err)
{
	if (err != -ENOMEM || service->starved == XE_SVM_STARVED_TRIES ||
	    !patient(service, XE_SVM_PATIENCE_LONG))
		return false;

	return !msleep_interruptible(1u << service->starved++);
}

/*
 * The thread was killed, by the end of the process, the VM or the device. To name the
 * cause is not worth a wait for &xe_vm.lock, which may be held for long.
 */
static int service_killed(const struct service *service)
{
	struct xe_vm *vm = service->vm;

	if (drm_dev_is_unplugged(&vm->xe->drm))
		return -ENODEV;

	if (!READ_ONCE(vm->size) || READ_ONCE(vm->flags) & XE_VM_FLAG_BANNED)
		return -ENOENT;

	return -EFAULT;
}

/* Decide one fault, and as many others of the group as come with it. */
static int service_fault(struct service *service, bool mm_lives)
{
	int err;

	service->mapped = 0;
	service->tries = 0;

	err = service_lookup_again(service);
	if (err == -EINTR)
		return service_killed(service);
	if (err)
		return err;
	if (!mm_lives)
		return -EFAULT;
	/* xe_svm_device_remove() kills no stay that begins later */
	if (may_wait(service) && drm_dev_is_unplugged(&service->vm->xe->drm))
		return -ENODEV;

	do {
		err = service_mm(service);
	} while (service_starved(service, err));

	if (fatal_signal_pending(current) && err)
		err = service_killed(service);
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

		/* Defer the others together with it. */
		if (is_open(fault) && !may_wait(service))
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
 * -ENODEV the device was unplugged; -ENOMEM, after several tries; -ETIMEDOUT the
 * mappings changed faster than they could be followed, or a bind job stood in the
 * way for too long.
 *
 * What takes more patience than the group has stays -EINPROGRESS; with
 * %XE_SVM_PATIENCE_LONG nothing does.
 *
 * Context: process context with nothing locked. With more patience than
 * %XE_SVM_PATIENCE_NONE, a thread that stays with the process.
 */
void xe_svm_fault_service(struct xe_vm *vm, struct xe_svm_fault_group *group)
{
	struct service service = { .vm = vm, .group = group };
	struct mm_struct *mm = vm->svm.mm;
	bool mm_lives = group->mm_lives;
	struct xe_svm_fault *fault;

	/* No mirror can be bound then */
	if (!mm) {
		list_for_each_entry(fault, &group->faults, link)
			fault->err = 1;
		return;
	}

	group_begin(vm, group);
	if (group->patience == XE_SVM_PATIENCE_NONE)
		mm_lives = mmget_not_zero(mm);
	service_group(&service, mm_lives);
	if (service.window)
		xe_svm_window_put(service.window);
	scratch_keep(service.scratch);
	/* Not in the worker of a fault queue: exit_mmap() may take long. */
	if (mm_lives && group->patience == XE_SVM_PATIENCE_NONE)
		mmput_async(mm);
	group_account(vm, group);
}

/* One try to map all that the CPU has, with the block's served lock held. */
static int all_try(struct service *service)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_pages *pages = &service->pages;
	struct xe_svm_block *block;
	int err;

	block = xe_svm_window_block(window, service->fault->addr, true);
	if (IS_ERR(block))
		return PTR_ERR(block);
	service->block = block;

	*pages = (struct xe_svm_pages) {
		.block_start = block->start,
		.fault_page = xe_svm_block_page(service->fault->addr),
		.bare = !READ_ONCE(block->extents.nr),
		.pfns = service->scratch->pfns,
		.runs = service->scratch->runs,
		/* As in service_try() */
		.gen = smp_load_acquire(&block->gen),
	};
	err = xe_svm_pages_collect_all(window, &service->request, pages);
	if (err == -ENODATA && service->populated)
		err = 0;
	if (err)
		return err == -EBUSY ? -EAGAIN : err;

	err = service_choose(service);
	if (err || !pages->nr_runs)
		return err;

	return service_map(service);
}

static int all_try_alone(struct service *service)
{
	struct mutex *served = xe_svm_window_served(service->window,
						    service->fault->addr);
	int err;

	mutex_lock(served);
	err = all_try(service);
	service->block = NULL;
	mutex_unlock(served);

	return err;
}

/* Return: -EAGAIN if it is worth another try. */
static int all_once(struct service *service, u64 *end)
{
	struct xe_svm_span *mirror = &service->request.mirror;
	int err;

	err = service_lookup_again(service);
	if (err)
		return err;
	mirror->end = min(mirror->end, *end);
	*end = mirror->end;
	err = service_prepare(service);
	if (err)
		return err;

	err = all_try_alone(service);
	if (err != -ENODATA)
		return service_wait(service, err);

	service->populated = true;
	err = xe_svm_pages_fault_in_absent(service->window, &service->request,
					   &service->pages);

	return err ? : -EAGAIN;
}

/**
 * xe_svm_serve_all() - Map all of a block between two addresses
 * @vm: the VM
 * @addr: the first address, page aligned
 * @end: the first address behind, in the same block; on return, moved to the end of
 * the mirror, or of what has the same attributes, if that is lower
 *
 * What the CPU does not have is populated first. Stops at the end of the CPU mapping.
 *
 * Context: the process that the VM mirrors, or a thread that stays with it, with
 * nothing locked.
 *
 * Return: 0, also if nothing was mapped because there is no mirror, no memory or no
 * permission, or because the CPU was faster each time; -ENOENT if the VM is closed or
 * banned; -ENODEV; -ENOMEM; -EINTR after a signal.
 */
int xe_svm_serve_all(struct xe_vm *vm, u64 addr, u64 *end)
{
	struct xe_svm_fault_group group = {
		.faults = LIST_HEAD_INIT(group.faults),
		.patience = XE_SVM_PATIENCE_LONG,
	};
	struct xe_svm_fault fault = {
		.addr = addr,
		.access = XE_SVM_ACCESS_READ,
	};
	struct service service = { .vm = vm, .group = &group, .fault = &fault };
	int err;

	do {
		err = all_once(&service, end);
		if (err == -EAGAIN && signal_pending(current))
			err = -EINTR;
		service.tries++;
	} while (err == -EAGAIN && service.tries < XE_SVM_SERVICE_TRIES);

	if (service.window)
		xe_svm_window_put(service.window);
	scratch_keep(service.scratch);
	if (service.mapped)
		xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_PREFETCHED_PAGES,
				 service.mapped);

	return err == -EAGAIN || err == -EFAULT || err == -EACCES || err > 0 ?
		0 : err;
}

/**
 * xe_svm_can_mirror() - Can mirrors be bound in a VM?
 * @vm: the VM
 *
 * Return: true if they can, so that its faults may be deferred to threads that stay
 * with its process.
 */
bool xe_svm_can_mirror(const struct xe_vm *vm)
{
	return vm->svm.owner;
}

/**
 * xe_svm_may_wait() - May one more fault of a VM wait for a disk or user space?
 * @vm: the VM, which can mirror
 *
 * Return: false if its process has more waits than any GPU can have faults.
 */
bool xe_svm_may_wait(const struct xe_vm *vm)
{
	return xe_svm_owner_may_wait(vm->svm.owner);
}

/**
 * xe_svm_count_deferred() - Count faults that are left to a thread that may wait
 * @vm: the VM
 */
void xe_svm_count_deferred(struct xe_vm *vm)
{
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_DEFERRED, 1);
}
