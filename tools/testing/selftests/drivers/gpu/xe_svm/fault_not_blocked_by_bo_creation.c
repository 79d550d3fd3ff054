// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C12): while the kernel allocates and clears a large buffer object that
 * is private to a VM, the VM's reservation is locked. Faults in blocks that
 * were mapped before do not wait for it. Faults that need page tables do, but
 * no other process waits with them.
 *
 * Desktop: quiet machine, measures times
 */
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define OBJECT_SIZE	(256UL << 20)
/* Writes to a page that was unmapped, while the object is being allocated. */
#define ENOUGH		4
/* The driver has four fault queues, shared by address space. */
#define FAULT_QUEUES	4
#define MAX_SECTIONS	64

MIRROR_ON_COPY_ENGINE();

struct making {
	struct gpu *gpu;
	pthread_t thread;
	int err;
	volatile bool begun, done;
};

static void *make(void *arg)
{
	struct making *making = arg;
	struct drm_xe_gem_create create = {
		.size = OBJECT_SIZE,
		.placement = 1,
		.cpu_caching = DRM_XE_GEM_CPU_CACHING_WB,
		.vm_id = making->gpu->vm,
	};

	making->begun = true;
	if (ioctl(making->gpu->fd, DRM_IOCTL_XE_GEM_CREATE, &create))
		making->err = -errno;
	making->done = true;
	if (!making->err)
		gpu_bo_destroy(making->gpu, create.handle);
	return NULL;
}

static int make_begin(struct making *making, struct gpu *gpu)
{
	making->gpu = gpu;
	if (pthread_create(&making->thread, NULL, make, making))
		return -EAGAIN;
	while (!making->begun)
		usleep(100);
	return 0;
}

static int make_end(struct making *making)
{
	pthread_join(making->thread, NULL);
	return making->err;
}

/* The CPU keeps the page, the GPU does not. */
static int take_from_gpu(uint32_t *word)
{
	return mprotect(word, SZ_4K, PROT_READ) ?: mprotect(word, SZ_4K, PROT_READ | PROT_WRITE);
}

/* Number of faults served while the object is being allocated; or an error. */
static int writes_meanwhile(struct gpu_queue *queue, uint32_t *word, const struct making *making)
{
	int err, count = 0;

	while (!making->done) {
		if (take_from_gpu(word))
			return -errno;
		err = gpu_write(queue, word, count);
		if (err)
			return err;
		count += !making->done;
	}
	return count;
}

TEST_F_TIMEOUT(mirror, mapped_before, GPU_TEST_TIMEOUT)
{
	uint32_t *word = memory_anonymous(SZ_2M);
	struct making making = {};
	int64_t before;
	int count;

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(&self->queue, word, 1));
	before = gpu_faults(&self->gpu);
	ASSERT_EQ(0, make_begin(&making, &self->gpu));
	count = writes_meanwhile(&self->queue, word, &making);
	ASSERT_EQ(0, make_end(&making));
	EXPECT_LE(ENOUGH, count);
	EXPECT_LE(before + count, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(mirror, mapped_for_the_first_time, GPU_TEST_TIMEOUT)
{
	uint32_t *word = memory_anonymous(SZ_2M);
	struct making making = {};

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, make_begin(&making, &self->gpu));
	EXPECT_EQ(0, gpu_write(&self->queue, word, 0x0b0d0001));
	EXPECT_EQ(0x0b0d0001, *word);
	ASSERT_EQ(0, make_end(&making));
}

/* Whose VM's faults pass through the same queue of the driver as those of @gpu? */
static int open_neighbour(struct gpu *gpu, struct gpu *neighbour)
{
	struct gpu_vm_section sections[MAX_SECTIONS];
	int num = gpu_vm_sections(gpu, getpid(), sections, MAX_SECTIONS), tries, err;
	uint32_t asid;

	if (num != 1)
		return -ENODATA;
	asid = sections[0].asid;
	for (tries = 0; tries < 2 * FAULT_QUEUES; tries++) {
		err = gpu_open(neighbour);
		if (err)
			return err;
		num = gpu_vm_sections(gpu, getpid(), sections, MAX_SECTIONS);
		/* one of the two is that of @gpu */
		if (num == 2 &&
		    (sections[0].asid + sections[1].asid - 2 * asid) % FAULT_QUEUES == 0)
			return 0;
		gpu_close(neighbour);
	}
	return -ENOENT;
}

TEST_F_TIMEOUT(mirror, of_another_vm, GPU_TEST_TIMEOUT)
{
	char *fresh = memory_anonymous(2 * SZ_2M);
	uint32_t *word = memory_anonymous(SZ_2M);
	struct gpu_queue queue = {};
	struct making making = {};
	struct gpu neighbour;
	int count;

	ASSERT_NE(NULL, fresh);
	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, open_neighbour(&self->gpu, &neighbour));
	mirror_start(_metadata, &neighbour, &neighbour.engines[0], &queue);
	ASSERT_EQ(0, gpu_write(&queue, word, 1));
	/* The block before is known, the page is there: all that is missing is a page table. */
	ASSERT_EQ(0, gpu_write(&self->queue, fresh, 1));
	*(volatile uint32_t *)(fresh + SZ_2M) = 1;

	ASSERT_EQ(0, make_begin(&making, &self->gpu));
	gpu_batch_store(&self->queue, fresh + SZ_2M, 0x0b0d0002);
	ASSERT_EQ(0, gpu_start(&self->queue));
	count = writes_meanwhile(&queue, word, &making);
	EXPECT_EQ(0, gpu_wait(&self->queue));
	ASSERT_EQ(0, make_end(&making));
	EXPECT_LE(ENOUGH, count);
	EXPECT_EQ(0x0b0d0002, *(uint32_t *)(fresh + SZ_2M));
	gpu_queue_destroy(&queue);
	gpu_close(&neighbour);
}

TEST_HARNESS_MAIN
