// SPDX-License-Identifier: GPL-2.0
/*
 * GPU jobs: on every engine a batch of reads, writes and increments, in flight
 * while the CPU changes memory that they do not depend on.
 *
 * A page belongs to one engine while its job runs, or all engines only increment
 * it, which commutes. Values that a job reads are compared when it is done.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define BATCH_SIZE	SZ_64K
#define REFUSED		(-EIO)

static int create_job(struct fuzz *fuzz, unsigned int engine)
{
	struct job *job = &fuzz->job[engine];
	char *memory = aligned_alloc(SZ_64K, 2 * BATCH_SIZE);
	int err;

	if (!memory)
		return -ENOMEM;
	memset(memory, 0, 2 * BATCH_SIZE);
	err = gpu_queue_create(&fuzz->gpu, &fuzz->gpu.engines[engine], &job->queue);
	if (err)
		return err;
	job->batch = (uint32_t *)memory;
	job->results = (uint32_t *)(memory + BATCH_SIZE);
	job->queue.batch = job->batch;
	return 0;
}

int jobs_create(struct fuzz *fuzz)
{
	unsigned int i;
	int err = gpu_open(&fuzz->gpu);

	if (err)
		return err;
	if (!gpu_has_mirror(&fuzz->gpu))
		return -ENODEV;
	err = gpu_bind_mirror_whole(&fuzz->gpu);
	if (!err)
		err = gpu_control_in_memory(&fuzz->gpu);
	for (i = 0; !err && i < fuzz->gpu.num_engines; i++)
		err = create_job(fuzz, i);
	return err;
}

void jobs_destroy(struct fuzz *fuzz)
{
	unsigned int i;

	for (i = 0; i < fuzz->gpu.num_engines; i++)
		gpu_queue_destroy(&fuzz->job[i].queue);
	gpu_close(&fuzz->gpu);
}

static void expect(struct job *job, unsigned int page, unsigned int word, const struct cell *cell)
{
	gpu_batch_copy(&job->queue, &job->results[job->num_ops], arena_word(page, word));
	job->op[job->num_ops].is_read = true;
	job->op[job->num_ops].may_be_zero = cell->maybe_zero[word];
	job->op[job->num_ops].expected = cell->word[word];
}

/* A word of a page that is this engine's alone. */
static void add_any(struct fuzz *fuzz, struct job *job, unsigned int page, unsigned int word)
{
	struct cell *cell = arena_cell(&fuzz->arena, page);
	unsigned int choice = fuzz_below(fuzz, 4);

	if (choice < 2 || !arena_allows(&fuzz->arena, page, WRITES)) {
		expect(job, page, word, cell);
	} else if (choice == 2 || cell->maybe_zero[word]) {
		gpu_batch_store(&job->queue, arena_word(page, word), ++fuzz->next_value);
		cell_write(cell, word, fuzz->next_value);
	} else {
		gpu_batch_increment(&job->queue, arena_word(page, word));
		cell->word[word]++;
	}
}

static bool add_op(struct fuzz *fuzz, unsigned int engine, unsigned int page)
{
	struct job *job = &fuzz->job[engine];
	struct cell *cell = arena_cell(&fuzz->arena, page);
	unsigned int word = fuzz_below(fuzz, PAGE_WORDS);

	if (!arena_allows(&fuzz->arena, page, READS))
		return false;
	job->op[job->num_ops].page = page;
	job->op[job->num_ops].word = word;
	job->op[job->num_ops].is_read = false;

	if (cell->owner == IDLE && arena_allows(&fuzz->arena, page, WRITES) &&
	    !cell->maybe_zero[word] && !fuzz_below(fuzz, 4))
		cell->owner = COUNTED_BY_ALL;
	else if (cell->owner == IDLE)
		cell->owner = engine;

	if (cell->owner == COUNTED_BY_ALL) {
		if (!arena_allows(&fuzz->arena, page, WRITES) || cell->maybe_zero[word])
			return false;
		gpu_batch_increment(&job->queue, arena_word(page, word));
		cell->word[word]++;
	} else if (cell->owner == (int)engine) {
		add_any(fuzz, job, page, word);
	} else {
		return false;
	}
	job->num_ops++;
	return true;
}

static void add_ops(struct fuzz *fuzz, unsigned int engine, unsigned int page)
{
	unsigned int n = 1 + fuzz_below(fuzz, 5);

	while (n-- && fuzz->job[engine].num_ops < MAX_JOB_OPS)
		if (!add_op(fuzz, engine, page))
			return;
}

/* Runs of neighbours at a few places: locality, and page tables shared with changes. */
static void fill(struct fuzz *fuzz, unsigned int engine)
{
	unsigned int places = 1 + fuzz_below(fuzz, 6), ops, page, stride;
	struct job *job = &fuzz->job[engine];

	job->num_ops = 0;
	job->queue.len = 0;
	while (places--) {
		page = fuzz_below(fuzz, ARENA_PAGES);
		stride = fuzz_below(fuzz, 3) ? 1 : 1 + fuzz_below(fuzz, 64);
		ops = 1 + fuzz_below(fuzz, 32);
		for (; ops--; page += stride)
			add_ops(fuzz, engine, page % ARENA_PAGES);
	}
}

static int start(struct fuzz *fuzz, unsigned int engine)
{
	struct job *job = &fuzz->job[engine];
	int err;

	fuzz_note(fuzz, "engine %u: %u operations", engine, job->num_ops);
	if (!job->num_ops)
		return 0;
	err = gpu_start(&job->queue);
	if (err)
		return fuzz_mismatch(fuzz, "engine %u takes no job: %d", engine, err);
	job->in_flight = true;
	fuzz->num_gpu += job->num_ops;
	return 0;
}

int jobs_start(struct fuzz *fuzz)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < fuzz->gpu.num_engines; i++)
		fill(fuzz, i);
	for (i = 0; !err && i < fuzz->gpu.num_engines; i++)
		err = start(fuzz, i);
	return err;
}

static int compare(struct fuzz *fuzz, unsigned int engine)
{
	struct job *job = &fuzz->job[engine];
	unsigned int i;

	for (i = 0; i < job->num_ops; i++) {
		uint32_t seen = job->results[i], expected = job->op[i].expected;

		if (!job->op[i].is_read || seen == expected ||
		    (job->op[i].may_be_zero && !seen))
			continue;
		return fuzz_mismatch(fuzz, "engine %u op %u: page %u word %u is 0x%x, not 0x%x",
				     engine, i, job->op[i].page, job->op[i].word, seen, expected);
	}
	return 0;
}

/* The CPU has to see the writes of the jobs, too. */
static int release(struct fuzz *fuzz, const struct job *job)
{
	unsigned int i, word;

	for (i = 0; i < job->num_ops; i++) {
		unsigned int page = job->op[i].page;

		arena_cell(&fuzz->arena, page)->owner = IDLE;
		if (!job->op[i].is_read)
			arena_settle(&fuzz->arena, page);
	}
	for (i = 0; i < job->num_ops; i++)
		if (arena_check(&fuzz->arena, job->op[i].page, &word))
			return fuzz_mismatch(fuzz, "after a job page %u word %u is 0x%x, not 0x%x",
					     job->op[i].page, word,
					     *arena_word(job->op[i].page, word),
					     arena_cell(&fuzz->arena, job->op[i].page)->word[word]);
	return 0;
}

int jobs_finish(struct fuzz *fuzz)
{
	unsigned int i;
	int err;

	/* All first: pages that all count in are right when all are done. */
	for (i = 0; i < fuzz->gpu.num_engines; i++) {
		if (!fuzz->job[i].in_flight)
			continue;
		err = gpu_wait(&fuzz->job[i].queue);
		if (err)
			return fuzz_mismatch(fuzz, "engine %u: its job ended with %d", i, err);
	}
	for (i = 0; i < fuzz->gpu.num_engines; i++) {
		if (!fuzz->job[i].in_flight)
			continue;
		fuzz->job[i].in_flight = false;
		err = compare(fuzz, i) ?: release(fuzz, &fuzz->job[i]);
		if (err)
			return err;
	}
	return 0;
}

/* Accesses to be refused: no memory, no read permission, no write permission. */
static bool find_forbidden(struct fuzz *fuzz, unsigned int *page, bool *write)
{
	unsigned int i;

	for (i = 0; i < 64; i++) {
		*page = fuzz_below(fuzz, ARENA_PAGES);
		*write = fuzz_below(fuzz, 2);
		if (fuzz->arena.page[*page].kind != OBJECT &&
		    !arena_allows(&fuzz->arena, *page, *write ? WRITES : READS))
			return true;
	}
	return false;
}

/* With no job in flight: one access that must fail, and change nothing. */
int jobs_probe_refusal(struct fuzz *fuzz)
{
	unsigned int page, word = fuzz_below(fuzz, PAGE_WORDS);
	unsigned int engine = fuzz_below(fuzz, fuzz->gpu.num_engines);
	struct job *job = &fuzz->job[engine];
	bool write;
	int err;

	if (!find_forbidden(fuzz, &page, &write))
		return 0;
	fuzz_note(fuzz, "engine %u: forbidden %s of page %u", engine, write ? "write" : "read",
		  page);
	job->queue.len = 0;
	if (write)
		gpu_batch_store(&job->queue, arena_word(page, word), 0xbadbadba);
	else
		gpu_batch_copy(&job->queue, job->results, arena_word(page, word));
	err = gpu_run(&job->queue);
	fuzz->num_gpu++;
	fuzz->num_refused++;
	if (err != REFUSED)
		return fuzz_mismatch(fuzz, "engine %u: forbidden access to page %u ended with %d",
				     engine, page, err);
	return gpu_queue_renew(&job->queue);
}
