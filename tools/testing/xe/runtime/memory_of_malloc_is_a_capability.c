// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: Level Zero starts, mirrors the whole address space once, and says that kernels may use memory of malloc():
 * reads, writes, atomics, both also at the same time as the CPU.
 */
#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"

TEST_F_TIMEOUT(level_zero, every_access_is_offered, RUNTIME_TIMEOUT)
{
	ze_device_memory_access_properties_t access = {
		.stype = ZE_STRUCTURE_TYPE_DEVICE_MEMORY_ACCESS_PROPERTIES,
	};

	self->copies_nothing = true;
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeDeviceGetMemoryAccessProperties(self->lz.device, &access));
	EXPECT_EQ(1, ioctls.vms);
	EXPECT_EQ(1, ioctls.mirrors);
	EXPECT_EQ(ZE_MEMORY_ACCESS_CAP_FLAG_RW | ZE_MEMORY_ACCESS_CAP_FLAG_ATOMIC |
		  ZE_MEMORY_ACCESS_CAP_FLAG_CONCURRENT | ZE_MEMORY_ACCESS_CAP_FLAG_CONCURRENT_ATOMIC,
		  access.sharedSystemAllocCapabilities);
}

TEST_F_TIMEOUT(level_zero, device_is_described, RUNTIME_TIMEOUT)
{
	ze_device_properties_t device = { .stype = ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES };
	ze_device_compute_properties_t compute = { .stype = ZE_STRUCTURE_TYPE_DEVICE_COMPUTE_PROPERTIES };

	self->copies_nothing = true;
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeDeviceGetProperties(self->lz.device, &device));
	EXPECT_EQ(ZE_DEVICE_TYPE_GPU, device.type);
	EXPECT_LT(0, device.numThreadsPerEU);
	EXPECT_LT(0, device.numEUsPerSubslice);
	EXPECT_LT(0, device.numSubslicesPerSlice);
	EXPECT_LT(0, device.numSlices);
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeDeviceGetComputeProperties(self->lz.device, &compute));
	EXPECT_LT(0, compute.maxTotalGroupSize);
	EXPECT_LT(0, compute.maxSharedLocalMemory);
}

TEST_HARNESS_MAIN
