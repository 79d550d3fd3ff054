/* SPDX-License-Identifier: MIT */

#ifndef _XE_FAULT_QUEUE_H_
#define _XE_FAULT_QUEUE_H_

#include <linux/types.h>

struct pagefault;
struct xe_gt;

void xe_fault_queue_serve(struct xe_gt *gt, struct pagefault *pf,
			  unsigned int nr, u32 epoch);

#endif
