// SPDX-License-Identifier: GPL-2.0
#include "pressure.h"
#include "taint.h"

int taint_read(void)
{
	return pressure_get("/proc/sys/kernel/tainted");
}
