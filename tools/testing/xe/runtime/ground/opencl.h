/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first GPU as OpenCL shows it, and a queue on its copy engine.
 *
 * Rule: every call returns what OpenCL did; nothing here asserts.
 */
#ifndef RUNTIME_GROUND_OPENCL_H
#define RUNTIME_GROUND_OPENCL_H

#include <CL/cl.h>
#include <CL/cl_ext.h>

struct opencl {
	cl_platform_id platform;
	cl_device_id device;
	cl_context context;
	/** @queue: in order, of the family of engines that copy and do nothing else */
	cl_command_queue queue;
	clEnqueueMemcpyINTEL_fn copy;
};

cl_int ocl_open(struct opencl *ocl);
void ocl_close(struct opencl *ocl);

#endif
