// SPDX-License-Identifier: GPL-2.0
/*
 * Copies, as a compute runtime submits them, from memory that the kernel reclaims,
 * migrates, compacts or truncates meanwhile.
 *
 * The VM is shaped like the runtime's: batches and fences are in a buffer object,
 * everything else is mirrored, and a userptr is bound above the addresses of the CPU.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/ext2.h"
#include "../lib/memory.h"
#include "../lib/pressure.h"
#include "storm.h"

#define DIR		"/tmp/xe_svm_copies"
#define SIZE		(256 * 1024UL)
#define PART		(64 * 1024UL)
#define COPIES		2
#define PAUSE_US	300
#define MAX_TIMES	200

/* A process that copies, and the thread that disturbs it from inside */
struct copier {
	struct gpu gpu;
	struct gpu_queue queue;
	unsigned int round;
	/* The source, for the CPU */
	char *from;
	/* The same for the GPU, or a userptr's address */
	const volatile void *gpu_from;
	char *to;
	/* The file that @from maps, or -1 */
	int file;
	pthread_t thread;
	atomic_bool stop;
};

struct kind_of_memory {
	const char *name;
	/** @map: make @from of the copier; 0 or a negative errno */
	int (*map)(struct copier *copier);
};

struct kind_of_pressure {
	const char *name;
	/** @inside: by a thread of the process, until it is to stop; or NULL */
	void (*inside)(struct copier *copier);
	/** @outside: once, by the storm; 0 or a negative errno; or NULL */
	int (*outside)(pid_t pid, unsigned int round);
	bool truncates;
	bool kills;
};

static int mapped(struct copier *copier, int flags, int fd)
{
	copier->file = fd;
	copier->from = memory_map(SZ_2M, PROT_READ | PROT_WRITE, flags, fd);
	copier->gpu_from = copier->from;
	return copier->from ? 0 : -ENOMEM;
}

static int map_anonymous(struct copier *copier)
{
	int err = mapped(copier, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	return err ?: madvise(copier->from, SZ_2M, MADV_NOHUGEPAGE) ? -errno : 0;
}

static int map_huge(struct copier *copier)
{
	int err = mapped(copier, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	return err ?: madvise(copier->from, SZ_2M, MADV_HUGEPAGE) ? -errno : 0;
}

static int map_tmpfs(struct copier *copier)
{
	int fd = memory_file("/tmp", SIZE, 0);

	return fd < 0 ? fd : mapped(copier, MAP_SHARED, fd);
}

static int map_file_on_disk(struct copier *copier)
{
	int fd = memory_file(DIR, SIZE, 0);

	return fd < 0 ? fd : mapped(copier, MAP_SHARED, fd);
}

static int map_private_file(struct copier *copier)
{
	int fd = memory_file(DIR, SIZE, 0);

	return fd < 0 ? fd : mapped(copier, MAP_PRIVATE, fd);
}

static int map_userptr(struct copier *copier)
{
	int err = map_anonymous(copier);

	copier->gpu_from = GPU_USERPTR;
	return err ?: gpu_bind_userptr(&copier->gpu, copier->from, SIZE);
}

static const struct kind_of_memory memories[] = {
	{ "anonymous", map_anonymous },
	{ "huge", map_huge },
	{ "tmpfs", map_tmpfs },
	{ "file on disk", map_file_on_disk },
	{ "private file", map_private_file },
	{ "userptr", map_userptr },
};

/* Longer each time, so that the copies end. */
static void pause_for(unsigned int times)
{
	usleep(times * PAUSE_US);
}

static void page_out(struct copier *copier)
{
	unsigned int i;

	for (i = 1; !copier->stop; i++) {
		madvise(copier->from, SIZE, MADV_PAGEOUT);
		madvise(copier->to, SIZE, MADV_PAGEOUT);
		pause_for(i);
	}
}

static void truncate_file(struct copier *copier)
{
	process_linger(copier->round);
	if (copier->file >= 0 ? ftruncate(copier->file, SIZE / 2) :
				madvise(copier->from + SIZE / 2, SIZE / 2, MADV_DONTNEED))
		perror("truncation");
}

static int reclaim(pid_t pid, unsigned int round)
{
	return pressure_group_reclaim(SIZE);
}

static int migrate(pid_t pid, unsigned int round)
{
	unsigned long from = 1 + round % 2, to = 2 - round % 2;

	/* It may be exiting: -EINVAL if its memory is gone already. */
	if (syscall(__NR_migrate_pages, pid, 8 * sizeof(from), &from, &to) < 0 &&
	    errno != ESRCH && errno != EINVAL)
		return -errno;
	return 0;
}

static int compact(pid_t pid, unsigned int round)
{
	return pressure_compact();
}

static const struct kind_of_pressure pressures[] = {
	{ "MADV_PAGEOUT", .inside = page_out },
	{ "memory.reclaim", .outside = reclaim },
	{ "migrate_pages", .outside = migrate },
	{ "compaction", .outside = compact },
	{ "truncation", .inside = truncate_file, .truncates = true },
	{ "kill", .outside = reclaim, .kills = true },
};

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static bool has_two_nodes(void)
{
	return !access("/sys/devices/system/node/node1", F_OK);
}

/* Without a second node memory is compacted twice as often. */
static const struct kind_of_pressure *pressure_of(unsigned int round)
{
	const struct kind_of_pressure *pressure = &pressures[round % NUM(pressures)];

	return pressure->outside == migrate && !has_two_nodes() ? pressure + 1 : pressure;
}

static const struct kind_of_memory *memory_of(unsigned int round)
{
	return &memories[round / NUM(pressures) % NUM(memories)];
}

static void *disturb(void *arg)
{
	struct copier *copier = arg;

	pressure_of(copier->round)->inside(copier);
	return NULL;
}

static uint32_t word_of(const struct copier *copier, unsigned int copy, size_t i)
{
	return copier->round * 2654435761u + copy * 40503u + i;
}

static int copier_open(struct copier *copier)
{
	int err = gpu_open(&copier->gpu) ?: gpu_bind_mirror_whole(&copier->gpu) ?:
		  gpu_control_in_bo(&copier->gpu);
	const struct drm_xe_engine_class_instance *engine;

	if (err)
		return err;
	engine = gpu_find_engine(&copier->gpu, DRM_XE_ENGINE_CLASS_COPY);
	if (!engine)
		return -ENODEV;
	copier->file = -1;
	copier->to = memory_anonymous(SZ_2M);
	if (!copier->to)
		return -ENOMEM;
	return gpu_queue_create(&copier->gpu, engine, &copier->queue) ?:
	       memory_of(copier->round)->map(copier);
}

static void fill(struct copier *copier, unsigned int copy)
{
	uint32_t *words = (uint32_t *)copier->from;
	size_t i;

	for (i = 0; i < SIZE / sizeof(*words); i++)
		words[i] = word_of(copier, copy, i);
}

static int check(struct copier *copier, unsigned int copy, size_t size)
{
	const uint32_t *words = (const uint32_t *)copier->to;
	size_t i;

	for (i = 0; i < size / sizeof(*words); i++)
		if (words[i] != word_of(copier, copy, i))
			return -EBADMSG;
	return 0;
}

static int copy(struct copier *copier)
{
	size_t i;

	for (i = 0; i < SIZE; i += PART)
		gpu_batch_copy_bytes(&copier->queue, copier->to + i,
				     (const volatile char *)copier->gpu_from + i, PART);
	return gpu_run(&copier->queue);
}

/*
 * The second half is cut off, or its pages are freed where there is no file: the copy is
 * refused or has the first half, and the same copy works with all of it.
 */
static int copy_of_truncated(struct copier *copier)
{
	int err;

	fill(copier, 0);
	if (pthread_create(&copier->thread, NULL, disturb, copier))
		return -EAGAIN;
	err = copy(copier);
	pthread_join(copier->thread, NULL);
	if (err && (err != -EIO || copier->file < 0))
		return err;
	err = err ? gpu_queue_renew(&copier->queue) : check(copier, 0, SIZE / 2);
	if (!err && copier->file >= 0 && ftruncate(copier->file, SIZE))
		err = -errno;
	if (err)
		return err;
	fill(copier, 1);
	return copy(copier) ?: check(copier, 1, SIZE);
}

static int copies(struct copier *copier)
{
	const struct kind_of_pressure *pressure = pressure_of(copier->round);
	unsigned int i;
	int err = 0;

	if (pressure->inside && pthread_create(&copier->thread, NULL, disturb, copier))
		return -EAGAIN;
	for (i = 0; !err && (i < COPIES || pressure->kills); i++) {
		fill(copier, i);
		err = copy(copier) ?: check(copier, i, SIZE);
	}
	copier->stop = true;
	if (pressure->inside)
		pthread_join(copier->thread, NULL);
	return err;
}

static int body_copies(int ready, unsigned int round)
{
	struct copier copier = { .round = round };
	int err = copier_open(&copier);

	if (!err && write(ready, "r", 1) != 1)
		err = -EPIPE;
	if (err)
		return err;
	return pressure_of(round)->truncates ? copy_of_truncated(&copier) : copies(&copier);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { };

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

/*
 * A RAM disk allocates a page when it is written first: not as a leak of the rounds. Not
 * through the page cache: its pages, freed at once, would wait in the lists of the CPUs, and
 * seem to be in use.
 */
static int fill_swap_device(void)
{
	static char zeros[SZ_2M] __attribute__((aligned(SZ_4K)));
	int fd = open(PRESSURE_SWAP_DEVICE, O_WRONLY | O_DIRECT | O_CLOEXEC);
	size_t left = PRESSURE_SWAP_SIZE;

	if (fd < 0)
		return -errno;
	for (; left && write(fd, zeros, SZ_2M) == SZ_2M; left -= SZ_2M)
		;
	close(fd);
	return left ? -EIO : 0;
}

/* Swap, a file system on a disk, a cgroup for this process and its children. */
int prepare_copies(void)
{
	int err = fill_swap_device() ?: pressure_swap_on();

	if (!has_two_nodes())
		puts("# one memory node only: no migrate_pages()");
	err = err ?: ext2_mount(DIR);
	return err ?: pressure_group_enter(0);
}

/* The kill comes at a different time in each round; all other copiers end by themselves. */
static unsigned int times_of(const struct kind_of_pressure *pressure, unsigned int round)
{
	return pressure->kills ? round / NUM(pressures) % 16 : MAX_TIMES;
}

int round_copies(struct storm *storm)
{
	const struct kind_of_pressure *pressure = pressure_of(storm->round);
	unsigned int i, times = times_of(pressure, storm->round);
	pid_t pid = process_start(body_copies, storm->round);
	int err = 0;

	if (pid < 0)
		return pid;
	for (i = 1; !err && pressure->outside && i <= times && !has_ended(pid); i++) {
		err = pressure->outside(pid, i);
		pause_for(i);
	}
	err = (pressure->kills ? process_kill_running(pid) : process_end(pid)) ?: err;
	if (err)
		fprintf(stderr, "%s, %s: %d\n", memory_of(storm->round)->name, pressure->name, err);
	return err;
}

void settle_copies(struct storm *storm)
{
	pressure_group_leave();
	ext2_unmount(DIR);
	pressure_swap_off();
}
