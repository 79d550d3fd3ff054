// SPDX-License-Identifier: GPL-2.0
/*
 * A call of the grammar with arguments as they should be.
 *
 * Each word that is written is kept as a leaf, for mutate.c to change and for
 * perform.c to read what the kernel returned.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ioctlfuzz.h"

#define PAGE		4096UL
#define ALIGNMENT	64

/* Space that a field took: LEN fields count it. */
struct extent {
	size_t size, bytes, elements;
};

static char *allocate(struct worker *w, size_t size)
{
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (w->next + size > w->area_end)
		w->next = w->area;
	if (w->next + size > w->area_end)
		abort();
	w->next += size;
	return w->next - size;
}

static void put(struct worker *w, const struct field *field, char *at, const struct type *type,
		uint64_t value)
{
	struct call *call = &w->call;

	memcpy(at, &value, type->size);
	if (call->num_leaves == MAX_LEAVES)
		abort();
	call->leaves[call->num_leaves++] = (struct leaf) { at, type, field };
}

/* Without its end where that does not fit. */
static void put_string(char *at, const char *string, size_t size)
{
	size_t length = strlen(string) + 1;

	memcpy(at, string, length < size ? length : size);
}

/* Descriptors are known by number; everything else is what the kernel called it. */
static uint64_t resource(struct worker *w, const struct def *def)
{
	unsigned int kind = def->kinds[choose_below(w, def->num_kinds)];
	unsigned int slot = choose_below(w, NUM_SLOTS), other = choose_below(w, NUM_SLOTS);

	/* Low ones more often: they are there from the beginning. */
	slot = other < slot ? other : slot;
	if (w->force_slot >= 0)
		slot = w->force_slot;
	if (!strcmp(def->name, "fd_xe"))
		return FD_BASE + w->call.fd;
	return atomic_load(&w->slots[w->call.fd][kind][slot]);
}

static struct extent vma(struct worker *w, const struct field *field, char *at,
			 const struct type *type)
{
	const unsigned long whole = ARENA_SIZE / PAGE;
	unsigned long pages, first;

	/* Small ones more often, and whole blocks. */
	pages = type->low + choose_below(w, type->high - type->low + 1);
	if (choose_below(w, 2))
		pages = type->low + choose_below(w, (type->high - type->low) / 16 + 1);
	first = choose_below(w, whole - pages + 1);
	if (type->high >= 512 && !choose_below(w, 4)) {
		pages = 512;
		first = first / 512 * 512;
	}
	put(w, field, at, type, ARENA_START + first * PAGE);
	return (struct extent) { 8, pages * PAGE, pages * PAGE };
}

static struct extent emit_def(struct worker *w, const struct def *def, char *at);

static struct extent emit(struct worker *w, const struct field *field, const struct type *type,
			  char *at);

static struct extent array(struct worker *w, const struct field *field, const struct type *type,
			   char *at)
{
	unsigned int i, count = type->low + choose_below(w, type->high - type->low + 1);
	struct extent extent = { .elements = count };

	for (i = 0; i < count; i++)
		extent.size += emit(w, field, type->of, at + extent.size).size;
	extent.bytes = extent.size;
	return extent;
}

static struct extent pointer(struct worker *w, const struct field *field, const struct type *type,
			     char *at)
{
	struct extent extent = { .elements = 1 };
	bool empty = type->optional && choose_below(w, 8);
	char *to;

	if (empty) {
		put(w, field, at, type, 0);
		return (struct extent) { .size = 8 };
	}
	to = allocate(w, type->of->size);
	memset(to, 0, type->of->size);
	extent = emit(w, field, type->of, to);
	extent.bytes = extent.size;
	extent.size = 8;
	put(w, field, at, type, (uintptr_t)to);
	return extent;
}

static struct extent emit(struct worker *w, const struct field *field, const struct type *type,
			  char *at)
{
	struct extent extent = { type->size, type->size, 1 };
	const struct def *def = type->def;

	switch (type->kind) {
	case KIND_INT:
		put(w, field, at, type, type->high - type->low == ~0ULL ? choose_word(w) :
		    type->low + choose_word(w) % (type->high - type->low + 1));
		break;
	case KIND_CONST:
		put(w, field, at, type, type->low);
		break;
	case KIND_FLAGS:
		put(w, field, at, type, def->values[choose_below(w, def->num_values)]);
		break;
	case KIND_LEN:		/* emit_def() knows it in the end */
		put(w, field, at, type, 0);
		break;
	case KIND_RESOURCE:
		put(w, field, at, type, field->out ? 0 : resource(w, def));
		break;
	case KIND_STRING:
		put_string(at, def->strings[choose_below(w, def->num_values)], type->size);
		break;
	case KIND_VMA:
		return vma(w, field, at, type);
	case KIND_PTR:
		return pointer(w, field, type, at);
	case KIND_ARRAY:
		return array(w, field, type, at);
	case KIND_STRUCT:
		return emit_def(w, def, at);
	}
	return extent;
}

static void fill_lengths(const struct def *def, const struct extent *extents, char *const *at)
{
	unsigned int i, j;

	for (i = 0; i < def->num_fields; i++) {
		const struct type *type = def->fields[i].type;

		for (j = 0; type->kind == KIND_LEN && j < def->num_fields; j++)
			if (!strcmp(def->fields[j].name, type->name))
				memcpy(at[i], type->in_bytes ? &extents[j].bytes :
				       &extents[j].elements, type->size);
	}
}

static struct extent emit_def(struct worker *w, const struct def *def, char *at)
{
	struct extent extents[MAX_FIELDS], extent = { .elements = 1 };
	char *fields[MAX_FIELDS];
	unsigned int i;

	if (def->kind == DEF_UNION) {
		i = choose_below(w, def->num_fields);
		extent = emit(w, &def->fields[i], def->fields[i].type, at);
		if (!def->varlen)
			extent.size = def->size;
		extent.elements = 1;
		return extent;
	}
	for (i = 0; i < def->num_fields; i++) {
		const struct type *type = def->fields[i].type;

		if (!def->packed)
			extent.size = (extent.size + type->align - 1) / type->align * type->align;
		fields[i] = at + extent.size;
		extents[i] = emit(w, &def->fields[i], type, fields[i]);
		extent.size += extents[i].size;
	}
	fill_lengths(def, extents, fields);
	if (!def->packed)
		extent.size = def->size;
	extent.bytes = extent.size;
	return extent;
}

void generate_call(struct worker *w, const struct def *def)
{
	struct call *call = &w->call;
	struct extent extents[MAX_FIELDS];
	char *fields[MAX_FIELDS];
	unsigned int i;

	call->def = def;
	call->mode = MODE_VALID;
	call->num_leaves = 0;
	call->fd = choose_below(w, NUM_FDS);
	call->slot = choose_below(w, NUM_SLOTS);
	if (w->force_slot >= 0)
		call->slot = w->force_slot;
	if (w->force_fd >= 0)
		call->fd = w->force_fd;
	memset(call->args, 0, sizeof(call->args));
	for (i = 0; i < def->num_fields; i++) {
		fields[i] = (char *)&call->args[i];
		extents[i] = emit(w, &def->fields[i], def->fields[i].type, fields[i]);
	}
	fill_lengths(def, extents, fields);
}
