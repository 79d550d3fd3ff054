/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A control group with limits of its own, for the test or for processes it starts,
 * and the kernel's account of it. Needs root; -ENOENT and the like mean that this
 * kernel has no such controller.
 */
#ifndef XE_SVM_LIB_CGROUP_H
#define XE_SVM_LIB_CGROUP_H

#include <stdint.h>

struct cgroup {
	/** @dir: empty while there is no group */
	char dir[64];
};

/* @controller: one, like "memory". */
int cgroup_create(struct cgroup *group, const char *controller);
/* Kills its members but never the caller, which moves to the root first. */
void cgroup_destroy(struct cgroup *group);

/* The caller moves into the group, or back to the root. */
int cgroup_enter(const struct cgroup *group);
int cgroup_leave(void);

int cgroup_set(const struct cgroup *group, const char *file, const char *value);
int cgroup_set_bytes(const struct cgroup *group, const char *file, uint64_t bytes);

/* The number in a file, or in the line of it that begins with @name; or -errno. */
int64_t cgroup_number(const struct cgroup *group, const char *file);
int64_t cgroup_field(const struct cgroup *group, const char *file, const char *name);

#endif
