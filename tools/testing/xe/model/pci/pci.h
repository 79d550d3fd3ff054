/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PCI function: config space, BARs and what lies behind each. Knows nothing of vfio-user.
 */
#ifndef MODEL_PCI_H
#define MODEL_PCI_H

#include "pci/test_bar.h"
#include "types.h"

#define PCI_BARS 6u
#define PCI_CONFIG_BYTES 4096u
#define PCI_MMAPS_MAX 3u

struct pci_mmap {
	u64 off, size;
};

struct pci_bar {
	u64 size; /* 0: absent, or the upper half of the one before */
	int fd; /* -1: everything traps */
	bool read_only; /* what is mmap'able is so for reading only */
	struct pci_mmap mmaps[PCI_MMAPS_MAX];
	u32 num_mmaps;
};

struct pci {
	u8 config[PCI_CONFIG_BYTES];
	u8 config_rw[PCI_CONFIG_BYTES]; /* bits that keep what is written */
	u8 config_w1c[PCI_CONFIG_BYTES];
	u32 msi_cap; /* offset of the MSI capability */
	struct pci_bar bar[PCI_BARS];

	struct test_bar test;
};

int pci_init(struct model *m, bool test_bar);
void pci_fini(struct model *m);
void pci_reset(struct model *m);

/* false: outside; buf is zeroed */
bool pci_config_read(struct model *m, u64 off, void *buf, size_t len);
bool pci_config_write(struct model *m, u64 off, const void *buf, size_t len);
bool pci_bar_read(struct model *m, u32 bar, u64 off, void *buf, size_t len);
bool pci_bar_write(struct model *m, u32 bar, u64 off, const void *buf, size_t len);

#endif
