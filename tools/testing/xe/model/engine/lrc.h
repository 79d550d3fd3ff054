/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The context image in memory (rig.md section 6): a page of status, then a page of register state that is
 * itself a list of MI_LOAD_REGISTER_IMM. Dword indices into the second page; register offsets from the
 * engine's base.
 * ref: 6.12 xe/regs/xe_lrc_layout.h, regs/xe_engine_regs.h, xe_lrc.c (XE2_CTX_COMMON)
 */
#ifndef MODEL_ENGINE_LRC_H
#define MODEL_ENGINE_LRC_H

#define LRC_STATE_OFFSET 4096u
#define LRC_STATE_DWORDS 0x60u

#define LRC_CONTROL 0x03u
#define LRC_HEAD 0x05u
#define LRC_TAIL 0x07u

#define LRC_CONTROL_INHIBIT BIT(0)
#define LRC_CONTROL_INDIRECT_RING BIT(4)

#define RING_TAIL 0x030u
#define RING_HEAD 0x034u
#define RING_START 0x038u
#define RING_CTL 0x03cu
#define RING_ENGINE_ID 0x08cu
#define RING_BB_STATE 0x110u
#define RING_BB_ADDR 0x140u
#define RING_BB_ADDR_UDW 0x168u
#define RING_BB_PER_CTX 0x1c0u
#define RING_CONTROL 0x244u
#define RING_PDP0_LDW 0x270u
#define RING_PDP0_UDW 0x274u
#define RING_ASID 0x278u
#define RING_TIMESTAMP 0x358u
#define RING_TIMESTAMP_UDW 0x35cu
#define RING_CTX_TIMESTAMP 0x3a8u
#define RING_CTX_TIMESTAMP_UDW 0x3acu
#define RING_PREDICATE_RESULT 0x418u
#define RING_NONPRIV(i) (0x4d0u + 4 * (i))
#define RING_NONPRIV_SLOTS 12u
#define RING_GPR(i) (0x600u + 8 * (i))
#define RING_WINDOW 0x1000u

#define RING_CTL_VALID BIT(0)
#define RING_CTL_SIZE 0x001ff000u
#define RING_HEAD_ADDR 0x001ffffcu
#define RING_TAIL_ADDR 0x001ffff8u
#define BB_ADDR_VALID BIT(0)
#define BB_STATE_PPGTT BIT(5)
#define ASID_MASK 0x000fffffu

#endif
