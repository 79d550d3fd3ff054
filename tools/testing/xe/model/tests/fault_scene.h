/* SPDX-License-Identifier: GPL-2.0 */
/* One queue, one batch with one store, nothing mapped; and the driver's half of a page fault. */
#ifndef MODEL_TESTS_FAULT_SCENE_H
#define MODEL_TESTS_FAULT_SCENE_H

#include "tests/fake_guest.h"

#define BATCH_VA 0x100000000000ull
#define DATA_VA 0x200000000000ull

struct scene {
	struct fake_guest *g;
	struct fake_vm vm;
	struct fake_queue q;
	u64 batch, data; /* pa */
};

/* a queue whose batch stores 0xcafe at DATA_VA; nothing is mapped */
struct scene store_scene(struct fake_guest *g, u32 id, enum fake_engine on);
void scene_map(struct scene *s); /* both pages */
u32 stored(struct scene *s);

/* a fault as in its message */
struct seen {
	u32 level, instance, class, cookie, asid, access, type;
	u64 va;
};

struct seen next_fault(struct fake_guest *g); /* the next message must be one */
void answer(struct fake_guest *g, const struct seen *f, bool refused);

#endif
