// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): execve() gives a process new memory. A VM that survives it in an
 * inherited descriptor shows neither the old memory nor the new: a queue whose
 * batch both have at the same address finds neither.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define FIXED		((void *)0x200000000000)
#define BY_GPU		0xe8ec0001
#define AFTER_EXEC	"after-exec"

MIRROR_ON_COPY_ENGINE();

/* The control page of a queue that a program before us made, where it had it. */
static int submit_again(int fd, uint32_t vm, uint32_t queue_id)
{
	struct gpu gpu = { .fd = fd, .vm = vm };
	struct gpu_queue queue = { .gpu = &gpu, .id = queue_id };
	char *base = mmap(FIXED, SZ_64K, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	volatile uint32_t *word = (uint32_t *)(base + SZ_4K);

	if (base != FIXED)
		return 100;
	queue.fence = (uint64_t *)base;
	queue.batch = (uint32_t *)(base + 0x100);
	gpu_batch_store(&queue, word, BY_GPU);
	if (gpu_run(&queue) != REFUSED)
		return 101;
	return *word == BY_GPU ? 102 : 0;
}

static void before_exec(void)
{
	char fd[12], vm[12], queue_id[12];
	struct gpu_queue queue;
	struct gpu gpu;

	if (gpu_open(&gpu))
		_exit(103);
	gpu.control.base = mmap(FIXED, SZ_64K, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (gpu.control.base != FIXED || gpu_bind_mirror_whole(&gpu) ||
	    gpu_queue_create(&gpu, &gpu.engines[0], &queue) || gpu_run(&queue) ||
	    fcntl(gpu.fd, F_SETFD, 0))
		_exit(103);
	snprintf(fd, sizeof(fd), "%d", gpu.fd);
	snprintf(vm, sizeof(vm), "%u", gpu.vm);
	snprintf(queue_id, sizeof(queue_id), "%u", queue.id);
	execl("/proc/self/exe", AFTER_EXEC, fd, vm, queue_id, NULL);
	_exit(104);
}

TEST_F_TIMEOUT(mirror, err_after_exec, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int status = -1;
	pid_t child = fork();

	if (!child)
		before_exec();
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));

	/* The sibling: a process without execve() continues. */
	ASSERT_NE(NULL, word);
	EXPECT_EQ(0, gpu_write(&self->queue, word, BY_GPU));
	EXPECT_EQ(BY_GPU, *word);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[0], AFTER_EXEC))
		return submit_again(atoi(argv[1]), atoi(argv[2]), atoi(argv[3]));
	return test_harness_run(argc, argv);
}
