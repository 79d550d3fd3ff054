/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Observation: counters, trace and the three outcomes that are never blurred.
 *   guest error    the guest did what the hardware forbids: counted, answered as the hardware would
 *   unimplemented  the guest did what the hardware allows and the model lacks: counted, the run fails
 *   model bug      model_bug(): the model stops; no guest input may ever lead there
 * An oracle hit is a fourth thing: an access that a correct driver never lets the GPU do.
 */
#ifndef MODEL_OBS_H
#define MODEL_OBS_H

#include <stdio.h>

#include "types.h"

enum ev {
#define EV(name, doc) EV_##name,
#include "obs/events.def"
#undef EV
	EV_COUNT
};

extern const char *const ev_names[EV_COUNT];
extern const char *const ev_docs[EV_COUNT];

struct obs_record {
	u64 time;
	u64 a, b;
	u32 ev;
};

#define OBS_RING 4096u
#define OBS_SEEN 512u

struct obs {
	/* immutable after obs_init */
	u64 *counters; /* EV_COUNT live counters, in the page of the test BAR when there is one */
	FILE *log;
	FILE *trace; /* NULL: records stay in the ring only */

	u64 records; /* trace records ever made; ring[records % OBS_RING] is next */
	struct obs_record ring[OBS_RING];

	/* already logged: one log line per (what, id) */
	struct {
		const char *what;
		u64 id;
	} seen[OBS_SEEN];
	u32 num_seen;

	u64 own[EV_COUNT]; /* counters' home until the test BAR gives them another */
};

void obs_init(struct model *m, FILE *log, FILE *trace);
void obs_fini(struct model *m);
void obs_move_counters(struct model *m, u64 *home);

/* counter += 1 and a trace record */
void obs_event(struct model *m, enum ev ev, u64 a, u64 b);
/* counter += n, no trace record: bytes, steps */
void obs_add(struct model *m, enum ev ev, u64 n);
u64 obs_count(const struct model *m, enum ev ev);

/* each: counter, trace record and one log line per (what, id); what must be a literal */
void obs_unimplemented(struct model *m, const char *what, u64 id);
void obs_guest_error(struct model *m, const char *what, u64 id);
void obs_oracle(struct model *m, const char *what, u64 id);

void obs_log(struct model *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void obs_write_counters(struct model *m, FILE *f);

void __attribute__((noreturn, format(printf, 2, 3)))
model_bug(struct model *m, const char *fmt, ...);
#define model_assert(m, cond)                                                                      \
	do {                                                                                       \
		if (!(cond))                                                                       \
			model_bug(m, "%s:%d: %s", __FILE__, __LINE__, #cond);                      \
	} while (0)

#endif
