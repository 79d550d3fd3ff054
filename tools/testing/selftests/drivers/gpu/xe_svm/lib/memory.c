// SPDX-License-Identifier: GPL-2.0
/*
 * The CPU side of a test: memory of every kind, and its state in the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gpu.h"
#include "memory.h"

/* Reserve 2 MiB too much, keep the aligned part, put the wanted mapping there. */
void *memory_map(size_t size, int prot, int flags, int fd)
{
	size_t slack = size + SZ_2M;
	char *area, *start;
	void *p;

	area = mmap(NULL, slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		return NULL;
	start = (char *)(((uintptr_t)area + SZ_2M - 1) & ~(SZ_2M - 1));
	if (start > area)
		munmap(area, start - area);
	munmap(start + size, area + slack - (start + size));

	p = mmap(start, size, prot, flags | MAP_FIXED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

/* Small pages, so that the test decides which are populated, not khugepaged. */
void *memory_anonymous(size_t size)
{
	void *p = memory_map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (p && madvise(p, size, MADV_NOHUGEPAGE) && errno != EINVAL) {
		munmap(p, size);
		return NULL;
	}
	return p;
}

int memory_file(const char *dir, size_t size, uint32_t value)
{
	uint32_t page[SZ_4K / sizeof(uint32_t)];
	size_t i;
	int fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	for (i = 0; i < SZ_4K / sizeof(uint32_t); i++)
		page[i] = value;
	for (i = 0; i < size; i += SZ_4K) {
		if (write(fd, page, SZ_4K) == SZ_4K)
			continue;
		close(fd);
		return -ENOSPC;
	}
	return fd;
}

int64_t memory_smaps(const void *addr, const char *field)
{
	uintptr_t start, end, at = (uintptr_t)addr;
	char line[256], key[32];
	int64_t bytes = -ENOENT;
	bool inside = false;
	unsigned long kib;
	FILE *smaps;

	smaps = fopen("/proc/self/smaps", "r");
	if (!smaps)
		return -errno;
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &start, &end) == 2)
			inside = at >= start && at < end;
		else if (inside && sscanf(line, "%31[^:]: %lu kB", key, &kib) == 2 &&
			 !strcmp(key, field))
			bytes = kib * 1024;
	}
	fclose(smaps);
	return bytes;
}

#define PAGEMAP_PRESENT	(1ULL << 63)
#define PAGEMAP_PFN	((1ULL << 55) - 1)

int64_t memory_pfn(const void *addr)
{
	uint64_t entry = 0;
	ssize_t got;
	int fd;

	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = pread(fd, &entry, sizeof(entry), (uintptr_t)addr / SZ_4K * sizeof(entry));
	close(fd);
	if (got != sizeof(entry))
		return -EIO;
	return entry & PAGEMAP_PRESENT ? entry & PAGEMAP_PFN : 0;
}

int memory_userfault(void *area)
{
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)area, .len = SZ_2M },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		return -errno;
	return fd;
}

static void go_on(int signal)
{
}

int memory_break(void *page, int how)
{
	struct sigaction action = { .sa_handler = go_on };
	int err;

	sigaction(SIGBUS, &action, NULL);
	err = madvise(page, SZ_4K, how) ? -errno : 0;
	/* An access to it must end the test. */
	signal(SIGBUS, SIG_DFL);
	return err;
}
