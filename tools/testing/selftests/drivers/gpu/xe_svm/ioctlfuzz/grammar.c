// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the subset of syzlang that xe.txt is written in.
 *
 * Two passes: definitions first, so that they can be used before they are made, then
 * what they consist of. At the end every ioctl's struct has to have the size that its
 * command says, and every ioctl of the driver has to be there.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "grammar.h"

#define MAX_DEFS	256
#define TOKEN_LENGTH	80

struct reader {
	struct grammar *grammar;
	const char *at;
	unsigned int line;
	char token[TOKEN_LENGTH];
	/* what a comment declares of the next call */
	unsigned int weight;
	bool first;
};

static void __attribute__((noreturn, format(printf, 2, 3)))
wrong(unsigned int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "xe.txt:%u: ", line);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(2);
}

static void *make(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		wrong(0, "no memory");
	return memory;
}

static const char *copy(const char *text)
{
	return memcpy(make(strlen(text) + 1), text, strlen(text) + 1);
}

static void read_comment(struct reader *r)
{
	if (!strncmp(r->at, "#weight ", 8))
		r->weight = atoi(r->at + 8);
	else if (!strncmp(r->at, "#first", 6))
		r->first = true;
	r->at += strcspn(r->at, "\n");
}

/* A word, a string, a newline (several are one) or a sign; empty at the end. */
static const char *next(struct reader *r)
{
	size_t length = 1;

	r->at += strspn(r->at, " \t");
	if (*r->at == '#')
		read_comment(r);
	if (isalnum(*r->at) || strchr("_$-", *r->at))
		while (isalnum(r->at[length]) || (r->at[length] && strchr("_$", r->at[length])))
			length++;
	else if (*r->at == '"')
		length = strcspn(r->at + 1, "\"\n") + 2;
	if (!*r->at)
		length = 0;
	if (length >= TOKEN_LENGTH)
		wrong(r->line, "too long: %.20s", r->at);
	snprintf(r->token, length + 1, "%s", r->at);
	r->line += *r->at == '\n';
	r->at += length;
	return r->token;
}

static const char *peek(struct reader *r)
{
	struct reader ahead = *r;

	next(&ahead);
	memcpy(r->token, ahead.token, sizeof(r->token));
	return r->token;
}

static bool take(struct reader *r, const char *what)
{
	if (strcmp(peek(r), what))
		return false;
	next(r);
	return true;
}

static void expect(struct reader *r, const char *what)
{
	if (!take(r, what))
		wrong(r->line, "'%s' where '%s' was expected", r->token, what);
}

static uint64_t number(struct reader *r)
{
	const struct constant *constant;
	char *end;
	uint64_t value;

	next(r);
	value = strtoull(r->token, &end, 0);
	if (end != r->token && !*end)
		return value;
	for (constant = fuzz_constants; constant->name; constant++)
		if (!strcmp(constant->name, r->token))
			return constant->value;
	wrong(r->line, "'%s' is neither digits nor a constant", r->token);
}

static struct def *find(struct reader *r, const char *name)
{
	unsigned int i;

	for (i = 0; i < r->grammar->num_defs; i++)
		if (!strcmp(r->grammar->defs[i].name, name))
			return &r->grammar->defs[i];
	return NULL;
}

static const struct def *find_kind(struct reader *r, const char *name, enum def_kind kind)
{
	const struct def *def = find(r, name);

	if (!def || def->kind != kind)
		wrong(r->line, "'%s' is not defined as that", name);
	return def;
}

static size_t word_size(struct reader *r)
{
	const char *name = next(r);

	if (!strncmp(name, "int", 3) && atoi(name + 3) && !(atoi(name + 3) % 8))
		return atoi(name + 3) / 8;
	wrong(r->line, "'%s' is no size of a word", name);
}

/* ", intN" in a struct; in an argument there is none. */
static void take_size(struct reader *r, struct type *type)
{
	type->size = take(r, ",") ? word_size(r) : 8;
}

static void take_range(struct reader *r, struct type *type)
{
	type->low = number(r);
	type->high = take(r, ":") ? number(r) : type->low;
	if (type->high < type->low)
		wrong(r->line, "an empty range");
}

static struct type *read_type(struct reader *r);

static void read_pointer(struct reader *r, struct type *type)
{
	type->kind = KIND_PTR;
	type->size = 8;
	next(r);	/* in, out, inout: all memory is both */
	expect(r, ",");
	type->of = read_type(r);
	if (take(r, ","))
		expect(r, "opt");
	type->optional = !strcmp(r->token, "opt");
}

static void read_array(struct reader *r, struct type *type)
{
	type->kind = KIND_ARRAY;
	type->of = read_type(r);
	type->high = 8;
	if (take(r, ","))
		take_range(r, type);
}

/* Without its quotes. */
static const char *read_quoted(struct reader *r)
{
	char *text = (char *)copy(next(r));

	text[strlen(text) - 1] = 0;
	return text + 1;
}

static void read_string(struct reader *r, struct type *type)
{
	struct def *def;

	type->kind = KIND_STRING;
	if (*peek(r) != '"') {
		type->def = find_kind(r, copy(next(r)), DEF_STRINGS);
	} else {
		def = make(sizeof(*def));
		def->strings[def->num_values++] = read_quoted(r);
		type->def = def;
	}
	type->size = take(r, ",") ? number(r) : strlen(type->def->strings[0]) + 1;
	type->align = 1;
}

static void read_named(struct reader *r, struct type *type, const char *name)
{
	type->def = find(r, name);
	if (!type->def)
		wrong(r->line, "'%s' is not defined", name);
	if (type->def->kind == DEF_RESOURCE) {
		type->kind = KIND_RESOURCE;
		type->size = type->def->size;
	} else if (type->def->kind == DEF_STRUCT || type->def->kind == DEF_UNION) {
		type->kind = KIND_STRUCT;
	} else {
		wrong(r->line, "'%s' is no type", name);
	}
}

static void read_constant(struct reader *r, struct type *type)
{
	type->kind = KIND_CONST;
	type->name = copy(peek(r));
	type->low = number(r);
	type->high = type->low;
	take_size(r, type);
}

static void read_bracketed(struct reader *r, struct type *type, const char *name)
{
	if (!strcmp(name, "const")) {
		read_constant(r, type);
	} else if (!strcmp(name, "flags")) {
		type->kind = KIND_FLAGS;
		type->def = find_kind(r, copy(next(r)), DEF_FLAGS);
		take_size(r, type);
	} else if (!strcmp(name, "len") || !strcmp(name, "bytesize")) {
		type->kind = KIND_LEN;
		type->in_bytes = *name == 'b';
		type->name = copy(next(r));
		take_size(r, type);
	} else if (!strcmp(name, "ptr") || !strcmp(name, "ptr64")) {
		read_pointer(r, type);
	} else if (!strcmp(name, "vma") || !strcmp(name, "vma64")) {
		type->kind = KIND_VMA;
		type->size = 8;
		take_range(r, type);
	} else if (!strcmp(name, "array")) {
		read_array(r, type);
	} else if (!strcmp(name, "string")) {
		read_string(r, type);
	} else if (!strncmp(name, "int", 3)) {
		take_range(r, type);
	} else {
		wrong(r->line, "'%s' is no type", name);
	}
}

static struct type *read_type(struct reader *r)
{
	struct type *type = make(sizeof(*type));
	const char *name = copy(next(r));

	if (!strncmp(name, "int", 3) && isdigit(name[3])) {
		type->size = atoi(name + 3) / 8;
		type->high = ~0ULL >> (64 - 8 * type->size);
	}
	if (take(r, "[")) {
		read_bracketed(r, type, name);
		expect(r, "]");
	} else if (!type->size) {
		read_named(r, type, name);
	}
	if (!type->align)
		type->align = type->size;
	return type;
}

static void read_field(struct reader *r, struct def *def)
{
	struct field *field = &def->fields[def->num_fields++];

	if (def->num_fields > MAX_FIELDS)
		wrong(r->line, "more than %d fields", MAX_FIELDS);
	field->name = copy(next(r));
	field->type = read_type(r);
	if (take(r, "(")) {
		expect(r, "out");
		expect(r, ")");
		field->out = true;
	}
}

static void read_attributes(struct reader *r, struct def *def)
{
	if (!take(r, "["))
		return;
	next(r);
	def->packed = !strcmp(r->token, "packed");
	def->varlen = !strcmp(r->token, "varlen");
	if (!def->packed && !def->varlen)
		wrong(r->line, "attribute '%s'", r->token);
	expect(r, "]");
}

static void read_struct(struct reader *r, struct def *def, const char *end)
{
	expect(r, "\n");
	while (!take(r, end)) {
		if (take(r, "\n"))
			continue;
		read_field(r, def);
		expect(r, "\n");
	}
	read_attributes(r, def);
}

static void read_values(struct reader *r, struct def *def)
{
	do {
		if (def->num_values == MAX_VALUES)
			wrong(r->line, "more than %d values", MAX_VALUES);
		if (def->kind == DEF_STRINGS)
			def->strings[def->num_values++] = read_quoted(r);
		else
			def->values[def->num_values++] = number(r);
	} while (take(r, ","));
}

static void read_resource(struct reader *r, struct def *def)
{
	expect(r, "[");
	if (take(r, "fd"))
		def->size = 4;
	else if (!strncmp(peek(r), "int", 3))
		def->size = word_size(r);
	else
		def->parent = find_kind(r, copy(next(r)), DEF_RESOURCE);
	if (def->parent)
		def->size = def->parent->size;
	expect(r, "]");
}

static void read_call(struct reader *r, struct def *def)
{
	const struct type *command;

	while (!take(r, ")")) {
		read_field(r, def);
		take(r, ",");
	}
	if (*peek(r) != '\n' && *r->token)
		def->result = find_kind(r, copy(next(r)), DEF_RESOURCE);
	def->is_ioctl = !strncmp(def->name, "ioctl$", 6);
	def->command = def->name;
	if (!def->is_ioctl)
		return;
	command = def->num_fields == 3 ? def->fields[1].type : NULL;
	if (!command || command->kind != KIND_CONST || def->fields[2].type->kind != KIND_PTR)
		wrong(r->line, "an ioctl has a descriptor, a command and a pointer");
	def->command = command->name;
}

/* In the first pass all that is of interest behind it is where it ends. */
static void skip_body(struct reader *r, enum def_kind kind)
{
	const char *end = kind == DEF_STRUCT ? "\n}" : kind == DEF_UNION ? "\n]" : "\n";

	while (*r->at && strncmp(r->at, end, strlen(end)))
		r->line += *r->at++ == '\n';
	if (*r->at && end[1]) {
		r->line++;
		r->at += 2;
	}
	r->at += strcspn(r->at, "\n");
}

static struct def *define(struct reader *r, const char *name)
{
	struct grammar *grammar = r->grammar;
	struct def *def = &grammar->defs[grammar->num_defs];

	if (find(r, name) || grammar->num_defs == MAX_DEFS)
		wrong(r->line, "'%s' is defined twice, or there are too many", name);
	*def = (struct def) { .name = name, .line = r->line, .weight = r->weight,
			      .first = r->first };
	grammar->num_defs++;
	r->weight = 0;
	r->first = false;
	return def;
}

/* Words and resources, which others are made of. */
static void read_simple(struct reader *r, bool first_pass, struct def *def)
{
	if (!first_pass)
		skip_body(r, def->kind);
	else if (def->kind == DEF_RESOURCE)
		read_resource(r, def);
	else
		read_values(r, def);
}

static void read_compound(struct reader *r, bool first_pass, struct def *def)
{
	if (first_pass)
		skip_body(r, def->kind);
	else if (def->kind == DEF_CALL)
		read_call(r, def);
	else
		read_struct(r, def, def->kind == DEF_STRUCT ? "}" : "]");
}

static void read_definition(struct reader *r, bool first_pass)
{
	const char *name = copy(next(r));
	struct def *def;

	if (!strcmp(name, "include")) {
		skip_body(r, DEF_FLAGS);
		return;
	}
	if (!strcmp(name, "resource")) {
		name = copy(next(r));
		def = first_pass ? define(r, name) : find(r, name);
		def->kind = DEF_RESOURCE;
		read_simple(r, first_pass, def);
		return;
	}
	def = first_pass ? define(r, name) : find(r, name);
	if (take(r, "=")) {
		def->kind = *peek(r) == '"' ? DEF_STRINGS : DEF_FLAGS;
		read_simple(r, first_pass, def);
		return;
	}
	def->kind = take(r, "(") ? DEF_CALL : take(r, "{") ? DEF_STRUCT : DEF_UNION;
	if (def->kind == DEF_UNION)
		expect(r, "[");
	read_compound(r, first_pass, def);
}

static void read_all(struct grammar *grammar, bool first_pass)
{
	struct reader r = { .grammar = grammar, .at = fuzz_grammar, .line = 1 };

	while (*peek(&r)) {
		if (take(&r, "\n"))
			continue;
		read_definition(&r, first_pass);
		if (*peek(&r) && strcmp(r.token, "\n"))
			wrong(r.line, "'%s' behind a definition", r.token);
	}
}

/* --- what follows from it */

static void measure(struct def *def);

static void measure_type(struct type *type)
{
	if (type->kind == KIND_STRUCT) {
		measure((struct def *)type->def);
		type->size = type->def->size;
		type->align = type->def->align;
	} else if (type->of) {
		measure_type((struct type *)type->of);
		if (type->kind == KIND_ARRAY) {
			type->size = type->high * type->of->size;
			type->align = type->of->align;
		}
	}
}

static void measure(struct def *def)
{
	size_t end = 0, align = 1;
	unsigned int i;

	if (def->measured)
		return;
	def->measured = true;
	for (i = 0; i < def->num_fields; i++) {
		struct type *type = def->fields[i].type;

		measure_type(type);
		if (def->kind == DEF_UNION) {
			end = type->size > end ? type->size : end;
		} else {
			if (!def->packed)
				end = (end + type->align - 1) / type->align * type->align;
			end += type->size;
		}
		align = type->align > align ? type->align : align;
	}
	def->align = def->packed ? 1 : align;
	def->size = (end + def->align - 1) / def->align * def->align;
}

static void number_resources(struct grammar *grammar)
{
	unsigned int i, j;

	for (i = 0; i < grammar->num_defs; i++)
		if (grammar->defs[i].kind == DEF_RESOURCE)
			grammar->defs[i].number = grammar->num_resources++;
	if (grammar->num_resources > MAX_RESOURCES)
		wrong(0, "more than %d resources", MAX_RESOURCES);
	for (i = 0; i < grammar->num_defs; i++) {
		struct def *def = &grammar->defs[i];

		for (j = 0; def->kind == DEF_RESOURCE && j < grammar->num_defs; j++) {
			struct def *kind = &grammar->defs[j];

			if (kind->kind == DEF_RESOURCE && (kind == def || kind->parent == def))
				def->kinds[def->num_kinds++] = kind->number;
		}
	}
}

static unsigned int counter_of(struct grammar *grammar, const char *command)
{
	unsigned int i;

	for (i = 0; i < grammar->num_commands; i++)
		if (!strcmp(grammar->commands[i], command))
			return i;
	grammar->commands[grammar->num_commands++] = command;
	return i;
}

static void collect_calls(struct grammar *grammar)
{
	unsigned int i;

	grammar->calls = make(grammar->num_defs * sizeof(*grammar->calls));
	grammar->commands = make(grammar->num_defs * sizeof(*grammar->commands));
	for (i = 0; i < grammar->num_defs; i++) {
		struct def *def = &grammar->defs[i];

		measure(def);
		if (def->kind != DEF_CALL)
			continue;
		if (!def->weight)
			wrong(def->line, "'%s' is never called: no weight", def->name);
		grammar->calls[grammar->num_calls++] = def;
		grammar->total_weight += def->weight;
		def->counter = counter_of(grammar, def->command);
	}
}

static void check_calls(const struct grammar *grammar)
{
	const char *const *ioctl;
	unsigned int i;

	for (i = 0; i < grammar->num_calls; i++) {
		const struct def *def = grammar->calls[i];

		if (def->is_ioctl &&
		    def->fields[2].type->of->size != _IOC_SIZE(def->fields[1].type->low))
			wrong(def->line, "'%s' takes %zu bytes, its command says %zu", def->name,
			      def->fields[2].type->of->size,
			      (size_t)_IOC_SIZE(def->fields[1].type->low));
	}
	for (ioctl = fuzz_driver_ioctls; *ioctl; ioctl++) {
		for (i = 0; i < grammar->num_commands; i++)
			if (!strcmp(grammar->commands[i], *ioctl))
				break;
		if (i == grammar->num_commands)
			wrong(0, "the driver's %s is missing", *ioctl);
	}
}

void grammar_read(struct grammar *grammar)
{
	*grammar = (struct grammar) { .defs = make(MAX_DEFS * sizeof(struct def)) };
	read_all(grammar, true);
	read_all(grammar, false);
	number_resources(grammar);
	collect_calls(grammar);
	check_calls(grammar);
}
