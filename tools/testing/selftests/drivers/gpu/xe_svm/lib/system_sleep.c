// SPDX-License-Identifier: GPL-2.0
/*
 * Devices are suspended and resumed, by the test facility of the kernel's own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pressure.h"
#include "system_sleep.h"

#define PM_TEST		"/sys/power/pm_test"
#define PM_STATE	"/sys/power/state"
#define PM_MEM_SLEEP	"/sys/power/mem_sleep"
#define PM_SECONDS	"/sys/module/suspend/parameters/pm_test_delay"

/* What "mem" can be: one word each, that in brackets is what it is. */
static int mem_sleep(char *words, size_t size)
{
	FILE *file = fopen(PM_MEM_SLEEP, "r");
	char *line;

	if (!file)
		return -errno;
	line = fgets(words, size, file);
	fclose(file);
	return line ? 0 : -EIO;
}

int system_sleep_possible(enum system_sleep_state state)
{
	char words[64];

	if (access(PM_TEST, W_OK) || access(PM_STATE, W_OK) || access(PM_SECONDS, W_OK))
		return -errno;
	if (state == SYSTEM_SLEEP_TO_RAM &&
	    (mem_sleep(words, sizeof(words)) || !strstr(words, "deep")))
		return -EOPNOTSUPP;
	return 0;
}

static int suspend_devices(const char *state)
{
	int err = pressure_set(PM_SECONDS, "0");

	if (!err)
		err = pressure_set(PM_TEST, "devices");
	if (!err)
		err = pressure_set(PM_STATE, state);
	pressure_set(PM_TEST, "none");
	return err;
}

int system_sleep(enum system_sleep_state state)
{
	char words[64] = "", *was;
	int err;

	if (state == SYSTEM_SLEEP_TO_IDLE)
		return suspend_devices("freeze");

	err = mem_sleep(words, sizeof(words));
	if (!err)
		err = pressure_set(PM_MEM_SLEEP, "deep");
	if (!err)
		err = suspend_devices("mem");
	was = strtok(strchr(words, '[') ?: words, "[]");
	if (was)
		pressure_set(PM_MEM_SLEEP, was);
	return err;
}
