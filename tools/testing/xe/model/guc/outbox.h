/* SPDX-License-Identifier: GPL-2.0 */
/* Messages to the host that wait, in a queue. */
#ifndef MODEL_GUC_OUTBOX_H
#define MODEL_GUC_OUTBOX_H

#include "types.h"

/* a message to the host that waits for its time or for room in the ring */
struct outgoing {
	struct outgoing *next;
	u64 due;
	bool passed; /* lets the next of its action go first; due is only its patience */
	u32 len; /* dwords, with the transport header */
	u32 dw[];
};

struct outbox {
	struct outgoing *first, **last;
	u32 num;
};

void outbox_init(struct outbox *box);
void outbox_clear(struct outbox *box);
void outbox_append(struct outbox *box, struct outgoing *msg);
void outbox_insert(struct outbox *box, struct outgoing *msg); /* in order of due, behind its equals */
struct outgoing *outbox_take(struct outbox *box); /* the first; there must be one */

#endif
