// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults that are answered by user space.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gpu.h"
#include "userfault.h"

bool userfault_offered(void)
{
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

unsigned int userfault_asked(int fd, unsigned int pages, unsigned int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	unsigned int asked = 0;
	struct uffd_msg msg;

	while (asked < pages && poll(&pfd, 1, ms) == 1)
		while (read(fd, &msg, sizeof(msg)) == sizeof(msg))
			asked += msg.event == UFFD_EVENT_PAGEFAULT;
	return asked;
}

int userfault_provide(int fd, void *area, size_t size)
{
	struct uffdio_zeropage zero = { .range.len = SZ_4K };
	size_t at;

	for (at = 0; at < size; at += SZ_4K) {
		zero.range.start = (uintptr_t)area + at;
		if (ioctl(fd, UFFDIO_ZEROPAGE, &zero) && errno != EEXIST)
			return -errno;
	}
	return 0;
}
