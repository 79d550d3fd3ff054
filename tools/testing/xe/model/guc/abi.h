/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What host and GuC say to each other, numbers only.
 * ref: 6.12 xe/abi/guc_messages_abi.h, guc_communication_ctb_abi.h, guc_actions_abi.h, guc_errors_abi.h,
 * guc_klvs_abi.h, guc_actions_slpc_abi.h, xe_guc_fwif.h
 */
#ifndef MODEL_GUC_ABI_H
#define MODEL_GUC_ABI_H

#include "types.h"

/* HXG header */
#define HXG_ORIGIN_GUC BIT(31)
#define HXG_TYPE(dw) (((dw) >> 28) & 7)
#define HXG_MAKE(type) ((u32)(type) << 28 | HXG_ORIGIN_GUC)
#define HXG_ACTION(dw) ((dw) & 0xffff)
#define HXG_AUX 0x0fffffffu
enum hxg_type {
	HXG_REQUEST = 0,
	HXG_EVENT = 1,
	HXG_FAST_REQUEST = 2,
	HXG_FAILURE = 6,
	HXG_SUCCESS = 7,
};

/* command transport buffers */
#define CTB_NUM_DWORDS(dw) ((dw) & 0xff)
#define CTB_FORMAT(dw) (((dw) >> 12) & 0xf)
#define CTB_FENCE(dw) ((dw) >> 16)
#define CTB_DESC_HEAD 0u
#define CTB_DESC_TAIL 4u
#define CTB_DESC_STATUS 8u
#define CTB_STATUS_OVERFLOW BIT(0)
#define CTB_STATUS_UNDERFLOW BIT(1)
#define CTB_STATUS_MISMATCH BIT(2)

enum guc_action {
	ACTION_SELF_CFG = 0x0508,
	ACTION_SCHED_POLICY_CHANGE = 0x0506,
	ACTION_SCHED_POLICIES_KLV = 0x0509,
	ACTION_ACTIVITY_BUFFER = 0x550c,
	ACTION_OPT_IN_KLV = 0x550e,
	ACTION_SCHED_CONTEXT = 0x1000,
	ACTION_SCHED_MODE_SET = 0x1001,
	ACTION_SCHED_MODE_DONE = 0x1002,
	ACTION_CONTEXT_RESET = 0x1008,
	ACTION_ENGINE_FAILURE = 0x1009,
	ACTION_CONTEXT_POLICIES = 0x100b,
	ACTION_SLPC = 0x3003,
	ACTION_GUCRC = 0x3004,
	ACTION_GET_HWCONFIG = 0x4100,
	ACTION_REGISTER_CONTEXT = 0x4502,
	ACTION_DEREGISTER_CONTEXT = 0x4503,
	ACTION_CONTROL_CTB = 0x4509,
	ACTION_DEREGISTER_DONE = 0x4600,
	ACTION_REGISTER_MULTI_LRC = 0x4601,
	ACTION_CLIENT_SOFT_RESET = 0x5507,
	ACTION_CAT_ERROR = 0x6000,
	ACTION_PAGE_FAULT = 0x6002,
	ACTION_PAGE_FAULT_ANSWER = 0x6003,
	ACTION_TLB_INVALIDATION = 0x7000,
	ACTION_TLB_INVALIDATION_DONE = 0x7001,
	ACTION_TLB_INVALIDATION_ALL = 0x7002,
};

enum guc_error {
	GUC_OK = 0,
	GUC_ERROR_PROTOCOL = 0x04,
	GUC_ERROR_INVALID_STATE = 0x0a,
	GUC_ERROR_NOT_SUPPORTED = 0x20,
	GUC_ERROR_UNKNOWN_ACTION = 0x30,
	GUC_ERROR_KLV_DATA = 0x50,
	GUC_ERROR_PARAMS = 0x60,
	GUC_ERROR_BUFFER = 0x71,
	GUC_ERROR_SIZE = 0x102,
};

#define KLV_KEY(dw) ((dw) >> 16)
#define KLV_LEN(dw) ((dw) & 0xffff)

enum self_cfg_key {
	CFG_H2G_ADDR = 0x902,
	CFG_H2G_DESC = 0x903,
	CFG_H2G_SIZE = 0x904,
	CFG_G2H_ADDR = 0x905,
	CFG_G2H_DESC = 0x906,
	CFG_G2H_SIZE = 0x907,
};

enum policy_key {
	POLICY_QUANTUM = 0x2001,
	POLICY_PREEMPT_TIMEOUT = 0x2002,
	POLICY_PRIORITY = 0x2003,
	POLICY_PREEMPT_TO_IDLE = 0x2004,
	POLICY_GT_FREQUENCY = 0x2005,
};

#define PRIORITY_NORMAL 3u /* GUC_CLIENT_PRIORITY_NORMAL; smaller is more urgent */

/* of the table of hardware facts, which user space reads through the driver */
enum hwconfig_key {
	HWCONFIG_MAX_SLICES = 1,
	HWCONFIG_MAX_DUAL_SUBSLICES = 2,
	HWCONFIG_MAX_EUS_PER_DUAL_SUBSLICE = 3,
	HWCONFIG_THREADS_PER_EU = 15,
	HWCONFIG_MAX_RENDER_ENGINES = 23,
	HWCONFIG_MAX_COMPUTE_ENGINES = 24,
	HWCONFIG_L3_BANK_SIZE = 64, /* KiB */
	HWCONFIG_SLM_PER_DUAL_SUBSLICE = 65, /* KiB */
	HWCONFIG_MAX_SUBSLICES = 70,
	HWCONFIG_MAX_EUS_PER_SUBSLICE = 71,
	HWCONFIG_SLM_PER_SUBSLICE = 73, /* KiB */
};

/* page faults: event payload and answer */
#define FAULT_LEVEL_SHIFT 0
#define FAULT_INSTANCE_SHIFT 19
#define FAULT_CLASS_SHIFT 25
#define FAULT_COOKIE_LO_SHIFT 28
#define FAULT_ASID_SHIFT 12
#define FAULT_TYPE_SHIFT 2
#define ANSWER_VALID BIT(0)
#define ANSWER_REFUSED BIT(1) /* PFR_SUCCESS is what the header calls it */
#define ANSWER_DESC_TYPE(dw) (((dw) >> 10) & 3)
#define ANSWER_DESC_FAULT 1u
#define ANSWER_ASID(dw) ((dw) >> 12)
#define ANSWER_COOKIE(dw) ((dw) >> 16)

enum tlb_inval_type {
	TLB_INVAL_FULL = 0,
	TLB_INVAL_PAGES = 1,
	TLB_INVAL_CONTEXT = 2,
	TLB_INVAL_GUC = 3,
};
#define TLB_INVAL_TYPE(dw) ((dw) & 0xff)

enum slpc_event { SLPC_RESET = 0, SLPC_SHUTDOWN = 1, SLPC_QUERY = 5, SLPC_SET = 6, SLPC_UNSET = 7 };
#define SLPC_STATE_OFFSET 4u
#define SLPC_STATE_RUNNING 3u
#define SLPC_TASK_OFFSET 128u
#define SLPC_PARAM_MIN_MHZ 6u
#define SLPC_PARAM_MAX_MHZ 7u

/* registers */
#define REG_MIRROR_TARGET 0x000c60u
#define REG_GUC_STATUS 0x00c000u
#define REG_SOFT_SCRATCH(n) (0x00c180u + 4 * (n))
#define REG_DMA_SRC_LOW 0x00c300u
#define REG_DMA_SRC_HIGH 0x00c304u
#define MESSAGE_DWORDS 4u
#define GUC_STATUS_IN_RESET BIT(0)
#define GUC_STATUS_READY (2u << 30 | 1u << 16 | 0xf0u << 8 | 0x76u << 1) /* authenticated, MIA, running */
#define GUC_STATUS_BAD_RSA (0x50u << 1)
#define DMA_SPACE_GGTT (8u << 16)
#define CSS_MODULE_TYPE 6u

/* GuC's interrupt: class other */
#define GUC_IRQ_BANK 0
#define GUC_IRQ_GUC2HOST BIT(15)

#endif
