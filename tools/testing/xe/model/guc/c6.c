// SPDX-License-Identifier: GPL-2.0
/*
 * C6: where a GT is while its GuC may put it there, none of its engines has a context and nobody holds one of its
 * power wells. It is entered and left at once. Whatever may change one of the three calls c6_look() afterwards; the
 * time before that counts for the state before.
 */
#include "guc/guc.h"
#include "guc/state.h"
#include "model.h"

#define RESIDENCY_NS 1280u /* unit of the residency register */
#define C0 0u
#define C6 3u
#define MIRROR_STATE(state) (((state) & 0xf) << 9)

static bool may_rest(struct guc *guc)
{
	u32 i;

	if (guc->dead || !guc->rc_on || guc->held)
		return false;
	for (i = 0; i < guc->num_engines; i++)
		if (guc->engines[i].ctx)
			return false;
	return true;
}

void c6_look(struct guc *guc)
{
	struct model *m = guc->m;
	u64 now = model_now(m);

	if (guc->resting)
		guc->rested += now - guc->looked;
	guc->looked = now;
	guc->resting = may_rest(guc);
	guc_reg_set(guc, REG_MIRROR_TARGET, (guc_reg_get(guc, REG_MIRROR_TARGET) & ~MIRROR_STATE(~0u)) |
						    MIRROR_STATE(guc->resting ? C6 : C0));
}

void gpu_forcewake(struct model *m, u32 gt, bool held)
{
	m->guc[gt]->held = held;
	c6_look(m->guc[gt]);
}

u32 gpu_c_state(struct model *m, u32 gt)
{
	c6_look(m->guc[gt]);
	return m->guc[gt]->resting ? C6 : C0;
}

u32 gpu_c6_residency(struct model *m, u32 gt)
{
	c6_look(m->guc[gt]);
	return (u32)(m->guc[gt]->rested / RESIDENCY_NS);
}
