// SPDX-License-Identifier: MIT
/*
 * TLB invalidation: request it from all GTs that a VM runs on, and wait for it.
 *
 * Rule: true means that no TLB holds translations of the span any more. A GT
 * that does not acknowledge is reset, and the request repeated; false means
 * that the GPU may still use the old mappings. Must never happen here: an
 * allocation, a wait without a limit.
 */

#include "xe_svm_flush.h"

#include <linux/delay.h>
#include <linux/ktime.h>

#include "xe_device.h"
#include "xe_gt.h"
#include "xe_gt_stats.h"
#include "xe_gt_tlb_invalidation.h"
#include "xe_svm_stats.h"
#include "xe_vm.h"

/* How long a TLB flush waits for a GT reset, and its poll interval. */
#define XE_SVM_FLUSH_MS		3000
#define XE_SVM_FLUSH_AGAIN_MS	10

#define XE_SVM_MAX_GTS	(XE_MAX_TILES_PER_DEVICE * XE_MAX_GT_PER_TILE)

/* A GT reset under way stops the messages to the GuC, and starts them again. */
static bool reset_is_under_way(int err)
{
	return err == -ECANCELED || err == -ENODEV;
}

/*
 * Send to all of @gts, then wait for all. Return: the GTs that have not
 * acknowledged.
 * @stuck: those of them without a GT reset in progress.
 */
static unsigned long flush_once(struct xe_vm *vm, const struct xe_svm_span *span,
				unsigned long gts, unsigned long *stuck)
{
	struct xe_gt_tlb_invalidation_fence fence[XE_SVM_MAX_GTS];
	unsigned long missing = 0;
	int err[XE_SVM_MAX_GTS];
	unsigned int id;

	for_each_set_bit(id, &gts, XE_SVM_MAX_GTS) {
		struct xe_gt *gt = xe_device_get_gt(vm->xe, id);

		xe_gt_tlb_invalidation_fence_init(gt, &fence[id], true);
		/* Signals the fence even if it fails */
		err[id] = xe_gt_tlb_invalidation_range(gt, &fence[id],
						       span->start, span->end,
						       vm->usm.asid);
	}
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_TLB_INVAL, hweight_long(gts));

	*stuck = 0;
	for_each_set_bit(id, &gts, XE_SVM_MAX_GTS) {
		xe_gt_tlb_invalidation_fence_wait(&fence[id]);
		err[id] = err[id] ? : fence[id].base.error;
		if (!err[id])
			continue;
		missing |= BIT(id);
		if (!reset_is_under_way(err[id]))
			*stuck |= BIT(id);
	}

	return missing;
}

/**
 * xe_svm_flush() - Invalidate a span in all TLBs, and wait for the acknowledgments
 * @vm: the VM
 * @span: the addresses; nothing is sent if it is empty
 *
 * Flushes the GTs that xe_svm_runs_on() has recorded. One that does not
 * acknowledge in time is reset; an invalidation that falls into a reset is sent
 * again after it.
 *
 * Context: process context, possibly under the window lock and in reclaim. The
 * wait is bounded by %XE_SVM_FLUSH_MS and the timeout of TLB invalidations.
 *
 * Return: true if every TLB has acknowledged. If not, the GPU may still use the
 * old mappings.
 */
bool xe_svm_flush(struct xe_vm *vm, const struct xe_svm_span *span)
{
	ktime_t end = ktime_add_ms(ktime_get(), XE_SVM_FLUSH_MS);
	unsigned long gts, stuck, reset = 0;
	struct xe_gt *gt;
	u8 id;

	if (xe_svm_span_is_empty(span))
		return true;

	/* Order the cleared entries before the request */
	xe_device_wmb(vm->xe);
	/* ... and before the bits; pairs with xe_svm_runs_on() */
	smp_mb();
	gts = READ_ONCE(vm->svm.gts);

	while ((gts = flush_once(vm, span, gts, &stuck))) {
		if (xe_device_wedged(vm->xe) || ktime_after(ktime_get(), end))
			return false;

		for_each_gt(gt, vm->xe, id)
			if (stuck & ~reset & BIT(id))
				xe_gt_reset_async(gt);
		reset |= stuck;
		msleep(XE_SVM_FLUSH_AGAIN_MS);
	}

	/* A wedged device acknowledges everything without invalidating. */
	return !xe_device_wedged(vm->xe);
}
