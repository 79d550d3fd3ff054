/* SPDX-License-Identifier: GPL-2.0 */
/* How much memory the machine has left, and what the kernel uses. */
#ifndef XE_SVM_LIB_SYSTEM_MEMORY_H
#define XE_SVM_LIB_SYSTEM_MEMORY_H

#include <stdint.h>

/* A line of /proc/meminfo in bytes, or -errno. */
int64_t system_memory(const char *field);

/*
 * Free pages in bytes, those on the lists of the CPUs included, once all that the
 * kernel can give back at any time was given back: caches, pools. Needs root.
 */
int64_t system_memory_free(void);

#endif
