// SPDX-License-Identifier: GPL-2.0
/*
 * Requests as rows. A handler gets a payload of at least its row's size and answers 0 with the reply's
 * payload in tx, or an errno.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/vfu.h"
#include "mem/mem.h"
#include "mmio/reset.h"
#include "model.h"
#include "obs/obs.h"
#include "pci/pci.h"

#define VERSION_MAJOR 0

struct vfu_version {
	u16 major, minor;
};

struct vfu_dma_map {
	u32 argsz, flags;
	u64 offset, address, size;
};

#define DMA_READ BIT(0)
#define DMA_WRITE BIT(1)

struct vfu_dma_unmap {
	u32 argsz, flags;
	u64 address, size;
};

struct vfu_transfer {
	u64 offset;
	u32 region, count;
};

struct vfu_small_write {
	u64 offset;
	u32 region, count;
	u8 data[8];
};

static u8 *payload_of(struct vfu *vfu)
{
	return vfu->tx + sizeof(struct vfu_header);
}

static void put(struct vfu *vfu, const void *data, size_t size)
{
	memcpy(payload_of(vfu) + vfu->tx_size, data, size);
	vfu->tx_size += size;
}

static int version(struct vfu *vfu, const u8 *in, size_t size)
{
	struct vfu_version v;
	char json[160];
	int len;

	(void)size;
	memcpy(&v, in, sizeof(v));
	if (v.major != VERSION_MAJOR)
		return EINVAL;
	v.minor = v.minor ? 1 : 0;
	len = snprintf(json, sizeof(json),
		       "{\"capabilities\":{\"max_msg_fds\":%u,\"max_data_xfer_size\":%u,\"write_multiple\":true}}",
		       VFU_FDS_MAX, VFU_DATA_MAX);
	put(vfu, &v, sizeof(v));
	put(vfu, json, (size_t)len + 1);
	return 0;
}

/* a piece without a file is known but out of the GPU's reach */
static int dma_map(struct vfu *vfu, const u8 *in, size_t size)
{
	struct vfu_dma_map map;
	bool write;
	int err;

	(void)size;
	memcpy(&map, in, sizeof(map));
	if (!map.size || map.address + (map.size - 1) < map.address)
		return EINVAL;
	write = map.flags & DMA_WRITE;
	if (vfu->num_fds)
		err = mem_insert_file(vfu->m, map.address, map.size, vfu->fds[0], map.offset, write);
	else
		err = mem_insert(vfu->m, map.address, map.size, NULL, write);
	if (!err)
		obs_event(vfu->m, EV_DMA_MAP, map.address, map.size);
	return -err;
}

static int dma_unmap(struct vfu *vfu, const u8 *in, size_t size)
{
	struct vfu_dma_unmap unmap;
	int err = 0;

	(void)size;
	memcpy(&unmap, in, sizeof(unmap));
	if (unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL)
		mem_remove_all(vfu->m);
	else
		err = mem_remove(vfu->m, unmap.address, unmap.size);
	if (err)
		return -err;
	obs_event(vfu->m, EV_DMA_UNMAP, unmap.address, unmap.size);
	put(vfu, &unmap, sizeof(unmap));
	return 0;
}

static int get_info(struct vfu *vfu, const u8 *in, size_t size)
{
	struct {
		u32 argsz, flags, num_regions, num_irqs;
	} info = { sizeof(info), VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI, VFIO_PCI_NUM_REGIONS, VFU_IRQS };

	(void)in;
	(void)size;
	put(vfu, &info, sizeof(info));
	return 0;
}

static void describe_config(struct vfio_region_info *info)
{
	info->size = PCI_CONFIG_BYTES;
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
}

static void describe_bar(struct vfio_region_info *info, const struct pci_bar *bar)
{
	if (!bar->size)
		return;
	info->size = bar->size;
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (!bar->num_mmaps)
		return;
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
	info->cap_offset = sizeof(*info);
	info->argsz += sizeof(struct vfio_region_info_cap_sparse_mmap) +
		       bar->num_mmaps * sizeof(struct vfio_region_sparse_mmap_area);
}

static void put_mmaps(struct vfu *vfu, const struct pci_bar *bar)
{
	struct vfio_region_info_cap_sparse_mmap cap = {
		.header = { .id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .version = 1 },
		.nr_areas = bar->num_mmaps,
	};

	put(vfu, &cap, sizeof(cap));
	for (u32 i = 0; i < bar->num_mmaps; i++) {
		struct vfio_region_sparse_mmap_area area = { bar->mmaps[i].off, bar->mmaps[i].size };

		put(vfu, &area, sizeof(area));
	}
	vfu->tx_fd = bar->fd;
}

/* a client with too small an argsz learns the size it needs and asks again: no capability, no file yet */
static int get_region_info(struct vfu *vfu, const u8 *in, size_t size)
{
	struct vfio_region_info info, ask;
	const struct pci_bar *bar = NULL;

	(void)size;
	memcpy(&ask, in, sizeof(ask));
	if (ask.argsz < sizeof(info) || ask.index >= VFIO_PCI_NUM_REGIONS)
		return EINVAL;
	info = (struct vfio_region_info){ .argsz = sizeof(info), .index = ask.index };
	if (ask.index < PCI_BARS) {
		bar = &vfu->m->pci->bar[ask.index];
		describe_bar(&info, bar);
	} else if (ask.index == VFIO_PCI_CONFIG_REGION_INDEX) {
		describe_config(&info);
	}
	put(vfu, &info, sizeof(info));
	if (info.cap_offset && ask.argsz >= info.argsz)
		put_mmaps(vfu, bar);
	return 0;
}

static u32 irq_count(u32 index)
{
	return index == VFIO_PCI_INTX_IRQ_INDEX || index == VFIO_PCI_MSI_IRQ_INDEX;
}

static int get_irq_info(struct vfu *vfu, const u8 *in, size_t size)
{
	struct vfio_irq_info info;

	(void)size;
	memcpy(&info, in, sizeof(info));
	if (info.index >= VFU_IRQS)
		return EINVAL;
	info.argsz = sizeof(info);
	info.count = irq_count(info.index);
	info.flags = info.count ? VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE : 0;
	if (info.index == VFIO_PCI_INTX_IRQ_INDEX)
		info.flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	put(vfu, &info, sizeof(info));
	return 0;
}

static void set_eventfd(struct vfu *vfu, u32 index, int fd)
{
	if (vfu->irq[index] >= 0)
		close(vfu->irq[index]);
	vfu->irq[index] = fd;
}

/* the client may pull the trigger itself */
static void trigger(struct vfu *vfu, u32 index)
{
	u64 one = 1;

	if (vfu->irq[index] >= 0 && write(vfu->irq[index], &one, sizeof(one)) < 0)
		obs_log(vfu->m, "eventfd of interrupt index %u: %s", index, strerror(errno));
}

static int set_irqs(struct vfu *vfu, const u8 *in, size_t size)
{
	struct vfio_irq_set set;
	u32 action, data;

	(void)size;
	memcpy(&set, in, offsetof(struct vfio_irq_set, data));
	action = set.flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
	data = set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
	if (set.index >= VFU_IRQS || set.start > irq_count(set.index) ||
	    set.count > irq_count(set.index) - set.start)
		return EINVAL;
	if (action == VFIO_IRQ_SET_ACTION_MASK || action == VFIO_IRQ_SET_ACTION_UNMASK)
		return 0; /* only INTX has them, and it is never raised */
	if (action != VFIO_IRQ_SET_ACTION_TRIGGER)
		return EINVAL;
	if (data == VFIO_IRQ_SET_DATA_NONE && set.count) {
		trigger(vfu, set.index);
	} else if (data == VFIO_IRQ_SET_DATA_EVENTFD && vfu->num_fds) {
		set_eventfd(vfu, set.index, vfu->fds[0]);
		vfu->fds[0] = -1;
	} else {
		set_eventfd(vfu, set.index, -1);
	}
	return 0;
}

static int region_read(struct vfu *vfu, const u8 *in, size_t size)
{
	struct vfu_transfer t;
	bool ok;

	(void)size;
	memcpy(&t, in, sizeof(t));
	if (t.count > VFU_DATA_MAX)
		return EINVAL;
	put(vfu, &t, sizeof(t));
	if (t.region == VFIO_PCI_CONFIG_REGION_INDEX)
		ok = pci_config_read(vfu->m, t.offset, payload_of(vfu) + sizeof(t), t.count);
	else
		ok = pci_bar_read(vfu->m, t.region, t.offset, payload_of(vfu) + sizeof(t), t.count);
	vfu->tx_size += t.count;
	return ok ? 0 : EINVAL;
}

static bool write_one(struct vfu *vfu, u32 region, u64 offset, const u8 *data, u32 count)
{
	if (region == VFIO_PCI_CONFIG_REGION_INDEX)
		return pci_config_write(vfu->m, offset, data, count);
	return pci_bar_write(vfu->m, region, offset, data, count);
}

static int region_write(struct vfu *vfu, const u8 *in, size_t size)
{
	struct vfu_transfer t;

	memcpy(&t, in, sizeof(t));
	if (t.count > size - sizeof(t))
		return EINVAL;
	if (!write_one(vfu, t.region, t.offset, in + sizeof(t), t.count))
		return EINVAL;
	put(vfu, &t, sizeof(t));
	return 0;
}

static int region_write_multi(struct vfu *vfu, const u8 *in, size_t size)
{
	struct vfu_small_write w;
	u64 count, done;

	memcpy(&count, in, sizeof(count));
	if (count > (size - sizeof(count)) / sizeof(w))
		return EINVAL;
	for (done = 0; done < count; done++) {
		memcpy(&w, in + sizeof(count) + done * sizeof(w), sizeof(w));
		if (w.count > sizeof(w.data) || !write_one(vfu, w.region, w.offset, w.data, w.count))
			return EINVAL;
	}
	put(vfu, &done, sizeof(done));
	return 0;
}

static int reset(struct vfu *vfu, const u8 *in, size_t size)
{
	(void)in;
	(void)size;
	pci_reset(vfu->m);
	device_reset(vfu->m);
	return 0;
}

static const struct {
	u32 command;
	size_t min;
	int (*run)(struct vfu *vfu, const u8 *in, size_t size);
} requests[] = {
	{ VFU_VERSION, sizeof(struct vfu_version), version },
	{ VFU_DMA_MAP, sizeof(struct vfu_dma_map), dma_map },
	{ VFU_DMA_UNMAP, sizeof(struct vfu_dma_unmap), dma_unmap },
	{ VFU_DEVICE_GET_INFO, 16, get_info },
	{ VFU_DEVICE_GET_REGION_INFO, sizeof(struct vfio_region_info), get_region_info },
	{ VFU_DEVICE_GET_IRQ_INFO, sizeof(struct vfio_irq_info), get_irq_info },
	{ VFU_DEVICE_SET_IRQS, offsetof(struct vfio_irq_set, data), set_irqs },
	{ VFU_REGION_READ, sizeof(struct vfu_transfer), region_read },
	{ VFU_REGION_WRITE, sizeof(struct vfu_transfer), region_write },
	{ VFU_DEVICE_RESET, 0, reset },
	{ VFU_REGION_WRITE_MULTI, sizeof(u64), region_write_multi },
};

int vfu_dispatch(struct vfu *vfu, const struct vfu_header *header, const u8 *payload, size_t size)
{
	for (u32 i = 0; i < ARRAY_SIZE(requests); i++) {
		if (requests[i].command != header->command)
			continue;
		return size < requests[i].min ? EINVAL : requests[i].run(vfu, payload, size);
	}
	return ENOTSUP; /* the protocol's optional parts: IO fds, features (migration) */
}

bool vfu_msi(struct vfu *vfu, u32 vector)
{
	(void)vector;
	if (vfu->irq[VFIO_PCI_MSI_IRQ_INDEX] < 0)
		return false;
	trigger(vfu, VFIO_PCI_MSI_IRQ_INDEX);
	return true;
}
