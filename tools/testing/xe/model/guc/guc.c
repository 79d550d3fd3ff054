// SPDX-License-Identifier: GPL-2.0
/* Placeholder of the GuC: nothing behind the registers yet. */
#include "guc/guc.h"
#include "model.h"

const struct reg_table guc_regs, engine_regs;

int guc_init(struct model *m)
{
	(void)m;
	return 0;
}

void guc_fini(struct model *m)
{
	(void)m;
}

void guc_reset(struct model *m)
{
	obs_unimplemented(m, "guc reset", 0);
}

void gpu_reset(struct model *m)
{
	(void)m;
}

void guc_doorbell(struct model *m)
{
	obs_unimplemented(m, "guc doorbell", 0);
}

void guc_dma_load(struct model *m)
{
	obs_unimplemented(m, "guc load", 0);
}

bool gpu_step(struct model *m, u64 budget_ns)
{
	(void)m;
	(void)budget_ns;
	return false;
}

u64 gpu_next_deadline(struct model *m)
{
	(void)m;
	return TIME_NEVER;
}
