/* SPDX-License-Identifier: GPL-2.0 */
/* What a test holds a model in: a clock it moves by hand, counted interrupts, guest RAM of its own. */
#ifndef MODEL_TESTS_FAKE_HOST_H
#define MODEL_TESTS_FAKE_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gpu.h"
#include "inject/inject.h"
#include "mem/mem.h"
#include "mmio/irq.h"
#include "mmio/mmio.h"
#include "mmio/reset.h"
#include "mmio/state.h"
#include "obs/obs.h"
#include "pci/pci.h"

struct fake_host {
	struct model m;
	u64 now; /* ns */
	u64 tick; /* added at every look at the clock */
	bool msi_on; /* true at start */
	u32 msis; /* delivered */
};

struct fake_host *fake_new(const struct platform *plat, bool test_bar);
void fake_free(struct fake_host *f);

/* a piece of zeroed guest RAM; the pointer is the guest's view of it */
u8 *fake_ram(struct fake_host *f, u64 iova, u64 size, bool write);

/* cmocka fixtures for a plain Lunar Lake in *state */
int fake_setup(void **state);
int fake_teardown(void **state);

#endif
