/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory as a command sees it: first translate all of an operand, then touch it. What was translated can no
 * longer fault, so a command that translates everything before its first effect is restartable.
 */
#ifndef MODEL_ENGINE_ACCESS_H
#define MODEL_ENGINE_ACCESS_H

#include "engine/engine.h"
#include "obs/obs.h"

enum address_space { SPACE_GGTT, SPACE_PPGTT };

enum exec_result {
	EXEC_DONE, /* go on behind the command */
	EXEC_JUMP, /* the command set the position */
	EXEC_AGAIN, /* progress was made, the same command again */
	EXEC_WAIT, /* nothing changed, the same command at engine.wake_at */
	EXEC_PAUSE, /* done; go on at engine.wake_at */
	EXEC_REST, /* the same command at engine.wake_at, which it set, or when a fault is answered */
	EXEC_STARVED, /* the rest of the command is not in the ring yet */
	EXEC_FAULT,
	EXEC_CAT,
	EXEC_HUNG,
};

struct span {
	struct mem_addr at;
	u64 len;
	bool null;
};

#define SPANS_MAX 4u

struct spans {
	u32 num;
	struct span span[SPANS_MAX];
};

#define STRETCH_SPANS 65u

/* as much of a long operand as is translated in one go; what is contiguous in memory is one span */
struct stretch {
	u32 num;
	u64 len;
	struct span span[STRETCH_SPANS];
};

/* EXEC_DONE, EXEC_FAULT (engine.fault is filled) or EXEC_CAT */
enum exec_result access_translate(struct model *m, struct engine *e, enum address_space space, u64 va,
				  u64 len, enum mmu_access access, struct spans *spans);
/* stops without a fault at what is not translated, unless that is the first byte */
enum exec_result access_stretch(struct model *m, struct engine *e, enum address_space space, u64 va,
				u64 len, enum mmu_access access, struct stretch *stretch);
void access_read(struct model *m, struct engine *e, const struct spans *spans, void *buf);
void access_write(struct model *m, struct engine *e, const struct spans *spans, const void *buf);
/* the counters of bytes of this engine */
void access_events(struct model *m, const struct engine *e, enum ev *read, enum ev *write);
void access_count(struct model *m, struct engine *e, u64 bytes, bool write);

#endif
