// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C7, C16): a mirror can be bound with every existing PAT index, maps memory
 * coherently whatever the index, and merges with mirrors whose index has the
 * same effect.
 *
 * Desktop: harmless
 */
#include <stdio.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

/* Not coherent as 0 is, compressed, and coherent one way. */
#define PAT_NONE	0
#define PAT_COMPRESSED	9
#define PAT_ONE_WAY	1

MIRROR_ON_COPY_ENGINE();

static int bind_with(struct gpu *gpu, void *area, uint64_t range, unsigned int pat_index)
{
	struct drm_xe_vm_bind_op op = gpu_op_mirror((uintptr_t)area, range);

	op.pat_index = pat_index;
	return gpu_bind_ops(gpu, &op, 1);
}

/* As many as the driver prints. */
static unsigned int num_indices(const struct gpu *gpu)
{
	unsigned int index, n = 0;
	char path[128], line[128];
	FILE *table;

	snprintf(path, sizeof(path), "%s/gt0/pat", gpu->debugfs);
	table = fopen(path, "r");
	if (!table)
		return 0;
	while (fgets(line, sizeof(line), table))
		if (sscanf(line, "PAT[%u]", &index) == 1)
			n = index + 1;
	fclose(table);
	return n;
}

/* Of Xe2; devices with fewer indices have no reserved ones. */
static bool is_reserved(unsigned int pat_index)
{
	return pat_index >= GPU_PAT_RESERVED && pat_index < GPU_PAT_RESERVED + 4;
}

TEST_F_TIMEOUT(mirror, every_index, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_model_count(&self->model, "TLB_INCOHERENT");
	unsigned int i, n = num_indices(&self->gpu);
	volatile uint32_t *area;
	uint32_t value;

	if (!n)
		SKIP(return, "the driver does not show its PAT table");
	for (i = 0; i < n; i++) {
		area = memory_anonymous(SZ_2M);
		ASSERT_NE(NULL, area);
		if (is_reserved(i)) {
			EXPECT_EQ(-EINVAL, bind_with(&self->gpu, (void *)area, SZ_2M, i));
			continue;
		}
		ASSERT_EQ(0, bind_with(&self->gpu, (void *)area, SZ_2M, i))
			TH_LOG("index %u", i);
		area[0] = 0xba700000 + i;
		EXPECT_EQ(0, gpu_read(&self->queue, &area[0], &value));
		EXPECT_EQ(0xba700000 + i, value);
		EXPECT_EQ(0, gpu_write(&self->queue, &area[1], ~i));
		EXPECT_EQ(~i, area[1]);
	}
	WITH_MODEL(&self->model)
		EXPECT_EQ(before, gpu_model_count(&self->model, "TLB_INCOHERENT"))
			TH_LOG("memory mapped with an index that does not snoop");
}

TEST_F_TIMEOUT(mirror, err_no_such_index, GPU_TEST_TIMEOUT)
{
	unsigned int n = num_indices(&self->gpu);
	char *area = memory_anonymous(SZ_2M);

	if (!n)
		SKIP(return, "the driver does not show its PAT table");
	ASSERT_NE(NULL, area);
	EXPECT_EQ(-EINVAL, bind_with(&self->gpu, area, SZ_2M, n));
	EXPECT_EQ(-EINVAL, bind_with(&self->gpu, area, SZ_2M, 0xffff));
	EXPECT_EQ(0, gpu_write(&self->queue, area, 0xba70ffff));
	EXPECT_EQ(0xba70ffff, *(uint32_t *)area);
}

/* Faults that it takes to write a word which was mapped before the whole was bound anew. */
static int64_t faults_after(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self,
			    unsigned int pat_index)
{
	void *area = memory_anonymous(SZ_2M);
	int64_t before;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_write(&self->queue, area, 1));
	ASSERT_EQ(0, bind_with(&self->gpu, 0, gpu_va_size(&self->gpu), pat_index));
	ASSERT_EQ(0, gpu_run(&self->queue));
	before = gpu_faults(&self->gpu);
	ASSERT_EQ(0, gpu_write(&self->queue, area, 2));
	EXPECT_EQ(2, *(uint32_t *)area);
	return gpu_faults(&self->gpu) - before;
}

/* An index with the same effect replaces nothing; the siblings have another effect. */
TEST_F_TIMEOUT(mirror, same_effect_keeps_what_is_mapped, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(0, faults_after(_metadata, self, PAT_NONE));
	EXPECT_EQ(0, faults_after(_metadata, self, PAT_COMPRESSED));
	EXPECT_EQ(0, faults_after(_metadata, self, GPU_PAT_WB));
	EXPECT_LT(0, faults_after(_metadata, self, PAT_ONE_WAY));
	EXPECT_LT(0, faults_after(_metadata, self, PAT_NONE));
}

/*
 * Two mirrors side by side, and memory mapped in the first. If they are one, to bind
 * another over the first splits it, and is refused.
 */
static int bind_over_neighbour(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self,
			       unsigned int first, unsigned int second)
{
	char *hole = memory_anonymous(4 * SZ_2M), *area = hole + SZ_2M;

	ASSERT_NE(NULL, hole);
	/* Around both, or they would merge with their neighbours. */
	ASSERT_EQ(0, gpu_unbind(&self->gpu, (uintptr_t)hole, 4 * SZ_2M));
	ASSERT_EQ(0, bind_with(&self->gpu, area, SZ_2M, first));
	ASSERT_EQ(0, bind_with(&self->gpu, area + SZ_2M, SZ_2M, second));
	ASSERT_EQ(0, gpu_write(&self->queue, area, 1));
	return bind_with(&self->gpu, area, SZ_2M, PAT_ONE_WAY);
}

TEST_F_TIMEOUT(mirror, same_effect_is_one_mirror, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(-EBUSY, bind_over_neighbour(_metadata, self, PAT_NONE, GPU_PAT_WB));
	EXPECT_EQ(-EBUSY, bind_over_neighbour(_metadata, self, GPU_PAT_WB, PAT_COMPRESSED));
}

TEST_F_TIMEOUT(mirror, err_other_effect_is_another, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(0, bind_over_neighbour(_metadata, self, PAT_NONE, PAT_ONE_WAY));
	EXPECT_EQ(0, bind_over_neighbour(_metadata, self, GPU_PAT_WB, PAT_ONE_WAY));
}

TEST_HARNESS_MAIN
