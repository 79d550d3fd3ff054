/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Injection: knobs by name, turned from the command line or by a test in the guest through the test BAR.
 * Chance comes from one seeded generator, so a run is repeated by its seed.
 */
#ifndef MODEL_INJECT_H
#define MODEL_INJECT_H

#include "types.h"

enum knob {
#define KNOB(name, def, doc) KNOB_##name,
#include "inject/knobs.def"
#undef KNOB
	KNOB_COUNT
};

extern const char *const knob_names[KNOB_COUNT];
extern const char *const knob_docs[KNOB_COUNT];

#define INJECT_BY_CHANCE BIT(31)

struct inject {
	u64 seed;
	u64 random; /* state of the generator */
	u32 value[KNOB_COUNT];
	u64 asked[KNOB_COUNT]; /* calls of inject_fire since the knob was turned */
	u64 fired[KNOB_COUNT];
};

void inject_init(struct model *m, u64 seed);
/* "name=value[,name=value...]"; false: nothing of the rest was set, *bad points at the wrong part */
bool inject_parse(struct model *m, const char *spec, const char **bad);
void inject_set(struct model *m, enum knob knob, u32 value);
u64 inject_get(struct model *m, enum knob knob);
bool inject_fire(struct model *m, enum knob knob);
u64 inject_random(struct model *m);

#endif
