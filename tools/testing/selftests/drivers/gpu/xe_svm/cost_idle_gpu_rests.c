// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C17): page faults keep nothing awake. Once a job that faulted has
 * ended, the GT is in C6 though its VM stays; once the VM is destroyed, the
 * device is suspended, with no force wake held and no interrupt pending, so
 * that the platform could enter S0ix.
 *
 * Desktop: quiet machine, waits until the whole GPU is idle
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"

#define PAGES		64
#define WINDOW_MS	500
#define IDLE_TRIES	20
#define SUSPEND_MS	30000

MIRROR_ON_EVERY_ENGINE();

static int read_word(const char *dir, const char *name, char *word, size_t size)
{
	char path[160];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, word, size - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	word[n] = '\0';
	word[strcspn(word, "\n")] = '\0';
	return 0;
}

/* Milliseconds in C6 so far, or -errno. It wakes the device, not the GT. */
static int64_t rested_ms(const struct gpu *gpu)
{
	char word[32];
	int err = read_word(gpu->sysfs, "tile0/gt0/gtidle/idle_residency_ms", word, sizeof(word));

	return err ?: strtoll(word, NULL, 10);
}

/* Of the next WINDOW_MS, or -errno. */
static int64_t gained_ms(const struct gpu *gpu)
{
	int64_t before = rested_ms(gpu);

	if (before < 0)
		return before;
	clock_sleep_ms(WINDOW_MS);
	return rested_ms(gpu) - before;
}

/* A job of another process may delay it, but not forever. */
static int64_t most_gained_ms(const struct gpu *gpu)
{
	int64_t most = 0, now;
	int i;

	for (i = 0; i < IDLE_TRIES && most < WINDOW_MS / 2; i++) {
		now = gained_ms(gpu);
		if (now < 0)
			return now;
		most = now > most ? now : most;
	}
	return most;
}

static void fault(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self)
{
	char *area = memory_anonymous(SZ_2M);
	int64_t faults = gpu_faults(&self->gpu);
	int i;

	ASSERT_NE(NULL, area);
	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, area + i * SZ_4K, i + 1);
	ASSERT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(PAGES, *(uint32_t *)(area + (PAGES - 1) * SZ_4K));
	EXPECT_LT(faults, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(mirror, gt_is_in_c6_beside_an_idle_vm, GPU_TEST_TIMEOUT)
{
	if (rested_ms(&self->gpu) < 0)
		SKIP(return, "no residency counter");
	fault(_metadata, self);
	EXPECT_LE(WINDOW_MS / 2, most_gained_ms(&self->gpu));
}

/* The sibling: the counter with a leaked force wake. */
TEST_F_TIMEOUT(mirror, err_held_force_wake_stops_c6, GPU_TEST_TIMEOUT)
{
	char path[128];
	int fd;

	if (rested_ms(&self->gpu) < 0)
		SKIP(return, "no residency counter");
	fault(_metadata, self);
	snprintf(path, sizeof(path), "%s/forcewake_all", self->gpu.debugfs);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		SKIP(return, "no debugfs forcewake_all");
	EXPECT_EQ(0, gained_ms(&self->gpu));
	EXPECT_EQ(0, gained_ms(&self->gpu));
	close(fd);
	EXPECT_LE(WINDOW_MS / 2, most_gained_ms(&self->gpu));
}

static bool suspended(const struct gpu *gpu, unsigned int ms)
{
	char status[32] = "";
	unsigned int i;

	for (i = 0; i < ms / 100; i++) {
		if (read_word(gpu->sysfs, "power/runtime_status", status, sizeof(status)))
			return false;
		if (!strcmp(status, "suspended"))
			return true;
		clock_sleep_ms(100);
	}
	return false;
}

TEST_F_TIMEOUT(mirror, device_is_suspended_without_vms, GPU_TEST_TIMEOUT)
{
	int64_t slept = gpu_model_count(&self->model, "S0IX_NS");
	int64_t refused = gpu_model_count(&self->model, "S0IX_REFUSED");
	char control[16] = "";

	read_word(self->gpu.sysfs, "power/control", control, sizeof(control));
	if (strcmp(control, "auto"))
		SKIP(return, "runtime power management is off");
	fault(_metadata, self);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	ASSERT_TRUE(suspended(&self->gpu, SUSPEND_MS));
	clock_sleep_ms(WINDOW_MS);
	/* In D3hot the counters cannot be read. */
	ASSERT_LE(0, rested_ms(&self->gpu));
	WITH_MODEL(&self->model) {
		EXPECT_LE(slept + WINDOW_MS * 1000000LL / 2,
			  gpu_model_count(&self->model, "S0IX_NS"));
		EXPECT_EQ(refused, gpu_model_count(&self->model, "S0IX_REFUSED"));
	}
}

TEST_HARNESS_MAIN
