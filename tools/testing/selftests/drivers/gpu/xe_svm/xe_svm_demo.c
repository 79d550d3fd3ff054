// SPDX-License-Identifier: GPL-2.0
/*
 * Shared virtual memory, narrated: a GPU works on malloc memory of this
 * process, and the program reports each step, its cost and its checks. Every
 * figure is read from the driver (debugfs gtN/stats), from the counters of the
 * emulated GPU if there is one, or from the memory itself. It exits with 0 only
 * if all checks pass.
 *
 * Desktop: harmless
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/gpu.h"
#include "lib/model.h"

#define SIZE		(1024 * 1024UL)
#define PAGES		(SIZE / SZ_4K)
#define STRIDE		(SZ_4K / sizeof(uint32_t))
/* Values that CPU and GPU write into the first word of page i. */
#define CPU_WORD(i)	(0xc0000000u + (uint32_t)(i))
#define GPU_WORD(i)	(0x60000000u + (uint32_t)(i))
/* Stores or copies that fit into one batch. */
#define PER_BATCH	128

static struct gpu gpu;
static struct gpu_queue queue;
static struct gpu_model model;

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static void must(int ok, const char *what, int err)
{
	if (ok)
		return;
	say("FAILED: %s%s%s", what, err < 0 ? ": " : "", err < 0 ? strerror(-err) : "");
	exit(1);
}

static uint64_t driver(const char *name)
{
	uint64_t value;
	int err = gpu_stat(&gpu, name, &value);

	must(!err, "the driver's figures cannot be read (is debugfs mounted?)", err);
	return value;
}

/* Bytes that all engines of the emulated GPU have read or written so far. */
static int64_t engine_bytes(const char *verb)
{
	static const char * const engines[] = { "RCS", "CCS", "BCS" };
	int64_t sum = 0, count;
	char name[32];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "BYTES_%s_%s", verb, engines[i]);
		count = gpu_model_count(&model, name);
		if (count < 0)
			return count;
		sum += count;
	}
	return sum;
}

static int64_t model_count(const char *name)
{
	int64_t count = gpu_model_count(&model, name);

	must(!model.bar || count >= 0, name, count);
	return count;
}

/* 4 KiB pages of this machine's processes that the GPU can reach through mirrors now. */
static int64_t mapped_pages(void)
{
	return driver("svm_mapped_page_count") - driver("svm_unmapped_page_count");
}

struct figures {
	int64_t faults, refused, flushes;		/* counted by the driver */
	int64_t met, bytes_read, bytes_written;		/* counted by the emulated GPU */
};

static struct figures last;
static int64_t mapped_before;

static struct figures look(void)
{
	return (struct figures) {
		.faults = driver("svm_pagefault_count"),
		.refused = driver("svm_refused_count"),
		.flushes = driver("tlb_inval_count"),
		.met = model_count("FAULT"),
		.bytes_read = engine_bytes("READ"),
		.bytes_written = engine_bytes("WRITTEN"),
	};
}

/* Counts since the last call. The bytes of the engines include commands and fences. */
static void account(void)
{
	struct figures now = look();

	printf("   driver: faults in the mirror %lld, refused %lld, TLB invalidations %lld, "
	       "pages mapped now %lld\n", (long long)(now.faults - last.faults),
	       (long long)(now.refused - last.refused),
	       (long long)(now.flushes - last.flushes), (long long)mapped_pages());
	if (model.bar)
		printf("   GPU:    faults raised %lld, bytes read %lld, bytes written %lld\n",
		       (long long)(now.met - last.met),
		       (long long)(now.bytes_read - last.bytes_read),
		       (long long)(now.bytes_written - last.bytes_written));
	last = now;
}

static void open_gpu(void)
{
	int err = gpu_open(&gpu);

	must(!err, "no xe GPU that can take page faults", err);
	must(gpu_has_mirror(&gpu), "this kernel's xe has no CPU address mirror", 0);
	if (gpu_model_open(&gpu, &model))
		say("1. Opened a GPU: %u engines. The driver counts, as it has no test counters.",
		    gpu.num_engines);
	else
		say("1. Opened an emulated GPU: %u engines, with counters of its own.",
		    gpu.num_engines);
	last = look();
	mapped_before = mapped_pages();
}

static void mirror_everything(void)
{
	int err = gpu_bind_mirror_whole(&gpu);

	must(!err, "the mirror bind was refused", err);
	say("2. Bound a mirror: from now on the GPU sees the memory of this process, %llu TiB of\n"
	    "   addresses, each byte at the address the CPU uses. One bind, nothing mapped yet.",
	    (unsigned long long)(gpu_va_size(&gpu) >> 40));
	err = gpu_control_in_memory(&gpu);
	must(!err, "no memory for the GPU's command buffer", err);
	err = gpu_queue_create(&gpu, &gpu.engines[0], &queue);
	must(!err, "no queue on the first engine", err);
	must(mapped_pages() == mapped_before, "the bind alone mapped pages", 0);
	account();
}

static uint32_t *allocate(void)
{
	uint32_t *data = malloc(SIZE);
	unsigned long i;

	must(!!data, "malloc", -ENOMEM);
	/* Keep free() a munmap() and the pages small, so that figures mean one thing. */
	for (i = 0; i < PAGES; i++)
		data[i * STRIDE] = CPU_WORD(i);
	say("3. malloc(%lu) gave address %p; the CPU wrote a word into each of its %lu pages.",
	    SIZE, data, PAGES);
	return data;
}

/* The GPU copies the first word of each page to the second word of that page. */
static void gpu_reads(uint32_t *data)
{
	uint64_t before = driver("svm_pagefault_count");
	unsigned long i, right = 0;
	int err;

	for (i = 0; i < PAGES; i++) {
		gpu_batch_copy(&queue, &data[i * STRIDE + 1], &data[i * STRIDE]);
		if (i % PER_BATCH != PER_BATCH - 1 && i != PAGES - 1)
			continue;
		err = gpu_run(&queue);
		must(!err, "the GPU could not read malloc memory", err);
	}
	for (i = 0; i < PAGES; i++)
		right += data[i * STRIDE + 1] == CPU_WORD(i);
	say("4. The GPU, given those very addresses, read each word and stored a copy beside it:\n"
	    "   %lu of %lu copies match the data of the CPU.", right, PAGES);
	must(right == PAGES, "the GPU read something else than the CPU wrote", 0);
	must(driver("svm_pagefault_count") > before,
	     "the GPU took no fault: it saw other memory", 0);
	account();
}

static void gpu_writes(uint32_t *data)
{
	unsigned long i, right = 0;
	int err;

	for (i = 0; i < PAGES; i++) {
		gpu_batch_store(&queue, &data[i * STRIDE], GPU_WORD(i));
		if (i % PER_BATCH != PER_BATCH - 1 && i != PAGES - 1)
			continue;
		err = gpu_run(&queue);
		must(!err, "the GPU could not write malloc memory", err);
	}
	for (i = 0; i < PAGES; i++)
		right += data[i * STRIDE] == GPU_WORD(i);
	say("5. The GPU wrote %lu bytes, a word into each page; the CPU read back %lu of %lu\n"
	    "   words right. The pages were mapped by then, so few faults or none were needed.",
	    PAGES * sizeof(uint32_t), right, PAGES);
	must(right == PAGES, "the CPU read something else than the GPU wrote", 0);
	account();
}

static void busy_while_mapped(void)
{
	int err = gpu_unbind(&gpu, 0, gpu_va_size(&gpu));

	must(mapped_pages() >= (int64_t)PAGES, "fewer pages are mapped than the GPU used", 0);
	say("6. Unbinding the mirror now fails with \"%s\": memory is mapped.",
	    strerror(-err));
	must(err == -EBUSY, "a mirror with mapped memory was not called busy", err);
}

static void take_away(uint32_t *data)
{
	uint64_t before = driver("tlb_inval_count");
	volatile uintptr_t addr = (uintptr_t)data;	/* the compiler knows free() */
	int err;

	free(data);
	say("7. free(%#lx): the memory was returned to the kernel, and unmapped from the GPU.",
	    addr);
	must(driver("tlb_inval_count") > before, "the GPU's TLB was not invalidated", 0);
	account();

	err = gpu_write(&queue, (void *)addr, 0xdeadbeef);
	must(err == -EIO, "an access to freed memory was not refused", err);
	say("8. The GPU tried to write to %#lx once more: refused, its queue was reset (\"%s\").",
	    addr, strerror(-err));
	account();
}

static void nothing_left(void)
{
	int err;

	gpu_queue_destroy(&queue);
	free(gpu.control.base);
	err = gpu_unbind(&gpu, 0, gpu_va_size(&gpu));
	must(!err, "the mirror is still busy: something stayed mapped", err);
	say("9. With the command buffer freed too, the mirror was unbound at once:\n"
	    "   nothing stays mapped.");
	account();
	must(mapped_pages() == mapped_before, "the driver counts pages that stayed mapped", 0);
}

int main(void)
{
	uint32_t *data;

	open_gpu();
	mirror_everything();
	data = allocate();
	gpu_reads(data);
	gpu_writes(data);
	busy_while_mapped();
	take_away(data);
	nothing_left();
	gpu_close(&gpu);
	say("All as it should be: %lu bytes of malloc memory were shared by CPU and GPU.", SIZE);
	return 0;
}
