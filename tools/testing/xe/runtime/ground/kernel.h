/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel of OpenCL, compiled from its source when the program runs, and a queue on the engine that computes.
 *
 * Rule: every call returns what OpenCL did; nothing here asserts. Pointers are those of malloc(): no buffer object.
 */
#ifndef RUNTIME_GROUND_KERNEL_H
#define RUNTIME_GROUND_KERNEL_H

#include "ground/opencl.h"

struct kernel {
	cl_command_queue queue;
	cl_program program;
	cl_kernel kernel;
};

cl_int kernel_open(struct opencl *ocl, const char *source, const char *name, struct kernel *k);
void kernel_close(struct kernel *k);
cl_int kernel_pointer(struct kernel *k, cl_uint index, const void *pointer);
cl_int kernel_value(struct kernel *k, cl_uint index, size_t size, const void *value);
/* waits for its end; local 0: as the runtime likes */
cl_int kernel_run(struct kernel *k, size_t global, size_t local);
/* the same of up to three dimensions; local may be NULL */
cl_int kernel_run_grid(struct kernel *k, cl_uint dimensions, const size_t *global, const size_t *local);

#endif
