// SPDX-License-Identifier: GPL-2.0
/*
 * A directory below the root of cgroup2.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"
#include "pressure.h"

#define ROOT		"/sys/fs/cgroup/"
#define DESTROY_MS	5000

static void file_of(char *path, size_t size, const struct cgroup *group, const char *file)
{
	snprintf(path, size, "%s/%s", group->dir, file);
}

int cgroup_create(struct cgroup *group, const char *controller)
{
	static unsigned int number;
	char enable[32];
	int err;

	group->dir[0] = '\0';
	snprintf(enable, sizeof(enable), "+%s", controller);
	err = pressure_set(ROOT "cgroup.subtree_control", enable);
	if (err)
		return err;
	snprintf(group->dir, sizeof(group->dir), ROOT "xe_svm_%d_%u", getpid(), number++);
	if (!mkdir(group->dir, 0700))
		return 0;
	err = -errno;
	group->dir[0] = '\0';
	return err;
}

void cgroup_destroy(struct cgroup *group)
{
	int64_t end = clock_ms() + DESTROY_MS;

	if (!group->dir[0])
		return;
	cgroup_leave();
	cgroup_set(group, "cgroup.kill", "1");
	while (rmdir(group->dir) && errno == EBUSY && clock_ms() < end)
		clock_sleep_ms(10);
	group->dir[0] = '\0';
}

int cgroup_enter(const struct cgroup *group)
{
	return cgroup_set(group, "cgroup.procs", "0");
}

int cgroup_leave(void)
{
	return pressure_set(ROOT "cgroup.procs", "0");
}

int cgroup_set(const struct cgroup *group, const char *file, const char *value)
{
	char path[128];

	file_of(path, sizeof(path), group, file);
	return pressure_set(path, value);
}

int cgroup_set_bytes(const struct cgroup *group, const char *file, uint64_t bytes)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return cgroup_set(group, file, text);
}

int64_t cgroup_number(const struct cgroup *group, const char *file)
{
	int64_t value = -ENODATA;
	char path[128];
	FILE *stream;

	file_of(path, sizeof(path), group, file);
	stream = fopen(path, "r");
	if (!stream)
		return -errno;
	if (fscanf(stream, "%" SCNd64, &value) != 1)
		value = -ENODATA;
	fclose(stream);
	return value;
}

int64_t cgroup_field(const struct cgroup *group, const char *file, const char *name)
{
	int64_t value, found = -ENOENT;
	char path[128], key[48];
	FILE *stream;

	file_of(path, sizeof(path), group, file);
	stream = fopen(path, "r");
	if (!stream)
		return -errno;
	while (fscanf(stream, "%47s %" SCNd64, key, &value) == 2)
		if (!strcmp(key, name))
			found = value;
	fclose(stream);
	return found;
}
