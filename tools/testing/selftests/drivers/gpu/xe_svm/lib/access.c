// SPDX-License-Identifier: GPL-2.0
/*
 * One dword, accessed by the GPU or by the CPU.
 */
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

#include "access.h"
#include "gpu.h"

int gpu_write(struct gpu_queue *queue, volatile void *addr, uint32_t value)
{
	gpu_batch_store(queue, addr, value);
	return gpu_run(queue);
}

int gpu_read(struct gpu_queue *queue, const volatile void *addr, uint32_t *value)
{
	int err;

	gpu_batch_copy(queue, queue->result, addr);
	err = gpu_run(queue);
	if (!err)
		*value = *queue->result;
	return err;
}

int gpu_increment(struct gpu_queue *queue, volatile void *addr)
{
	gpu_batch_increment(queue, addr);
	return gpu_run(queue);
}

static __thread sigjmp_buf refused;
static __thread bool guarded;

static void caught(int number)
{
	if (guarded)
		siglongjmp(refused, 1);
	signal(number, SIG_DFL);
}

static int cpu_access(volatile uint32_t *word, uint32_t *value, bool write)
{
	const struct sigaction guard = { .sa_handler = caught };
	struct sigaction bus, segv;
	volatile int err = 0;

	sigaction(SIGBUS, &guard, &bus);
	sigaction(SIGSEGV, &guard, &segv);
	guarded = true;
	if (sigsetjmp(refused, 1))
		err = ACCESS_REFUSED;
	else if (write)
		*word = *value;
	else
		*value = *word;
	guarded = false;
	sigaction(SIGBUS, &bus, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	return err;
}

static int renewed(struct gpu_queue *queue, int err)
{
	return err == ACCESS_REFUSED ? gpu_queue_renew(queue) ?: err : err;
}

int access_write(struct gpu_queue *queue, volatile void *addr, uint32_t value)
{
	if (!queue)
		return cpu_access(addr, &value, true);
	return renewed(queue, gpu_write(queue, addr, value));
}

int access_read(struct gpu_queue *queue, const volatile void *addr, uint32_t *value)
{
	if (!queue)
		return cpu_access((volatile uint32_t *)addr, value, false);
	return renewed(queue, gpu_read(queue, addr, value));
}

static void *writes(void *arg)
{
	struct access *access = arg;

	access->err = access_write(NULL, access->word, access->value);
	return NULL;
}

int access_begin_write(struct access *access, struct gpu_queue *queue, volatile void *addr,
		       uint32_t value)
{
	*access = (struct access) { .queue = queue, .word = addr, .value = value };
	if (!queue)
		return -pthread_create(&access->thread, NULL, writes, access);
	gpu_batch_store(queue, addr, value);
	return gpu_start(queue);
}

int access_end(struct access *access)
{
	if (access->queue)
		return renewed(access->queue, gpu_wait(access->queue));
	pthread_join(access->thread, NULL);
	return access->err;
}
