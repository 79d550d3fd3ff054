// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's module parameters, as root reads and changes them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gpu.h"

static int open_parameter(const char *name, int flags)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/xe/parameters/%s", name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int xe_parameter_get(const char *name, char *value, size_t size)
{
	int fd = open_parameter(name, O_RDONLY);
	ssize_t n;
	int err;

	if (fd < 0)
		return fd;
	n = read(fd, value, size - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	value[n < 0 ? 0 : n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return err;
}

int xe_parameter_set(const char *name, const char *value)
{
	int fd = open_parameter(name, O_WRONLY);
	int err;

	if (fd < 0)
		return fd;
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}
