// SPDX-License-Identifier: GPL-2.0
/* Queues of messages: one in order of arrival is appended to, one in order of time is inserted to. */
#include <stdlib.h>

#include "guc/outbox.h"

void outbox_init(struct outbox *box)
{
	box->first = NULL;
	box->last = &box->first;
	box->num = 0;
}

void outbox_clear(struct outbox *box)
{
	struct outgoing *msg;

	while ((msg = box->first)) {
		box->first = msg->next;
		free(msg);
	}
	outbox_init(box);
}

void outbox_append(struct outbox *box, struct outgoing *msg)
{
	msg->next = NULL;
	*box->last = msg;
	box->last = &msg->next;
	box->num++;
}

struct outgoing *outbox_take(struct outbox *box)
{
	struct outgoing *msg = box->first;

	box->first = msg->next;
	if (!box->first)
		box->last = &box->first;
	box->num--;
	return msg;
}

void outbox_insert(struct outbox *box, struct outgoing *msg)
{
	struct outgoing **at = &box->first;

	while (*at && (*at)->due <= msg->due)
		at = &(*at)->next;
	msg->next = *at;
	*at = msg;
	if (!msg->next)
		box->last = &msg->next;
	box->num++;
}
