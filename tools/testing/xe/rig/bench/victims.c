// SPDX-License-Identifier: GPL-2.0
/*
 * How long do faults of four VMs take, one after the other, while another process does its worst, against the same
 * without? As many VMs as there are threads or queues for faults, so that one shares whatever the other process
 * occupies. What a fault of the other process costs anyway (CPU time, faults of its own) it costs in both cases:
 *
 *	parked		600 faults wait in its userfaultfd
 *	munmap		a thread without CPU time gives back 512 MiB the GPU uses, as in a container that is throttled
 *	reclaim		it writes to more memory than its memory.max
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/areas.h"
#include "ground/measure.h"
#include "lib/pressure.h"

#define VICTIMS		4
#define TURNS		4
#define A_TURN		60	/* faults */
#define TURN_NS		(4 * SECOND_NS)
#define ANSWER_MS	30000

#define LANES		300u
#define PARKERS		2u
#define GIVEN_BACK	(512 * 1024 * 1024UL)
#define LIMIT		(16 * 1024 * 1024UL)

struct victim {
	struct gpu gpu;
	struct gpu_queue queue;
};

struct samples {
	uint64_t ns[TURNS * A_TURN];
	unsigned int num;
};

/* The other process: starts its worst on 'g', ends it on 's', and replies to either. */
struct other {
	pid_t pid;
	int order, answer;
};

static volatile int worst;

static void stay_on(unsigned int n)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(n, &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
}

/* Forever: do what the byte requests, then reply. */
static void obey(int order, int answer, void (*change)(void))
{
	char what;

	do {
		if (write(answer, "d", 1) != 1 || read(order, &what, 1) != 1)
			_exit(0);
		worst = what == 'g';
		change();
	} while (1);
}

static void let_it_show(void)
{
	usleep(100000);
}

static unsigned int asked(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	unsigned int count = 0;
	struct uffd_msg msg;

	while (count < PARKERS * LANES && poll(&pfd, 1, 2000) == 1)
		while (read(fd, &msg, sizeof(msg)) == sizeof(msg))
			count++;
	return count;
}

static struct {
	struct gpu_queue queues[PARKERS];
	char *area;
	int fd;
} parking;

static void park(void)
{
	unsigned int i;

	for (i = 0; i < PARKERS; i++) {
		batch_touch(&parking.queues[i], parking.area + i * SZ_2M, LANES, SZ_4K, LANES, GPU_TOUCH_WRITE);
		must(gpu_start(&parking.queues[i]), "writes that wait");
	}
	report("victims_parked", asked(parking.fd), "faults");
}

static void provide(void)
{
	unsigned int i;

	for (i = 0; i < PARKERS * SZ_2M / SZ_4K; i++) {
		struct uffdio_zeropage zero = { .range = { (uintptr_t)parking.area + i * SZ_4K, SZ_4K } };

		if (ioctl(parking.fd, UFFDIO_ZEROPAGE, &zero) && errno != EEXIST)
			fail("userfaultfd takes no page: %d", errno);
	}
	for (i = 0; i < PARKERS; i++)
		must(gpu_wait(&parking.queues[i]), "writes that waited");
	madvise(parking.area, PARKERS * SZ_2M, MADV_DONTNEED);
}

static void park_or_provide(void)
{
	if (worst)
		park();
	else
		provide();
}

static void parked(int order, int answer)
{
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	struct bench b;
	unsigned int i;

	bench_open(&b);
	for (i = 0; i < PARKERS; i++)
		queue_on(&b, i, &parking.queues[i]);
	parking.area = memory_anonymous(PARKERS * SZ_2M);
	sure(parking.area != NULL, "no memory");
	parking.fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	must(parking.fd < 0 ? errno : 0, "userfaultfd");
	reg.range.start = (uintptr_t)parking.area;
	reg.range.len = PARKERS * SZ_2M;
	must(ioctl(parking.fd, UFFDIO_API, &api) || ioctl(parking.fd, UFFDIO_REGISTER, &reg) ? errno : 0,
	     "userfaultfd");
	obey(order, answer, park_or_provide);
}

static char *given_back;

static void *gives_back(void *unused)
{
	struct sched_param none = { };

	stay_on(0);
	sched_setscheduler(0, SCHED_IDLE, &none);
	for (;;) {
		if (worst)
			madvise(given_back, GIVEN_BACK, MADV_DONTNEED);
		else
			usleep(1000);
	}
	return unused;
}

static void *hog(void *unused)
{
	stay_on(0);
	for (;;)
		;
	return unused;
}

/* Faults of its own go on all the time. */
static void *faults(void *bench)
{
	struct bench *b = bench;
	unsigned int page;

	stay_on(1);
	for (;;) {
		for (page = 0; page < 100; page++)
			gpu_batch_store(&b->queue, given_back + page * SZ_2M + SZ_64K, page);
		if (gpu_run(&b->queue))
			gpu_queue_renew(&b->queue);
		for (page = 0; page < 100; page++)
			madvise(given_back + page * SZ_2M + SZ_64K, SZ_4K, MADV_DONTNEED);
		usleep(20000);
	}
	return NULL;
}

static void throttled(int order, int answer)
{
	pthread_t thread;
	struct bench b;
	size_t offset;

	bench_open(&b);
	given_back = memory_anonymous(GIVEN_BACK);
	sure(given_back != NULL, "no memory");
	for (offset = 0; offset < GIVEN_BACK; offset += SZ_2M)
		*(volatile char *)(given_back + offset) = 1;
	must(gpu_write(&b.queue, given_back, 1), "a write by the GPU");
	must(pthread_create(&thread, NULL, gives_back, NULL), "a thread");
	usleep(10000);
	must(pthread_create(&thread, NULL, hog, NULL), "a thread");
	must(pthread_create(&thread, NULL, faults, &b), "a thread");
	obey(order, answer, let_it_show);
}

static char *written;

/* In both cases as many writes; what does not fit is reclaimed. */
static void *writes(void *unused)
{
	size_t offset = 0;

	for (;;) {
		*(volatile char *)(written + offset) = 1;
		offset = (offset + SZ_4K) % (worst ? 2 * LIMIT : LIMIT / 4);
	}
	return unused;
}

static void reclaimed(int order, int answer)
{
	pthread_t thread;
	struct bench b;

	must(pressure_swap_on(), "swap");
	must(pressure_group_enter(LIMIT), "a memory cgroup");
	bench_open(&b);
	written = memory_anonymous(2 * LIMIT);
	sure(written != NULL, "no memory");
	touch(&b.queue, written, LIMIT / 4 / SZ_4K, SZ_4K, 1, GPU_TOUCH_INCREMENT);
	must(pthread_create(&thread, NULL, writes, NULL), "a thread");
	obey(order, answer, let_it_show);
}

static int answered(struct other *other)
{
	struct pollfd pfd = { .fd = other->answer, .events = POLLIN };
	char what;

	return poll(&pfd, 1, ANSWER_MS) == 1 && read(other->answer, &what, 1) == 1;
}

static void tell(struct other *other, const char *what)
{
	if (write(other->order, what, 1) != 1 || !answered(other))
		fail("the other process did not reply");
}

static void start(struct other *other, void (*body)(int order, int answer))
{
	int order[2], answer[2];

	must(pipe(order) || pipe(answer) ? errno : 0, "pipes");
	other->pid = fork();
	if (!other->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(order[1]);
		body(order[0], answer[1]);
	}
	close(order[0]);
	close(answer[1]);
	other->order = order[1];
	other->answer = answer[0];
	if (!answered(other))
		fail("the other process did not begin");
}

static void end(struct other *other)
{
	int i;

	kill(other->pid, SIGKILL);
	for (i = 0; i < 500 && !waitpid(other->pid, NULL, WNOHANG); i++)
		usleep(10000);
	close(other->order);
	close(other->answer);
}

/* A fault that failed took as long as one waits for it, and there is no point in more. */
static int sample(struct victim *victims, struct samples *samples)
{
	uint64_t began = now_ns(), start;
	struct areas areas;
	unsigned int i;
	int err = 0;

	areas_map(&areas, A_TURN, SZ_4K, SZ_2M, PAGES_SMALL);
	areas_populate(&areas);
	for (i = 0; i < A_TURN && !err && now_ns() - began < TURN_NS; i++) {
		start = now_ns();
		err = gpu_increment(&victims[i % VICTIMS].queue, areas.start + i * SZ_2M);
		samples->ns[samples->num++] = now_ns() - start;
	}
	areas_unmap(&areas);
	return err;
}

static void result(const char *name, const char *how, double value, const char *unit)
{
	char key[48];

	snprintf(key, sizeof(key), "victim_%s_%s", name, how);
	report(key, value, unit);
}

static void measure(struct victim *victims, const char *name, void (*body)(int order, int answer))
{
	static struct samples alone, beside;
	struct other other;
	int i, err = 0;

	alone.num = 0;
	beside.num = 0;
	start(&other, body);
	for (i = 0; i < TURNS && !err; i++) {
		must(sample(victims, &alone), "an undisturbed fault");
		tell(&other, "g");
		err = sample(victims, &beside);
		if (!err)
			tell(&other, "s");
	}
	end(&other);
	for (i = 0; i < VICTIMS && err; i++)
		must(gpu_queue_renew(&victims[i].queue), "a queue");
	result(name, "p99", (double)percentile(beside.ns, beside.num, 99) / percentile(alone.ns, alone.num, 99),
	       "of undisturbed");
	result(name, "p50", (double)percentile(beside.ns, beside.num, 50) / percentile(alone.ns, alone.num, 50),
	       "of undisturbed");
	result(name, "longest", percentile(beside.ns, beside.num, 100) / 1000.0, "us");
}

int main(void)
{
	static struct victim victims[VICTIMS];
	int i;

	for (i = 0; i < VICTIMS; i++) {
		struct gpu *gpu = &victims[i].gpu;

		must(gpu_open_mirrored(gpu, gpu_control_in_memory, &victims[i].queue), "a victim");
		gpu_queue_destroy(&victims[i].queue);
		must(gpu_queue_create(gpu, &gpu->engines[gpu->num_engines - 1], &victims[i].queue), "a queue");
		must(gpu_run(&victims[i].queue), "an empty batch");
	}
	measure(victims, "parked", parked);
	measure(victims, "munmap", throttled);
	measure(victims, "reclaim", reclaimed);
	return 0;
}
