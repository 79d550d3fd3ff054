// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a random kernel computes, stores and counts the same as the CPU does from the same tree: integers of all sizes,
 * floats and doubles, vectors, loops and branches that part lanes, arrays, local memory, barriers, atomics.
 *
 * SEEDS kernels from the seed SEED on, 100 from 1 by default. One that fails prints its seed and its source;
 * SEED=<that> SEEDS=1 runs it again.
 *
 * Timeout: 1800
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"
#include "ground/random_kernel.h"

#define KERNELS	100
#define BATCH	10	/* kernels compiled together */
#define FAILED	3	/* are enough */

/* Return: false if the environment has no number above 0 for it, and says so */
static bool setting(const char *name, unsigned long *number)
{
	const char *value = getenv(name);
	char *end;

	if (!value || !*value)
		return true;
	errno = 0;
	*number = strtoul(value, &end, 0);
	if (isdigit((unsigned char)*value) && !*end && !errno && *number)
		return true;
	fprintf(stderr, "# %s=%s: expected a number above 0\n", name, value);
	return false;
}

static void name_of(const struct random_kernel *kernel, char *name, size_t size)
{
	snprintf(name, size, "r%llu", (unsigned long long)kernel->seed);
}

static char *source_of(struct random_kernel **kernels, unsigned int count)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (unsigned int i = 0; to && i < count; i++)
		random_kernel_print(kernels[i], to);
	if (to)
		fclose(to);
	return text;
}

static void show_source(struct random_kernel **kernels, unsigned int count)
{
	char *line, *rest, *text = source_of(kernels, count);

	for (line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest))
		fprintf(stderr, "# %s\n", line);
	free(text);
}

static cl_int run_on_device(struct kernel *k, const struct random_kernel *kernel, const struct random_memory *memory)
{
	size_t local[] = { RANDOM_WIDTH, kernel->lanes / RANDOM_WIDTH };
	size_t global[] = { local[0], local[1] * RANDOM_GROUPS };
	const void *arguments[] = { memory->in, memory->own, memory->results, memory->shared };
	cl_int err = CL_SUCCESS;
	char name[32];

	clReleaseKernel(k->kernel);
	name_of(kernel, name, sizeof(name));
	k->kernel = clCreateKernel(k->program, name, &err);
	for (unsigned int i = 0; !err && i < 4; i++)
		err = kernel_pointer(k, i, arguments[i]);
	return err ?: kernel_run_grid(k, 2, global, local);
}

/* Return: is it as the CPU has it? */
static bool agrees(struct __test_metadata *_metadata, struct kernel *k, struct random_kernel *kernel)
{
	struct random_memory seen = random_memory_new(kernel), right = random_memory_new(kernel);
	char text[160] = "";
	cl_int err;

	random_kernel_run(kernel, &right);
	err = run_on_device(k, kernel, &seen);
	EXPECT_EQ(CL_SUCCESS, err);
	if (err || random_memory_differs(kernel, &seen, &right, text, sizeof(text))) {
		show_source(&kernel, 1);
		EXPECT_STREQ("", text)
			TH_LOG("seed %llu, its source is above", (unsigned long long)kernel->seed);
		err = CL_INVALID_VALUE;
	}
	random_memory_free(&seen);
	random_memory_free(&right);
	return !err;
}

TEST_F_TIMEOUT(opencl, results_are_the_same, 6 * RUNTIME_TIMEOUT)
{
	unsigned long seed = 1, count = KERNELS, end;
	unsigned int failed = 0, ran = 0, i, n;
	struct random_kernel *kernels[BATCH];
	char *source, name[32];
	struct kernel k;
	cl_int err;

	ASSERT_TRUE(setting("SEED", &seed));
	ASSERT_TRUE(setting("SEEDS", &count));
	end = seed + count;
	ASSERT_LT(seed, end);
	TH_LOG("seeds %lu to %lu", seed, end - 1);
	for (; seed != end && failed < FAILED; seed += n) {
		n = end - seed < BATCH ? end - seed : BATCH;
		for (i = 0; i < n; i++)
			kernels[i] = random_kernel_new(seed + i);
		source = source_of(kernels, n);
		ASSERT_NE(NULL, source);
		name_of(kernels[0], name, sizeof(name));
		err = kernel_open(&self->ocl, source, name, &k);
		if (err)
			show_source(kernels, n);
		ASSERT_EQ(CL_SUCCESS, err)
			TH_LOG("seeds %lu to %lu do not compile, their sources are above", seed, seed + n - 1);
		for (i = 0; i < n; i++) {
			failed += !agrees(_metadata, &k, kernels[i]);
			ran++;
			random_kernel_free(kernels[i]);
		}
		kernel_close(&k);
		free(source);
	}
	EXPECT_EQ(0, failed);
	TH_LOG("%u kernels", ran);
	EXPECT_LT(0, ran);
	EXPECT_LT(0, mirror_pages());
}

TEST_HARNESS_MAIN
