// SPDX-License-Identifier: GPL-2.0
/* The reference clock of the engines, and the time that a context has run. */
#include "engine/engine.h"
#include "model.h"

#define TICKS(ns) ((ns) * 12 / 625) /* 19.2 MHz */

u64 engine_ticks(struct model *m)
{
	return TICKS(model_now(m));
}

u64 context_ticks(struct model *m, const struct context *ctx)
{
	return ctx->ticks + TICKS(model_now(m) - ctx->loaded_at);
}
