// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1): the data that a job wrote is visible when its fence is, while
 * threads of one VM, each on its own engine, alternate between fresh memory and
 * buffer objects at recurring addresses. The fence has the same value every
 * time, so a fence that is written twice is detected too.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define NUM_THREADS	3
#define SIZE		(6 * SZ_4K)
#define ROUNDS		100
#define FENCE_VALUE	0xdeadbeefdeadbeefULL
/* Memory of a round: a batch and a word, sometimes across two pages. */
#define JOB		184
#define WORD		(JOB / sizeof(uint32_t) - 1)

MIRROR_ON_COPY_ENGINE();

struct worker {
	/* the VM of the fixture, with a bind fence of its own */
	struct gpu gpu;
	struct gpu_queue queue;
	pthread_t thread;
	unsigned int index;
	bool plain;
	/* plain memory, never used again: every round finds it fresh */
	void *kept[ROUNDS];

	int err;
	unsigned int round;
	uint32_t found, wanted, later;
	bool intact;
	const char *where;
};

/* No wait for the bind: the job may start while it is in flight, or before it. */
static int bind_without_wait(struct gpu *gpu, uint32_t bo, void *addr)
{
	struct drm_xe_vm_bind bind = {
		.vm_id = gpu->vm,
		.num_binds = 1,
		.bind = gpu_op_bo(bo, (uintptr_t)addr, SIZE),
	};

	return ioctl(gpu->fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

/* The batch lies in the memory it writes to. */
static int write_and_look(struct worker *worker, void *area, const char *where)
{
	volatile uint32_t *words = area + worker->round % (SIZE / JOB) * JOB;
	uint32_t first;
	int err;

	worker->queue.batch = (uint32_t *)words;
	worker->wanted = worker->round << 8 | worker->index << 4 | 0xf;
	gpu_batch_store(&worker->queue, &words[WORD], worker->wanted);
	first = words[0];
	/* The job before had the same value. */
	*worker->queue.fence = 0;
	worker->queue.seqno = FENCE_VALUE - 1;
	err = gpu_run(&worker->queue);
	if (err)
		return err;
	worker->found = words[WORD];
	if (worker->found == worker->wanted)
		return 0;
	worker->where = where;
	worker->intact = words[0] == first;
	usleep(200000);
	worker->later = words[WORD];
	return -EBADMSG;
}

static int round_of_plain_memory(struct worker *worker)
{
	void **area = &worker->kept[worker->round - 1];

	*area = aligned_alloc(SZ_4K, SIZE);
	if (!*area)
		return -ENOMEM;
	return write_and_look(worker, *area, "plain memory");
}

static int use_object(struct worker *worker, void *addr, uint32_t bo)
{
	int err, again;

	err = bind_without_wait(&worker->gpu, bo, addr);
	if (err)
		return err;
	err = write_and_look(worker, addr, "a buffer object");
	again = gpu_bind_mirror(&worker->gpu, (uintptr_t)addr, SIZE, 0);
	return err ?: again;
}

static int round_of_an_object(struct worker *worker)
{
	uint32_t bo;
	void *addr;
	int err;

	addr = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (addr == MAP_FAILED)
		return -errno;
	err = gpu_bo_create(&worker->gpu, SIZE, &bo);
	if (err)
		goto unmap;
	err = gpu_bo_map_cpu(&worker->gpu, bo, addr, SIZE);
	if (!err)
		err = use_object(worker, addr, bo);
	gpu_bo_destroy(&worker->gpu, bo);
unmap:
	munmap(addr, SIZE);
	return err;
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	while (!worker->err && worker->round < ROUNDS) {
		worker->round++;
		if (worker->plain)
			worker->err = round_of_plain_memory(worker);
		if (!worker->err)
			worker->err = round_of_an_object(worker);
	}
	return NULL;
}

static void all_work(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self,
		     bool plain)
{
	const struct drm_xe_engine_class_instance *engine;
	struct worker worker[NUM_THREADS] = { };
	unsigned int i, j;

	for (i = 0; i < NUM_THREADS; i++) {
		worker[i].gpu = self->gpu;
		worker[i].index = i;
		worker[i].plain = plain;
		engine = &self->gpu.engines[i % self->gpu.num_engines];
		ASSERT_EQ(0, gpu_queue_create(&self->gpu, engine, &worker[i].queue));
		ASSERT_EQ(0, pthread_create(&worker[i].thread, NULL, work, &worker[i]));
	}
	for (i = 0; i < NUM_THREADS; i++) {
		pthread_join(worker[i].thread, NULL);
		EXPECT_EQ(0, worker[i].err)
			TH_LOG("round %u: %s holds %x, wanted %x, later %x, batch %s",
			       worker[i].round, worker[i].where ?: "-", worker[i].found,
			       worker[i].wanted, worker[i].later,
			       worker[i].intact ? "as written" : "changed");
		gpu_queue_destroy(&worker[i].queue);
		for (j = 0; j < ROUNDS; j++)
			free(worker[i].kept[j]);
	}
}

TEST_F_TIMEOUT(mirror, objects, GPU_TEST_TIMEOUT)
{
	all_work(_metadata, self, false);
}

TEST_F_TIMEOUT(mirror, both_in_turns, GPU_TEST_TIMEOUT)
{
	all_work(_metadata, self, true);
}

TEST_HARNESS_MAIN
