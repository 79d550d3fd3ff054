// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11, C12): a process that is killed while its job waits for the queues
 * of VMs in fault mode to be suspended leaves none of them suspended.
 *
 * Desktop: harmless
 */
#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/model.h"

/* The GuC's reply to the suspend takes so long; the child is killed meanwhile. */
#define LATE_US		400000
#define KILLED_US	150000
#define ANSWER_MS	20000
#define ROUNDS		3

enum { READY = 1, GO };

FIXTURE(killed)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	struct child child;
	volatile uint32_t *word;
};

FIXTURE_SETUP(killed)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->word = memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, self->word);
}

FIXTURE_TEARDOWN(killed)
{
	if (self->model.bar)
		gpu_model_turn(&self->model, "delay_irq_us", 0);
	gpu_model_close(&self->model);
	child_stop(&self->child);
	gpu_close(&self->gpu);
}

/* One job in a VM without faults, on the engine of the mirror's queue. */
static int other_mode(int fd, void *arg)
{
	struct gpu gpu = { };
	struct gpu_queue queue;
	int err, word;

	err = gpu_open(&gpu);
	if (!err)
		err = gpu_vm_create(gpu.fd, 0, &gpu.vm);
	if (!err)
		err = gpu_control_in_bo(&gpu);
	if (!err)
		err = gpu_queue_create(&gpu, &gpu.engines[0], &queue);
	if (!err)
		err = child_say(fd, READY);
	if (!err)
		err = child_hear(fd, &word, ANSWER_MS);
	if (!err)
		err = gpu_start(&queue);
	return !!err;
}

TEST_F_TIMEOUT(killed, in_the_middle, GPU_TEST_TIMEOUT)
{
	unsigned int round, ms;
	int word, status;

	if (gpu_model_open(&self->gpu, &self->model))
		TH_LOG("no emulated GPU: the suspend may be too short");
	for (round = 1; round <= ROUNDS; round++) {
		ASSERT_EQ(0, child_start(&self->child, other_mode, NULL));
		ASSERT_EQ(0, child_hear(self->child.fd, &word, ANSWER_MS));
		gpu_batch_store(&self->queue, self->word + 1, round);
		gpu_batch_wait(&self->queue, self->word, round);
		ASSERT_EQ(0, gpu_start(&self->queue));
		for (ms = 0; ms < ANSWER_MS && self->word[1] != round; ms++)
			clock_sleep_ms(1);
		ASSERT_EQ(round, self->word[1]);
		if (self->model.bar)
			gpu_model_turn(&self->model, "delay_irq_us", LATE_US);
		ASSERT_EQ(0, child_say(self->child.fd, GO));
		usleep(KILLED_US);
		/* It is in the ioctl until the late reply arrives. */
		WITH_MODEL(&self->model)
			EXPECT_FALSE(child_ended(&self->child, &status, 0));
		ASSERT_TRUE(child_stop(&self->child));
		if (self->model.bar)
			gpu_model_turn(&self->model, "delay_irq_us", 0);
		*self->word = round;
		ASSERT_EQ(0, gpu_wait(&self->queue))
			TH_LOG("the job of another process does not continue");
	}
}

TEST_HARNESS_MAIN
