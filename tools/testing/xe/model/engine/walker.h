/* SPDX-License-Identifier: GPL-2.0 */
/*
 * COMPUTE_WALKER under way: its threads (eu/), then the write that says it is done. It belongs to the context and
 * outlives a preemption.
 */
#ifndef MODEL_ENGINE_WALKER_H
#define MODEL_ENGINE_WALKER_H

#include "engine/access.h"

/* goes on with it; nothing is fetched */
enum exec_result walker_continue(struct model *m, struct engine *e);
/* a lane's fault, of a thread or of MI_PARALLEL_TOUCH, was answered or given up: it tries again */
void lane_retry(struct model *m, struct context *ctx, u32 lane);
/* the context was away */
void walker_resume(struct context *ctx);
void walker_free(struct context *ctx);

#endif
