/* SPDX-License-Identifier: MIT */

#undef TRACE_SYSTEM
#define TRACE_SYSTEM xe_svm

#if !defined(_XE_SVM_TRACE_H_) || defined(TRACE_HEADER_MULTI_READ)
#define _XE_SVM_TRACE_H_

#include <linux/tracepoint.h>
#include <linux/types.h>

#include "xe_vm_types.h"

TRACE_EVENT(xe_svm_fault,
	    TP_PROTO(struct xe_vm *vm, u64 addr, unsigned int access),
	    TP_ARGS(vm, addr, access),

	    TP_STRUCT__entry(
		     __field(u32, asid)
		     __field(u64, addr)
		     __field(unsigned int, access)
		     ),

	    TP_fast_assign(
		   __entry->asid = vm->usm.asid;
		   __entry->addr = addr;
		   __entry->access = access;
		   ),

	    TP_printk("asid=%u addr=0x%016llx access=%u",
		      __entry->asid, __entry->addr, __entry->access)
);

TRACE_EVENT(xe_svm_service,
	    TP_PROTO(struct xe_vm *vm, u64 addr, u32 mapped, u32 tries, int err),
	    TP_ARGS(vm, addr, mapped, tries, err),

	    TP_STRUCT__entry(
		     __field(u32, asid)
		     __field(u64, addr)
		     __field(u32, mapped)
		     __field(u32, tries)
		     __field(int, err)
		     ),

	    TP_fast_assign(
		   __entry->asid = vm->usm.asid;
		   __entry->addr = addr;
		   __entry->mapped = mapped;
		   __entry->tries = tries;
		   __entry->err = err;
		   ),

	    TP_printk("asid=%u addr=0x%016llx mapped=%u tries=%u err=%d",
		      __entry->asid, __entry->addr, __entry->mapped,
		      __entry->tries, __entry->err)
);

TRACE_EVENT(xe_svm_reply,
	    TP_PROTO(struct xe_vm *vm, u64 addr, unsigned int access, int err),
	    TP_ARGS(vm, addr, access, err),

	    TP_STRUCT__entry(
		     __field(u32, asid)
		     __field(u64, addr)
		     __field(unsigned int, access)
		     __field(int, err)
		     ),

	    TP_fast_assign(
		   __entry->asid = vm->usm.asid;
		   __entry->addr = addr;
		   __entry->access = access;
		   __entry->err = err;
		   ),

	    TP_printk("asid=%u addr=0x%016llx access=%u err=%d",
		      __entry->asid, __entry->addr, __entry->access,
		      __entry->err)
);

TRACE_EVENT(xe_svm_readahead,
	    TP_PROTO(struct xe_vm *vm, u64 addr, u32 requested, u32 populated),
	    TP_ARGS(vm, addr, requested, populated),

	    TP_STRUCT__entry(
		     __field(u32, asid)
		     __field(u64, addr)
		     __field(u32, requested)
		     __field(u32, populated)
		     ),

	    TP_fast_assign(
		   __entry->asid = vm->usm.asid;
		   __entry->addr = addr;
		   __entry->requested = requested;
		   __entry->populated = populated;
		   ),

	    TP_printk("asid=%u addr=0x%016llx requested=%u populated=%u",
		      __entry->asid, __entry->addr, __entry->requested,
		      __entry->populated)
);

TRACE_EVENT(xe_svm_reap,
	    TP_PROTO(struct xe_vm *vm, u64 start, u64 end, u32 blocks),
	    TP_ARGS(vm, start, end, blocks),

	    TP_STRUCT__entry(
		     __field(u32, asid)
		     __field(u64, start)
		     __field(u64, end)
		     __field(u32, blocks)
		     ),

	    TP_fast_assign(
		   __entry->asid = vm->usm.asid;
		   __entry->start = start;
		   __entry->end = end;
		   __entry->blocks = blocks;
		   ),

	    TP_printk("asid=%u [0x%016llx, 0x%016llx) blocks=%u",
		      __entry->asid, __entry->start, __entry->end,
		      __entry->blocks)
);

TRACE_EVENT(xe_svm_invalidate,
	    TP_PROTO(struct xe_vm *vm, u64 start, u64 end, unsigned int event,
		     bool mapped),
	    TP_ARGS(vm, start, end, event, mapped),

	    TP_STRUCT__entry(
		     __field(u32, asid)
		     __field(u64, start)
		     __field(u64, end)
		     __field(unsigned int, event)
		     __field(bool, mapped)
		     ),

	    TP_fast_assign(
		   __entry->asid = vm->usm.asid;
		   __entry->start = start;
		   __entry->end = end;
		   __entry->event = event;
		   __entry->mapped = mapped;
		   ),

	    TP_printk("asid=%u [0x%016llx, 0x%016llx) event=%u mapped=%d",
		      __entry->asid, __entry->start, __entry->end,
		      __entry->event, __entry->mapped)
);

#endif

/* This must be outside ifdef _XE_SVM_TRACE_H_ */
#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH ../../drivers/gpu/drm/xe
#define TRACE_INCLUDE_FILE xe_svm_trace
#include <trace/define_trace.h>
