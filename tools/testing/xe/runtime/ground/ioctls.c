// SPDX-License-Identifier: GPL-2.0
/* ioctl() as the program and its libraries have it; see ioctls.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <drm/drm.h>
#include <drm/xe_drm.h>

#include "ground/ioctls.h"

struct ioctls ioctls;

#define XE(name) [DRM_COMMAND_BASE + DRM_XE_##name] = #name
static const char *const names[] = {
	[_IOC_NR(DRM_IOCTL_VERSION)] = "VERSION",
	[_IOC_NR(DRM_IOCTL_GEM_CLOSE)] = "GEM_CLOSE",
	[_IOC_NR(DRM_IOCTL_PRIME_HANDLE_TO_FD)] = "PRIME_HANDLE_TO_FD",
	[_IOC_NR(DRM_IOCTL_PRIME_FD_TO_HANDLE)] = "PRIME_FD_TO_HANDLE",
	XE(DEVICE_QUERY), XE(GEM_CREATE), XE(GEM_MMAP_OFFSET), XE(VM_CREATE), XE(VM_DESTROY), XE(VM_BIND),
	XE(EXEC_QUEUE_CREATE), XE(EXEC_QUEUE_DESTROY), XE(EXEC_QUEUE_GET_PROPERTY), XE(EXEC),
	XE(WAIT_USER_FENCE), XE(OBSERVATION), XE(MADVISE), XE(VM_QUERY_MEM_RANGE_ATTRS), XE(VM_GET_PROPERTY),
};

static const struct drm_xe_vm_bind_op *ops(const struct drm_xe_vm_bind *bind)
{
	return bind->num_binds == 1 ? &bind->bind : (const void *)(uintptr_t)bind->vector_of_binds;
}

/* What tells a call that may fail from others of its kind */
static void describe(char *text, size_t size, unsigned int nr, const void *arg)
{
	const struct drm_xe_vm_bind *bind = arg;
	const struct drm_xe_vm_create *vm = arg;
	const struct drm_xe_gem_mmap_offset *offset = arg;
	const struct drm_xe_madvise *advice = arg;
	const struct drm_xe_device_query *query = arg;

	*text = '\0';
	switch (nr) {
	case DRM_COMMAND_BASE + DRM_XE_VM_CREATE:
		snprintf(text, size, " flags=%#x", vm->flags);
		break;
	case DRM_COMMAND_BASE + DRM_XE_VM_BIND:
		snprintf(text, size, " ops=%u op=%u flags=%#x", bind->num_binds, ops(bind)->op, ops(bind)->flags);
		break;
	case DRM_COMMAND_BASE + DRM_XE_GEM_MMAP_OFFSET:
		snprintf(text, size, " flags=%#x", offset->flags);
		break;
	case DRM_COMMAND_BASE + DRM_XE_MADVISE:
		snprintf(text, size, " type=%u", advice->type);
		break;
	case DRM_COMMAND_BASE + DRM_XE_DEVICE_QUERY:
		snprintf(text, size, " query=%u", query->query);
		break;
	}
}

static int line_of(char *line, size_t size, unsigned long request, const void *arg, int err)
{
	unsigned int nr = _IOC_NR(request);
	const char *name = NULL;
	char text[80] = "", number[24];

	if (_IOC_TYPE(request) == DRM_IOCTL_BASE) {
		if (nr < sizeof(names) / sizeof(*names))
			name = names[nr];
		describe(text, sizeof(text), nr, arg);
	}
	snprintf(number, sizeof(number), "%#lx", request);
	return snprintf(line, size, "%s%s %s\n", name ?: number, text, strerrorname_np(err));
}

static void note_failure(const char *line, int len)
{
	const char *path = getenv("RUNTIME_IOCTLS");
	int fd;

	__atomic_add_fetch(&ioctls.failures, 1, __ATOMIC_RELAXED);
	fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : dup(STDERR_FILENO);
	if (fd < 0 || write(fd, line, len) != len)
		fprintf(stderr, "ioctl that failed, and cannot be noted: %s", line);
	close(fd);
}

/*
 * A call that ends with EINTR or EAGAIN has to be issued again, as drmIoctl() and the runtime do: 6.12 returns EAGAIN
 * from a bind of user memory whose pages change meanwhile. It is a failure if the thread goes on to another call, or
 * gets such a result RESTARTS times in a row.
 */
#define RESTARTS 1000

static _Thread_local struct {
	unsigned long request;
	const void *arg;
	unsigned int times;	/* in a row, 0: none is due */
	char line[160];
	int len;
} restart;

static void note_missing_restart(unsigned long request, const void *arg)
{
	if (restart.times && (restart.request != request || restart.arg != arg)) {
		note_failure(restart.line, restart.len);
		restart.times = 0;
	}
}

static void note_result(unsigned long request, const void *arg, int err)
{
	char line[160];

	if (err != EINTR && err != EAGAIN) {
		restart.times = 0;
		if (err)
			note_failure(line, line_of(line, sizeof(line), request, arg, err));
		return;
	}
	restart.request = request;
	restart.arg = arg;
	restart.len = line_of(restart.line, sizeof(restart.line), request, arg, err);
	if (++restart.times == RESTARTS)
		note_failure(restart.line, restart.len);
}

static void count_bind(int fd, const struct drm_xe_vm_bind *bind)
{
	const struct drm_xe_vm_bind_op *op = ops(bind);

	for (unsigned int i = 0; i < bind->num_binds; i++, op++) {
		ioctls.prefetches += op->op == DRM_XE_VM_BIND_OP_PREFETCH;
		ioctls.userptrs_bound += op->op == DRM_XE_VM_BIND_OP_MAP_USERPTR;
		ioctls.objects_bound += op->op == DRM_XE_VM_BIND_OP_MAP && op->obj;
		if (op->flags & DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR && !op->addr) {
			ioctls.mirrors++;
			ioctls.fd = fd;
			ioctls.vm = bind->vm_id;
		}
	}
}

static void count(int fd, unsigned long request, const void *arg)
{
	static int busy;

	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
		;
	if (request == DRM_IOCTL_XE_VM_CREATE)
		ioctls.vms++;
	else if (request == DRM_IOCTL_XE_VM_BIND)
		count_bind(fd, arg);
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *arg;
	long ret;
	int err;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	if (request == DRM_IOCTL_XE_MADVISE)
		__atomic_add_fetch(&ioctls.advices, 1, __ATOMIC_RELAXED);
	note_missing_restart(request, arg);
	ret = syscall(SYS_ioctl, fd, request, arg);
	err = errno;
	if (!ret)
		count(fd, request, arg);
	note_result(request, arg, ret < 0 ? err : 0);
	errno = err;
	return ret;
}
