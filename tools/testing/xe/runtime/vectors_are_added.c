// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a kernel compiled from its source adds vectors that malloc() gave, and writes nothing beside them. Its loads
 * and stores go through faults of the mirror.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define GUARD		16
#define SENTINEL	-4.25f

static const char source[] =
	"__kernel void add(__global const float *a, __global const float *b, __global float *c, uint n)\n"
	"{ uint i = get_global_id(0); if (i < n) c[i] = a[i] + b[i]; }\n"
	"__kernel void saxpy(float a, __global const float *x, __global float *y)\n"
	"{ size_t i = get_global_id(0); y[i] = a * x[i] + y[i]; }\n";

static float *numbers(size_t num, float first, float step)
{
	float *list = malloc(num * sizeof(*list));

	for (size_t i = 0; list && i < num; i++)
		list[i] = first + step * i;
	return list;
}

TEST_F_TIMEOUT(opencl, sums_are_exact, RUNTIME_TIMEOUT)
{
	const cl_uint num = 100000 - 13;
	float *a = numbers(num, 1, 0.5), *b = numbers(num, -7, 0.25);
	float *c = numbers(num + 2 * GUARD, SENTINEL, 0);
	int64_t pages = mirror_pages();
	size_t wrong = 0;
	struct kernel k;

	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "add", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, a));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 1, b));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 2, c + GUARD));
	ASSERT_EQ(CL_SUCCESS, kernel_value(&k, 3, sizeof(num), &num));
	ASSERT_EQ(CL_SUCCESS, kernel_run(&k, (num + 255) / 256 * 256, 256));
	for (size_t i = 0; i < num; i++)
		wrong += c[GUARD + i] != a[i] + b[i];
	EXPECT_EQ(0, wrong);
	for (size_t i = 0; i < GUARD; i++)
		wrong += c[i] != SENTINEL || c[GUARD + num + i] != SENTINEL;
	EXPECT_EQ(0, wrong);
	EXPECT_LT(pages, mirror_pages());
	kernel_close(&k);
	free(a);
	free(b);
	free(c);
}

TEST_F_TIMEOUT(opencl, a_scaled_vector_is_added, RUNTIME_TIMEOUT)
{
	const size_t num = 64 << 10;
	float *x = numbers(num, 3, 0.5), *y = numbers(num, 100, -1), a = 2.5;
	size_t wrong = 0;
	struct kernel k;

	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "saxpy", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_value(&k, 0, sizeof(a), &a));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 1, x));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 2, y));
	ASSERT_EQ(CL_SUCCESS, kernel_run(&k, num, 0));
	for (size_t i = 0; i < num; i++)
		wrong += y[i] != a * (3 + 0.5f * i) + (100 - 1.0f * i);
	EXPECT_EQ(0, wrong);
	kernel_close(&k);
	free(x);
	free(y);
}

TEST_HARNESS_MAIN
