// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C14, C17, P5): a VM whose address space is a mirror costs at most 16 KiB more
 * than one without, before its first fault, and again after its used memory was
 * unmapped.
 *
 * KASAN makes each allocation larger.
 *
 * Not: kasan
 * Desktop: quiet machine, counts all free memory
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/system_memory.h"

#define IDLE_VMS	256
#define USED_VMS	32
#define MOST		(16 * 1024)
/* A worker may free the used memory. */
#define SETTLE_MS	2000
#define TRIES		3

FIXTURE(idle)
{
	struct gpu gpu;		/* the descriptor of all VMs */
};

FIXTURE_SETUP(idle)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (system_memory_free() < 0)
		SKIP(return, "not root: cannot drop caches to measure kept memory");
}

FIXTURE_TEARDOWN(idle)
{
	gpu_close(&self->gpu);
}

/**
 * struct user - a VM, and the objects needed to use it
 */
struct user {
	struct gpu gpu;
	struct gpu_queue queue;
};

static int user_open(struct user *user, const struct gpu *gpu)
{
	*user = (struct user) { .gpu = *gpu, };
	return gpu_vm_create(gpu->fd, DRM_XE_VM_CREATE_FLAG_LR_MODE |
			     DRM_XE_VM_CREATE_FLAG_FAULT_MODE, &user->gpu.vm);
}

static void user_close(struct user *user)
{
	gpu_queue_destroy(&user->queue);
	if (user->gpu.control.bo)
		gpu_bo_destroy(&user->gpu, user->gpu.control.bo);
	gpu_vm_destroy(user->gpu.fd, user->gpu.vm);
}

/* Use of a VM before it idles. */
static int stay_bare(struct user *user)
{
	return 0;
}

static int bind_mirror(struct user *user)
{
	return gpu_bind_mirror_whole(&user->gpu);
}

static int run_without_fault(struct user *user)
{
	return gpu_bind_mirror_whole(&user->gpu) ?:
		gpu_control_in_bo(&user->gpu) ?:
		gpu_queue_create(&user->gpu, &user->gpu.engines[0], &user->queue) ?:
		gpu_run(&user->queue);
}

static int run_with_fault(struct user *user)
{
	int err = run_without_fault(user);
	char *word;

	if (err)
		return err;
	word = memory_anonymous(SZ_4K);
	if (!word)
		return -ENOMEM;
	err = gpu_write(&user->queue, word, 1);
	if (!err && *(uint32_t *)word != 1)
		err = -EBADMSG;
	munmap(word, SZ_4K);
	return err;
}

/* Bytes for each of @num VMs that @prepare was called for, all of them alive. */
static int64_t cost(struct __test_metadata *_metadata, const struct gpu *gpu, unsigned int num,
		    int (*prepare)(struct user *user))
{
	struct user *users = calloc(num, sizeof(*users));
	int64_t before, taken;
	unsigned int i;

	ASSERT_NE(NULL, users);
	memset(users, 1, num * sizeof(*users));
	before = system_memory_free();
	for (i = 0; i < num; i++) {
		ASSERT_EQ(0, user_open(&users[i], gpu));
		ASSERT_EQ(0, prepare(&users[i]));
	}
	clock_sleep_ms(SETTLE_MS);
	taken = before - system_memory_free();
	for (i = 0; i < num; i++)
		user_close(&users[i]);
	free(users);
	clock_sleep_ms(SETTLE_MS);
	return taken / num;
}

/* The least of a few tries: other load of the machine only adds. */
static int64_t difference(struct __test_metadata *_metadata, const struct gpu *gpu,
			  unsigned int num, int (*without)(struct user *user),
			  int (*with)(struct user *user))
{
	int64_t a, b, least = INT64_MAX;
	int i;

	for (i = 0; i < TRIES && least > MOST; i++) {
		a = cost(_metadata, gpu, num, without);
		b = cost(_metadata, gpu, num, with);
		TH_LOG("%lld bytes without, %lld with", (long long)a, (long long)b);
		EXPECT_LT(0, a);
		least = b - a < least ? b - a : least;
	}
	return least;
}

TEST_F_TIMEOUT(idle, mirror_bound, 2 * GPU_TEST_TIMEOUT)
{
	/* The first VMs fill caches of the kernel. */
	cost(_metadata, &self->gpu, USED_VMS, bind_mirror);
	EXPECT_GE(MOST, difference(_metadata, &self->gpu, IDLE_VMS, stay_bare, bind_mirror));
}

TEST_F_TIMEOUT(idle, mirror_used, 2 * GPU_TEST_TIMEOUT)
{
	cost(_metadata, &self->gpu, USED_VMS, run_with_fault);
	EXPECT_GE(MOST, difference(_metadata, &self->gpu, USED_VMS, run_without_fault,
				   run_with_fault));
}

/* The sibling: memory that a VM does need shows. */
TEST_F_TIMEOUT(idle, queue_shows, 2 * GPU_TEST_TIMEOUT)
{
	EXPECT_LT(MOST, difference(_metadata, &self->gpu, USED_VMS, bind_mirror,
				   run_without_fault));
}

TEST_HARNESS_MAIN
