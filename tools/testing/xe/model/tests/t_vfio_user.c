// SPDX-License-Identifier: GPL-2.0
/* The edge: requests of a well-behaved client are answered, those of a broken one never stop the server. */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/vfu.h"
#include "tests/fake_host.h"

struct edge {
	struct fake_host *f;
	struct vfu vfu;
	int client;
	struct vfu_header reply;
	u8 payload[8192];
	int fd; /* that came with the reply, or -1 */
};

static int setup(void **state)
{
	struct edge *e = test_calloc(1, sizeof(*e));
	int pair[2];

	e->f = fake_new(&platform_lnl, false);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	e->client = pair[0];
	e->fd = -1;
	assert_int_equal(vfu_init(&e->vfu, &e->f->m, pair[1]), 0);
	*state = e;
	return 0;
}

static int teardown(void **state)
{
	struct edge *e = *state;

	if (e->fd >= 0)
		close(e->fd);
	close(e->client);
	vfu_fini(&e->vfu);
	fake_free(e->f);
	test_free(e);
	return 0;
}

static void post(struct edge *e, u16 command, u32 flags, const void *payload, u32 size, int fd)
{
	struct vfu_header header = { .id = 0x77, .command = command, .size = sizeof(header) + size, .flags = flags };
	struct iovec iov[2] = { { &header, sizeof(header) }, { (void *)payload, size } };
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	if (fd >= 0) {
		struct cmsghdr *c = (struct cmsghdr *)control;

		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(e->client, &msg, 0), header.size);
}

static bool fetch(struct edge *e)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov[2] = { { &e->reply, sizeof(e->reply) }, { e->payload, sizeof(e->payload) } };
	struct msghdr msg = {
		.msg_iov = iov, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(e->client, &msg, MSG_DONTWAIT);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
	if (c)
		memcpy(&e->fd, CMSG_DATA(c), sizeof(int));
	return n >= (ssize_t)sizeof(e->reply);
}

/* post, serve, fetch; returns the errno of the reply */
static int ask_fd(struct edge *e, u16 command, const void *payload, u32 size, int fd)
{
	post(e, command, 0, payload, size, fd);
	assert_true(vfu_serve(&e->vfu));
	assert_true(fetch(e));
	assert_int_equal(e->reply.id, 0x77);
	assert_int_equal(e->reply.command, command);
	assert_int_equal(e->reply.flags & VFU_FLAG_TYPE, VFU_FLAG_REPLY);
	assert_int_equal(!!(e->reply.flags & VFU_FLAG_ERROR), !!e->reply.error);
	if (e->reply.error)
		assert_int_equal(e->reply.size, sizeof(e->reply));
	return (int)e->reply.error;
}

static int ask(struct edge *e, u16 command, const void *payload, u32 size)
{
	return ask_fd(e, command, payload, size, -1);
}

struct map {
	u32 argsz, flags;
	u64 offset, address, size;
};

struct unmap {
	u32 argsz, flags;
	u64 address, size;
};

struct transfer {
	u64 offset;
	u32 region, count;
	u8 data[8];
};

static void version_is_negotiated(void **state)
{
	struct edge *e = *state;
	u16 version[2] = { 0, 1 };

	assert_int_equal(ask(e, VFU_VERSION, version, sizeof(version)), 0);
	assert_memory_equal(e->payload, version, sizeof(version));
	assert_true(e->reply.size <= 214);
	assert_non_null(strstr((char *)e->payload + 4, "\"capabilities\""));
	version[0] = 1;
	assert_int_equal(ask(e, VFU_VERSION, version, sizeof(version)), EINVAL);
}

static void region_info_comes_in_two_steps(void **state)
{
	struct edge *e = *state;
	struct vfio_region_info info = { .argsz = sizeof(info), .index = 0 }, got;
	struct vfio_region_info_cap_sparse_mmap cap;

	assert_int_equal(ask(e, VFU_DEVICE_GET_REGION_INFO, &info, sizeof(info)), 0);
	memcpy(&got, e->payload, sizeof(got));
	assert_int_equal(e->reply.size, sizeof(e->reply) + sizeof(got));
	assert_int_equal(e->fd, -1);
	assert_int_equal(got.size, BAR0_BYTES);
	assert_true(got.argsz > sizeof(got) && got.cap_offset >= sizeof(got));
	info.argsz = got.argsz;
	assert_int_equal(ask(e, VFU_DEVICE_GET_REGION_INFO, &info, sizeof(info)), 0);
	assert_int_equal(e->reply.size, sizeof(e->reply) + got.argsz);
	assert_true(e->fd >= 0);
	memcpy(&cap, e->payload + got.cap_offset, sizeof(cap));
	assert_int_equal(cap.header.id, VFIO_REGION_INFO_CAP_SPARSE_MMAP);
	assert_int_equal(cap.nr_areas, 3);
}

static void mapped_ggtt_is_the_models(void **state)
{
	struct edge *e = *state;
	struct vfio_region_info info = { .argsz = 4096, .index = 0 };
	u64 *ggtt;

	assert_int_equal(ask(e, VFU_DEVICE_GET_REGION_INFO, &info, sizeof(info)), 0);
	ggtt = mmap(NULL, GGTT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, e->fd, BAR0_GGTT);
	assert_ptr_not_equal(ggtt, MAP_FAILED);
	ggtt[5] = 0xabc001;
	assert_int_equal(mem_ggtt_pte(&e->f->m, 5), 0xabc001);
	munmap(ggtt, GGTT_BYTES);
}

static void dma_map_reaches_the_clients_memory(void **state)
{
	struct edge *e = *state;
	int fd = memfd_create("ram", MFD_CLOEXEC);
	struct map map = { sizeof(map), 3, 0x1000, 0x10000, 0x2000 };
	struct unmap unmap = { sizeof(unmap), 0, 0x10000, 0x2000 };
	u32 val = 0x600df00d, back = 0;

	assert_int_equal(ftruncate(fd, 0x4000), 0);
	assert_int_equal(ask_fd(e, VFU_DMA_MAP, &map, sizeof(map), fd), 0);
	assert_true(mem_write(&e->f->m, (struct mem_addr){ MEM_SYS, 0x10008 }, &val, 4));
	assert_int_equal(pread(fd, &back, 4, 0x1008), 4);
	assert_int_equal(back, val);
	assert_int_equal(ask_fd(e, VFU_DMA_MAP, &map, sizeof(map), fd), EEXIST);
	assert_int_equal(ask(e, VFU_DMA_UNMAP, &unmap, sizeof(unmap)), 0);
	assert_int_equal(ask(e, VFU_DMA_UNMAP, &unmap, sizeof(unmap)), 0);
	assert_false(mem_read(&e->f->m, (struct mem_addr){ MEM_SYS, 0x10008 }, &back, 4));
	close(fd);
}

static void read_only_map_is_mapped_so(void **state)
{
	struct edge *e = *state;
	int fd = memfd_create("rom", MFD_CLOEXEC), ro;
	char path[64];
	struct map map = { sizeof(map), 1, 0, 0xc0000, 0x1000 };

	assert_int_equal(ftruncate(fd, 0x1000), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY);
	assert_int_equal(ask_fd(e, VFU_DMA_MAP, &map, sizeof(map), ro), 0);
	assert_false(mem_write(&e->f->m, (struct mem_addr){ MEM_SYS, 0xc0000 }, "x", 1));
	close(ro);
	close(fd);
}

static void map_without_file_and_bad_maps(void **state)
{
	struct edge *e = *state;
	int fd = memfd_create("ram", MFD_CLOEXEC);
	struct map map = { sizeof(map), 3, 0, 0x10000, 0x1000 };

	assert_int_equal(ask(e, VFU_DMA_MAP, &map, sizeof(map)), 0);
	map.address = 0x20000;
	map.size = 0;
	assert_int_equal(ask(e, VFU_DMA_MAP, &map, sizeof(map)), EINVAL);
	map.size = ~0ul;
	assert_int_equal(ask(e, VFU_DMA_MAP, &map, sizeof(map)), EINVAL);
	map.size = 0x1000;
	map.offset = 0x123;
	assert_int_equal(ask_fd(e, VFU_DMA_MAP, &map, sizeof(map), fd), EINVAL);
	map.offset = 0x1000; /* beyond the end */
	assert_int_equal(ask_fd(e, VFU_DMA_MAP, &map, sizeof(map), fd), EINVAL);
	assert_int_equal(e->f->m.mem->num_pieces, 1);
	close(fd);
}

static void registers_are_read_and_written(void **state)
{
	struct edge *e = *state;
	struct transfer t = { .offset = 0xd8c, .region = 0, .count = 4 };
	u32 val;

	assert_int_equal(ask(e, VFU_REGION_READ, &t, 16), 0);
	memcpy(&val, e->payload + 16, 4);
	assert_int_equal(val, platform_lnl.gts[GT_MAIN].gmd_id);
	t = (struct transfer){ .offset = 0x14800, .count = 4, .data = { 1, 0, 1, 0 } };
	assert_int_equal(ask(e, VFU_REGION_WRITE, &t, 20), 0);
	assert_int_equal(e->reply.size, sizeof(e->reply) + 16);
	assert_int_equal(reg_get(&e->f->m, 0x14800), 1);
}

static void writes_come_in_bundles(void **state)
{
	struct edge *e = *state;
	struct {
		u64 count;
		struct transfer w[2];
	} multi = { 2, { { 0x4000, 0, 4, { 1 } }, { 0x4004, 0, 4, { 2 } } } };

	assert_int_equal(ask(e, VFU_REGION_WRITE_MULTI, &multi, sizeof(multi)), 0);
	assert_int_equal(reg_get(&e->f->m, 0x4000), 1);
	assert_int_equal(reg_get(&e->f->m, 0x4004), 2);
	multi.count = 3;
	assert_int_equal(ask(e, VFU_REGION_WRITE_MULTI, &multi, sizeof(multi)), EINVAL);
	multi.count = ~0ul;
	assert_int_equal(ask(e, VFU_REGION_WRITE_MULTI, &multi, sizeof(multi)), EINVAL);
}

static void interrupt_reaches_the_eventfd(void **state)
{
	struct edge *e = *state;
	struct vfio_irq_set set = {
		.argsz = sizeof(set), .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSI_IRQ_INDEX, .count = 1,
	};
	int fd = eventfd(0, EFD_NONBLOCK);
	u64 n;

	assert_false(vfu_msi(&e->vfu, 0));
	assert_int_equal(ask_fd(e, VFU_DEVICE_SET_IRQS, &set, sizeof(set), fd), 0);
	assert_true(vfu_msi(&e->vfu, 0));
	assert_int_equal(read(fd, &n, 8), 8);
	assert_int_equal(n, 1);
	set.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;
	set.count = 0;
	assert_int_equal(ask(e, VFU_DEVICE_SET_IRQS, &set, sizeof(set)), 0);
	assert_false(vfu_msi(&e->vfu, 0));
	set.count = 2;
	assert_int_equal(ask(e, VFU_DEVICE_SET_IRQS, &set, sizeof(set)), EINVAL);
	set.index = 99;
	assert_int_equal(ask(e, VFU_DEVICE_SET_IRQS, &set, sizeof(set)), EINVAL);
	close(fd);
}

static void short_payload_is_an_error_for_every_command(void **state)
{
	static const u16 commands[] = { 1, 2, 3, 4, 5, 7, 8, 9, 10, 15 };
	struct edge *e = *state;
	u8 junk[4] = { 0 };

	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		assert_int_equal(ask(e, commands[i], junk, 3), EINVAL);
	assert_int_equal(obs_count(&e->f->m, EV_VFU_ERROR), ARRAY_SIZE(commands));
}

static void unknown_command_is_not_supported(void **state)
{
	struct edge *e = *state;

	assert_int_equal(ask(e, 6, NULL, 0), ENOTSUP);
	assert_int_equal(ask(e, 16, NULL, 0), ENOTSUP);
	assert_int_equal(ask(e, 0, NULL, 0), ENOTSUP);
	assert_int_equal(ask(e, 0xffff, NULL, 0), ENOTSUP);
	assert_int_equal(ask(e, VFU_DEVICE_RESET, NULL, 0), 0);
}

static void transfer_beyond_limits_is_refused(void **state)
{
	struct edge *e = *state;
	struct transfer t = { .offset = 0, .region = 0, .count = VFU_DATA_MAX + 1 };

	assert_int_equal(ask(e, VFU_REGION_READ, &t, 16), EINVAL);
	t.count = 8;
	assert_int_equal(ask(e, VFU_REGION_WRITE, &t, 20), EINVAL);
	t.offset = ~0ul;
	assert_int_equal(ask(e, VFU_REGION_READ, &t, 16), EINVAL);
	t.region = 8;
	t.offset = 0;
	assert_int_equal(ask(e, VFU_REGION_READ, &t, 16), EINVAL);
}

static void impossible_size_ends_the_connection(void **state)
{
	struct edge *e = *state;
	struct vfu_header header = { .command = VFU_DEVICE_RESET, .size = 15 };

	assert_int_equal(send(e->client, &header, sizeof(header), 0), sizeof(header));
	assert_false(vfu_serve(&e->vfu));
	assert_int_equal(e->vfu.conn, -1);
}

static void oversize_message_ends_the_connection(void **state)
{
	struct edge *e = *state;
	struct vfu_header header = { .command = VFU_DEVICE_RESET, .size = 0xffffffff };

	assert_int_equal(send(e->client, &header, sizeof(header), 0), sizeof(header));
	assert_false(vfu_serve(&e->vfu));
}

static void message_may_arrive_byte_by_byte(void **state)
{
	struct edge *e = *state;
	struct vfu_header header = { .id = 3, .command = VFU_DEVICE_RESET, .size = sizeof(header) };

	for (u32 i = 0; i < sizeof(header); i++) {
		assert_false(fetch(e));
		assert_int_equal(send(e->client, (u8 *)&header + i, 1, 0), 1);
		assert_true(vfu_serve(&e->vfu));
	}
	assert_true(fetch(e));
	assert_int_equal(e->reply.id, 3);
}

static void many_messages_are_answered_in_order(void **state)
{
	struct edge *e = *state;
	struct transfer t = { .offset = 0xd8c, .region = 0, .count = 4 };

	for (u32 i = 0; i < 20; i++)
		post(e, VFU_REGION_READ, i % 2 ? VFU_FLAG_NO_REPLY : 0, &t, 16, -1);
	assert_true(vfu_serve(&e->vfu));
	assert_int_equal(obs_count(&e->f->m, EV_MMIO_READ), 20);
	for (u32 i = 0; i < 10; i++) {
		assert_int_equal(recv(e->client, e->payload, 36, MSG_DONTWAIT), 36);
		assert_int_equal(((struct vfu_header *)e->payload)->size, 36);
	}
	assert_false(fetch(e));
}

static void leaving_client_is_noticed(void **state)
{
	struct edge *e = *state;

	shutdown(e->client, SHUT_RDWR);
	assert_false(vfu_serve(&e->vfu));
}

/* junk by a fixed seed: any answer is fine, the server lives and its tables hold */
static void junk_never_stops_the_server(void **state)
{
	struct edge *e = *state;
	u8 junk[64];

	for (u32 i = 0; i < 20000; i++) {
		u32 size = inject_random(&e->f->m) % sizeof(junk);

		for (u32 j = 0; j < sizeof(junk); j += 8) {
			u64 r = inject_random(&e->f->m);

			r &= inject_random(&e->f->m) & (r & 1 ? 0xff000000ffful : ~0ul);
			memcpy(junk + j, &r, 8);
		}
		post(e, inject_random(&e->f->m) % 18, VFU_FLAG_NO_REPLY, junk, size, -1);
		assert_true(vfu_serve(&e->vfu));
	}
	assert_int_equal(ask(e, VFU_DEVICE_RESET, NULL, 0), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(version_is_negotiated),
		T(region_info_comes_in_two_steps),
		T(mapped_ggtt_is_the_models),
		T(dma_map_reaches_the_clients_memory),
		T(read_only_map_is_mapped_so),
		T(map_without_file_and_bad_maps),
		T(registers_are_read_and_written),
		T(writes_come_in_bundles),
		T(interrupt_reaches_the_eventfd),
		T(short_payload_is_an_error_for_every_command),
		T(unknown_command_is_not_supported),
		T(transfer_beyond_limits_is_refused),
		T(impossible_size_ends_the_connection),
		T(oversize_message_ends_the_connection),
		T(message_may_arrive_byte_by_byte),
		T(many_messages_are_answered_in_order),
		T(leaving_client_is_noticed),
		T(junk_never_stops_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
