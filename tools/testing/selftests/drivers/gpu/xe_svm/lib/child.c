// SPDX-License-Identifier: GPL-2.0
/*
 * A process beside the test, and a socket between the two.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"

#define STOP_MS	20000

int child_start(struct child *child, int (*life)(int fd, void *arg), void *arg)
{
	int ends[2];

	child->pid = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	child->pid = fork();
	if (!child->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		close(ends[0]);
		_exit(life(ends[1], arg));
	}
	close(ends[1]);
	child->fd = ends[0];
	if (child->pid > 0)
		return 0;
	close(child->fd);
	child->pid = 0;
	return -EAGAIN;
}

bool child_ended(struct child *child, int *status, unsigned int ms)
{
	int64_t end = clock_ms() + ms;

	do {
		if (waitpid(child->pid, status, WNOHANG) == child->pid) {
			child->pid = 0;
			close(child->fd);
			return true;
		}
		clock_sleep_ms(1);
	} while (clock_ms() < end);
	return false;
}

bool child_stop(struct child *child)
{
	int status;

	if (child->pid <= 0)
		return true;
	kill(child->pid, SIGKILL);
	return child_ended(child, &status, STOP_MS);
}

int child_take_fd(const struct child *child, int fd)
{
	int pidfd = syscall(__NR_pidfd_open, child->pid, 0), taken, err = 0;

	if (pidfd < 0)
		return -errno;
	taken = syscall(__NR_pidfd_getfd, pidfd, fd, 0);
	if (taken < 0)
		err = -errno;
	close(pidfd);
	return err ?: taken;
}

int child_say(int fd, int word)
{
	return send(fd, &word, sizeof(word), MSG_NOSIGNAL) == sizeof(word) ? 0 : -EPIPE;
}

int child_hear(int fd, int *word, unsigned int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	if (poll(&pfd, 1, ms) != 1)
		return -ETIME;
	return read(fd, word, sizeof(*word)) == sizeof(*word) ? 0 : -EPIPE;
}
