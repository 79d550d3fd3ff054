/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process beside the test: it is started, talks to the test one word at a time,
 * and ends. It dies with the test. No wait here lasts forever.
 */
#ifndef XE_SVM_LIB_CHILD_H
#define XE_SVM_LIB_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct child - a process and the test's end of the socket to it
 */
struct child {
	/** @pid: 0 before child_start() and after the child was reaped */
	pid_t pid;
	int fd;
};

/* In a new process @life runs with its end of the socket; its result is the exit status. */
int child_start(struct child *child, int (*life)(int fd, void *arg), void *arg);
/* False if it did not end within @ms; it is then left alone. */
bool child_ended(struct child *child, int *status, unsigned int ms);
/* Kills it if it still runs. True when there is no child any more. */
bool child_stop(struct child *child);
/* A duplicate of the child's descriptor @fd, or -errno. Needs root. */
int child_take_fd(const struct child *child, int fd);

/* For either end: 0, or -ETIME, or -EPIPE when the other end is closed. */
int child_say(int fd, int word);
int child_hear(int fd, int *word, unsigned int ms);

#endif
