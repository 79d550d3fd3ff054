// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1): a refused fault has a cause in the trace: -EBUSY if too many faults
 * of the process wait already, -ETIMEDOUT if a bind job blocks it for seconds. The
 * kernel log names process, access, address and cause, not more than ten times in
 * five seconds.
 *
 * Desktop: emulated GPU only
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/gate.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/trace.h"
#include "lib/userfault.h"

#define REPLY		"xe_svm_reply"
#define NAME		"has a cause"

/* A fault waits if fewer than this many of its process do. */
#define MAX_WAITING	2048
#define LANES		510
#define ALL_WAIT	(MAX_WAITING / LANES)
/* More wait if many faults arrive at once, but none after those. */
#define ROUNDS		(ALL_WAIT + 2)
#define ASKED_MS	5000
#define NONE_MS		500

/* Of the log: so many lines in such a time. */
#define BURST		10
#define INTERVAL_MS	5000
#define REFUSALS	(BURST + 5)

#define OPEN_AFTER_MS	300
/* The job at the gate lives longer than a fault is served. */
#define GATE_TIMEOUT_MS	"10000"

FIXTURE(refusal)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	struct gate gate;
	char *area;
	char timeout[128];		/* of jobs, of the engine of the gate: a file */
	int timeout_ms;			/* before the test */
	int log;
};

FIXTURE_SETUP(refusal)
{
	ASSERT_EQ(0, prctl(PR_SET_NAME, NAME));
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (!trace_offered(REPLY))
		SKIP(return, "no tracepoints, or not root");
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->log);
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, trace_start(REPLY));
}

FIXTURE_TEARDOWN(refusal)
{
	char timeout[16];

	trace_stop(REPLY);
	gate_open(&self->gate);
	if (self->timeout_ms > 0) {
		snprintf(timeout, sizeof(timeout), "%d", self->timeout_ms);
		pressure_set(self->timeout, timeout);
	}
	gpu_model_turn(&self->model, "parallel_touch", 0);
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	close(self->log);
}

/* struct wanted - replies with a cause, to faults in 2 MiB */
struct wanted {
	const char *block;
	int err;
};

static bool is_reply(int pid, const char *fields, void *arg)
{
	const struct wanted *wanted = arg;
	unsigned long long addr;
	int err;

	return sscanf(fields, "asid=%*u addr=%llx access=%*u err=%d", &addr, &err) == 2 &&
		addr - (uintptr_t)wanted->block < SZ_2M && err == wanted->err;
}

static int replies(const char *block, int err)
{
	return trace_count(REPLY, is_reply, &(struct wanted) { .block = block, .err = err });
}

/* Its entries are written by the job, once the in-sync of the bind has signaled. */
static int bind_behind_gate(FIXTURE_DATA(refusal) *self, char *addr)
{
	struct drm_xe_vm_bind_op op;
	uint32_t bo;
	int err;

	err = gpu_bo_create(&self->gpu, SZ_64K, &bo);
	if (err)
		return err;
	op = gpu_op_bo(bo, (uintptr_t)addr, SZ_64K);
	op.flags |= DRM_XE_VM_BIND_FLAG_IMMEDIATE;
	return gpu_bind_behind(&self->gpu, &op, self->gate.passed);
}

/* A write beside the object */
static void start_beside_bind(struct __test_metadata *_metadata, FIXTURE_DATA(refusal) *self)
{
	const struct drm_xe_engine_class_instance *engine;

	/* Engines of one class run either kind of VM at a time. */
	engine = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	if (!engine || self->queue.engine.engine_class == DRM_XE_ENGINE_CLASS_COPY)
		SKIP(return, "no engines of two classes");
	snprintf(self->timeout, sizeof(self->timeout), "%s/tile0/gt0/engines/bcs/job_timeout_ms",
		 self->gpu.sysfs);
	self->timeout_ms = pressure_get(self->timeout);
	ASSERT_LT(0, self->timeout_ms);
	ASSERT_EQ(0, pressure_set(self->timeout, GATE_TIMEOUT_MS));
	ASSERT_EQ(0, gate_make(&self->gate, &self->gpu, engine));
	ASSERT_EQ(0, gate_shut(&self->gate));
	ASSERT_EQ(0, bind_behind_gate(self, self->area + SZ_2M / 2));
	gpu_batch_store(&self->queue, (uint32_t *)self->area, 1);
	ASSERT_EQ(0, gpu_start(&self->queue));
}

TEST_F_TIMEOUT(refusal, blocked_by_bind, GPU_TEST_TIMEOUT)
{
	start_beside_bind(_metadata, self);
	if (_metadata->exit_code)
		return;
	EXPECT_EQ(REFUSED, gpu_wait(&self->queue));
	EXPECT_EQ(1, replies(self->area, -ETIMEDOUT));
	EXPECT_EQ(0, *(uint32_t *)self->area);
}

TEST_F_TIMEOUT(refusal, bind_ends_in_time, GPU_TEST_TIMEOUT)
{
	start_beside_bind(_metadata, self);
	if (_metadata->exit_code)
		return;
	clock_sleep_ms(OPEN_AFTER_MS);
	EXPECT_EQ(0, *(uint32_t *)self->area);
	gate_open(&self->gate);
	EXPECT_EQ(0, gpu_wait(&self->queue));
	EXPECT_EQ(0, replies(self->area, -ETIMEDOUT));
	EXPECT_EQ(1, replies(self->area, 0));
	EXPECT_EQ(1, *(uint32_t *)self->area);
}

/* Faults of queues that were destroyed wait on, until those of one more find no place. */
TEST_F_TIMEOUT(refusal, too_many_wait, 2 * GPU_TEST_TIMEOUT)
{
	char *late[ROUNDS];
	int userfault[ROUNDS];
	struct gpu_queue queue;
	unsigned int i;

	if (gpu_model_open(&self->gpu, &self->model) ||
	    gpu_model_turn(&self->model, "parallel_touch", 1))
		SKIP(return, "no GPU that has many faults in flight at will");
	for (i = 0; i < ROUNDS; i++) {
		late[i] = memory_anonymous(SZ_2M);
		ASSERT_NE(NULL, late[i]);
		userfault[i] = memory_userfault(late[i]);
		if (userfault[i] < 0)
			SKIP(return, "no userfaultfd");
	}

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[1], &queue));
		ASSERT_EQ(0, gpu_run(&queue));
		gpu_batch_touch(&queue, late[i], LANES, SZ_4K, GPU_TOUCH_WRITE);
		ASSERT_EQ(0, gpu_start(&queue));
		if (i == ROUNDS - 1) {
			EXPECT_EQ(REFUSED, gpu_wait(&queue));
			EXPECT_LT(0, replies(late[i], -EBUSY));
		} else if (i < ALL_WAIT) {
			EXPECT_EQ(LANES, userfault_asked(userfault[i], LANES, ASKED_MS));
			EXPECT_EQ(0, replies(late[i], -EBUSY));
		} else {
			EXPECT_LT(0, userfault_asked(userfault[i], LANES, NONE_MS));
		}
		gpu_queue_destroy(&queue);
	}

	/* Nothing else of the process waits for them, and it can wait again afterwards. */
	EXPECT_EQ(0, gpu_write(&self->queue, self->area, 1));
	for (i = 0; i < ROUNDS; i++)
		ASSERT_EQ(0, userfault_provide(userfault[i], late[i], LANES * SZ_4K));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[1], &queue));
	for (i = 0; i < ROUNDS; i++) {
		gpu_batch_touch(&queue, late[i] + LANES * SZ_4K, 1, SZ_4K, GPU_TOUCH_WRITE);
		ASSERT_EQ(0, gpu_start(&queue));
		EXPECT_EQ(1, userfault_asked(userfault[i], 1, ASKED_MS));
		ASSERT_EQ(0, userfault_provide(userfault[i], late[i] + LANES * SZ_4K, SZ_4K));
		EXPECT_EQ(0, gpu_wait(&queue));
	}
	gpu_queue_destroy(&queue);
}

/* Number of new lines of the log with this text, all of them with the cause; or -errno. */
static int lines(int log, const char *text)
{
	/* Without CONFIG_SYMBOLIC_ERRNAME, as a number */
	static const char * const causes[] = { "refused: -EFAULT\n", "refused: -14\n" };
	char record[1024];
	int found = 0;
	ssize_t len;

	for (;;) {
		len = read(log, record, sizeof(record) - 1);
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			return len && errno != EAGAIN ? -errno : found;
		record[len] = '\0';
		if (!strstr(record, text))
			continue;
		if (!strstr(record, causes[0]) && !strstr(record, causes[1]))
			return -EINVAL;
		found++;
	}
}

/* @count refused accesses: 0, -errno, or -EEXIST if one was served */
static int refuse(struct gpu_queue *queue, volatile void *addr, bool write, unsigned int count)
{
	uint32_t value;
	int err = 0;

	while (!err && count--) {
		err = write ? gpu_write(queue, addr, 1) : gpu_read(queue, addr, &value);
		err = err == REFUSED ? gpu_queue_renew(queue) : err ?: -EEXIST;
	}
	return err;
}

static void text_of(char *text, size_t size, const char *access, const void *addr)
{
	snprintf(text, size, NAME "[%d]: GPU %s at 0x%016lx refused:", getpid(), access,
		 (unsigned long)addr);
}

TEST_F_TIMEOUT(refusal, log_line, GPU_TEST_TIMEOUT)
{
	char write[128], read[128];
	int64_t start;
	int err;

	ASSERT_EQ(0, munmap(self->area, SZ_2M));
	text_of(write, sizeof(write), "write", self->area);
	text_of(read, sizeof(read), "read", self->area);
	/* Of other tests */
	clock_sleep_ms(INTERVAL_MS + 500);
	ASSERT_LE(0, lines(self->log, write));

	ASSERT_EQ(0, refuse(&self->queue, self->area, false, 1));
	EXPECT_EQ(1, lines(self->log, read));
	start = clock_ms();
	err = refuse(&self->queue, self->area, true, REFUSALS);
	ASSERT_EQ(0, err);
	if (clock_ms() - start >= INTERVAL_MS)
		SKIP(return, "%u refusals take longer than the interval", REFUSALS);
	EXPECT_EQ(BURST - 1, lines(self->log, write));

	clock_sleep_ms(INTERVAL_MS + 500);
	ASSERT_EQ(0, refuse(&self->queue, self->area, true, 1));
	EXPECT_EQ(1, lines(self->log, write));
}

TEST_F_TIMEOUT(refusal, no_line_of_served_fault, GPU_TEST_TIMEOUT)
{
	char text[64];

	snprintf(text, sizeof(text), NAME "[%d]:", getpid());
	ASSERT_LE(0, lines(self->log, text));
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, 1));
	EXPECT_EQ(0, lines(self->log, text));
}

TEST_HARNESS_MAIN
