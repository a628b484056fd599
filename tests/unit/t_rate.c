/* SPDX-License-Identifier: MIT */
/* shm/rate: buckets that fill with time, competitors, floods, nonsense. */
#include "tap.h"

#include "shm/rate.h"
#include "unit/child.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define NOW INT64_C(5000000000)
#define SECOND INT64_C(1000000)

enum { FLOOD = 1000 * 1000, TAKERS = 4, TOKENS = 100 * 1000 };

/* Below what fits: nobody makes room. */
enum { NEWCOMERS = 20 * 1000 };

/* Ten a second, five at once. */
static const struct rate_limit ten = { SECOND / 10, 5 };

static struct rate *
fresh(void)
{
	struct rate *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (r == MAP_FAILED)
		exit(1);
	return r;
}

static void
done(struct rate *r)
{
	munmap(r, sizeof(*r));
}

/* How many are to be had at once. */
static int
drain(struct rate *r, uint64_t tag, const struct rate_limit *l, int64_t now)
{
	int n = 0;

	while (n < 1000 && rate_take(r, tag, l, now) == 0)
		n++;
	return n;
}

static void
arithmetic(void)
{
	struct rate *r = fresh();

	INTEQ(drain(r, 7, &ten, NOW), 5);
	INTEQ(rate_take(r, 7, &ten, NOW), SECOND / 10);
	INTEQ(rate_take(r, 7, &ten, NOW + 1), SECOND / 10 - 1);
	tap_row("%s", "a refusal costs nothing");
	for (int i = 0; i < 100; i++)
		rate_take(r, 7, &ten, NOW + 1);
	INTEQ(rate_take(r, 7, &ten, NOW + SECOND / 10 - 1), 1);
	INTEQ(drain(r, 7, &ten, NOW + SECOND / 10), 1);
	tap_row("%s", "it fills as time goes by, up to the burst");
	INTEQ(drain(r, 7, &ten, NOW + SECOND * 3 / 10), 2);
	INTEQ(drain(r, 7, &ten, NOW + SECOND * 100), 5);
	tap_row("%s", "another one has its own");
	INTEQ(drain(r, 7 + RATE_SETS, &ten, NOW + SECOND * 100), 5);
	INTEQ(drain(r, 8, &ten, NOW + SECOND * 100), 5);
	done(r);
}

static void
limits(void)
{
	static const struct {
		const char *what;
		struct rate_limit l;
		int burst;
	} t[] = {
		{ "off", { 0, 1 }, 1000 },
		{ "no burst at all", { SECOND, 0 }, 1 },
		{ "nonsense", { SECOND, -5 }, 1 },
		{ "one", { SECOND, 1 }, 1 },
		{ "a microsecond", { 1, 10 }, 10 },
		{ "an hour", { 3600 * SECOND, 3 }, 3 },
		{ "for ever", { INT64_MAX, 1 }, 1 },
		{ "both too large", { INT64_MAX, INT64_MAX }, 1 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct rate *r = fresh();
		int64_t wait;

		tap_row("%s", t[i].what);
		INTEQ(drain(r, 7, &t[i].l, NOW), t[i].burst);
		wait = rate_take(r, 7, &t[i].l, NOW);
		CHECK(wait >= 0 && wait <= t[i].l.interval_us);
		INTEQ(wait > 0, t[i].burst < 1000);
		INTEQ(drain(r, 7, &t[i].l, NOW + wait) > 0, true);
		done(r);
	}
}

static void
jumps(void)
{
	static const struct {
		const char *what;
		int64_t at;
		int tokens;
	} t[] = {
		{ "for ever full", INT64_MIN, 5 },
		{ "for ever empty", INT64_MAX, 0 },
		{ "of a longer limit", NOW + 3600 * SECOND, 0 },
		{ "half", NOW + SECOND / 4, 2 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct rate *r = fresh();

		tap_row("%s", t[i].what);
		rate_take(r, 7, &ten, NOW);
		atomic_store(&r->slot[7][0].full_us, t[i].at);
		INTEQ(drain(r, 7, &ten, NOW), t[i].tokens);
		CHECK(rate_take(r, 7, &ten, NOW) <= SECOND / 10);
		done(r);
	}
}

/* A set of eight and more that want in: who has taken most stays. */
static void
overflow(void)
{
	struct rate *r = fresh();

	INTEQ(drain(r, 1, &ten, NOW), 5);
	for (uint64_t i = 1; i < 100; i++)
		INTEQ(rate_take(r, 1 + i * RATE_SETS, &ten, NOW), 0);
	CHECK(rate_take(r, 1, &ten, NOW) > 0);
	tap_row("%s", "who was driven out begins anew");
	INTEQ(drain(r, 1 + RATE_SETS, &ten, NOW), 5);
	done(r);
}

static void
flood(void)
{
	struct rate *r = fresh();
	uint64_t tag = 0x9e3779b97f4a7c15u;
	int hot = 0, refused = 0;

	for (int i = 0; i < FLOOD; i++) {
		tag = tag * 6364136223846793005u + 1442695040888963407u;
		refused += rate_take(r, tag | 1u << 20, &ten, NOW + i) != 0;
		if (i % 100 == 0)
			hot += rate_take(r, 12345, &ten, NOW + i) == 0;
	}
	INTEQ(refused, 0);
	/* a second went by, one microsecond a stranger */
	CHECK(hot >= 14 && hot <= 15);
	done(r);
}

/* Where nothing else is: how many they got. */
static atomic_uint_fast64_t *
sum_of(struct rate *r)
{
	return &r->slot[RATE_SETS - 1][RATE_WAYS - 1].tag;
}

static const struct rate_limit plenty = { 1, TOKENS };

static int
take_all(void *ctx)
{
	struct rate *r = ctx;
	uint64_t got = 0;

	for (int i = 0; i < TOKENS; i++)
		got += rate_take(r, 4711, &plenty, NOW) == 0;
	atomic_fetch_add(sum_of(r), got);
	return 0;
}

static void
competitors(void)
{
	struct rate *r = fresh();
	pid_t pid[TAKERS];

	for (int i = 0; i < TAKERS; i++)
		pid[i] = child_start(take_all, r);
	for (int i = 0; i < TAKERS; i++)
		INTEQ(child_wait(pid[i]), 0);
	INTEQ(atomic_load(sum_of(r)), TOKENS);
	done(r);
}

/* Where they wait for each other: how often one came here. */
static atomic_uint_fast64_t *
turn_of(struct rate *r)
{
	return &r->slot[RATE_SETS - 1][RATE_WAYS - 2].tag;
}

static const struct rate_limit one = { SECOND, 1 };

static int
take_first(void *ctx)
{
	struct rate *r = ctx;
	uint64_t got = 0;

	for (uint64_t tag = 1; tag <= NEWCOMERS; tag++) {
		atomic_fetch_add(turn_of(r), 1);
		while (atomic_load(turn_of(r)) < 2 * tag)
			sched_yield();
		got += rate_take(r, tag, &one, NOW) == 0;
	}
	atomic_fetch_add(sum_of(r), got);
	return 0;
}

/* Whoever comes second to a new bucket must not find it full. */
static void
newcomers(void)
{
	struct rate *r = fresh();
	pid_t a = child_start(take_first, r), b = child_start(take_first, r);

	INTEQ(child_wait(a), 0);
	INTEQ(child_wait(b), 0);
	INTEQ(atomic_load(sum_of(r)), NEWCOMERS);
	done(r);
}

static const struct tap_case cases[] = {
	{ "a bucket gives its burst, and then as it fills", arithmetic },
	{ "any limit, also one that makes no sense", limits },
	{ "times that nobody can have written do no lasting harm", jumps },
	{ "a full set forgets who has taken least", overflow },
	{ "a million strangers take nothing from a busy one's limit", flood },
	{ "competing processes get no more than one would", competitors },
	{ "two who take a bucket's first token at once get one", newcomers },
};
TAP_MAIN(cases)
