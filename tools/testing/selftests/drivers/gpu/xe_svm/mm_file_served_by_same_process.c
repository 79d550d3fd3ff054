// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C12): a process may serve its own file system: an access of the GPU to
 * a file that a thread of the same process provides holds no lock that the
 * thread needs to map memory, and completes.
 *
 * Needs: field
 * Desktop: may disturb it, mounts FUSE below /tmp
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/fuse.h"
#include "lib/mirror_fixture.h"

#define DIR		"/tmp/xe_svm_inside"
#define ANSWER_MS	10000

/**
 * struct life - a process that serves its own file system, in a thread
 */
struct life {
	bool by_gpu;
	bool async_reads;
	int advice;
};

FIXTURE(inside)
{
	struct gpu gpu;		/* of a bystander */
	struct gpu_queue queue;
	struct child child;
	struct life life;
};

FIXTURE_VARIANT(inside)
{
	bool by_gpu;
	bool async_reads;
	int advice;
};

FIXTURE_VARIANT_ADD(inside, cpu_readahead) { .async_reads = true, };
FIXTURE_VARIANT_ADD(inside, cpu_random_reads) { .async_reads = true, .advice = MADV_RANDOM, };
FIXTURE_VARIANT_ADD(inside, cpu_sync_reads) { .async_reads = false, };
FIXTURE_VARIANT_ADD(inside, gpu_readahead) { .by_gpu = true, .async_reads = true, };
FIXTURE_VARIANT_ADD(inside, gpu_random_reads)
{
	.by_gpu = true,
	.async_reads = true,
	.advice = MADV_RANDOM,
};
FIXTURE_VARIANT_ADD(inside, gpu_sync_reads) { .by_gpu = true, .async_reads = false, };

FIXTURE_SETUP(inside)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (access("/dev/fuse", W_OK))
		SKIP(return, "no FUSE");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[self->gpu.num_engines - 1],
		     &self->queue);
	self->life = (struct life) {
		.by_gpu = variant->by_gpu,
		.async_reads = variant->async_reads,
		.advice = variant->advice,
	};
}

FIXTURE_TEARDOWN(inside)
{
	child_stop(&self->child);
	umount2(DIR, MNT_DETACH);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Work of the server before it can reply. */
static void takes_memory(void)
{
	void *p = mmap(NULL, SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	memset(p, 1, SZ_4K);
	munmap(p, SZ_2M);
}

static void *serves_inside(void *fuse)
{
	fuse_serve(fuse, takes_memory);
	return NULL;
}

static int serves_and_accesses(int fd, void *arg)
{
	const struct life *life = arg;
	struct gpu_queue queue;
	pthread_t server;
	struct fuse fuse;
	uint32_t value;
	struct gpu gpu;
	uint32_t *map;
	int file;

	if (gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) || gpu_run(&queue) ||
	    fuse_mount(&fuse, DIR, life->async_reads) ||
	    pthread_create(&server, NULL, serves_inside, &fuse))
		return 1;
	atomic_store(&fuse.gate->open, true);
	file = fuse_open(&fuse);
	map = memory_map(SZ_4K, PROT_READ, MAP_PRIVATE, file);
	if (file < 0 || !map)
		return 2;
	/* At exit it would wait for a server that has exited. */
	close(file);
	if (life->advice && madvise(map, SZ_4K, life->advice))
		return 3;
	value = 0;
	if (!life->by_gpu)
		value = *(volatile uint32_t *)map;
	else if (gpu_read(&queue, map, &value))
		return 4;
	return value == FUSE_VALUE ? 0 : 5;
}

TEST_F_TIMEOUT(inside, server_is_not_locked_out, GPU_TEST_TIMEOUT)
{
	int status = -1;

	ASSERT_EQ(0, child_start(&self->child, serves_and_accesses, &self->life));
	EXPECT_TRUE(child_ended(&self->child, &status, ANSWER_MS))
		TH_LOG("deadlock: the access waits for the server, the server for the access");
	EXPECT_TRUE(child_stop(&self->child))
		TH_LOG("and it cannot be killed");
	if (status != -1)
		EXPECT_EQ(0, status);
	EXPECT_EQ(0, gpu_run(&self->queue));
}

TEST_HARNESS_MAIN
