// SPDX-License-Identifier: GPL-2.0
/* The page is read-only; a store to it faults, is let through and stepped over, and the page closed again. */
#include "tests/stores.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#define PAGE 4096u
#define TRAP_FLAG 0x100

static struct {
	char *page;
	void (*seen)(void);
	unsigned int num;
	struct sigaction segv, trap;
} watch;

static void step(void *context, bool on)
{
	greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];

	*flags = on ? *flags | TRAP_FLAG : *flags & ~TRAP_FLAG;
}

static void faulted(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	if ((char *)info->si_addr < watch.page || (char *)info->si_addr >= watch.page + PAGE)
		abort();
	mprotect(watch.page, PAGE, PROT_READ | PROT_WRITE);
	step(context, true);
}

static void stored(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	watch.num++;
	if (watch.seen)
		watch.seen();
	mprotect(watch.page, PAGE, PROT_READ);
	step(context, false);
}

void stores_watch(void *page, void (*seen)(void))
{
	struct sigaction segv = { .sa_sigaction = faulted, .sa_flags = SA_SIGINFO };
	struct sigaction trap = { .sa_sigaction = stored, .sa_flags = SA_SIGINFO };

	watch.page = page;
	watch.seen = seen;
	watch.num = 0;
	sigaction(SIGSEGV, &segv, &watch.segv);
	sigaction(SIGTRAP, &trap, &watch.trap);
	mprotect(page, PAGE, PROT_READ);
}

unsigned int stores_end(void)
{
	mprotect(watch.page, PAGE, PROT_READ | PROT_WRITE);
	sigaction(SIGSEGV, &watch.segv, NULL);
	sigaction(SIGTRAP, &watch.trap, NULL);
	return watch.num;
}

bool stores_can_be_counted(void)
{
	volatile int *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int num;

	if (page == MAP_FAILED)
		return false;
	stores_watch((void *)page, NULL);
	page[0] = 1;
	page[1] = 1;
	num = stores_end();
	munmap((void *)page, PAGE);
	return num == 2;
}
