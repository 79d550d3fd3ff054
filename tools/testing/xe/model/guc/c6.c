// SPDX-License-Identifier: GPL-2.0
/*
 * Render C6: where the GT is while the GuC may put it there, no engine has a context and nobody holds a power
 * well. It is entered and left at once. Whatever may change one of the three calls c6_look() afterwards; the
 * time before that counts for the state before.
 */
#include "guc/guc.h"
#include "guc/state.h"
#include "model.h"

#define RESIDENCY_NS 1280u /* unit of the residency register */
#define C0 0u
#define C6 3u

static bool may_rest(struct model *m)
{
	const struct guc *guc = m->guc;
	u32 i;

	if (guc->dead || !guc->rc_on || guc->held)
		return false;
	for (i = 0; i < m->plat->num_engines; i++)
		if (m->engines[i].ctx)
			return false;
	return true;
}

void c6_look(struct model *m)
{
	struct guc *guc = m->guc;
	u64 now = model_now(m);

	if (guc->resting)
		guc->rested += now - guc->looked;
	guc->looked = now;
	guc->resting = may_rest(m);
}

void gpu_forcewake(struct model *m, bool held)
{
	m->guc->held = held;
	c6_look(m);
}

u32 gpu_c_state(struct model *m)
{
	c6_look(m);
	return m->guc->resting ? C6 : C0;
}

u32 gpu_c6_residency(struct model *m)
{
	c6_look(m);
	return (u32)(m->guc->rested / RESIDENCY_NS);
}
