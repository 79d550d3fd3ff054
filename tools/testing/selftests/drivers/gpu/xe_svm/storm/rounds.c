// SPDX-License-Identifier: GPL-2.0
/*
 * The storms: one function makes one round.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../lib/pressure.h"
#include "../lib/system_sleep.h"
#include "storm.h"

#define BACK_SECONDS	30

static int say_ready(int ready)
{
	return write(ready, "r", 1) == 1 ? 0 : -EPIPE;
}

static int start_load(struct load *load, int ready)
{
	int err = load_open(load) ?: load_start(load);

	return err ?: say_ready(ready);
}

/* Killed while faults are in flight. */
static int body_waits(int ready, unsigned int round)
{
	struct load load = { };
	int err = start_load(&load, ready);

	while (!err)
		pause();
	return err;
}

static int round_kill(struct storm *storm)
{
	pid_t pid = process_start(body_waits, storm->round);

	process_linger(storm->round);
	return pid < 0 ? pid : process_kill_running(pid);
}

static int body_exits(int ready, unsigned int round)
{
	struct load load = { };
	int err = start_load(&load, ready);

	process_linger(round);
	return err;
}

static int round_exit(struct storm *storm)
{
	pid_t pid = process_start(body_exits, storm->round);

	return pid < 0 ? pid : process_end(pid);
}

/* The memory stays, and is the CPU's alone again. */
static int body_closes(int ready, unsigned int round)
{
	struct load load = { };
	int err = start_load(&load, ready);

	if (err)
		return err;
	process_linger(round);
	gpu_close(&load.gpu);
	memset(load.area, 0x5a, SZ_2M);
	usleep(500);
	if (load.area[SZ_4K] != 0x5a || load.area[SZ_2M - 1] != 0x5a)
		return -EBADMSG;
	return munmap(load.area, LOAD_BLOCKS * SZ_2M) ? -errno : 0;
}

static int round_close(struct storm *storm)
{
	pid_t pid = process_start(body_closes, storm->round);

	return pid < 0 ? pid : process_end(pid);
}

static int body_unmaps(int ready, unsigned int round)
{
	struct load load = { };
	int err = start_load(&load, ready);

	if (err)
		return err;
	process_linger(round);
	if (munmap(load.area, LOAD_BLOCKS * SZ_2M))
		return -errno;
	/* Done, or refused: but answered. */
	err = load_wait(&load);
	return err == -EIO ? 0 : err;
}

static int round_munmap(struct storm *storm)
{
	pid_t pid = process_start(body_unmaps, storm->round);

	return pid < 0 ? pid : process_end(pid);
}

/* Its descriptor is passed to the storm's process, and with it the VM. */
static int hand_over[2];

static int body_hands_over(int ready, unsigned int round)
{
	struct load load = { };
	int err = load_open(&load);

	if (!err)
		err = process_send_fd(hand_over[1], load.gpu.fd);
	if (!err)
		err = load_start(&load) ?: say_ready(ready);
	process_linger(round);
	if (!err && round % 2)
		raise(SIGKILL);
	return err;
}

/* Dead before its descriptor is closed, with faults without memory in flight. */
static int round_hand_over(struct storm *storm)
{
	int fd, err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, hand_over))
		return -errno;
	pid = process_start(body_hands_over, storm->round);
	/* The child's end alone: once it is gone, there is nothing to wait for. */
	close(hand_over[1]);
	fd = process_receive_fd(hand_over[0]);
	close(hand_over[0]);
	if (pid < 0 || fd < 0)
		return -EIO;
	process_linger(storm->round * 7);
	if (storm->round % 3)
		close(fd);
	err = process_end(pid);
	if (storm->round % 3 == 0)
		close(fd);
	return err == -EINTR && storm->round % 2 ? 0 : err;
}

static int body_is_reset(int ready, unsigned int round)
{
	struct load load = { };
	int err = start_load(&load, ready);

	if (err)
		return err;
	/* A job that a reset has hit is lost; others are done. Both in time. */
	err = load_wait(&load);
	return err == -EIO || err == -ECANCELED ? 0 : err;
}

static int round_reset(struct storm *storm)
{
	pid_t pid = process_start(body_is_reset, storm->round);
	int err;

	if (pid < 0)
		return pid;
	process_linger(storm->round);
	err = gpu_ask_for_reset(&storm->gpu);
	return err ?: process_end(pid);
}

/* The process lives on, is dying, or ends by itself, when all devices are suspended. */
static int round_suspend(struct storm *storm)
{
	unsigned int kind = storm->round % 3;
	int err, ended;
	pid_t pid;

	if (system_sleep_possible(SYSTEM_SLEEP_TO_RAM)) {
		fprintf(stderr, "suspend-to-RAM needs root, CONFIG_PM_DEBUG and ACPI S3\n");
		return -EOPNOTSUPP;
	}
	pid = process_start(kind == 2 ? body_exits : body_is_reset, storm->round);
	if (pid < 0)
		return pid;
	process_linger(storm->round);
	if (kind == 1)
		kill(pid, SIGKILL);
	err = system_sleep(SYSTEM_SLEEP_TO_RAM);
	ended = process_end(pid);
	return err ?: kind == 1 && ended == -EINTR ? 0 : ended;
}

/* The device is back when it can be opened and has its files. */
static int open_again(struct storm *storm)
{
	int i, err = -ENODEV;

	for (i = 0; err && i < BACK_SECONDS * 100; i++) {
		err = gpu_open(&storm->gpu);
		if (err)
			usleep(10000);
	}
	return err;
}

static int round_rebind(struct storm *storm)
{
	char name[128];
	int err = gpu_bus_name(&storm->gpu, name, sizeof(name));
	pid_t pid;

	if (err)
		return err;
	pid = process_start(body_waits, storm->round);
	if (pid < 0)
		return pid;
	process_linger(storm->round);
	storm->faults += gpu_faults(&storm->gpu);
	/* Every other time another process has the device open, too. */
	if (storm->round % 2) {
		gpu_model_close(&storm->model);
		gpu_close(&storm->gpu);
	}
	err = pressure_set("/sys/bus/pci/drivers/xe/unbind", name);
	if (!err && storm->round % 4 < 2)
		err = pressure_set("/sys/bus/pci/drivers/xe/bind", name);
	err = process_kill_running(pid) ?: err;
	if (!err && storm->round % 4 >= 2)
		err = pressure_set("/sys/bus/pci/drivers/xe/bind", name);
	if (storm->round % 2 == 0) {
		gpu_model_close(&storm->model);
		gpu_close(&storm->gpu);
	}
	return err ?: open_again(storm);
}

static int unload(void)
{
	unsigned long left = ROUND_SECONDS * 1000UL;
	int err;

	/* In use as long as a service has the memory of the dead, and that a mapping. */
	do {
		err = syscall(SYS_delete_module, "xe", O_NONBLOCK) ? -errno : 0;
		usleep(1000);
	} while (err == -EWOULDBLOCK && --left);
	return err == -EWOULDBLOCK ? -ETIME : err;
}

/* Refused as long as the device is open; unloaded, with all memory freed, afterwards. */
static int round_unload(struct storm *storm)
{
	pid_t pid = process_start(body_waits, storm->round);
	char name[128];
	int err = gpu_bus_name(&storm->gpu, name, sizeof(name));

	if (pid < 0)
		return pid;
	process_linger(storm->round);
	storm->faults += gpu_faults(&storm->gpu);
	gpu_model_close(&storm->model);
	gpu_close(&storm->gpu);
	if (!err && storm->round % 3 == 0)
		err = pressure_set("/sys/bus/pci/drivers/xe/unbind", name);
	if (!err && !syscall(SYS_delete_module, "xe", O_NONBLOCK))
		err = -EBADMSG;
	err = process_kill_running(pid) ?: err;
	if (!err)
		err = unload();
	if (!err && system("modprobe xe"))
		err = -EIO;
	return err ?: open_again(storm);
}

struct knob {
	const char *name;
	uint32_t value;
};

static const struct knob delays[] = {
	{ "delay_fault_us", 500 },
	{ "delay_tlb_ack_us", 500 },
	{ "dup_fault", 2 },
	{ NULL },
};

static const struct knob losses[] = {
	{ "drop_fault", 40 },
	{ "drop_reply", 40 },
	{ NULL },
};

static int body_disordered(int ready, unsigned int round)
{
	struct load load = { };
	int err = start_load(&load, ready) ?: load_wait(&load);
	volatile uint32_t *word = (uint32_t *)(load.area + 6 * SZ_2M + 6 * SZ_4K);

	return err ?: *word == 6 ? 0 : -EBADMSG;
}

/* Late and double, but not lost: everything is done in the end. */
static int round_delayed(struct storm *storm)
{
	const struct knob *knob = &delays[storm->round % 3];
	pid_t pid;
	int err = gpu_model_turn(&storm->model, knob->name, knob->value);

	if (err)
		return err;
	pid = process_start(body_disordered, storm->round);
	err = pid < 0 ? pid : process_end(pid);
	gpu_model_turn(&storm->model, knob->name, 0);
	return err;
}

/* The fault is lost: the job never ends, so its process has to. */
static int round_lost(struct storm *storm)
{
	const struct knob *knob = &losses[storm->round % 2];
	pid_t pid;
	int err = gpu_model_turn(&storm->model, knob->name, knob->value);

	if (err)
		return err;
	pid = process_start(body_waits, storm->round);
	process_linger(storm->round);
	process_linger(storm->round * 3);
	gpu_model_turn(&storm->model, knob->name, 0);
	return pid < 0 ? pid : process_kill_running(pid);
}

static void knobs_back(struct storm *storm)
{
	const struct knob *knob;

	for (knob = delays; knob->name; knob++)
		gpu_model_turn(&storm->model, knob->name, 0);
	for (knob = losses; knob->name; knob++)
		gpu_model_turn(&storm->model, knob->name, 0);
}

const struct storm_kind storm_kinds[] = {
	{ "killed_with_faults_in_flight", round_kill },
	{ "exit_before_close", round_exit },
	{ "close_before_exit", round_close },
	{ "munmap_with_faults_in_flight", round_munmap },
	{ "descriptor_outlives_its_process", round_hand_over },
	{ "faults_delayed_and_doubled", round_delayed, .settle = knobs_back },
	{ "faults_and_answers_lost", round_lost, .settle = knobs_back },
	{ "reset_with_faults_in_flight", round_reset },
	{ "copies_under_pressure", round_copies, prepare_copies, settle_copies },
	{ "suspended_with_faults_in_flight", round_suspend },
	{ "unbound_with_faults_in_flight", round_rebind },
	{ "unloaded_after_faults_in_flight", round_unload, .unloads = true },
	{ NULL },
};
