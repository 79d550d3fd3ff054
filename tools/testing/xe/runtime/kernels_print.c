// SPDX-License-Identifier: GPL-2.0
/* Rule: printf() of a kernel appears on the program's standard output, once for each lane that calls it. */
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

static const char source[] =
	"__kernel void print(__global const int *a)\n"
	"{ int i = get_global_id(0); if (i % 8 == 3) printf(\"lane %d has %d %s %.2f\\n\", i, a[i], \"here\", i / 4.0f); }\n";

TEST_F_TIMEOUT(opencl, lines_are_the_lanes, RUNTIME_TIMEOUT)
{
	int *a = malloc(64 * sizeof(*a)), lines[64] = { 0 }, out = dup(STDOUT_FILENO), lane, value;
	FILE *file = tmpfile();
	char line[128];
	float quarter;
	struct kernel k;

	for (int i = 0; i < 64; i++)
		a[i] = 1000 - i;
	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "print", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, a));
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	ASSERT_EQ(CL_SUCCESS, kernel_run(&k, 64, 0));
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		ASSERT_EQ(3, sscanf(line, "lane %d has %d here %f", &lane, &value, &quarter))
			TH_LOG("%s", line);
		ASSERT_LT(lane, 64);
		lines[lane]++;
		EXPECT_EQ(1000 - lane, value);
		EXPECT_EQ((int)(100 * (lane / 4.0f)), (int)(100 * quarter));
	}
	for (int i = 0; i < 64; i++)
		EXPECT_EQ(i % 8 == 3, lines[i]);
	kernel_close(&k);
}

TEST_HARNESS_MAIN
