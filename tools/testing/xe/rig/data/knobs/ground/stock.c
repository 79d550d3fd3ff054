// SPDX-License-Identifier: GPL-2.0
/* See stock.h. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "abi/parallel_touch.h"
#include "stock.h"

#define PAGES		(AREA_SIZE / SZ_4K)

static int start_queue(struct stock *s, unsigned int engine_class)
{
	const struct drm_xe_engine_class_instance *engine = gpu_find_engine(&s->gpu, engine_class);
	int err;

	if (!engine)
		return -ENXIO;
	err = gpu_control_in_bo(&s->gpu);
	if (!err)
		err = gpu_queue_create(&s->gpu, engine, &s->queue);
	if (!err)
		err = gpu_run(&s->queue);
	return err;
}

int stock_open(struct stock *s, unsigned int engine_class)
{
	void *area = NULL;
	int err;

	memset(s, 0, sizeof(*s));
	s->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (s->kmsg < 0 || lseek(s->kmsg, 0, SEEK_END) < 0)
		return -errno;
	err = gpu_open(&s->gpu);
	if (!err)
		err = gpu_model_open(&s->gpu, &s->model);
	if (!err)
		err = start_queue(s, engine_class);
	if (!err)
		err = gpu_bo_place(&s->gpu, AREA_SIZE, &s->bo, &area);
	s->area = area;
	return err;
}

static const char *const all_knobs[] = {
	"drop_fault", "dup_fault", "reorder_fault", "delay_fault_us",
	"drop_reply", "dup_reply", "reorder_reply", "delay_reply_us",
	"drop_tlb_ack", "dup_tlb_ack", "reorder_tlb_ack", "delay_tlb_ack_us",
	"drop_irq", "dup_irq", "delay_irq_us", "mask_loses", "display_irq_hz",
	"fail_copy", "guc_dies", "parallel_touch",
};

void stock_close(struct stock *s)
{
	unsigned int i;

	for (i = 0; i < sizeof(all_knobs) / sizeof(all_knobs[0]); i++)
		gpu_model_turn(&s->model, all_knobs[i], 0);
	gpu_queue_destroy(&s->queue);
	gpu_model_close(&s->model);
	gpu_close(&s->gpu);
	if (s->kmsg >= 0)
		close(s->kmsg);
}

int stock_rebind(struct stock *s)
{
	struct drm_xe_vm_bind_op op = gpu_op_bo(s->bo, (uintptr_t)s->area, AREA_SIZE);
	int err = gpu_unbind(&s->gpu, (uintptr_t)s->area, AREA_SIZE);

	return err ?: gpu_bind_ops(&s->gpu, &op, 1);
}

int stock_wait(struct gpu_queue *queue, int64_t ns)
{
	struct drm_xe_wait_user_fence wait = {
		.addr = (uintptr_t)queue->fence,
		.op = DRM_XE_UFENCE_WAIT_OP_EQ,
		.value = queue->seqno,
		.mask = ~0ULL,
		.timeout = ns,
		.exec_queue_id = queue->id,
	};

	return ioctl(queue->gpu->fd, DRM_IOCTL_XE_WAIT_USER_FENCE, &wait) ? -errno : 0;
}

int stock_store(struct stock *s, uint32_t value, int64_t ns)
{
	int err;

	gpu_batch_store(&s->queue, s->area, value);
	err = gpu_start(&s->queue);
	return err ?: stock_wait(&s->queue, ns);
}

int stock_touch_all(struct stock *s, uint32_t value)
{
	struct parallel_touch touch = {
		.start = (uintptr_t)s->area, .count = PAGES, .stride = SZ_4K, .lanes = PAGES,
		.value = value, .access = PARALLEL_TOUCH_WRITE,
	};

	parallel_touch_emit(s->queue.batch + s->queue.len, &touch);
	s->queue.len += PARALLEL_TOUCH_DWORDS;
	return gpu_run(&s->queue);
}

int stock_was_touched(const struct stock *s, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		if (s->area[i * SZ_4K / 4] != value)
			return 0;
	return 1;
}

int stock_read_file(const char *dir, const char *name)
{
	char path[128], text[256];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text)) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

int stock_reset(struct stock *s)
{
	return stock_read_file(s->gpu.debugfs, "gt0/force_reset_sync");
}

int64_t count(const struct stock *s, const char *name)
{
	return gpu_model_count(&s->model, name);
}

int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

int logged(struct stock *s, const char *text)
{
	int64_t end = now_ns() + 5 * SECOND_NS;
	char record[2048];
	ssize_t n;

	while (now_ns() < end) {
		n = read(s->kmsg, record, sizeof(record) - 1);
		if (n <= 0) {
			usleep(20000);
			continue;
		}
		record[n] = '\0';
		if (strstr(record, text))
			return 1;
	}
	return 0;
}
