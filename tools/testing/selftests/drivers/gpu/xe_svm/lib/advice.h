/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Advice on memory, and the question which advice holds where. 0 or more, or -errno.
 */
#ifndef XE_SVM_LIB_ADVICE_H
#define XE_SVM_LIB_ADVICE_H

#include "gpu.h"

/* With the VM filled in. */
int advise(struct gpu *gpu, struct drm_xe_madvise *advice);
int advise_atomic(struct gpu *gpu, const void *addr, uint64_t range, uint32_t val);
int advise_pat(struct gpu *gpu, const void *addr, uint64_t range, uint32_t index);
int advise_location(struct gpu *gpu, const void *addr, uint64_t range, int fd, uint16_t policy);
/* How many pieces there are; with @max 0 they are only counted. */
int advice_query(struct gpu *gpu, const void *addr, uint64_t range,
		 struct drm_xe_mem_range_attr *attrs, unsigned int max);

#endif
