// SPDX-License-Identifier: GPL-2.0
/* See opencl.h. */
#include "ground/opencl.h"

#define MAX_FAMILIES	8

static cl_int find_family(cl_device_id device, cl_uint *family)
{
	cl_queue_family_properties_intel families[MAX_FAMILIES];
	size_t size;
	cl_int err;

	err = clGetDeviceInfo(device, CL_DEVICE_QUEUE_FAMILY_PROPERTIES_INTEL, sizeof(families), families, &size);
	if (err)
		return err;
	for (cl_uint i = 0; i < size / sizeof(*families); i++) {
		*family = i;
		if (families[i].capabilities & CL_QUEUE_CAPABILITY_TRANSFER_BUFFER_INTEL &&
		    !(families[i].capabilities & CL_QUEUE_CAPABILITY_KERNEL_INTEL))
			return CL_SUCCESS;
	}
	return CL_INVALID_DEVICE;
}

static cl_int make_queue(struct opencl *ocl)
{
	cl_queue_properties properties[] = { CL_QUEUE_FAMILY_INTEL, 0, CL_QUEUE_INDEX_INTEL, 0, 0 };
	cl_uint family;
	cl_int err = find_family(ocl->device, &family);

	if (err)
		return err;
	properties[1] = family;
	ocl->queue = clCreateCommandQueueWithProperties(ocl->context, ocl->device, properties, &err);
	return err;
}

cl_int ocl_open(struct opencl *ocl)
{
	cl_int err;

	err = clGetPlatformIDs(1, &ocl->platform, NULL);
	if (!err)
		err = clGetDeviceIDs(ocl->platform, CL_DEVICE_TYPE_GPU, 1, &ocl->device, NULL);
	if (err)
		return err;
	ocl->copy = clGetExtensionFunctionAddressForPlatform(ocl->platform, "clEnqueueMemcpyINTEL");
	if (!ocl->copy)
		return CL_INVALID_PLATFORM;
	ocl->context = clCreateContext(NULL, 1, &ocl->device, NULL, NULL, &err);
	return err ?: make_queue(ocl);
}

void ocl_close(struct opencl *ocl)
{
	clReleaseCommandQueue(ocl->queue);
	clReleaseContext(ocl->context);
}
