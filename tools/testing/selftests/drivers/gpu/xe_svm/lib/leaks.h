/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Resources of the driver that must be free again when all processes have exited.
 */
#ifndef XE_SVM_LIB_LEAKS_H
#define XE_SVM_LIB_LEAKS_H

#include <stdint.h>

struct gpu;

struct leaks {
	/** @used: bytes of all memory regions: buffer objects, queues, page tables */
	uint64_t used;
	/** @mapped: pages that mirrors have mapped, or keep for good as a TLB did not answer */
	int64_t mapped;
	/** @vms: VMs that can mirror */
	unsigned int vms;
};

int leaks_look(const struct gpu *gpu, struct leaks *now);
/* Waits, not forever, for @before to come back; number of things that did not, named. */
int leaks_show(const struct gpu *gpu, const struct leaks *before);

#endif
