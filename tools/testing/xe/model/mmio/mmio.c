// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: the row of a register defines it; here is only the machinery. Tables are proven when the
 * device is made: a wrong table is a model bug and stops it before the guest runs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "inject/inject.h"
#include "mem/mem.h"
#include "mmio/irq.h"
#include "mmio/mmio.h"
#include "mmio/state.h"
#include "mmio/tables.h"
#include "model.h"
#include "obs/obs.h"

static const struct reg_table *const tables[] = {
	&gt_regs, &power_regs, &uc_regs, &tuning_regs, &master_regs, &irq_regs, &display_regs,
	&pcode_regs, &device_regs, &window_regs,
};

static int row_compare(const void *a, const void *b)
{
	const struct reg_row *const *x = a, *const *y = b;

	return ((*x)->off > (*y)->off) - ((*x)->off < (*y)->off);
}

static const char *check_row(const struct reg_row *row)
{
	u64 end = row->off + (u64)(reg_row_count(row) - 1) * reg_row_stride(row) + 4;

	if (!row->name || !*row->name)
		return "row without a name";
	if (!row->ref || !*row->ref)
		return "row without a reference";
	if (row->off & 3 || reg_row_stride(row) & 3 || end > BAR0_REG_BYTES)
		return "row outside the register file or not aligned";
	if (row->rw & row->w1c)
		return "a bit is both kept and cleared by a write";
	if (row->masked && (row->rw >> 16 || row->w1c))
		return "a masked register holds 16 bits";
	return NULL;
}

static const char *check_names(const struct reg_row *const *rows, u32 count)
{
	for (u32 i = 0; i < count; i++)
		for (u32 j = 0; j < i; j++)
			if (!strcmp(rows[i]->name, rows[j]->name))
				return "two rows of one name";
	return NULL;
}

/* every dword belongs to one row at most; row_of says to which */
static const char *claim(const struct reg_row *row, u32 index, u16 *row_of)
{
	for (u32 i = 0; i < reg_row_count(row); i++) {
		u32 dword = (row->off + i * reg_row_stride(row)) / 4;

		if (row_of[dword] != REG_ROW_NONE)
			return "two rows claim one register";
		row_of[dword] = (u16)index;
	}
	return NULL;
}

static const char *check_and_claim(const struct reg_row *const *rows, u32 count, u16 *row_of)
{
	const char *wrong;

	if (count >= REG_ROW_NONE)
		return "too many rows";
	for (u32 i = 0; i < count; i++) {
		if (i && rows[i]->off <= rows[i - 1]->off)
			return "rows not sorted";
		wrong = check_row(rows[i]);
		if (!wrong)
			wrong = claim(rows[i], i, row_of);
		if (wrong)
			return wrong;
	}
	return check_names(rows, count);
}

static u16 *new_row_of(void)
{
	u16 *row_of = malloc(BAR0_REG_BYTES / 4 * sizeof(*row_of));

	if (row_of)
		memset(row_of, 0xff, BAR0_REG_BYTES / 4 * sizeof(*row_of));
	return row_of;
}

const char *mmio_check_rows(const struct reg_row *const *rows, u32 count)
{
	u16 *row_of = new_row_of();
	const char *wrong = row_of ? check_and_claim(rows, count, row_of) : "out of memory";

	free(row_of);
	return wrong;
}

/* the media GT's row of one that both GTs have */
static int add_media_row(struct model *m, const struct reg_row *row)
{
	struct mmio *mmio = m->mmio;
	struct reg_row *copy = &mmio->media_rows[mmio->num_media];
	char *name;

	model_assert(m, row->off < GSI_BYTES);
	if (asprintf(&name, "MEDIA_%s", row->name) < 0)
		return -ENOMEM;
	*copy = *row;
	copy->name = name;
	copy->off += GSI_MEDIA;
	mmio->rows[mmio->num_rows++] = copy;
	mmio->num_media++;
	return 0;
}

static int add_table(struct model *m, const struct reg_table *table)
{
	int err = 0;

	for (u32 i = 0; !err && i < table->count; i++) {
		m->mmio->rows[m->mmio->num_rows++] = &table->rows[i];
		if (table->rows[i].media)
			err = add_media_row(m, &table->rows[i]);
	}
	return err;
}

/* each table is sorted by itself, so a reader finds a row; the merged one is what runs */
static int merge_tables(struct model *m)
{
	struct mmio *mmio = m->mmio;
	u32 rows = 0, media = 0;
	const char *wrong;

	for (u32 i = 0; i < ARRAY_SIZE(tables); i++) {
		for (u32 j = 1; j < tables[i]->count; j++)
			model_assert(m, tables[i]->rows[j].off > tables[i]->rows[j - 1].off);
		for (u32 j = 0; j < tables[i]->count; j++)
			media += tables[i]->rows[j].media;
		rows += tables[i]->count;
	}
	mmio->rows = calloc(rows + media, sizeof(*mmio->rows));
	mmio->media_rows = calloc(media, sizeof(*mmio->media_rows));
	mmio->row_of = new_row_of();
	if (!mmio->rows || !mmio->media_rows || !mmio->row_of)
		return -ENOMEM;
	for (u32 i = 0; i < ARRAY_SIZE(tables); i++)
		if (add_table(m, tables[i]))
			return -ENOMEM;
	qsort(mmio->rows, mmio->num_rows, sizeof(*mmio->rows), row_compare);
	wrong = check_and_claim(mmio->rows, mmio->num_rows, mmio->row_of);
	if (wrong)
		model_bug(m, "register tables: %s", wrong);
	return 0;
}

int mmio_init(struct model *m)
{
	struct mmio *mmio = m->mmio;

	mmio->bar0_fd = memfd_create("bar0", MFD_CLOEXEC);
	if (mmio->bar0_fd < 0 || ftruncate(mmio->bar0_fd, BAR0_BYTES))
		return -errno;
	mmio->regs = mmap(NULL, BAR0_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, mmio->bar0_fd, 0);
	if (mmio->regs == MAP_FAILED) {
		mmio->regs = NULL;
		return -errno;
	}
	m->mem->ggtt = (u64 *)((u8 *)mmio->regs + BAR0_GGTT);
	return merge_tables(m);
}

void mmio_fini(struct model *m)
{
	struct mmio *mmio = m->mmio;

	free(mmio->row_of);
	for (u32 i = 0; i < mmio->num_media; i++)
		free((char *)mmio->media_rows[i].name);
	free(mmio->media_rows);
	free(mmio->rows);
	if (mmio->regs)
		munmap(mmio->regs, BAR0_BYTES);
	if (mmio->bar0_fd >= 0)
		close(mmio->bar0_fd);
	memset(mmio, 0, sizeof(*mmio));
	mmio->bar0_fd = -1;
	m->mem->ggtt = NULL;
}

/*
 * CPUs write to this read-only register without a trap, see pci.c. What they write is gone at the next access that
 * traps, and before it reads its register the driver wakes the GT.
 */
static void restore_media_id(struct model *m)
{
	reg_set(m, GSI_MEDIA + REG_GMD_ID, inject_get(m, KNOB_media_gt) ? m->plat->gts[GT_MEDIA].gmd_id : 0);
}

static const struct reg_row *row_at(struct model *m, u32 off)
{
	u16 index = m->mmio->row_of[off / 4];

	return index == REG_ROW_NONE ? NULL : m->mmio->rows[index];
}

static void say_asleep(struct model *m, const struct reg_row *row, u32 off)
{
	if (row->fw && !power_awake(m, reg_gt(off), row->fw))
		obs_event(m, EV_REG_ASLEEP, off, row->fw);
}

static bool outside(struct model *m, u32 off)
{
	if (off < BAR0_REG_BYTES && !(off & 3))
		return false;
	obs_guest_error(m, "register access outside the file or not aligned", off);
	return true;
}

u32 mmio_read(struct model *m, u32 off)
{
	const struct reg_row *row;
	u32 val;

	if (outside(m, off))
		return 0;
	restore_media_id(m);
	row = row_at(m, off);
	if (!row)
		obs_unimplemented(m, "register", off);
	else
		say_asleep(m, row, off);
	val = row && row->read ? row->read(m, off) : reg_get(m, off);
	obs_event(m, EV_MMIO_READ, off, val);
	return val;
}

void mmio_write(struct model *m, u32 off, u32 val)
{
	const struct reg_row *row;

	if (outside(m, off))
		return;
	restore_media_id(m);
	obs_event(m, EV_MMIO_WRITE, off, val);
	row = row_at(m, off);
	if (!row) {
		obs_unimplemented(m, "register", off);
		reg_set(m, off, val);
		return;
	}
	say_asleep(m, row, off);
	if (row->write)
		row->write(m, off, val);
	else if (row->rw || row->w1c)
		reg_store(m, row, off, val);
	else
		obs_event(m, EV_REG_READ_ONLY, off, val);
}

const struct model_port mmio_port = {
	.get = reg_get,
	.set = reg_set,
	.read = mmio_read,
	.write = mmio_write,
	.raise = irq_raise,
	.held_by_gt = irq_held_by_gt,
	.held = irq_held,
};
