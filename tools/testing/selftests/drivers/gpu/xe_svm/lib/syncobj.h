/* SPDX-License-Identifier: GPL-2.0 */
#ifndef XE_SVM_LIB_SYNCOBJ_H
#define XE_SVM_LIB_SYNCOBJ_H

#include <stdint.h>

/* @flags: DRM_SYNCOBJ_CREATE_SIGNALED or 0 */
int syncobj_create(int fd, uint32_t flags, uint32_t *handle);
int syncobj_wait(int fd, uint32_t handle, unsigned int ms);

#endif
