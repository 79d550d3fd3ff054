// SPDX-License-Identifier: GPL-2.0
/*
 * Processes of a storm: started, waited for but not forever, killed.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storm.h"

#define POLL_US	2000

void process_linger(unsigned int round)
{
	/* Multiples of the golden ratio: early and late rounds alternate. */
	usleep(round * 40503u % 3001);
}

/* An exit without a message is no error here: process_end() and others report it. */
static int hear_token(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char token;

	if (poll(&pfd, 1, ROUND_SECONDS * 1000) != 1)
		return -ETIME;
	return read(fd, &token, 1) < 0 ? -errno : 0;
}

pid_t process_start(int (*body)(int ready, unsigned int round), unsigned int round)
{
	int ends[2], err;
	pid_t pid;

	if (pipe(ends))
		return -errno;
	pid = fork();
	if (!pid) {
		close(ends[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(-body(ends[1], round));
	}
	close(ends[1]);
	err = pid < 0 ? -errno : hear_token(ends[0]);
	close(ends[0]);
	if (err && pid > 0)
		kill(pid, SIGKILL);
	return err ?: pid;
}

static int reap(pid_t pid, int *status)
{
	unsigned long left = ROUND_SECONDS * 1000000UL / POLL_US;

	for (; left; left--) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return 0;
		usleep(POLL_US);
	}
	return -ETIME;
}

static int result_of(int status)
{
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

int process_end(pid_t pid)
{
	int status = -1, err = reap(pid, &status);

	return err ?: result_of(status);
}

int process_kill_running(pid_t pid)
{
	int status = -1, err = kill(pid, SIGKILL) ? -errno : reap(pid, &status);

	if (err || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
		return err;
	return result_of(status) ?: -ESRCH;
}

/* The control message of SCM_RIGHTS, around one descriptor. */
union fd_message {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message(union fd_message *control, struct iovec *iov)
{
	return (struct msghdr) {
		.msg_iov = iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(*control),
	};
}

int process_send_fd(int socket, int fd)
{
	union fd_message control = {
		.head = {
			.cmsg_len = CMSG_LEN(sizeof(fd)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		},
	};
	char token = 'f';
	struct iovec iov = { .iov_base = &token, .iov_len = 1 };
	struct msghdr msg = message(&control, &iov);

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0) == 1 ? 0 : -errno;
}

int process_receive_fd(int socket)
{
	union fd_message control;
	char token;
	struct iovec iov = { .iov_base = &token, .iov_len = 1 };
	struct pollfd pfd = { .fd = socket, .events = POLLIN };
	struct msghdr msg = message(&control, &iov);
	int fd;

	if (poll(&pfd, 1, ROUND_SECONDS * 1000) != 1)
		return -ETIME;
	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&msg))
		return -EIO;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}
