// SPDX-License-Identifier: GPL-2.0
/* Coming to life and losing it: firmware load, graphics resets, and the step of the loop. */
#include <errno.h>
#include <stdlib.h>

#include "guc/guc.h"
#include "guc/state.h"
#include "model.h"

u32 guc_reg_get(struct guc *guc, u32 off)
{
	return reg_get(guc->m, guc->desc->gsi + off);
}

void guc_reg_set(struct guc *guc, u32 off, u32 val)
{
	reg_set(guc->m, guc->desc->gsi + off, val);
}

bool guc_read(struct guc *guc, u64 addr, void *buf, size_t len)
{
	struct model *m = guc->m;
	struct mmu_page page;
	u8 *to = buf;
	size_t run;

	for (; len; len -= run, addr += run, to += run) {
		if (!mmu_ggtt(m, guc->gt, addr, &page))
			return false;
		run = len < page.left ? len : page.left;
		if (!mem_read(m, page.at, to, run))
			return false;
	}
	return true;
}

bool guc_write(struct guc *guc, u64 addr, const void *buf, size_t len)
{
	struct model *m = guc->m;
	const u8 *from = buf;
	struct mmu_page page;
	size_t run;

	for (; len; len -= run, addr += run, from += run) {
		if (!mmu_ggtt(m, guc->gt, addr, &page))
			return false;
		run = len < page.left ? len : page.left;
		if (!mem_write(m, page.at, from, run))
			return false;
	}
	return true;
}

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
	int err = mmu_init(m);
	u32 gt;

	if (!err)
		err = engines_init(m);
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
	engines_fini(m);
	mmu_fini(m);
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

void gpu_reset(struct model *m)
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

void guc_die(struct guc *guc)
{
	obs_event(guc->m, EV_GUC_DEAD, guc->gt, 0);
	guc->dead = true;
	c6_look(guc);
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

/* one round of a GuC and its engines; true: more is ready right now */
static bool guc_step(struct guc *guc)
{
	bool more;

	if (guc->dead)
		return false;
	more = ct_receive(guc);
	if (guc->dead)
		return false;
	answers_due(guc);
	invalidate_due(guc);
	more |= sched_step(guc);
	ct_flush(guc);
	return more;
}

#define ROUNDS_MAX 64u

bool gpu_step(struct model *m, u64 budget_ns)
{
	u64 start = model_now(m);
	bool more = true;
	u32 round, gt;

	irq_due(m);
	for (round = 0; more && round < ROUNDS_MAX; round++) {
		more = false;
		for (gt = 0; gt < GTS; gt++)
			more |= guc_step(m->guc[gt]);
		if (model_now(m) - start >= budget_ns)
			break;
	}
	for (gt = 0; gt < GTS; gt++)
		c6_look(m->guc[gt]);
	return more;
}

static u64 guc_deadline(struct guc *guc)
{
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

u64 gpu_next_deadline(struct model *m)
{
	u64 first = irq_deadline(m), next;
	u32 gt;

	for (gt = 0; gt < GTS; gt++) {
		next = guc_deadline(m->guc[gt]);
		if (next < first)
			first = next;
	}
	return first;
}

/* invalidation of GuC's translations before the command transport is up */
static void tlb_desc_write(struct model *m, u32 off, u32 val)
{
	u32 gt = reg_gt(off);

	reg_set(m, off, val & ~BIT(0));
	if (off - m->plat->gts[gt].gsi != 0xcf7c || !(val & BIT(0)))
		return;
	obs_event(m, EV_TLB_INVAL_REGISTER, val, gt);
	tlb_drop_all(m, gt);
	tlb_drop_ggtt(m, gt);
}

static const struct reg_row rows[] = {
	{ .name = "PVC_GUC_TLB_INV_DESC0", .off = 0xcf7c, .media = true, .write = tlb_desc_write,
	  .ref = "regs/xe_guc_regs.h PVC_GUC_TLB_INV_DESC0" },
	{ .name = "PVC_GUC_TLB_INV_DESC1", .off = 0xcf80, .media = true, .write = tlb_desc_write,
	  .ref = "regs/xe_guc_regs.h PVC_GUC_TLB_INV_DESC1" },
};

const struct reg_table guc_regs = { rows, ARRAY_SIZE(rows) };
