/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file system in user space with one file, every dword of it FUSE_VALUE, whose server
 * replies to reads only while its gate is open. Needs root and CONFIG_FUSE_FS.
 */
#ifndef XE_SVM_LIB_FUSE_H
#define XE_SVM_LIB_FUSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define FUSE_VALUE	0xf05e0001
#define FUSE_FILE_SIZE	(4UL << 20)

/**
 * struct fuse_gate - shared by the server and the test, across processes
 */
struct fuse_gate {
	/** @open: reads are answered */
	atomic_bool open;
	/** @asked: number of reads received */
	atomic_uint asked;
	/** @uid: the user on whose behalf the last of them is */
	atomic_uint uid;
};

/**
 * struct fuse - a mounted file system
 */
struct fuse {
	int fd;
	const char *dir;
	/** @async_reads: the server supports them; without, the kernel reads under locks */
	bool async_reads;
	struct fuse_gate *gate;
};

/* -ENOENT: this kernel has no FUSE. @dir is made. */
int fuse_mount(struct fuse *fuse, const char *dir, bool async_reads);
/*
 * For a process or a thread of its own: serves until the file system is unmounted.
 * @on_read, if any, is called for each read before it is answered.
 */
void fuse_serve(const struct fuse *fuse, void (*on_read)(void));
/* The descriptor of the file, or -errno; the server must be running. */
int fuse_open(const struct fuse *fuse);
void fuse_unmount(struct fuse *fuse);

#endif
