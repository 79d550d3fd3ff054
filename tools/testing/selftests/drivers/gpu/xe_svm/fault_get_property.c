// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1): refused faults can be queried: address, access, state of the page
 * tables. The first ones of a VM are kept, oldest first; a served fault is not.
 *
 * Desktop: harmless
 */
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define KEPT		50
#define RECORD		sizeof(struct drm_xe_vm_fault)
#define STRIDE		(SZ_4K / sizeof(uint32_t))
/* Where x86-64 maps all memory for the kernel. */
#define KERNEL_ADDR	0xffff888000000000ULL

_Static_assert(RECORD == 48, "layout of struct drm_xe_vm_fault");
_Static_assert(sizeof(struct drm_xe_vm_get_property) == 56,
	       "layout of struct drm_xe_vm_get_property");

MIRROR_ON_COPY_ENGINE();

static int get(const struct gpu *gpu, struct drm_xe_vm_get_property *args)
{
	return ioctl(gpu->fd, DRM_IOCTL_XE_VM_GET_PROPERTY, args) ? -errno : 0;
}

static struct drm_xe_vm_get_property ask(const struct gpu *gpu, struct drm_xe_vm_fault *faults,
					 unsigned int n)
{
	return (struct drm_xe_vm_get_property) {
		.vm_id = gpu->vm,
		.property = DRM_XE_VM_GET_PROPERTY_FAULTS,
		.size = n * RECORD,
		.data = (uintptr_t)faults,
	};
}

/* How many are kept, or a negative errno. */
static int count(const struct gpu *gpu)
{
	struct drm_xe_vm_get_property args = ask(gpu, NULL, 0);

	return get(gpu, &args) ?: (int)(args.size / RECORD);
}

static void *unmapped(size_t size)
{
	void *addr = memory_anonymous(size);

	return addr && !munmap(addr, size) ? addr : NULL;
}

/* One refused write; the queue is usable for the next. */
static int refuse(struct gpu_queue *queue, volatile void *addr)
{
	int err = gpu_write(queue, addr, 0x4ef05ed0);

	return err == REFUSED ? gpu_queue_renew(queue) : err ?: -EEXIST;
}

TEST_F_TIMEOUT(mirror, write_to_nothing, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *bad = unmapped(SZ_4K);
	struct drm_xe_vm_fault fault = { .pad = 0xff, .reserved = { 1, 1, 1, 1 } };
	struct drm_xe_vm_get_property args = ask(&self->gpu, &fault, 1);

	ASSERT_NE(NULL, bad);
	EXPECT_EQ(0, count(&self->gpu));
	ASSERT_EQ(0, refuse(&self->queue, bad + 5));
	ASSERT_EQ(1, count(&self->gpu));
	ASSERT_EQ(0, get(&self->gpu, &args));
	EXPECT_EQ(RECORD, args.size);
	EXPECT_EQ((uintptr_t)bad, fault.address);
	EXPECT_EQ(SZ_4K, fault.address_precision);
	EXPECT_EQ(DRM_XE_VM_FAULT_ACCESS_WRITE, fault.access_type);
	EXPECT_EQ(DRM_XE_VM_FAULT_TYPE_NOT_PRESENT, fault.fault_type);
	EXPECT_EQ(0, fault.pad);
	EXPECT_EQ(0, fault.reserved[0] | fault.reserved[1] | fault.reserved[2] |
		  fault.reserved[3]);
}

TEST_F_TIMEOUT(mirror, read_of_nothing, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *bad = unmapped(SZ_4K);
	struct drm_xe_vm_fault fault = { };
	struct drm_xe_vm_get_property args = ask(&self->gpu, &fault, 1);
	uint32_t value;

	ASSERT_NE(NULL, bad);
	ASSERT_EQ(REFUSED, gpu_read(&self->queue, bad, &value));
	ASSERT_EQ(0, get(&self->gpu, &args));
	EXPECT_EQ((uintptr_t)bad, fault.address);
	EXPECT_EQ(DRM_XE_VM_FAULT_ACCESS_READ, fault.access_type);
	EXPECT_EQ(DRM_XE_VM_FAULT_TYPE_NOT_PRESENT, fault.fault_type);
}

/* The page is there, and mapped for the GPU, but not to be written. */
TEST_F_TIMEOUT(mirror, write_to_readonly, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	struct drm_xe_vm_fault fault = { };
	struct drm_xe_vm_get_property args = ask(&self->gpu, &fault, 1);
	uint32_t value;

	ASSERT_NE(NULL, word);
	*word = 0x4ef05ed1;
	ASSERT_EQ(0, mprotect((void *)word, SZ_4K, PROT_READ));
	ASSERT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0, count(&self->gpu));
	ASSERT_EQ(0, refuse(&self->queue, word));
	ASSERT_EQ(0, get(&self->gpu, &args));
	EXPECT_EQ((uintptr_t)word, fault.address);
	EXPECT_EQ(DRM_XE_VM_FAULT_ACCESS_WRITE, fault.access_type);
	EXPECT_EQ(DRM_XE_VM_FAULT_TYPE_WRITE_ACCESS, fault.fault_type);
}

/* Where nothing is bound, not even a mirror. */
TEST_F_TIMEOUT(mirror, outside_of_all_binds, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *bad = unmapped(SZ_2M);
	struct drm_xe_vm_fault fault = { };
	struct drm_xe_vm_get_property args = ask(&self->gpu, &fault, 1);

	ASSERT_NE(NULL, bad);
	ASSERT_EQ(0, gpu_unbind(&self->gpu, (uintptr_t)bad, SZ_2M));
	ASSERT_EQ(0, refuse(&self->queue, bad));
	ASSERT_EQ(0, get(&self->gpu, &args));
	EXPECT_EQ((uintptr_t)bad, fault.address);
}

TEST_F_TIMEOUT(mirror, served_is_not_kept, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_2M);
	int64_t before = gpu_faults(&self->gpu);

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_write(&self->queue, word, 0x4ef05ed2));
	EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_EQ(0, count(&self->gpu));
}

TEST_F_TIMEOUT(mirror, other_vm_has_its_own, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *bad = unmapped(SZ_4K);
	struct gpu other;

	ASSERT_NE(NULL, bad);
	ASSERT_EQ(0, gpu_open(&other));
	ASSERT_EQ(0, refuse(&self->queue, bad));
	EXPECT_EQ(1, count(&self->gpu));
	EXPECT_EQ(0, count(&other));
	gpu_close(&other);
}

/* Oldest first; a short array gets the oldest; faults after the 50th are not kept. */
TEST_F_TIMEOUT(mirror, first_are_kept, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_fault faults[KEPT] = { };
	struct drm_xe_vm_get_property args = ask(&self->gpu, faults, 3);
	volatile uint32_t *bad = unmapped((KEPT + 2) * SZ_4K);
	unsigned int i;

	ASSERT_NE(NULL, bad);
	for (i = 0; i < KEPT + 2; i++)
		ASSERT_EQ(0, refuse(&self->queue, bad + i * STRIDE));
	ASSERT_EQ(KEPT, count(&self->gpu));
	ASSERT_EQ(0, get(&self->gpu, &args));
	EXPECT_EQ((uintptr_t)(bad + 2 * STRIDE), faults[2].address);
	EXPECT_EQ(0, faults[3].address);
	args = ask(&self->gpu, faults, KEPT);
	ASSERT_EQ(0, get(&self->gpu, &args));
	for (i = 0; i < KEPT; i++)
		EXPECT_EQ((uintptr_t)(bad + i * STRIDE), faults[i].address);
}

/* With one fault kept, and @args wrong in one way. */
static int wrong(const struct gpu *gpu, struct drm_xe_vm_get_property args, size_t offset,
		 uint32_t value)
{
	memcpy((char *)&args + offset, &value, sizeof(value));
	return get(gpu, &args);
}

#define WRONG(field, value)						\
	wrong(&self->gpu, ask(&self->gpu, faults, 1),			\
	      offsetof(struct drm_xe_vm_get_property, field), value)

TEST_F_TIMEOUT(mirror, err_arguments, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_fault faults[2] = { };
	volatile uint32_t *bad = unmapped(SZ_4K);

	ASSERT_NE(NULL, bad);
	EXPECT_EQ(-EINVAL, WRONG(size, RECORD));	/* more than there are */
	ASSERT_EQ(0, refuse(&self->queue, bad));
	ASSERT_EQ(0, WRONG(size, RECORD));

	EXPECT_EQ(-EINVAL, WRONG(size, 2 * RECORD));
	EXPECT_EQ(-EINVAL, WRONG(size, RECORD - 1));
	EXPECT_EQ(-EINVAL, WRONG(size, 1));
	EXPECT_EQ(-EINVAL, WRONG(property, 1));
	EXPECT_EQ(-EINVAL, WRONG(pad, 1));
	EXPECT_EQ(-EINVAL, WRONG(reserved[0], 1));
	EXPECT_EQ(-EINVAL, WRONG(reserved[1], 1));
	EXPECT_EQ(-EINVAL, WRONG(reserved[2], 1));
	EXPECT_EQ(-EINVAL, WRONG(extensions, 8));
	EXPECT_EQ(-ENOENT, WRONG(vm_id, 0x7fffffff));
}

/* The result is written where the program may write, or not at all. */
TEST_F_TIMEOUT(mirror, err_nowhere_to_write, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *bad = unmapped(SZ_4K);
	struct drm_xe_vm_get_property args;

	ASSERT_NE(NULL, bad);
	ASSERT_EQ(0, refuse(&self->queue, bad));
	args = ask(&self->gpu, NULL, 1);
	EXPECT_EQ(-EFAULT, get(&self->gpu, &args));
	args.data = (uintptr_t)bad;
	EXPECT_EQ(-EFAULT, get(&self->gpu, &args));
	args.data = KERNEL_ADDR;
	EXPECT_EQ(-EFAULT, get(&self->gpu, &args));
}

TEST_HARNESS_MAIN
