// SPDX-License-Identifier: GPL-2.0
/*
 * xe-model: an emulated Intel GPU behind a vfio-user socket.
 * One loop: requests are answered as they come, GPU work runs in slices between them.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "gpu.h"
#include "host/vfu.h"
#include "inject/inject.h"
#include "model.h"
#include "obs/obs.h"

#define GPU_SLICE_NS (50 * NSEC_PER_USEC)

#define EXIT_UNIMPLEMENTED 3
#define EXIT_ORACLE 4

struct options {
	const char *socket, *counters, *trace, *log, *inject;
	bool strict, list_counters, help;
	struct gpu_config config;
};

struct server {
	struct model m;
	struct vfu vfu;
	int signals;
	const char *counters;
};

static void usage(FILE *f)
{
	fprintf(f,
		"usage: xe-model --socket PATH [options]\n"
		"An emulated Intel GPU as a vfio-user server; serves one client, ends when it leaves.\n"
		"  --device NAME      lnl (default) or bmg\n"
		"  --vram MIB         memory behind BAR2 instead of the device's own\n"
		"  --counters FILE    'name value' lines, written at the end and on SIGUSR1\n"
		"  --trace FILE       one line per event: nanoseconds name a b (hex); rig/bin/trace reads it\n"
		"  --log FILE         messages (default: standard error)\n"
		"  --seed N           of everything left to chance (default 1)\n"
		"  --inject K=V,...   turn knobs, see --list-counters\n"
		"  --strict           same as --inject strict=1\n"
		"  --test-bar         BAR4 with live counters and knobs\n"
		"  --list-counters    print counters and knobs with their meaning\n"
		"exit status: 0 clean, 1 could not run, 2 usage, 3 the guest used something unimplemented,\n"
		"4 the GPU made an access a correct driver never causes\n");
}

static void list_counters(void)
{
	for (u32 i = 0; i < EV_COUNT; i++)
		printf("%-28s %s\n", ev_names[i], ev_docs[i]);
	printf("\nknobs\n");
	for (u32 i = 0; i < KNOB_COUNT; i++)
		printf("%-28s %s\n", knob_names[i], knob_docs[i]);
}

static bool parse_u64(const char *text, u64 *val)
{
	char *end;

	errno = 0;
	*val = strtoull(text, &end, 0);
	return *text && *text != '-' && !*end && !errno;
}

static bool take_option(struct options *o, int opt)
{
	u64 n;

	switch (opt) {
	case 's': o->socket = optarg; return true;
	case 'd': o->config.plat = platform_find(optarg); return o->config.plat;
	case 'v':
		if (!parse_u64(optarg, &n) || n < 64 || n > 65536 || n & (n - 1))
			return false;
		o->config.vram = n << 20;
		return true;
	case 'c': o->counters = optarg; return true;
	case 't': o->trace = optarg; return true;
	case 'l': o->log = optarg; return true;
	case 'S': return parse_u64(optarg, &o->config.seed);
	case 'i': o->inject = optarg; return true;
	case 'x': o->strict = true; return true;
	case 'b': o->config.test_bar = true; return true;
	case 'L': o->list_counters = true; return true;
	case 'h': o->help = true; return true;
	}
	return false;
}

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "socket", 1, 0, 's' }, { "device", 1, 0, 'd' }, { "vram", 1, 0, 'v' },
		{ "counters", 1, 0, 'c' }, { "trace", 1, 0, 't' }, { "log", 1, 0, 'l' },
		{ "seed", 1, 0, 'S' }, { "inject", 1, 0, 'i' }, { "strict", 0, 0, 'x' },
		{ "test-bar", 0, 0, 'b' }, { "list-counters", 0, 0, 'L' }, { "help", 0, 0, 'h' },
		{ 0, 0, 0, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == '?')
			return false;
		if (!take_option(o, opt)) {
			fprintf(stderr, "xe-model: bad value: %s\n", optarg);
			return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "xe-model: not an option: %s\n", argv[optind]);
		return false;
	}
	return o->help || o->list_counters || o->socket;
}

static u64 now(struct model *m)
{
	struct timespec ts;

	(void)m;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static bool msi(struct model *m, u32 vector)
{
	struct server *server = m->host;

	return vfu_msi(&server->vfu, vector);
}

static const struct model_ops ops = { .now = now, .msi = msi };

static void write_counters(struct server *server)
{
	FILE *f;

	if (!server->counters)
		return;
	f = fopen(server->counters, "w");
	if (!f) {
		obs_log(&server->m, "%s: %s", server->counters, strerror(errno));
		return;
	}
	obs_write_counters(&server->m, f);
	fclose(f);
}

/* one client: the socket goes away with the listener */
static int accept_client(const char *path, int signals)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct pollfd p[2] = { { -1, POLLIN, 0 }, { signals, POLLIN, 0 } };
	int conn = -1;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "xe-model: socket path too long: %s\n", path);
		return -1;
	}
	strcpy(addr.sun_path, path);
	p[0].fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(path);
	if (p[0].fd < 0 || bind(p[0].fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(p[0].fd, 1)) {
		fprintf(stderr, "xe-model: %s: %s\n", path, strerror(errno));
		close(p[0].fd);
		return -1;
	}
	if (poll(p, 2, -1) > 0 && p[0].revents & POLLIN)
		conn = accept4(p[0].fd, NULL, NULL, SOCK_CLOEXEC);
	close(p[0].fd);
	unlink(path);
	return conn;
}

/* false: asked to end */
static bool take_signal(struct server *server)
{
	struct signalfd_siginfo info;

	if (read(server->signals, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo != SIGUSR1)
		return false;
	write_counters(server);
	return true;
}

static void wait_for_work(struct server *server, struct pollfd *p)
{
	struct model *m = &server->m;
	u64 deadline = gpu_next_deadline(m), at = model_now(m);
	u64 left = m->wake || deadline <= at ? 0 : deadline - at;
	struct timespec ts = { (time_t)(left / NSEC_PER_SEC), (long)(left % NSEC_PER_SEC) };

	p[0] = (struct pollfd){ server->vfu.conn, POLLIN, 0 };
	p[1] = (struct pollfd){ server->signals, POLLIN, 0 };
	if (ppoll(p, 2, deadline == TIME_NEVER && !m->wake ? NULL : &ts, NULL) < 0)
		p[0].revents = p[1].revents = 0;
}

static bool serve_requests(struct server *server)
{
	u64 start = model_now(&server->m);
	bool there = vfu_serve(&server->vfu);

	obs_add(&server->m, EV_SERVE_NS, model_now(&server->m) - start);
	return there;
}

static void run_slice(struct model *m)
{
	u64 start = model_now(m);

	m->wake = false;
	if (gpu_step(m, GPU_SLICE_NS))
		m->wake = true;
	obs_add(m, EV_RUN_NS, model_now(m) - start);
}

static void run(struct server *server)
{
	struct model *m = &server->m;
	struct pollfd p[2];

	for (;;) {
		wait_for_work(server, p);
		if (p[1].revents && !take_signal(server))
			return;
		if (p[0].revents && !serve_requests(server))
			return;
		if (m->wake || gpu_next_deadline(m) <= model_now(m))
			run_slice(m);
	}
}

static int verdict(const struct model *m)
{
	u64 unimplemented = obs_count(m, EV_UNIMPLEMENTED), oracle = obs_count(m, EV_ORACLE);

	if (unimplemented)
		fprintf(stderr, "xe-model: %" PRIu64 " unimplemented events\n", unimplemented);
	if (oracle)
		fprintf(stderr, "xe-model: %" PRIu64 " oracle hits\n", oracle);
	return oracle ? EXIT_ORACLE : unimplemented ? EXIT_UNIMPLEMENTED : 0;
}

static FILE *open_output(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		fprintf(stderr, "xe-model: %s: %s\n", path, strerror(errno));
	return f;
}

static bool set_knobs(struct model *m, const struct options *o)
{
	const char *bad;

	if (o->strict)
		inject_set(m, KNOB_strict, 1);
	if (!o->inject || inject_parse(m, o->inject, &bad))
		return true;
	fprintf(stderr, "xe-model: no such knob or value: %s\n", bad);
	return false;
}

static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int serve(struct server *server, struct options *o)
{
	int conn, status = 1;

	o->config.host = server;
	server->signals = block_signals();
	server->counters = o->counters;
	if (gpu_init(&server->m, &o->config)) {
		fprintf(stderr, "xe-model: no memory for the device\n");
		goto out_model;
	}
	status = 2;
	if (!set_knobs(&server->m, o))
		goto out_model;
	status = 1;
	conn = accept_client(o->socket, server->signals);
	if (conn < 0)
		goto out_model;
	if (!vfu_init(&server->vfu, &server->m, conn)) {
		run(server);
		write_counters(server);
		status = verdict(&server->m);
	}
	vfu_fini(&server->vfu);
out_model:
	gpu_fini(&server->m);
	close(server->signals);
	return status;
}

/* for readers of engine and knob numbers */
static void name_numbers(FILE *trace, const struct platform *plat)
{
	for (u32 i = 0; i < plat->num_engines; i++)
		fprintf(trace, "# engine %u %s\n", i, plat->engines[i].name);
	for (u32 i = 0; i < KNOB_COUNT; i++)
		fprintf(trace, "# knob %u %s\n", i, knob_names[i]);
}

int main(int argc, char **argv)
{
	struct options o = {
		.config = { .plat = &platform_lnl, .ops = &ops, .seed = 1, .log = stderr },
	};
	struct server *server;
	int status = 1;

	if (!parse(&o, argc, argv)) {
		usage(stderr);
		return 2;
	}
	if (o.help || o.list_counters) {
		if (o.help)
			usage(stdout);
		else
			list_counters();
		return 0;
	}
	if (o.log)
		o.config.log = open_output(o.log);
	if (o.trace)
		o.config.trace = open_output(o.trace);
	if (!o.config.log || (o.trace && !o.config.trace))
		return 1;
	if (o.trace)
		name_numbers(o.config.trace, o.config.plat);
	server = calloc(1, sizeof(*server));
	if (server)
		status = serve(server, &o);
	free(server);
	if (o.trace)
		fclose(o.config.trace);
	if (o.log)
		fclose(o.config.log);
	return status;
}
