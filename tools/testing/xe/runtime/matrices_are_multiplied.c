// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: lanes know where they are in grids of two and three dimensions, whatever the shape of their groups: matrices of
 * floats and halves are multiplied, by way of shared memory as well.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define SIDE	48u
#define CELLS	(SIDE * SIDE)

static const char source[] =
	"#pragma OPENCL EXTENSION cl_khr_fp16 : enable\n"
	"#define SIDE 48\n"
	"__kernel void plain(__global const float *a, __global const float *b, __global float *c)\n"
	"{ int x = get_global_id(0), y = get_global_id(1); float s = 0;\n"
	"  for (int k = 0; k < SIDE; k++) s += a[y * SIDE + k] * b[k * SIDE + x];\n"
	"  c[y * SIDE + x] = s; }\n"
	"__kernel void tiled(__global const float *a, __global const float *b, __global float *c)\n"
	"{ __local float ta[8][8], tb[8][8]; int x = get_global_id(0), y = get_global_id(1);\n"
	"  int i = get_local_id(0), j = get_local_id(1); float s = 0;\n"
	"  for (int t = 0; t < SIDE; t += 8) {\n"
	"    ta[j][i] = a[y * SIDE + t + i]; tb[j][i] = b[(t + j) * SIDE + x]; barrier(CLK_LOCAL_MEM_FENCE);\n"
	"    for (int k = 0; k < 8; k++) s += ta[j][k] * tb[k][i];\n"
	"    barrier(CLK_LOCAL_MEM_FENCE); }\n"
	"  c[y * SIDE + x] = s; }\n"
	"__kernel void halves(__global const float *a, __global const float *b, __global float *c)\n"
	"{ int x = get_global_id(0), y = get_global_id(1); half s = 0;\n"
	"  for (int k = 0; k < SIDE; k++) s += (half)a[y * SIDE + k] * (half)b[k * SIDE + x];\n"
	"  c[y * SIDE + x] = s; }\n"
	"__kernel void places(__global const float *a, __global const float *b, __global float *c)\n"
	"{ int i = (get_global_id(2) * get_global_size(1) + get_global_id(1)) * get_global_size(0) + get_global_id(0);\n"
	"  c[i] = get_local_id(0) + 10 * get_local_id(1) + 100 * get_local_id(2) + 1000 * get_group_id(0)\n"
	"    + 10000 * get_group_id(1) + 100000 * get_group_id(2); }\n";

FIXTURE(matrices) {
	struct opencl ocl;
	float *a, *b, *c;
	struct kernel k;
};

/* Small whole numbers: sums are exact in halves too */
FIXTURE_SETUP(matrices)
{
	ASSERT_EQ(CL_SUCCESS, ocl_open(&self->ocl));
	self->a = malloc(CELLS * sizeof(float));
	self->b = malloc(CELLS * sizeof(float));
	self->c = malloc(CELLS * sizeof(float));
	for (unsigned int i = 0; i < CELLS; i++) {
		self->a[i] = (int)(i * 7 % 5) - 2;
		self->b[i] = (int)(i * 11 % 7) - 3;
		self->c[i] = -1e9;
	}
	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "plain", &self->k));
}

FIXTURE_TEARDOWN(matrices)
{
	EXPECT_EQ(0, mirror_refused());
	kernel_close(&self->k);
	ocl_close(&self->ocl);
}

static cl_int run(struct kernel *k, const char *name, const float *a, const float *b, float *c, cl_uint dimensions,
		  const size_t *global, const size_t *local)
{
	cl_int err;

	clReleaseKernel(k->kernel);
	k->kernel = clCreateKernel(k->program, name, &err);
	if (!err)
		err = kernel_pointer(k, 0, a);
	if (!err)
		err = kernel_pointer(k, 1, b);
	if (!err)
		err = kernel_pointer(k, 2, c);
	return err ?: kernel_run_grid(k, dimensions, global, local);
}

static unsigned int wrong_products(const float *a, const float *b, const float *c)
{
	unsigned int wrong = 0;

	for (unsigned int y = 0; y < SIDE; y++)
		for (unsigned int x = 0; x < SIDE; x++) {
			float s = 0;

			for (unsigned int k = 0; k < SIDE; k++)
				s += a[y * SIDE + k] * b[k * SIDE + x];
			wrong += c[y * SIDE + x] != s;
		}
	return wrong;
}

TEST_F_TIMEOUT(matrices, products, RUNTIME_TIMEOUT)
{
	static const size_t global[] = { SIDE, SIDE }, square[] = { 8, 8 }, flat[] = { 48, 1 }, tall[] = { 3, 16 };
	static const struct {
		const char *name;
		const size_t *local;
	} rows[] = {
		{ "plain", NULL }, { "plain", square }, { "plain", flat }, { "plain", tall }, { "tiled", square },
		{ "halves", NULL }, { "halves", tall },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		memset(self->c, 0, CELLS * sizeof(float));
		ASSERT_EQ(CL_SUCCESS, run(&self->k, rows[i].name, self->a, self->b, self->c, 2, global, rows[i].local));
		EXPECT_EQ(0, wrong_products(self->a, self->b, self->c))
			TH_LOG("%s, row %u", rows[i].name, i);
	}
}

TEST_F_TIMEOUT(matrices, places_in_three_dimensions, RUNTIME_TIMEOUT)
{
	static const size_t global[] = { 12, 6, 8 }, local[] = { 6, 3, 4 };
	unsigned int wrong = 0;

	ASSERT_EQ(CL_SUCCESS, run(&self->k, "places", self->a, self->b, self->c, 3, global, local));
	for (unsigned int z = 0; z < 8; z++)
		for (unsigned int y = 0; y < 6; y++)
			for (unsigned int x = 0; x < 12; x++)
				wrong += self->c[(z * 6 + y) * 12 + x] != x % 6 + 10 * (y % 3) + 100 * (z % 4) +
					 1000 * (x / 6) + 10000 * (y / 3) + 100000 * (z / 4);
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN
