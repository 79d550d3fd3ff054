// SPDX-License-Identifier: GPL-2.0
/* Pieces of memory: see areas.h. */
#include <errno.h>
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"

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
