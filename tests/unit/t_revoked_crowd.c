/* SPDX-License-Identifier: MIT */
/* shm/revoked: a site's sign-outs, in the memory that there is by default. */
#include "tap.h"

#include "base/rng.h"
#include "unit/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	NOW_S = 1800000000,
	NOW_MS = 5000000,
	HOUR = 3600,
	DAY = 24 * HOUR,
	DEFAULT_SIZE = 16 << 20, /* cache.size */
	SIGN_OUTS = 20000,
	CHOSEN = 200,
	CROWD = 50000, /* sign-outs of a week: far more than there is room */
};

/* One who is revoked at s seconds (since 1970) for so many; found then. */
struct one {
	uint64_t tag;
	enum revoked_effect effect;
	bool brief;
	int64_t s, for_s;
};

static struct shared *shared;
static uint64_t noise;

static void
by_default(void)
{
	const struct shared_options o = {
		.site = "test", .private = true, .size = DEFAULT_SIZE
	};
	struct err e = { 0 };

	shared = shared_open(&o, &e);
	if (!CHECK(shared != NULL))
		exit(1);
	rng_bytes(&noise, sizeof(noise));
	noise |= 1;
}

static uint64_t
random_tag(void)
{
	noise ^= noise << 13;
	noise ^= noise >> 7;
	noise ^= noise << 17;
	return noise;
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

	INTEQ(revoked_put(shared->revoked, &e, ms_at(now_s), now_s), 0);
}

static enum revoked_answer
look(uint64_t tag, int64_t found_s, int64_t now_s)
{
	const struct revoked_question q = {
		.user = tag, .issued_s = NOW_S - 1, .found_ms = ms_at(found_s)
	};

	return revoked_look(shared->revoked, &q, now_s);
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

/* Those of the past week, read in any order. */
static void
sign_outs(int n, int64_t now_s)
{
	for (int i = 0; i < n; i++) {
		struct one o = {
			.effect = REVOKED_ALL, .brief = true, .for_s = 7 * DAY
		};

		o.tag = random_tag();
		o.s = now_s - 60 - (int64_t)(o.tag % (7 * DAY - 120));
		learn(&o, now_s);
	}
}

static void
last_day(void)
{
	by_default();
	sign_outs(SIGN_OUTS, NOW_S);
	for (uint64_t i = 0; i < CHOSEN; i++) {
		const struct one o = { 1000 + i, REVOKED_ALL, true, NOW_S,
			DAY };

		learn(&o, NOW_S);
	}
	sign_outs(SIGN_OUTS, NOW_S);
	INTEQ(refused(1000, CHOSEN, NOW_S), CHOSEN);
	shared_free(&shared);
}

static void
operators(void)
{
	by_default();
	for (uint64_t i = 0; i < CHOSEN; i++) {
		struct one o = { 1000 + i, REVOKED_ALL, false, NOW_S, DAY };

		if (i % 2 == 0)
			o.effect = REVOKED_OLDER;
		learn(&o, NOW_S);
	}
	for (int i = 0; i < SIGN_OUTS; i++) {
		const struct one o = { random_tag(), REVOKED_ALL, true,
			NOW_S + HOUR / 2, 7 * DAY };

		learn(&o, o.s);
	}
	INTEQ(refused(1000, CHOSEN, NOW_S + HOUR), CHOSEN);
	shared_free(&shared);
}

/* With each sign-out somebody's user is changed. */
static void
week(int n)
{
	int flushes = 0, passed = 0;

	by_default();
	for (int i = 0; i < n; i++) {
		int64_t s = NOW_S + (int64_t)i * 7 * DAY / n;
		struct one o = { random_tag(), REVOKED_ALL, true, s, 7 * DAY };

		learn(&o, s);
		passed += look(o.tag, s, s) != REVOKED_REFUSE;
		o = (struct one){ random_tag(), REVOKED_RECHECK, false, s,
			2 * DAY };
		learn(&o, s);
		passed += look(o.tag, s, s) != REVOKED_ASK;
		flushes += look(random_tag(), s - HOUR + 1, s) != REVOKED_NOT;
	}
	printf("# %d sign-outs, %d known\n", n,
	    revoked_count(shared->revoked, NOW_S + 7 * DAY));
	INTEQ(passed, 0);
	INTEQ(flushes, 0);
	INTEQ(revoked_lost(shared->revoked), 0);
	shared_free(&shared);
}

static void
weeks(void)
{
	week(SIGN_OUTS);
	week(CROWD);
}

static const struct tap_case cases[] = {
	{ "a session revoked in its last day survives 20,000 older sign-outs",
	    last_day },
	{ "an operator's refusal survives 20,000 sign-outs", operators },
	{ "20,000 sign-outs a week, or 50,000, flush no cache", weeks },
};
TAP_MAIN(cases)
