// SPDX-License-Identifier: GPL-2.0
/* The program around the device: options, one client, counters at the end, exit status by outcome. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/vfu.h"

#define PATIENCE_MS 10000

struct program {
	char dir[32], socket[64], counters[64];
	pid_t pid;
	int client;
};

static int setup(void **state)
{
	struct program *p = test_calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/t_program.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->socket, sizeof(p->socket), "%s/gpu", p->dir);
	snprintf(p->counters, sizeof(p->counters), "%s/counters", p->dir);
	p->client = -1;
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct program *p = *state;

	if (p->client >= 0)
		close(p->client);
	unlink(p->counters);
	unlink(p->socket);
	rmdir(p->dir);
	test_free(p);
	return 0;
}

static void start(struct program *p, const char *const *args)
{
	const char *argv[16] = { getenv("XE_MODEL"), "--socket", p->socket, "--counters", p->counters };
	int null = open("/dev/null", O_RDWR), n = 5;

	if (!argv[0]) {
		close(null);
		print_message("XE_MODEL does not name the program\n");
		skip();
	}
	while (args && *args)
		argv[n++] = *args++;
	p->pid = fork();
	if (!p->pid) {
		dup2(null, 1);
		dup2(null, 2);
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	close(null);
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* exit status, or -1: still there after all patience, killed */
static int finish(struct program *p)
{
	int status;

	for (int i = 0; i < PATIENCE_MS; i++) {
		if (waitpid(p->pid, &status, WNOHANG) == p->pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		nap();
	}
	kill(p->pid, SIGKILL);
	waitpid(p->pid, &status, 0);
	return -1;
}

static void attach(struct program *p)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(addr.sun_path, p->socket);
	p->client = socket(AF_UNIX, SOCK_STREAM, 0);
	for (int i = 0; i < PATIENCE_MS; i++) {
		if (!connect(p->client, (struct sockaddr *)&addr, sizeof(addr)))
			return;
		nap();
	}
	fail_msg("no server on the socket");
}

static void write_register(struct program *p, u64 off, u32 val)
{
	struct {
		struct vfu_header header;
		u64 offset;
		u32 region, count, data;
	} __attribute__((packed)) m = {
		{ .command = VFU_REGION_WRITE, .size = 36 }, off, 0, 4, val,
	};
	char reply[32];

	assert_int_equal(send(p->client, &m, 36, 0), 36);
	assert_int_equal(recv(p->client, reply, sizeof(reply), MSG_WAITALL), sizeof(reply));
}

static long counter(struct program *p, const char *name)
{
	char line[256];
	FILE *f = fopen(p->counters, "r");
	long val = -1;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ' ')
			val = atol(line + strlen(name));
	fclose(f);
	return val;
}

static void leaving_client_ends_it_cleanly(void **state)
{
	struct program *p = *state;

	start(p, NULL);
	attach(p);
	write_register(p, 0x4000, 1);
	close(p->client);
	p->client = -1;
	assert_int_equal(finish(p), 0);
	assert_int_equal(counter(p, "MMIO_WRITE"), 1);
	assert_int_equal(access(p->socket, F_OK), -1);
}

static void unimplemented_shows_in_the_status(void **state)
{
	struct program *p = *state;

	start(p, NULL);
	attach(p);
	write_register(p, 0x138124, 0x800000ee);
	close(p->client);
	p->client = -1;
	assert_int_equal(finish(p), 3);
	assert_int_equal(counter(p, "UNIMPLEMENTED"), 1);
}

static void signals_write_counters_and_end_it(void **state)
{
	struct program *p = *state;

	start(p, NULL);
	attach(p);
	write_register(p, 0x4000, 1);
	kill(p->pid, SIGUSR1);
	for (int i = 0; i < PATIENCE_MS && access(p->counters, F_OK); i++)
		nap();
	kill(p->pid, SIGTERM);
	assert_int_equal(finish(p), 0);
	assert_int_equal(counter(p, "MMIO_WRITE"), 1);
}

static void signal_before_any_client_ends_it(void **state)
{
	struct program *p = *state;

	start(p, NULL);
	for (int i = 0; i < PATIENCE_MS && access(p->socket, F_OK); i++)
		nap();
	kill(p->pid, SIGTERM);
	assert_int_equal(finish(p), 1);
}

static void wrong_options_are_refused(void **state)
{
	static const char *const wrong[][3] = {
		{ "--device", "i915" }, { "--vram", "100" }, { "--vram", "-1" }, { "--seed", "x" },
		{ "--inject", "no_such_knob=1" }, { "--inject", "drop_fault" }, { "--inject", "drop_fault=1x" },
		{ "--nonsense" }, { "word" },
	};
	struct program *p = *state;

	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		start(p, wrong[i]);
		assert_int_equal(finish(p), 2);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(leaving_client_ends_it_cleanly),
		T(unimplemented_shows_in_the_status),
		T(signals_write_counters_and_end_it),
		T(signal_before_any_client_ends_it),
		T(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
