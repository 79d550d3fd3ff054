// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a vector once accumulated stays pending until its source is selected; selecting takes all that are not
 * masked at once. So nothing is lost however the driver's reads interleave with new events. An event whose
 * enable bit is 0 is not recorded; one that is enabled and masked is, and shows once it is unmasked. One message
 * is sent per enabling of the master, as soon as something is pending.
 */
#include <string.h>

#include "guc/guc.h"
#include "inject/inject.h"
#include "mmio/irq.h"
#include "mmio/state.h"
#include "mmio/tables.h"
#include "model.h"
#include "obs/obs.h"

#define GFX_MASTER 0x190010u
#define BANK_BITS 0x190018u
#define IDENTITY 0x190060u
#define SELECTOR 0x190070u

#define GU_MISC_IRQ BIT(29)
#define MEDIA_GUC_INSTANCE 16u
#define IDENTITY_VALID BIT(31)

#define DUP_NS (500 * NSEC_PER_USEC)

#define ALL 0xffffffffu
#define H_GT "regs/xe_gt_regs.h "
#define H_DEV "regs/xe_regs.h "
#define I915 "i915 gt/intel_gt_regs.h "

/* where a source is enabled and where it is masked, each register serving two sources of 16 vectors */
struct irq_gate {
	u8 class, instance;
	u32 enable;
	u8 enable_shift;
	u32 mask;
	u8 mask_shift;
};

static const struct irq_gate gates[] = {
	{ CLASS_RENDER, 0, 0x190030, 16, 0x190090, 16 },
	{ CLASS_COPY, 0, 0x190030, 0, 0x1900a0, 16 },
	{ CLASS_COPY, 8, 0x190030, 0, 0x19011c, 0 },
	{ CLASS_COMPUTE, 0, 0x190048, 16, 0x190100, 16 },
	{ CLASS_VIDEO_DECODE, 0, 0x190034, 16, 0x1900a8, 16 },
	{ CLASS_VIDEO_ENHANCE, 0, 0x190034, 0, 0x1900d0, 16 },
	{ CLASS_OTHER, 0, 0x190038, 16, 0x1900e8, 16 },
	/* the media GT's GuC: enabled with the other one, masked by itself */
	{ CLASS_OTHER, 16, 0x190038, 16, 0x1900e8, 0 },
};

static const struct irq_gate *gate_of(u8 class, u8 instance)
{
	for (u32 i = 0; i < ARRAY_SIZE(gates); i++)
		if (gates[i].class == class && gates[i].instance == instance)
			return &gates[i];
	return NULL;
}

static u16 enabled(struct model *m, const struct irq_gate *g, u16 vector)
{
	return g ? vector & reg_get(m, g->enable) >> g->enable_shift : vector;
}

static u16 unmasked(struct model *m, const struct irq_gate *g, u16 vector)
{
	return g ? vector & ~(reg_get(m, g->mask) >> g->mask_shift) : vector;
}

static u16 shown(struct model *m, const struct irq_source *source)
{
	return unmasked(m, gate_of(source->class, source->instance), source->vector);
}

/* of the GTs; what is masked does not count */
static bool gt_pending(const struct irq *irq)
{
	u32 any = 0;

	for (u32 i = 0; i < IRQ_BANKS; i++)
		any |= irq->bits[i];
	return any;
}

bool irq_held_by_display(struct model *m)
{
	return reg_get(m, REG_GU_MISC_IIR) & reg_get(m, REG_GU_MISC_IER);
}

static bool anything_pending(struct model *m)
{
	return gt_pending(&m->mmio->irq) || irq_held_by_display(m);
}

static u32 gt_of(const struct irq_source *source)
{
	if (source->class == CLASS_VIDEO_DECODE || source->class == CLASS_VIDEO_ENHANCE)
		return GT_MEDIA;
	return source->class == CLASS_OTHER && source->instance == MEDIA_GUC_INSTANCE ? GT_MEDIA : GT_MAIN;
}

bool irq_held_by_gt(const struct model *m, u32 gt)
{
	const struct irq *irq = &m->mmio->irq;

	for (u32 bank = 0; bank < IRQ_BANKS; bank++)
		for (u32 bits = irq->bits[bank]; bits; bits &= bits - 1)
			if (gt_of(&irq->pending[bank][__builtin_ctz(bits)]) == gt)
				return true;
	return false;
}

bool irq_held(struct model *m)
{
	return anything_pending(m);
}

static void message(struct model *m)
{
	obs_event(m, m->ops->msi(m, 0) ? EV_MSI : EV_MSI_LOST, 0, 0);
}

/* a message lost on its way does not count as sent: the next event sends one again */
static void send(struct model *m)
{
	u64 delay = inject_get(m, KNOB_delay_irq_us) * NSEC_PER_USEC;
	struct irq *irq = &m->mmio->irq;

	if (!irq->master || irq->sent || !anything_pending(m) || inject_fire(m, KNOB_drop_irq))
		return;
	irq->sent = true;
	if (delay)
		irq->due = model_now(m) + delay;
	else
		message(m);
	/* far enough behind the first to be an interrupt of its own */
	if (inject_fire(m, KNOB_dup_irq))
		irq->again = model_now(m) + delay + DUP_NS;
}

void irq_master(struct model *m, bool on)
{
	struct irq *irq = &m->mmio->irq;

	irq->master = on;
	if (!on)
		return;
	irq->sent = false;
	send(m);
}

void irq_changed(struct model *m)
{
	c6_interrupt(m);
	send(m);
}

static bool reached(struct model *m, u64 *when)
{
	if (!*when || *when > model_now(m))
		return false;
	*when = 0;
	return true;
}

void irq_due(struct model *m)
{
	struct irq *irq = &m->mmio->irq;

	if (reached(m, &irq->due))
		message(m);
	if (reached(m, &irq->again))
		message(m);
}

u64 irq_deadline(struct model *m)
{
	const struct irq *irq = &m->mmio->irq;
	u64 first = TIME_NEVER;

	if (irq->due && irq->due < first)
		first = irq->due;
	return irq->again && irq->again < first ? irq->again : first;
}

void irq_raise(struct model *m, u8 bank, u8 bit, u8 class, u8 instance, u16 vector)
{
	const struct irq_gate *gate = gate_of(class, instance);
	u16 kept = enabled(m, gate, vector), let = unmasked(m, gate, kept);
	u64 id = (u32)bank << 8 | bit;
	struct irq_source *source;

	model_assert(m, bank < IRQ_BANKS && bit < 32);
	obs_event(m, let ? EV_IRQ_RAISE : kept ? EV_IRQ_MASKED : EV_IRQ_DISABLED, id, vector);
	if (inject_get(m, KNOB_mask_loses))
		kept = let;
	if (!kept)
		return;
	source = &m->mmio->irq.pending[bank][bit];
	source->vector |= kept;
	source->class = class;
	source->instance = instance;
	if (!let)
		return;
	m->mmio->irq.bits[bank] |= BIT(bit);
	irq_changed(m);
}

static void look_at_source(struct model *m, u32 bank, u32 bit)
{
	struct irq *irq = &m->mmio->irq;
	u16 vector = shown(m, &irq->pending[bank][bit]);

	if (vector && !(irq->bits[bank] & BIT(bit)))
		obs_event(m, EV_IRQ_UNMASKED, bank << 8 | bit, vector);
	irq->bits[bank] = (irq->bits[bank] & ~BIT(bit)) | (vector ? BIT(bit) : 0);
}

/* what was kept shows now, or what showed no longer does */
static void mask_write(struct model *m, u32 off, u32 val)
{
	reg_set(m, off, val);
	for (u32 bank = 0; bank < IRQ_BANKS; bank++)
		for (u32 bit = 0; bit < 32; bit++)
			look_at_source(m, bank, bit);
	irq_changed(m);
}

void irq_reset(struct model *m)
{
	memset(&m->mmio->irq, 0, sizeof(m->mmio->irq));
}

static u32 gfx_master_read(struct model *m, u32 off)
{
	u32 val = 0;

	(void)off;
	for (u32 i = 0; i < IRQ_BANKS; i++)
		val |= m->mmio->irq.bits[i] ? BIT(i) : 0;
	return val | (irq_held_by_display(m) ? GU_MISC_IRQ : 0);
}

/* levels: an acknowledge has nothing to do, selecting a source has cleared it */
static void level_write(struct model *m, u32 off, u32 val)
{
	(void)m;
	(void)off;
	(void)val;
}

static u32 bank_read(struct model *m, u32 off)
{
	return m->mmio->irq.bits[(off - BANK_BITS) / 4];
}

static u32 identity_read(struct model *m, u32 off)
{
	return m->mmio->irq.identity[(off - IDENTITY) / 4];
}

static void identity_write(struct model *m, u32 off, u32 val)
{
	if (val & IDENTITY_VALID)
		m->mmio->irq.identity[(off - IDENTITY) / 4] = 0;
}

static void selector_write(struct model *m, u32 off, u32 val)
{
	struct irq *irq = &m->mmio->irq;
	u32 bank = (off - SELECTOR) / 4, bit;
	struct irq_source *source;
	u16 vector;

	if (!val || val & (val - 1)) {
		obs_guest_error(m, "interrupt selector wants one bit", val);
		return;
	}
	bit = (u32)__builtin_ctz(val);
	source = &irq->pending[bank][bit];
	vector = shown(m, source);
	if (!vector) {
		obs_guest_error(m, "interrupt source selected that is not pending", bank << 8 | bit);
		return;
	}
	irq->identity[bank] = IDENTITY_VALID | (u32)source->instance << 20 | (u32)source->class << 16 |
			      vector;
	obs_event(m, EV_IRQ_IDENTITY, bank << 8 | bit, irq->identity[bank]);
	source->vector &= ~vector;
	irq->bits[bank] &= ~val;
	c6_interrupt(m);
}

static const struct reg_row rows[] = {
	/* display and PCH side: nothing behind it, IIR must read 0 */
	{ .name = "PCU_ISR", .off = 0x444e0, .ref = H_DEV "PCU_IRQ_OFFSET" },
	{ .name = "PCU_IMR", .off = 0x444e4, .rw = ALL, .reset = ALL, .ref = H_DEV "PCU_IRQ_OFFSET+4" },
	{ .name = "PCU_IIR", .off = 0x444e8, .w1c = ALL, .ref = H_DEV "PCU_IRQ_OFFSET+8" },
	{ .name = "PCU_IER", .off = 0x444ec, .rw = ALL, .ref = H_DEV "PCU_IRQ_OFFSET+12" },
	{ .name = "GFX_MSTR_IRQ", .off = GFX_MASTER, .read = gfx_master_read, .write = level_write,
	  .ref = H_DEV "GFX_MSTR_IRQ" },
	{ .name = "GT_INTR_DW", .off = BANK_BITS, .count = IRQ_BANKS, .read = bank_read, .write = level_write,
	  .ref = H_GT "GT_INTR_DW" },
	{ .name = "RENDER_COPY_INTR_ENABLE", .off = 0x190030, .rw = ALL, .ref = H_GT "RENDER_COPY_INTR_ENABLE" },
	{ .name = "VCS_VECS_INTR_ENABLE", .off = 0x190034, .rw = ALL, .ref = H_GT "VCS_VECS_INTR_ENABLE" },
	{ .name = "GUC_SG_INTR_ENABLE", .off = 0x190038, .rw = ALL, .ref = H_GT "GUC_SG_INTR_ENABLE" },
	{ .name = "GPM_WGBOXPERF_INTR_ENABLE", .off = 0x19003c, .rw = ALL,
	  .ref = H_GT "GPM_WGBOXPERF_INTR_ENABLE" },
	{ .name = "CRYPTO_RSVD_INTR_ENABLE", .off = 0x190040, .rw = ALL,
	  .ref = I915 "GEN11_CRYPTO_RSVD_INTR_ENABLE, set by Linux 7.3" },
	{ .name = "GUNIT_GSC_INTR_ENABLE", .off = 0x190044, .rw = ALL, .ref = H_GT "GUNIT_GSC_INTR_ENABLE" },
	{ .name = "CCS_RSVD_INTR_ENABLE", .off = 0x190048, .rw = ALL, .ref = H_GT "CCS_RSVD_INTR_ENABLE" },
	{ .name = "INTR_IDENTITY_REG", .off = IDENTITY, .count = IRQ_BANKS, .read = identity_read,
	  .write = identity_write, .ref = H_GT "INTR_IDENTITY_REG" },
	{ .name = "IIR_REG_SELECTOR", .off = SELECTOR, .count = IRQ_BANKS, .write = selector_write,
	  .ref = H_GT "IIR_REG_SELECTOR" },
	{ .name = "RCS0_RSVD_INTR_MASK", .off = 0x190090, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "RCS0_RSVD_INTR_MASK" },
	{ .name = "BCS_RSVD_INTR_MASK", .off = 0x1900a0, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "BCS_RSVD_INTR_MASK" },
	{ .name = "VCS0_VCS1_INTR_MASK", .off = 0x1900a8, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "VCS0_VCS1_INTR_MASK" },
	{ .name = "VCS2_VCS3_INTR_MASK", .off = 0x1900ac, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "VCS2_VCS3_INTR_MASK" },
	{ .name = "VCS4_VCS5_INTR_MASK", .off = 0x1900b0, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = I915 "GEN12_VCS4_VCS5_INTR_MASK, set by Linux 7.3" },
	{ .name = "VCS6_VCS7_INTR_MASK", .off = 0x1900b4, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = I915 "GEN12_VCS6_VCS7_INTR_MASK, set by Linux 7.3" },
	{ .name = "VECS0_VECS1_INTR_MASK", .off = 0x1900d0, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "VECS0_VECS1_INTR_MASK" },
	{ .name = "VECS2_VECS3_INTR_MASK", .off = 0x1900d4, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = I915 "GEN12_VECS2_VECS3_INTR_MASK, set by Linux 7.3" },
	{ .name = "HECI2_RSVD_INTR_MASK", .off = 0x1900e4, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "HECI2_RSVD_INTR_MASK" },
	{ .name = "GUC_SG_INTR_MASK", .off = 0x1900e8, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "GUC_SG_INTR_MASK" },
	{ .name = "GPM_WGBOXPERF_INTR_MASK", .off = 0x1900ec, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "GPM_WGBOXPERF_INTR_MASK" },
	{ .name = "CRYPTO_RSVD_INTR_MASK", .off = 0x1900f0, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = I915 "GEN11_CRYPTO_RSVD_INTR_MASK, set by Linux 7.3" },
	{ .name = "GUNIT_GSC_INTR_MASK", .off = 0x1900f4, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "GUNIT_GSC_INTR_MASK" },
	{ .name = "CCS0_CCS1_INTR_MASK", .off = 0x190100, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "CCS0_CCS1_INTR_MASK" },
	{ .name = "CCS2_CCS3_INTR_MASK", .off = 0x190104, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "CCS2_CCS3_INTR_MASK" },
	{ .name = "XEHPC_BCS1_BCS2_INTR_MASK", .off = 0x190110, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "XEHPC_BCS1_BCS2_INTR_MASK" },
	{ .name = "XEHPC_BCS3_BCS4_INTR_MASK", .off = 0x190114, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "XEHPC_BCS3_BCS4_INTR_MASK" },
	{ .name = "XEHPC_BCS5_BCS6_INTR_MASK", .off = 0x190118, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "XEHPC_BCS5_BCS6_INTR_MASK" },
	{ .name = "XEHPC_BCS7_BCS8_INTR_MASK", .off = 0x19011c, .rw = ALL, .reset = ALL, .write = mask_write,
	  .ref = H_GT "XEHPC_BCS7_BCS8_INTR_MASK" },
};

const struct reg_table irq_regs = { rows, ARRAY_SIZE(rows) };
