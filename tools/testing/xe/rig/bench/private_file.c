// SPDX-License-Identifier: GPL-2.0
/*
 * The GPU reads a dword of every page of a writable private mapping of a 256 MiB file: how many pages are copied for
 * that? Copies are the anonymous pages of the mapping.
 */
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define SIZE		(256UL << 20)
#define LIMIT_MS	30000
#define WORD		0xf11e0001

int main(void)
{
	uint32_t pages, value = 0;
	int64_t copied;
	struct bench b;
	char *file;
	int fd;

	bench_open(&b);
	fd = memory_file("/tmp", SIZE, WORD);
	must(fd < 0 ? fd : 0, "a file");
	file = memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	sure(file != NULL, "the file cannot be mapped");
	pages = touch_in_order(&b.queue, file, SIZE / SZ_4K, LIMIT_MS, GPU_TOUCH_READ);
	copied = memory_smaps(file, "Anonymous");
	sure(copied >= 0, "no smaps");
	must(gpu_read(&b.queue, file + (pages - 1) * SZ_4K, &value), "a read by the GPU");
	sure(value == WORD, "the GPU reads something else");
	report("private_file_copied", copied / (double)SZ_4K, "pages");
	report("private_file_read", pages / 256.0, "MiB read in time");
	bench_close(&b);
	return 0;
}
