/* SPDX-License-Identifier: MIT */
/* shm/revoked: what a full set loses, and what it never does. */
#include "tap.h"

#include "unit/memory.h"

#include <string.h>

enum {
	NOW_S = 1800000000,
	NOW_MS = 5000000,
	HOUR = 3600,
	DAY = 24 * HOUR,
	WAYS = 16,
};

/* One who is revoked at s seconds (since 1970) for so many; found then. */
struct one {
	uint64_t tag;
	enum revoked_effect effect;
	bool brief;
	int64_t s, for_s;
};

static struct revoked *r;

/* A table of one set: everything collides. */
static void
one_set(void)
{
	static _Alignas(64) unsigned char mem[64 + WAYS * 48];

	memset(mem, 0, sizeof(mem));
	revoked_free(&r);
	r = revoked_new(mem, sizeof(mem), memory_new()->file);
}

/* The clocks go together. */
static int64_t
ms_at(int64_t s)
{
	return NOW_MS + (s - NOW_S) * 1000;
}

/* It is learnt of at `now_s`. */
static void
learn(const struct one *o, int64_t now_s)
{
	const struct revoked_entry e = {
		.tag = o->tag,
		.effect = o->effect,
		.brief = o->brief,
		.at_s = o->s,
		.until_s = o->s + o->for_s,
	};

	INTEQ(revoked_put(r, &e, ms_at(now_s), now_s), 0);
}

static void
put(uint64_t tag, enum revoked_effect effect, bool brief, int64_t s)
{
	const struct one o = { tag, effect, brief, s, 7 * DAY };

	learn(&o, s);
}

static enum revoked_answer
look(uint64_t tag, int64_t found_s, int64_t now_s)
{
	const struct revoked_question q = {
		.user = tag, .issued_s = NOW_S - 1, .found_ms = ms_at(found_s)
	};

	return revoked_look(r, &q, now_s);
}

static int
refused(uint64_t from, int n, int64_t now_s)
{
	int found = 0;

	for (int i = 0; i < n; i++)
		found += look(from + (uint64_t)i, now_s + HOUR, now_s) ==
			 REVOKED_REFUSE;
	return found;
}

/* Four of each kind, in the order in which they go. */
static void
fill(void)
{
	one_set();
	for (uint64_t i = 0; i < 4; i++) {
		int64_t s = NOW_S + (int64_t)i;

		put(10 + i, REVOKED_RECHECK, false, s - 2 * HOUR);
		put(20 + i, REVOKED_ALL, true, s - 2 * HOUR);
		put(30 + i, REVOKED_RECHECK, false, s - 60);
		put(40 + i, REVOKED_ALL, true, s - 60);
	}
	INTEQ(revoked_count(r, NOW_S), WAYS);
	INTEQ(revoked_lost(r), 0);
}

static void
order(void)
{
	uint64_t next = 100;

	fill();
	tap_row("%s", "nobody misses what was asked before an hour");
	for (uint64_t i = 0; i < 4; i++)
		put(next++, REVOKED_ALL, true, NOW_S);
	INTEQ(look(50, NOW_S - HOUR, NOW_S), REVOKED_NOT);
	INTEQ(look(50, NOW_S - 2 * HOUR, NOW_S), REVOKED_ASK);
	INTEQ(refused(20, 4, NOW_S), 4);
	tap_row("%s", "then whom the provider refused before an hour");
	for (uint64_t i = 0; i < 4; i++) {
		INTEQ(refused(20, 4, NOW_S), 4 - (int)i);
		put(next++, REVOKED_ALL, i % 2 == 0, NOW_S);
		INTEQ(refused(20 + i, 1, NOW_S), 0);
	}
	INTEQ(look(50, NOW_S - HOUR, NOW_S), REVOKED_NOT);
	INTEQ(revoked_lost(r), 0);
	tap_row("%s", "then what was asked since: that is counted");
	put(next++, REVOKED_OLDER, false, NOW_S);
	INTEQ(look(50, NOW_S - 60, NOW_S), REVOKED_ASK);
	INTEQ(look(31, NOW_S - 60, NOW_S), REVOKED_ASK);
	INTEQ(look(50, NOW_S - 59, NOW_S), REVOKED_NOT);
	INTEQ(revoked_lost(r), 1);
	for (int i = 1; i < 4; i++)
		put(next++, REVOKED_ALL, true, NOW_S);
	tap_row("%s", "then whom the provider refused lately");
	INTEQ(refused(40, 4, NOW_S), 4);
	put(next++, REVOKED_ALL, false, NOW_S);
	INTEQ(refused(41, 3, NOW_S), 3);
	INTEQ(refused(40, 1, NOW_S), 0);
	INTEQ(revoked_lost(r), 5);
}

/* What does not refuse, or did so long ago, drives out nobody better. */
static void
weak(void)
{
	one_set();
	for (uint64_t i = 0; i < WAYS; i++)
		put(1 + i, REVOKED_ALL, true, NOW_S - HOUR + 1);
	put(99, REVOKED_RECHECK, false, NOW_S);
	INTEQ(refused(1, WAYS, NOW_S), WAYS);
	INTEQ(look(99, NOW_S, NOW_S), REVOKED_ASK);
	INTEQ(look(99, NOW_S + 1, NOW_S), REVOKED_NOT);
	INTEQ(revoked_lost(r), 1);
	tap_row("%s", "a second later they are old");
	put(99, REVOKED_RECHECK, false, NOW_S + 1);
	INTEQ(refused(1, WAYS, NOW_S), WAYS - 1);
	put(98, REVOKED_RECHECK, false, NOW_S + 1);
	INTEQ(look(99, NOW_S + 1, NOW_S + 1), REVOKED_ASK);
	INTEQ(revoked_lost(r), 1);
	tap_row("%s", "what is read late counts from when it was");
	one_set();
	for (uint64_t i = 0; i < WAYS; i++)
		put(1 + i, REVOKED_RECHECK, false, NOW_S - 9);
	learn(&(struct one){ 99, REVOKED_ALL, true, NOW_S - HOUR, DAY }, NOW_S);
	INTEQ(look(99, NOW_S, NOW_S), REVOKED_NOT);
	learn(&(struct one){ 99, REVOKED_ALL, true, NOW_S - 60, DAY }, NOW_S);
	INTEQ(look(99, NOW_S, NOW_S), REVOKED_REFUSE);
}

static void
over(void)
{
	one_set();
	for (uint64_t i = 0; i < WAYS; i++)
		put(1 + i, REVOKED_ALL, false, NOW_S - 7 * DAY);
	for (uint64_t i = 0; i < WAYS; i++)
		put(50 + i, REVOKED_RECHECK, false, NOW_S);
	INTEQ(revoked_count(r, NOW_S), WAYS);
	INTEQ(revoked_lost(r), 0);
	INTEQ(look(99, NOW_S, NOW_S), REVOKED_NOT);
}

static const struct tap_case cases[] = {
	{ "a full set loses what hurts least, and counts what hurts", order },
	{ "what is weak takes no place of what is strong", weak },
	{ "what is over makes room for anything", over },
};
TAP_MAIN(cases)
