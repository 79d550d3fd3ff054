/* SPDX-License-Identifier: GPL-2.0 */
/* The device as a whole: its life, and the step of the loop. */
#ifndef MODEL_GPU_H
#define MODEL_GPU_H

#include <stdio.h>

#include "model.h"

struct gpu_config {
	const struct platform *plat;
	const struct model_ops *ops;
	void *host;
	u64 vram; /* 0: the platform's */
	u64 seed;
	bool test_bar;
	FILE *log, *trace;
};

/* 0 or a negative errno; gpu_fini undoes either */
int gpu_init(struct model *m, const struct gpu_config *config);
void gpu_fini(struct model *m);

/* drain H2G, deliver waiting G2H, schedule, run engines; true: more is ready right now */
bool gpu_step(struct model *m, u64 budget_ns);
/* earliest model_now() at which something must be looked at again, or TIME_NEVER */
u64 gpu_next_deadline(struct model *m);

#endif
