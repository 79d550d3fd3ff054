// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P1, P2, C1): many concurrent faults on one block all get replies, by a
 * few services; faults on many blocks are served by several workers at the same
 * time; refused faults get replies too, and the device continues to work.
 *
 * Linux 7.3 runs 991 services for 991 such faults.
 *
 * Desktop: emulated GPU only
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/trace.h"

#define LANES		500
/* A service takes the faults that have arrived: more follow during the first ones. */
#define FEW		(LANES / 10)
#define ANSWER_POLLS	2000
#define POLL_US		5000
#define SERVICE		"xe_svm_service"
#define MAX_SERVERS	64
/* Many enough that the worker of a fault queue leaves some to others. */
#define BLOCKS		128
/* Longer than all lanes take to begin, on a busy host, too. */
#define LATE_US		300000

FIXTURE(storm)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	char *block;
	uint64_t services;
	int64_t faults, answers;
};

FIXTURE_VARIANT(storm)
{
	/* Threads of the GPU, not the emulated GPU's own command */
	bool by_kernel;
};

FIXTURE_VARIANT_ADD(storm, command) { .by_kernel = false, };
FIXTURE_VARIANT_ADD(storm, kernel) { .by_kernel = true, };

/* An abort is a fault of the model whose queue was destroyed. */
static int64_t answers(const struct gpu_model *model)
{
	return gpu_model_count(model, "FAULT_SERVED") +
	       gpu_model_count(model, "FAULT_REFUSED") +
	       gpu_model_count(model, "FAULT_ABORTED");
}

/* A driver that does not count services makes one for each fault. */
static uint64_t services_so_far(const struct gpu *gpu)
{
	uint64_t count = 0;

	return gpu_stat(gpu, "svm_service_count", &count) ? (uint64_t)gpu_faults(gpu) : count;
}

FIXTURE_SETUP(storm)
{
	const struct drm_xe_engine_class_instance *engine;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (gpu_model_open(&self->gpu, &self->model) ||
	    gpu_model_turn(&self->model, "parallel_touch", !variant->by_kernel))
		SKIP(return, "no GPU that has many faults in flight at will");
	engine = variant->by_kernel ? gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COMPUTE) :
				      &self->gpu.engines[0];
	ASSERT_NE(NULL, engine);
	mirror_start(_metadata, &self->gpu, engine, &self->queue);
	self->services = services_so_far(&self->gpu);
	self->block = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->block);
	self->faults = gpu_model_count(&self->model, "FAULT");
	self->answers = answers(&self->model);
}

FIXTURE_TEARDOWN(storm)
{
	gpu_model_turn(&self->model, "parallel_touch", 0);
	gpu_model_turn(&self->model, "delay_fault_us", 0);
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static int64_t services(FIXTURE_DATA(storm) *self)
{
	return services_so_far(&self->gpu) - self->services;
}

static int64_t faults(FIXTURE_DATA(storm) *self)
{
	return gpu_model_count(&self->model, "FAULT") - self->faults;
}

static int64_t unanswered(FIXTURE_DATA(storm) *self)
{
	return faults(self) - (answers(&self->model) - self->answers);
}

static void touch(FIXTURE_DATA(storm) *self, bool by_kernel, char *start, uint32_t count,
		  uint32_t stride, enum gpu_touch access)
{
	if (by_kernel)
		gpu_batch_kernel_touch(&self->queue, start, count, stride, access);
	else
		gpu_batch_touch(&self->queue, start, count, stride, access);
}

static void begin_anew(FIXTURE_DATA(storm) *self)
{
	madvise(self->block, SZ_2M, MADV_DONTNEED);
	self->services = services_so_far(&self->gpu);
	self->faults = gpu_model_count(&self->model, "FAULT");
	self->answers = answers(&self->model);
}

/* A busy emulated GPU may be slower than the service: then faults are not concurrent. */
TEST_F_TIMEOUT(storm, populated_block, GPU_TEST_TIMEOUT)
{
	unsigned int i, tries = 0;

	do {
		begin_anew(self);
		for (i = 0; i < LANES; i++)
			*(uint32_t *)(self->block + i * SZ_4K) = i;
		touch(self, variant->by_kernel, self->block, LANES, SZ_4K, GPU_TOUCH_INCREMENT);
		ASSERT_EQ(0, gpu_run(&self->queue));
		for (i = 0; i < LANES; i++)
			EXPECT_EQ(i + 1, *(uint32_t *)(self->block + i * SZ_4K));
		TH_LOG("%ld faults, %ld services", (long)faults(self), (long)services(self));
		EXPECT_GE(FEW, services(self));
		EXPECT_EQ(0, unanswered(self));
	} while (faults(self) <= LANES / 2 && ++tries < 20);
	EXPECT_LT(LANES / 2, faults(self));
}

/* Threads that have served faults */
struct servers {
	int pid[MAX_SERVERS];
	unsigned int nr;
};

static bool add_server(int pid, const char *fields, void *arg)
{
	struct servers *servers = arg;
	unsigned int i;

	for (i = 0; i < servers->nr; i++)
		if (servers->pid[i] == pid)
			return true;
	if (servers->nr < MAX_SERVERS)
		servers->pid[servers->nr++] = pid;
	return true;
}

/* Where the driver can be traced: served by how many threads */
static void served_by_several(struct __test_metadata *_metadata)
{
	struct servers servers = {};

	if (!trace_offered(SERVICE)) {
		TH_LOG("no event " SERVICE ": the workers are not counted");
		return;
	}
	trace_stop(SERVICE);
	EXPECT_LE(BLOCKS, trace_count(SERVICE, add_server, &servers));
	TH_LOG("served by %u threads", servers.nr);
	EXPECT_LE(2, servers.nr);
}

TEST_F_TIMEOUT(storm, many_blocks, GPU_TEST_TIMEOUT)
{
	char *blocks = memory_anonymous(BLOCKS * SZ_2M);
	unsigned int i;

	ASSERT_NE(NULL, blocks);
	for (i = 0; i < BLOCKS; i++)
		*(uint32_t *)(blocks + i * SZ_2M) = i;
	if (trace_offered(SERVICE))
		ASSERT_EQ(0, trace_start(SERVICE));
	touch(self, variant->by_kernel, blocks, BLOCKS, SZ_2M, GPU_TOUCH_INCREMENT);
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < BLOCKS; i++)
		EXPECT_EQ(i + 1, *(uint32_t *)(blocks + i * SZ_2M));
	EXPECT_EQ(0, unanswered(self));
	served_by_several(_metadata);
}

/* The sibling: half of the blocks have no memory. All faults get replies. */
TEST_F_TIMEOUT(storm, err_many_blocks_half_unmapped, GPU_TEST_TIMEOUT)
{
	char *blocks = memory_anonymous(BLOCKS * SZ_2M);
	int i;

	ASSERT_NE(NULL, blocks);
	for (i = 0; i < BLOCKS; i += 2)
		ASSERT_EQ(0, munmap(blocks + i * SZ_2M, SZ_2M));
	touch(self, variant->by_kernel, blocks, BLOCKS, SZ_2M, GPU_TOUCH_WRITE);
	EXPECT_EQ(REFUSED, gpu_run(&self->queue));
	for (i = 0; i < ANSWER_POLLS && unanswered(self); i++)
		usleep(POLL_US);
	EXPECT_EQ(0, unanswered(self));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->queue, blocks + SZ_2M, 0x570a0002));
	EXPECT_EQ(0x570a0002, *(uint32_t *)(blocks + SZ_2M));
}

/* The driver gets the first fault when all lanes have begun. */
TEST_F_TIMEOUT(storm, one_page, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, gpu_model_turn(&self->model, "delay_fault_us", LATE_US));
	touch(self, variant->by_kernel, self->block, LANES, 0, GPU_TOUCH_INCREMENT);
	ASSERT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(LANES, *(uint32_t *)self->block);
	EXPECT_LT(LANES / 2, faults(self));
	EXPECT_GE(FEW, services(self));
	EXPECT_EQ(0, unanswered(self));
	EXPECT_EQ(SZ_4K, memory_smaps(self->block, "Rss"));
}

/* The sibling: no memory. All faults get replies, and the next queue is served. */
TEST_F_TIMEOUT(storm, err_unmapped_block, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int i;

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, munmap(self->block, SZ_2M));
	touch(self, variant->by_kernel, self->block, LANES, SZ_4K, GPU_TOUCH_WRITE);
	EXPECT_EQ(REFUSED, gpu_run(&self->queue));
	for (i = 0; i < ANSWER_POLLS && unanswered(self); i++)
		usleep(POLL_US);
	EXPECT_EQ(0, unanswered(self));
	/* Threads begin one after the other: the first refusal may end them all. */
	EXPECT_LT(variant->by_kernel ? 0 : LANES / 2, faults(self));

	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->queue, word, 0x570a0001));
	EXPECT_EQ(0x570a0001, *word);
}

TEST_HARNESS_MAIN
