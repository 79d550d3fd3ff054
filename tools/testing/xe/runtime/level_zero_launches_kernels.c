// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: Level Zero launches the kernels that the compiler made for it, over any number of groups, and they compute on
 * memory of malloc(). (OpenCL compiles them, in a process of its own: Level Zero takes no source.)
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "ground/ioctls.h"
#include "ground/kernel.h"
#include "ground/level_zero.h"
#include "ground/mirror.h"

#define SECONDS	300
#define GROUP	64u

static const char source[] =
	"__kernel void square(__global const int *in, __global int *out, int num)\n"
	"{ int i = get_global_id(0); if (i < num) out[i] = in[i] * in[i] + i; }\n";

/* in the child: the compiled program into the file */
static int compile(FILE *file)
{
	struct opencl ocl;
	struct kernel k;
	size_t size = 0;
	void *binary;

	if (ocl_open(&ocl) || kernel_open(&ocl, source, "square", &k) ||
	    clGetProgramInfo(k.program, CL_PROGRAM_BINARY_SIZES, sizeof(size), &size, NULL))
		return 1;
	binary = malloc(size);
	if (clGetProgramInfo(k.program, CL_PROGRAM_BINARIES, sizeof(binary), &binary, NULL))
		return 1;
	return fwrite(binary, 1, size, file) != size || fflush(file);
}

FIXTURE(launch) {
	struct level_zero lz;
	ze_module_handle_t module;
	ze_kernel_handle_t kernel;
	ze_command_list_handle_t list;
};

FIXTURE_SETUP(launch)
{
	ze_kernel_desc_t kernel = { .stype = ZE_STRUCTURE_TYPE_KERNEL_DESC, .pKernelName = "square" };
	ze_module_desc_t module = { .stype = ZE_STRUCTURE_TYPE_MODULE_DESC, .format = ZE_MODULE_FORMAT_NATIVE };
	FILE *file = tmpfile();
	int status = -1;
	void *binary;
	pid_t child;

	ASSERT_NE(NULL, file);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(compile(file));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
	module.inputSize = lseek(fileno(file), 0, SEEK_END);
	binary = malloc(module.inputSize);
	ASSERT_EQ(module.inputSize, pread(fileno(file), binary, module.inputSize, 0));
	module.pInputModule = binary;
	fclose(file);
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_open(&self->lz));
	ASSERT_EQ(1, ioctls.mirrors);
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeModuleCreate(self->lz.context, self->lz.device, &module, &self->module, NULL));
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeKernelCreate(self->module, &kernel, &self->kernel));
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_list(&self->lz, self->lz.compute, false, &self->list));
	free(binary);
}

FIXTURE_TEARDOWN(launch)
{
	EXPECT_EQ(0, mirror_refused());
	EXPECT_LT(0, mirror_pages());
	zeCommandListDestroy(self->list);
	zeKernelDestroy(self->kernel);
	zeModuleDestroy(self->module);
	lz_close(&self->lz);
}

TEST_F_TIMEOUT(launch, squares, SECONDS)
{
	static const int nums[] = { 1, 63, 64, 1000, 20000 };

	ASSERT_EQ(ZE_RESULT_SUCCESS, zeKernelSetGroupSize(self->kernel, GROUP, 1, 1));
	for (unsigned int n = 0; n < sizeof(nums) / sizeof(*nums); n++) {
		int num = nums[n], *in = malloc(num * sizeof(*in)), *out = calloc(num + 1, sizeof(*out)), wrong = 0;
		ze_group_count_t groups = { (num + GROUP - 1) / GROUP, 1, 1 };

		for (int i = 0; i < num; i++)
			in[i] = i % 1000 - 500;
		ASSERT_EQ(ZE_RESULT_SUCCESS, zeKernelSetArgumentValue(self->kernel, 0, sizeof(in), &in));
		ASSERT_EQ(ZE_RESULT_SUCCESS, zeKernelSetArgumentValue(self->kernel, 1, sizeof(out), &out));
		ASSERT_EQ(ZE_RESULT_SUCCESS, zeKernelSetArgumentValue(self->kernel, 2, sizeof(num), &num));
		ASSERT_EQ(ZE_RESULT_SUCCESS, zeCommandListAppendLaunchKernel(self->list, self->kernel, &groups, NULL,
									     0, NULL));
		ASSERT_EQ(ZE_RESULT_SUCCESS, zeCommandListHostSynchronize(self->list, LZ_PATIENCE));
		for (int i = 0; i < num; i++)
			wrong += out[i] != in[i] * in[i] + i;
		EXPECT_EQ(0, wrong + out[num]);
		free(in);
		free(out);
	}
}

TEST_HARNESS_MAIN
