/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The CPU side of a test: memory of every kind, and its state in the kernel.
 * Areas are 2 MiB aligned so that a test knows which GPU block it is in.
 */
#ifndef XE_SVM_LIB_MEMORY_H
#define XE_SVM_LIB_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* NULL when the address space or the kind of memory is not to be had. */
void *memory_map(size_t size, int prot, int flags, int fd);
void *memory_anonymous(size_t size);

/* An unlinked file of @size bytes, every dword of it @value; -errno on failure. */
int memory_file(const char *dir, size_t size, uint32_t value);

/* Bytes that /proc/self/smaps counts under @field for the area at @addr, or -errno. */
int64_t memory_smaps(const void *addr, const char *field);

/* A userfaultfd for missing pages of the 2 MiB at @area, or -errno. */
int memory_userfault(void *area);

/* MADV_HWPOISON or MADV_SOFT_OFFLINE: 0 or -errno. The signal that follows has no effect. */
int memory_break(void *page, int how);

/* Which physical page lies at @addr: 0 for none, or -errno. Needs root. */
int64_t memory_pfn(const void *addr);

#endif
