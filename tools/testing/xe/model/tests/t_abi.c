// SPDX-License-Identifier: GPL-2.0
/*
 * The model's constants are the kernel's. KSRC names a kernel tree; without one there is nothing to compare
 * with and the tests skip.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/lrc.h"
#include "engine/mi.h"
#include "guc/state.h"
#include "mmu/format.h"
#include "tests/fake_host.h"
#include "tests/kernel_header.h"

static const struct {
	const char *text;
	u64 val;
	const char *file, *symbol;
} compared[] = {
#define C(constant, file, symbol) { #constant, constant, file, symbol },
#include "abi/compared.def"
#undef C
};

static void need_headers(void)
{
	if (kernel_headers_open(getenv("KSRC")))
		return;
	print_message("no kernel tree in KSRC to compare with\n");
	skip();
}

static void constants_are_the_kernels(void **state)
{
	u32 wrong = 0;

	(void)state;
	need_headers();
	for (u32 i = 0; i < ARRAY_SIZE(compared); i++) {
		u64 val;

		if (!kernel_symbol(compared[i].file, compared[i].symbol, &val)) {
			print_error("%s: %s not found\n", compared[i].file, compared[i].symbol);
			wrong++;
		} else if (val != compared[i].val) {
			print_error("%s = 0x%lx, the kernel's %s = 0x%lx\n", compared[i].text,
				    compared[i].val, compared[i].symbol, val);
			wrong++;
		}
	}
	kernel_headers_close();
	assert_int_equal(wrong, 0);
}

/* "file.h NAME[+n]"; false: the reference is no kernel header */
static bool split_ref(const char *ref, char *file, char *symbol, u64 *plus)
{
	char names[128], *sign;

	*plus = 0;
	if (sscanf(ref, "%127s %127s", file, names) != 2 || !strstr(file, ".h") || !strncmp(file, "rig.md", 6))
		return false;
	sign = strchr(names, '+');
	if (sign) {
		*plus = strtoull(sign + 1, NULL, 0);
		*sign = 0;
	}
	strcpy(symbol, names);
	return true;
}

/* rows of an engine's window carry its name in front; an upper half may lack a name of its own */
static bool find_symbol(const struct model *m, const char *file, char *symbol, u64 *val)
{
	char *upper;

	if (kernel_symbol(file, symbol, val))
		return true;
	for (u32 i = 0; i < m->plat->num_engines; i++) {
		size_t len = strlen(m->plat->engines[i].name);

		if (!strncasecmp(symbol, m->plat->engines[i].name, len) && symbol[len] == '_')
			memmove(symbol, symbol + len + 1, strlen(symbol + len));
	}
	if (kernel_symbol(file, symbol, val))
		return true;
	upper = strstr(symbol, "_UDW");
	if (!upper)
		return false;
	*upper = 0;
	*val = 0;
	if (!kernel_symbol(file, symbol, val))
		return false;
	*val += 4;
	return true;
}

static bool is_offset(const struct model *m, u32 off, u64 val)
{
	if (off == val)
		return true;
	for (u32 i = 0; i < m->plat->num_engines; i++)
		if (off - m->plat->engines[i].base == val)
			return true;
	return off == val + 0x380000; /* the media GT's copy */
}

static u32 compare_row(const struct model *m, const struct reg_row *row, u32 *seen)
{
	char file[128], symbol[128], text[1024];
	u64 val, plus;

	if (!split_ref(row->ref, file, symbol, &plus))
		return 0;
	if (!find_symbol(m, file, symbol, &val)) {
		print_error("%s: reference not found: %s\n", row->name, row->ref);
		return 1;
	}
	++*seen;
	if (!is_offset(m, row->off, val + plus)) {
		print_error("%s at 0x%x, the kernel's at 0x%lx\n", row->name, row->off, val + plus);
		return 1;
	}
	if (kernel_symbol_text(file, symbol, text, sizeof(text)) && row->masked &&
	    !strstr(text, "XE_REG_OPTION_MASKED")) {
		print_error("%s is masked here but not in the kernel\n", row->name);
		return 1;
	}
	return 0;
}

static void register_offsets_are_the_kernels(void **state)
{
	struct fake_host *f = *state;
	u32 wrong = 0, seen = 0;

	need_headers();
	for (u32 i = 0; i < f->m.mmio->num_rows; i++)
		wrong += compare_row(&f->m, f->m.mmio->rows[i], &seen);
	kernel_headers_close();
	assert_int_equal(wrong, 0);
	assert_true(seen > f->m.mmio->num_rows * 3 / 4);
}

/* the reader itself, on text of its own */
static void reader_understands_what_headers_say(void **state)
{
	static const char text[] =
		"#define A\t\t\t0x10\n"
		"#define B(n)\t\tXE_REG(0x100 + (n) * 4)\n"
		"#define   C_MASK\tREG_GENMASK(11, 8) /* tail */\n"
		"enum x {\n\tD = 0x7,\n\tE_A = 3,\n};\n"
		"#define F ((2 << 29) | (0x48 << 22) | 3)\n"
		"#define G (A + 1)\n"
		"#define H \\\n\t\tREG_BIT(4)\n"
		"#define I UNKNOWN_MACRO(3)\n"
		"#define J REG_FIELD_PREP(C_MASK, 0x3)\n"
		"#define K (D | XE_INSTR_NUM_DW(0x12))\n";
	static const struct { const char *symbol; u64 val; } good[] = {
		{ "A", 0x10 }, { "B", 0x100 }, { "C_MASK", 0xf00 }, { "D", 7 }, { "E_A", 3 },
		{ "F", 0x52000003 }, { "G", 0x11 }, { "H", 0x10 },
		{ "J", 0x300 }, { "K", 0x17 },
	};
	char dir[] = "/tmp/t_abi.XXXXXX", path[256];
	FILE *f;
	u64 val;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "mkdir -p %s/drivers/gpu/drm/xe", dir);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/drivers/gpu/drm/xe/x.h", dir);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	assert_true(kernel_headers_open(dir));
	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		assert_true(kernel_symbol("x.h", good[i].symbol, &val));
		assert_int_equal(val, good[i].val);
	}
	assert_false(kernel_symbol("x.h", "I", &val));
	assert_false(kernel_symbol("x.h", "E", &val));
	assert_false(kernel_symbol("y.h", "A", &val));
	kernel_headers_close();
	snprintf(path, sizeof(path), "rm -r %s", dir);
	assert_int_equal(system(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_are_the_kernels),
		cmocka_unit_test_setup_teardown(register_offsets_are_the_kernels, fake_setup, fake_teardown),
		cmocka_unit_test(reader_understands_what_headers_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
