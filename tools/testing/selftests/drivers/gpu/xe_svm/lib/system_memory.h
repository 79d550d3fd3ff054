/* SPDX-License-Identifier: GPL-2.0 */
/* Free memory of the machine, and memory used by the kernel. */
#ifndef XE_SVM_LIB_SYSTEM_MEMORY_H
#define XE_SVM_LIB_SYSTEM_MEMORY_H

#include <stdint.h>

/* A line of /proc/meminfo in bytes, or -errno. */
int64_t system_memory(const char *field);

/*
 * Free pages in bytes, including those on the lists of the CPUs, after dropping all
 * caches and pools that can be dropped. Needs root.
 */
int64_t system_memory_free(void);

#endif
