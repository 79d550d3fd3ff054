// SPDX-License-Identifier: GPL-2.0
/*
 * Devices are suspended and resumed, by the test facility of the kernel's own.
 */
#include <errno.h>
#include <unistd.h>

#include "pressure.h"
#include "system_sleep.h"

#define PM_TEST		"/sys/power/pm_test"
#define PM_STATE	"/sys/power/state"
#define PM_SECONDS	"/sys/module/suspend/parameters/pm_test_delay"

int system_sleep_possible(void)
{
	if (access(PM_TEST, W_OK) || access(PM_STATE, W_OK) || access(PM_SECONDS, W_OK))
		return -errno;
	return 0;
}

int system_sleep(void)
{
	int err = pressure_set(PM_SECONDS, "0");

	if (!err)
		err = pressure_set(PM_TEST, "devices");
	if (!err)
		err = pressure_set(PM_STATE, "freeze");
	pressure_set(PM_TEST, "none");
	return err;
}
