// SPDX-License-Identifier: GPL-2.0
/*
 * The processes of a seed, and the threads of a process.
 *
 * The first process runs as root, the others as nobody. All inherit one descriptor and
 * open others. A signal interrupts every wait of a thread after TICK_NS. A process that
 * makes no progress is killed, and has to end then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ioctlfuzz.h"

#define NOBODY		65534
#define TICK_NS		200000000
#define GUARD		(16UL << 20)
#define FIRST_SLOTS	2
/* Without any call that begins, on a slow kernel and a busy host; until a killed one is gone. */
#define STALL_SECONDS	300
#define DEATH_SECONDS	300
#define RENDER_NODE	"/dev/dri/renderD128"

static _Atomic uint64_t slots[NUM_FDS][MAX_RESOURCES][NUM_SLOTS];

static void interrupt(int signal)
{
	(void)signal;
}

static int tick(void)
{
	struct itimerspec every = {
		.it_interval.tv_nsec = TICK_NS,
		.it_value.tv_nsec = TICK_NS,
	};
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	timer_t timer;

	event._sigev_un._tid = syscall(SYS_gettid);
	return timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	       timer_settime(timer, 0, &every, NULL);
}

/* Objects that a descriptor needs before most calls can do anything. */
static void first_calls(struct worker *w, unsigned int fd)
{
	const struct grammar *grammar = w->grammar;
	unsigned int i;

	w->force_fd = fd;
	for (w->force_slot = 0; w->force_slot < FIRST_SLOTS; w->force_slot++) {
		for (i = 0; i < grammar->num_calls; i++) {
			if (!grammar->calls[i]->first)
				continue;
			generate_call(w, grammar->calls[i]);
			perform_call(w);
		}
	}
	w->force_slot = -1;
	w->force_fd = -1;
}

static const struct def *choose_call(struct worker *w)
{
	unsigned int i, left = choose_below(w, w->grammar->total_weight);

	for (i = 0; left >= w->grammar->calls[i]->weight; i++)
		left -= w->grammar->calls[i]->weight;
	return w->grammar->calls[i];
}

static void one_call(struct worker *w)
{
	generate_call(w, choose_call(w));
	mutate_call(w);
	perform_call(w);
	if (w->call.def->result && !w->call.def->is_ioctl)
		first_calls(w, w->call.fd);
}

static void *thread(void *data)
{
	struct worker *w = data;

	if (tick())
		return "no timer";
	while (w->calls < w->wanted)
		one_call(w);
	w->counts->sequence ^= w->sequence;
	return NULL;
}

static void open_others(struct worker *w)
{
	const struct def *open = NULL;
	unsigned int i;

	for (i = 0; i < w->grammar->num_calls; i++)
		if (w->grammar->calls[i]->result && !w->grammar->calls[i]->is_ioctl)
			open = w->grammar->calls[i];
	first_calls(w, 0);
	for (i = 1; open && i < NUM_FDS; i++) {
		w->force_fd = i;
		generate_call(w, open);
		perform_call(w);
		first_calls(w, i);
	}
}

static int map(unsigned long start, unsigned long size)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;

	/* Nothing else comes near it. */
	return mmap((void *)(start - GUARD), size + 2 * GUARD, PROT_NONE, flags, -1, 0) ==
	       MAP_FAILED || mprotect((void *)start, size, PROT_READ | PROT_WRITE);
}

static int prepare(unsigned int process)
{
	unsigned int fd, resource, slot;

	/* Ids are small: what the other process made with the descriptor is found by chance. */
	for (fd = 0; fd < NUM_FDS; fd++)
		for (resource = 0; resource < MAX_RESOURCES; resource++)
			for (slot = 0; slot < NUM_SLOTS; slot++)
				slots[fd][resource][slot] = slot + 1;
	if (map(ARENA_START, ARENA_SIZE) || map(AREA_START, AREA_SIZE) ||
	    mprotect((void *)READ_ONLY_PAGE, 4096, PROT_READ))
		return 1;
	return process && (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY));
}

static int run(const struct grammar *grammar, struct counts *counts, unsigned int process,
	       unsigned long seed, unsigned long calls, bool verbose)
{
	static struct worker workers[NUM_THREADS];
	const size_t share = AREA_SIZE / NUM_THREADS / 4096 * 4096;
	pthread_t threads[NUM_THREADS];
	struct sigaction action = { .sa_handler = interrupt };
	void *trouble;
	unsigned int i;

	if (prepare(process) || sigaction(SIGUSR1, &action, NULL))
		return 1;
	for (i = 0; i < NUM_THREADS; i++) {
		char *area = (char *)AREA_START + i * share;

		workers[i] = (struct worker) {
			.grammar = grammar, .counts = counts, .process = process, .thread = i,
			.random = (seed * NUM_PROCESSES + process) * NUM_THREADS + i,
			.wanted = calls / NUM_WORKERS, .verbose = verbose,
			.area = area, .area_end = area + share, .next = area,
			.slots = slots, .force_slot = -1, .force_fd = -1,
		};
		/* Neighbours in number, strangers in what they choose. */
		workers[i].random = choose_word(&workers[i]);
	}
	open_others(&workers[0]);
	for (i = 0; i < NUM_THREADS; i++)
		if (pthread_create(&threads[i], NULL, thread, &workers[i]))
			return 1;
	for (i = 0; i < NUM_THREADS; i++)
		if (pthread_join(threads[i], &trouble) || trouble)
			return 1;
	return 0;
}

static const char *call_at(const struct grammar *grammar, unsigned int line)
{
	unsigned int i;

	for (i = 0; i < grammar->num_calls; i++)
		if (grammar->calls[i]->line == line)
			return grammar->calls[i]->name;
	return "?";
}

/* A ' behind a call at the edge, a " behind a wild one. */
static void show_last(const struct grammar *grammar, const struct counts *counts)
{
	static const char *const modes[] = { "", "'", "\"" };
	unsigned int worker, i;

	for (worker = 0; worker < NUM_WORKERS; worker++) {
		unsigned long n = counts->last[worker].calls;

		printf("# %u.%u, %lu calls, the last ones:", worker / NUM_THREADS,
		       worker % NUM_THREADS, n);
		for (i = n < REMEMBERED ? 0 : n - REMEMBERED; i < n; i++)
			printf(" %s%s", call_at(grammar, counts->last[worker].line[i % REMEMBERED]),
			       modes[counts->last[worker].mode[i % REMEMBERED]]);
		printf("\n");
	}
}

/* Where in the kernel the threads of a process are. */
static void show_stacks(pid_t pid)
{
	char path[300], line[256];
	struct dirent *entry;
	FILE *stack;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/stack", pid, entry->d_name);
		stack = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (!stack)
			continue;
		printf("# task %s:\n", entry->d_name);
		while (fgets(line, sizeof(line), stack))
			printf("#   %s", line);
		fclose(stack);
	}
	if (tasks)
		closedir(tasks);
}

static unsigned long all_calls(const struct counts *counts)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < NUM_WORKERS; i++)
		sum += counts->last[i].calls;
	return sum;
}

/* Not longer than @seconds without a call anywhere. Calls have a number, so this ends. */
static bool ends_within(pid_t pid, const struct counts *counts, unsigned int seconds, int *status)
{
	unsigned long calls, before = 0;
	time_t end = time(NULL) + seconds;

	do {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		calls = all_calls(counts);
		if (calls != before)
			end = time(NULL) + seconds;
		before = calls;
		usleep(20000);
	} while (time(NULL) < end);
	return false;
}

static int end_of(pid_t pid, const struct counts *counts, unsigned long seed)
{
	int status = 0;

	if (!ends_within(pid, counts, STALL_SECONDS, &status)) {
		printf("FAIL seed %lu: a process hangs for %u s\n", seed, STALL_SECONDS);
		show_stacks(pid);
		kill(pid, SIGKILL);
		if (!ends_within(pid, counts, DEATH_SECONDS, &status)) {
			printf("FAIL seed %lu: a process cannot be killed\n", seed);
			show_stacks(pid);
		}
		return 1;
	}
	if (WIFSIGNALED(status))
		printf("FAIL seed %lu: a process died of signal %d\n", seed,
		       WTERMSIG(status));
	else if (WEXITSTATUS(status))
		printf("FAIL seed %lu: a process could not start\n", seed);
	return status != 0;
}

int process_seed(const struct grammar *grammar, struct counts *counts, unsigned long seed,
		 unsigned long calls, bool verbose)
{
	int fd = open(RENDER_NODE, O_RDWR), bad = 0;
	pid_t children[NUM_PROCESSES];
	unsigned int i;

	if (fd < 0 || dup2(fd, FD_BASE) < 0) {
		printf("FAIL seed %lu: %s: %s\n", seed, RENDER_NODE, strerror(errno));
		return 1;
	}
	close(fd);
	memset(counts->last, 0, sizeof(counts->last));
	atomic_store(&counts->sequence, 0);
	fflush(stdout);
	for (i = 0; i < NUM_PROCESSES; i++) {
		children[i] = fork();
		if (!children[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(run(grammar, counts, i, seed, calls, verbose));
		}
	}
	close(FD_BASE);
	for (i = 0; i < NUM_PROCESSES; i++)
		bad |= children[i] < 0 || end_of(children[i], counts, seed);
	if (bad)
		show_last(grammar, counts);
	return bad;
}
