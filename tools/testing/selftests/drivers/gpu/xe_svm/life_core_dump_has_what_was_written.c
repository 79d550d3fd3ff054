// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C4, C11): the core dump of a process that crashes with faults of its
 * GPU in flight contains the data that the GPU wrote before, and takes no
 * longer than one without a GPU.
 *
 * Desktop: may disturb it, sets kernel.core_pattern
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/pressure.h"
#include "lib/userfault.h"

#define PATTERN		"/proc/sys/kernel/core_pattern"
#define CORE		"/tmp/xe_svm_core"
#define PAGES		16
#define SIZE		(PAGES * SZ_4K)
#define VALUE		0xc03e0001
#define READY_MS	20000
#define DUMPED_MS	30000

FIXTURE(dumped)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct child child;
	bool by_gpu;
	char *area;		/* the child's own, at an address that both know */
	char pattern[128];
};

FIXTURE_VARIANT(dumped)
{
	bool by_gpu;
};

FIXTURE_VARIANT_ADD(dumped, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(dumped, gpu) { .by_gpu = true, };

static int crashes(int fd, void *arg)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	FIXTURE_DATA(dumped) *self = arg;
	char *late = memory_anonymous(SZ_2M);
	struct gpu_queue queue, *by;
	struct access access;
	struct gpu gpu;
	int userfault;

	userfault = memory_userfault(late);
	if (!late || userfault < 0 || setrlimit(RLIMIT_CORE, &limit) ||
	    gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue))
		return 1;
	by = self->by_gpu ? &queue : NULL;
	if (touch_write(by, self->area, SIZE, SZ_4K, VALUE) ||
	    access_begin_write(&access, by, late, 1) ||
	    userfault_asked(userfault, 1, READY_MS) != 1 || child_say(fd, 0))
		return 2;
	abort();
}

FIXTURE_SETUP(dumped)
{
	FILE *file;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	file = fopen(PATTERN, "r");
	if (!file || !fgets(self->pattern, sizeof(self->pattern), file))
		SKIP(return, "no core dumps");
	fclose(file);
	unlink(CORE);
	ASSERT_EQ(0, pressure_set(PATTERN, CORE));
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[self->gpu.num_engines - 1],
		     &self->queue);
	self->by_gpu = variant->by_gpu;
	self->area = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->area);
}

FIXTURE_TEARDOWN(dumped)
{
	child_stop(&self->child);
	if (self->pattern[0])
		pressure_set(PATTERN, self->pattern);
	unlink(CORE);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Where the dump has @addr, or -errno. */
static int64_t offset_of(int core, const void *addr)
{
	Elf64_Ehdr header;
	Elf64_Phdr part;
	int i;

	if (pread(core, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_type != ET_CORE)
		return -EINVAL;
	for (i = 0; i < header.e_phnum; i++) {
		if (pread(core, &part, sizeof(part), header.e_phoff + i * sizeof(part)) !=
		    sizeof(part))
			return -EIO;
		if (part.p_type == PT_LOAD && part.p_vaddr <= (uintptr_t)addr &&
		    (uintptr_t)addr < part.p_vaddr + part.p_filesz)
			return part.p_offset + ((uintptr_t)addr - part.p_vaddr);
	}
	return -ENOENT;
}

/* How many pages of the area the dump has as they were written. */
static int pages_dumped(const char *area)
{
	int i, right = 0, core = open(CORE, O_RDONLY | O_CLOEXEC);
	int64_t offset;
	uint32_t value;

	if (core < 0)
		return -errno;
	for (i = 0; i < PAGES; i++) {
		offset = offset_of(core, area + i * SZ_4K);
		right += offset > 0 && pread(core, &value, sizeof(value), offset) ==
			sizeof(value) && value == VALUE + i;
	}
	close(core);
	return right;
}

TEST_F_TIMEOUT(dumped, with_a_fault_in_flight, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int64_t began = clock_ms();
	int status = 0, reply;

	ASSERT_NE(NULL, word);
	if (!userfault_offered())
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, child_start(&self->child, crashes, self));
	ASSERT_EQ(0, child_hear(self->child.fd, &reply, 2 * READY_MS));
	ASSERT_TRUE(child_ended(&self->child, &status, DUMPED_MS))
		TH_LOG("the dump does not end");
	TH_LOG("crashed and dumped after %lld ms", (long long)(clock_ms() - began));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGABRT, WTERMSIG(status));
	EXPECT_TRUE(WCOREDUMP(status));
	EXPECT_EQ(PAGES, pages_dumped(self->area));
	EXPECT_EQ(0, gpu_write(&self->queue, word, VALUE));
	EXPECT_EQ(VALUE, *word);
}

TEST_HARNESS_MAIN
