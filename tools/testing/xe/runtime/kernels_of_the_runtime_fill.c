// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: on a queue that computes, the runtime fills and copies memory of malloc() with kernels of its own: exactly the
 * bytes that were asked for, at any alignment.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/opencl_fixture.h"

#define GUARD		64
#define SENTINEL	0xe5

static const struct {
	size_t size, pattern, offset;
} rows[] = {
	{ 4096, 1, 0 }, { 4096, 4, 0 }, { 65536, 8, 8 }, { 1 << 20, 16, 16 }, { 12345, 1, 3 }, { 4100, 4, 4 },
};

FIXTURE(filling) {
	struct opencl ocl;
	cl_command_queue queue;
	clEnqueueMemFillINTEL_fn fill;
};

FIXTURE_SETUP(filling)
{
	cl_int err;

	ASSERT_EQ(CL_SUCCESS, ocl_open(&self->ocl));
	self->queue = clCreateCommandQueueWithProperties(self->ocl.context, self->ocl.device, NULL, &err);
	ASSERT_EQ(CL_SUCCESS, err);
	self->fill = clGetExtensionFunctionAddressForPlatform(self->ocl.platform, "clEnqueueMemFillINTEL");
	ASSERT_NE(NULL, self->fill);
}

FIXTURE_TEARDOWN(filling)
{
	EXPECT_EQ(0, mirror_refused());
	clReleaseCommandQueue(self->queue);
	ocl_close(&self->ocl);
}

TEST_F_TIMEOUT(filling, fills, RUNTIME_TIMEOUT)
{
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t size = rows[i].size, all = size + rows[i].offset + 2 * GUARD, wrong = 0;
		unsigned char *memory = aligned_alloc(64, (all + 63) / 64 * 64), pattern[16];
		unsigned char *to = memory + GUARD + rows[i].offset;

		memset(memory, SENTINEL, all);
		for (size_t k = 0; k < sizeof(pattern); k++)
			pattern[k] = 17 * k + i + 1;
		ASSERT_EQ(CL_SUCCESS, self->fill(self->queue, to, pattern, rows[i].pattern, size, 0, NULL, NULL));
		ASSERT_EQ(CL_SUCCESS, clFinish(self->queue));
		for (size_t k = 0; k < size; k++)
			wrong += to[k] != pattern[k % rows[i].pattern];
		EXPECT_EQ(0, wrong)
			TH_LOG("row %u", i);
		EXPECT_EQ(to - memory, pattern_not_byte(memory, to - memory, SENTINEL));
		EXPECT_EQ(GUARD, pattern_not_byte(to + size, GUARD, SENTINEL));
		free(memory);
	}
}

TEST_F_TIMEOUT(filling, copies, RUNTIME_TIMEOUT)
{
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t size = rows[i].size;
		unsigned char *from = malloc(size + GUARD), *to = malloc(size + 2 * GUARD);

		pattern_fill(from + rows[i].offset, size, i);
		memset(to, SENTINEL, size + 2 * GUARD);
		ASSERT_EQ(CL_SUCCESS, self->ocl.copy(self->queue, CL_FALSE, to + GUARD, from + rows[i].offset, size,
						     0, NULL, NULL));
		ASSERT_EQ(CL_SUCCESS, clFinish(self->queue));
		EXPECT_EQ(size, pattern_differs(to + GUARD, size, i));
		EXPECT_EQ(GUARD, pattern_not_byte(to, GUARD, SENTINEL));
		EXPECT_EQ(GUARD, pattern_not_byte(to + GUARD + size, GUARD, SENTINEL));
		free(from);
		free(to);
	}
}

TEST_HARNESS_MAIN
