// SPDX-License-Identifier: GPL-2.0
/*
 * A user's batch, a parallel touch, or what a broken driver puts into a ring. Input: engine, knobs, how
 * faults are answered, which of the three, then its dwords. Whatever it says, the model goes on.
 */
#include "fuzz/scene.h"

#include <string.h>

#define HEAD 4u

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct scene *s;

	if (size < HEAD)
		return 0;
	s = scene_new(data[0] % (ON_VECS0 + 1));
	inject_set(s->g->m, KNOB_strict, data[1] & 1);
	inject_set(s->g->m, KNOB_preempt_strict, data[1] >> 1 & 1);
	inject_set(s->g->m, KNOB_parallel_touch, data[1] >> 2 & 1);
	s->refuse = data[2];
	data += HEAD;
	size -= HEAD;
	if (data[-1] & 2)
		scene_fill_touch(s, data, size);
	else if (data[-1] & 1)
		scene_fill_ring(s, data, size);
	else
		scene_fill_batch(s, data, size);
	scene_run(s);
	return 0;
}
