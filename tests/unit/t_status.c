/* SPDX-License-Identifier: MIT */
/* obs/status: what boards and memory hold, also those that lie. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "obs/status.h"
#include "unit/files.h"
#include "unit/memory.h"

#include <string.h>

static struct arena *arena;
static struct conf *conf;

static struct status_board
copied(const struct board *b, int64_t now)
{
	struct status_board s = { 0 };

	arena_reset(arena);
	INTEQ(status_copy_board(b, 10, conf, arena, now, &s), 0);
	return s;
}

static void
workers(void)
{
	struct board *b = memory_new()->board;
	int slot = board_take(b, 3), idle = board_take(b, 3);
	struct status_board s;

	board_begin(b, 3, 1000);
	board_name_route(b, 1, "profile");
	board_set(b, idle, BOARD_IDLE, 1500);
	board_set(b, slot, BOARD_BUSY, 2000);
	board_request(b, slot, 1, "GET");
	board_wait_begin(b, slot, 0, 2500);
	atomic_store(&b->slot[slot].born_ms, 1200);
	board_see_waiting(b, 2, 9);
	s = copied(b, 3000);
	INTEQ(s.n, 2);
	CHECK(!s.single);
	INTEQ(s.started_ms, 2000);
	INTEQ(s.waiting, 2);
	INTEQ(s.count[BOARD_BUSY], 1);
	INTEQ(s.count[BOARD_IDLE], 1);
	INTEQ(s.worker[0].since_ms, 1000);
	INTEQ(s.worker[0].age_ms, 1800);
	STREQ(s.worker[0].route, "profile");
	STREQ(s.worker[0].method, "GET");
	STREQ(s.worker[0].waits_for, "ory");
	INTEQ(s.worker[0].waits_ms, 500);
	CHECK(s.worker[1].waits_for == NULL);
	INTEQ(s.served, 1);
	board_release(b, slot);
	atomic_store(&b->slot[idle].pid, 10);
	s = copied(b, 3000);
	CHECK(s.single);
	INTEQ(s.served, 1);
}

/* What a stranger would put there, to see what becomes of us. */
static void
lies(void)
{
	struct board *b = memory_new()->board;
	struct status_board s;

	memset(b, 0xff, sizeof(*b));
	s = copied(b, 5);
	INTEQ(s.n, 0);
	INTEQ(s.waiting, -1);
	atomic_store(&b->used, 1 << 30);
	for (int i = 0; i < BOARD_SLOTS; i++)
		atomic_store(&b->slot[i].state, BOARD_BUSY);
	atomic_store(&b->slot[0].waits_for, 1 << 30);
	atomic_store(&b->slot[0].route, 1 << 30);
	atomic_store(&b->slot[0].since_ms, INT64_MAX);
	s = copied(b, 5);
	INTEQ(s.n, BOARD_SLOTS);
	CHECK(s.worker[0].waits_for == NULL);
	STREQ(s.worker[0].route, "");
	STREQ(s.worker[0].method, "");
	INTEQ(s.worker[0].since_ms, 0);
}

static void
memory(void)
{
	struct shared *shared = memory_new();
	struct status_memory *m;

	arena_reset(arena);
	m = status_copy_memory(shared, conf, arena, clock_mono_ms());
	if (!CHECK(m != NULL))
		return;
	STREQ(m->where, "");
	INTEQ(m->n, 1);
	STREQ(m->provider[0].name, "ory");
	CHECK(!m->provider[0].used && !m->fresh);
	INTEQ(m->news_ms, -1);
}

/* The line of a provider: the longer of its waits is what is left. */
static void
provider(void)
{
	unsigned char scope[CONF_DIGEST_SIZE];
	struct shared *shared = memory_new();
	int64_t now = clock_mono_ms();
	const struct status_provider *p;
	struct upstream *u;

	INTEQ(conf_provider_digest(conf, "ory", scope), 0);
	u = upstream_find(shared->lines, scope, now);
	atomic_store(&u->gate.backoff_until_ms, now + 4000);
	atomic_store(&u->gate.good_ms, now - 60);
	atomic_store(&u->gate.took_ms, 70);
	atomic_store(&u->gate.failures, 8);
	for (int i = 0; i < UPSTREAM_COUNTS; i++)
		atomic_store(&u->count[i], (uint64_t)i + 1);
	arena_reset(arena);
	p = &status_copy_memory(shared, conf, arena, now)->provider[0];
	CHECK(p->used);
	INTEQ(p->gate, STATUS_BACKOFF);
	INTEQ(p->closed_ms, 4000);
	INTEQ(p->good_ms, 60);
	INTEQ(p->took_ms, 70);
	INTEQ(p->failures, 8);
	for (int i = 0; i < UPSTREAM_COUNTS; i++)
		INTEQ(p->count[i], i + 1);
	atomic_store(&u->gate.paused_until_ms, now + 3000);
	p = &status_copy_memory(shared, conf, arena, now)->provider[0];
	INTEQ(p->gate, STATUS_PAUSED);
	INTEQ(p->closed_ms, 4000);
	atomic_store(&u->gate.paused_until_ms, now + 9000);
	p = &status_copy_memory(shared, conf, arena, now)->provider[0];
	INTEQ(p->closed_ms, 9000);
}

static void
words(void)
{
	static const struct {
		int64_t ms, us;
		const char *says;
	} t[] = {
		{ -1, 0, "-" },
		{ -1, 999, "999 us" },
		{ -1, 1000, "1 ms" },
		{ 0, 0, "0 ms" },
		{ 119999, 0, "119 s" },
		{ 120000, 0, "2 min" },
		{ 100 * 60000 - 1, 0, "99 min" },
		{ 100 * 60000, 0, "1 h" },
		{ 48 * INT64_C(3600000), 0, "2 d" },
	};
	char text[STATUS_TIME_SIZE];

	for (size_t i = 0; i < ROWS(t); i++)
		STREQ(t[i].us > 0 ? status_us(t[i].us, text)
				  : status_ms(t[i].ms, text),
		    t[i].says);
}

static void
all(void)
{
	arena = arena_new(1 << 20);
	conf = files_good_conf("http://127.0.0.1:1", "");
	workers();
	lies();
	memory();
	provider();
	conf_free(&conf);
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "workers, what they serve, the service, the memory; lies do no harm",
	    all },
	{ "times are told in two digits or little more", words },
};
TAP_MAIN(cases)
