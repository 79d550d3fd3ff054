// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a kernel that loads from an address that the process may not read ends in an error, in time; a process
 * that runs its own kernel behind it finds nothing amiss.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/ioctls.h"
#include "ground/mirror.h"
#include "lib/child.h"

#define SECONDS	300
#define NUM	1024u
#define SIZE	(1ul << 20)

static const char source[] =
	"__kernel void next(__global const uint *a, __global uint *b)\n"
	"{ size_t i = get_global_id(0); b[i] = a[i] + 1; }\n";

static cl_int add_one(const uint32_t *from, uint32_t *to)
{
	struct opencl ocl;
	struct kernel k;
	cl_int err;

	err = ocl_open(&ocl);
	if (!err)
		err = kernel_open(&ocl, source, "next", &k);
	if (!err)
		err = kernel_pointer(&k, 0, from);
	if (!err)
		err = kernel_pointer(&k, 1, to);
	return err ?: kernel_run(&k, NUM, 0);
}

static int lost(int fd, void *arg)
{
	/* Mapped, so that the runtime puts nothing there */
	void *from = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t *to = malloc(NUM * sizeof(*to));
	cl_int err;

	err = add_one(from, to);
	if (!err || mirror_refused() <= 0)
		fprintf(stderr, "# the kernel ended with %d, %lld faults were refused\n", err,
			(long long)mirror_refused());
	/* The runtime's end in a process whose device is lost is not checked. */
	_exit(!err || mirror_refused() <= 0);
}

static int next(int fd, void *arg)
{
	uint32_t *from = malloc(NUM * sizeof(*from)), *to = calloc(NUM, sizeof(*to)), wrong = 0;

	for (uint32_t i = 0; i < NUM; i++)
		from[i] = 3 * i;
	if (add_one(from, to))
		return 1;
	for (uint32_t i = 0; i < NUM; i++)
		wrong += to[i] != 3 * i + 1;
	_exit(wrong != 0 || mirror_refused());
}

FIXTURE(processes) {
	struct child lost, next;
};

FIXTURE_SETUP(processes)
{
}

FIXTURE_TEARDOWN(processes)
{
	EXPECT_TRUE(child_stop(&self->lost));
	EXPECT_TRUE(child_stop(&self->next));
}

TEST_F_TIMEOUT(processes, one_is_lost, 2 * SECONDS)
{
	int status;

	ASSERT_EQ(0, child_start(&self->lost, lost, NULL));
	ASSERT_TRUE(child_ended(&self->lost, &status, SECONDS * 1000));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, child_start(&self->next, next, NULL));
	ASSERT_TRUE(child_ended(&self->next, &status, SECONDS * 1000));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
