// SPDX-License-Identifier: GPL-2.0
/*
 * Threads take turns of a few instructions. One that has met a page fault is passed over until it is retried,
 * and repeats its instruction then; one at a barrier until its group is there. Instructions are decoded once, and
 * kept until the context leaves the engine or the kernel ends.
 */
#include <stdlib.h>
#include <string.h>

#include "eu/compute.h"
#include "eu/flow.h"
#include "eu/walk.h"
#include "model.h"

#define TURN 64u /* instructions */
#define DECODED 1024u
#define GATEWAY_BARRIER 4u
#define GATEWAY_OP(desc) ((desc) & 7)

struct group {
	bool used;
	u32 id[3];
	u32 left; /* threads that have not ended */
	u32 arrived; /* signals to the barrier since it was passed last */
	u32 passed; /* how often it was */
	u8 *shared;
};

struct decoded {
	u64 va;
	bool valid, wrong;
	const char *lacks;
	struct eu_inst inst;
};

struct eu_walk {
	struct eu_launch launch;
	u32 next[3]; /* group to be dispatched, in its dimension of the order */
	bool all_dispatched;
	u32 at, running; /* thread to look at next, threads not free */
	struct group group[EU_THREADS];
	struct eu_thread *thread[EU_THREADS]; /* made when first wanted */
	struct decoded decoded[DECODED];
};

static bool possible(const struct eu_launch *launch)
{
	if (!launch->threads || launch->threads > EU_THREADS)
		return false;
	return launch->lanes == 8 || launch->lanes == 16 || launch->lanes == 32;
}

struct eu_walk *eu_walk_new(const struct eu_launch *launch)
{
	struct eu_walk *walk;
	u32 i;

	if (!possible(launch))
		return NULL;
	walk = calloc(1, sizeof(*walk));
	if (!walk)
		return NULL;
	walk->launch = *launch;
	for (i = 0; i < 3; i++) {
		walk->next[i] = launch->start[i];
		walk->all_dispatched |= launch->start[i] >= launch->end[i];
	}
	return walk;
}

void eu_walk_free(struct eu_walk *walk)
{
	u32 i;

	if (!walk)
		return;
	for (i = 0; i < EU_THREADS; i++) {
		free(walk->thread[i]);
		free(walk->group[i].shared);
	}
	free(walk);
}

void eu_walk_forget(struct eu_walk *walk)
{
	memset(walk->decoded, 0, sizeof(walk->decoded));
}

bool eu_walk_retry(struct eu_walk *walk, u32 thread)
{
	struct eu_thread *t = thread < EU_THREADS ? walk->thread[thread] : NULL;

	if (!t || t->state != THREAD_FAULTED)
		return false;
	t->state = THREAD_READY;
	return true;
}

static void put(struct eu_thread *t, u32 reg, u32 dword, u32 value)
{
	memcpy(t->grf + reg * EU_GRF_BYTES + dword * sizeof(value), &value, sizeof(value));
}

/* of lane in the group, in the order of the launch */
static void local_id(const struct eu_launch *launch, u32 lane, u32 *id)
{
	u32 i;

	for (i = 0; i < 3; i++) {
		u32 dim = launch->order[i], size = launch->local[dim] ? launch->local[dim] : 1;

		id[dim] = i < 2 ? lane % size : lane;
		lane /= size;
	}
}

/* r1 and on: local ids of the wanted dimensions, then the inline data */
static void payload(const struct eu_launch *launch, struct eu_thread *t)
{
	u32 i, lane, id[3], dim, reg = 1;
	u16 value;

	for (lane = 0; lane < launch->lanes; lane++) {
		local_id(launch, t->index * launch->lanes + lane, id);
		for (dim = 0, reg = 1; dim < 3; dim++) {
			if (!launch->emit_id[dim])
				continue;
			value = id[dim];
			memcpy(t->grf + reg++ * EU_GRF_BYTES + lane * sizeof(value), &value,
			       sizeof(value));
		}
	}
	for (i = 0; launch->has_data && i < ARRAY_SIZE(launch->data); i++)
		put(t, reg, i, launch->data[i]);
}

static void start(struct eu_walk *walk, struct eu_thread *t, u32 slot, u32 group, u32 index)
{
	const struct eu_launch *launch = &walk->launch;
	const struct group *g = &walk->group[group];

	memset(t, 0, sizeof(*t));
	t->state = THREAD_READY;
	t->group = group;
	t->index = index;
	t->slot = slot;
	t->dispatched = launch->lanes == 32 ? ~0u : BIT(launch->lanes) - 1;
	if (index == launch->threads - 1 && launch->last_mask & t->dispatched)
		t->dispatched &= launch->last_mask;
	t->active = t->dispatched;
	t->next_wait = TIME_NEVER;
	t->ip = (launch->instruction_base + launch->entry) & ~7ull;
	t->status[2] = t->dispatched;
	put(t, 0, 0, launch->indirect);
	put(t, 0, 1, g->id[0]);
	put(t, 0, 2, index);
	put(t, 0, 5, launch->scratch | slot);
	put(t, 0, 6, g->id[1]);
	put(t, 0, 7, g->id[2]);
	payload(launch, t);
	walk->running++;
}

/* the next thread slot without a thread, from *from on; the caller knows there is one */
static struct eu_thread *free_slot(struct eu_walk *walk, u32 *from)
{
	struct eu_thread **slot;

	for (; *from < EU_THREADS; (*from)++) {
		slot = &walk->thread[*from];
		if (!*slot)
			*slot = calloc(1, sizeof(**slot));
		if (*slot && (*slot)->state == THREAD_FREE)
			return *slot;
	}
	return NULL;
}

static u32 free_group(const struct eu_walk *walk)
{
	u32 i;

	for (i = 0; i < EU_THREADS && walk->group[i].used; i++)
		;
	return i;
}

static void count_group(struct eu_walk *walk)
{
	const struct eu_launch *launch = &walk->launch;
	u32 i;

	for (i = 0; i < 3; i++) {
		if (++walk->next[i] < launch->end[i])
			return;
		walk->next[i] = launch->start[i];
	}
	walk->all_dispatched = true;
}

/* a group is dispatched as a whole, as its threads may wait for each other; false: no room */
static bool dispatch(struct eu_walk *walk)
{
	const struct eu_launch *launch = &walk->launch;
	u32 i, from = 0, n = free_group(walk);
	struct group *g = &walk->group[n];
	struct eu_thread *t;

	if (walk->running + launch->threads > EU_THREADS)
		return false;
	/* as on hardware, a group finds the contents that the one before it left */
	if (launch->shared_bytes && !g->shared)
		g->shared = calloc(1, launch->shared_bytes);
	if (launch->shared_bytes && !g->shared)
		return false;
	g->used = true;
	memcpy(g->id, walk->next, sizeof(g->id));
	g->left = launch->threads;
	g->arrived = g->passed = 0;
	for (i = 0; i < launch->threads; i++) {
		t = free_slot(walk, &from);
		if (!t)
			return false;
		start(walk, t, from, n, i);
	}
	count_group(walk);
	return true;
}

/* registers that change by themselves, which the model does not have */
static const char *lacking(const struct eu_inst *inst)
{
	u32 i;

	if (!eu_opcode(inst->op)->implemented)
		return eu_opcode(inst->op)->name;
	for (i = 0; i < inst->sources && eu_opcode(inst->op)->format != FORMAT_SEND; i++) {
		const struct eu_operand *src = &inst->src[i];
		u8 arf = src->reg >> 4;

		if (src->file == FILE_ARF && !src->indirect &&
		    (arf == ARF_TIMESTAMP || arf == ARF_IP))
			return "timestamp or instruction pointer as an operand";
	}
	return NULL;
}

static bool decode(struct eu_env *env, u64 va, struct decoded *d)
{
	u64 bits[2] = { 0 }, first;

	d->valid = false;
	if (!eu_fetch(env, va, &first))
		return false;
	bits[0] = first;
	if (eu_length(first) == EU_NATIVE_BYTES) {
		if (!eu_fetch(env, va + sizeof(first), &bits[1]))
			return false;
		d->wrong = !eu_decode(bits, &d->inst);
	} else {
		d->wrong = !eu_expand(first, bits) || !eu_decode(bits, &d->inst);
	}
	d->inst.bytes = eu_length(first);
	d->va = va;
	d->valid = true;
	d->lacks = d->wrong ? NULL : lacking(&d->inst);
	return true;
}

static const struct decoded *fetch(struct eu_walk *walk, struct eu_env *env, u64 va)
{
	struct decoded *d = &walk->decoded[va / 8 % DECODED];

	if (d->valid && d->va == va)
		return d;
	return decode(env, va, d) ? d : NULL;
}

static void end_thread(struct eu_walk *walk, struct eu_thread *t)
{
	struct group *g = &walk->group[t->group];

	t->state = THREAD_FREE;
	walk->running--;
	if (!--g->left)
		g->used = false;
}

static void pass_barrier(struct eu_walk *walk, u32 group)
{
	struct group *g = &walk->group[group];
	u32 i;

	if (g->arrived < walk->launch.threads)
		return;
	g->arrived = 0;
	g->passed++;
	for (i = 0; i < EU_THREADS; i++) {
		struct eu_thread *t = walk->thread[i];

		if (t && t->state == THREAD_BARRIER && t->group == group)
			t->state = THREAD_READY;
	}
}

static enum eu_outcome gateway(struct eu_walk *walk, struct eu_env *env, struct eu_thread *t,
			       const struct eu_inst *inst)
{
	if (inst->eot)
		return EU_DONE;
	if (inst->desc_in_a0 || GATEWAY_OP(inst->desc) != GATEWAY_BARRIER) {
		env->lacks = "message to the gateway";
		env->lacks_id = inst->desc;
		return EU_LACKS;
	}
	t->barriers++;
	walk->group[t->group].arrived++;
	pass_barrier(walk, t->group);
	return EU_DONE;
}

static enum eu_outcome message(struct eu_walk *walk, struct eu_env *env, struct eu_thread *t,
			       const struct eu_inst *inst)
{
	u32 mask = eu_enabled(t, inst);
	enum eu_outcome ret;

	switch (inst->sfid) {
	case SFID_GATEWAY:
		ret = gateway(walk, env, t, inst);
		break;
	case SFID_SLM:
	case SFID_UGM:
		ret = eu_memory(env, t, inst, mask);
		break;
	case SFID_TYPED:
		ret = eu_block(env, t, inst);
		break;
	case SFID_NULL:
		ret = EU_DONE;
		break;
	default:
		env->lacks = "message to a unit the model does not have";
		env->lacks_id = (u64)inst->sfid << 32 | inst->desc;
		ret = EU_LACKS;
	}
	if (ret != EU_DONE)
		return ret;
	if (inst->eot)
		end_thread(walk, t);
	else
		eu_advance(t, inst);
	return EU_DONE;
}

static void synchronise(struct eu_walk *walk, struct eu_thread *t, const struct eu_inst *inst)
{
	eu_advance(t, inst);
	if (inst->function == SYNC_BAR && t->barriers > walk->group[t->group].passed)
		t->state = THREAD_BARRIER;
}

static enum eu_outcome execute(struct eu_walk *walk, struct eu_env *env, struct eu_thread *t)
{
	const struct decoded *d = fetch(walk, env, t->ip);
	const struct eu_inst *inst;

	if (!d)
		return EU_FAULT;
	if (d->wrong)
		return EU_WRONG;
	inst = &d->inst;
	env->lacks = d->lacks;
	env->lacks_id = inst->op;
	if (env->lacks)
		return EU_LACKS;
	switch (eu_opcode(inst->op)->format) {
	case FORMAT_SEND:
		return message(walk, env, t, inst);
	case FORMAT_JUMP:
	case FORMAT_JUMP2:
		eu_jump(t, inst, walk->launch.instruction_base);
		return EU_DONE;
	case FORMAT_NONE:
		eu_advance(t, inst);
		return EU_DONE;
	}
	if (inst->op == OP_SYNC) {
		synchronise(walk, t, inst);
		return EU_DONE;
	}
	t->mask[0] = t->active;
	env->lacks = eu_compute(t, inst, eu_enabled(t, inst));
	if (env->lacks)
		return EU_LACKS;
	eu_advance(t, inst);
	return EU_DONE;
}

/* one thread's turn */
static enum eu_progress run_thread(struct eu_walk *walk, struct eu_env *env, struct eu_thread *t,
				   u64 units, u64 *spent)
{
	u64 end = *spent + (units < TURN ? units : TURN);

	env->shared = walk->group[t->group].shared;
	env->shared_bytes = walk->launch.shared_bytes;
	env->general_base = walk->launch.general_base;
	env->surface_base = walk->launch.surface_base;
	env->bindings = walk->launch.bindings;
	while (t->state == THREAD_READY && *spent < end) {
		(*spent)++;
		obs_add(env->m, EV_EU_INSTRUCTION, 1);
		switch (execute(walk, env, t)) {
		case EU_DONE:
			break;
		case EU_FAULT:
			t->state = THREAD_FAULTED;
			return WALK_FAULT;
		case EU_LACKS:
			return WALK_LACKS;
		case EU_WRONG:
			return WALK_WRONG;
		}
	}
	return WALK_MORE;
}

static struct eu_thread *next_ready(struct eu_walk *walk, u32 *n)
{
	u32 i;

	for (i = 0; i < EU_THREADS; i++) {
		*n = walk->at++ % EU_THREADS;
		if (walk->thread[*n] && walk->thread[*n]->state == THREAD_READY)
			return walk->thread[*n];
	}
	return NULL;
}

enum eu_progress eu_walk_run(struct eu_walk *walk, struct eu_env *env, u64 units, u64 *spent,
			     u32 *thread)
{
	u64 end = *spent + units;
	enum eu_progress ret;
	struct eu_thread *t;

	while (*spent < end) {
		while (!walk->all_dispatched && dispatch(walk))
			;
		t = next_ready(walk, thread);
		if (!t)
			return walk->running ? WALK_REST : WALK_ENDED;
		ret = run_thread(walk, env, t, end - *spent, spent);
		if (ret != WALK_MORE)
			return ret;
	}
	return walk->running || !walk->all_dispatched ? WALK_MORE : WALK_ENDED;
}
