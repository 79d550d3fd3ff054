// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): the module cannot be unloaded while a descriptor or a mapping of
 * the GPU is left, and can be afterwards: also right after the death of a
 * process with faults in flight, and with the driver unbound before. It can be
 * loaded again and serves the next process.
 *
 * With xe built into the kernel there is no module to unload: a skip.
 *
 * Needs: module
 * Desktop: may end it, unloads the driver
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define MODULE		"/sys/module/xe/initstate"	/* of loaded modules only */
#define UNBIND		"/sys/bus/pci/drivers/xe/unbind"
#define SOON_MS		10000
#define BLOCKS		48
#define STORES		120

FIXTURE(module)
{
	struct gpu gpu;
	struct gpu_queue queue;
	volatile uint32_t *word;	/* mapped for the GPU */
	char device[64];		/* as the bus names it */
};

static int unload(void)
{
	return syscall(SYS_delete_module, "xe", O_NONBLOCK) ? -errno : 0;
}

/* Objects of a dead process are freed a little later if a service uses its memory. */
static int unload_soon(void)
{
	int err = unload(), left = SOON_MS;

	for (; err == -EWOULDBLOCK && left; left--) {
		usleep(1000);
		err = unload();
	}
	return err;
}

static int load(void)
{
	return system("modprobe xe") ? -EIO : 0;
}

/* A GPU of one's own with one page written by it. */
static int live(FIXTURE_DATA(module) *self)
{
	int err = gpu_open_mirrored(&self->gpu, gpu_control_in_memory, &self->queue);

	if (err)
		return err;
	self->word = memory_anonymous(SZ_4K);
	if (!self->word)
		return -ENOMEM;
	err = gpu_write(&self->queue, self->word, 0x30d00001);
	return err ?: *self->word == 0x30d00001 ? 0 : -EBADMSG;
}

FIXTURE_SETUP(module)
{
	if (access(MODULE, F_OK))
		SKIP(return, "xe is not a module");
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	ASSERT_EQ(0, gpu_bus_name(&self->gpu, self->device, sizeof(self->device)));
	gpu_close(&self->gpu);
	ASSERT_EQ(0, live(self));
}

/* The next test has its GPU, whatever happened here. */
FIXTURE_TEARDOWN(module)
{
	FIXTURE_DATA(module) next = { };

	if (!*self->device)
		return;
	gpu_close(&self->gpu);
	EXPECT_EQ(0, load());
	EXPECT_EQ(0, live(&next));
	gpu_close(&next.gpu);
}

TEST_F_TIMEOUT(module, goes_when_closed, GPU_TEST_TIMEOUT)
{
	gpu_close(&self->gpu);
	EXPECT_EQ(0, unload());
	EXPECT_NE(0, access(MODULE, F_OK));
	EXPECT_EQ(0x30d00001, *self->word);
	*self->word = 0x30d00002;
	EXPECT_EQ(0, munmap((void *)self->word, SZ_4K));
}

TEST_F_TIMEOUT(module, err_descriptor_is_open, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_EQ(0, gpu_write(&self->queue, self->word, 0x30d00003));
	EXPECT_EQ(0x30d00003, *self->word);
}

/* Of another process: the one with the VM's memory has exited. */
TEST_F_TIMEOUT(module, err_descriptor_is_inherited, GPU_TEST_TIMEOUT)
{
	FIXTURE_DATA(module) child = { };
	int ends[2], status = -1;
	pid_t pid;

	gpu_close(&self->gpu);
	ASSERT_EQ(0, pipe(ends));
	pid = fork();
	if (!pid) {
		if (live(&child))
			_exit(1);
		/* A grandchild keeps it until the pipe is closed. */
		if (!fork()) {
			close(ends[1]);
			_exit(read(ends[0], &status, 1) < 0);
		}
		_exit(0);
	}
	close(ends[0]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	close(ends[1]);
	EXPECT_EQ(0, unload_soon());
}

TEST_F_TIMEOUT(module, err_buffer_is_mapped, GPU_TEST_TIMEOUT)
{
	char *at = memory_map(SZ_2M, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uint32_t bo;

	ASSERT_NE(NULL, at);
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_2M, &bo));
	ASSERT_EQ(0, gpu_bo_map_cpu(&self->gpu, bo, at, SZ_2M));
	*at = 1;
	gpu_close(&self->gpu);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	munmap(at, SZ_2M);
	EXPECT_EQ(0, unload());
}

/* The unbound driver keeps open objects; the module can be unloaded only after them. */
TEST_F_TIMEOUT(module, err_descriptor_outlives_the_binding, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, pressure_set(UNBIND, self->device));
	EXPECT_EQ(-EWOULDBLOCK, unload());
	gpu_close(&self->gpu);
	EXPECT_EQ(0, unload());
}

static int fault_until_killed(int ready)
{
	FIXTURE_DATA(module) child = { };
	char *area = memory_anonymous(BLOCKS * SZ_2M);
	struct gpu_queue queue;
	int err = live(&child);
	unsigned int i, n;

	for (i = 0; area && !err && i < child.gpu.num_engines; i++) {
		err = gpu_queue_create(&child.gpu, &child.gpu.engines[i], &queue);
		for (n = 0; !err && n < STORES; n++)
			gpu_batch_store(&queue, area + (n * 7 + i) % BLOCKS * SZ_2M + n * SZ_4K, n);
		err = err ?: gpu_start(&queue);
	}
	if (!area || err || write(ready, "r", 1) != 1)
		return 1;
	while (1)
		pause();
}

/* A process with faults in flight. */
static pid_t start_faults(struct __test_metadata *_metadata)
{
	char token = 0;
	int ends[2];
	pid_t pid;

	EXPECT_EQ(0, pipe(ends));
	pid = fork();
	if (!pid) {
		close(ends[0]);
		_exit(fault_until_killed(ends[1]));
	}
	close(ends[1]);
	EXPECT_EQ(1, read(ends[0], &token, 1));
	close(ends[0]);
	return pid;
}

static void end(struct __test_metadata *_metadata, pid_t pid)
{
	int status = 0;

	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F_TIMEOUT(module, killed_with_faults_in_flight, GPU_TEST_TIMEOUT)
{
	pid_t pid;

	gpu_close(&self->gpu);
	pid = start_faults(_metadata);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	end(_metadata, pid);
	EXPECT_EQ(0, unload_soon());
}

TEST_F_TIMEOUT(module, unbound_and_killed_with_faults_in_flight, GPU_TEST_TIMEOUT)
{
	pid_t pid;

	gpu_close(&self->gpu);
	pid = start_faults(_metadata);
	EXPECT_EQ(0, pressure_set(UNBIND, self->device));
	EXPECT_EQ(-EWOULDBLOCK, unload());
	end(_metadata, pid);
	EXPECT_EQ(0, unload_soon());
}

TEST_HARNESS_MAIN
