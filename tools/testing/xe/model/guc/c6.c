// SPDX-License-Identifier: GPL-2.0
/*
 * C6: where a GT is while its GuC may put it there, none of its engines has a context, nobody holds one of its
 * power wells and none of its interrupts waits to be taken. It is entered and left at once. Whatever may change
 * one of the four calls c6_look() afterwards; the time before that counts for the state before.
 *
 * S0ix: where the platform may go while the function is in D3hot, if nothing of the GPU is left awake. The driver
 * takes C6 out of the GuC's hands before, as its D3hot turns the GTs off anyway: so the GuC is not asked.
 */
#include "guc/guc.h"
#include "guc/state.h"
#include "model.h"
#include "obs/obs.h"

#define RESIDENCY_NS 1280u /* unit of the residency register */
#define C0 0u
#define C6 3u
#define MIRROR_STATE(state) (((state) & 0xf) << 9)

#define BY_WELL BIT(0)
#define BY_CONTEXT BIT(1)
#define BY_INTERRUPT BIT(2)

static bool has_context(const struct guc *guc)
{
	for (u32 i = 0; i < guc->num_engines; i++)
		if (guc->engines[i].ctx)
			return true;
	return false;
}

/* what keeps it awake */
static u32 awake(const struct guc *guc)
{
	return (guc->held ? BY_WELL : 0) | (has_context(guc) ? BY_CONTEXT : 0) |
	       (guc->m->port->held_by_gt(guc->m, guc->gt) ? BY_INTERRUPT : 0);
}

static bool may_rest(const struct guc *guc)
{
	return !guc->dead && guc->rc_on && !awake(guc);
}

static u32 platform_awake(struct model *m)
{
	u32 by = m->port->held(m) ? BY_INTERRUPT : 0;

	for (u32 gt = 0; gt < GTS; gt++)
		if (m->guc[gt]) /* gone already when the model ends */
			by |= awake(m->guc[gt]);
	return by;
}

static void sleep_look(struct model *m)
{
	u64 now = model_now(m);

	if (m->sleep.asleep)
		obs_add(m, EV_S0IX_NS, now - m->sleep.looked);
	m->sleep.looked = now;
	m->sleep.asleep = m->sleep.d3 && !platform_awake(m);
}

void c6_look(struct guc *guc)
{
	struct model *m = guc->m;
	u64 now = model_now(m), passed = now - guc->looked;

	if (guc->resting) {
		guc->rested += passed;
		obs_add(m, EV_C6_NS, passed);
	}
	guc->looked = now;
	guc->resting = may_rest(guc);
	guc_reg_set(guc, REG_MIRROR_TARGET, (guc_reg_get(guc, REG_MIRROR_TARGET) & ~MIRROR_STATE(~0u)) |
						    MIRROR_STATE(guc->resting ? C6 : C0));
	sleep_look(m);
}

void c6_d3(struct model *m, bool d3)
{
	if (m->sleep.d3 == d3)
		return;
	m->sleep.d3 = d3;
	sleep_look(m);
	if (d3)
		obs_event(m, m->sleep.asleep ? EV_S0IX : EV_S0IX_REFUSED, platform_awake(m), 0);
}

void c6_forcewake(struct model *m, u32 gt, bool held)
{
	m->guc[gt]->held = held;
	c6_look(m->guc[gt]);
}

void c6_interrupt(struct model *m)
{
	for (u32 gt = 0; gt < GTS; gt++)
		c6_look(m->guc[gt]);
}

u32 c6_state(struct model *m, u32 gt)
{
	c6_look(m->guc[gt]);
	return m->guc[gt]->resting ? C6 : C0;
}

u32 c6_residency(struct model *m, u32 gt)
{
	c6_look(m->guc[gt]);
	return (u32)(m->guc[gt]->rested / RESIDENCY_NS);
}
