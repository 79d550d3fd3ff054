/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The system goes to sleep as far as its devices do, and comes back: what
 * CONFIG_PM_DEBUG's /sys/power/pm_test stops short of more. Other processes are
 * frozen meanwhile, workers of the kernel are not. Needs root.
 */
#ifndef XE_SVM_LIB_SYSTEM_SLEEP_H
#define XE_SVM_LIB_SYSTEM_SLEEP_H

/* -ENOENT: this kernel cannot, or not in parts. */
int system_sleep_possible(void);
/* Returns when all devices are awake again; -EBUSY: it did not go to sleep. */
int system_sleep(void);

#endif
