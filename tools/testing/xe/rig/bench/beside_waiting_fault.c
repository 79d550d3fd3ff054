// SPDX-License-Identifier: GPL-2.0
/*
 * While a fault of a VM hangs 100 ms in userfaultfd: how long do other faults, binds, execs and munmaps of that VM
 * take, against the same undisturbed, in turns? An operation counts as disturbed that began while the fault hung.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define HANGS		50
#define HANG_MS		100
#define A_HANG		32	/* operations in one hang, at most */
#define WAIT_S		10

enum what { FAULT, BIND, EXEC, MUNMAP, NUM_WHAT };
static const char * const name[] = { "fault", "bind", "exec", "munmap" };

struct samples {
	uint64_t ns[HANGS * A_HANG];
	unsigned int num;
};

static struct bench b;
static struct gpu_queue other;
static struct {
	int fd;
	char *page;
	sem_t asked;
	volatile int over;	/* the page was provided */
} late;

/* Answers every question for the late page after HANG_MS. */
static void *monitor(void *unused)
{
	struct uffdio_zeropage zero = { .range = { .start = (uintptr_t)late.page, .len = SZ_4K } };
	struct pollfd pfd = { .fd = late.fd, .events = POLLIN };
	struct uffd_msg msg;

	while (poll(&pfd, 1, -1) == 1) {
		if (read(late.fd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		sem_post(&late.asked);
		usleep(HANG_MS * 1000);
		late.over = 1;
		if (ioctl(late.fd, UFFDIO_ZEROPAGE, &zero) && errno != EEXIST)
			fail("userfaultfd takes no page: %d", errno);
	}
	return unused;
}

static void watch_late_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	pthread_t thread;

	/* nothing beside it that a driver which takes more at once would wait for as well */
	late.page = memory_anonymous(SZ_4K);
	sure(late.page != NULL, "no memory");
	late.fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	must(late.fd < 0 ? errno : 0, "userfaultfd");
	reg.range.start = (uintptr_t)late.page;
	reg.range.len = SZ_4K;
	must(ioctl(late.fd, UFFDIO_API, &api) || ioctl(late.fd, UFFDIO_REGISTER, &reg) ? errno : 0, "userfaultfd");
	must(sem_init(&late.asked, 0, 0), "a semaphore");
	must(pthread_create(&thread, NULL, monitor, NULL), "a thread");
}

static void hang_begins(void)
{
	struct timespec limit;

	late.over = 0;
	gpu_batch_increment(&b.queue, late.page);
	must(gpu_start(&b.queue), "the write that hangs");
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += WAIT_S;
	sure(!sem_timedwait(&late.asked, &limit), "nobody was asked for the late page");
}

static void hang_ends(void)
{
	must(gpu_wait(&b.queue), "the write that hung");
	sure(late.over && *(uint32_t *)late.page == 1, "the GPU did not wait for the late page");
	must(madvise(late.page, SZ_4K, MADV_DONTNEED) ? -1 : 0, "MADV_DONTNEED");
}

static uint64_t one(enum what what, char *piece)
{
	uint64_t start = now_ns();

	switch (what) {
	case FAULT:
		must(gpu_increment(&other, piece), "a write by the GPU");
		break;
	case BIND:
		must(gpu_unbind(&b.gpu, (uintptr_t)piece, SZ_2M), "an unbind");
		must(gpu_bind_mirror(&b.gpu, (uintptr_t)piece, SZ_2M, 0), "a bind");
		break;
	case EXEC:
		must(gpu_run(&other), "an empty batch");
		break;
	default:
		must(munmap(piece, SZ_4K) ? -1 : 0, "munmap");
	}
	return now_ns() - start;
}

/* A_HANG operations, or as many as begin while the fault hangs; each on a piece of its own. */
static void sample(enum what what, struct samples *samples, int disturbed)
{
	struct areas areas;
	unsigned int i;

	areas_map(&areas, A_HANG, SZ_4K, SZ_2M, PAGES_SMALL);
	areas_populate(&areas);
	if (what == MUNMAP)
		touch(&other, areas.start, A_HANG, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	if (disturbed)
		hang_begins();
	for (i = 0; i < A_HANG && !(disturbed && late.over); i++) {
		char *piece = areas.start + i * SZ_2M;

		samples->ns[samples->num++] = one(what, piece);
		if (what == FAULT)
			sure(*(uint32_t *)piece == 0xc0de + 1, "the GPU did not write");
	}
	if (disturbed)
		hang_ends();
	areas_unmap(&areas);
}

static void report_of(enum what what, const char *how, double value, const char *unit)
{
	char key[48];

	snprintf(key, sizeof(key), "beside_%s_%s", name[what], how);
	report(key, value, unit);
}

static void measure(enum what what)
{
	static struct samples alone, beside;
	int i;

	alone.num = 0;
	beside.num = 0;
	for (i = 0; i < HANGS; i++) {
		sample(what, &alone, 0);
		sample(what, &beside, 1);
	}
	sure(beside.num >= HANGS / 2, "too few operations while the fault hung");
	report_of(what, "p99", (double)percentile(beside.ns, beside.num, 99) / percentile(alone.ns, alone.num, 99),
	     "of undisturbed");
	report_of(what, "p50", (double)percentile(beside.ns, beside.num, 50) / percentile(alone.ns, alone.num, 50),
	     "of undisturbed");
	report_of(what, "p99_us", percentile(beside.ns, beside.num, 99) / 1000.0, "us");
}

int main(void)
{
	int what;

	bench_open(&b);
	queue_on(&b, b.gpu.num_engines - 1, &other);
	watch_late_page();
	for (what = 0; what < NUM_WHAT; what++)
		measure(what);
	bench_close(&b);
	return 0;
}
