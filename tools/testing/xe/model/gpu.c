// SPDX-License-Identifier: GPL-2.0
/*
 * The device is made from the right to the left of the directories, as far as one needs another,
 * and unmade the other way round. A step gives every GuC and its engines their turn.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "gpu.h"
#include "guc/guc.h"
#include "inject/inject.h"
#include "mem/mem.h"
#include "mmio/display.h"
#include "mmio/irq.h"
#include "mmio/mmio.h"
#include "mmio/reset.h"
#include "mmio/state.h"
#include "mmu/mmu.h"
#include "obs/obs.h"
#include "pci/pci.h"

/* what a device has one of */
struct parts {
	struct obs obs;
	struct inject inject;
	struct mem mem;
	struct mmio mmio;
	struct pci pci;
};

static int parts_init(struct model *m)
{
	struct parts *parts = calloc(1, sizeof(*parts));

	m->parts = parts;
	if (!parts)
		return -ENOMEM;
	m->obs = &parts->obs;
	m->inject = &parts->inject;
	m->mem = &parts->mem;
	m->mmio = &parts->mmio;
	m->pci = &parts->pci;
	m->mmio->bar0_fd = -1;
	m->mem->vram_fd = -1;
	m->pci->test.fd = -1;
	return 0;
}

int gpu_init(struct model *m, const struct gpu_config *config)
{
	int err;

	memset(m, 0, sizeof(*m));
	m->plat = config->plat;
	m->ops = config->ops;
	m->port = &mmio_port;
	m->host = config->host;
	err = parts_init(m);
	if (err)
		return err;
	obs_init(m, config->log, config->trace);
	inject_init(m, config->seed);
	err = mem_init(m, config->vram ? config->vram : m->plat->vram);
	if (!err)
		err = mmio_init(m);
	if (!err)
		err = mmu_init(m);
	if (!err)
		err = engines_init(m);
	if (!err)
		err = guc_init(m);
	if (!err)
		err = pci_init(m, config->test_bar);
	if (!err)
		mmio_reset(m);
	return err;
}

void gpu_fini(struct model *m)
{
	if (!m->parts)
		return;
	guc_fini(m);
	engines_fini(m);
	mmu_fini(m);
	obs_fini(m);
	pci_fini(m);
	mmio_fini(m);
	mem_fini(m);
	free(m->parts);
	m->parts = NULL;
}

#define ROUNDS_MAX 64u

bool gpu_step(struct model *m, u64 budget_ns)
{
	u64 start = model_now(m);
	bool more = true;
	u32 round, gt;

	display_due(m);
	irq_due(m);
	for (round = 0; more && round < ROUNDS_MAX; round++) {
		more = false;
		for (gt = 0; gt < GTS; gt++)
			more |= guc_step(m, gt);
		if (model_now(m) - start >= budget_ns)
			break;
	}
	c6_interrupt(m);
	return more;
}

static u64 earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

u64 gpu_next_deadline(struct model *m)
{
	u64 first = earlier(display_deadline(m), irq_deadline(m));
	u32 gt;

	for (gt = 0; gt < GTS; gt++)
		first = earlier(first, guc_deadline(m, gt));
	return first;
}
