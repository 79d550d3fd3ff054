// SPDX-License-Identifier: GPL-2.0
/* What a GuC reaches: registers of its GT, and memory through the GGTT. */
#include "guc/state.h"
#include "mem/mem.h"
#include "mmu/mmu.h"
#include "model.h"

u32 guc_reg_get(struct guc *guc, u32 off)
{
	return guc->m->port->get(guc->m, guc->desc->gsi + off);
}

void guc_reg_set(struct guc *guc, u32 off, u32 val)
{
	guc->m->port->set(guc->m, guc->desc->gsi + off, val);
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
