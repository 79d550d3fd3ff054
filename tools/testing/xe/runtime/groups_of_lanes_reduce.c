// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: lanes of a group share local memory and wait for each other at barriers: sums and running sums of groups of
 * several threads are those of the CPU.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define GROUP	256u
#define GROUPS	20u
#define NUM	(GROUP * GROUPS)

static const char source[] =
	"__kernel void reduce(__global const uint *in, __global uint *out)\n"
	"{ __local uint part[256]; uint l = get_local_id(0); part[l] = in[get_global_id(0)];\n"
	"  barrier(CLK_LOCAL_MEM_FENCE);\n"
	"  for (uint s = get_local_size(0) / 2; s; s >>= 1) {\n"
	"    if (l < s) part[l] += part[l + s];\n"
	"    barrier(CLK_LOCAL_MEM_FENCE); }\n"
	"  if (!l) out[get_group_id(0)] = part[0]; }\n"
	"__kernel void scan(__global const uint *in, __global uint *out)\n"
	"{ __local uint part[256]; uint l = get_local_id(0), n = get_local_size(0); part[l] = in[get_global_id(0)];\n"
	"  barrier(CLK_LOCAL_MEM_FENCE);\n"
	"  for (uint d = 1; d < n; d *= 2) {\n"
	"    uint v = l >= d ? part[l - d] : 0;\n"
	"    barrier(CLK_LOCAL_MEM_FENCE); part[l] += v; barrier(CLK_LOCAL_MEM_FENCE); }\n"
	"  out[get_global_id(0)] = part[l]; }\n";

static void run(struct __test_metadata *const _metadata, struct opencl *ocl, const char *name, const uint32_t *in,
		uint32_t *out)
{
	struct kernel k;

	ASSERT_EQ(CL_SUCCESS, kernel_open(ocl, source, name, &k));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, in));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 1, out));
	ASSERT_EQ(CL_SUCCESS, kernel_run(&k, NUM, GROUP));
	kernel_close(&k);
}

static uint32_t *input(void)
{
	uint32_t *in = malloc(NUM * sizeof(*in));

	for (uint32_t i = 0; i < NUM; i++)
		in[i] = i * 2654435761u >> 7;
	return in;
}

TEST_F_TIMEOUT(opencl, sums_of_groups, RUNTIME_TIMEOUT)
{
	uint32_t *in = input(), *out = calloc(GROUPS, sizeof(*out)), sum;

	run(_metadata, &self->ocl, "reduce", in, out);
	for (uint32_t g = 0; g < GROUPS; g++) {
		sum = 0;
		for (uint32_t i = 0; i < GROUP; i++)
			sum += in[g * GROUP + i];
		EXPECT_EQ(sum, out[g]);
	}
}

TEST_F_TIMEOUT(opencl, running_sums_of_groups, RUNTIME_TIMEOUT)
{
	uint32_t *in = input(), *out = calloc(NUM, sizeof(*out)), sum = 0, wrong = 0;

	run(_metadata, &self->ocl, "scan", in, out);
	for (uint32_t i = 0; i < NUM; i++) {
		sum = i % GROUP ? sum + in[i] : in[i];
		wrong += out[i] != sum;
	}
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN
