// SPDX-License-Identifier: GPL-2.0
/* Coming to life and losing it: firmware load, graphics resets, and the step of the loop. */
#include <errno.h>
#include <stdlib.h>

#include "guc/guc.h"
#include "guc/state.h"
#include "model.h"

bool guc_read(struct model *m, u64 addr, void *buf, size_t len)
{
	struct mmu_page page;
	u8 *to = buf;
	size_t run;

	for (; len; len -= run, addr += run, to += run) {
		if (!mmu_ggtt(m, addr, &page))
			return false;
		run = len < page.left ? len : page.left;
		if (!mem_read(m, page.at, to, run))
			return false;
	}
	return true;
}

bool guc_write(struct model *m, u64 addr, const void *buf, size_t len)
{
	const u8 *from = buf;
	struct mmu_page page;
	size_t run;

	for (; len; len -= run, addr += run, from += run) {
		if (!mmu_ggtt(m, addr, &page))
			return false;
		run = len < page.left ? len : page.left;
		if (!mem_write(m, page.at, from, run))
			return false;
	}
	return true;
}

static void forget_everything(struct model *m)
{
	struct guc *guc = m->guc;

	sched_reset(m);
	queues_reset(m);
	faults_reset(m);
	answers_reset(m);
	invalidate_reset(m);
	ct_reset(m);
	tlb_reset(m);
	guc->running = guc->dead = guc->rc_on = false;
	c6_look(m);
	guc->min_mhz = guc->max_mhz = 0;
}

int guc_init(struct model *m)
{
	int err;

	m->guc = calloc(1, sizeof(*m->guc));
	if (!m->guc)
		return -ENOMEM;
	m->guc->queues = calloc(GUC_IDS, sizeof(*m->guc->queues));
	m->guc->slots = calloc(m->plat->num_engines, sizeof(*m->guc->slots));
	if (!m->guc->queues || !m->guc->slots)
		return -ENOMEM;
	err = mmu_init(m);
	if (!err)
		err = engines_init(m);
	if (err)
		return err;
	invalidate_reset(m);
	ct_reset(m);
	return 0;
}

void guc_fini(struct model *m)
{
	if (!m->guc)
		return;
	if (m->engines && m->mmu && m->guc->queues && m->guc->slots)
		forget_everything(m);
	engines_fini(m);
	mmu_fini(m);
	free(m->guc->slots);
	free(m->guc->queues);
	free(m->guc);
	m->guc = NULL;
}

void guc_reset(struct model *m)
{
	obs_event(m, EV_GUC_RESET, 0, 0);
	forget_everything(m);
	reg_set(m, REG_GUC_STATUS, GUC_STATUS_IN_RESET);
}

void gpu_reset(struct model *m)
{
	obs_event(m, EV_GPU_RESET, 0, 0);
	forget_everything(m);
	reg_set(m, REG_GUC_STATUS, GUC_STATUS_IN_RESET);
}

/* the boot ROM would check a signature; here the header must be that of a GuC image */
static bool header_good(struct model *m)
{
	u32 high = reg_get(m, REG_DMA_SRC_HIGH), type = 0;

	if ((high & 0xff0000) != DMA_SPACE_GGTT)
		return false;
	return guc_read(m, reg_get(m, REG_DMA_SRC_LOW), &type, sizeof(type)) && type == CSS_MODULE_TYPE;
}

void guc_dma_load(struct model *m)
{
	struct guc *guc = m->guc;

	if (!header_good(m)) {
		obs_guest_error(m, "GuC image without a GuC header", reg_get(m, REG_DMA_SRC_LOW));
		reg_set(m, REG_GUC_STATUS, GUC_STATUS_BAD_RSA);
		return;
	}
	guc->running = true;
	obs_event(m, EV_GUC_LOAD, 0, 0);
	reg_set(m, REG_SOFT_SCRATCH(15), 0);
	reg_set(m, REG_GUC_STATUS, GUC_STATUS_READY);
}

void guc_die(struct model *m)
{
	obs_event(m, EV_GUC_DEAD, 0, 0);
	m->guc->dead = true;
	c6_look(m);
}

void guc_doorbell(struct model *m)
{
	struct guc *guc = m->guc;

	obs_event(m, EV_DOORBELL, 0, 0);
	if (guc->dead)
		return;
	if (!guc->running) {
		obs_guest_error(m, "GuC interrupted before it was loaded", 0);
		return;
	}
	mmio_message(m);
	if (guc->ct_enabled) {
		guc->doorbell = true;
		model_wake(m);
	}
}

#define ROUNDS_MAX 64u

bool gpu_step(struct model *m, u64 budget_ns)
{
	u64 start = model_now(m);
	bool more = true;
	u32 round;

	irq_due(m);
	if (m->guc->dead)
		return false;
	for (round = 0; more && round < ROUNDS_MAX; round++) {
		more = ct_receive(m);
		if (m->guc->dead)
			return false;
		answers_due(m);
		invalidate_due(m);
		more |= sched_step(m);
		ct_flush(m);
		if (model_now(m) - start >= budget_ns)
			break;
	}
	c6_look(m);
	return more;
}

u64 gpu_next_deadline(struct model *m)
{
	u64 (*const deadlines[])(struct model *m) = {
		sched_deadline, ct_deadline, answers_deadline, invalidate_deadline,
	};
	u64 first = irq_deadline(m), next;
	u32 i;

	for (i = 0; !m->guc->dead && i < ARRAY_SIZE(deadlines); i++) {
		next = deadlines[i](m);
		if (next < first)
			first = next;
	}
	return first;
}

/* invalidation of GuC's translations before the command transport is up */
static void tlb_desc_write(struct model *m, u32 off, u32 val)
{
	reg_set(m, off, val & ~BIT(0));
	if (off != 0xcf7c || !(val & BIT(0)))
		return;
	obs_event(m, EV_TLB_INVAL_REGISTER, val, 0);
	tlb_drop_all(m);
	tlb_drop_ggtt(m);
}

static const struct reg_row rows[] = {
	{ .name = "PVC_GUC_TLB_INV_DESC0", .off = 0xcf7c, .write = tlb_desc_write,
	  .ref = "regs/xe_guc_regs.h PVC_GUC_TLB_INV_DESC0" },
	{ .name = "PVC_GUC_TLB_INV_DESC1", .off = 0xcf80, .write = tlb_desc_write,
	  .ref = "regs/xe_guc_regs.h PVC_GUC_TLB_INV_DESC1" },
};

const struct reg_table guc_regs = { rows, ARRAY_SIZE(rows) };
