/* SPDX-License-Identifier: GPL-2.0 */
/* What an input plays in: a booted guest, an address space with some memory, a queue on one engine. */
#ifndef MODEL_FUZZ_SCENE_H
#define MODEL_FUZZ_SCENE_H

#include "tests/fake_guest.h"

#define SCENE_BATCH_VA 0x100000000000ul
#define SCENE_DATA_VA 0x100000100000ul

struct scene {
	struct fake_guest *g;
	struct fake_vm vm;
	struct fake_queue q;
	u32 *batch, *data;
	u32 steps; /* of 20 us in each of three parts: before and after a wait, and with the queue disabled */
	u8 refuse; /* bit n: refuse the n-th page fault, modulo 8 */
	u32 faults;
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* valid until the next one */
struct scene *scene_new(enum fake_engine on);

void scene_fill_batch(struct scene *s, const u8 *data, size_t size);
/* a parallel touch in and around the mapped part */
void scene_fill_touch(struct scene *s, const u8 *data, size_t size);
/* a kernel in the mapped part, launched; head: groups, threads, lanes, shared memory */
void scene_fill_kernel(struct scene *s, const u8 head[4], const u8 *code, size_t size);
void scene_fill_ring(struct scene *s, const u8 *data, size_t size);
/* stores, loads, atomics and copies all over the mapped part */
void scene_fill_accesses(struct scene *s);

/* starts the queue, lets the GPU work for a while and answers what it asks */
void scene_run(struct scene *s);
void scene_steps(struct scene *s, u32 num);

#endif
