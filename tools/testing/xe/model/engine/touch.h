/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MI_PARALLEL_TOUCH under way. It belongs to the context and outlives a preemption: what was touched is not
 * touched again, and a lane whose fault was given up tries anew when the context is back.
 */
#ifndef MODEL_ENGINE_TOUCH_H
#define MODEL_ENGINE_TOUCH_H

#include "engine/access.h"

#define NO_LANE (~0u)

/* goes on with it; nothing is fetched */
enum exec_result touch_continue(struct model *m, struct engine *e);
/* a lane's fault was answered or given up: it tries again */
void touch_retry(struct model *m, struct context *ctx, u32 lane);
void touch_free(struct context *ctx);

#endif
