// SPDX-License-Identifier: GPL-2.0
/*
 * The minimal FUSE protocol for a file that is mapped and read. A read that arrives while
 * the gate is closed is queued, so that other requests get replies meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuse.h"

#define FILE_NODE	2
#define CACHE_S		3600
#define LOOK_MS		2
#define MAX_ASIDE	64
#define REQUEST_SIZE	(1 << 17)
#define MOST_READ	(1 << 17)

/**
 * struct server - requests under way
 */
struct server {
	const struct fuse *fuse;
	void (*on_read)(void);
	/** @aside: reads that wait for the gate */
	struct { uint64_t unique; uint32_t size; } aside[MAX_ASIDE];
	unsigned int num_aside;
	char request[REQUEST_SIZE];
	uint32_t data[MOST_READ / sizeof(uint32_t)];
};

static void reply(struct server *server, uint64_t unique, int error, void *data, size_t size)
{
	struct fuse_out_header header = {
		.len = sizeof(header) + size,
		.error = error,
		.unique = unique,
	};
	struct iovec parts[] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = data, .iov_len = size },
	};

	/* The process of this request was killed: ignore the request. */
	if (writev(server->fuse->fd, parts, size ? 2 : 1) < 0)
		return;
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr) {
		.ino = node,
		.nlink = 1,
		.mode = node == FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755,
		.size = node == FILE_NODE ? FUSE_FILE_SIZE : 0,
		.blksize = 4096,
	};
}

static void reply_init(struct server *server, const struct fuse_in_header *in)
{
	const struct fuse_init_in *init = (const void *)(in + 1);
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = init->max_readahead,
		.flags = server->fuse->async_reads ? init->flags & FUSE_ASYNC_READ : 0,
		.max_background = 12,
		.congestion_threshold = 9,
		.max_write = 65536,
	};

	reply(server, in->unique, 0, &out, sizeof(out));
}

static void reply_lookup(struct server *server, const struct fuse_in_header *in)
{
	struct fuse_entry_out out = {
		.nodeid = FILE_NODE,
		.attr_valid = CACHE_S,
		.entry_valid = CACHE_S,
		.attr = attributes(FILE_NODE),
	};

	reply(server, in->unique, 0, &out, sizeof(out));
}

static void reply_getattr(struct server *server, const struct fuse_in_header *in)
{
	struct fuse_attr_out out = {
		.attr_valid = CACHE_S,
		.attr = attributes(in->nodeid),
	};

	reply(server, in->unique, 0, &out, sizeof(out));
}

static void reply_open(struct server *server, const struct fuse_in_header *in)
{
	struct fuse_open_out out = { .open_flags = FOPEN_KEEP_CACHE, };

	reply(server, in->unique, 0, &out, sizeof(out));
}

static void take_read(struct server *server, const struct fuse_in_header *in)
{
	const struct fuse_read_in *read = (const void *)(in + 1);
	unsigned int i = server->num_aside;

	atomic_store(&server->fuse->gate->uid, in->uid);
	atomic_fetch_add(&server->fuse->gate->asked, 1);
	if (server->on_read)
		server->on_read();
	if (i == MAX_ASIDE || read->size > MOST_READ) {
		reply(server, in->unique, -EIO, NULL, 0);
		return;
	}
	server->aside[i].unique = in->unique;
	server->aside[i].size = read->size;
	server->num_aside++;
}

static void answer_reads(struct server *server)
{
	while (server->num_aside && atomic_load(&server->fuse->gate->open)) {
		unsigned int i = --server->num_aside;

		reply(server, server->aside[i].unique, 0, server->data, server->aside[i].size);
	}
}

static void serve_one(struct server *server, const struct fuse_in_header *in)
{
	switch (in->opcode) {
	case FUSE_INIT:
		reply_init(server, in);
		break;
	case FUSE_LOOKUP:
		reply_lookup(server, in);
		break;
	case FUSE_GETATTR:
		reply_getattr(server, in);
		break;
	case FUSE_OPEN:
		reply_open(server, in);
		break;
	case FUSE_READ:
		take_read(server, in);
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		reply(server, in->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		reply(server, in->unique, -EOPNOTSUPP, NULL, 0);
	}
}

void fuse_serve(const struct fuse *fuse, void (*on_read)(void))
{
	struct pollfd pfd = { .fd = fuse->fd, .events = POLLIN };
	static struct server server;
	unsigned int i;
	ssize_t got;

	server.fuse = fuse;
	server.on_read = on_read;
	server.num_aside = 0;
	for (i = 0; i < MOST_READ / sizeof(uint32_t); i++)
		server.data[i] = FUSE_VALUE;
	for (;;) {
		answer_reads(&server);
		if (poll(&pfd, 1, LOOK_MS) != 1)
			continue;
		got = read(fuse->fd, server.request, sizeof(server.request));
		if (got > 0)
			serve_one(&server, (const void *)server.request);
		else if (got == 0 || (errno != EINTR && errno != EAGAIN && errno != ENOENT))
			return;
	}
}

int fuse_mount(struct fuse *fuse, const char *dir, bool async_reads)
{
	char options[80];
	int err;

	*fuse = (struct fuse) { .dir = dir, .async_reads = async_reads, };
	fuse->fd = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fuse->fd < 0)
		return -errno;
	fuse->gate = mmap(NULL, sizeof(*fuse->gate), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse->fd);
	mkdir(dir, 0755);
	if (fuse->gate != MAP_FAILED &&
	    !mount("xe_svm", dir, "fuse", MS_NOSUID | MS_NODEV, options))
		return 0;
	err = -errno;
	close(fuse->fd);
	fuse->fd = -1;
	return err;
}

int fuse_open(const struct fuse *fuse)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "%s/file", fuse->dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void fuse_unmount(struct fuse *fuse)
{
	if (fuse->fd < 0 || !fuse->dir)
		return;
	umount2(fuse->dir, MNT_DETACH);
	close(fuse->fd);
	fuse->fd = -1;
}
