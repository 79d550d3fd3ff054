// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P7): each VM that can mirror counts the events in its own mirror, on
 * whichever CPU, and no others. The counters of all VMs add up to those of the
 * GTs. Each VM is shown with its process for as long as it lives.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define MAX_READS	100
#define BLOCK_PAGES	512
#define NAME		"two mirrors"
#define ROUNDS		20
#define MAX_SECTIONS	8

static const char * const names[] = {
	"svm_pagefault_count", "svm_refused_count", "svm_service_count",
	"svm_deferred_count", "svm_retry_count", "svm_readahead_page_count",
	"svm_mapped_page_count", "svm_unmapped_page_count", "svm_invalidation_count",
	"svm_tlb_inval_count", "svm_leaked_page_count",
};

#define NUM_NAMES	ARRAY_SIZE(names)

struct figures {
	uint64_t of[NUM_NAMES];
};

FIXTURE(two)
{
	struct gpu gpu[2];
	struct gpu_queue queue[2];
	struct gpu_model model;
	uint32_t asid[2];
	/* When the test began */
	struct figures vm[2], gts;
};

static int read_vm(const struct gpu *gpu, uint32_t asid, struct figures *figures)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < NUM_NAMES && !err; i++)
		err = gpu_vm_stat(gpu, asid, names[i], &figures->of[i]);
	return err;
}

static int read_gts(const struct gpu *gpu, struct figures *figures)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < NUM_NAMES && !err; i++)
		err = gpu_stat(gpu, names[i], &figures->of[i]);
	return err;
}

static struct figures minus(const struct figures *now, const struct figures *before)
{
	struct figures figures;
	unsigned int i;

	for (i = 0; i < NUM_NAMES; i++)
		figures.of[i] = now->of[i] - before->of[i];
	return figures;
}

static uint64_t of(const struct figures *figures, const char *name)
{
	unsigned int i;

	for (i = 0; i < NUM_NAMES; i++)
		if (!strcmp(names[i], name))
			return figures->of[i];
	return UINT64_MAX;
}

/* Events of VM @i since the test began. */
static struct figures since(struct __test_metadata *_metadata, FIXTURE_DATA(two) *self,
			    unsigned int i)
{
	struct figures now = { 0 };

	EXPECT_EQ(0, read_vm(&self->gpu[i], self->asid[i], &now));
	return minus(&now, &self->vm[i]);
}

/*
 * The device has no other VM: the GTs count the events of the two. A VM flushes
 * once more a moment after munmap(), so all are read until nothing has changed meanwhile.
 */
static void check_sum(struct __test_metadata *_metadata, FIXTURE_DATA(two) *self)
{
	struct figures first, second, before, now, gts;
	unsigned int i, tries = 0;

	do {
		ASSERT_EQ(0, read_gts(&self->gpu[0], &before));
		first = since(_metadata, self, 0);
		second = since(_metadata, self, 1);
		ASSERT_EQ(0, read_gts(&self->gpu[0], &now));
	} while (memcmp(&before, &now, sizeof(now)) && ++tries < MAX_READS);
	gts = minus(&now, &self->gts);
	for (i = 0; i < NUM_NAMES; i++)
		EXPECT_EQ(gts.of[i], first.of[i] + second.of[i])
			TH_LOG("of names[%u]", i);
}

/* The section of a VM is the one that was not there before. */
static void open_one(struct __test_metadata *_metadata, FIXTURE_DATA(two) *self, int i)
{
	struct gpu_vm_section sections[MAX_SECTIONS];

	mirror_open(_metadata, &self->gpu[i]);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu[i], &self->gpu[i].engines[i], &self->queue[i]);
	ASSERT_EQ(i + 1, gpu_vm_sections(&self->gpu[i], getpid(), sections, MAX_SECTIONS));
	self->asid[i] = i && sections[0].asid != self->asid[0] ? sections[0].asid :
								 sections[i].asid;
	ASSERT_NE(0, self->asid[i]);
}

FIXTURE_SETUP(two)
{
	int i;

	prctl(PR_SET_NAME, NAME);
	for (i = 0; i < 2; i++) {
		open_one(_metadata, self, i);
		if (_metadata->exit_code)
			return;
	}
	gpu_model_open(&self->gpu[0], &self->model);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, read_vm(&self->gpu[i], self->asid[i], &self->vm[i]));
	ASSERT_EQ(0, read_gts(&self->gpu[0], &self->gts));
}

FIXTURE_TEARDOWN(two)
{
	int i;

	gpu_model_close(&self->model);
	for (i = 0; i < 2; i++) {
		gpu_queue_destroy(&self->queue[i]);
		gpu_close(&self->gpu[i]);
	}
}

/* The CPU has all of a block, the GPU touches one page of it. */
static char *map_block(struct __test_metadata *_metadata, FIXTURE_DATA(two) *self, int i)
{
	char *block = memory_anonymous(SZ_2M);

	EXPECT_NE(NULL, block);
	if (!block)
		return NULL;
	memset(block, 1, SZ_2M);
	EXPECT_EQ(0, gpu_write(&self->queue[i], block, 2));
	return block;
}

TEST_F_TIMEOUT(two, events_count_where_they_happen, GPU_TEST_TIMEOUT)
{
	struct figures worked, idle;
	uint32_t value;
	char *block = map_block(_metadata, self, 1);

	ASSERT_NE(NULL, block);
	ASSERT_EQ(0, munmap(block, SZ_2M));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue[1], block, &value));

	worked = since(_metadata, self, 1);
	EXPECT_EQ(2, of(&worked, "svm_pagefault_count"));
	EXPECT_EQ(1, of(&worked, "svm_refused_count"));
	EXPECT_EQ(1, of(&worked, "svm_service_count"));
	EXPECT_EQ(BLOCK_PAGES, of(&worked, "svm_mapped_page_count"));
	EXPECT_EQ(BLOCK_PAGES, of(&worked, "svm_unmapped_page_count"));
	EXPECT_EQ(1, of(&worked, "svm_invalidation_count"));
	EXPECT_LE(1, of(&worked, "svm_tlb_inval_count"));

	idle = since(_metadata, self, 0);
	EXPECT_EQ(0, of(&idle, "svm_pagefault_count"));
	EXPECT_EQ(0, of(&idle, "svm_refused_count"));
	EXPECT_EQ(0, of(&idle, "svm_service_count"));
	EXPECT_EQ(0, of(&idle, "svm_mapped_page_count"));
	EXPECT_EQ(0, of(&idle, "svm_invalidation_count"));
	check_sum(_metadata, self);
}

/* Each CPU in turn unmaps a page: the sum includes all of them. */
TEST_F_TIMEOUT(two, counted_on_each_cpu, GPU_TEST_TIMEOUT)
{
	unsigned int cpu, cpus = 0;
	struct figures figures;
	cpu_set_t all, one;
	char *block;

	ASSERT_EQ(0, sched_getaffinity(0, sizeof(all), &all));
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		block = map_block(_metadata, self, 0);
		ASSERT_NE(NULL, block);
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
		ASSERT_EQ(0, munmap(block, SZ_2M));
		ASSERT_EQ(0, sched_setaffinity(0, sizeof(all), &all));
		cpus++;
	}
	figures = since(_metadata, self, 0);
	EXPECT_EQ(cpus, of(&figures, "svm_invalidation_count"));
	EXPECT_EQ(cpus * BLOCK_PAGES, of(&figures, "svm_unmapped_page_count"));
	EXPECT_EQ(cpus * BLOCK_PAGES, of(&figures, "svm_mapped_page_count"));
	check_sum(_metadata, self);
}

/* One of those that make a GPU work and take its memory away, at the same time. */
struct worker {
	pthread_t thread;
	struct gpu_queue *queue;
	time_t end;
	int64_t rounds;
	int err;
};

/* Of one VM, too, several CPUs count at once. */
#define WORKERS_PER_VM	2
#define WORKERS		(2 * WORKERS_PER_VM)
/* A slow machine does fewer rounds than ROUNDS. */
#define WORK_S		(GPU_TEST_TIMEOUT / 2)

static void *work(void *arg)
{
	struct worker *worker = arg;
	unsigned int page;
	char *block;

	while (!worker->err && worker->rounds < ROUNDS && time(NULL) < worker->end) {
		block = memory_anonymous(SZ_2M);
		if (!block) {
			worker->err = -ENOMEM;
			break;
		}
		memset(block, 1, SZ_2M / 2);
		for (page = 0; page < BLOCK_PAGES; page += 3)
			gpu_batch_store(worker->queue, block + page * SZ_4K, 2);
		worker->err = gpu_run(worker->queue);
		for (page = 0; page < BLOCK_PAGES; page += 64)
			madvise(block + page * SZ_4K, SZ_4K, MADV_DONTNEED);
		munmap(block, SZ_2M);
		worker->rounds++;
	}
	return NULL;
}

TEST_F_TIMEOUT(two, counted_at_the_same_time, GPU_TEST_TIMEOUT)
{
	int64_t faults = gpu_model_count(&self->model, "FAULT");
	struct worker worker[WORKERS] = { 0 };
	struct gpu_queue more[WORKERS] = { 0 };
	int64_t rounds[2] = { 0 };
	struct figures figures[2];
	int i;

	for (i = 0; i < WORKERS; i++) {
		ASSERT_EQ(0, gpu_queue_create(&self->gpu[i % 2], &self->gpu[i % 2].engines[i % 2],
					      &more[i]));
		worker[i].queue = &more[i];
		worker[i].end = time(NULL) + WORK_S;
	}
	for (i = 0; i < WORKERS; i++)
		ASSERT_EQ(0, pthread_create(&worker[i].thread, NULL, work, &worker[i]));
	for (i = 0; i < WORKERS; i++) {
		ASSERT_EQ(0, pthread_join(worker[i].thread, NULL));
		ASSERT_EQ(0, worker[i].err);
		EXPECT_LT(0, worker[i].rounds);
		rounds[i % 2] += worker[i].rounds;
		gpu_queue_destroy(&more[i]);
	}
	for (i = 0; i < 2; i++) {
		figures[i] = since(_metadata, self, i);
		EXPECT_LE(rounds[i], of(&figures[i], "svm_pagefault_count"));
		EXPECT_LE(rounds[i] * BLOCK_PAGES / 2,
			  of(&figures[i], "svm_mapped_page_count"));
		/* Of all mapped pages, those of the queues remain. */
		EXPECT_GE(16, of(&figures[i], "svm_mapped_page_count") -
			      of(&figures[i], "svm_unmapped_page_count"));
		EXPECT_EQ(0, of(&figures[i], "svm_refused_count"));
	}
	check_sum(_metadata, self);
	WITH_MODEL(&self->model) {
		faults = gpu_model_count(&self->model, "FAULT") - faults;
		EXPECT_EQ(faults, of(&figures[0], "svm_pagefault_count") +
				  of(&figures[1], "svm_pagefault_count"));
	}
}

TEST_F_TIMEOUT(two, section_goes_with_the_vm, GPU_TEST_TIMEOUT)
{
	struct gpu_vm_section sections[MAX_SECTIONS];
	uint64_t value;

	gpu_queue_destroy(&self->queue[0]);
	gpu_close(&self->gpu[0]);
	ASSERT_EQ(1, gpu_vm_sections(&self->gpu[1], getpid(), sections, MAX_SECTIONS));
	EXPECT_EQ(self->asid[1], sections[0].asid);
	EXPECT_EQ(-ENOENT, gpu_vm_stat(&self->gpu[1], self->asid[0], names[0], &value));
	EXPECT_EQ(0, gpu_vm_stat(&self->gpu[1], self->asid[1], names[0], &value));
}

/* The sibling: a VM that cannot mirror has none. */
TEST_F_TIMEOUT(two, err_no_section_without_mirror, GPU_TEST_TIMEOUT)
{
	struct gpu_vm_section sections[MAX_SECTIONS];
	uint32_t vm;

	ASSERT_EQ(0, gpu_vm_create(self->gpu[0].fd, DRM_XE_VM_CREATE_FLAG_LR_MODE, &vm));
	EXPECT_EQ(2, gpu_vm_sections(&self->gpu[0], getpid(), sections, MAX_SECTIONS));
	EXPECT_EQ(0, gpu_vm_destroy(self->gpu[0].fd, vm));
	ASSERT_EQ(0, gpu_vm_create(self->gpu[0].fd, DRM_XE_VM_CREATE_FLAG_LR_MODE |
				   DRM_XE_VM_CREATE_FLAG_FAULT_MODE, &vm));
	EXPECT_EQ(3, gpu_vm_sections(&self->gpu[0], getpid(), sections, MAX_SECTIONS));
	EXPECT_EQ(0, gpu_vm_destroy(self->gpu[0].fd, vm));
	EXPECT_EQ(2, gpu_vm_sections(&self->gpu[0], getpid(), sections, MAX_SECTIONS));
}

/* A process cannot forge lines by its name. */
TEST_F_TIMEOUT(two, err_named_like_a_line, GPU_TEST_TIMEOUT)
{
	struct gpu_vm_section sections[MAX_SECTIONS];
	int i, num, named = 0;
	uint32_t vm;

	ASSERT_EQ(2, gpu_vm_sections(&self->gpu[0], getpid(), sections, MAX_SECTIONS));
	EXPECT_STREQ(NAME, sections[0].comm);
	prctl(PR_SET_NAME, "x\n\nasid: 77");
	ASSERT_EQ(0, gpu_vm_create(self->gpu[0].fd, DRM_XE_VM_CREATE_FLAG_LR_MODE |
				   DRM_XE_VM_CREATE_FLAG_FAULT_MODE, &vm));
	num = gpu_vm_sections(&self->gpu[0], getpid(), sections, MAX_SECTIONS);
	ASSERT_EQ(3, num);
	for (i = 0; i < num; i++)
		named += !strcmp("x\\n\\nasid: 77", sections[i].comm);
	EXPECT_EQ(1, named);
	EXPECT_EQ(0, gpu_vm_destroy(self->gpu[0].fd, vm));
}

/* VMs are created and destroyed while others read. */
static volatile bool stop;

static void *read_sections(void *arg)
{
	struct gpu_vm_section sections[MAX_SECTIONS];
	intptr_t reads = 0;

	while (!stop)
		if (gpu_vm_sections(arg, getpid(), sections, MAX_SECTIONS) >= 2)
			reads++;
	return (void *)reads;
}

TEST_F_TIMEOUT(two, readers_meet_vms_that_go, GPU_TEST_TIMEOUT)
{
	pthread_t reader[2];
	void *reads;
	uint32_t vm;
	int i;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&reader[i], NULL, read_sections, &self->gpu[0]));
	for (i = 0; i < 10 * ROUNDS; i++) {
		ASSERT_EQ(0, gpu_vm_create(self->gpu[0].fd, DRM_XE_VM_CREATE_FLAG_LR_MODE |
					   DRM_XE_VM_CREATE_FLAG_FAULT_MODE, &vm));
		ASSERT_EQ(0, gpu_vm_destroy(self->gpu[0].fd, vm));
	}
	stop = true;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(reader[i], &reads));
		EXPECT_LT(0, (intptr_t)reads);
	}
}

TEST_HARNESS_MAIN
