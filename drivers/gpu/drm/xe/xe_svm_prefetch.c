// SPDX-License-Identifier: MIT
/*
 * Prefetch into a mirror: the memory of the process is mapped before the GPU
 * faults.
 *
 * Rule: a prefetch is advice. It maps pages that the CPU has or can populate;
 * holes, lost races and missing permissions are left to later faults. It runs
 * in the ioctl, before any lock of the VM is taken, so it can wait for disks
 * and user space, and signals end it. Must never happen here: an error for
 * memory that the GPU may never touch.
 */

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/kref.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include <drm/drm_gpuvm.h>
#include <uapi/drm/xe_drm.h>

#include "xe_device.h"
#include "xe_fault_waiter.h"
#include "xe_svm.h"
#include "xe_svm_pages.h"
#include "xe_svm_service.h"
#include "xe_vm.h"

/*
 * Narrow @span to the next mirror in it; *@offset is its. Return: false if there
 * is none.
 */
static bool next_mirror_locked(struct xe_vm *vm, struct xe_svm_span *span,
			       s64 *offset)
{
	struct drm_gpuva *va;

	lockdep_assert_held(&vm->lock);

	drm_gpuvm_for_each_va_range(va, &vm->gpuvm, span->start, span->end) {
		if (!xe_vma_is_cpu_addr_mirror(gpuva_to_vma(va)))
			continue;

		span->start = max(span->start, va->va.addr);
		span->end = min(span->end, va->va.addr + va->va.range);
		*offset = xe_vma_mirror_offset(gpuva_to_vma(va));

		return true;
	}

	return false;
}

/* Return: 1 if there is a mirror, 0 if not, or an error. */
static int next_mirror(struct xe_vm *vm, struct xe_svm_span *span, s64 *offset)
{
	int err;

	err = down_read_killable(&vm->lock);
	if (err)
		return err;

	err = -ENOENT;
	if (!xe_vm_is_closed_or_banned(vm))
		err = next_mirror_locked(vm, span, offset);
	up_read(&vm->lock);

	return err;
}

/* One helper for this many blocks, and the maximum number of helpers. */
#define HELPER_BLOCKS	8
#define HELPERS_MAX	3

/*
 * struct prefetch - memory that is prefetched block by block, by several
 * threads
 */
struct prefetch {
	/* One for the ioctl, one for each helper */
	struct kref ref;
	struct xe_vm *vm;
	struct xe_svm_span span;
	/* The next block to be claimed by a thread */
	atomic64_t next;
	/* The first error, or -EINTR for the ioctl: all threads stop */
	int err;
	/* A bind job took long: blocks that such jobs write are skipped */
	bool hurried;
	/* A page was mapped: after a signal, the next call has less to do */
	bool progress;
	/* Helpers at work; the ioctl waits for them */
	atomic_t active;
	wait_queue_head_t idle;
	/* Helpers work at the priority of the process */
	int nice;
	struct helper {
		struct xe_fault_wait wait;
		struct prefetch *prefetch;
	} helpers[];
};

static void prefetch_free(struct kref *ref)
{
	kfree(container_of(ref, struct prefetch, ref));
}

/*
 * With a signal at short intervals, each call has to map more than the last, unless
 * it has to wait.
 */
static bool is_interrupted(const struct prefetch *prefetch)
{
	return READ_ONCE(prefetch->progress) ? signal_pending(current) :
		fatal_signal_pending(current);
}

static int prefetch_block(struct prefetch *prefetch, u64 block)
{
	u64 addr = max(block, prefetch->span.start), end;
	u64 stop = min(block + XE_SVM_BLOCK_SIZE, prefetch->span.end);
	int err;

	for (; addr < stop; addr = end) {
		if (is_interrupted(prefetch))
			return -EINTR;

		end = stop;
		err = xe_svm_service_block(prefetch->vm, addr, &end,
					   &prefetch->hurried);
		if (err < 0)
			return err;
		if (err)
			WRITE_ONCE(prefetch->progress, true);
	}

	return 0;
}

/* Block by block, so that mapped blocks stay mapped after a signal. */
static void prefetch_blocks(struct prefetch *prefetch)
{
	u64 block;
	int err;

	while (!READ_ONCE(prefetch->err)) {
		/* Also orders this after the increment of @active */
		block = atomic64_fetch_add(XE_SVM_BLOCK_SIZE, &prefetch->next);
		if (block >= prefetch->span.end)
			return;

		err = prefetch_block(prefetch, block);
		if (err)
			cmpxchg(&prefetch->err, 0, err);
		cond_resched();
	}
}

static void helper_run(struct xe_fault_wait *wait, bool mm_lives)
{
	struct prefetch *prefetch =
		container_of(wait, struct helper, wait)->prefetch;

	if (!mm_lives)
		return;

	set_user_nice(current, prefetch->nice);
	atomic_inc(&prefetch->active);
	prefetch_blocks(prefetch);
	if (atomic_dec_and_test(&prefetch->active))
		wake_up_all(&prefetch->idle);
	set_user_nice(current, MIN_NICE);
}

static void helper_release(struct xe_fault_wait *wait)
{
	struct helper *helper = container_of(wait, struct helper, wait);

	xe_vm_put(wait->vm);
	kref_put(&helper->prefetch->ref, prefetch_free);
}

static unsigned int helpers_wanted(const struct xe_svm_span *span)
{
	u64 blocks = (span->end - span->start) >> XE_SVM_BLOCK_SHIFT;

	return min3(num_online_cpus() - 1, (unsigned int)HELPERS_MAX,
		    (unsigned int)min_t(u64, blocks / HELPER_BLOCKS, UINT_MAX));
}

static void helpers_start(struct prefetch *prefetch, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && xe_svm_may_wait(prefetch->vm, true); i++) {
		struct helper *helper = &prefetch->helpers[i];

		kref_get(&prefetch->ref);
		helper->prefetch = prefetch;
		helper->wait = (struct xe_fault_wait) {
			.vm = xe_vm_get(prefetch->vm),
			.is_long = true,
			.run = helper_run,
			.release = helper_release,
		};
		xe_fault_waiter_queue(&helper->wait);
	}
}

/* A helper that begins after this finds no work. */
static int helpers_wait(struct prefetch *prefetch)
{
	long left = 0;
	int err;

	/* Nothing mapped yet: a block takes a moment, unless it has to wait */
	if (!READ_ONCE(prefetch->progress))
		left = wait_event_killable_timeout(prefetch->idle,
						   !atomic_read(&prefetch->active),
						   HZ);
	err = left > 0 ? 0 : wait_event_interruptible(prefetch->idle,
						      !atomic_read(&prefetch->active));
	if (err)
		cmpxchg(&prefetch->err, 0, -EINTR);

	return READ_ONCE(prefetch->err);
}

/* struct outcome - of all prefetches of one ioctl */
struct outcome {
	/* There is memory that devices must not access */
	bool refused;
	/* As in &struct prefetch */
	bool hurried;
	bool progress;
};

static int prefetch_memory(struct xe_vm *vm, const struct xe_svm_span *span,
			   struct outcome *outcome)
{
	unsigned int nr = helpers_wanted(span);
	struct prefetch *prefetch;
	int err;

	prefetch = kzalloc(struct_size(prefetch, helpers, nr),
			   GFP_KERNEL_ACCOUNT);
	if (!prefetch)
		return -ENOMEM;

	kref_init(&prefetch->ref);
	init_waitqueue_head(&prefetch->idle);
	prefetch->vm = vm;
	prefetch->span = *span;
	prefetch->nice = task_nice(current);
	prefetch->hurried = outcome->hurried;
	prefetch->progress = outcome->progress;
	atomic64_set(&prefetch->next, ALIGN_DOWN(span->start, XE_SVM_BLOCK_SIZE));

	helpers_start(prefetch, nr);
	prefetch_blocks(prefetch);
	err = helpers_wait(prefetch);
	outcome->hurried = READ_ONCE(prefetch->hurried);
	outcome->progress = READ_ONCE(prefetch->progress);
	kref_put(&prefetch->ref, prefetch_free);

	return err;
}

/* As xe_svm_pages_next(), for GPU addresses. */
static int next_memory(struct xe_vm *vm, struct xe_svm_span *span, s64 offset)
{
	struct xe_svm_span cpu = {
		.start = span->start + offset,
		.end = span->end + offset,
	};
	int err = xe_svm_pages_next(vm->svm.mm, &cpu);

	span->start = cpu.start - offset;
	span->end = cpu.end - offset;

	return err;
}

static int prefetch_mirror(struct xe_vm *vm, const struct xe_svm_span *mirror,
			   s64 offset, struct outcome *outcome)
{
	struct xe_svm_span span = *mirror;
	int err;

	for (; span.start < mirror->end; span.start = span.end) {
		span.end = mirror->end;
		err = next_memory(vm, &span, offset);
		if (err == -ENOENT)
			return 0;
		if (err == -EIO) {
			outcome->refused = true;
			continue;
		}
		if (err)
			return err;

		err = prefetch_memory(vm, &span, outcome);
		if (err)
			return err;
	}

	return 0;
}

static int prefetch_between(struct xe_vm *vm, u64 start, u64 end,
			    struct outcome *outcome)
{
	struct xe_svm_span span;
	s64 offset;
	int err;

	for (; start < end; start = span.end) {
		span = (struct xe_svm_span) { .start = start, .end = end };
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();

		err = next_mirror(vm, &span, &offset);
		if (err < 0)
			return err;
		if (!err)
			break;
		/* As for a bind: the memory is that of the creator */
		if (XE_IOCTL_DBG(vm->xe, vm->svm.mm != current->mm))
			return -EPERM;

		err = prefetch_mirror(vm, &span, offset, outcome);
		if (err)
			return err;
	}

	return outcome->refused ? -EIO : 0;
}

/**
 * xe_svm_prefetch() - Run the prefetches of bind operations on mirrors
 * @vm: the VM
 * @ops: the operations, checked except for the limits of the VM
 * @num: number of operations
 *
 * Covers mirrors that are bound already. Operations other than
 * %DRM_XE_VM_BIND_OP_PREFETCH are ignored, as are addresses without a mirror.
 *
 * Context: in the bind ioctl, with nothing locked.
 *
 * Return: 0; -EPERM for another process than the one that is mirrored; -EIO if
 * there is memory that devices must not access, with the rest of the range
 * prefetched; -ENOENT if the VM is closed or banned; -ENODEV; -ENOMEM; -EINTR
 * after a signal, with the pages mapped so far kept.
 */
int xe_svm_prefetch(struct xe_vm *vm, const struct drm_xe_vm_bind_op *ops,
		    u32 num)
{
	struct outcome outcome = {};
	u32 i;
	int err;

	might_lock(&vm->lock);

	for (i = 0; i < num; i++) {
		const struct drm_xe_vm_bind_op *op = &ops[i];

		if (op->op != DRM_XE_VM_BIND_OP_PREFETCH || !vm->svm.mm)
			continue;
		/* The ioctl refuses it as soon as the VM is locked */
		if (op->range > vm->size || op->addr > vm->size - op->range)
			continue;

		err = prefetch_between(vm, op->addr, op->addr + op->range,
				       &outcome);
		if (err)
			return err;
	}

	return 0;
}
