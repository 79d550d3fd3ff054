// SPDX-License-Identifier: GPL-2.0
/* The engines' registers as the CPU sees them. Clocks are live; the rest keeps what the driver wrote. */
#include "engine/engine.h"
#include "mmio/tables.h"
#include "model.h"

#define ALL 0xffffffffu
#define RENDER_BASE 0x002000u
#define COMPUTE_BASE 0x01a000u
#define COPY_BASE 0x022000u
#define VIDEO_BASE 0x1c0000u
#define ENHANCE_BASE 0x1c8000u
#define COPY8_BASE 0x3ee000u

static const struct engine *engine_at(struct model *m, u32 off)
{
	u32 i;

	for (i = 0; i < m->plat->num_engines; i++)
		if ((off & ~(RING_WINDOW - 1)) == m->engines[i].desc->base)
			return &m->engines[i];
	return NULL;
}

static u32 timestamp_read(struct model *m, u32 off)
{
	u64 ticks = engine_ticks(m);

	return (off & (RING_WINDOW - 1)) == RING_TIMESTAMP ? (u32)ticks : (u32)(ticks >> 32);
}

static u32 ctx_timestamp_read(struct model *m, u32 off)
{
	const struct engine *e = engine_at(m, off);
	u64 ticks;

	if (!e || !e->ctx)
		return reg_get(m, off);
	ticks = context_ticks(m, e->ctx);
	return (off & (RING_WINDOW - 1)) == RING_CTX_TIMESTAMP ? (u32)ticks : (u32)(ticks >> 32);
}

static u32 engine_id_read(struct model *m, u32 off)
{
	const struct engine *e = engine_at(m, off);

	return e ? (u32)e->desc->instance << 4 | e->desc->class : 0;
}

#define X "regs/xe_engine_regs.h "
#define KEEP(nm, o) { .name = nm, .off = o, .rw = ALL, .ref = X nm }
/* what an engine is at, for dumps of a hung one: always that of an idle engine */
#define IDLE(nm, o) { .name = nm, .off = o, .ref = X nm }
#define LIVE(nm, o, fn) { .name = nm, .off = o, .read = fn, .ref = X nm }

#define WINDOW(engine, base)                                                                       \
	KEEP(engine "RING_TAIL", base + 0x030), KEEP(engine "RING_HEAD", base + 0x034),            \
	KEEP(engine "RING_START", base + 0x038), KEEP(engine "RING_CTL", base + 0x03c),            \
	KEEP(engine "RING_START_UDW", base + 0x048), \
	KEEP(engine "RING_PSMI_CTL", base + 0x050),                                                \
	/* chosen: above RING_IDLEDLY, which is 0; Linux 7.3 warns otherwise */                    \
	{ .name = engine "RING_PWRCTX_MAXCNT", .off = base + 0x054, .reset = 0x40, .rw = 0xfffff,  \
	  .ref = X engine "RING_PWRCTX_MAXCNT" },                                               \
	IDLE(engine "RING_ACTHD_UDW", base + 0x05c), IDLE(engine "RING_DMA_FADD_UDW", base + 0x060), \
	IDLE(engine "RING_IPEHR", base + 0x068), IDLE(engine "RING_INSTDONE", base + 0x06c), \
	IDLE(engine "RING_ACTHD", base + 0x074), IDLE(engine "RING_DMA_FADD", base + 0x078), \
	KEEP(engine "RING_HWS_PGA", base + 0x080),                                                 \
	{ .name = engine "ENGINE_ID", .off = base + RING_ENGINE_ID, .read = engine_id_read,        \
	  .ref = "rig.md section 2, read by Linux 7.3" },                                          \
	KEEP(engine "RING_NOPID", base + 0x094), KEEP(engine "RING_HWSTAM", base + 0x098),         \
	KEEP(engine "RING_MI_MODE", base + 0x09c), KEEP(engine "RING_IMR", base + 0x0a8),          \
	IDLE(engine "RING_EIR", base + 0x0b0), KEEP(engine "RING_EMR", base + 0x0b4),              \
	IDLE(engine "RING_ESR", base + 0x0b8), KEEP(engine "RING_CMD_CCTL", base + 0x0c4),         \
	KEEP(engine "CSFE_CHICKEN1", base + 0x0d4), KEEP(engine "CS_DEBUG_MODE1", base + 0x0ec),   \
	KEEP(engine "INDIRECT_RING_STATE", base + 0x108), \
	IDLE(engine "RING_BBADDR", base + 0x140), IDLE(engine "RING_BBADDR_UDW", base + 0x168), \
	KEEP(engine "BCS_SWCTRL", base + 0x200), KEEP(engine "BLIT_CCTL", base + 0x204),           \
	IDLE(engine "RING_EXECLIST_STATUS_LO", base + 0x234), \
	{ .name = engine "RING_EXECLIST_STATUS_HI", .off = base + 0x238, \
	  .ref = X "RING_EXECLIST_STATUS_HI" }, \
	/* names not known to 6.12: set at probe, read for a dump by Linux 7.3 */ \
	{ .name = engine "RING_23C", .off = base + 0x23c, .rw = ALL, .ref = "set by Linux 7.3" }, \
	{ .name = engine "RING_240", .off = base + 0x240, .ref = "read by Linux 7.3" }, \
	KEEP(engine "RING_MODE", base + 0x29c),                                                    \
	LIVE(engine "RING_TIMESTAMP", base + RING_TIMESTAMP, timestamp_read),                      \
	LIVE(engine "RING_TIMESTAMP_UDW", base + RING_TIMESTAMP_UDW, timestamp_read),              \
	LIVE(engine "RING_CTX_TIMESTAMP", base + RING_CTX_TIMESTAMP, ctx_timestamp_read),          \
	LIVE(engine "RING_CTX_TIMESTAMP_UDW", base + RING_CTX_TIMESTAMP_UDW, ctx_timestamp_read),  \
	{ .name = engine "RING_FORCE_TO_NONPRIV", .off = base + RING_NONPRIV(0),                   \
	  .count = RING_NONPRIV_SLOTS, .rw = ALL, .ref = X "RING_FORCE_TO_NONPRIV" },              \
	IDLE(engine "RING_EXECLIST_SQ_CONTENTS_LO", base + 0x510),                                 \
	{ .name = engine "RING_EXECLIST_SQ_CONTENTS_HI", .off = base + 0x514,                      \
	  .ref = X "RING_EXECLIST_SQ_CONTENTS_HI" }

static const struct reg_row rows[] = {
	WINDOW("RCS0_", RENDER_BASE),
	WINDOW("CCS0_", COMPUTE_BASE),
	WINDOW("BCS0_", COPY_BASE),
	WINDOW("VCS0_", VIDEO_BASE),
	KEEP("VCS0_VDBOX_CGCTL3F08", VIDEO_BASE + 0x3f08),
	KEEP("VCS0_VDBOX_CGCTL3F10", VIDEO_BASE + 0x3f10),
	KEEP("VCS0_VDBOX_CGCTL3F1C", VIDEO_BASE + 0x3f1c),
	WINDOW("VECS0_", ENHANCE_BASE),
	{ .name = "SFC_DONE", .off = 0x1cc000, .count = 4, .stride = 0x1000,
	  .ref = "i915 gt/intel_gt_regs.h GEN12_SFC_DONE, read for a dump by Linux 7.3" },
	WINDOW("BCS8_", COPY8_BASE),
};

const struct reg_table window_regs = { rows, ARRAY_SIZE(rows) };
