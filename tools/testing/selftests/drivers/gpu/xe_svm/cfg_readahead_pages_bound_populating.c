// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P3, P7): svm_readahead_pages limits the pages that one fault populates if the
 * GPU accesses fresh memory in order. With 1 only pages that the GPU touches
 * are populated. A VM keeps the value from when it was created.
 *
 * Desktop: may disturb it, sets svm_readahead_pages and traces page faults
 */
#include <stdio.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/trace.h"

#define EVENT		"xe_svm_readahead"
#define PARAMETER	"svm_readahead_pages"
#define PAGES		64
#define SOME		8

FIXTURE(readahead)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char before[XE_PARAMETER_SIZE];
	char *area;
	uint64_t populated;	/* ahead, when the test began */
};

FIXTURE_VARIANT(readahead)
{
	const char *set;
	/* Of PAGES touched in order. */
	int64_t min_faults, max_faults;
	unsigned int max_asked;
};

/* 1, 4, 16, 43 pages. */
FIXTURE_VARIANT_ADD(readahead, as_usual)
{
	.set = "512", .min_faults = 3, .max_faults = 6, .max_asked = 512,
};

/* 1, 4, then 8 each time. */
FIXTURE_VARIANT_ADD(readahead, some)
{
	.set = "8", .min_faults = PAGES / SOME, .max_faults = PAGES / SOME + 4,
	.max_asked = SOME,
};

FIXTURE_VARIANT_ADD(readahead, off)
{
	.set = "1", .min_faults = PAGES, .max_faults = PAGES, .max_asked = 0,
};

FIXTURE_SETUP(readahead)
{
	mirror_start_with(_metadata, &self->gpu, &self->queue, PARAMETER, variant->set,
			  self->before);
	if (_metadata->exit_code)
		return;
	self->area = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_readahead_page_count", &self->populated));
}

FIXTURE_TEARDOWN(readahead)
{
	trace_stop(EVENT);
	EXPECT_EQ(0, xe_parameter_set(PARAMETER, self->before));
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Stores to the first PAGES pages in order. Return: faults, or an error. */
static int64_t store_in_order(FIXTURE_DATA(readahead) *self)
{
	int64_t before = gpu_faults(&self->gpu);
	unsigned int i;
	int err;

	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, self->area + i * SZ_4K, i + 1);
	err = gpu_run(&self->queue);
	return err ? err : gpu_faults(&self->gpu) - before;
}

static int64_t readahead_pages(FIXTURE_DATA(readahead) *self)
{
	uint64_t now;
	int err = gpu_stat(&self->gpu, "svm_readahead_page_count", &now);

	return err ? err : (int64_t)(now - self->populated);
}

static void touch_and_count(struct __test_metadata *_metadata, FIXTURE_DATA(readahead) *self,
			    const FIXTURE_VARIANT(readahead) *variant)
{
	int64_t faults = store_in_order(self);
	int64_t resident = memory_smaps(self->area, "Rss") / (int64_t)SZ_4K;

	EXPECT_LE(variant->min_faults, faults);
	EXPECT_GE(variant->max_faults, faults);
	/* Each page was populated for a fault or ahead of one. */
	EXPECT_EQ(resident, faults + readahead_pages(self));
	EXPECT_LE(PAGES, resident);
	EXPECT_GE(PAGES + variant->max_asked, resident);
}

TEST_F_TIMEOUT(readahead, in_order, GPU_TEST_TIMEOUT)
{
	touch_and_count(_metadata, self, variant);
}

TEST_F_TIMEOUT(readahead, changed_after_the_vm_was_made, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, xe_parameter_set(PARAMETER, variant->max_asked ? "1" : "512"));
	touch_and_count(_metadata, self, variant);
}

struct events {
	uint32_t asid;
	const char *area;
	unsigned int max_asked;
	uint64_t done;
};

/* Requested and populated pages by an event of this VM */
static bool add_event(int pid, const char *fields, void *arg)
{
	struct events *events = arg;
	unsigned int of, asked, did;
	unsigned long long addr;

	if (sscanf(fields, "asid=%u addr=%llx requested=%u populated=%u", &of, &addr, &asked,
		   &did) != 4)
		return false;
	if (of != events->asid || addr - (uintptr_t)events->area >= SZ_2M)
		return false;
	events->max_asked = asked > events->max_asked ? asked : events->max_asked;
	events->done += did - 1;
	return true;
}

/* Tracepoint and counter agree, also if memory ends earlier. */
TEST_F_TIMEOUT(readahead, is_traced, GPU_TEST_TIMEOUT)
{
	struct events events = { .area = self->area };
	struct gpu_vm_section section;
	int count;

	if (!trace_offered(EVENT))
		SKIP(return, "no event " EVENT);
	ASSERT_EQ(1, gpu_vm_sections(&self->gpu, getpid(), &section, 1));
	ASSERT_EQ(0, munmap(self->area + PAGES * SZ_4K, SZ_2M - PAGES * SZ_4K));
	ASSERT_EQ(0, trace_start(EVENT));
	ASSERT_LE(variant->min_faults, store_in_order(self));
	trace_stop(EVENT);

	events.asid = section.asid;
	count = trace_count(EVENT, add_event, &events);
	EXPECT_EQ(readahead_pages(self), (int64_t)events.done);
	EXPECT_GE(variant->max_asked, events.max_asked);
	EXPECT_LE(0, count);
	EXPECT_EQ(variant->max_asked > 0, count > 0);
}

TEST_HARNESS_MAIN
