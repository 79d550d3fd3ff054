/* SPDX-License-Identifier: GPL-2.0 */
/* As level_zero_fixture.h, for OpenCL. */
#ifndef RUNTIME_GROUND_OPENCL_FIXTURE_H
#define RUNTIME_GROUND_OPENCL_FIXTURE_H

#include "ground/ioctls.h"
#include "ground/mirror.h"
#include "ground/opencl.h"
#include "ground/pattern.h"

/* Seconds a test may take, its start of the runtime included: the machine may be busy. */
#define RUNTIME_TIMEOUT	300

FIXTURE(opencl)
{
	struct opencl ocl;
};

FIXTURE_SETUP(opencl)
{
	ASSERT_EQ(CL_SUCCESS, ocl_open(&self->ocl));
	/* More than one VM, but all with a mirror */
	ASSERT_LT(0, ioctls.mirrors);
	EXPECT_EQ(ioctls.vms, ioctls.mirrors);
}

FIXTURE_TEARDOWN(opencl)
{
	EXPECT_EQ(0, mirror_refused());
	ocl_close(&self->ocl);
}

#endif
