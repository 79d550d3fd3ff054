// SPDX-License-Identifier: GPL-2.0
/* See kernel.h. */
#include <stdio.h>
#include <stdlib.h>

#include "ground/kernel.h"

/* the compiler's messages, as a comment */
static void show_log(cl_program program, cl_device_id device)
{
	size_t size = 0;
	char *log;

	clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
	log = calloc(1, size + 1);
	if (log && !clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL))
		fprintf(stderr, "# %s\n", log);
	free(log);
}

cl_int kernel_open(struct opencl *ocl, const char *source, const char *name, struct kernel *k)
{
	cl_int err;

	k->queue = clCreateCommandQueueWithProperties(ocl->context, ocl->device, NULL, &err);
	if (err)
		return err;
	k->program = clCreateProgramWithSource(ocl->context, 1, &source, NULL, &err);
	if (err)
		return err;
	err = clBuildProgram(k->program, 1, &ocl->device, NULL, NULL, NULL);
	if (err) {
		show_log(k->program, ocl->device);
		return err;
	}
	k->kernel = clCreateKernel(k->program, name, &err);
	return err;
}

void kernel_close(struct kernel *k)
{
	clReleaseKernel(k->kernel);
	clReleaseProgram(k->program);
	clReleaseCommandQueue(k->queue);
}

cl_int kernel_pointer(struct kernel *k, cl_uint index, const void *pointer)
{
	return clSetKernelArgSVMPointer(k->kernel, index, pointer);
}

cl_int kernel_value(struct kernel *k, cl_uint index, size_t size, const void *value)
{
	return clSetKernelArg(k->kernel, index, size, value);
}

cl_int kernel_run_grid(struct kernel *k, cl_uint dimensions, const size_t *global, const size_t *local)
{
	cl_int err;

	err = clEnqueueNDRangeKernel(k->queue, k->kernel, dimensions, NULL, global, local, 0, NULL, NULL);
	return err ?: clFinish(k->queue);
}

cl_int kernel_run(struct kernel *k, size_t global, size_t local)
{
	return kernel_run_grid(k, 1, &global, local ? &local : NULL);
}
