/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One emulated GPU. No globals: everything hangs off struct model. One thread, one loop.
 * Directories follow an access; each includes and calls only what is to its right, and no files form
 * a circle. tests/t_layers.sh reads the order here:
 *
 * rule: main -> host -> gpu -> pci -> mmio -> guc -> engine -> eu -> mmu
 *      -> mem -> inject -> obs -> model -> platform -> types -> abi
 *
 * The way back to the left is a call through struct model_ops or struct model_port.
 */
#ifndef MODEL_H
#define MODEL_H

#include "platform.h"
#include "types.h"

/* of main.c or a test, which holds the model; every pointer is set */
struct model_ops {
	u64 (*now)(struct model *m); /* ns, monotonic or a test's virtual clock */
	bool (*msi)(struct model *m, u32 vector); /* false: interrupts are off */
};

/* of mmio/, for guc/ and engine/: registers by their offset in BAR0, and the interrupt tree */
struct model_port {
	u32 (*get)(struct model *m, u32 off); /* raw storage, no side effects */
	void (*set)(struct model *m, u32 off, u32 val);
	u32 (*read)(struct model *m, u32 off); /* as an engine's MI_*_REGISTER_* command */
	void (*write)(struct model *m, u32 off, u32 val);
	void (*raise)(struct model *m, u8 bank, u8 bit, u8 class, u8 instance, u16 vector);
	/* an interrupt is pending that the driver wants and has not taken: of a GT, of anything */
	bool (*held_by_gt)(const struct model *m, u32 gt);
	bool (*held)(struct model *m);
};

struct obs;
struct inject;
struct mem;
struct pci;
struct mmio;
struct guc;
struct engine;
struct mmu;

struct model {
	/* immutable after gpu_init */
	const struct platform *plat;
	const struct model_ops *ops;
	const struct model_port *port;
	void *host; /* owner of ops: the vfio-user server or a test */

	void *parts; /* of gpu.c: the home of the next five */
	struct obs *obs;
	struct inject *inject;
	struct mem *mem;
	struct pci *pci;
	struct mmio *mmio;
	struct guc *guc[GTS];
	struct engine *engines; /* plat->num_engines */
	struct mmu *mmu;

	bool wake; /* gpu_step is wanted now */

	struct {
		bool d3; /* the function is in D3hot */
		bool asleep; /* and nothing keeps the platform out of S0ix, since it was looked at last */
		u64 looked; /* ns */
	} sleep;
};

static inline u64 model_now(struct model *m)
{
	return m->ops->now(m);
}

static inline void model_wake(struct model *m)
{
	m->wake = true;
}

#endif
