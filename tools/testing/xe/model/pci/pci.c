// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: config space is bytes with a mask of what may be written; BAR sizing follows from the masks. What lies
 * behind a BAR is decided by its number alone.
 */
#include <linux/pci_regs.h>
#include <string.h>

#include "guc/guc.h"
#include "mem/mem.h"
#include "mmio/mmio.h"
#include "mmio/reset.h"
#include "mmio/state.h"
#include "model.h"
#include "obs/obs.h"
#include "pci/pci.h"
#include "pci/test_bar.h"

#define BAR_REGISTERS 0u
#define BAR_MEMORY 2u
#define BAR_TEST 4u

#define GMCH_CTL 0x50u
#define CAP_EXP 0x70u
#define CAP_MSI 0xacu
#define CAP_PM 0xd0u
#define PCI_D3HOT 3u

/* page of the dummy writes of Wa_15015404425 (xe_mmio.c), nothing behind it on these parts */
#define DUMMY_PAGE 0x130000u
/*
 * For Wa_22019338487 the driver writes to the media GT's GMD_ID once per 63 entries of the GGTT, 16 thousand times
 * at each probe (xe_ggtt.c). Nothing else in this page has an effect but the steering semaphore, which is always free.
 */
#define MEDIA_PAGE GSI_MEDIA

static void put16(u8 *at, u16 val)
{
	memcpy(at, &val, sizeof(val));
}

static void put32(u8 *at, u32 val)
{
	memcpy(at, &val, sizeof(val));
}

/* a 64-bit memory BAR */
static void add_bar(struct pci *pci, u32 nr, u64 size, bool prefetchable, int fd)
{
	u32 off = PCI_BASE_ADDRESS_0 + nr * 4;
	u32 type = PCI_BASE_ADDRESS_MEM_TYPE_64 | (prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
	u64 mask = ~(size - 1);

	put32(pci->config + off, type);
	put32(pci->config_rw + off, (u32)mask);
	put32(pci->config_rw + off + 4, (u32)(mask >> 32));
	pci->bar[nr].size = size;
	pci->bar[nr].fd = fd;
}

static void add_mmap(struct pci_bar *bar, u64 off, u64 size)
{
	bar->mmaps[bar->num_mmaps++] = (struct pci_mmap){ off, size };
}

static void add_bars(struct model *m, bool test_bar)
{
	struct pci *pci = m->pci;

	for (u32 i = 0; i < PCI_BARS; i++)
		pci->bar[i].fd = -1;
	add_bar(pci, BAR_REGISTERS, BAR0_BYTES, false, m->mmio->bar0_fd);
	add_mmap(&pci->bar[BAR_REGISTERS], DUMMY_PAGE, 0x1000);
	add_mmap(&pci->bar[BAR_REGISTERS], MEDIA_PAGE, 0x1000);
	add_mmap(&pci->bar[BAR_REGISTERS], BAR0_GGTT, GGTT_BYTES);
	add_bar(pci, BAR_MEMORY, m->mem->vram_size, true, m->mem->vram_fd);
	add_mmap(&pci->bar[BAR_MEMORY], 0, m->mem->vram_size);
	if (!test_bar)
		return;
	add_bar(pci, BAR_TEST, TEST_BAR_BYTES, false, pci->test.fd);
	add_mmap(&pci->bar[BAR_TEST], 0, TEST_BAR_KNOBS);
	pci->bar[BAR_TEST].read_only = true;
}

static void add_identity(struct model *m)
{
	u8 *config = m->pci->config, *rw = m->pci->config_rw;

	put16(config + PCI_VENDOR_ID, 0x8086);
	put16(config + PCI_DEVICE_ID, m->plat->device_id);
	put16(rw + PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_SERR |
				PCI_COMMAND_PARITY | PCI_COMMAND_INTX_DISABLE);
	put16(config + PCI_STATUS, PCI_STATUS_CAP_LIST);
	config[PCI_REVISION_ID] = m->plat->revision;
	config[PCI_CLASS_DEVICE + 1] = 0x03; /* VGA-compatible display controller */
	put16(config + PCI_SUBSYSTEM_VENDOR_ID, 0x8086);
	rw[PCI_CACHE_LINE_SIZE] = 0xff;
	rw[PCI_LATENCY_TIMER] = 0xff;
	rw[PCI_INTERRUPT_LINE] = 0xff;
	config[PCI_INTERRUPT_PIN] = 1;
	config[PCI_CAPABILITY_LIST] = CAP_EXP;
	put16(config + GMCH_CTL, m->plat->gmch_ctl);
}

static void add_capabilities(struct pci *pci)
{
	u8 *exp = pci->config + CAP_EXP, *msi = pci->config + CAP_MSI, *pm = pci->config + CAP_PM;

	exp[PCI_CAP_LIST_ID] = PCI_CAP_ID_EXP;
	exp[PCI_CAP_LIST_NEXT] = CAP_MSI;
	put16(exp + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_RC_END << 4);
	put32(exp + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);
	put16(pci->config_rw + CAP_EXP + PCI_EXP_DEVCTL, 0x7fff);

	msi[PCI_CAP_LIST_ID] = PCI_CAP_ID_MSI;
	msi[PCI_CAP_LIST_NEXT] = CAP_PM;
	put16(msi + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT);
	put16(pci->config_rw + CAP_MSI + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE);
	put32(pci->config_rw + CAP_MSI + PCI_MSI_ADDRESS_LO, ~3u);
	put32(pci->config_rw + CAP_MSI + PCI_MSI_ADDRESS_HI, ~0u);
	put16(pci->config_rw + CAP_MSI + PCI_MSI_DATA_64, 0xffff);
	put32(pci->config_rw + CAP_MSI + PCI_MSI_MASK_64, 1);
	pci->msi_cap = CAP_MSI;

	pm[PCI_CAP_LIST_ID] = PCI_CAP_ID_PM;
	put16(pm + PCI_PM_PMC, 3);
	put16(pm + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
	put16(pci->config_rw + CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_ENABLE);
	put16(pci->config_w1c + CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_PME_STATUS);
}

int pci_init(struct model *m, bool test_bar)
{
	int err = test_bar ? test_bar_init(m, &m->pci->test) : 0;

	if (err)
		return err;
	add_identity(m);
	add_bars(m, test_bar);
	add_capabilities(m->pci);
	return 0;
}

void pci_fini(struct model *m)
{
	test_bar_fini(&m->pci->test);
}

static void tell_power_state(struct model *m)
{
	c6_d3(m, (m->pci->config[CAP_PM + PCI_PM_CTRL] & PCI_PM_CTRL_STATE_MASK) == PCI_D3HOT);
}

/* everything a guest may write goes back to zero; all reset values of those bits are */
void pci_reset(struct model *m)
{
	struct pci *pci = m->pci;

	for (u32 i = 0; i < PCI_CONFIG_BYTES; i++)
		pci->config[i] &= (u8)~(pci->config_rw[i] | pci->config_w1c[i]);
	tell_power_state(m);
}

static bool inside(u64 off, size_t len, u64 size)
{
	return off <= size && len <= size - off;
}

bool pci_config_read(struct model *m, u64 off, void *buf, size_t len)
{
	memset(buf, 0, len);
	if (!inside(off, len, PCI_CONFIG_BYTES))
		return false;
	memcpy(buf, m->pci->config + off, len);
	obs_event(m, EV_CONFIG_READ, off, len);
	return true;
}

/* true once: the guest asked for a function-level reset; the bit itself reads 0 */
static bool takes_flr(u64 off, const u8 *buf, size_t len)
{
	u64 at = CAP_EXP + PCI_EXP_DEVCTL + 1;

	return off <= at && at < off + len && buf[at - off] & PCI_EXP_DEVCTL_BCR_FLR >> 8;
}

bool pci_config_write(struct model *m, u64 off, const void *buf, size_t len)
{
	struct pci *pci = m->pci;
	const u8 *from = buf;
	u64 val = 0;

	if (!inside(off, len, PCI_CONFIG_BYTES))
		return false;
	memcpy(&val, buf, len < sizeof(val) ? len : sizeof(val));
	obs_event(m, EV_CONFIG_WRITE, off, val);
	for (size_t i = 0; i < len; i++) {
		u8 *at = &pci->config[off + i], rw = pci->config_rw[off + i];

		*at = (u8)((*at & ~rw) | (from[i] & rw));
		*at &= (u8)~(from[i] & pci->config_w1c[off + i]);
	}
	tell_power_state(m);
	if (takes_flr(off, from, len)) {
		pci_reset(m);
		device_reset(m);
	}
	return true;
}

/* registers are dwords; a wider access is several, a narrower one is answered from its dword */
static void registers_read(struct model *m, u64 off, u8 *buf, size_t len)
{
	while (len) {
		u32 in = off & 3, n = 4 - in < len ? 4 - in : (u32)len;
		u32 val = mmio_read(m, (u32)off & ~3u);

		memcpy(buf, (u8 *)&val + in, n);
		buf += n;
		off += n;
		len -= n;
	}
}

static void registers_write(struct model *m, u64 off, const u8 *buf, size_t len)
{
	if (off & 3 || len & 3) {
		obs_guest_error(m, "register write that is no dword", off);
		return;
	}
	for (; len; off += 4, buf += 4, len -= 4)
		mmio_write(m, (u32)off, (u32)buf[0] | (u32)buf[1] << 8 | (u32)buf[2] << 16 | (u32)buf[3] << 24);
}

/* the part of a BAR that is memory, or NULL */
static u8 *bar_memory(struct model *m, u32 bar, u64 off, size_t len)
{
	if (bar == BAR_MEMORY)
		return m->mem->vram + off;
	if (bar == BAR_REGISTERS && off >= BAR0_GGTT)
		return (u8 *)m->mmio->regs + off;
	if (bar == BAR_TEST && inside(off, len, TEST_BAR_KNOBS))
		return m->pci->test.map + off;
	return NULL;
}

static bool bar_has(const struct model *m, u32 bar, u64 off, size_t len)
{
	return bar < PCI_BARS && m->pci->bar[bar].size && inside(off, len, m->pci->bar[bar].size);
}

/* between registers and GGTT nothing answers */
static bool is_registers(u32 bar, u64 off, size_t len)
{
	return bar == BAR_REGISTERS && inside(off, len, BAR0_REG_BYTES);
}

bool pci_bar_read(struct model *m, u32 bar, u64 off, void *buf, size_t len)
{
	const u8 *memory;

	memset(buf, 0, len);
	if (!bar_has(m, bar, off, len))
		return false;
	memory = bar_memory(m, bar, off, len);
	if (memory)
		memcpy(buf, memory, len);
	else if (is_registers(bar, off, len))
		registers_read(m, off, buf, len);
	else if (bar == BAR_TEST)
		test_bar_read(m, off, buf, len);
	else
		obs_guest_error(m, "BAR access where nothing is", off);
	return true;
}

bool pci_bar_write(struct model *m, u32 bar, u64 off, const void *buf, size_t len)
{
	u8 *memory;

	if (!bar_has(m, bar, off, len))
		return false;
	memory = bar_memory(m, bar, off, len);
	if (memory && bar != BAR_TEST)
		memcpy(memory, buf, len);
	else if (is_registers(bar, off, len))
		registers_write(m, off, buf, len);
	else if (bar == BAR_TEST)
		test_bar_write(m, off, buf, len);
	else
		obs_guest_error(m, "BAR access where nothing is", off);
	return true;
}
