// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a process that is killed in the middle of its copies is gone in time, with its VM; the next one works.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"
#include "lib/child.h"
#include "lib/gpu.h"

#define KILLS	5
#define SIZE	(8ul << 20)
#define COPIES	64
#define MS	(RUNTIME_TIMEOUT * 1000)

/* Has a fault of the first copy been served? */
static bool begun(void)
{
	for (int ms = 0; ms < MS && mirror_pages() <= 0; ms++)
		usleep(1000);
	return mirror_pages() > 0;
}

/* Copies of fresh memory, so that there are faults in flight, until it is killed */
static int copies(int fd, void *arg)
{
	ze_command_list_handle_t list;
	struct level_zero lz;

	if (lz_open(&lz) || lz_list(&lz, lz.copy, true, &list))
		return 1;
	for (int i = 0; i < COPIES; i++) {
		void *from = malloc(SIZE), *to = malloc(SIZE);

		if (!from || !to || zeCommandListAppendMemoryCopy(list, to, from, SIZE, NULL, 0, NULL))
			return 1;
		if (!i && (!begun() || child_say(fd, 0)))
			return 1;
	}
	zeCommandListHostSynchronize(list, LZ_PATIENCE);
	return 0;
}

static int next(int fd, void *arg)
{
	struct level_zero lz;

	return lz_open(&lz) || !lz_copies_right(&lz, SIZE, 3) || mirror_refused();
}

FIXTURE(processes) {
	struct child child, next;
};

FIXTURE_SETUP(processes)
{
}

FIXTURE_TEARDOWN(processes)
{
	EXPECT_TRUE(child_stop(&self->child));
	EXPECT_TRUE(child_stop(&self->next));
}

/* The VM's section in debugfs goes with the VM. */
static bool vm_gone(pid_t pid)
{
	struct gpu gpu = { .debugfs = "/sys/kernel/debug/dri/0" };
	struct gpu_vm_section section;
	int i;

	for (i = 0; i < 600 && gpu_vm_sections(&gpu, pid, &section, 1); i++)
		usleep(100000);
	return i < 600;
}

TEST_F_TIMEOUT(processes, killed, 4 * RUNTIME_TIMEOUT)
{
	struct gpu gpu = { .debugfs = "/sys/kernel/debug/dri/0" };
	struct gpu_vm_section section;
	int status, word, i;
	pid_t pid;

	for (i = 0; i < KILLS; i++) {
		ASSERT_EQ(0, child_start(&self->child, copies, NULL));
		ASSERT_EQ(0, child_hear(self->child.fd, &word, MS));
		pid = self->child.pid;
		EXPECT_EQ(1, gpu_vm_sections(&gpu, pid, &section, 1));
		usleep(i * 20000);
		kill(pid, SIGKILL);
		ASSERT_TRUE(child_ended(&self->child, &status, MS));
		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
			TH_LOG("it ended by itself, with status %#x", status);
		EXPECT_TRUE(vm_gone(pid));
	}
	ASSERT_EQ(0, child_start(&self->next, next, NULL));
	ASSERT_TRUE(child_ended(&self->next, &status, MS));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
