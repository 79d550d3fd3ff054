/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process with many faults in flight, and the events it has to survive.
 *
 * Rule: a round ends in bounded time, whatever it does, and leaks nothing.
 */
#ifndef XE_SVM_STORM_STORM_H
#define XE_SVM_STORM_STORM_H

#include <sys/types.h>

#include "../lib/gpu.h"
#include "../lib/model.h"

/* Longer than any wait of the driver; a round that takes longer hangs. */
#define ROUND_SECONDS	60
#define LOAD_BLOCKS	48

/**
 * struct load - jobs on every engine that touch untouched memory
 */
struct load {
	struct gpu gpu;
	struct gpu_queue queue[GPU_MAX_ENGINES];
	unsigned int num_queues;
	char *area;
};

/**
 * struct storm - data shared by all rounds of a storm
 */
struct storm {
	/** @gpu: opened by the storm itself, for counters and directories */
	struct gpu gpu;
	struct gpu_model model;
	unsigned int round;
	/** @faults: of drivers that were unbound, and their counters with them */
	int64_t faults;
};

/* storm/load.c */
int load_open(struct load *load);
int load_start(struct load *load);
int load_wait(struct load *load);

/* storm/process.c */
/* Up to about three milliseconds, another time in each round. */
void process_linger(unsigned int round);
/* A child that runs @body and exits; it reports on the pipe when faults are in flight. */
pid_t process_start(int (*body)(int ready, unsigned int round), unsigned int round);
/* Result of its body; -EINTR after a signal; -ETIME if it never ended. */
int process_end(pid_t pid);
/* 0, or -ETIME; fails if the process ended by itself before: with the result of its body. */
int process_kill_running(pid_t pid);
int process_send_fd(int socket, int fd);
int process_receive_fd(int socket);

/* storm/copies.c */
int prepare_copies(void);
int round_copies(struct storm *storm);
void settle_copies(struct storm *storm);

/* storm/rounds.c */
struct storm_kind {
	const char *name;
	int (*round)(struct storm *storm);
	/* Runs once before memory is measured. */
	int (*prepare)(void);
	/* Runs once at the end, whatever happened. */
	void (*settle)(struct storm *storm);
	/* Only where xe is a module. */
	bool unloads;
};

extern const struct storm_kind storm_kinds[];

#endif
