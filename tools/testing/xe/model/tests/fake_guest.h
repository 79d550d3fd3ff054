/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver in miniature: RAM, page tables, command transport, contexts with rings. It does what the test
 * says, right or wrong, and looks at nothing but memory, registers and messages.
 */
#ifndef MODEL_TESTS_FAKE_GUEST_H
#define MODEL_TESTS_FAKE_GUEST_H

#include "tests/fake_host.h"

#include "engine/command.h"
#include "guc/abi.h"
#include "guc/guc.h"
#include "mmu/format.h"

#define GUEST_RAM (64ull << 20)
#define GUEST_RAM_BASE (1ull << 20)
#define GUEST_H2G_DWORDS 256u
#define GUEST_G2H_DWORDS 256u

struct fake_guest {
	struct fake_host *host;
	struct model *m;
	u8 *ram;
	u64 next_page; /* pa */
	u32 next_ggtt; /* address */

	u32 gt; /* whose GuC the functions below speak to; queues know their own */
	struct fake_ct {
		u32 *h2g, *g2h; /* rings */
		u32 *h2g_desc, *g2h_desc; /* head, tail, status */
		u32 tail; /* ours, of H2G */
		u32 fence;
	} ct[GTS];
};

#define GUEST_MESSAGE(g, n) ((g)->m->plat->gts[(g)->gt].messages + 4 * (n))
#define GUEST_DOORBELL(g) ((g)->gt == GT_MEDIA ? 0x190304u : 0x1901f0u)

struct fake_guest *guest_new(void); /* not booted, on GT_MAIN */
struct fake_guest *guest_new_on(const struct platform *plat);
void guest_free(struct fake_guest *g);
/* cmocka fixtures: booted, in *state */
int guest_setup(void **state);
int guest_teardown(void **state);

u64 guest_pages(struct fake_guest *g, u32 num); /* contiguous, zeroed */
void *guest_ptr(struct fake_guest *g, u64 pa);
u32 guest_ggtt(struct fake_guest *g, u64 pa, u32 num);

/* load the media GT's GuC and enable its transport; the main one is still the one spoken to */
void guest_boot_media(struct fake_guest *g);
void guest_load_firmware(struct fake_guest *g);
void guest_enable_ct(struct fake_guest *g);
void guest_enable_ct_in_vram(struct fake_guest *g);
u32 guest_mmio_message(struct fake_guest *g, u32 dw0, u32 dw1, u32 dw2, u32 dw3);

/* HXG dwords, dw[0] with the type; rings the doorbell, runs nothing */
void guest_post(struct fake_guest *g, const u32 *dw, u32 num);
#define guest_send(g, type, ...)                                                                   \
	do {                                                                                       \
		u32 guest_dw_[] = { __VA_ARGS__ };                                                 \
		guest_dw_[0] |= (u32)(type) << 28;                                                 \
		guest_post(g, guest_dw_, sizeof(guest_dw_) / 4);                                   \
	} while (0)
#define guest_fast(g, ...) guest_send(g, HXG_FAST_REQUEST, __VA_ARGS__)
/* next message from the GuC, transport header first; 0: none, else its dwords */
u32 guest_receive(struct fake_guest *g, u32 *msg);
/* the next one must be this event with this payload */
#define expect_event(g, ...)                                                                       \
	do {                                                                                       \
		const u32 expect_dw_[] = { __VA_ARGS__ };                                          \
		guest_expect(g, expect_dw_, sizeof(expect_dw_) / 4, __FILE__, __LINE__);           \
	} while (0)
void guest_expect(struct fake_guest *g, const u32 *dw, u32 num, const char *file, int line);
void expect_silence(struct fake_guest *g);

void guest_run(struct fake_guest *g); /* until nothing can be done now */
void guest_advance(struct fake_guest *g, u64 ns); /* clock, then run */

struct fake_vm {
	struct fake_guest *g;
	struct mmu_space space;
};

struct fake_vm vm_new(struct fake_guest *g, u32 asid);
/* one entry of the given size; flags besides PRESENT */
void vm_map(struct fake_vm *vm, u64 va, u64 pa, u32 shift, u64 flags);
void vm_map_pages(struct fake_vm *vm, u64 va, u64 pa, u32 num); /* 4 KiB, RW and AE */
/* sixteen entries of 4 KiB with the 64 KiB hint */
void vm_map_cluster(struct fake_vm *vm, u64 va, u64 pa, u64 flags);
void vm_unmap(struct fake_vm *vm, u64 va, u32 shift);
u64 *vm_entry(struct fake_vm *vm, u64 va, u32 shift);

enum fake_engine { ON_RCS0, ON_CCS0, ON_BCS0, ON_BCS8, ON_VCS0, ON_VECS0 };

struct fake_queue {
	struct fake_guest *g;
	u32 gt, id, guc_class, mask;
	u32 lrca, ring;
	u32 *regs, *words; /* images of LRC state and ring */
	u32 tail; /* bytes */
};

#define RING_BYTES 4096u

/* registered, policies unset, not enabled; vm NULL: GGTT only */
struct fake_queue queue_new(struct fake_guest *g, u32 id, enum fake_engine on, const struct fake_vm *vm);
void queue_register_again(struct fake_queue *q);
void queue_put(struct fake_queue *q, const u32 *dw, u32 num);
#define queue_emit(q, ...)                                                                         \
	do {                                                                                       \
		const u32 queue_dw_[] = { __VA_ARGS__ };                                           \
		queue_put(q, queue_dw_, sizeof(queue_dw_) / 4);                                    \
	} while (0)
void queue_policies(struct fake_queue *q, u32 quantum_us, u32 preempt_us, u32 priority);
void queue_publish(struct fake_queue *q); /* tail into the image, no message */
void queue_enable(struct fake_queue *q); /* publish, enable, eat the answer after a run */
void queue_kick(struct fake_queue *q); /* publish, submit message */
struct engine *queue_engine(struct fake_queue *q); /* where it would run */

#define LO(v) ((u32)(v))
#define HI(v) ((u32)((u64)(v) >> 32))
#define CMD(op) ((u32)(op) << 23)
#define BLT(op) (2u << 29 | (u32)(op) << 22)
#define STORE_DWORD(va, val) CMD(MI_STORE_DATA_IMM) | 2, LO(va), HI(va), val
#define BATCH(va) CMD(MI_BATCH_BUFFER_START) | MI_BB_PPGTT | 1, LO(va), HI(va)

#endif
