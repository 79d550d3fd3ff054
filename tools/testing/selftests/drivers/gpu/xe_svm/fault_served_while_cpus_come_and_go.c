// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1, C11): faults of the GPU are served while CPUs of the machine go offline
 * and come back online.
 *
 * Desktop: may disturb it, takes a CPU offline
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/clock.h"
#include "lib/pressure.h"

#define CPU		"/sys/devices/system/cpu/cpu1/online"
#define PAGES		8
#define ROUNDS		12
#define CYCLES		4
#define ENOUGH_MS	60000

static atomic_bool stop;
static atomic_uint cycles;
static atomic_int trouble;

static void *goes_and_comes(void *unused)
{
	int err = 0;

	while (!stop && !err) {
		err = pressure_set(CPU, "0");
		clock_sleep_ms(20);
		err = err ?: pressure_set(CPU, "1");
		clock_sleep_ms(20);
		cycles++;
	}
	pressure_set(CPU, "1");
	trouble = err;
	return NULL;
}

TEST_F_TIMEOUT(access, all_are_served, GPU_TEST_TIMEOUT)
{
	int64_t end = clock_ms() + ENOUGH_MS, before = gpu_faults(&self->gpu);
	unsigned int round, wrong = 0;
	pthread_t thread;
	char *area;

	if (pressure_set(CPU, "1"))
		SKIP(return, "no CPU that can be switched off");
	ASSERT_EQ(0, pthread_create(&thread, NULL, goes_and_comes, NULL));
	for (round = 0; round < ROUNDS || (cycles < CYCLES && clock_ms() < end); round++) {
		area = memory_anonymous(SZ_2M);
		if (!area || touch_write(self->by, area, PAGES * SZ_64K, SZ_64K, round))
			break;
		wrong += touch_wrong(area, PAGES * SZ_64K, SZ_64K, round);
		munmap(area, SZ_2M);
	}
	stop = true;
	pthread_join(thread, NULL);
	TH_LOG("%u rounds beside %u cycles, %lld faults", round, cycles,
	       (long long)(gpu_faults(&self->gpu) - before));
	EXPECT_LE(ROUNDS, round);
	EXPECT_LE(CYCLES, cycles);
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, trouble);
	if (variant->by_gpu)
		EXPECT_LE(before + ROUNDS, gpu_faults(&self->gpu));
}

TEST_HARNESS_MAIN
