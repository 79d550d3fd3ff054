/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory as the questions want it: many equal pieces, each the only mapping of its 2 MiB or more, populated by the
 * CPU or fresh, of small pages that are no neighbours physically, or of huge ones.
 */
#ifndef BENCH_AREAS_H
#define BENCH_AREAS_H

#include <stddef.h>

enum pages { PAGES_SMALL, PAGES_HUGE };

struct areas {
	char *start;		/* of the first piece, 2 MiB aligned */
	unsigned int num;
	size_t size;		/* of each */
	size_t stride;		/* between their starts; what lies between is not mapped */
};

void areas_map(struct areas *areas, unsigned int num, size_t size, size_t stride, enum pages pages);
/* all of all pieces, by CPU writes: page after page of one piece would give neighbours, so piece after piece */
void areas_populate(const struct areas *areas);
void areas_unmap(struct areas *areas);

/*
 * The same huge pages of shared memory, copies times in a row, all populated for the CPU: much address space for little
 * memory. Returns where.
 */
char *areas_views(size_t size, unsigned int copies);

#endif
