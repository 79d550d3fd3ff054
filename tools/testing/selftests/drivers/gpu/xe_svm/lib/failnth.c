// SPDX-License-Identifier: GPL-2.0
/*
 * Make the nth allocation of a task fail, once.
 *
 * A fault is served by a kworker or a waiter, and which one is not known before, so all
 * of them are armed, but only allocations below one of the functions named here count.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failnth.h"
#include "pressure.h"

#define DEBUGFS	"/sys/kernel/debug/"

/* Faults are served below these functions; allocations of their callees count. */
static const char * const fault_workers[] = {
	"pf_queue_work_func",
	"waiter_main",
	NULL
};

/*
 * Callers of the refill of the pool of CONFIG_DEBUG_OBJECTS, all in one file. Any caller may find
 * the pool low, independent of the operation, and such an allocation may fail without consequence.
 */
static const char * const debug_objects[] = {
	"debug_object_init",
	"debug_object_init_on_stack",
	"debug_object_activate",
	"debug_object_assert_init",
	NULL
};

/* Where they lie in the kernel: [start, end). */
struct text {
	uint64_t start;
	uint64_t end;
};

static const struct text everywhere = { .start = 0, .end = UINT64_MAX };

static int put_number(const char *path, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return pressure_set(path, text);
}

static int filter_by_stack(const struct text *text)
{
	return put_number(DEBUGFS "failslab/require-start", text->start) ?:
		put_number(DEBUGFS "failslab/require-end", text->end) ?:
		put_number(DEBUGFS "fail_page_alloc/require-start", text->start) ?:
		put_number(DEBUGFS "fail_page_alloc/require-end", text->end);
}

static int reject_by_stack(const struct text *text)
{
	return put_number(DEBUGFS "failslab/reject-start", text->start) ?:
		put_number(DEBUGFS "failslab/reject-end", text->end) ?:
		put_number(DEBUGFS "fail_page_alloc/reject-start", text->start) ?:
		put_number(DEBUGFS "fail_page_alloc/reject-end", text->end);
}

static bool is_one_of(const char *symbol, const char * const *names)
{
	for (; *names; names++)
		if (!strcmp(symbol, *names))
			return true;
	return false;
}

/*
 * kallsyms is sorted by address: a function ends where the next symbol starts.
 * -ESRCH: one of them is not there.
 */
static int find_functions(const char * const *names, struct text *text)
{
	char line[256], symbol[128];
	unsigned int found = 0, all = 0;
	bool inside = false;
	uint64_t address;
	FILE *symbols;

	symbols = fopen("/proc/kallsyms", "r");
	if (!symbols)
		return -errno;
	while (fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%" SCNx64 " %*c %127s", &address, symbol) != 2)
			continue;
		if (inside)
			text->end = address;
		inside = is_one_of(symbol, names);
		if (inside && !found++)
			text->start = address;
	}
	fclose(symbols);
	while (names[all])
		all++;
	return found < all ? -ESRCH : 0;
}

/* No random failures; allocations of any size, waiting or not, can be made to fail. */
int failnth_setup(void)
{
	/* To read the symbols of the kernel takes seconds. */
	static struct text text;
	static bool found;
	int err;

	err = found ? 0 : find_functions(debug_objects, &text);
	if (err && err != -ESRCH)
		return err;
	found = true;
	return pressure_set(DEBUGFS "failslab/probability", "0") ?:
		pressure_set(DEBUGFS "failslab/ignore-gfp-wait", "N") ?:
		pressure_set(DEBUGFS "fail_page_alloc/probability", "0") ?:
		pressure_set(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N") ?:
		pressure_set(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N") ?:
		pressure_set(DEBUGFS "fail_page_alloc/min-order", "0") ?:
		reject_by_stack(&text) ?:
		filter_by_stack(&everywhere);
}

static bool may_serve(const char *pid)
{
	char path[300], name[16] = "";
	FILE *comm;

	if (!isdigit((unsigned char)*pid))
		return false;
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	comm = fopen(path, "r");
	if (!comm)
		return false;
	if (!fgets(name, sizeof(name), comm))
		*name = 0;
	fclose(comm);
	return !strncmp(name, "kworker/", 8) || !strncmp(name, "xe-svm-waiter", 13);
}

static int add(struct failnth *failnth, const char *path)
{
	int fd;

	if (failnth->num == FAILNTH_MAX_TASKS)
		return -E2BIG;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	failnth->fd[failnth->num++] = fd;
	return 0;
}

static int add_servers(struct failnth *failnth)
{
	struct dirent *entry;
	char path[300];
	int err = 0;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return -errno;
	while (!err && (entry = readdir(proc))) {
		if (!may_serve(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fail-nth", entry->d_name);
		err = add(failnth, path);
		/* It may have ended just now. */
		if (err == -ENOENT)
			err = 0;
	}
	closedir(proc);
	return err;
}

/* The last thing done before the operation: from here on allocations count. */
static void arm(struct failnth *failnth, unsigned int nth)
{
	char text[16];
	unsigned int i;
	int len = snprintf(text, sizeof(text), "%u", nth);

	failnth->nth = nth;
	for (i = 0; i < failnth->num; i++)
		if (write(failnth->fd[i], text, len) != len && errno != ESRCH)
			perror("fail-nth");
}

int failnth_arm_self(struct failnth *failnth, unsigned int nth)
{
	int err;

	failnth->num = 0;
	err = filter_by_stack(&everywhere) ?: add(failnth, "/proc/thread-self/fail-nth");
	if (!err)
		arm(failnth, nth);
	return err;
}

int failnth_arm_fault_workers(struct failnth *failnth, unsigned int nth)
{
	static struct text text;
	int err;

	failnth->num = 0;
	err = text.end ? 0 : find_functions(fault_workers, &text);
	if (!err)
		err = filter_by_stack(&text) ?: add_servers(failnth);
	if (!err)
		arm(failnth, nth);
	return err;
}

/* Remaining count of a task; the whole count if the task has ended. */
static unsigned int left_of(int fd, unsigned int nth)
{
	char text[16] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtoul(text, NULL, 10) : nth;
}

struct failnth_result failnth_disarm(struct failnth *failnth)
{
	struct failnth_result result = {};
	unsigned int i, left;

	for (i = 0; i < failnth->num; i++) {
		left = left_of(failnth->fd[i], failnth->nth);
		if (pwrite(failnth->fd[i], "0", 1, 0) != 1 && errno != ESRCH)
			perror("fail-nth");
		result.failed += !left;
		result.passed += failnth->nth - left - !left;
		close(failnth->fd[i]);
	}
	failnth->num = 0;
	return result;
}

static int put_each(const char *file, const char *value)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), DEBUGFS "failslab/%s", file);
	err = pressure_set(path, value);
	if (err)
		return err;
	snprintf(path, sizeof(path), DEBUGFS "fail_page_alloc/%s", file);
	return pressure_set(path, value);
}

static int stop_below(void)
{
	return put_each("probability", "0") ?: put_each("verbose", "1") ?:
		put_each("interval", "1") ?: put_each("space", "0") ?: failnth_setup();
}

/* The settings of @times, @key and @value are those that differ. */
static int start_below(const char *function, const char *ignore_wait, const char *times,
		       const char *key, unsigned int value)
{
	const char * const names[] = { function, NULL };
	static const char *found;
	static struct text text;
	char number[16];
	int err = 0;

	snprintf(number, sizeof(number), "%u", value);
	if (!found || strcmp(found, function)) {
		text = (struct text) {};
		err = find_functions(names, &text);
		found = err ? NULL : function;
	}
	if (err)
		return err;
	return failnth_setup() ?: filter_by_stack(&text) ?:
		put_each("ignore-gfp-wait", ignore_wait) ?: put_each("verbose", "0") ?:
		put_each("times", times) ?: put_each(key, number) ?:
		put_each("probability", "100");
}

int failnth_below(const char *function, unsigned int nth)
{
	return function ? start_below(function, "Y", "-1", "interval", nth) : stop_below();
}

int failnth_always(const char *function)
{
	return function ? start_below(function, "N", "-1", "interval", 1) : stop_below();
}

int failnth_beyond(const char *function, unsigned int bytes)
{
	return function ? start_below(function, "N", "4", "space", bytes) : stop_below();
}

int failnth_left(void)
{
	return pressure_get(DEBUGFS "fail_page_alloc/times");
}
