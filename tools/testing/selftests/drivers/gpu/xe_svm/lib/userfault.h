/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The side of user space of a userfaultfd that memory_userfault() opened: pages that
 * the kernel requests, and their delivery.
 */
#ifndef XE_SVM_LIB_USERFAULT_H
#define XE_SVM_LIB_USERFAULT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this kernel has it, and the caller may use it for faults of the kernel. */
bool userfault_offered(void);
/* Waits for requests of @pages, or until none came for @ms; returns their number. */
unsigned int userfault_asked(int fd, unsigned int pages, unsigned int ms);
/* Zeroed pages for [@area, @area + @size). Pages that are there already are no error. */
int userfault_provide(int fd, void *area, size_t size);

#endif
