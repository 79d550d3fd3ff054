// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C18): with xe.svm=0 the driver has no mirrors: the query does not
 * advertise them, a bind with one of their flags is refused like any unknown
 * flag, and a VM in fault mode works as before.
 *
 * Needs a boot with xe.svm=0. The siblings are all other tests.
 *
 * Boot: xe.svm=0
 * Desktop: harmless
 */
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

FIXTURE(switched_off)
{
	struct gpu gpu;
};

FIXTURE_SETUP(switched_off)
{
	char value[32];
	int err = gpu_open(&self->gpu);

	if (err == -ENODEV)
		SKIP(return, "no xe device");
	ASSERT_EQ(0, err);
	err = xe_parameter_get("svm", value, sizeof(value));
	if (err == -ENOENT)
		SKIP(return, "this kernel's xe has no CPU address mirror");
	ASSERT_EQ(0, err);
	if (strcmp(value, "N"))
		SKIP(return, "mirrors are on: boot with xe.svm=0");
}

FIXTURE_TEARDOWN(switched_off)
{
	gpu_close(&self->gpu);
}

TEST_F(switched_off, err_not_offered)
{
	char path[96];
	struct stat st;

	EXPECT_FALSE(gpu_has_mirror(&self->gpu));
	snprintf(path, sizeof(path), "%s/info", self->gpu.debugfs);
	EXPECT_EQ(0, stat(path, &st));
	snprintf(path, sizeof(path), "%s/svm", self->gpu.debugfs);
	EXPECT_EQ(-1, stat(path, &st));
	EXPECT_EQ(-EACCES, xe_parameter_set("svm", "1"));
}

TEST_F(switched_off, err_binds)
{
	struct drm_xe_vm_bind_op op = gpu_op_mirror(0, gpu_va_size(&self->gpu));

	EXPECT_EQ(-EINVAL, gpu_bind_ops(&self->gpu, &op, 1));
	op.flags |= DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET;
	EXPECT_EQ(-EINVAL, gpu_bind_ops(&self->gpu, &op, 1));
	op.flags = DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET;
	EXPECT_EQ(-EINVAL, gpu_bind_ops(&self->gpu, &op, 1));
	EXPECT_EQ(-EINVAL, gpu_prefetch(&self->gpu, NULL, SZ_2M));
}

TEST_F_TIMEOUT(switched_off, objects_fault_as_before, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *memory = memory_anonymous(SZ_4K), *word;
	struct gpu_queue queue;
	struct gpu_model model;
	uint32_t bo, value = 0;
	int64_t before;
	void *addr;

	ASSERT_NE(NULL, memory);
	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[0], &queue));
	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &bo, &addr));
	word = addr;

	*word = 0x0ff00001;
	gpu_model_open(&self->gpu, &model);
	before = gpu_model_count(&model, "FAULT_SERVED");
	EXPECT_EQ(0, gpu_read(&queue, word, &value));
	EXPECT_EQ(0x0ff00001, value);
	EXPECT_EQ(0, gpu_write(&queue, word, 0x0ff00002));
	EXPECT_EQ(0x0ff00002, *word);
	WITH_MODEL(&model)
		EXPECT_LT(before, gpu_model_count(&model, "FAULT_SERVED"));
	EXPECT_EQ(0, gpu_faults(&self->gpu));

	*memory = 0x0ff00003;
	EXPECT_EQ(REFUSED, gpu_write(&queue, memory, 0x0ff00004));
	EXPECT_EQ(0x0ff00003, *memory);
	gpu_model_close(&model);
	gpu_queue_destroy(&queue);
}

TEST_HARNESS_MAIN
