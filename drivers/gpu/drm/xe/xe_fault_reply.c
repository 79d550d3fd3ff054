// SPDX-License-Identifier: MIT
/*
 * Replies to page faults: in batches, with one doorbell for each batch.
 *
 * Rule: each fault gets one reply, which matches its result. Of faults that are
 * added together the refusals are sent last, because they end the exec queue that
 * the others may belong to. No reply crosses a GT reset. Must never happen here: a success
 * reply to a fault that was not served.
 */

#include "xe_fault_reply.h"

#include <linux/bitfield.h>

#include <drm/drm_drv.h>

#include "abi/guc_actions_abi.h"
#include "xe_device.h"
#include "xe_gt.h"
#include "xe_gt_pagefault.h"
#include "xe_gt_pagefault_types.h"
#include "xe_guc_ct.h"
#include "xe_guc_fwif.h"

/**
 * xe_fault_replies_begin() - Begin a batch of replies
 * @replies: the batch
 * @gt: the GT that reported the faults
 * @epoch: &xe_gt.usm.pf_epoch as the faults were dequeued
 */
void xe_fault_replies_begin(struct xe_fault_replies *replies, struct xe_gt *gt,
			    u32 epoch)
{
	replies->gt = gt;
	replies->epoch = epoch;
	replies->nr = 0;
}

/**
 * xe_fault_replies_send() - Send the replies of a batch
 * @replies: the batch, empty afterwards
 *
 * A GuC that was reset since it reported the faults expects no reply.
 *
 * Context: process context; takes the CT lock.
 */
void xe_fault_replies_send(struct xe_fault_replies *replies)
{
	struct xe_gt *gt = replies->gt;
	struct xe_guc_ct *ct = &gt->uc.guc.ct;
	unsigned int nr = replies->nr;
	int idx;

	replies->nr = 0;

	/* The device may have been unplugged, and its registers unmapped */
	if (!nr || !drm_dev_enter(&gt_to_xe(gt)->drm, &idx))
		return;

	mutex_lock(&ct->lock);
	if (READ_ONCE(gt->usm.pf_epoch) == replies->epoch)
		xe_guc_ct_send_many_locked(ct, replies->action[0],
					   ARRAY_SIZE(replies->action[0]), nr);
	mutex_unlock(&ct->lock);
	drm_dev_exit(idx);
}

static void reply_add(struct xe_fault_replies *replies, struct pagefault *pf)
{
	u32 *action = replies->action[replies->nr++];

	action[0] = XE_GUC_ACTION_PAGE_FAULT_RES_DESC;
	action[1] = FIELD_PREP(PFR_VALID, 1) |
		FIELD_PREP(PFR_SUCCESS, pf->svm.outcome != XE_SVM_FAULT_SERVED) |
		FIELD_PREP(PFR_REPLY, PFR_ACCESS) |
		FIELD_PREP(PFR_DESC_TYPE, FAULT_RESPONSE_DESC) |
		FIELD_PREP(PFR_ASID, pf->asid);
	action[2] = FIELD_PREP(PFR_VFID, pf->vfid) |
		FIELD_PREP(PFR_ENG_INSTANCE, pf->engine_instance) |
		FIELD_PREP(PFR_ENG_CLASS, pf->engine_class) |
		FIELD_PREP(PFR_PDATA, pf->pdata);

	if (replies->nr == XE_FAULT_REPLIES_MAX)
		xe_fault_replies_send(replies);
}

/**
 * xe_fault_replies_add() - Add replies to a batch
 * @replies: the batch
 * @vm: the VM of the faults, or NULL if there is none
 * @pf: faults; pending ones get no reply
 * @nr: number of faults
 *
 * Context: process context; sends the batch when it is full.
 */
void xe_fault_replies_add(struct xe_fault_replies *replies, struct xe_vm *vm,
			  struct pagefault *pf, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (pf[i].svm.outcome == XE_SVM_FAULT_SERVED)
			reply_add(replies, &pf[i]);
	for (i = 0; i < nr; i++) {
		if (pf[i].svm.outcome != XE_SVM_FAULT_REFUSED)
			continue;

		/* First, so that the refusal can be queried once it is seen */
		xe_gt_pagefault_refuse(replies->gt, vm, &pf[i]);
		reply_add(replies, &pf[i]);
	}
}
