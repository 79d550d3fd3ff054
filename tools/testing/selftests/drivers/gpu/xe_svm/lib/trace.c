// SPDX-License-Identifier: GPL-2.0
/*
 * Tracepoints of mirrors, read from tracefs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pressure.h"
#include "trace.h"

#define TRACING	"/sys/kernel/tracing/"

static void enable_path(char *path, size_t size, const char *event)
{
	snprintf(path, size, TRACING "events/xe_svm/%s/enable", event);
}

bool trace_offered(const char *event)
{
	char path[128];

	enable_path(path, sizeof(path), event);
	return !access(path, W_OK);
}

int trace_start(const char *event)
{
	char path[128];

	enable_path(path, sizeof(path), event);
	return pressure_set(TRACING "trace", "") ?: pressure_set(path, "1");
}

void trace_stop(const char *event)
{
	char path[128];

	enable_path(path, sizeof(path), event);
	pressure_set(path, "0");
}

/* "  name of thread-pid  [cpu] flags time: event: fields" */
static int thread_of(char *line)
{
	char *end = strstr(line, " ["), *dash;

	if (!end)
		return -1;
	*end = '\0';
	dash = strrchr(line, '-');
	return dash ? atoi(dash + 1) : -1;
}

int trace_count(const char *event, bool (*each)(int pid, const char *fields, void *arg), void *arg)
{
	FILE *trace = fopen(TRACING "trace", "r");
	char line[512], mark[64], *fields;
	int count = 0;

	if (!trace)
		return -errno;
	snprintf(mark, sizeof(mark), " %s: ", event);
	while (fgets(line, sizeof(line), trace)) {
		fields = strstr(line, mark);
		if (*line != '#' && fields && each(thread_of(line), fields + strlen(mark), arg))
			count++;
	}
	fclose(trace);
	return count;
}
