/* SPDX-License-Identifier: MIT */

#ifndef _XE_FAULT_REPLY_H_
#define _XE_FAULT_REPLY_H_

#include <linux/types.h>

struct pagefault;
struct xe_gt;
struct xe_vm;

/** XE_FAULT_REPLIES_MAX - maximum number of replies that share a doorbell */
#define XE_FAULT_REPLIES_MAX	16

/**
 * struct xe_fault_replies - replies on their way to the GuC
 */
struct xe_fault_replies {
	/** @gt: the GT that reported the faults */
	struct xe_gt *gt;
	/** @epoch: &xe_gt.usm.pf_epoch as the faults were dequeued */
	u32 epoch;
	/** @nr: number of valid entries of @action */
	unsigned int nr;
	/** @action: one message for each reply */
	u32 action[XE_FAULT_REPLIES_MAX][3];
};

void xe_fault_replies_begin(struct xe_fault_replies *replies, struct xe_gt *gt,
			    u32 epoch);
void xe_fault_replies_add(struct xe_fault_replies *replies, struct xe_vm *vm,
			  struct pagefault *pf, unsigned int nr);
void xe_fault_replies_send(struct xe_fault_replies *replies);

#endif
