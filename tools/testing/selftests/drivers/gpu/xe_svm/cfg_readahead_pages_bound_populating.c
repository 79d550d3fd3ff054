// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P3): svm_readahead_pages limits the pages that one fault populates if the
 * GPU accesses fresh memory in order. With 1 only pages that the GPU touches
 * are populated. A VM keeps the value from when it was created.
 *
 * Desktop: may disturb it, sets svm_readahead_pages and traces page faults
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define FORMAT		"xe_svm_readahead: asid=%u addr=%llx requested=%u populated=%u"
#define PARAMETER	"svm_readahead_pages"
#define TRACING		"/sys/kernel/tracing/"
#define EVENT		TRACING "events/xe_svm/xe_svm_readahead/enable"
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
	pressure_set(EVENT, "0");
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

/* Requested and populated pages by the events of this VM; number of events or an error. */
static int read_events(uint32_t asid, const char *area, unsigned int *max_asked, uint64_t *done)
{
	FILE *trace = fopen(TRACING "trace", "r");
	unsigned long long addr;
	unsigned int of, asked, did;
	char line[512], *event;
	int events = 0;

	*max_asked = 0;
	*done = 0;
	if (!trace)
		return -errno;
	while (fgets(line, sizeof(line), trace)) {
		event = strstr(line, "xe_svm_readahead: ");
		if (!event || sscanf(event, FORMAT, &of, &addr, &asked, &did) != 4)
			continue;
		if (of != asid || addr - (uintptr_t)area >= SZ_2M)
			continue;
		*max_asked = asked > *max_asked ? asked : *max_asked;
		*done += did - 1;
		events++;
	}
	fclose(trace);
	return events;
}

/* Tracepoint and counter agree, also if memory ends earlier. */
TEST_F_TIMEOUT(readahead, is_traced, GPU_TEST_TIMEOUT)
{
	struct gpu_vm_section section;
	unsigned int max_asked;
	uint64_t done;
	int events;

	if (access(EVENT, W_OK))
		SKIP(return, "no event xe_svm_readahead");
	ASSERT_EQ(1, gpu_vm_sections(&self->gpu, getpid(), &section, 1));
	ASSERT_EQ(0, munmap(self->area + PAGES * SZ_4K, SZ_2M - PAGES * SZ_4K));
	ASSERT_EQ(0, pressure_set(TRACING "trace", ""));
	ASSERT_EQ(0, pressure_set(EVENT, "1"));
	ASSERT_LE(variant->min_faults, store_in_order(self));
	ASSERT_EQ(0, pressure_set(EVENT, "0"));

	events = read_events(section.asid, self->area, &max_asked, &done);
	EXPECT_EQ(readahead_pages(self), (int64_t)done);
	EXPECT_GE(variant->max_asked, max_asked);
	EXPECT_LE(0, events);
	EXPECT_EQ(variant->max_asked > 0, events > 0);
}

TEST_HARNESS_MAIN
