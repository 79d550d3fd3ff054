/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory as a command sees it: first translate all of an operand, then touch it. What was translated can no
 * longer fault, so a command that translates everything before its first effect is restartable.
 */
#ifndef MODEL_ENGINE_ACCESS_H
#define MODEL_ENGINE_ACCESS_H

#include "engine/engine.h"

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

#define SPANS_MAX 4u

struct spans {
	u32 num;
	struct {
		struct mem_addr at;
		u64 len;
		bool null;
	} span[SPANS_MAX];
};

/* EXEC_DONE, EXEC_FAULT (engine.fault is filled) or EXEC_CAT */
enum exec_result access_translate(struct model *m, struct engine *e, enum address_space space, u64 va,
				  u64 len, enum mmu_access access, struct spans *spans);
/* one contiguous piece of at most *len bytes; *len is cut to it */
enum exec_result access_piece(struct model *m, struct engine *e, enum address_space space, u64 va,
			      u64 *len, enum mmu_access access, struct mmu_page *page);
void access_read(struct model *m, struct engine *e, const struct spans *spans, void *buf);
void access_write(struct model *m, struct engine *e, const struct spans *spans, const void *buf);
void access_count(struct model *m, struct engine *e, u64 bytes, bool write);

#endif
