/* SPDX-License-Identifier: GPL-2.0 */
/* Progress of the demonstration: time, and the driver's numbers of the process's mirror. */
#ifndef RUNTIME_DEMO_REPORT_H
#define RUNTIME_DEMO_REPORT_H

#include <CL/cl.h>
#include <stddef.h>

void report_device(cl_device_id gpu);
void report(const char *event);
/* exit status of the program */
int report_end(size_t num, size_t wrong);

#endif
