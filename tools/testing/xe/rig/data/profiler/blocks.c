// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's TCG: how often was each translated block run, and how long is it? Lines of `address instructions
 * runs` when QEMU ends, for rig/bin/profile. The interface is declared here: Debian has no package of QEMU's header.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_info_t;

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
						  void (*cb)(struct qemu_plugin_tb *tb, void *userdata),
						  void *userdata);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
						 void (*cb)(unsigned int vcpu, void *userdata), int flags,
						 void *userdata);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*cb)(void *userdata), void *userdata);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

EXPORT int qemu_plugin_version = 7;

struct block {
	uint64_t address;
	uint64_t instructions;
	uint64_t runs;		/* one vCPU: nobody else counts */
	struct block *next;
};

static struct block *blocks;
static FILE *out;

static void count(unsigned int vcpu, void *block)
{
	(void)vcpu;
	((struct block *)block)->runs++;
}

static void translated(struct qemu_plugin_tb *tb, void *unused)
{
	struct block *block = calloc(1, sizeof(*block));

	(void)unused;
	if (!block)
		abort();
	block->address = qemu_plugin_tb_vaddr(tb);
	block->instructions = qemu_plugin_tb_n_insns(tb);
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, count, 0, block);
}

static void ended(void *unused)
{
	struct block *block;

	(void)unused;
	for (block = blocks; block; block = block->next)
		if (block->runs)
			fprintf(out, "%" PRIx64 " %" PRIu64 " %" PRIu64 "\n", block->address, block->instructions,
				block->runs);
	fclose(out);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	if (argc == 1 && !strncmp(argv[0], "out=", 4))
		out = fopen(argv[0] + 4, "w");
	if (!out) {
		fprintf(stderr, "blocks.so: expected out=<a file that can be written>\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated, NULL);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
