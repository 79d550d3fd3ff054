// SPDX-License-Identifier: GPL-2.0
/* What a command may touch, and where its operands are. */
#include "engine/exec.h"
#include "inject/inject.h"
#include "obs/obs.h"

/* ring and GGTT batches belong to the kernel driver; what lies in a PPGTT may be a user's */
bool engine_privileged(const struct engine *e)
{
	return e->ctx->level == LEVEL_RING || !e->ctx->pos[e->ctx->level].ppgtt;
}

bool engine_lacks(struct model *m, const struct engine *e, const char *what, u64 id)
{
	if (inject_get(m, KNOB_garbage) && !engine_privileged(e)) {
		obs_guest_error(m, what, id);
		return false;
	}
	obs_unimplemented(m, what, id);
	return true;
}

u64 operand_addr(const struct engine *e, u32 dword)
{
	return (u64)e->cmd[dword + 1] << 32 | e->cmd[dword];
}

enum address_space operand_space(const struct engine *e, bool ggtt)
{
	return ggtt || !e->ctx->has_ppgtt ? SPACE_GGTT : SPACE_PPGTT;
}

bool operand_forbidden(struct model *m, struct engine *e, bool ggtt)
{
	if (!ggtt || engine_privileged(e))
		return false;
	obs_guest_error(m, "GGTT operand in an unprivileged batch", e->cmd[0]);
	return true;
}
