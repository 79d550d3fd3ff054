/* SPDX-License-Identifier: GPL-2.0 */
#ifndef XE_SVM_LIB_TAINT_H
#define XE_SVM_LIB_TAINT_H

#define TAINT_WARN	(1 << 9)

/* Bits of Documentation/admin-guide/tainted-kernels.rst, or -errno */
int taint_read(void);

#endif
