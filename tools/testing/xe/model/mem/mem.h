/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory: the single door to guest RAM, VRAM and the GGTT. Guest RAM is a table of pieces by iova, each a
 * mapped file of the VMM; pieces come and go at any time between two steps of the loop, so nothing found
 * here outlives the return to the loop.
 */
#ifndef MODEL_MEM_H
#define MODEL_MEM_H

#include "types.h"

enum mem_space { MEM_SYS, MEM_VRAM };

struct mem_addr {
	enum mem_space space;
	u64 pa;
};

/*
 * A file of the VMM, mapped as a whole while a piece of it is known: behind an IOMMU each page can be a piece, and a
 * process has but vm.max_map_count mappings.
 */
struct mem_file {
	u64 dev, ino;
	u8 *map;
	u64 size;
	bool write;
	u32 pieces; /* 0: the slot is free */
};

struct mem_piece {
	u64 iova, size;
	u8 *map; /* NULL: the VMM gave no file, the GPU cannot reach it */
	u16 file; /* of files[] where it lies, or MEM_NO_FILE: the mapping is its own */
	bool write;
};

#define MEM_PIECES_MAX (1u << 20) /* 4 GiB, page by page */
#define MEM_FILES_MAX 64u
#define MEM_NO_FILE MEM_FILES_MAX
#define GGTT_BYTES (8ull << 20)

struct mem {
	struct mem_piece *pieces; /* sorted by iova, disjoint */
	u32 num_pieces, max_pieces;
	u32 last; /* index of the piece found last, a hint */
	struct mem_file files[MEM_FILES_MAX];

	u8 *vram;
	u64 vram_size;
	int vram_fd;

	u64 *ggtt; /* GGTT_BYTES, the upper half of BAR0, owned by mmio */
};

int mem_init(struct model *m, u64 vram_size);
void mem_fini(struct model *m);

/*
 * host/ only. 0 or a negative errno. mem_insert takes over the mapping; mem_insert_file makes one, and leaves the
 * descriptor to the caller. mem_remove takes all pieces of a range, and splits none.
 */
int mem_insert(struct model *m, u64 iova, u64 size, void *map, bool write);
int mem_insert_file(struct model *m, u64 iova, u64 size, int fd, u64 offset, bool write);
int mem_remove(struct model *m, u64 iova, u64 size);
void mem_remove_all(struct model *m);

/* false: not backed (or read-only), an oracle hit was recorded and buf is zeroed; nothing was written */
bool mem_read(struct model *m, struct mem_addr a, void *buf, size_t len);
bool mem_write(struct model *m, struct mem_addr a, const void *buf, size_t len);

/*
 * A pointer for bulk work, *len is cut to what lies contiguous behind it; NULL: as mem_read's false.
 * Valid until control returns to the loop.
 */
void *mem_map_chunk(struct model *m, struct mem_addr a, size_t *len, bool write);

/*
 * To such a pointer. Each byte is stored once, an aligned word by one store: as soon as a CPU can see a word it
 * may write that word itself, and a second store (memcpy() makes two that overlap) would undo that.
 */
void mem_put(void *to, const void *from, size_t len);

u64 mem_ggtt_pte(struct model *m, u64 index);

#endif
