// SPDX-License-Identifier: GPL-2.0
/* A GuC's life: firmware load, graphics resets, and its part in the step of the loop. */
#include <errno.h>
#include <stdlib.h>

#include "guc/guc.h"
#include "guc/state.h"
#include "model.h"
#include "obs/obs.h"

static void forget_everything(struct guc *guc)
{
	struct model *m = guc->m;

	sched_reset(guc);
	queues_reset(guc);
	faults_reset(guc);
	answers_reset(guc);
	invalidate_reset(guc);
	ct_reset(guc);
	tlb_reset(m, guc->gt);
	guc->running = guc->dead = guc->rc_on = false;
	c6_look(guc);
	guc->min_mhz = guc->max_mhz = 0;
}

static void guc_free(struct guc *guc)
{
	if (!guc)
		return;
	if (guc->engines && guc->m->mmu && guc->queues && guc->slots)
		forget_everything(guc);
	free(guc->slots);
	free(guc->queues);
	free(guc);
}

/* the engines of a GT are neighbours in the platform's table */
static void find_engines(struct guc *guc)
{
	struct model *m = guc->m;
	u32 i;

	guc->num_engines = 0;
	for (i = 0; i < m->plat->num_engines; i++) {
		if (m->engines[i].desc->gt != guc->gt)
			continue;
		if (!guc->num_engines++)
			guc->engines = &m->engines[i];
		model_assert(m, guc->engines + guc->num_engines - 1 == &m->engines[i]);
	}
}

static int guc_make(struct model *m, u32 gt)
{
	struct guc *guc = calloc(1, sizeof(*guc));

	m->guc[gt] = guc;
	if (!guc)
		return -ENOMEM;
	guc->m = m;
	guc->gt = gt;
	guc->desc = &m->plat->gts[gt];
	find_engines(guc);
	guc->queues = calloc(GUC_IDS, sizeof(*guc->queues));
	guc->slots = calloc(guc->num_engines, sizeof(*guc->slots));
	if (!guc->queues || !guc->slots)
		return -ENOMEM;
	invalidate_reset(guc);
	ct_reset(guc);
	return 0;
}

int guc_init(struct model *m)
{
	int err = 0;
	u32 gt;

	for (gt = 0; !err && gt < GTS; gt++)
		err = guc_make(m, gt);
	return err;
}

void guc_fini(struct model *m)
{
	u32 gt;

	for (gt = 0; gt < GTS; gt++) {
		guc_free(m->guc[gt]);
		m->guc[gt] = NULL;
	}
}

static void reset(struct guc *guc)
{
	forget_everything(guc);
	guc_reg_set(guc, REG_GUC_STATUS, GUC_STATUS_IN_RESET);
}

void guc_reset(struct model *m, u32 gt)
{
	obs_event(m, EV_GUC_RESET, gt, 0);
	reset(m->guc[gt]);
}

void gt_reset(struct model *m, u32 gt)
{
	obs_event(m, EV_GPU_RESET, gt, 0);
	reset(m->guc[gt]);
}

void gts_reset(struct model *m)
{
	u32 gt;

	for (gt = 0; gt < GTS; gt++)
		gt_reset(m, gt);
}

/* the boot ROM would check a signature; here the header must be that of a GuC image */
static bool header_good(struct guc *guc)
{
	u32 high = guc_reg_get(guc, REG_DMA_SRC_HIGH), type = 0;

	if ((high & 0xff0000) != DMA_SPACE_GGTT)
		return false;
	return guc_read(guc, guc_reg_get(guc, REG_DMA_SRC_LOW), &type, sizeof(type)) && type == CSS_MODULE_TYPE;
}

void guc_dma_load(struct model *m, u32 gt)
{
	struct guc *guc = m->guc[gt];

	if (!header_good(guc)) {
		obs_guest_error(m, "GuC image without a GuC header", guc_reg_get(guc, REG_DMA_SRC_LOW));
		guc_reg_set(guc, REG_GUC_STATUS, GUC_STATUS_BAD_RSA);
		return;
	}
	guc->running = true;
	obs_event(m, EV_GUC_LOAD, gt, 0);
	guc_reg_set(guc, REG_SOFT_SCRATCH(15), 0);
	guc_reg_set(guc, REG_GUC_STATUS, GUC_STATUS_READY);
}

void guc_doorbell(struct model *m, u32 gt)
{
	struct guc *guc = m->guc[gt];

	obs_event(m, EV_DOORBELL, gt, 0);
	if (guc->dead)
		return;
	if (!guc->running) {
		obs_guest_error(m, "GuC interrupted before it was loaded", gt);
		return;
	}
	mmio_message(guc);
	if (guc->ct_enabled) {
		guc->doorbell = true;
		model_wake(m);
	}
}

bool guc_step(struct model *m, u32 gt)
{
	struct guc *guc = m->guc[gt];
	bool more;

	if (guc->dead)
		return false;
	more = ct_receive(guc, action_handle);
	if (guc->dead)
		return false;
	answers_due(guc);
	invalidate_due(guc);
	more |= sched_step(guc);
	ct_flush(guc);
	return more;
}

u64 guc_deadline(struct model *m, u32 gt)
{
	struct guc *guc = m->guc[gt];
	u64 (*const deadlines[])(struct guc *guc) = {
		sched_deadline, ct_deadline, answers_deadline, invalidate_deadline,
	};
	u64 first = TIME_NEVER, next;
	u32 i;

	for (i = 0; !guc->dead && i < ARRAY_SIZE(deadlines); i++) {
		next = deadlines[i](guc);
		if (next < first)
			first = next;
	}
	return first;
}
