// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6, C11, C15): process_mrelease() of a killed process that is slow to exit
 * unmaps memory under its running job: the GPU cannot read the reaped memory
 * any more. Memory that the GPU has mapped may be left to the exit (-EAGAIN),
 * which then frees it.
 *
 * Desktop: quiet machine, counts the memory of all processes
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/system_memory.h"

#define BULK		(16 * SZ_2M)
#define MAPPED		16
#define NOISE		((int64_t)(2 * SZ_2M))
#define SECRET		0x3e1ea5e0
#define NOTHING		0x3e1ea5ff
#define AT_GATE		0x3e1ea5aa
#define GO		1
#define READY_MS	20000
#define SETTLE_MS	500

#ifndef __NR_process_mrelease
#define __NR_process_mrelease	448
#endif

FIXTURE(reaped)
{
	struct gpu gpu;		/* of a bystander */
	struct gpu_queue queue;
	struct child child;
	bool by_gpu;
	int pidfd;
	/* of the child, which shares the first with the test */
	volatile uint32_t *shared;
	char *bulk, *mapped;
	char *control;
	int64_t before;
};

FIXTURE_VARIANT(reaped)
{
	bool by_gpu;
};

FIXTURE_VARIANT_ADD(reaped, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(reaped, gpu) { .by_gpu = true, };

/*
 * The job waits at the gate, then reads the reaped memory. Its batch lies in shared memory,
 * which is not taken.
 */
static int lives(int fd, void *arg)
{
	FIXTURE_DATA(reaped) *self = arg;
	struct gpu_queue queue, *by = self->by_gpu ? &queue : NULL;
	struct gpu gpu;

	memset(self->bulk, 1, BULK);
	*(uint32_t *)self->bulk = SECRET;
	if (gpu_open(&gpu) || gpu_bind_mirror_whole(&gpu))
		return 1;
	gpu.control.base = self->control;
	if (gpu_queue_create(&gpu, &gpu.engines[0], &queue) || gpu_run(&queue) ||
	    touch_write(by, self->mapped, MAPPED * SZ_4K, SZ_4K, SECRET))
		return 2;
	if (by) {
		gpu_batch_store(&queue, self->shared + 2, AT_GATE);
		gpu_batch_wait(&queue, self->shared, GO);
		gpu_batch_copy(&queue, self->shared + 1, (uint32_t *)self->bulk);
		if (gpu_start(&queue))
			return 3;
		/* No fault is in service then: its thread would count as one that shares. */
		while (self->shared[2] != AT_GATE)
			clock_sleep_ms(1);
		clock_sleep_ms(SETTLE_MS);
	}
	if (child_say(fd, 0))
		return 4;
	for (;;)
		pause();
}

FIXTURE_SETUP(reaped)
{
	int word;

	self->pidfd = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[self->gpu.num_engines - 1],
		     &self->queue);
	self->by_gpu = variant->by_gpu;
	self->shared = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	self->control = memory_map(SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	self->bulk = memory_anonymous(BULK);
	self->mapped = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->shared);
	ASSERT_NE(NULL, self->control);
	ASSERT_NE(NULL, self->bulk);
	ASSERT_NE(NULL, self->mapped);
	self->shared[1] = NOTHING;
	self->before = system_memory("AnonPages");
	ASSERT_EQ(0, child_start(&self->child, lives, self));
	ASSERT_EQ(0, child_hear(self->child.fd, &word, READY_MS));
	self->pidfd = syscall(__NR_pidfd_open, self->child.pid, 0);
	ASSERT_LE(0, self->pidfd);
}

FIXTURE_TEARDOWN(reaped)
{
	child_stop(&self->child);
	close(self->pidfd);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static int64_t held(FIXTURE_DATA(reaped) *self)
{
	return system_memory("AnonPages") - self->before;
}

static int mrelease(FIXTURE_DATA(reaped) *self)
{
	return syscall(__NR_process_mrelease, self->pidfd, 0) ? -errno : 0;
}

/* Killed, and stopped on its way out while it still has its memory. */
static bool stop_at_exit(pid_t pid)
{
	int64_t end = clock_ms() + READY_MS;
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT) || kill(pid, SIGKILL))
		return false;
	do {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSTOPPED(status) &&
				status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8);
		clock_sleep_ms(1);
	} while (clock_ms() < end);
	return false;
}

TEST_F_TIMEOUT(reaped, while_exit_is_slow, GPU_TEST_TIMEOUT)
{
	int64_t end, faults = gpu_faults(&self->gpu);
	int err, status = 0;

	if (!stop_at_exit(self->child.pid))
		SKIP(return, "no way to stop a process that was killed");
	EXPECT_LE((int64_t)BULK - NOISE, held(self));
	err = mrelease(self);
	if (err == -ENOSYS)
		SKIP(return, "no process_mrelease()");
	TH_LOG("process_mrelease(): %d, %lld KiB held", err, (long long)held(self) / 1024);
	EXPECT_TRUE(!err || (variant->by_gpu && err == -EAGAIN));
	EXPECT_GE(NOISE, held(self));

	self->shared[0] = GO;
	end = clock_ms() + READY_MS;
	while (variant->by_gpu && gpu_faults(&self->gpu) == faults && clock_ms() < end)
		clock_sleep_ms(1);
	clock_sleep_ms(SETTLE_MS);
	if (variant->by_gpu)
		EXPECT_LT(faults, gpu_faults(&self->gpu))
			TH_LOG("the job did not continue");
	EXPECT_EQ(NOTHING, self->shared[1])
		TH_LOG("the GPU has read memory that was taken");

	ptrace(PTRACE_DETACH, self->child.pid, NULL, NULL);
	ASSERT_TRUE(child_ended(&self->child, &status, READY_MS));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, gpu_run(&self->queue));
}

/* As Android does it: until nothing is left or the process has exited. */
TEST_F_TIMEOUT(reaped, until_gone, GPU_TEST_TIMEOUT)
{
	int64_t end = clock_ms() + READY_MS;
	int err, status = 0;

	ASSERT_EQ(0, kill(self->child.pid, SIGKILL));
	do {
		err = mrelease(self);
		if (err == -ENOSYS)
			SKIP(return, "no process_mrelease()");
	} while (err == -EAGAIN && clock_ms() < end);
	EXPECT_TRUE(!err || err == -ESRCH);
	ASSERT_TRUE(child_ended(&self->child, &status, READY_MS));
	EXPECT_GE(NOISE, held(self));
	EXPECT_EQ(0, gpu_run(&self->queue));
}

/* The sibling: a process that was not killed keeps its memory. */
TEST_F_TIMEOUT(reaped, err_alive, GPU_TEST_TIMEOUT)
{
	int64_t end = clock_ms() + READY_MS;
	int err = mrelease(self);

	if (err == -ENOSYS)
		SKIP(return, "no process_mrelease()");
	EXPECT_EQ(-EINVAL, err);
	EXPECT_LE((int64_t)BULK - NOISE, held(self));
	self->shared[0] = GO;
	while (variant->by_gpu && self->shared[1] != SECRET && clock_ms() < end)
		clock_sleep_ms(1);
	if (variant->by_gpu)
		EXPECT_EQ(SECRET, self->shared[1]);
}

TEST_HARNESS_MAIN
