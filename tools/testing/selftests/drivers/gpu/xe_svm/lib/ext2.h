/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An empty file system on a RAM disk, 4 MiB in size, that can be frozen: writes to it
 * wait until it is thawed, page faults included. Needs root.
 */
#ifndef XE_SVM_LIB_EXT2_H
#define XE_SVM_LIB_EXT2_H

#define EXT2_DISK	"/dev/ram0"

/* Makes it anew. @dir is made, too. */
int ext2_mount(const char *dir);
int ext2_unmount(const char *dir);

/* @fd: anything open on it. */
int ext2_freeze(int fd);
int ext2_thaw(int fd);

#endif
