// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P7, C1): tracepoints show each fault, its service and its reply, with the
 * cause of a refusal, and the invalidation and release of memory that the CPU
 * unmaps.
 *
 * Desktop: may disturb it, traces page faults
 */
#include <stdio.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/trace.h"

#define REAPED_MS	20000
#define READ		0
#define WRITE		1
/* MMU_NOTIFY_UNMAP; to split a VMA, the kernel clears the 2 MiB around the address, too. */
#define UNMAP		0

/* What an event of the test is: values that are not to be compared are ANY. */
#define ANY		INT64_MIN

FIXTURE(traced)
{
	struct gpu gpu;
	struct gpu_queue queue;
	uint32_t asid;
	char *page;
};

FIXTURE_SETUP(traced)
{
	struct gpu_vm_section section;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (!trace_offered("xe_svm_fault"))
		SKIP(return, "no tracepoints, or not root");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	ASSERT_EQ(1, gpu_vm_sections(&self->gpu, getpid(), &section, 1));
	self->asid = section.asid;
	self->page = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->page);
	ASSERT_EQ(0, madvise(self->page, SZ_2M, MADV_NOHUGEPAGE));
}

static const char * const events[] = {
	"xe_svm_fault", "xe_svm_service", "xe_svm_reply", "xe_svm_invalidate", "xe_svm_reap",
};

FIXTURE_TEARDOWN(traced)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		trace_stop(events[i]);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static void start_all(struct __test_metadata *_metadata)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		ASSERT_EQ(0, trace_start(events[i]));
}

/* struct wanted - an event of an access to one page */
struct wanted {
	uint32_t asid;
	uint64_t addr;
	int64_t access, mapped, err;
};

static bool is(int64_t wanted, int64_t seen)
{
	return wanted == ANY || wanted == seen;
}

static bool is_fault(int pid, const char *fields, void *arg)
{
	const struct wanted *wanted = arg;
	unsigned int asid, access;
	unsigned long long addr;

	return sscanf(fields, "asid=%u addr=%llx access=%u", &asid, &addr, &access) == 3 &&
		asid == wanted->asid && addr == wanted->addr && is(wanted->access, access);
}

static bool is_service(int pid, const char *fields, void *arg)
{
	const struct wanted *wanted = arg;
	unsigned int asid, mapped, tries;
	unsigned long long addr;
	int err;

	return sscanf(fields, "asid=%u addr=%llx mapped=%u tries=%u err=%d", &asid, &addr, &mapped,
		      &tries, &err) == 5 &&
		asid == wanted->asid && addr == wanted->addr && tries > 0 &&
		is(wanted->mapped, mapped) && is(wanted->err, err);
}

static bool is_reply(int pid, const char *fields, void *arg)
{
	const struct wanted *wanted = arg;
	unsigned int asid, access;
	unsigned long long addr;
	int err;

	return sscanf(fields, "asid=%u addr=%llx access=%u err=%d", &asid, &addr, &access, &err) ==
		4 && asid == wanted->asid && addr == wanted->addr &&
		is(wanted->access, access) && is(wanted->err, err);
}

static bool is_invalidation(int pid, const char *fields, void *arg)
{
	const struct wanted *wanted = arg;
	unsigned long long start, end;
	unsigned int asid, event;
	int mapped;

	return sscanf(fields, "asid=%u [0x%llx, 0x%llx) event=%u mapped=%d", &asid, &start, &end,
		      &event, &mapped) == 5 &&
		asid == wanted->asid && start <= wanted->addr && wanted->addr < end &&
		event == UNMAP && is(wanted->mapped, mapped);
}

static bool is_reap(int pid, const char *fields, void *arg)
{
	const struct wanted *wanted = arg;
	unsigned long long start, end;
	unsigned int asid, blocks;

	return sscanf(fields, "asid=%u [0x%llx, 0x%llx) blocks=%u", &asid, &start, &end,
		      &blocks) == 4 &&
		asid == wanted->asid && start <= wanted->addr && wanted->addr < end && blocks > 0;
}

TEST_F_TIMEOUT(traced, served_fault, GPU_TEST_TIMEOUT)
{
	struct wanted wanted = {
		.asid = self->asid, .addr = (uintptr_t)self->page,
		.access = WRITE, .mapped = ANY, .err = 0,
	};

	*(volatile uint32_t *)self->page = 1;
	start_all(_metadata);
	ASSERT_EQ(0, gpu_write(&self->queue, (uint32_t *)self->page, 2));
	EXPECT_EQ(1, trace_count("xe_svm_fault", is_fault, &wanted));
	EXPECT_EQ(1, trace_count("xe_svm_reply", is_reply, &wanted));
	EXPECT_LE(1, trace_count("xe_svm_service", is_service, &wanted));
	wanted.mapped = 0;
	EXPECT_EQ(0, trace_count("xe_svm_service", is_service, &wanted))
		TH_LOG("a service that mapped nothing succeeded");
}

/* The cause is the one that is documented for it. */
static void refused(struct __test_metadata *_metadata, FIXTURE_DATA(traced) *self, int access,
		    int cause)
{
	struct wanted wanted = {
		.asid = self->asid, .addr = (uintptr_t)self->page,
		.access = access, .err = cause,
	};
	uint32_t value;

	start_all(_metadata);
	EXPECT_EQ(REFUSED, access == WRITE ?
		  gpu_write(&self->queue, (uint32_t *)self->page, 2) :
		  gpu_read(&self->queue, (uint32_t *)self->page, &value));
	EXPECT_EQ(1, trace_count("xe_svm_reply", is_reply, &wanted));
}

TEST_F_TIMEOUT(traced, refused_fault_without_memory, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, munmap(self->page, SZ_2M));
	refused(_metadata, self, READ, -EFAULT);
}

TEST_F_TIMEOUT(traced, refused_write_to_readonly_memory, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, mprotect(self->page, SZ_2M, PROT_READ));
	refused(_metadata, self, WRITE, -EACCES);
}

TEST_F_TIMEOUT(traced, unmapped_memory, GPU_TEST_TIMEOUT)
{
	struct wanted wanted = {
		.asid = self->asid, .addr = (uintptr_t)self->page, .mapped = 1,
	};
	int64_t end;

	ASSERT_EQ(0, gpu_write(&self->queue, (uint32_t *)self->page, 2));
	start_all(_metadata);
	ASSERT_EQ(0, munmap(self->page, SZ_2M));
	EXPECT_EQ(1, trace_count("xe_svm_invalidate", is_invalidation, &wanted));
	end = clock_ms() + REAPED_MS;
	while (!trace_count("xe_svm_reap", is_reap, &wanted) && clock_ms() < end)
		clock_sleep_ms(10);
	EXPECT_EQ(1, trace_count("xe_svm_reap", is_reap, &wanted));
}

/* The sibling: nothing was mapped. */
TEST_F_TIMEOUT(traced, untouched_memory, GPU_TEST_TIMEOUT)
{
	struct wanted wanted = {
		.asid = self->asid, .addr = (uintptr_t)self->page, .mapped = 1,
	};

	ASSERT_EQ(0, gpu_write(&self->queue, (uint32_t *)(self->page + SZ_2M - SZ_4K), 2));
	start_all(_metadata);
	ASSERT_EQ(0, munmap(self->page, SZ_4K));
	EXPECT_EQ(0, trace_count("xe_svm_invalidate", is_invalidation, &wanted));
	wanted.mapped = 0;
	EXPECT_EQ(1, trace_count("xe_svm_invalidate", is_invalidation, &wanted));
}

TEST_HARNESS_MAIN
