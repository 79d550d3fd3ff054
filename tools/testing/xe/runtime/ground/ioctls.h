/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every ioctl of a program and of the libraries in it goes through here: the program's own ioctl() is the one
 * they find. One that fails is a line of the file that RUNTIME_IOCTLS names, e.g.
 *
 *	VM_CREATE flags=0xe EINVAL
 *
 * and it is for the rig to say which may (rig/runtime/probes). EINTR and EAGAIN are none if the thread issues the call
 * again.
 */
#ifndef RUNTIME_GROUND_IOCTLS_H
#define RUNTIME_GROUND_IOCTLS_H

#include <stdint.h>

/**
 * struct ioctls - what this process asked of the driver so far
 */
struct ioctls {
	/** @failures: those written to the file */
	unsigned long failures;
	/** @vms: VMs that were made */
	unsigned long vms;
	/** @mirrors: mirrors of the whole address space that were bound */
	unsigned long mirrors;
	/** @prefetches: of a mirror; @advices: DRM_XE_MADVISE, also those refused */
	unsigned long prefetches, advices;
	/** @objects_bound: buffer objects; @userptrs_bound: memory by its address */
	unsigned long objects_bound, userptrs_bound;
	/** @fd: the device, and @vm: the VM of the last mirror */
	int fd;
	uint32_t vm;
};

extern struct ioctls ioctls;

#endif
