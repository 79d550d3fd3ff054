// SPDX-License-Identifier: GPL-2.0
/* A broken VMM. Input: requests of {command, flags, size, payload}; flag bit 7 sends a file along. */
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/vfu.h"
#include "tests/fake_host.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define FILE_BYTES 0x10000

/*
 * What is asked for must fit into the socket, as nobody takes it out before the model has answered; too much
 * for the model is refused by it.
 */
static void fit(u8 *payload, u32 command, u32 len)
{
	u32 count;

	if (command != VFU_REGION_READ || len < 16)
		return;
	memcpy(&count, payload + 12, sizeof(count));
	if (count <= VFU_DATA_MAX)
		count %= FILE_BYTES;
	memcpy(payload + 12, &count, sizeof(count));
}

static void post(int client, const u8 *data, u32 len, bool with_file)
{
	u8 payload[256];
	struct vfu_header header = { .command = data[0], .flags = data[1] & 0x3f, .size = sizeof(header) + len };
	struct iovec iov[2] = { { &header, sizeof(header) }, { payload, len } };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr cmsg;
	} control = { .bytes = { 0 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	int fd = -1;

	memcpy(payload, data + 3, len);
	fit(payload, data[0], len);
	if (with_file) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		if (ftruncate(fd, FILE_BYTES))
			return;
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.cmsg.cmsg_level = SOL_SOCKET;
		control.cmsg.cmsg_type = SCM_RIGHTS;
		control.cmsg.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.cmsg), &fd, sizeof(int));
	}
	sendmsg(client, &msg, MSG_DONTWAIT);
	if (fd >= 0)
		close(fd);
}

static void drain(int client)
{
	static char sink[1 << 20];

	while (recv(client, sink, sizeof(sink), MSG_DONTWAIT) > 0)
		;
}

/* the GPU looks at what was mapped */
static void touch(struct model *m)
{
	u8 buf[16] = { 0 };

	for (u32 i = 0; i < m->mem->num_pieces; i++) {
		struct mem_addr first = { MEM_SYS, m->mem->pieces[i].iova };
		struct mem_addr last = { MEM_SYS, first.pa + m->mem->pieces[i].size - 1 };

		mem_read(m, first, buf, sizeof(buf));
		mem_write(m, last, buf, 1);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct fake_host *f; /* one for all inputs, each finds it fresh */
	struct vfu vfu;
	int pair[2];

	if (!f)
		f = fake_new(&platform_lnl, true);
	pci_reset(&f->m);
	device_reset(&f->m);
	inject_init(&f->m, 1);
	mem_remove_all(&f->m);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || vfu_init(&vfu, &f->m, pair[1]))
		return 0;
	while (size > 3) {
		u32 len = data[2] < size - 3 ? data[2] : (u32)size - 3;

		post(pair[0], data, len, data[1] & 0x80);
		if (!vfu_serve(&vfu))
			break;
		drain(pair[0]);
		touch(&f->m);
		data += 3 + len;
		size -= 3 + len;
	}
	close(pair[0]);
	vfu_fini(&vfu);
	return 0;
}
