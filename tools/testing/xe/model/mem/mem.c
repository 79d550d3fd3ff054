// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: the GPU reaches memory through this file and nowhere else. An access that no piece backs, or a write
 * through a read-only piece, changes nothing, reads zeroes and is an oracle hit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem/mem.h"
#include "model.h"
#include "obs/obs.h"

int mem_init(struct model *m, u64 vram_size)
{
	struct mem *mem = m->mem;

	mem->vram_fd = -1;
	if (!vram_size)
		return 0;
	mem->vram_fd = memfd_create("vram", MFD_CLOEXEC);
	if (mem->vram_fd < 0 || ftruncate(mem->vram_fd, (off_t)vram_size))
		return -errno;
	mem->vram = mmap(NULL, vram_size, PROT_READ | PROT_WRITE, MAP_SHARED, mem->vram_fd, 0);
	if (mem->vram == MAP_FAILED) {
		mem->vram = NULL;
		return -errno;
	}
	mem->vram_size = vram_size;
	return 0;
}

void mem_fini(struct model *m)
{
	struct mem *mem = m->mem;

	mem_remove_all(m);
	free(mem->pieces);
	mem->pieces = NULL;
	mem->max_pieces = 0;
	if (mem->vram)
		munmap(mem->vram, mem->vram_size);
	mem->vram = NULL;
	if (mem->vram_fd >= 0)
		close(mem->vram_fd);
	mem->vram_fd = -1;
}

/* index of the first piece that ends after iova */
static u32 piece_from(const struct mem *mem, u64 iova)
{
	u32 lo = 0, hi = mem->num_pieces;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;
		const struct mem_piece *p = &mem->pieces[mid];

		if (p->iova + (p->size - 1) < iova)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool grow(struct mem *mem)
{
	u32 max = mem->max_pieces ? mem->max_pieces * 2 : 64;
	struct mem_piece *pieces;

	if (mem->num_pieces < mem->max_pieces)
		return true;
	if (max > MEM_PIECES_MAX)
		return false;
	pieces = realloc(mem->pieces, max * sizeof(*pieces));
	if (!pieces)
		return false;
	mem->pieces = pieces;
	mem->max_pieces = max;
	return true;
}

/* that the GPU can reach */
static u64 piece_pages(const struct mem_piece *p)
{
	return p->map ? p->size >> 12 : 0;
}

static int insert(struct model *m, const struct mem_piece *piece)
{
	struct mem *mem = m->mem;
	u64 iova = piece->iova, size = piece->size;
	u32 at;

	if (!size || iova + (size - 1) < iova)
		return -EINVAL;
	at = piece_from(mem, iova);
	if (at < mem->num_pieces && mem->pieces[at].iova <= iova + (size - 1))
		return -EEXIST;
	if (!grow(mem))
		return -ENOSPC;
	memmove(&mem->pieces[at + 1], &mem->pieces[at], (mem->num_pieces - at) * sizeof(*mem->pieces));
	mem->pieces[at] = *piece;
	mem->num_pieces++;
	if (mem->num_pieces > obs_count(m, EV_MEM_PIECES_MOST))
		obs_add(m, EV_MEM_PIECES_MOST, 1);
	obs_add(m, EV_MEM_PAGES, piece_pages(piece));
	return 0;
}

int mem_insert(struct model *m, u64 iova, u64 size, void *map, bool write)
{
	return insert(m, &(struct mem_piece){
		.iova = iova, .size = size, .map = map, .file = MEM_NO_FILE, .write = write });
}

/* Return: the index of the file that st and size describe, or of a free slot, or MEM_NO_FILE */
static u16 file_find(const struct mem *mem, const struct stat *st, u64 end, bool write)
{
	u16 free = MEM_NO_FILE;

	for (u16 i = 0; i < MEM_FILES_MAX; i++) {
		const struct mem_file *file = &mem->files[i];

		if (!file->pieces)
			free = i;
		else if (file->dev == st->st_dev && file->ino == st->st_ino && file->write == write &&
			 file->size >= end)
			return i;
	}
	return free;
}

/* an access beyond the end of a file kills the process */
int mem_insert_file(struct model *m, u64 iova, u64 size, int fd, u64 offset, bool write)
{
	struct mem *mem = m->mem;
	struct mem_file *file;
	struct stat st;
	int err;
	u16 at;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || offset + size < offset || offset + size > (u64)st.st_size)
		return -EINVAL;
	at = file_find(mem, &st, offset + size, write);
	if (at == MEM_NO_FILE)
		return -ENOSPC;
	file = &mem->files[at];
	if (!file->pieces) {
		void *map = mmap(NULL, (size_t)st.st_size, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED, fd, 0);

		if (map == MAP_FAILED)
			return -errno;
		*file = (struct mem_file){ st.st_dev, st.st_ino, map, (u64)st.st_size, write, 0 };
	}
	err = insert(m, &(struct mem_piece){
		.iova = iova, .size = size, .map = file->map + offset, .file = at, .write = write });
	if (!err)
		file->pieces++;
	else if (!file->pieces)
		munmap(file->map, file->size);
	return err;
}

static void piece_unmap(struct model *m, struct mem_piece *p)
{
	struct mem_file *file;

	obs_add(m, EV_MEM_PAGES, -piece_pages(p));
	if (p->file == MEM_NO_FILE) {
		if (p->map)
			munmap(p->map, p->size);
		return;
	}
	file = &m->mem->files[p->file];
	if (!--file->pieces)
		munmap(file->map, file->size);
}

/*
 * As VFIO does it for devices that exist: an IOMMU takes back in one range what it gave page by page, and what it
 * never gave; but no part of what it gave as one.
 */
int mem_remove(struct model *m, u64 iova, u64 size)
{
	struct mem *mem = m->mem;
	u32 first = piece_from(mem, iova), end = first;

	if (!size || iova + (size - 1) < iova)
		return -EINVAL;
	for (; end < mem->num_pieces && mem->pieces[end].iova <= iova + (size - 1); end++) {
		const struct mem_piece *p = &mem->pieces[end];

		if (p->iova < iova || p->iova + (p->size - 1) > iova + (size - 1))
			return -EINVAL;
	}
	for (u32 i = first; i < end; i++)
		piece_unmap(m, &mem->pieces[i]);
	memmove(&mem->pieces[first], &mem->pieces[end], (mem->num_pieces - end) * sizeof(*mem->pieces));
	mem->num_pieces -= end - first;
	mem->last = 0;
	return 0;
}

void mem_remove_all(struct model *m)
{
	for (u32 i = 0; i < m->mem->num_pieces; i++)
		piece_unmap(m, &m->mem->pieces[i]);
	m->mem->num_pieces = 0;
	m->mem->last = 0;
}

static struct mem_piece *piece_find(struct mem *mem, u64 pa)
{
	struct mem_piece *p;
	u32 at = mem->last;

	if (at < mem->num_pieces && pa - mem->pieces[at].iova < mem->pieces[at].size)
		return &mem->pieces[at];
	at = piece_from(mem, pa);
	if (at == mem->num_pieces)
		return NULL;
	p = &mem->pieces[at];
	if (pa < p->iova)
		return NULL;
	mem->last = at;
	return p;
}

static void *unbacked(struct model *m, struct mem_addr a, size_t len)
{
	obs_event(m, EV_MEM_UNBACKED, a.pa, len);
	obs_oracle(m, a.space == MEM_VRAM ? "access beyond VRAM" : "access without memory", a.pa & ~0xfffull);
	return NULL;
}

static void *read_only(struct model *m, struct mem_addr a, size_t len)
{
	obs_event(m, EV_MEM_READ_ONLY, a.pa, len);
	obs_oracle(m, "write to read-only memory", a.pa & ~0xfffull);
	return NULL;
}

void *mem_map_chunk(struct model *m, struct mem_addr a, size_t *len, bool write)
{
	struct mem *mem = m->mem;
	struct mem_piece *p;
	u64 room;

	if (a.space == MEM_VRAM) {
		if (a.pa >= mem->vram_size)
			return unbacked(m, a, *len);
		room = mem->vram_size - a.pa;
		*len = *len < room ? *len : room;
		return mem->vram + a.pa;
	}
	p = piece_find(mem, a.pa);
	if (!p || !p->map)
		return unbacked(m, a, *len);
	if (write && !p->write)
		return read_only(m, a, *len);
	room = p->size - (a.pa - p->iova);
	*len = *len < room ? *len : room;
	return p->map + (a.pa - p->iova);
}

/* a word that is loaded or stored at once, wherever it lies */
struct word8 { u64 val; } __attribute__((packed, may_alias));
struct word4 { u32 val; } __attribute__((packed, may_alias));

/* the most bytes, of len, that one access at an address of this alignment can be */
static size_t unit(const void *at, size_t len)
{
	if (len >= 8 && !((uintptr_t)at % 8))
		return 8;
	return len >= 4 && !((uintptr_t)at % 4) ? 4 : 1;
}

/*
 * Each byte once, each word that is aligned at the guest's end by one access: the driver polls and updates such
 * words while we run.
 */
static inline void copy(u8 *to, const u8 *from, size_t len, bool guest_is_to)
{
	size_t n;

	for (; len; to += n, from += n, len -= n) {
		n = unit(guest_is_to ? to : from, len);
		if (n == 8)
			((volatile struct word8 *)to)->val = ((const volatile struct word8 *)from)->val;
		else if (n == 4)
			((volatile struct word4 *)to)->val = ((const volatile struct word4 *)from)->val;
		else
			*(volatile u8 *)to = *(const volatile u8 *)from;
	}
}

void mem_put(void *to, const void *from, size_t len)
{
	copy(to, from, len, true);
}

bool mem_read(struct model *m, struct mem_addr a, void *buf, size_t len)
{
	u8 *to = buf;
	size_t left = len;

	while (left) {
		size_t n = left;
		const void *from = mem_map_chunk(m, a, &n, false);

		if (!from) {
			memset(buf, 0, len);
			return false;
		}
		copy(to, from, n, false);
		to += n;
		a.pa += n;
		left -= n;
	}
	return true;
}

/* true if all of it can be written: a write happens as a whole or not at all */
static bool writable(struct model *m, struct mem_addr a, size_t len)
{
	while (len) {
		size_t n = len;

		if (!mem_map_chunk(m, a, &n, true))
			return false;
		a.pa += n;
		len -= n;
	}
	return true;
}

bool mem_write(struct model *m, struct mem_addr a, const void *buf, size_t len)
{
	const u8 *from = buf;

	if (!writable(m, a, len))
		return false;
	while (len) {
		size_t n = len;
		void *to = mem_map_chunk(m, a, &n, true);

		mem_put(to, from, n);
		from += n;
		a.pa += n;
		len -= n;
	}
	return true;
}

u64 mem_ggtt_pte(struct model *m, u64 index)
{
	if (index >= GGTT_BYTES / sizeof(u64))
		return 0;
	return ((const volatile u64 *)m->mem->ggtt)[index];
}
