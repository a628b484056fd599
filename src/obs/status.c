/* SPDX-License-Identifier: MIT */
/* Copies of boards and shared memory; nothing is written there. */
#include "obs/status.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "shm/sane.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const state_names[] = {
	[BOARD_FREE] = "free",
	[BOARD_STARTING] = "starting",
	[BOARD_IDLE] = "idle",
	[BOARD_BUSY] = "busy",
};

static const char *const gate_names[] = {
	[STATUS_OPEN] = "open",
	[STATUS_PAUSED] = "paused",
	[STATUS_BACKOFF] = "backing off",
};

const char *
status_state_name(enum board_state state)
{
	return state_names[state];
}

const char *
status_gate_name(enum status_gate gate)
{
	return gate_names[gate];
}

const char *
status_ms(int64_t ms, char text[STATUS_TIME_SIZE])
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} units[] = {
		{ 1000, 1, "ms" },
		{ 120 * 1000, 1000, "s" },
		{ 100 * 60 * 1000, 60 * 1000, "min" },
		{ 48 * 3600 * INT64_C(1000), 3600 * 1000, "h" },
		{ INT64_MAX, 24 * 3600 * 1000, "d" },
	};
	int i = 0;

	if (ms < 0)
		return "-";
	while (ms >= units[i].below && units[i].below != INT64_MAX)
		i++;
	snprintf(text, STATUS_TIME_SIZE, "%" PRId64 " %s", ms / units[i].unit,
	    units[i].name);
	return text;
}

const char *
status_us(int64_t us, char text[STATUS_TIME_SIZE])
{
	if (us <= 0)
		return "-";
	if (us >= 1000)
		return status_ms(us / 1000, text);
	snprintf(text, STATUS_TIME_SIZE, "%" PRId64 " us", us);
	return text;
}

/* What has passed since a time that others wrote; -1: never. */
static int64_t
ago(int64_t then, int64_t now)
{
	if (then <= 0)
		return -1;
	return then > now ? 0 : now - then;
}

static void
copy_provider(const struct shared *m, const struct conf *c,
    struct status_provider *p, int64_t now)
{
	unsigned char scope[CONF_DIGEST_SIZE];
	const struct upstream *u;
	int64_t pause, backoff;

	if (conf_provider_digest(c, p->name, scope) == -1 ||
	    (u = upstream_look(m->lines, scope)) == NULL)
		return;
	pause = sane_left_ms(atomic_load(&u->gate.paused_until_ms),
	    GATE_PAUSE_MAX_MS, now);
	backoff = sane_left_ms(atomic_load(&u->gate.backoff_until_ms),
	    GATE_BACKOFF_MAX_MS, now);
	p->used = true;
	p->gate = pause > 0     ? STATUS_PAUSED
		  : backoff > 0 ? STATUS_BACKOFF
				: STATUS_OPEN;
	p->closed_ms = pause > backoff ? pause : backoff;
	p->good_ms = ago(atomic_load(&u->gate.good_ms), now);
	p->took_ms = atomic_load(&u->gate.took_ms);
	p->failures = atomic_load(&u->gate.failures);
	for (int i = 0; i < UPSTREAM_COUNTS; i++)
		p->count[i] = atomic_load(&u->count[i]);
}

struct status_memory *
status_copy_memory(const struct shared *m, const struct conf *c,
    struct arena *a, int64_t now)
{
	struct status_memory *to = arena_alloc(a, sizeof(*to));
	const char *where = arena_dup(a, m->where);

	if (to == NULL || where == NULL)
		return NULL;
	memset(to, 0, sizeof(*to));
	to->where = where;
	to->size = SHMFILE_HEAD + shmfile_content_size(m->file);
	to->slots = slots_glance(m->slots, now);
	to->revoked = revoked_count(m->revoked, clock_wall_ms() / 1000);
	to->lost = revoked_lost(m->revoked);
	to->news_ms = ago(atomic_load(&m->news->read_ms), now);
	to->fresh = news_are_fresh(m->news, c->revocation.bound, now);
	for (int i = 0; i < c->providers.n && i < SHARED_PROVIDERS; i++) {
		to->provider[i].name = c->providers.item[i];
		copy_provider(m, c, &to->provider[i], now);
		to->n++;
	}
	return to;
}

static bool
copy_worker(const struct board *b, int slot, const struct conf *c, int64_t now,
    struct status_worker *to)
{
	const struct board_slot *from = &b->slot[slot];
	int state = atomic_load(&from->state);
	int p = atomic_load(&from->waits_for) - 1;

	if (state <= BOARD_FREE || state > BOARD_BUSY)
		return false;
	*to = (struct status_worker){
		.pid = atomic_load(&from->pid),
		.state = (enum board_state)state,
		.generation = atomic_load(&from->generation),
		.since_ms = ago(atomic_load(&from->since_ms), now),
		.age_ms = ago(atomic_load(&from->born_ms), now),
		.served = atomic_load(&from->served),
		.took_us = atomic_load(&from->took_us),
		.method = board_method_name(atomic_load(&from->method)),
	};
	board_route(b, atomic_load(&from->route) - 1, to->route);
	if (p >= 0 && p < c->providers.n) {
		to->waits_for = c->providers.item[p];
		to->waits_ms = ago(atomic_load(&from->wait_since_ms), now);
	}
	return true;
}

static void
copy_queue(const struct board *b, struct status_board *to)
{
	to->waiting_limit = atomic_load(&b->waiting_limit);
	to->waiting = atomic_load(&b->waiting);
	to->waiting_most = atomic_load(&b->waiting_most);
	if (to->waiting_limit <= 0)
		to->waiting_limit = to->waiting = to->waiting_most = -1;
}

int
status_copy_board(const struct board *b, pid_t pid, const struct conf *c,
    struct arena *a, int64_t now, struct status_board *to)
{
	int used = board_used(b);

	*to = (struct status_board){
		.pid = pid,
		.limit = atomic_load(&b->limit),
		.generation = atomic_load(&b->generation),
		.started_ms = ago(atomic_load(&b->started_ms), now),
		.loaded_ms = ago(atomic_load(&b->loaded_ms), now),
		.served = board_served(b),
		.slow = atomic_load(&b->slow),
		.deaths = atomic_load(&b->deaths),
		.full = atomic_load(&b->full),
		.worker = arena_alloc(a, (size_t)used * sizeof(*to->worker)),
	};
	if (to->worker == NULL)
		return -1;
	copy_queue(b, to);
	for (int i = 0; i < used; i++)
		if (copy_worker(b, i, c, now, &to->worker[to->n]))
			to->count[to->worker[to->n++].state]++;
	to->single = to->n == 1 && to->worker[0].pid == pid;
	return 0;
}
