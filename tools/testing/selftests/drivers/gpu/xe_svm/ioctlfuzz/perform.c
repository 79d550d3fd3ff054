// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a call, counts how it ended, keeps what the kernel returned.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ioctlfuzz.h"

static long number_of(const char *name)
{
	static const struct {
		const char *name;
		long number;
	} table[] = {
		{ "ioctl$", __NR_ioctl }, { "openat$", __NR_openat }, { "mmap$", __NR_mmap },
		{ "munmap", __NR_munmap }, { "madvise", __NR_madvise },
		{ "mprotect", __NR_mprotect },
	};
	unsigned int i;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strncmp(name, table[i].name, strlen(table[i].name)))
			return table[i].number;
	return -1;		/* -ENOSYS, which coverage_show() finds */
}

static void show(const struct worker *w)
{
	static const char *const modes[] = { "valid", "edge", "wild" };
	const struct call *call = &w->call;
	char line[2048];
	size_t length;
	unsigned int i;

	length = snprintf(line, sizeof(line), "# %u.%u %lu %s %s:", w->process, w->thread, w->calls,
			  call->def->name, modes[call->mode]);
	for (i = 0; i < call->num_leaves && length < sizeof(line) - 64; i++) {
		const struct leaf *leaf = &call->leaves[i];
		uint64_t value = 0;

		memcpy(&value, leaf->at, leaf->type->size);
		length += snprintf(line + length, sizeof(line) - length, " %s=%#lx",
				   leaf->field->name, (unsigned long)value);
	}
	puts(line);
}

static void remember(struct worker *w)
{
	unsigned int index = w->calls % REMEMBERED, number = w->process * NUM_THREADS + w->thread;

	w->counts->last[number].line[index] = w->call.def->line;
	w->counts->last[number].mode[index] = w->call.mode;
	w->counts->last[number].calls = ++w->calls;
}

static void keep(struct worker *w, const struct def *resource, uint64_t value)
{
	atomic_store(&w->slots[w->call.fd][resource->number][w->call.slot], value);
}

static void keep_results(struct worker *w, long result)
{
	const struct call *call = &w->call;
	unsigned int i;

	for (i = 0; i < call->num_leaves; i++) {
		const struct leaf *leaf = &call->leaves[i];
		uint64_t value = 0;

		if (!leaf->field->out || leaf->type->kind != KIND_RESOURCE)
			continue;
		memcpy(&value, leaf->at, leaf->type->size);
		keep(w, leaf->type->def, value);
	}
	if (!call->def->result)
		return;
	if (!call->def->is_ioctl) {
		dup2(result, FD_BASE + call->fd);
		close(result);
		return;
	}
	keep(w, call->def->result, result);
}

void perform_call(struct worker *w)
{
	const struct call *call = &w->call;
	const uint64_t *args = call->args;
	unsigned int error = 0;
	long result;

	if (w->verbose)
		show(w);
	remember(w);
	result = syscall(number_of(call->def->name), args[0], args[1], args[2], args[3], args[4],
			 args[5]);
	if (result == -1)
		error = errno < MAX_ERRNO ? errno : MAX_ERRNO - 1;
	w->counts->by_errno[call->def->counter][error]++;
	w->counts->by_mode[call->mode]++;
	if (error)
		return;
	w->counts->ok_by_mode[call->mode]++;
	keep_results(w, result);
}
