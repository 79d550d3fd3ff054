// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: every event is counted and traced under one name; nothing here changes what the device does.
 * Trace records go to a ring that is written out when full, so a stop by a model bug loses none of it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "obs/obs.h"

const char *const ev_names[EV_COUNT] = {
#define EV(name, doc) [EV_##name] = #name,
#include "obs/events.def"
#undef EV
};

const char *const ev_docs[EV_COUNT] = {
#define EV(name, doc) [EV_##name] = doc,
#include "obs/events.def"
#undef EV
};

void obs_init(struct model *m, FILE *log, FILE *trace)
{
	m->obs->log = log;
	m->obs->trace = trace;
	m->obs->counters = m->obs->own;
}

static void ring_print(const struct obs *obs, u64 first, FILE *f)
{
	for (u64 i = first; i < obs->records; i++) {
		const struct obs_record *r = &obs->ring[i % OBS_RING];

		fprintf(f, "%" PRIu64 " %s %" PRIx64 " %" PRIx64 "\n", r->time, ev_names[r->ev], r->a, r->b);
	}
}

static u64 ring_first(const struct obs *obs)
{
	return obs->records > OBS_RING ? obs->records - OBS_RING : 0;
}

/* the part of the ring that is not in the file yet: since the last multiple of its size */
static void ring_flush(struct obs *obs)
{
	if (!obs->trace || !obs->records)
		return;
	ring_print(obs, (obs->records - 1) / OBS_RING * OBS_RING, obs->trace);
	fflush(obs->trace);
}

void obs_fini(struct model *m)
{
	if (m->obs->records % OBS_RING)
		ring_flush(m->obs);
	memcpy(m->obs->own, m->obs->counters, sizeof(m->obs->own));
	m->obs->counters = m->obs->own;
}

void obs_move_counters(struct model *m, u64 *home)
{
	memcpy(home, m->obs->counters, sizeof(m->obs->own));
	m->obs->counters = home;
}

void obs_event(struct model *m, enum ev ev, u64 a, u64 b)
{
	struct obs *obs = m->obs;

	obs->counters[ev]++;
	obs->ring[obs->records++ % OBS_RING] = (struct obs_record){
		.time = model_now(m), .a = a, .b = b, .ev = ev,
	};
	if (obs->records % OBS_RING == 0)
		ring_flush(obs);
}

void obs_add(struct model *m, enum ev ev, u64 n)
{
	m->obs->counters[ev] += n;
}

u64 obs_count(const struct model *m, enum ev ev)
{
	return m->obs->counters[ev];
}

static bool first_time(struct obs *obs, const char *what, u64 id)
{
	for (u32 i = 0; i < obs->num_seen; i++)
		if (obs->seen[i].id == id && !strcmp(obs->seen[i].what, what))
			return false;
	if (obs->num_seen < OBS_SEEN) {
		obs->seen[obs->num_seen].what = what;
		obs->seen[obs->num_seen++].id = id;
	}
	return obs->num_seen < OBS_SEEN;
}

static void outcome(struct model *m, enum ev ev, const char *kind, const char *what, u64 id)
{
	obs_event(m, ev, id, 0);
	if (first_time(m->obs, what, id))
		obs_log(m, "%s: %s 0x%" PRIx64, kind, what, id);
}

void obs_unimplemented(struct model *m, const char *what, u64 id)
{
	outcome(m, EV_UNIMPLEMENTED, "unimplemented", what, id);
}

void obs_guest_error(struct model *m, const char *what, u64 id)
{
	outcome(m, EV_GUEST_ERROR, "guest error", what, id);
}

void obs_oracle(struct model *m, const char *what, u64 id)
{
	outcome(m, EV_ORACLE, "oracle", what, id);
}

static void log_line(struct model *m, const char *fmt, va_list args)
{
	u64 now = model_now(m);

	fprintf(m->obs->log, "[%6" PRIu64 ".%06" PRIu64 "] ", now / NSEC_PER_SEC,
		now % NSEC_PER_SEC / NSEC_PER_USEC);
	vfprintf(m->obs->log, fmt, args);
	fputc('\n', m->obs->log);
	fflush(m->obs->log);
}

void obs_log(struct model *m, const char *fmt, ...)
{
	va_list args;

	if (!m->obs->log)
		return;
	va_start(args, fmt);
	log_line(m, fmt, args);
	va_end(args);
}

void obs_write_counters(struct model *m, FILE *f)
{
	for (u32 i = 0; i < EV_COUNT; i++)
		fprintf(f, "%s %" PRIu64 "\n", ev_names[i], m->obs->counters[i]);
}

void model_bug(struct model *m, const char *fmt, ...)
{
	va_list args;

	if (!m->obs->log)
		m->obs->log = stderr;
	va_start(args, fmt);
	log_line(m, fmt, args);
	va_end(args);
	fprintf(m->obs->log, "model bug; the last events were:\n");
	ring_print(m->obs, ring_first(m->obs), m->obs->log);
	fflush(m->obs->log);
	if (m->obs->records % OBS_RING)
		ring_flush(m->obs);
	abort();
}
