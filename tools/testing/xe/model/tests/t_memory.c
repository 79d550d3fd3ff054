// SPDX-License-Identifier: GPL-2.0
/* Guest memory by piece: what is mapped is reached exactly, what is not is an oracle hit and harms nothing. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fake_host.h"

#define SYS(a) ((struct mem_addr){ MEM_SYS, (a) })
#define VRAM(a) ((struct mem_addr){ MEM_VRAM, (a) })

static void access_crosses_adjacent_pieces(void **state)
{
	struct fake_host *f = *state;
	u8 *low = fake_ram(f, 0x1000, 0x1000, true), *high = fake_ram(f, 0x2000, 0x1000, true);
	u8 out[16] = "0123456789abcde", in[16];

	assert_true(mem_write(&f->m, SYS(0x1ff8), out, 16));
	assert_memory_equal(low + 0xff8, "01234567", 8);
	assert_memory_equal(high, "89abcde", 8);
	assert_true(mem_read(&f->m, SYS(0x1ff8), in, 16));
	assert_memory_equal(in, out, 16);
	assert_int_equal(obs_count(&f->m, EV_ORACLE), 0);
}

static void access_into_a_hole_changes_nothing(void **state)
{
	struct fake_host *f = *state;
	u8 *low = fake_ram(f, 0x1000, 0x1000, true), buf[16];

	memset(buf, 0xee, sizeof(buf));
	assert_false(mem_write(&f->m, SYS(0x1ff8), buf, 16));
	assert_int_equal(low[0xff8], 0);
	assert_false(mem_read(&f->m, SYS(0x1ff8), buf, 16));
	for (u32 i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 0);
	assert_int_equal(obs_count(&f->m, EV_ORACLE), 2);
	assert_int_equal(obs_count(&f->m, EV_MEM_UNBACKED), 2);
}

static void read_only_piece_is_not_written(void **state)
{
	struct fake_host *f = *state;
	u8 *rom = fake_ram(f, 0xc0000, 0x1000, false);
	u32 val = 0x12345678;

	memset(rom, 0x55, 4);
	assert_false(mem_write(&f->m, SYS(0xc0000), &val, 4));
	assert_int_equal(rom[0], 0x55);
	assert_true(mem_read(&f->m, SYS(0xc0000), &val, 4));
	assert_int_equal(val, 0x55555555);
	assert_int_equal(obs_count(&f->m, EV_MEM_READ_ONLY), 1);
	assert_int_equal(obs_count(&f->m, EV_ORACLE), 1);
}

static void piece_without_file_is_out_of_reach(void **state)
{
	struct fake_host *f = *state;
	u32 val;

	assert_int_equal(mem_insert(&f->m, 0x1000, 0x1000, NULL, true), 0);
	assert_false(mem_read(&f->m, SYS(0x1000), &val, 4));
	assert_int_equal(obs_count(&f->m, EV_MEM_UNBACKED), 1);
	assert_int_equal(mem_remove(&f->m, 0x1000, 0x1000), 0);
}

static void pieces_do_not_overlap(void **state)
{
	struct fake_host *f = *state;

	fake_ram(f, 0x4000, 0x4000, true);
	assert_int_equal(mem_insert(&f->m, 0x4000, 0x4000, NULL, true), -EEXIST);
	assert_int_equal(mem_insert(&f->m, 0x7000, 0x2000, NULL, true), -EEXIST);
	assert_int_equal(mem_insert(&f->m, 0x3000, 0x2000, NULL, true), -EEXIST);
	assert_int_equal(mem_insert(&f->m, 0x5000, 0x1000, NULL, true), -EEXIST);
	assert_int_equal(mem_insert(&f->m, 0x0, 0x10000, NULL, true), -EEXIST);
	assert_int_equal(mem_insert(&f->m, 0x9000, 0, NULL, true), -EINVAL);
	assert_int_equal(mem_insert(&f->m, ~0ul - 0xfff, 0x2000, NULL, true), -EINVAL);
	assert_int_equal(mem_insert(&f->m, 0x8000, 0x1000, NULL, true), 0);
	assert_int_equal(mem_insert(&f->m, 0x3000, 0x1000, NULL, true), 0);
}

static void removal_splits_no_piece(void **state)
{
	struct fake_host *f = *state;
	u32 val;

	fake_ram(f, 0x4000, 0x4000, true);
	assert_int_equal(mem_remove(&f->m, 0x4000, 0x1000), -EINVAL);
	assert_int_equal(mem_remove(&f->m, 0x5000, 0x3000), -EINVAL);
	assert_true(mem_read(&f->m, SYS(0x7ffc), &val, 4));
	assert_int_equal(mem_remove(&f->m, 0x4000, 0x4000), 0);
	assert_int_equal(mem_remove(&f->m, 0x4000, 0x4000), 0);
	assert_false(mem_read(&f->m, SYS(0x7ffc), &val, 4));
}

/* the firmware's game: RAM comes whole, goes, and comes back in pieces, one of them read-only */
static void memory_may_be_split_and_come_back(void **state)
{
	struct fake_host *f = *state;
	u32 val = 1;

	fake_ram(f, 0, 0x100000, true);
	assert_true(mem_write(&f->m, SYS(0xc8000), &val, 4));
	assert_int_equal(mem_remove(&f->m, 0, 0x100000), 0);
	fake_ram(f, 0xd0000, 0x30000, true);
	fake_ram(f, 0, 0xc0000, true);
	fake_ram(f, 0xc0000, 0x10000, false);
	assert_false(mem_write(&f->m, SYS(0xc8000), &val, 4));
	assert_true(mem_write(&f->m, SYS(0xbfffc), &val, 4));
	assert_true(mem_write(&f->m, SYS(0xd0000), &val, 4));
	assert_int_equal(f->m.mem->num_pieces, 3);
	for (u32 i = 1; i < 3; i++)
		assert_true(f->m.mem->pieces[i - 1].iova < f->m.mem->pieces[i].iova);
}

/* an IOMMU maps page by page, and takes back the whole range */
static void removal_takes_all_pieces_of_a_range(void **state)
{
	struct fake_host *f = *state;
	u32 val;

	for (u64 iova = 0x4000; iova < 0x9000; iova += 0x1000)
		fake_ram(f, iova, 0x1000, true);
	assert_int_equal(obs_count(&f->m, EV_MEM_PAGES), 5);
	assert_int_equal(mem_remove(&f->m, 0x4800, 0x2800), -EINVAL);
	assert_int_equal(mem_remove(&f->m, 0x5000, 0), -EINVAL);
	assert_int_equal(mem_remove(&f->m, 0x5000, 0x3000), 0);
	assert_int_equal(obs_count(&f->m, EV_MEM_PAGES), 2);
	assert_true(mem_read(&f->m, SYS(0x4ffc), &val, 4));
	assert_false(mem_read(&f->m, SYS(0x5000), &val, 4));
	assert_false(mem_read(&f->m, SYS(0x7ffc), &val, 4));
	assert_true(mem_read(&f->m, SYS(0x8000), &val, 4));
	assert_int_equal(mem_remove(&f->m, 0, 1ull << 48), 0);
	assert_int_equal(f->m.mem->num_pieces, 0);
	assert_int_equal(obs_count(&f->m, EV_MEM_PAGES), 0);
}

static int new_file(u64 size)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static u32 files_mapped(const struct fake_host *f)
{
	u32 n = 0;

	for (u32 i = 0; i < MEM_FILES_MAX; i++)
		n += f->m.mem->files[i].pieces != 0;
	return n;
}

/* more pieces than a process can have mappings, in any order, of one file */
static void pieces_of_a_file_share_its_mapping(void **state)
{
	struct fake_host *f = *state;
	int fd = new_file(1u << 29);
	u32 pages = 70000, val;

	for (u32 i = 0; i < pages; i++) {
		u32 page = i * 3 % pages;

		assert_int_equal(mem_insert_file(&f->m, (u64)(pages - i) << 12, 0x1000, fd, (u64)page << 12, true), 0);
		if (i < 16)
			assert_true(mem_write(&f->m, SYS((u64)(pages - i) << 12), &page, 4));
	}
	assert_int_equal(files_mapped(f), 1);
	for (u32 i = 0; i < 16; i++) {
		assert_int_equal(pread(fd, &val, 4, (off_t)(i * 3) << 12), 4);
		assert_int_equal(val, i * 3);
	}
	/* the same pages elsewhere, read-only */
	assert_int_equal(mem_insert_file(&f->m, 1ull << 40, 0x2000, fd, 0, false), 0);
	assert_int_equal(files_mapped(f), 2);
	assert_false(mem_write(&f->m, SYS(1ull << 40), &val, 4));
	assert_int_equal(mem_remove(&f->m, 0, 1ull << 39), 0);
	assert_int_equal(files_mapped(f), 1);
	assert_true(mem_read(&f->m, SYS(1ull << 40), &val, 4));
	assert_int_equal(mem_remove(&f->m, 1ull << 40, 0x2000), 0);
	assert_int_equal(files_mapped(f), 0);
	close(fd);
}

/* a file that has grown is another mapping; one piece more than there is room for files is refused */
static void files_are_counted(void **state)
{
	struct fake_host *f = *state;
	int fd = new_file(0x1000), fds[MEM_FILES_MAX];

	assert_int_equal(mem_insert_file(&f->m, 0, 0x2000, fd, 0, true), -EINVAL);
	assert_int_equal(mem_insert_file(&f->m, 0, 0x1000, fd, 0, true), 0);
	assert_int_equal(mem_insert_file(&f->m, 0, 0x1000, fd, 0, true), -EEXIST);
	assert_int_equal(ftruncate(fd, 0x2000), 0);
	assert_int_equal(mem_insert_file(&f->m, 0x1000, 0x1000, fd, 0x1000, true), 0);
	assert_int_equal(files_mapped(f), 2);
	for (u32 i = 2; i < MEM_FILES_MAX; i++) {
		fds[i] = new_file(0x1000);
		assert_int_equal(mem_insert_file(&f->m, (u64)i << 12, 0x1000, fds[i], 0, true), 0);
		close(fds[i]);
	}
	fds[0] = new_file(0x1000);
	assert_int_equal(mem_insert_file(&f->m, 1ull << 30, 0x1000, fds[0], 0, true), -ENOSPC);
	assert_int_equal(mem_remove(&f->m, 0, 0x1000), 0);
	assert_int_equal(mem_insert_file(&f->m, 1ull << 30, 0x1000, fds[0], 0, true), 0);
	close(fds[0]);
	close(fd);
}

static void table_grows_to_its_limit(void **state)
{
	struct fake_host *f = *state;
	u32 n = 0;

	while (!mem_insert(&f->m, (u64)n << 13, 0x1000, NULL, true))
		n++;
	assert_int_equal(n, MEM_PIECES_MAX);
	mem_remove_all(&f->m);
	assert_int_equal(mem_insert(&f->m, 0, 0x1000, NULL, true), 0);
}

static void chunk_is_cut_to_its_piece(void **state)
{
	struct fake_host *f = *state;
	u8 *ram = fake_ram(f, 0x1000, 0x2000, true);
	size_t len = 0x10000;

	assert_ptr_equal(mem_map_chunk(&f->m, SYS(0x1800), &len, true), ram + 0x800);
	assert_int_equal(len, 0x1800);
}

static void vram_ends_where_it_ends(void **state)
{
	struct fake_host *f = *state;
	u64 end = f->m.mem->vram_size;
	u32 val = 5, back;

	assert_true(mem_write(&f->m, VRAM(end - 4), &val, 4));
	assert_true(mem_read(&f->m, VRAM(end - 4), &back, 4));
	assert_int_equal(back, 5);
	assert_false(mem_write(&f->m, VRAM(end - 2), &val, 4));
	assert_false(mem_read(&f->m, VRAM(end), &val, 4));
	assert_true(mem_read(&f->m, VRAM(end - 4), &back, 4));
	assert_int_equal(back, 5);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(access_crosses_adjacent_pieces),
		T(access_into_a_hole_changes_nothing),
		T(read_only_piece_is_not_written),
		T(piece_without_file_is_out_of_reach),
		T(pieces_do_not_overlap),
		T(removal_splits_no_piece),
		T(removal_takes_all_pieces_of_a_range),
		T(pieces_of_a_file_share_its_mapping),
		T(files_are_counted),
		T(memory_may_be_split_and_come_back),
		T(table_grows_to_its_limit),
		T(chunk_is_cut_to_its_piece),
		T(vram_ends_where_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
