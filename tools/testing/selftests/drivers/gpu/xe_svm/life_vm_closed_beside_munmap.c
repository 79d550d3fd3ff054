// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6, C11): a VM that is closed while a munmap() unmaps as many windows
 * as are flushed together leaves nothing mapped: neither there nor in windows
 * that the munmap() does not cover.
 *
 * The emulated GPU acknowledges invalidations late.
 *
 * Desktop: emulated GPU only
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/touch.h"

/* Windows of the smallest size. The driver flushes 32 of them together. */
#define PARAMETER	"svm_notifier_size"
#define WINDOW		SZ_2M
#define WINDOWS		40
#define GIVEN_UP	32
/* Less than the driver allows for an invalidation */
#define LATE_US		200000

FIXTURE(closed)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	char before[XE_PARAMETER_SIZE];
	char *area;
	pthread_t thread;
	atomic_bool closing, munmapped;
};

static uint64_t stat(FIXTURE_DATA(closed) *self, const char *name)
{
	uint64_t value = 0;

	gpu_stat(&self->gpu, name, &value);
	return value;
}

static int64_t pages_mapped(FIXTURE_DATA(closed) *self)
{
	struct gpu_vm_section vm;
	uint64_t mapped, unmapped;

	if (gpu_vm_sections(&self->gpu, getpid(), &vm, 1) != 1 ||
	    gpu_vm_stat(&self->gpu, vm.asid, "svm_mapped_page_count", &mapped) ||
	    gpu_vm_stat(&self->gpu, vm.asid, "svm_unmapped_page_count", &unmapped))
		return -ENOENT;
	return mapped - unmapped;
}

FIXTURE_SETUP(closed)
{
	mirror_start_with(_metadata, &self->gpu, &self->queue, PARAMETER, "2", self->before);
	if (_metadata->exit_code)
		return;
	if (gpu_model_open(&self->gpu, &self->model))
		SKIP(return, "not an emulated GPU: it acknowledges in time");
	self->area = memory_map(WINDOWS * WINDOW, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, WINDOWS * WINDOW, MADV_NOHUGEPAGE));
	ASSERT_EQ(0, touch_write(&self->queue, self->area, WINDOWS * WINDOW, WINDOW, 1));
	/* The job is done. What it used may lie in windows before the others. */
	gpu_queue_destroy(&self->queue);
	ASSERT_EQ(0, madvise(self->gpu.control.base, GPU_MAX_QUEUES * SZ_4K, MADV_DONTNEED));
	ASSERT_EQ(WINDOWS, pages_mapped(self));
	ASSERT_EQ(0, gpu_model_turn(&self->model, "delay_tlb_ack_us", LATE_US));
}

FIXTURE_TEARDOWN(closed)
{
	gpu_model_turn(&self->model, "delay_tlb_ack_us", 0);
	gpu_model_close(&self->model);
	gpu_close(&self->gpu);
	EXPECT_EQ(0, xe_parameter_set(PARAMETER, self->before));
}

static void *gives_up(void *arg)
{
	FIXTURE_DATA(closed) *self = arg;
	int err;

	/* The close flushes all of the VM first; this flush ends after that one. */
	while (!atomic_load(&self->closing))
		;
	clock_sleep_ms(LATE_US / 2000);
	err = munmap(self->area, GIVEN_UP * WINDOW) ? -errno : 0;
	atomic_store(&self->munmapped, true);
	return (void *)(intptr_t)err;
}

TEST_F_TIMEOUT(closed, nothing_stays_mapped, GPU_TEST_TIMEOUT)
{
	uint64_t unmapped = stat(self, "svm_unmapped_page_count");
	void *result = NULL;

	ASSERT_EQ(0, pthread_create(&self->thread, NULL, gives_up, self));
	atomic_store(&self->closing, true);
	EXPECT_EQ(0, gpu_vm_destroy(self->gpu.fd, self->gpu.vm));
	EXPECT_TRUE(atomic_load(&self->munmapped))
		TH_LOG("the munmap came too late");
	ASSERT_EQ(0, pthread_join(self->thread, &result));
	EXPECT_EQ(0, (intptr_t)result);

	EXPECT_EQ(unmapped + WINDOWS, stat(self, "svm_unmapped_page_count"));
	EXPECT_EQ(0, gpu_model_count(&self->model, "TLB_STALE_USE"));
}

TEST_HARNESS_MAIN
