// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: the display interrupt is raised display_irq_hz times a second and waits until the driver acknowledges
 * it; how long is counted. A display itself there is not. So its interrupt comes as the one that xe handles
 * at the same place with and without CONFIG_DRM_XE_DISPLAY: GSE of the GU_MISC unit, whose registers are, as
 * everywhere outside the GT, ISR, IMR (what is masked never reaches IIR), IIR (a 1 written acknowledges) and
 * IER (what of IIR reaches the master).
 */
#include "inject/inject.h"
#include "mmio/display.h"
#include "mmio/irq.h"
#include "mmio/state.h"
#include "mmio/tables.h"
#include "model.h"
#include "obs/obs.h"

#define ALL 0xffffffffu
#define H_DEV "regs/xe_regs.h "

#define IMR 0x444f4u
#define IIR REG_GU_MISC_IIR
#define IER REG_GU_MISC_IER
#define GSE BIT(27)

static void raise(struct model *m)
{
	struct display *display = &m->mmio->display;

	if (reg_get(m, IMR) & GSE) {
		obs_event(m, EV_DISPLAY_IRQ_MASKED, 0, 0);
		return;
	}
	if (reg_get(m, IIR) & GSE) {
		obs_event(m, EV_DISPLAY_IRQ_MERGED, model_now(m) - display->raised, 0);
		return;
	}
	obs_event(m, EV_DISPLAY_IRQ, 0, 0);
	display->raised = model_now(m);
	display->passes = 0;
	reg_set(m, IIR, reg_get(m, IIR) | GSE);
	irq_changed(m);
}

void display_passed(struct model *m)
{
	struct display *display = &m->mmio->display;

	if (!irq_held_by_display(m) || ++display->passes <= display->most_passes)
		return;
	display->most_passes = display->passes;
	obs_add(m, EV_DISPLAY_IRQ_MAX_PASSES, 1);
}

static void acknowledged(struct model *m)
{
	struct display *display = &m->mmio->display;
	u64 waited = model_now(m) - display->raised;

	obs_event(m, EV_DISPLAY_IRQ_ACK, waited, 0);
	obs_add(m, EV_DISPLAY_IRQ_NS, waited);
	if (waited > display->longest) {
		obs_add(m, EV_DISPLAY_IRQ_MAX_NS, waited - display->longest);
		display->longest = waited;
	}
}

static void iir_write(struct model *m, u32 off, u32 val)
{
	u32 was = reg_get(m, off);

	reg_set(m, off, was & ~val);
	if (was & val & GSE)
		acknowledged(m);
	irq_changed(m);
}

static void ier_write(struct model *m, u32 off, u32 val)
{
	reg_set(m, off, val);
	irq_changed(m);
}

/* turning the knob starts a measurement: the longest wait is that since then */
static void turn(struct model *m, u32 hz)
{
	struct display *display = &m->mmio->display;

	display->hz = hz;
	display->next = hz ? model_now(m) + NSEC_PER_SEC / hz : 0;
	obs_add(m, EV_DISPLAY_IRQ_MAX_NS, -display->longest);
	obs_add(m, EV_DISPLAY_IRQ_MAX_PASSES, -display->most_passes);
	display->longest = display->most_passes = 0;
}

static bool turned(struct model *m)
{
	return inject_get(m, KNOB_display_irq_hz) != m->mmio->display.hz;
}

void display_due(struct model *m)
{
	struct display *display = &m->mmio->display;
	u64 now = model_now(m);

	if (turned(m))
		turn(m, (u32)inject_get(m, KNOB_display_irq_hz));
	if (!display->hz || display->next > now)
		return;
	display->next += NSEC_PER_SEC / display->hz;
	/* the model itself was late: what it missed does not come in a burst */
	if (display->next <= now)
		display->next = now + NSEC_PER_SEC / display->hz;
	raise(m);
}

u64 display_deadline(struct model *m)
{
	const struct display *display = &m->mmio->display;

	if (turned(m))
		return 0;
	return display->hz ? display->next : TIME_NEVER;
}

static const struct reg_row rows[] = {
	{ .name = "GU_MISC_ISR", .off = 0x444f0, .ref = H_DEV "GU_MISC_IRQ_OFFSET" },
	{ .name = "GU_MISC_IMR", .off = IMR, .rw = ALL, .reset = ALL, .ref = H_DEV "GU_MISC_IRQ_OFFSET+4" },
	{ .name = "GU_MISC_IIR", .off = IIR, .w1c = ALL, .write = iir_write,
	  .ref = H_DEV "GU_MISC_IRQ_OFFSET+8" },
	{ .name = "GU_MISC_IER", .off = IER, .rw = ALL, .write = ier_write, .ref = H_DEV "GU_MISC_IRQ_OFFSET+12" },
};

const struct reg_table display_regs = { rows, ARRAY_SIZE(rows) };
