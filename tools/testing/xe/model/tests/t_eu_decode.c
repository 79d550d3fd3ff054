// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions of threads, decoded: words that iga64 assembled from the text beside them, and what must not be taken
 * for an instruction. With a file as its argument it prints the instructions in it (t_eu_corpus.sh).
 */
#include "tests/fake_host.h"

#include <stdio.h>
#include <string.h>

#include "tests/eu_text.h"

static const struct {
	u64 bits[2]; /* low, high */
	const char *text;
} natives[] = {
	{ { 0x7f05422080100061, 0x0000000000000000 }, "(W) mov (16|M0) r127.0<1>:ud 0x0:ud" },
	{ { 0x01060002000c0061, 0x0000000000900204 }, "mov (8|M0) r1.1<2>:ub r2.1<1;1,0>:ub" },
	{ { 0x01050220000c0061, 0x0000000000320206 }, "mov (8|M0) r1.0<1>:ud r2.0<4;2,2>:ud" },
	{ { 0x01050220000c0061, 0x0000000000710020 }, "mov (8|M0) r1.0<1>:ud r[a0.0,16]<1,0>:ud" },
	{ { 0x3ff10228000c0061, 0x0000000000100204 }, "mov (8|M0) r[a0.3,-8]<1>:ud r2.0<1;1,0>:ud" },
	{ { 0x01051aa0000c0061, 0x0000000000100204 }, "mov (8|M0) r1.0<1>:f (abs)r2.0<1;1,0>:f" },
	{ { 0x01050224000c0061, 0x0000000000100204 }, "mov (8|M0) (sat)r1.0<1>:ud r2.0<1;1,0>:ud" },
	{ { 0x01054770000c0061, 0x9abcdef012345678 }, "mov (8|M0) r1.0<1>:q 1311768467463790320:q" },
	{ { 0x01054450000c0061, 0x0001234500000000 }, "mov (8|M0) r1.0<1>:w 0x12345:v" },
	{ { 0x01050aa0000c0040, 0x021003040a100204 }, "add (8|M0) r1.0<1>:f r2.0<1;1,0>:f -r3.0<1;1,0>:f" },
	{ { 0x00010aa0006c0070, 0x001003045a100204 }, "cmp (8|M0) (lt)f1.1 null<1>:f r2.0<1;1,0>:f r3.0<1;1,0>:f" },
	{ { 0x0604066000152052, 0x02040104010e0504 },
	  "add3 (32|M0) r6.0<1>:d r5.0<0;0>:d r1.0<1;0>:uw r2.0<0>:d" },
	{ { 0x01040e68000c005b, 0x0406030609090207 },
	  "mad (8|M0) r1.0<1>:d r2.0<8;4>:d r3.0<8;2>:uw r4.0<2>:uw" },
	{ { 0x010422a8000c005b, 0x04050304020a0204 }, "mad (8|M0) r1.0<1>:f -r2.0<1;0>:f r3.0<1;0>:f r4.0<1>:f" },
	{ { 0x010402a8000c005b, 0x04050304028a0204 }, "mad (8|M0) r1.0<1>:f r2.0<1;0>:f -r3.0<1;0>:f r4.0<1>:f" },
	{ { 0x010402a8000c005b, 0x04050304021a0204 },
	  "mad (8|M0) r1.0<1>:f r2.0<1;0>:f r3.0<1;0>:f (abs)r4.0<1>:f" },
	{ { 0x01044560000c005b, 0x0434032c05050012 }, "mad (8|M0) r1.0<1>:d 18:w r3.5<0;0>:w r4.6<0>:w" },
	{ { 0x01043228000c006b, 0x04050304820a0204 },
	  "bfn.0x80 (8|M0) (lt)f0.0 r1.0<1>:ud r2.0<1;0>:ud r3.0<1;0>:ud r4.0<1>:ud" },
	{ { 0x01050aa0000c0038, 0x0000000040100204 }, "math.sqt (8|M0) r1.0<1>:f r2.0<1;1,0>:f" },
	{ { 0x0000c0009814002e, 0x0000003000000050 }, "(W&~f0.0.any) goto (32|M0) 48 80" },
	{ { 0x0000400084000020, 0x0000003000000000 }, "(W&f0.0) jmpi 48" },
	{ { 0x030440008000002c, 0x0000003000000000 }, "(W) call (1|M0) r3.0 48" },
	{ { 0x0001000080000001, 0x00000000e0000000 }, "sync.bar" },
	{ { 0x00003450000c0031, 0x10000314fb080226 },
	  "send.ugm (8|M0) null r2 r3:2 0x12345000 0x08000584" },
	{ { 0x00030300000c0031, 0x00000314f0000204 }, "send.ugm (8|M0) null r2 r3:2 a0.3 a0.0" },
	{ { 0x0000000480022531, 0x0000000030207f0c },
	  "(W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010" },
};

static const struct {
	u64 bits;
	const char *text;
} compacts[] = {
	{ 0x0010061ab4000061, "mov (16|M0) r26.0<2>:ud r6.0<1;1,0>:ud" },
	{ 0x02f01e0838001a40, "add (16|M0) r8.0<1>:q r30.0<1;1,0>:q r2.3<0;1,0>:q" },
	{ 0x0330201838080040, "add (16|M16) r24.0<1>:q r32.0<1;1,0>:q r3.1<0;1,0>:q" },
	{ 0x001000003c8c8301, "sync.nop" },
	{ 0x12000c1420208240, "add (32|M0) r20.0<1>:f r12.0<1;1,0>:f r18.0<1;1,0>:f" },
	{ 0x3f801e0820000040 | 4u << 26, "add (16|M0) r8.0<1>:f r30.0<1;1,0>:f 0x3F800000:f" },
	{ 0xfff01e0860000040 | 2u << 26, "add (16|M0) r8.0<1>:d r30.0<1;1,0>:d -1:w" },
	{ 0x02101e082000005b, "mad (16|M0) r8.0<1>:f r30.0<1;0>:f r2.0<1;0>:f r16.0<1>:f" },
	{ 0x02101e082000005b | 0xeu << 22, "mad (16|M0) r8.0<1>:f r30.0<1;0>:f -r2.0<1;0>:f r16.0<0>:f" },
	{ 0x02101e082000005b | 5u << 18, "mad (16|M16) r8.0<1>:df r30.0<1;0>:df r2.0<1;0>:df r16.0<1>:df" },
};

static void check(const u64 bits[2], const char *text)
{
	char seen[EU_TEXT_MAX];
	struct eu_inst inst;

	assert_true(eu_decode(bits, &inst));
	eu_text(&inst, seen);
	assert_string_equal(seen, text);
}

static void whole_instructions_are_decoded(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(natives); i++) {
		assert_int_equal(eu_length(natives[i].bits[0]), EU_NATIVE_BYTES);
		check(natives[i].bits, natives[i].text);
	}
}

static void compact_instructions_are_decoded(void **state)
{
	u64 bits[2];
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(compacts); i++) {
		assert_int_equal(eu_length(compacts[i].bits), EU_COMPACT_BYTES);
		assert_true(eu_expand(compacts[i].bits, bits));
		check(bits, compacts[i].text);
	}
}

static void nonsense_is_no_instruction(void **state)
{
	static const u64 none[][2] = {
		{ 0, 0 }, { 0x7f, 0 }, { 0x00180061, 0 }, /* 64 lanes */
		{ 0x03140061, 0 }, /* 32 lanes from the 24th on */
	};
	struct eu_inst inst;
	u64 bits[2];
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(eu_decode(none[i], &inst));
	assert_false(eu_expand(0x20000031, bits));
	assert_false(eu_expand(0x2000007f, bits));
}

static int print_file(const char *path)
{
	char text[EU_TEXT_MAX];
	struct eu_inst inst;
	FILE *f = fopen(path, "rb");
	u64 bits[2], first;

	if (!f)
		return 1;
	while (fread(&first, sizeof(first), 1, f)) {
		bits[0] = first;
		bits[1] = 0;
		if (eu_length(first) == EU_NATIVE_BYTES ? !fread(&bits[1], sizeof(bits[1]), 1, f) :
							  !eu_expand(first, bits))
			break;
		if (eu_decode(bits, &inst))
			eu_text(&inst, text);
		else
			strcpy(text, "illegal");
		puts(text);
	}
	fclose(f);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_instructions_are_decoded),
		cmocka_unit_test(compact_instructions_are_decoded),
		cmocka_unit_test(nonsense_is_no_instruction),
	};

	if (argc > 1)
		return print_file(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
