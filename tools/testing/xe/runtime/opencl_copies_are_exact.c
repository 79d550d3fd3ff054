// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: OpenCL offers every access to memory of malloc(), and copies it on the copy engine, through the mirror,
 * just as asked. (It fills with a kernel: CL_INVALID_OPERATION in a queue of the copy engine.)
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/opencl_fixture.h"

#define GUARD	64
#define SENTINEL	0xe5

static const size_t sizes[] = { 4 << 10, (64 << 10) - 13, 1 << 20, (32 << 20) - 7 };

TEST_F_TIMEOUT(opencl, every_access_is_offered, RUNTIME_TIMEOUT)
{
	cl_device_unified_shared_memory_capabilities_intel offered = 0;

	ASSERT_EQ(CL_SUCCESS, clGetDeviceInfo(self->ocl.device, CL_DEVICE_SHARED_SYSTEM_MEM_CAPABILITIES_INTEL,
					      sizeof(offered), &offered, NULL));
	EXPECT_EQ(CL_UNIFIED_SHARED_MEMORY_ACCESS_INTEL | CL_UNIFIED_SHARED_MEMORY_ATOMIC_ACCESS_INTEL |
		  CL_UNIFIED_SHARED_MEMORY_CONCURRENT_ACCESS_INTEL |
		  CL_UNIFIED_SHARED_MEMORY_CONCURRENT_ATOMIC_ACCESS_INTEL, offered);
}

TEST_F_TIMEOUT(opencl, copies, RUNTIME_TIMEOUT)
{
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t size = sizes[i];
		unsigned char *from = malloc(size + i), *to = malloc(size + 2 * GUARD);
		int64_t pages = mirror_pages();

		ASSERT_NE(NULL, from);
		ASSERT_NE(NULL, to);
		pattern_fill(from + i, size, i);
		memset(to, SENTINEL, size + 2 * GUARD);
		ASSERT_EQ(CL_SUCCESS, self->ocl.copy(self->ocl.queue, CL_FALSE, to + GUARD, from + i, size,
						     0, NULL, NULL));
		ASSERT_EQ(CL_SUCCESS, clFinish(self->ocl.queue));
		EXPECT_EQ(size, pattern_differs(to + GUARD, size, i));
		EXPECT_EQ(GUARD, pattern_not_byte(to, GUARD, SENTINEL));
		EXPECT_EQ(GUARD, pattern_not_byte(to + GUARD + size, GUARD, SENTINEL));
		EXPECT_LT(pages, mirror_pages());
		free(from);
		free(to);
	}
}

TEST_HARNESS_MAIN
