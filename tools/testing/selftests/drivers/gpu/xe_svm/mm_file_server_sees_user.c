// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C13): a page that a fault of the GPU reads from a file is read with the
 * credentials of the process, as for an access of the CPU: limits of file systems hold,
 * such as quotas and blocks reserved for root.
 *
 * Needs: field
 * Desktop: may disturb it, mounts FUSE below /tmp
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/fuse.h"
#include "lib/mirror_fixture.h"

#define DIR	"/tmp/xe_svm_user"
#define USER	1000
#define STACK	SZ_64K

FIXTURE(user)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct fuse fuse;
	struct child server;
	int file;
	uint32_t *map;
	pid_t creator;
	int err;			/* of the creator */
};

FIXTURE_VARIANT(user)
{
	bool by_gpu;
	bool creator_execs;	/* another process created the VM, and runs a program of root */
};

FIXTURE_VARIANT_ADD(user, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(user, gpu) { .by_gpu = true, };
FIXTURE_VARIANT_ADD(user, gpu_of_other_program) { .by_gpu = true, .creator_execs = true, };

static int serves(int fd, void *fuse)
{
	fuse_serve(fuse, NULL);
	return 0;
}

static int opens(void *arg)
{
	FIXTURE_DATA(user) *self = arg;

	self->err = gpu_open(&self->gpu);
	if (!self->err)
		execl("/bin/sleep", "sleep", "1000", NULL);
	_exit(1);
}

/* Until it runs the program, the process has our memory and files. */
static int open_by_another(FIXTURE_DATA(user) *self)
{
	char *stack = memory_anonymous(STACK);

	self->err = -ENOMEM;
	if (stack)
		self->creator = clone(opens, stack + STACK,
				      CLONE_VM | CLONE_FILES | CLONE_VFORK | SIGCHLD, self);
	return self->err;
}

FIXTURE_SETUP(user)
{
	self->fuse.fd = -1;
	self->file = -1;
	mirror_opened(_metadata, &self->gpu, variant->creator_execs ? open_by_another(self) :
		      gpu_open(&self->gpu));
	if (_metadata->exit_code)
		return;
	if (fuse_mount(&self->fuse, DIR, true))
		SKIP(return, "no FUSE");
	atomic_store(&self->fuse.gate->open, true);
	ASSERT_EQ(0, child_start(&self->server, serves, &self->fuse));
	self->file = fuse_open(&self->fuse);
	ASSERT_LE(0, self->file);
	self->map = memory_map(SZ_4K, PROT_READ, MAP_SHARED, self->file);
	ASSERT_NE(NULL, self->map);
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	ASSERT_EQ(0, setresuid(USER, USER, 0));
}

FIXTURE_TEARDOWN(user)
{
	EXPECT_EQ(0, setresuid(0, 0, 0));
	if (self->creator > 0) {
		EXPECT_EQ(0, kill(self->creator, SIGKILL));
		waitpid(self->creator, NULL, 0);
	}
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	if (self->map)
		munmap(self->map, SZ_4K);
	if (self->file >= 0)
		close(self->file);
	if (self->fuse.fd >= 0) {
		fuse_unmount(&self->fuse);
		child_stop(&self->server);
	}
}

TEST_F_TIMEOUT(user, is_that_of_the_process, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;
	int err = 0;

	atomic_store(&self->fuse.gate->asked, 0);
	if (variant->by_gpu)
		err = gpu_read(&self->queue, self->map, &value);
	else
		value = *(volatile uint32_t *)self->map;
	ASSERT_EQ(0, err);
	EXPECT_EQ(FUSE_VALUE, value);
	EXPECT_LE(1, atomic_load(&self->fuse.gate->asked));
	EXPECT_EQ(USER, atomic_load(&self->fuse.gate->uid));
}

TEST_HARNESS_MAIN
