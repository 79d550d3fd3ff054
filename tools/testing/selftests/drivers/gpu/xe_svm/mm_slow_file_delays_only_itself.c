// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C12): an access of the GPU to a page of a file that takes long, because
 * its server is silent or its file system is frozen, delays that access only:
 * mmap(), munmap() and other faults of the same process continue, as they do
 * for an access of the CPU.
 *
 * Desktop: may end it, an engine waits for a frozen file system for seconds
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/ext2.h"
#include "lib/fuse.h"
#include "lib/mirror_fixture.h"

#define DIR		"/tmp/xe_svm_slow"
#define BEGIN_MS	10000
/* Long enough that the access waits for nothing but its file. */
#define SETTLE_MS	300
#define ALLOWED_MS	2000
#define HELD_MS		6000
#define WRITTEN		0x510f11e0

/* The process does these while its file is slow, each in a thread made before. */
enum beside { MAPS, CPU_FAULTS, GPU_FAULTS, NUM_BESIDE };
static const char * const beside_name[] = { "mmap() and munmap()", "a CPU fault", "a GPU fault" };

struct job {
	struct gpu_queue *queue;
	volatile uint32_t *word;
	pthread_t thread;
	int64_t took_ms;
	int err;
	atomic_bool done;
};

FIXTURE(slow)
{
	struct gpu gpu;
	struct gpu_queue queue, other;
	struct fuse fuse;
	struct child server;
	int file;
	uint32_t *map;
	struct job job[NUM_BESIDE];
	pthread_t accessor;
	atomic_bool accessed;
	bool is_frozen, mounted;
};

FIXTURE_VARIANT(slow)
{
	bool by_gpu;
	bool frozen;		/* a write to a frozen file system; else a read of FUSE */
	bool async_reads;
	int advice;
};

FIXTURE_VARIANT_ADD(slow, cpu_readahead) { .async_reads = true, };
FIXTURE_VARIANT_ADD(slow, cpu_random_reads) { .async_reads = true, .advice = MADV_RANDOM, };
FIXTURE_VARIANT_ADD(slow, cpu_sync_reads) { .async_reads = false, };
FIXTURE_VARIANT_ADD(slow, cpu_frozen) { .frozen = true, };
FIXTURE_VARIANT_ADD(slow, gpu_readahead) { .by_gpu = true, .async_reads = true, };
FIXTURE_VARIANT_ADD(slow, gpu_random_reads)
{
	.by_gpu = true,
	.async_reads = true,
	.advice = MADV_RANDOM,
};
FIXTURE_VARIANT_ADD(slow, gpu_sync_reads) { .by_gpu = true, .async_reads = false, };
FIXTURE_VARIANT_ADD(slow, gpu_frozen) { .by_gpu = true, .frozen = true, };

static int serves(int fd, void *fuse)
{
	fuse_serve(fuse, NULL);
	return 0;
}

static int open_served(FIXTURE_DATA(slow) *self, bool async_reads)
{
	int err = fuse_mount(&self->fuse, DIR, async_reads);

	if (err)
		return err;
	self->mounted = true;
	err = child_start(&self->server, serves, &self->fuse);
	return err ?: fuse_open(&self->fuse);
}

static int open_frozen(FIXTURE_DATA(slow) *self)
{
	static const char page[SZ_4K];
	int fd, err = ext2_mount(DIR);

	if (err)
		return err;
	self->mounted = true;
	fd = open(DIR "/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, page, sizeof(page)) != sizeof(page) || fsync(fd))
		return -EIO;
	return fd;
}

FIXTURE_SETUP(slow)
{
	unsigned int i;

	self->fuse.fd = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->file = variant->frozen ? open_frozen(self) : open_served(self, variant->async_reads);
	if (self->file < 0 && !self->mounted)
		SKIP(return, "no such file system: %d", self->file);
	ASSERT_LE(0, self->file);
	self->map = memory_map(SZ_4K, PROT_READ | (variant->frozen ? PROT_WRITE : 0), MAP_SHARED,
			       self->file);
	ASSERT_NE(NULL, self->map);
	if (variant->advice)
		ASSERT_EQ(0, madvise(self->map, SZ_4K, variant->advice));
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[self->gpu.num_engines - 1],
				      &self->other));
	ASSERT_EQ(0, gpu_run(&self->other));
	for (i = 0; i < NUM_BESIDE; i++) {
		self->job[i].queue = &self->other;
		self->job[i].word = memory_anonymous(SZ_4K);
		ASSERT_NE(NULL, self->job[i].word);
	}
}

/* Whatever makes the file slow ends. */
static int release(FIXTURE_DATA(slow) *self)
{
	if (self->fuse.fd >= 0)
		atomic_store(&self->fuse.gate->open, true);
	if (!self->is_frozen)
		return 0;
	self->is_frozen = false;
	return ext2_thaw(self->file);
}

FIXTURE_TEARDOWN(slow)
{
	release(self);
	gpu_queue_destroy(&self->queue);
	gpu_queue_destroy(&self->other);
	gpu_close(&self->gpu);
	if (self->map)
		munmap(self->map, SZ_4K);
	close(self->file);
	fuse_unmount(&self->fuse);
	child_stop(&self->server);
	if (self->mounted)
		ext2_unmount(DIR);
}

static void *cpu_accesses(void *arg)
{
	FIXTURE_DATA(slow) *self = arg;

	if (self->fuse.fd >= 0)
		*self->queue.result = *(volatile uint32_t *)self->map;
	else
		*(volatile uint32_t *)self->map = WRITTEN;
	atomic_store(&self->accessed, true);
	return NULL;
}

static int start_access(FIXTURE_DATA(slow) *self, bool by_gpu)
{
	if (!by_gpu)
		return -pthread_create(&self->accessor, NULL, cpu_accesses, self);
	if (self->fuse.fd >= 0)
		gpu_batch_copy(&self->queue, self->queue.result, self->map);
	else
		gpu_batch_store(&self->queue, self->map, WRITTEN);
	return gpu_start(&self->queue);
}

static bool access_waits(FIXTURE_DATA(slow) *self, bool by_gpu)
{
	return by_gpu ? *self->queue.fence != self->queue.seqno : !atomic_load(&self->accessed);
}

static int finish_access(FIXTURE_DATA(slow) *self, bool by_gpu)
{
	return by_gpu ? gpu_wait(&self->queue) : -pthread_join(self->accessor, NULL);
}

/* The server got the request, or the file system cannot be written to. */
static int make_slow(FIXTURE_DATA(slow) *self, bool by_gpu)
{
	int64_t end = clock_ms() + BEGIN_MS;
	int err;

	if (self->fuse.fd < 0) {
		err = ext2_freeze(self->file);
		self->is_frozen = !err;
		if (err)
			return err;
	}
	err = start_access(self, by_gpu);
	while (!err && self->fuse.fd >= 0 && !atomic_load(&self->fuse.gate->asked))
		if (clock_ms() > end)
			return -ETIME;
	clock_sleep_ms(SETTLE_MS);
	return err;
}

static atomic_bool go;
static int64_t began;

static void *maps(void *arg)
{
	struct job *job = arg;
	void *p;

	while (!go)
		clock_sleep_ms(1);
	p = mmap(NULL, SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	job->err = p == MAP_FAILED || munmap(p, SZ_2M);
	job->took_ms = clock_ms() - began;
	atomic_store(&job->done, true);
	return NULL;
}

static void *cpu_faults(void *arg)
{
	struct job *job = arg;

	while (!go)
		clock_sleep_ms(1);
	*job->word = 1;
	job->took_ms = clock_ms() - began;
	atomic_store(&job->done, true);
	return NULL;
}

static void *gpu_faults_elsewhere(void *arg)
{
	struct job *job = arg;

	while (!go)
		clock_sleep_ms(1);
	job->err = gpu_write(job->queue, job->word, 1);
	job->took_ms = clock_ms() - began;
	atomic_store(&job->done, true);
	return NULL;
}

static int prepare_jobs(FIXTURE_DATA(slow) *self)
{
	static void *(*const life[])(void *) = { maps, cpu_faults, gpu_faults_elsewhere };
	int i, err = 0;

	go = false;
	for (i = 0; !err && i < NUM_BESIDE; i++)
		err = pthread_create(&self->job[i].thread, NULL, life[i], &self->job[i]);
	return -err;
}

/* Only sleeps and polls flags: anything else might block, too. */
static void run_jobs(FIXTURE_DATA(slow) *self)
{
	int64_t end;
	int i, done;

	began = clock_ms();
	end = began + HELD_MS;
	go = true;
	do {
		clock_sleep_ms(2);
		for (i = done = 0; i < NUM_BESIDE; i++)
			done += atomic_load(&self->job[i].done);
	} while (done < NUM_BESIDE && clock_ms() < end);
}

TEST_F_TIMEOUT(slow, others_go_on, GPU_TEST_TIMEOUT)
{
	bool waited;
	int i;

	ASSERT_EQ(0, prepare_jobs(self));
	ASSERT_EQ(0, make_slow(self, variant->by_gpu));
	ASSERT_TRUE(access_waits(self, variant->by_gpu));
	run_jobs(self);
	waited = access_waits(self, variant->by_gpu);
	ASSERT_EQ(0, release(self));
	for (i = 0; i < NUM_BESIDE; i++)
		pthread_join(self->job[i].thread, NULL);
	EXPECT_TRUE(waited)
		TH_LOG("the access was over before the others had begun");
	for (i = 0; i < NUM_BESIDE; i++) {
		TH_LOG("%s: %lld ms", beside_name[i], (long long)self->job[i].took_ms);
		EXPECT_EQ(0, self->job[i].err);
		EXPECT_GT(ALLOWED_MS, self->job[i].took_ms);
	}
	/* The access itself ends well, once it can. */
	EXPECT_EQ(0, finish_access(self, variant->by_gpu));
	EXPECT_EQ(variant->frozen ? WRITTEN : FUSE_VALUE,
		  variant->frozen ? *self->map : *self->queue.result);
}

TEST_HARNESS_MAIN
