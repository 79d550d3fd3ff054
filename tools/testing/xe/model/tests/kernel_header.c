// SPDX-License-Identifier: GPL-2.0
#include "tests/kernel_header.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES 32u

static char root[4096];
static struct {
	char name[128];
	char *text;
} files[FILES];
static u32 num_files;

bool kernel_headers_open(const char *tree)
{
	if (!tree || snprintf(root, sizeof(root), "%s/drivers/gpu/drm/xe", tree) >= (int)sizeof(root))
		return false;
	return !access(root, R_OK | X_OK);
}

void kernel_headers_close(void)
{
	while (num_files)
		free(files[--num_files].text);
}

static char *read_file(const char *name)
{
	char path[8192], *text = NULL;
	FILE *f;
	long size;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	f = fopen(path, "r");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)size + 1);
	if (text && fread(text, 1, (size_t)size, f) != (size_t)size)
		text[0] = 0;
	fclose(f);
	return text;
}

static const char *file_text(const char *name)
{
	for (u32 i = 0; i < num_files; i++)
		if (!strcmp(files[i].name, name))
			return files[i].text;
	if (num_files == FILES || strlen(name) >= sizeof(files[0].name))
		return NULL;
	strcpy(files[num_files].name, name);
	files[num_files].text = read_file(name);
	return files[num_files].text ? files[num_files++].text : NULL;
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *skip_blank(const char *s)
{
	while (*s == ' ' || *s == '\t' || (*s == '\\' && s[1] == '\n') || (*s == '\n' && s[-1] == '\\'))
		s++;
	return s;
}

/* behind the name at s, if it is defined there: `#define NAME[(args)]` or `NAME =` */
static const char *definition_at(const char *text, const char *s, size_t len)
{
	const char *before = s;

	while (before > text && (before[-1] == ' ' || before[-1] == '\t'))
		before--;
	if (before - text >= 6 && !strncmp(before - 6, "define", 6)) {
		s += len;
		if (*s == '(')
			s = strchr(s, ')') + 1;
		return s;
	}
	s = skip_blank(s + len);
	return *s == '=' && (before == text || before[-1] == '\n') ? s + 1 : NULL;
}

static const char *find_definition(const char *text, const char *symbol)
{
	size_t len = strlen(symbol);

	for (const char *s = text; (s = strstr(s, symbol)); s += len) {
		const char *found;

		if ((s > text && word_char(s[-1])) || word_char(s[len]))
			continue;
		found = definition_at(text, s, len);
		if (found)
			return skip_blank(found);
	}
	return NULL;
}

bool kernel_symbol_text(const char *file, const char *symbol, char *text, size_t size)
{
	const char *all = file_text(file), *s = all ? find_definition(all, symbol) : NULL;
	size_t n = 0;

	if (!s)
		return false;
	while (*s && n + 1 < size && !(*s == '\n' && s[-1] != '\\') && strncmp(s, "/*", 2))
		text[n++] = *s++;
	text[n] = 0;
	return true;
}

struct parser {
	const char *file, *at;
	bool wrong;
	u32 depth;
};

static u64 expression(struct parser *p);
static bool evaluate(const char *file, const char *symbol, u32 depth, u64 *val);

static bool take(struct parser *p, const char *token)
{
	p->at = skip_blank(p->at);
	if (strncmp(p->at, token, strlen(token)))
		return false;
	p->at += strlen(token);
	return true;
}

static void skip_arguments(struct parser *p)
{
	u32 open = 1;

	while (open && *p->at) {
		open += *p->at == '(';
		open -= *p->at == ')';
		p->at++;
	}
}

/* the macros the headers are written with; other names are symbols of the file, or parameters: 0 */
static u64 call(struct parser *p, const char *name)
{
	u64 a = expression(p), b;

	if (!strcmp(name, "REG_GENMASK") || !strcmp(name, "GENMASK") || !strcmp(name, "GENMASK_ULL")) {
		p->wrong |= !take(p, ",");
		b = expression(p);
		p->wrong |= !take(p, ")") || a > 63 || b > a;
		return p->wrong ? 0 : (~0ul >> (63 - a)) & (~0ul << b);
	}
	if (!strcmp(name, "REG_FIELD_PREP")) {
		p->wrong |= !take(p, ",");
		b = expression(p);
		p->wrong |= !take(p, ")") || !a;
		return p->wrong ? 0 : b << __builtin_ctzl(a);
	}
	if (!strcmp(name, "GFXPIPE_COMMON_CMD") || !strcmp(name, "GFXPIPE_3D_CMD")) {
		p->wrong |= !take(p, ",");
		b = expression(p);
		p->wrong |= !take(p, ")");
		return (name[8] == '3' ? 0x78000000 : 0x60000000) | a << 24 | b << 16;
	}
	skip_arguments(p);
	if (!strcmp(name, "REG_BIT") || !strcmp(name, "BIT") || !strcmp(name, "BIT_ULL"))
		return a > 63 ? 0 : 1ul << a;
	if (!strcmp(name, "XE_REG") || !strcmp(name, "XE_REG_MCR"))
		return a;
	if (!strcmp(name, "XE_INSTR_NUM_DW"))
		return a - 2;
	if (!strcmp(name, "__MI_INSTR"))
		return a << 23;
	p->wrong = true;
	return 0;
}

static u64 name_or_call(struct parser *p)
{
	char name[128];
	size_t n = 0;
	u64 val = 0;

	while (word_char(*p->at) && n + 1 < sizeof(name))
		name[n++] = *p->at++;
	name[n] = 0;
	if (take(p, "("))
		return call(p, name);
	if (p->depth < 8)
		evaluate(p->file, name, p->depth + 1, &val);
	return val;
}

static u64 primary(struct parser *p)
{
	char *end;
	u64 val;

	if (take(p, "~"))
		return ~primary(p);
	if (take(p, "(")) {
		val = expression(p);
		p->wrong |= !take(p, ")");
		return val;
	}
	if (isdigit((unsigned char)*p->at)) {
		val = strtoull(p->at, &end, 0);
		p->at = end + strspn(end, "uUlL");
		return val;
	}
	if (word_char(*p->at))
		return name_or_call(p);
	p->wrong = true;
	return 0;
}

/* 1: *  2: + -  3: << >>  4: &  5: | */
static u64 binary(struct parser *p, u32 level)
{
	u64 val = level ? binary(p, level - 1) : primary(p), right;

	for (;;) {
		if (level == 1 && take(p, "*")) {
			val *= binary(p, 0);
		} else if (level == 2 && take(p, "+")) {
			val += binary(p, 1);
		} else if (level == 2 && take(p, "-")) {
			val -= binary(p, 1);
		} else if (level == 3 && (take(p, "<<") || take(p, ">>"))) {
			bool left = p->at[-1] == '<';

			right = binary(p, 2);
			val = right > 63 ? 0 : left ? val << right : val >> right;
		} else if (level == 4 && take(p, "&")) {
			val &= binary(p, 3);
		} else if (level == 5 && take(p, "|")) {
			val |= binary(p, 4);
		} else {
			return val;
		}
	}
}

static u64 expression(struct parser *p)
{
	return binary(p, 5);
}

static bool evaluate(const char *file, const char *symbol, u32 depth, u64 *val)
{
	char text[1024];
	struct parser p = { file, text, false, depth };

	if (!kernel_symbol_text(file, symbol, text, sizeof(text)))
		return false;
	*val = expression(&p);
	p.at = skip_blank(p.at);
	return !p.wrong && (!*p.at || *p.at == ',' || *p.at == '\n');
}

bool kernel_symbol(const char *file, const char *symbol, u64 *val)
{
	return evaluate(file, symbol, 0, val);
}
