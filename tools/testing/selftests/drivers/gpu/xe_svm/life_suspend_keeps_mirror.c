// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11, C17): the system may be suspended at any time. Memory shared with the
 * GPU is shared afterwards as before, including changes made meanwhile. An
 * unfinished job is lost, as by a GT reset, and reported as lost; other queues
 * continue. With a VM in fault mode, suspend-to-RAM resets the GPU, and the GPU
 * gets no reply to a fault from before the reset. Without one, and for
 * suspend-to-idle, the GPU is suspended as by a driver without mirrors.
 *
 * Desktop: may end it, suspends the machine
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/cgroup.h"
#include "lib/clock.h"
#include "lib/ext2.h"
#include "lib/mirror_fixture.h"
#include "lib/system_sleep.h"

#define WORDS		32
#define STRIDE		(SZ_64K / sizeof(uint32_t))
#define ASKED_MS	20000
#define GONE_TRIES	20
/* Two pages a second: a read of one page after as many ends while devices sleep */
#define DISK_LIMIT	"1:0 rbps=8192"
#define DISK_PAGES	8

FIXTURE_VARIANT(asleep)
{
	enum system_sleep_state state;
};

FIXTURE(asleep)
{
	struct gpu gpu;
	struct gpu_model model;
	struct gpu_queue queue;
	struct gpu_queue other;		/* of another engine, where there is one */
	uint32_t *area;			/* 2 MiB, a word of each 64 KiB counted by the GPU */
};

FIXTURE_VARIANT_ADD(asleep, to_ram) { .state = SYSTEM_SLEEP_TO_RAM, };
FIXTURE_VARIANT_ADD(asleep, to_idle) { .state = SYSTEM_SLEEP_TO_IDLE, };

static int count_all(struct gpu_queue *queue, uint32_t *area)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		gpu_batch_increment(queue, area + i * STRIDE);
	return gpu_run(queue);
}

FIXTURE_SETUP(asleep)
{
	const struct drm_xe_engine_class_instance *engine;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (system_sleep_possible(variant->state))
		SKIP(return, "no CONFIG_PM_DEBUG, no such sleep, or not root");
	engine = &self->gpu.engines[self->gpu.num_engines - 1];
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, engine, &self->other));
	ASSERT_EQ(0, gpu_run(&self->other));
	gpu_model_open(&self->gpu, &self->model);
	self->area = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, count_all(&self->queue, self->area));
}

FIXTURE_TEARDOWN(asleep)
{
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_queue_destroy(&self->other);
	gpu_close(&self->gpu);
}

static unsigned int words_other_than(const uint32_t *area, uint32_t value)
{
	unsigned int i, other = 0;

	for (i = 0; i < WORDS; i++)
		other += area[i * STRIDE] != value;
	return other;
}

TEST_F_TIMEOUT(asleep, memory_stays_shared, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, system_sleep(variant->state));
	EXPECT_EQ(0, words_other_than(self->area, 1));
	EXPECT_EQ(0, count_all(&self->queue, self->area));
	EXPECT_EQ(0, words_other_than(self->area, 2));
}

static int64_t pages_mapped(const struct gpu *gpu)
{
	uint64_t mapped, unmapped;

	if (gpu_stat(gpu, "svm_mapped_page_count", &mapped) ||
	    gpu_stat(gpu, "svm_unmapped_page_count", &unmapped))
		return -ENODATA;
	return mapped - unmapped;
}

/*
 * Page tables in VRAM come back as they were saved: nothing that the CPU takes away
 * meanwhile may be in them, so nothing is. In suspend-to-idle, the GuC flushes no TLB.
 */
TEST_F_TIMEOUT(asleep, page_tables_are_saved_empty, GPU_TEST_TIMEOUT)
{
	if (variant->state == SYSTEM_SLEEP_TO_RAM &&
	    !(self->gpu.config_flags & DRM_XE_QUERY_CONFIG_FLAG_HAS_VRAM))
		SKIP(return, "the TLB is empty afterwards, and page tables are not in VRAM");
	ASSERT_LT(0, pages_mapped(&self->gpu));
	ASSERT_EQ(0, system_sleep(variant->state));
	EXPECT_EQ(0, pages_mapped(&self->gpu));
	EXPECT_EQ(0, count_all(&self->queue, self->area));
	EXPECT_EQ(0, words_other_than(self->area, 2));
	EXPECT_LT(0, pages_mapped(&self->gpu));
}

/* Memory that the CPU unmaps is unmapped from the GPU, as before. */
TEST_F_TIMEOUT(asleep, memory_is_given_up_afterwards, GPU_TEST_TIMEOUT)
{
	uint64_t leaked, before;
	uint32_t value = ~0;

	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_leaked_page_count", &before));
	ASSERT_EQ(0, system_sleep(variant->state));
	ASSERT_EQ(0, madvise(self->area, SZ_2M, MADV_DONTNEED));
	EXPECT_EQ(0, gpu_read(&self->queue, self->area + STRIDE, &value));
	EXPECT_EQ(0, value)
		TH_LOG("the GPU still sees unmapped memory");
	EXPECT_EQ(0, gpu_stat(&self->gpu, "svm_leaked_page_count", &leaked));
	EXPECT_EQ(before, leaked);
}

static int provide_zeroes(int fd, char *addr)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)addr, .len = SZ_4K },
	};

	return ioctl(fd, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;
}

TEST_F_TIMEOUT(asleep, fault_waits_through_it, GPU_TEST_TIMEOUT)
{
	char *late = memory_anonymous(SZ_2M);
	struct pollfd asked = { .events = POLLIN };
	int64_t strange = 0;
	uint32_t value;

	ASSERT_NE(NULL, late);
	asked.fd = memory_userfault(late);
	if (asked.fd < 0)
		SKIP(return, "no userfaultfd");
	WITH_MODEL(&self->model)
		strange = gpu_model_count(&self->model, "FAULT_STRAY");

	gpu_batch_copy(&self->queue, self->queue.result, (uint32_t *)late);
	ASSERT_EQ(0, gpu_start(&self->queue));
	ASSERT_EQ(1, poll(&asked, 1, ASKED_MS));
	ASSERT_EQ(0, system_sleep(variant->state));
	EXPECT_EQ(0, provide_zeroes(asked.fd, late));
	EXPECT_EQ(REFUSED, gpu_wait(&self->queue))
		TH_LOG("a job from before the suspend neither completed nor failed");

	EXPECT_EQ(0, gpu_write(&self->other, self->area, 0x51ee9001));
	EXPECT_EQ(0x51ee9001, *self->area);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_read(&self->queue, late, &value));
	EXPECT_EQ(0, value);
	if (variant->state == SYSTEM_SLEEP_TO_IDLE)
		return;
	WITH_MODEL(&self->model)
		EXPECT_EQ(strange, gpu_model_count(&self->model, "FAULT_STRAY"))
			TH_LOG("a fault from before the suspend got a reply");
}

/* Throttle disk reads so that they take seconds. Return: -ENOENT where they cannot. */
static int slow_disk(struct cgroup *group, char **map)
{
	int fd, err = cgroup_create(group, "io");
	volatile char *pages;
	unsigned int i;

	if (err)
		return -ENOENT;
	if (cgroup_set(group, "io.max", DISK_LIMIT))
		return -ENOENT;
	err = cgroup_enter(group);
	fd = open(EXT2_DISK, O_RDONLY | O_CLOEXEC);
	*map = memory_map(SZ_2M, PROT_READ, MAP_SHARED, fd);
	if (err || fd < 0 || !*map || madvise(*map, SZ_2M, MADV_RANDOM) ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		return -EIO;
	close(fd);
	/* Read all that is available. */
	for (pages = *map, i = 0; i < DISK_PAGES; i++)
		(void)pages[SZ_2M - (i + 1) * SZ_64K];
	return 0;
}

/* A disk ends its work after the GPU has been suspended: nothing is bound by then. */
TEST_F_TIMEOUT(asleep, disk_read_ends_meanwhile, GPU_TEST_TIMEOUT)
{
	uint64_t before, deferred;
	struct cgroup group = {};
	uint32_t value;
	int64_t end;
	char *map;
	int i, err = slow_disk(&group, &map);

	if (err == -ENOENT)
		SKIP(return, "no io controller with limits");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_deferred_count", &before));
	for (i = 0; i < 4; i++)
		gpu_batch_copy(&self->queue, self->queue.result,
			       (uint32_t *)(map + i * SZ_64K));
	ASSERT_EQ(0, gpu_start(&self->queue));
	end = clock_ms() + ASKED_MS;
	do {
		ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_deferred_count", &deferred));
	} while (deferred == before && clock_ms() < end);
	ASSERT_LT(before, deferred);
	ASSERT_EQ(0, system_sleep(variant->state));
	/* Lost with the job, or served afterwards */
	err = gpu_wait(&self->queue);
	EXPECT_TRUE(err == REFUSED || (!err && variant->state == SYSTEM_SLEEP_TO_IDLE))
		TH_LOG("error %d", err);
	ASSERT_EQ(0, cgroup_set(&group, "io.max", "1:0 rbps=max"));

	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, gpu_read(&self->queue, map + i * SZ_64K, &value));
	cgroup_destroy(&group);
}

TEST_F_TIMEOUT(asleep, job_under_way_is_lost, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = self->area;

	gpu_batch_wait(&self->queue, word, 0x51ee9002);
	ASSERT_EQ(0, gpu_start(&self->queue));
	ASSERT_EQ(0, system_sleep(variant->state));
	EXPECT_EQ(REFUSED, gpu_wait(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->other, word, 0x51ee9003));
	EXPECT_EQ(0x51ee9003, *word);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_increment(&self->queue, word));
	EXPECT_EQ(0x51ee9004, *word);
}

/* An object in the same address space is brought back where it was. */
TEST_F_TIMEOUT(asleep, object_is_kept, GPU_TEST_TIMEOUT)
{
	uint32_t bo, value = 0;
	void *cpu;

	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &bo, &cpu));
	ASSERT_EQ(0, gpu_write(&self->queue, cpu, 0x51ee9005));
	ASSERT_EQ(0, system_sleep(variant->state));
	EXPECT_EQ(0x51ee9005, *(uint32_t *)cpu);
	EXPECT_EQ(0, gpu_read(&self->queue, cpu, &value));
	EXPECT_EQ(0x51ee9005, value);
	gpu_bo_destroy(&self->gpu, bo);
}

static int64_t resets_by_sleep(FIXTURE_DATA(asleep) *self, enum system_sleep_state state)
{
	int64_t before = gpu_model_count(&self->model, "GPU_RESET");
	int err = system_sleep(state);

	return err ?: gpu_model_count(&self->model, "GPU_RESET") - before;
}

TEST_F_TIMEOUT(asleep, reset_is_for_mirrors_only, GPU_TEST_TIMEOUT)
{
	uint32_t vm;
	int i;

	if (!self->model.bar)
		SKIP(return, "not an emulated GPU: it does not count resets");
	EXPECT_EQ(variant->state == SYSTEM_SLEEP_TO_RAM,
		  resets_by_sleep(self, variant->state) > 0);

	/* An address space without faults is there all the time. */
	ASSERT_EQ(0, gpu_vm_create(self->gpu.fd, 0, &vm));
	gpu_queue_destroy(&self->queue);
	gpu_queue_destroy(&self->other);
	ASSERT_EQ(0, gpu_vm_destroy(self->gpu.fd, self->gpu.vm));
	/* Workers end it. */
	for (i = 0; i < GONE_TRIES && resets_by_sleep(self, variant->state); i++)
		usleep(100000);
	EXPECT_GT(GONE_TRIES, i)
		TH_LOG("reset although nothing can fault");
	EXPECT_EQ(0, resets_by_sleep(self, variant->state));
}

TEST_HARNESS_MAIN
