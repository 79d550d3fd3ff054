/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System suspend and resume, as far as devices are involved: CONFIG_PM_DEBUG's
 * /sys/power/pm_test skips the rest. Other processes are frozen meanwhile, workers
 * of the kernel are not. Needs root.
 */
#ifndef XE_SVM_LIB_SYSTEM_SLEEP_H
#define XE_SVM_LIB_SYSTEM_SLEEP_H

/**
 * enum system_sleep_state - type of the suspend
 */
enum system_sleep_state {
	/** @SYSTEM_SLEEP_TO_IDLE: suspend-to-idle, devices keep their power */
	SYSTEM_SLEEP_TO_IDLE,
	/** @SYSTEM_SLEEP_TO_RAM: suspend-to-RAM (S3), devices may lose it */
	SYSTEM_SLEEP_TO_RAM,
};

/* -ENOENT: this kernel cannot, or not in parts; -EOPNOTSUPP: not to this state. */
int system_sleep_possible(enum system_sleep_state state);
/* Returns when all devices are awake again; -EBUSY: it did not go to sleep. */
int system_sleep(enum system_sleep_state state);

#endif
