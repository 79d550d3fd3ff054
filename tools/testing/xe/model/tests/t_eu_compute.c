// SPDX-License-Identifier: GPL-2.0
/*
 * Results of instructions: one lane of each, with edges of its types. Expected values follow Intel's public manuals
 * (conversion, saturation, not-a-numbers, rounding). The words were assembled by iga64 from the text beside them.
 */
#include "tests/fake_host.h"

#include <stdlib.h>
#include <string.h>

#include "eu/atomic.h"
#include "eu/compute.h"
#include "eu/flow.h"
#include "eu/operand.h"
#include "tests/eu_text.h"

/* cmp (16|M16) (eq)f0.0 null<1>:uw r2.0<1;1,0>:uw 3:uw */
#define CMP_LOW 0x0001811002100070
#define CMP_HIGH 0x0003000311100204
/* (f0.0) mov (16|M16) r1.0<1>:uw 7:uw */
#define MOV_LOW 0x0105411006100061
#define MOV_HIGH 0x0007000700000000
/* (W) add (1|M0) r1.0<1>:f r2.0<0;1,0>:f r3.0<0;1,0>:f */
#define ADD_LOW 0x01050aa080000040
#define ADD_HIGH 0x000003040a000204

/* sources in r2, r3, r4; r1 and lane 0 of f0.0 afterwards, -1: not checked */
static const struct {
	u64 bits[2];
	u64 src[3], want;
	int flag;
	const char *text;
} rows[] = {
	{ { 0x0105056080000061, 0x0000000000000204 }, { 0xfff0, 0x0, 0x0 }, 0xfffffff0, -1,
	  "(W) mov (1|M0) r1.0<1>:d r2.0<0;1,0>:w" },
	{ { 0x0105012080000061, 0x0000000000000204 }, { 0xfff0, 0x0, 0x0 }, 0xfff0, -1,
	  "(W) mov (1|M0) r1.0<1>:ud r2.0<0;1,0>:uw" },
	{ { 0x0105067080000061, 0x0000000000000204 }, { 0x80000000, 0x0, 0x0 }, 0xffffffff80000000, -1,
	  "(W) mov (1|M0) r1.0<1>:q r2.0<0;1,0>:d" },
	{ { 0x0105064080000061, 0x0000000000000204 }, { 0x1ff, 0x0, 0x0 }, 0xff, -1,
	  "(W) mov (1|M0) r1.0<1>:b r2.0<0;1,0>:d" },
	{ { 0x0105060480000061, 0x0000000000000204 }, { 0xffffff00, 0x0, 0x0 }, 0x0, -1,
	  "(W) mov (1|M0) (sat)r1.0<1>:ub r2.0<0;1,0>:d" },
	{ { 0x0105065480000061, 0x0000000000000204 }, { 0x12345, 0x0, 0x0 }, 0x7fff, -1,
	  "(W) mov (1|M0) (sat)r1.0<1>:w r2.0<0;1,0>:d" },
	{ { 0x010506a080000061, 0x0000000000000204 }, { 0xfffffffe, 0x0, 0x0 }, 0xc0000000, -1,
	  "(W) mov (1|M0) r1.0<1>:f r2.0<0;1,0>:d" },
	{ { 0x010502a080000061, 0x0000000000000204 }, { 0xfffffffe, 0x0, 0x0 }, 0x4f800000, -1,
	  "(W) mov (1|M0) r1.0<1>:f r2.0<0;1,0>:ud" },
	{ { 0x01050a6080000061, 0x0000000000000204 }, { 0xc039999a, 0x0, 0x0 }, 0xfffffffe, -1,
	  "(W) mov (1|M0) r1.0<1>:d r2.0<0;1,0>:f" },
	{ { 0x01050a6080000061, 0x0000000000000204 }, { 0x50df8476, 0x0, 0x0 }, 0x7fffffff, -1,
	  "(W) mov (1|M0) r1.0<1>:d r2.0<0;1,0>:f" },
	{ { 0x01050a2080000061, 0x0000000000000204 }, { 0xc0400000, 0x0, 0x0 }, 0x0, -1,
	  "(W) mov (1|M0) r1.0<1>:ud r2.0<0;1,0>:f" },
	{ { 0x01050a6080000061, 0x0000000000000204 }, { 0x7fc00000, 0x0, 0x0 }, 0x0, -1,
	  "(W) mov (1|M0) r1.0<1>:d r2.0<0;1,0>:f" },
	{ { 0x01050ab080000061, 0x0000000000000204 }, { 0x3dcccccd, 0x0, 0x0 }, 0x3fb99999a0000000, -1,
	  "(W) mov (1|M0) r1.0<1>:df r2.0<0;1,0>:f" },
	{ { 0x01050ba080000061, 0x0000000000000204 }, { 0x7e37e43c8800759c, 0x0, 0x0 }, 0x7f800000, -1,
	  "(W) mov (1|M0) r1.0<1>:f r2.0<0;1,0>:df" },
	{ { 0x01050a9080000061, 0x0000000000000204 }, { 0x3f802000, 0x0, 0x0 }, 0x3c01, -1,
	  "(W) mov (1|M0) r1.0<1>:hf r2.0<0;1,0>:f" },
	{ { 0x01050a9080000061, 0x0000000000000204 }, { 0x477ff000, 0x0, 0x0 }, 0x7c00, -1,
	  "(W) mov (1|M0) r1.0<1>:hf r2.0<0;1,0>:f" },
	{ { 0x010509a080000061, 0x0000000000000204 }, { 0x1, 0x0, 0x0 }, 0x33800000, -1,
	  "(W) mov (1|M0) r1.0<1>:f r2.0<0;1,0>:hf" },
	{ { 0x01050ad080000061, 0x0000000000000204 }, { 0x3f808000, 0x0, 0x0 }, 0x3f80, -1,
	  "(W) mov (1|M0) r1.0<1>:bf r2.0<0;1,0>:f" },
	{ { 0x01052aa080000061, 0x0000000000000204 }, { 0x40400000, 0x0, 0x0 }, 0xc0400000, -1,
	  "(W) mov (1|M0) r1.0<1>:f -r2.0<0;1,0>:f" },
	{ { 0x01051aa080000061, 0x0000000000000204 }, { 0xc0400000, 0x0, 0x0 }, 0x40400000, -1,
	  "(W) mov (1|M0) r1.0<1>:f (abs)r2.0<0;1,0>:f" },
	{ { 0x01050aa480000061, 0x0000000000000204 }, { 0x3fc00000, 0x0, 0x0 }, 0x3f800000, -1,
	  "(W) mov (1|M0) (sat)r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x0105022080000064, 0x0000000000000204 }, { 0xf0f0f0f, 0x0, 0x0 }, 0xf0f0f0f0, -1,
	  "(W) not (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud" },
	{ { 0x0105066080000040, 0x0000030406000204 }, { 0x7fffffff, 0x1, 0x0 }, 0x80000000, -1,
	  "(W) add (1|M0) r1.0<1>:d r2.0<0;1,0>:d r3.0<0;1,0>:d" },
	{ { 0x0105066480000040, 0x0000030406000204 }, { 0x7fffffff, 0x1, 0x0 }, 0x7fffffff, -1,
	  "(W) add (1|M0) (sat)r1.0<1>:d r2.0<0;1,0>:d r3.0<0;1,0>:d" },
	{ { 0x0105077080000040, 0x0000030402000204 }, { 0xffffffffffffffff, 0x2, 0x0 }, 0x1, -1,
	  "(W) add (1|M0) r1.0<1>:q r2.0<0;1,0>:q r3.0<0;1,0>:ud" },
	{ { 0x0105066080000040, 0x0200030456000204 }, { 0x5, 0x7, 0x0 }, 0xfffffffe, 1,
	  "(W) add (1|M0) (lt)f0.0 r1.0<1>:d r2.0<0;1,0>:d -r3.0<0;1,0>:d" },
	{ { 0x01050aa080000040, 0x000003040a000204 }, { 0x3f800000, 0x33800000, 0x0 }, 0x3f800000, -1,
	  "(W) add (1|M0) r1.0<1>:f r2.0<0;1,0>:f r3.0<0;1,0>:f" },
	{ { 0x0105067080000041, 0x0000030406000204 }, { 0xffffffff, 0x3, 0x0 }, 0xfffffffffffffffd, -1,
	  "(W) mul (1|M0) r1.0<1>:q r2.0<0;1,0>:d r3.0<0;1,0>:d" },
	{ { 0x0105066080000041, 0x0000030401000204 }, { 0x7, 0x10003, 0x0 }, 0x15, -1,
	  "(W) mul (1|M0) r1.0<1>:d r2.0<0;1,0>:d r3.0<0;1,0>:uw" },
	{ { 0x0105022080000065, 0x0200030402000204 }, { 0xff00ff00, 0xff00ff0, 0x0 }, 0xf000f000, -1,
	  "(W) and (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud ~r3.0<0;1,0>:ud" },
	{ { 0x0105022080000067, 0x0000030402000204 }, { 0xff, 0xf, 0x0 }, 0xf0, -1,
	  "(W) xor (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud r3.0<0;1,0>:ud" },
	{ { 0x0105066080000069, 0x0000030406000204 }, { 0x1, 0x21, 0x0 }, 0x2, -1,
	  "(W) shl (1|M0) r1.0<1>:d r2.0<0;1,0>:d r3.0<0;1,0>:d" },
	{ { 0x0105027080000069, 0x0000030406000204 }, { 0x80000001, 0x21, 0x0 }, 0x200000000, -1,
	  "(W) shl (1|M0) r1.0<1>:q r2.0<0;1,0>:ud r3.0<0;1,0>:d" },
	{ { 0x0105066080000068, 0x0000030406000204 }, { 0x80000000, 0x4, 0x0 }, 0x8000000, -1,
	  "(W) shr (1|M0) r1.0<1>:d r2.0<0;1,0>:d r3.0<0;1,0>:d" },
	{ { 0x010506608000006c, 0x0000030406000204 }, { 0x80000000, 0x4, 0x0 }, 0xf8000000, -1,
	  "(W) asr (1|M0) r1.0<1>:d r2.0<0;1,0>:d r3.0<0;1,0>:d" },
	{ { 0x010502208000006f, 0x0000030402000204 }, { 0x80000001, 0x4, 0x0 }, 0x18, -1,
	  "(W) rol (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud r3.0<0;1,0>:ud" },
	{ { 0x010502208000006e, 0x0000030402000204 }, { 0x80000001, 0x4, 0x0 }, 0x18000000, -1,
	  "(W) ror (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud r3.0<0;1,0>:ud" },
	{ { 0x0105022080000079, 0x0000030402000204 }, { 0x5, 0x3, 0x0 }, 0xf8, -1,
	  "(W) bfi1 (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud r3.0<0;1,0>:ud" },
	{ { 0x0105066080000042, 0x0000030406000204 }, { 0x3, 0x4, 0x0 }, 0x4, -1,
	  "(W) avg (1|M0) r1.0<1>:d r2.0<0;1,0>:d r3.0<0;1,0>:d" },
	{ { 0x010502208000004d, 0x0000000000000204 }, { 0xf0f0, 0x0, 0x0 }, 0x8, -1,
	  "(W) cbit (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud" },
	{ { 0x010502208000004a, 0x0000000000000204 }, { 0x10000, 0x0, 0x0 }, 0xf, -1,
	  "(W) lzd (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud" },
	{ { 0x010506208000004b, 0x0000000000000204 }, { 0xffff0000, 0x0, 0x0 }, 0x10, -1,
	  "(W) fbh (1|M0) r1.0<1>:ud r2.0<0;1,0>:d" },
	{ { 0x010502208000004c, 0x0000000000000204 }, { 0x10000, 0x0, 0x0 }, 0x10, -1,
	  "(W) fbl (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud" },
	{ { 0x010502208000004c, 0x0000000000000204 }, { 0x0, 0x0, 0x0 }, 0xffffffff, -1,
	  "(W) fbl (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud" },
	{ { 0x0105022080000077, 0x0000000000000204 }, { 0x3, 0x0, 0x0 }, 0xc0000000, -1,
	  "(W) bfrev (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud" },
	{ { 0x01050aa080000043, 0x0000000000000204 }, { 0xbfa00000, 0x0, 0x0 }, 0x3f400000, -1,
	  "(W) frc (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000045, 0x0000000000000204 }, { 0xbfc00000, 0x0, 0x0 }, 0xc0000000, -1,
	  "(W) rndd (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000044, 0x0000000000000204 }, { 0xbfc00000, 0x0, 0x0 }, 0xbf800000, -1,
	  "(W) rndu (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000046, 0x0000000000000204 }, { 0x40200000, 0x0, 0x0 }, 0x40000000, -1,
	  "(W) rnde (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000047, 0x0000000000000204 }, { 0xbfc00000, 0x0, 0x0 }, 0xbf800000, -1,
	  "(W) rndz (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000038, 0x0000000010000204 }, { 0x40800000, 0x0, 0x0 }, 0x3e800000, -1,
	  "(W) math.inv (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000038, 0x0000000040000204 }, { 0x41100000, 0x0, 0x0 }, 0x40400000, -1,
	  "(W) math.sqt (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000038, 0x0000000050000204 }, { 0x41800000, 0x0, 0x0 }, 0x3e800000, -1,
	  "(W) math.rsqt (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000038, 0x0000000020000204 }, { 0x41000000, 0x0, 0x0 }, 0x40400000, -1,
	  "(W) math.log (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000038, 0x0000000030000204 }, { 0xc0000000, 0x0, 0x0 }, 0x3e800000, -1,
	  "(W) math.exp (1|M0) r1.0<1>:f r2.0<0;1,0>:f" },
	{ { 0x01050aa080000062, 0x000003045a000204 }, { 0x3f800000, 0x40000000, 0x0 }, 0x3f800000, -1,
	  "(W) sel (1|M0) (lt)f0.0 r1.0<1>:f r2.0<0;1,0>:f r3.0<0;1,0>:f" },
	{ { 0x01050aa080000062, 0x000003044a000204 }, { 0x3f800000, 0x7fc00000, 0x0 }, 0x3f800000, -1,
	  "(W) sel (1|M0) (ge)f0.0 r1.0<1>:f r2.0<0;1,0>:f r3.0<0;1,0>:f" },
	{ { 0x01050aa080000062, 0x000003045a000204 }, { 0x7fc00000, 0x3f800000, 0x0 }, 0x3f800000, -1,
	  "(W) sel (1|M0) (lt)f0.0 r1.0<1>:f r2.0<0;1,0>:f r3.0<0;1,0>:f" },
	{ { 0x0105066080000062, 0x0000030446000204 }, { 0xffffffff, 0x1, 0x0 }, 0x1, -1,
	  "(W) sel (1|M0) (ge)f0.0 r1.0<1>:d r2.0<0;1,0>:d r3.0<0;1,0>:d" },
	{ { 0x0105066080000070, 0x0000030456000204 }, { 0xffffffff, 0x1, 0x0 }, 0xffffffff, 1,
	  "(W) cmp (1|M0) (lt)f0.0 r1.0<1>:d r2.0<0;1,0>:d r3.0<0;1,0>:d" },
	{ { 0x0105026080000070, 0x0000030452000204 }, { 0xffffffff, 0x1, 0x0 }, 0x0, 0,
	  "(W) cmp (1|M0) (lt)f0.0 r1.0<1>:d r2.0<0;1,0>:ud r3.0<0;1,0>:ud" },
	{ { 0x01050a6080000070, 0x000003045a000204 }, { 0x7fc00000, 0x3f800000, 0x0 }, 0x0, 0,
	  "(W) cmp (1|M0) (lt)f0.0 r1.0<1>:d r2.0<0;1,0>:f r3.0<0;1,0>:f" },
	{ { 0x01050a6080000070, 0x000003042a000204 }, { 0x7fc00000, 0x3f800000, 0x0 }, 0xffffffff, 1,
	  "(W) cmp (1|M0) (ne)f0.0 r1.0<1>:d r2.0<0;1,0>:f r3.0<0;1,0>:f" },
	{ { 0x010402a08000005b, 0x0404030402020204 }, { 0x3f800000, 0x40000000, 0x40400000 }, 0x40e00000, -1,
	  "(W) mad (1|M0) r1.0<1>:f r2.0<0;0>:f r3.0<0;0>:f r4.0<0>:f" },
	{ { 0x010402a08000005b, 0x0404030402020204 }, { 0xbf800000, 0x3f800800, 0x3f800800 }, 0x3a000400, -1,
	  "(W) mad (1|M0) r1.0<1>:f r2.0<0;0>:f r3.0<0;0>:f r4.0<0>:f" },
	{ { 0x010406608000005b, 0x0404030406060204 }, { 0xa, 0xffffffff, 0x3 }, 0x7, -1,
	  "(W) mad (1|M0) r1.0<1>:d r2.0<0;0>:d r3.0<0;0>:d r4.0<0>:d" },
	{ { 0x010403b08000005b, 0x0404030403030204 }, { 0x3ff0000000000000, 0x4000000000000000, 0x4008000000000000 }, 0x401c000000000000, -1,
	  "(W) mad (1|M0) r1.0<1>:df r2.0<0;0>:df r3.0<0;0>:df r4.0<0>:df" },
	{ { 0x0104066080000052, 0x0404030416060204 }, { 0x1, 0x2, 0xfffffffd }, 0x0, 1,
	  "(W) add3 (1|M0) (eq)f0.0 r1.0<1>:d r2.0<0;0>:d r3.0<0;0>:d r4.0<0>:d" },
	{ { 0x0104022080000078, 0x0404030402020204 }, { 0x4, 0x8, 0xa00 }, 0xa, -1,
	  "(W) bfe (1|M0) r1.0<1>:ud r2.0<0;0>:ud r3.0<0;0>:ud r4.0<0>:ud" },
	{ { 0x0104066080000078, 0x0404030406060204 }, { 0x4, 0x8, 0xa00 }, 0xfffffffa, -1,
	  "(W) bfe (1|M0) r1.0<1>:d r2.0<0;0>:d r3.0<0;0>:d r4.0<0>:d" },
	{ { 0x010402208000007a, 0x0404030402020204 }, { 0xff00, 0x12, 0xffffffff }, 0xffff12ff, -1,
	  "(W) bfi2 (1|M0) r1.0<1>:ud r2.0<0;0>:ud r3.0<0;0>:ud r4.0<0>:ud" },
	{ { 0x0104066080000072, 0x0404030456060204 }, { 0xb, 0x16, 0xffffffff }, 0xb, -1,
	  "(W) csel (1|M0) (lt)f0.0 r1.0<1>:d r2.0<0;0>:d r3.0<0;0>:d r4.0<0>:d" },
	{ { 0x010402208000006b, 0x04040304d2820204 }, { 0xffff0000, 0x12345678, 0x9abcdef0 }, 0x1234def0, -1,
	  "(W) bfn.(s0&s1|~s0&s2) (1|M0) r1.0<1>:ud r2.0<0;0>:ud r3.0<0;0>:ud r4.0<0>:ud" },
	{ { 0x0104066080000058, 0x0404030406060204 }, { 0x5, 0x1ff0203, 0x2030405 }, 0x1b, -1,
	  "(W) dp4a (1|M0) r1.0<1>:d r2.0<0;0>:d r3.0<0;0>:d r4.0<0>:d" },
	{ { 0x010502208000004e, 0x0000030402000204 }, { 0xffffffff, 0x2, 0x0 }, 0x1, -1,
	  "(W) addc (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud r3.0<0;1,0>:ud" },
	{ { 0x010502208000004f, 0x0000030402000204 }, { 0x1, 0x2, 0x0 }, 0xffffffff, -1,
	  "(W) subb (1|M0) r1.0<1>:ud r2.0<0;1,0>:ud r3.0<0;1,0>:ud" },
};

static void put(struct eu_thread *t, u32 reg, u64 value)
{
	memcpy(t->grf + reg * EU_GRF_BYTES, &value, sizeof(value));
}

static u64 get(const struct eu_thread *t, u32 reg, u32 byte, u32 bytes)
{
	u64 value = 0;

	memcpy(&value, t->grf + reg * EU_GRF_BYTES + byte, bytes);
	return value;
}

static struct eu_thread *thread(void)
{
	struct eu_thread *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->dispatched = t->active = ~0u;
	t->next_wait = TIME_NEVER;
	t->control[0] = CONTROL_DENORM_DF | CONTROL_DENORM_F | CONTROL_DENORM_HF;
	return t;
}

static void run(struct eu_thread *t, u64 low, u64 high)
{
	const u64 bits[2] = { low, high };
	struct eu_inst inst;

	assert_true(eu_decode(bits, &inst));
	assert_null(eu_compute(t, &inst, eu_enabled(t, &inst)));
}

static void results_are_those_of_the_manuals(void **state)
{
	struct eu_inst inst;
	struct eu_thread *t;
	u32 i, n, bytes;
	u64 seen;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		t = thread();
		for (n = 0; n < 3; n++)
			put(t, 2 + n, rows[i].src[n]);
		run(t, rows[i].bits[0], rows[i].bits[1]);
		eu_decode(rows[i].bits, &inst);
		bytes = eu_type_bytes(inst.dst.type);
		seen = get(t, 1, 0, bytes);
		if (seen != rows[i].want || (rows[i].flag >= 0 && (t->flags[0] & 1) != (u32)rows[i].flag))
			fail_msg("%s: %#lx, flag %u, not %#lx", rows[i].text, seen, t->flags[0] & 1, rows[i].want);
		assert_int_equal(get(t, 1, bytes, 8), 0);
		free(t);
	}
}

/* (W) mul (1|M0) acc0.0<1>:ud, macl r5, mach r6: both halves of a product of 64 bits */
static void halves_of_a_product_are_joined(void **state)
{
	struct eu_thread *t = thread();
	u64 product = 0xdeadbeeful * 0xcafebabeul;

	(void)state;
	put(t, 2, 0xdeadbeef);
	put(t, 3, 0xcafebabe);
	run(t, 0x2001022080000041, 0x0000030401000204);
	run(t, 0x0505022080000053, 0x0000030402000204);
	assert_int_equal(get(t, 5, 0, 4), (u32)product);
	run(t, 0x2001022080000041, 0x0000030401000204);
	run(t, 0x0605022080000049, 0x0000030402000204);
	assert_int_equal(get(t, 6, 0, 4), product >> 32);
	free(t);
}

static void lanes_have_flags_and_predicates(void **state)
{
	struct eu_thread *t = thread();
	u32 i;
	u16 value;

	(void)state;
	for (i = 0; i < 16; i++) {
		value = i % 4;
		memcpy(t->grf + 2 * EU_GRF_BYTES + i * 2, &value, sizeof(value));
	}
	t->flags[0] = 0x1234;
	run(t, CMP_LOW, CMP_HIGH);
	assert_int_equal(t->flags[0], 0x88881234);
	run(t, MOV_LOW, MOV_HIGH);
	for (i = 0; i < 16; i++)
		assert_int_equal(get(t, 1, i * 2, 2), i % 4 == 3 ? 7 : 0);
	/* lanes that do not run neither compare nor move */
	t->active = 0x00ffffff;
	t->flags[0] = 0;
	run(t, CMP_LOW, CMP_HIGH);
	assert_int_equal(t->flags[0], 0x00880000);
	free(t);
}

static void small_numbers_are_flushed_unless_wanted(void **state)
{
	struct eu_thread *t = thread();

	(void)state;
	put(t, 2, 0x00400000);
	put(t, 3, 0);
	run(t, ADD_LOW, ADD_HIGH);
	assert_int_equal(get(t, 1, 0, 4), 0x00400000);
	t->control[0] = 0;
	run(t, ADD_LOW, ADD_HIGH);
	assert_int_equal(get(t, 1, 0, 4), 0);
	free(t);
}

static void rounding_is_the_threads(void **state)
{
	static const u32 modes[4] = { 0x3f800000, 0x3f800001, 0x3f800000, 0x3f800000 };
	struct eu_thread *t = thread();
	u32 i;

	(void)state;
	put(t, 2, 0x3f800000);
	put(t, 3, 0x32800000); /* 2^-26 */
	for (i = 0; i < 4; i++) {
		t->control[0] = CONTROL_DENORM_F | i << 4;
		run(t, ADD_LOW, ADD_HIGH);
		assert_int_equal(get(t, 1, 0, 4), modes[i]);
	}
	free(t);
}

/* numbers as in messages: add, subtract, minimum, maximum, compare and swap */
static const struct {
	u32 op, bytes;
	u64 word, one, two, after;
} atomics[] = {
	{ 0x13, 4, 0x3f800000, 0x33800001, 0, 0x3f800001 }, /* 1 + a bit more than half a unit */
	{ 0x13, 8, 0x3ff0000000000000, 0x3ff0000000000000, 0, 0x4000000000000000 },
	{ 0x14, 4, 0x40400000, 0x3f800000, 0, 0x40000000 },
	{ 0x15, 4, 0x40400000, 0xbf800000, 0, 0xbf800000 },
	{ 0x15, 4, 0x7fc00000, 0x3f800000, 0, 0x3f800000 }, /* a number rather than none */
	{ 0x16, 4, 0x40400000, 0xbf800000, 0, 0x40400000 },
	{ 0x16, 8, 0x4008000000000000, 0x4010000000000000, 0, 0x4010000000000000 },
	{ 0x17, 4, 0x80000000, 0, 0x40400000, 0x40400000 }, /* -0 is 0 */
	{ 0x17, 4, 0x7fc00000, 0x7fc00000, 0x40400000, 0x7fc00000 },
};

static void atomics_know_floats(void **state)
{
	u64 word, old;
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(atomics); i++) {
		word = atomics[i].word;
		assert_true(eu_atomic(&word, atomics[i].op, atomics[i].bytes, atomics[i].one, atomics[i].two,
				      &old));
		assert_int_equal(old, atomics[i].word);
		assert_int_equal(word, atomics[i].after);
	}
	assert_false(eu_atomic(&word, 0x13, 2, 0, 0, &old));
}

/* a program may name any register and any offset: it stays within the thread */
static void registers_wrap_around(void **state)
{
	struct eu_thread *t = thread(), before;
	struct eu_inst inst = { .op = OP_MOV, .lanes = 32, .all_lanes = true, .sources = 1 };

	(void)state;
	inst.dst = (struct eu_operand){ .file = FILE_GRF, .type = TYPE_UQ, .reg = 255, .sub = 62, .hstride = 4 };
	inst.src[0] = (struct eu_operand){ .file = FILE_GRF, .type = TYPE_UQ, .reg = 255, .sub = 63, .width = 1 };
	memset(t->grf, 0xa5, sizeof(t->grf));
	before = *t;
	assert_null(eu_compute(t, &inst, ~0u));
	assert_memory_equal(t->acc, before.acc, sizeof(before) - offsetof(struct eu_thread, acc));
	inst.dst.indirect = inst.src[0].indirect = true;
	inst.dst.offset = -1024;
	inst.src[0].offset = 1023;
	memset(t->address, 0xff, sizeof(t->address));
	before = *t;
	assert_null(eu_compute(t, &inst, ~0u));
	assert_memory_equal(t->acc, before.acc, sizeof(before) - offsetof(struct eu_thread, acc));
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_those_of_the_manuals),
		cmocka_unit_test(halves_of_a_product_are_joined),
		cmocka_unit_test(lanes_have_flags_and_predicates),
		cmocka_unit_test(small_numbers_are_flushed_unless_wanted),
		cmocka_unit_test(rounding_is_the_threads),
		cmocka_unit_test(registers_wrap_around),
		cmocka_unit_test(atomics_know_floats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
