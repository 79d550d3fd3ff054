/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the driver says of this process's mirror: a copy that went through a bind of the memory, or that the CPU
 * did, faults no page of it. Counters are those of debugfs; a negative number is an errno.
 */
#ifndef RUNTIME_GROUND_MIRROR_H
#define RUNTIME_GROUND_MIRROR_H

#include <stdint.h>

/* Pages that faults of the GPU have mapped, faults in the mirror, those refused */
int64_t mirror_pages(void);
int64_t mirror_faults(void);
int64_t mirror_refused(void);

/* Bindings of the VM as the driver reports them: objects, userptrs, and pieces of the mirror */
int64_t mirror_ranges(void);

#endif
