// SPDX-License-Identifier: GPL-2.0
/* Pieces of memory: see areas.h. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"
#include "lib/pressure.h"

void areas_map(struct areas *areas, unsigned int num, size_t size, size_t stride, enum pages pages)
{
	size_t whole = num * stride;
	unsigned int i;

	areas->start = memory_map(whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	areas->num = num;
	areas->size = size;
	areas->stride = stride;
	sure(areas->start != NULL, "no memory");
	if (madvise(areas->start, whole, pages == PAGES_HUGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		fail("madvise: no choice of page size");
	for (i = 0; i < num && size < stride; i++)
		munmap(areas->start + i * stride + size, stride - size);
}

void areas_populate(const struct areas *areas)
{
	size_t offset;
	unsigned int i;

	for (offset = 0; offset < areas->size; offset += SZ_4K)
		for (i = 0; i < areas->num; i++)
			*(volatile uint32_t *)(areas->start + i * areas->stride + offset) = 0xc0de;
}

void areas_unmap(struct areas *areas)
{
	unsigned int i;

	for (i = 0; i < areas->num; i++)
		munmap(areas->start + i * areas->stride, areas->size);
}

#define SHMEM_ENABLED	"/sys/kernel/mm/transparent_hugepage/shmem_enabled"

char *areas_views(size_t size, unsigned int copies)
{
	char *start = memory_map(size * copies, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	char *view;

	sure(start != NULL, "no address space");
	must(pressure_set(SHMEM_ENABLED, "always"), SHMEM_ENABLED);
	if (mmap(start, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != start)
		fail("no shared memory");
	/* of a shared mapping, size 0 makes one more */
	for (view = start + size; view < start + size * copies; view += size)
		if (mremap(start, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, view) != view)
			fail("no second view of shared memory");
	for (view = start; view < start + size * copies; view += SZ_2M)
		*(volatile uint32_t *)view = 0xc0de;
	sure(memory_smaps(start + size * (copies - 1), "ShmemPmdMapped") == (int64_t)size, "no huge pages of shared memory");
	return start;
}
