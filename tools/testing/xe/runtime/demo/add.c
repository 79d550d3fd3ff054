// SPDX-License-Identifier: GPL-2.0
#include <CL/cl.h>
#include <stdlib.h>

#include "demo/report.h"

static const char *source =
	"kernel void add(global const float *a, global const float *b, global float *c)"
	"{ size_t i = get_global_id(0); c[i] = a[i] + b[i]; }";

int main(void)
{
	size_t num = 256 << 10, wrong = 0;
	float *a = malloc(num * sizeof(*a)), *b = malloc(num * sizeof(*b)), *c = malloc(num * sizeof(*c));
	cl_platform_id platform;
	cl_device_id gpu;

	for (size_t i = 0; i < num; i++)
		a[i] = i, b[i] = 0.5f * i;
	clGetPlatformIDs(1, &platform, NULL);
	clGetDeviceIDs(platform, CL_DEVICE_TYPE_GPU, 1, &gpu, NULL);
	cl_context context = clCreateContext(NULL, 1, &gpu, NULL, NULL, NULL);
	cl_command_queue queue = clCreateCommandQueueWithProperties(context, gpu, NULL, NULL);
	report_device(gpu);
	cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, NULL);
	clBuildProgram(program, 1, &gpu, NULL, NULL, NULL);
	cl_kernel add = clCreateKernel(program, "add", NULL);
	report("the kernel is compiled");
	clSetKernelArgSVMPointer(add, 0, a);
	clSetKernelArgSVMPointer(add, 1, b);
	clSetKernelArgSVMPointer(add, 2, c);
	clEnqueueNDRangeKernel(queue, add, 1, NULL, &num, NULL, 0, NULL, NULL);
	clFinish(queue);
	report("the kernel has run");
	for (size_t i = 0; i < num; i++)
		wrong += c[i] != 1.5f * i;
	free(a), free(b), free(c);
	report("the memory is freed");
	return report_end(num, wrong);
}
