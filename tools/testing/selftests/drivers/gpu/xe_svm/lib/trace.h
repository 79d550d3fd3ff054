/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of mirrors (events/xe_svm), of all VMs of the system. Needs root.
 */
#ifndef XE_SVM_LIB_TRACE_H
#define XE_SVM_LIB_TRACE_H

#include <stdbool.h>

/* Whether the kernel has the event, and the caller may enable it. */
bool trace_offered(const char *event);
/* Clears the trace and enables the event: 0 or -errno. */
int trace_start(const char *event);
void trace_stop(const char *event);
/*
 * Calls @each with the thread and the fields of each event in the trace. Returns how many
 * times it was true, or -errno.
 */
int trace_count(const char *event, bool (*each)(int pid, const char *fields, void *arg), void *arg);

#endif
