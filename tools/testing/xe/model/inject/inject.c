// SPDX-License-Identifier: GPL-2.0
/* Rule: a knob at its default changes nothing; with the same seed the same calls give the same answers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inject/inject.h"
#include "model.h"
#include "obs/obs.h"

const char *const knob_names[KNOB_COUNT] = {
#define KNOB(name, def, doc) [KNOB_##name] = #name,
#include "inject/knobs.def"
#undef KNOB
};

const char *const knob_docs[KNOB_COUNT] = {
#define KNOB(name, def, doc) [KNOB_##name] = doc,
#include "inject/knobs.def"
#undef KNOB
};

static const u32 knob_defaults[KNOB_COUNT] = {
#define KNOB(name, def, doc) [KNOB_##name] = def,
#include "inject/knobs.def"
#undef KNOB
};

void inject_init(struct model *m, u64 seed)
{
	memset(m->inject, 0, sizeof(*m->inject));
	memcpy(m->inject->value, knob_defaults, sizeof(knob_defaults));
	m->inject->seed = seed;
	m->inject->random = seed;
}

/* splitmix64, public domain construction by S. Vigna */
u64 inject_random(struct model *m)
{
	u64 z = m->inject->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void inject_set(struct model *m, enum knob knob, u32 value)
{
	model_assert(m, knob < KNOB_COUNT);
	m->inject->value[knob] = value;
	m->inject->asked[knob] = 0;
	m->inject->fired[knob] = 0;
	obs_event(m, EV_INJECT_SET, knob, value);
}

u64 inject_get(struct model *m, enum knob knob)
{
	return m->inject->value[knob];
}

static bool fires_now(struct model *m, u32 value, u64 asked)
{
	if (!(value & INJECT_BY_CHANCE))
		return value && asked % value == 0;
	value &= ~INJECT_BY_CHANCE;
	return value && inject_random(m) % value == 0;
}

bool inject_fire(struct model *m, enum knob knob)
{
	struct inject *inject = m->inject;

	if (!inject->value[knob])
		return false;
	if (!fires_now(m, inject->value[knob], ++inject->asked[knob]))
		return false;
	obs_event(m, EV_INJECT_FIRE, knob, ++inject->fired[knob]);
	return true;
}

/* one "name=value" of len bytes; KNOB_COUNT: no such knob or not a number */
static enum knob parse_one(const char *spec, size_t len, u32 *value)
{
	const char *eq = memchr(spec, '=', len);
	char number[24], *end;
	unsigned long long n;
	size_t digits;

	if (!eq)
		return KNOB_COUNT;
	digits = len - (size_t)(eq + 1 - spec);
	if (!digits || digits >= sizeof(number) || eq[1] == '-')
		return KNOB_COUNT;
	memcpy(number, eq + 1, digits);
	number[digits] = 0;
	errno = 0;
	n = strtoull(number, &end, 0);
	if (*end || errno || n > UINT32_MAX)
		return KNOB_COUNT;
	*value = (u32)n;
	for (u32 i = 0; i < KNOB_COUNT; i++)
		if (strlen(knob_names[i]) == (size_t)(eq - spec) && !strncmp(knob_names[i], spec, eq - spec))
			return i;
	return KNOB_COUNT;
}

bool inject_parse(struct model *m, const char *spec, const char **bad)
{
	while (*spec) {
		size_t len = strcspn(spec, ",");
		u32 value = 0;
		enum knob knob = parse_one(spec, len, &value);

		if (knob == KNOB_COUNT) {
			*bad = spec;
			return false;
		}
		inject_set(m, knob, value);
		spec += len;
		if (*spec == ',')
			spec++;
	}
	return true;
}
