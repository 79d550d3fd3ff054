// SPDX-License-Identifier: GPL-2.0
/* One device is made from the right to the left of the directories and unmade the other way round. */
#include <string.h>

#include "guc/guc.h"
#include "model.h"

int model_init(struct model *m, const struct model_config *config)
{
	int err;

	memset(m, 0, sizeof(*m));
	m->plat = config->plat;
	m->ops = config->ops;
	m->host = config->host;
	m->mmio.bar0_fd = -1;
	m->mem.vram_fd = -1;
	m->pci.test_fd = -1;
	obs_init(m, config->log, config->trace);
	inject_init(m, config->seed);
	err = mem_init(m, config->vram ? config->vram : m->plat->vram);
	if (!err)
		err = mmio_init(m);
	if (!err)
		err = guc_init(m);
	if (!err)
		err = pci_init(m, config->test_bar);
	if (!err)
		mmio_reset(m);
	return err;
}

void model_fini(struct model *m)
{
	guc_fini(m);
	obs_fini(m);
	pci_fini(m);
	mmio_fini(m);
	mem_fini(m);
}

void model_reset(struct model *m)
{
	obs_event(m, EV_DEVICE_RESET, 0, 0);
	gpu_reset(m);
	mmio_reset(m);
	for (u32 gt = 0; gt < GTS; gt++)
		gpu_forcewake(m, gt, false);
}
