/* SPDX-License-Identifier: MIT */

#ifndef _XE_FAULT_QUEUE_H_
#define _XE_FAULT_QUEUE_H_

#include <linux/types.h>

struct pf_queue;

int xe_fault_queue_init(struct pf_queue *pf_queue);
void xe_fault_queue_stop(struct pf_queue *pf_queue);
bool xe_fault_queue_add(struct pf_queue *pf_queue, const u32 *msg);

#endif
