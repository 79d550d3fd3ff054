// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel: instructions, and the walker that launches them. Input: groups, threads, lanes, shared memory and
 * post-sync operation, knobs, how faults are answered, engine, then code. Whatever it does, the model goes on.
 */
#include "fuzz/scene.h"

#define HEAD 8u

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct scene *s;

	if (size < HEAD)
		return 0;
	s = scene_new(data[6] & 1 ? ON_RCS0 : ON_CCS0);
	inject_set(s->g->m, KNOB_strict, data[4] & 1);
	inject_set(s->g->m, KNOB_garbage, data[4] >> 1 & 1);
	s->refuse = data[5];
	/* endless loops are common */
	s->steps = 6;
	scene_fill_kernel(s, data, data + HEAD, size - HEAD);
	scene_run(s);
	return 0;
}
