// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

MODULE_DESCRIPTION("Stands for xe in tests of its package");
MODULE_LICENSE("GPL");
