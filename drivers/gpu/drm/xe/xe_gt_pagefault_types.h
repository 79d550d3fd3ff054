/* SPDX-License-Identifier: MIT */

#ifndef _XE_GT_PAGEFAULT_TYPES_H_
#define _XE_GT_PAGEFAULT_TYPES_H_

#include <linux/types.h>

#include "xe_svm.h"

/** PF_MSG_LEN_DW - dwords of the message that reports a page fault */
#define PF_MSG_LEN_DW	4

/**
 * struct pagefault - a page fault, decoded from the message of the GuC
 */
struct pagefault {
	/** @page_addr: GPU address of the page */
	u64 page_addr;
	/** @asid: names the VM */
	u32 asid;
	/** @pdata: returned to the GuC in the reply */
	u16 pdata;
	/** @vfid: returned to the GuC in the reply */
	u8 vfid;
	/** @access_type: an enum access_type */
	u8 access_type;
	/** @fault_type: an enum fault_type */
	u8 fault_type;
	/** @fault_level: level of the page table that lacks the entry */
	u8 fault_level;
	/** @engine_class: returned to the GuC in the reply */
	u8 engine_class;
	/** @engine_instance: returned to the GuC in the reply */
	u8 engine_instance;
	/** @trva_fault: a fault of a TRTT address, which is not handled */
	bool trva_fault;
	/**
	 * @to_bind: a VMA outside of mirrors has to be bound, which may wait
	 */
	bool to_bind;
	/** @msg: the message itself */
	u32 msg[PF_MSG_LEN_DW];
	/**
	 * @svm: the fault as a mirror sees it; its err is the result in any
	 * case
	 */
	struct xe_svm_fault svm;
};

/**
 * enum access_type - type of the access of the GPU
 */
enum access_type {
	/** @ACCESS_TYPE_READ: a read */
	ACCESS_TYPE_READ = 0,
	/** @ACCESS_TYPE_WRITE: a write */
	ACCESS_TYPE_WRITE = 1,
	/** @ACCESS_TYPE_ATOMIC: an atomic operation */
	ACCESS_TYPE_ATOMIC = 2,
	/** @ACCESS_TYPE_RESERVED: not used */
	ACCESS_TYPE_RESERVED = 3,
};

#endif
