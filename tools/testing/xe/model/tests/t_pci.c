// SPDX-License-Identifier: GPL-2.0
/* The function as a PCI core sees it: identity, capabilities, BAR sizing, reset, what lies behind a BAR. */
#include <linux/pci_regs.h>
#include <string.h>

#include "pci/test_bar.h"
#include "tests/fake_host.h"

static u32 config32(struct model *m, u32 off)
{
	u32 val;

	assert_true(pci_config_read(m, off, &val, sizeof(val)));
	return val;
}

static void write32(struct model *m, u32 off, u32 val)
{
	assert_true(pci_config_write(m, off, &val, sizeof(val)));
}

static u64 bar_size(struct model *m, u32 bar)
{
	u32 off = PCI_BASE_ADDRESS_0 + 4 * bar, lo = config32(m, off), hi = config32(m, off + 4);
	u64 mask;

	write32(m, off, ~0u);
	write32(m, off + 4, ~0u);
	mask = config32(m, off) & ~0xfu;
	mask |= (u64)config32(m, off + 4) << 32;
	write32(m, off, lo);
	write32(m, off + 4, hi);
	return mask ? ~mask + 1 : 0;
}

static void identity_is_lunar_lake(void **state)
{
	struct fake_host *f = *state;

	assert_int_equal(config32(&f->m, PCI_VENDOR_ID), 0x64a08086);
	assert_int_equal(config32(&f->m, PCI_CLASS_REVISION), 0x03000004);
	assert_int_equal(config32(&f->m, 0x50) & 0xffff, 0x00c0);
}

static void bars_size_and_keep_type_bits(void **state)
{
	struct fake_host *f = *state;

	assert_int_equal(bar_size(&f->m, 0), 16 << 20);
	assert_int_equal(bar_size(&f->m, 2), 256 << 20);
	assert_int_equal(bar_size(&f->m, 4), 0);
	assert_int_equal(config32(&f->m, PCI_BASE_ADDRESS_0), PCI_BASE_ADDRESS_MEM_TYPE_64);
	assert_int_equal(config32(&f->m, PCI_BASE_ADDRESS_2),
			 PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH);
	write32(&f->m, PCI_BASE_ADDRESS_0, 0xc0123450);
	assert_int_equal(config32(&f->m, PCI_BASE_ADDRESS_0), 0xc0000004);
}

static void capabilities_form_a_list(void **state)
{
	struct fake_host *f = *state;
	u32 at = config32(&f->m, PCI_CAPABILITY_LIST) & 0xff, seen = 0;

	assert_true(config32(&f->m, PCI_COMMAND) >> 16 & PCI_STATUS_CAP_LIST);
	for (u32 n = 0; at; n++) {
		u32 cap = config32(&f->m, at);

		assert_true(n < 8 && !(at & 3));
		seen |= BIT(cap & 0xff);
		at = cap >> 8 & 0xff;
	}
	assert_int_equal(seen, BIT(PCI_CAP_ID_EXP) | BIT(PCI_CAP_ID_MSI) | BIT(PCI_CAP_ID_PM));
}

static void config_bits_without_mask_stay(void **state)
{
	struct fake_host *f = *state;

	for (u32 off = 0; off < 256; off += 4) {
		u32 before = config32(&f->m, off), rw, w1c;

		if (off == 0x78) /* device control: writing all ones asks for a reset */
			continue;
		memcpy(&rw, f->m.pci->config_rw + off, 4);
		memcpy(&w1c, f->m.pci->config_w1c + off, 4);
		write32(&f->m, off, ~0u);
		assert_int_equal(config32(&f->m, off), (before | rw) & ~w1c);
	}
}

static void config_outside_is_refused(void **state)
{
	struct fake_host *f = *state;
	u8 buf[8];

	assert_false(pci_config_read(&f->m, PCI_CONFIG_BYTES - 4, buf, 8));
	assert_false(pci_config_read(&f->m, ~0ul - 2, buf, 8));
	assert_false(pci_config_write(&f->m, PCI_CONFIG_BYTES, buf, 1));
}

static void function_level_reset_clears_config_and_registers(void **state)
{
	struct fake_host *f = *state;

	write32(&f->m, PCI_BASE_ADDRESS_0, 0xc0000000);
	mmio_write(&f->m, 0xa188, 0x00010001);
	write32(&f->m, 0x70 + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR);
	assert_int_equal(config32(&f->m, PCI_BASE_ADDRESS_0), PCI_BASE_ADDRESS_MEM_TYPE_64);
	assert_int_equal(config32(&f->m, 0x70 + PCI_EXP_DEVCTL) & PCI_EXP_DEVCTL_BCR_FLR, 0);
	assert_int_equal(mmio_read(&f->m, 0xdfc), 0);
	assert_int_equal(obs_count(&f->m, EV_DEVICE_RESET), 1);
}

static void registers_answer_any_width_of_read(void **state)
{
	struct fake_host *f = *state;
	u32 id = f->m.plat->gts[GT_MAIN].gmd_id, words[2];
	u8 byte;

	assert_true(pci_bar_read(&f->m, 0, 0xd8f, &byte, 1));
	assert_int_equal(byte, id >> 24);
	assert_true(pci_bar_read(&f->m, 0, 0xd8c, words, 8));
	assert_int_equal(words[0], id);
	assert_true(pci_bar_write(&f->m, 0, 0xa188, &byte, 1));
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 1);
}

static void ggtt_is_memory(void **state)
{
	struct fake_host *f = *state;
	u64 pte = 0x123456789001, back;

	assert_true(pci_bar_write(&f->m, 0, BAR0_GGTT + 8 * 77, &pte, sizeof(pte)));
	assert_int_equal(mem_ggtt_pte(&f->m, 77), pte);
	assert_true(pci_bar_read(&f->m, 0, BAR0_GGTT + 8 * 77, &back, sizeof(back)));
	assert_int_equal(back, pte);
	assert_int_equal(mem_ggtt_pte(&f->m, GGTT_BYTES / 8), 0);
}

static void bar_access_outside_is_refused(void **state)
{
	struct fake_host *f = *state;
	u8 buf[8] = { 0 };

	assert_false(pci_bar_read(&f->m, 0, BAR0_BYTES - 4, buf, 8));
	assert_false(pci_bar_read(&f->m, 1, 0, buf, 4));
	assert_false(pci_bar_read(&f->m, 4, 0, buf, 4));
	assert_false(pci_bar_write(&f->m, 77, 0, buf, 4));
	assert_false(pci_bar_write(&f->m, 2, ~0ul - 1, buf, 4));
	assert_true(pci_bar_read(&f->m, 0, BAR0_REG_BYTES, buf, 4));
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 1);
}

static const char *nth_name(const u8 *names, u32 n)
{
	while (n--)
		names += strlen((const char *)names) + 1;
	return (const char *)names;
}

static void test_bar_shows_counters_by_name(void **state)
{
	struct fake_host *f = fake_new(&platform_lnl, true);
	struct test_bar_head head;
	u64 before, after, at;

	(void)state;
	assert_int_equal(bar_size(&f->m, 4), TEST_BAR_BYTES);
	assert_true(pci_bar_read(&f->m, 4, 0, &head, sizeof(head)));
	assert_int_equal(head.magic, TEST_BAR_MAGIC);
	assert_int_equal(head.num_counters, EV_COUNT);
	for (u32 i = 0; i < EV_COUNT; i++)
		assert_string_equal(nth_name(f->m.pci->test.map + head.counter_names, i), ev_names[i]);
	for (u32 i = 0; i < KNOB_COUNT; i++)
		assert_string_equal(nth_name(f->m.pci->test.map + head.knob_names, i), knob_names[i]);
	at = head.counters + 8 * EV_MMIO_READ;
	assert_true(pci_bar_read(&f->m, 4, at, &before, 8));
	mmio_read(&f->m, 0xd8c);
	assert_true(pci_bar_read(&f->m, 4, at, &after, 8));
	assert_int_equal(after, before + 1);
	fake_free(f);
}

static void test_bar_turns_knobs(void **state)
{
	struct fake_host *f = fake_new(&platform_lnl, true);
	u32 val = 7, back, off = TEST_BAR_KNOBS + 4 * KNOB_drop_reply;

	(void)state;
	assert_true(pci_bar_write(&f->m, 4, off, &val, 4));
	assert_int_equal(inject_get(&f->m, KNOB_drop_reply), 7);
	assert_true(pci_bar_read(&f->m, 4, off, &back, 4));
	assert_int_equal(back, 7);
	assert_true(pci_bar_write(&f->m, 4, TEST_BAR_KNOBS + 4 * KNOB_COUNT, &val, 4));
	assert_true(pci_bar_write(&f->m, 4, 0, &val, 4));
	assert_int_equal(obs_count(&f->m, EV_GUEST_ERROR), 2);
	fake_free(f);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(identity_is_lunar_lake),
		T(bars_size_and_keep_type_bits),
		T(capabilities_form_a_list),
		T(config_bits_without_mask_stay),
		T(config_outside_is_refused),
		T(function_level_reset_clears_config_and_registers),
		T(registers_answer_any_width_of_read),
		T(ggtt_is_memory),
		T(bar_access_outside_is_refused),
		cmocka_unit_test(test_bar_shows_counters_by_name),
		cmocka_unit_test(test_bar_turns_knobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
