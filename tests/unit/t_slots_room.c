/* SPDX-License-Identifier: MIT */
/* shm/slots: values of all lengths side by side, and how many there can be. */
#include "tap.h"

#include "base/rng.h"
#include "unit/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	T = 5000000,
	HOUR = 3600 * 1000,
	DEFAULT_SIZE = 16 << 20, /* cache.size */
	CROWD = 10000,
	USERS = 20000, /* whose names were looked up */
	SESSIONS = 2000,
	USER_SIZE = 100,
	SESSION_SIZE = 240,
	ROUNDS = 60 * 1000,
	RIVALS = 150, /* keys of one set: more than it holds */
};

static unsigned char out[SLOTS_VALUE_MAX];
static size_t len;

/* A table alone, of one set: everything collides. */
static struct slots *
one_set(void)
{
	static _Alignas(64) unsigned char mem[SLOTS_SET_SIZE];

	memset(mem, 0, sizeof(mem));
	return slots_new(mem, sizeof(mem), memory_new()->file);
}

static const unsigned char *
key(int i)
{
	static unsigned char k[SLOTS_KEY_SIZE];

	memset(k, 0x11, sizeof(k));
	memcpy(k + 12, &i, sizeof(i)); /* the tag is the same for all */
	return k;
}

/* n bytes, of which each says whose they are. */
static enum slots_answer
put(struct slots *s, int i, size_t n, int64_t expires, int64_t now)
{
	unsigned char v[SLOTS_VALUE_MAX];

	memset(v, i, sizeof(v));
	return slots_put(s, key(i), v, n, expires, now);
}

static enum slots_answer
offer(struct slots *s, int i, size_t n, int64_t expires, int64_t now)
{
	memset(out, i, sizeof(out));
	return slots_offer(s, key(i), out, n, expires, now);
}

/* SLOTS_BROKEN: it is somebody else's, in part at least. */
static enum slots_answer
get(struct slots *s, int i, size_t n, int64_t now)
{
	enum slots_answer a = slots_get(s, key(i), out, sizeof(out), &len, now);

	if (a != SLOTS_HIT)
		return a;
	for (size_t k = 0; k < len; k++)
		if (out[k] != (unsigned char)i)
			return SLOTS_BROKEN;
	return n == 0 || n == len ? SLOTS_HIT : SLOTS_BROKEN;
}

static void
classes(void)
{
	static const size_t lengths[] = { 50, 256, 257, 512, 513, 768, 769,
		1024, 0, 1024, 1 };
	struct slots *s = one_set();

	for (int i = 1; i < 9; i++)
		INTEQ(put(s, i, 200, T + HOUR, T), SLOTS_HIT);
	for (size_t i = 0; i < ROWS(lengths); i++) {
		tap_row("%zu bytes", lengths[i]);
		INTEQ(put(s, 5, lengths[i], T + HOUR, T), SLOTS_HIT);
		INTEQ(get(s, 5, lengths[i], T), SLOTS_HIT);
		INTEQ(len, lengths[i]);
		for (int k = 1; k < 9; k++)
			INTEQ(get(s, k, k == 5 ? lengths[i] : 200, T),
			    SLOTS_HIT);
		INTEQ(slots_usage(s, T).entries, 8);
		INTEQ(slots_usage(s, T).used,
		    7 + (lengths[i] == 0 ? 1 : (lengths[i] + 255) / 256));
	}
	tap_row("%s", "one that finds no room leaves nothing behind");
	for (int k = 10; k < 73; k++)
		put(s, k, 100, T + 2 * HOUR, T);
	INTEQ(offer(s, 10, 1000, T + HOUR, T), SLOTS_MISS);
	INTEQ(get(s, 10, 0, T), SLOTS_MISS);
	INTEQ(slots_drop(s, key(10)), SLOTS_MISS);
	slots_free(&s);
}

static void
ends(void)
{
	struct slots *s = one_set();

	for (int i = 0; i < SLOTS_UNITS; i++)
		INTEQ(put(s, i, 100, T + HOUR + i, T), SLOTS_HIT);
	tap_row("%s", "a long one, offered, drives out what ends before it");
	INTEQ(offer(s, 100, 1000, T + HOUR + 3, T), SLOTS_MISS);
	INTEQ(slots_usage(s, T).entries, SLOTS_UNITS);
	INTEQ(offer(s, 100, 1000, T + HOUR + 4, T), SLOTS_HIT);
	for (int i = 0; i < SLOTS_UNITS; i++)
		INTEQ(get(s, i, 100, T), i < 4 ? SLOTS_MISS : SLOTS_HIT);
	INTEQ(get(s, 100, 1000, T), SLOTS_HIT);
	tap_row("%s", "a short one drives out the whole of a long one");
	INTEQ(put(s, 101, 10, T + HOUR, T), SLOTS_HIT);
	INTEQ(get(s, 100, 0, T), SLOTS_MISS);
	INTEQ(slots_usage(s, T).used, SLOTS_UNITS - 3);
	tap_row("%s", "a flood of what is about to end drives out nobody");
	for (int i = 1000; i < 3000; i++)
		offer(s, i, 100, T + 1, T);
	for (int i = 4; i < SLOTS_UNITS; i++)
		INTEQ(get(s, i, 100, T), SLOTS_HIT);
	slots_free(&s);
}

/*
 * Keys of one tag, values of all lengths, clocks that differ by what a wait
 * may have made of them: each gets its own value, or none.
 */
static void
strangers(void)
{
	struct slots *s = one_set();
	int wrong = 0, hits = 0;
	int64_t now = T;

	for (int round = 0; round < ROUNDS; round++) {
		uint16_t noise[4];
		int64_t seen;

		rng_bytes(noise, sizeof(noise));
		now += noise[0] % 3;
		seen = now - noise[0] % 64; /* read before it had the lock */
		if (noise[1] % 20 == 0)
			slots_drop(s, key(noise[2] % RIVALS));
		else if (noise[1] % 3 == 0)
			put(s, noise[2] % RIVALS, noise[3] % 1025,
			    seen + 1 + noise[0] % 500, seen);
		switch (get(s, noise[3] % RIVALS, 0, seen)) {
		case SLOTS_HIT:
			hits++;
			break;
		case SLOTS_BROKEN:
			wrong++;
			break;
		case SLOTS_MISS:
			break;
		}
	}
	INTEQ(wrong, 0);
	CHECK(hits > ROUNDS / 50);
	slots_free(&s);
}

/* A good hash is too slow for so many under a checker of memory. */
static void
random_key(uint32_t seed, uint32_t i, unsigned char k[SLOTS_KEY_SIZE])
{
	uint64_t x = (uint64_t)seed << 32 | i;

	for (int at = 0; at < SLOTS_KEY_SIZE; at += (int)sizeof(x)) {
		x = (x ^ x >> 31) * UINT64_C(0x9e3779b97f4a7c15);
		x = (x ^ x >> 29) * UINT64_C(0xd6e8feb86659fd93) + 1;
		x ^= x >> 32;
		memcpy(k + at, &x, sizeof(x));
	}
}

static void
put_all(struct slots *s, uint32_t seed, int n, size_t size, int64_t end)
{
	unsigned char k[SLOTS_KEY_SIZE];

	for (int i = 0; i < n; i++) {
		random_key(seed, (uint32_t)i, k);
		INTEQ(slots_put(s, k, out, size, end, T), SLOTS_HIT);
	}
}

/* How many of the n are not there. */
static int
missing(struct slots *s, uint32_t seed, int n)
{
	unsigned char k[SLOTS_KEY_SIZE];
	int gone = 0;

	for (int i = 0; i < n; i++) {
		random_key(seed, (uint32_t)i, k);
		gone += slots_get(s, k, out, sizeof(out), &len, T) != SLOTS_HIT;
	}
	return gone;
}

static int
lost(struct slots *s, uint32_t seed, int n, size_t size)
{
	put_all(s, seed, n, size, T + HOUR);
	return missing(s, seed, n);
}

static struct shared *
by_default(void)
{
	const struct shared_options o = {
		.site = "test", .private = true, .size = DEFAULT_SIZE
	};
	struct err e = { 0 };
	struct shared *s = shared_open(&o, &e);

	if (!CHECK(s != NULL))
		exit(1);
	return s;
}

/* Sessions are kept for seconds, users for an hour, junk in between. */
static void
beside(void)
{
	struct shared *s = by_default();
	unsigned char k[SLOTS_KEY_SIZE];
	int users, sessions;
	uint32_t seed;

	rng_bytes(&seed, sizeof(seed));
	put_all(s->slots, seed, USERS, USER_SIZE, T + HOUR);
	put_all(s->slots, seed + 1, SESSIONS, SESSION_SIZE, T + 9000);
	users = missing(s->slots, seed, USERS);
	sessions = missing(s->slots, seed + 1, SESSIONS);
	CHECK(users <= USERS / 1000);
	CHECK(sessions <= SESSIONS / 1000);
	tap_row("%s", "junk drives out none of them");
	for (uint32_t i = 0; i < 2 * USERS; i++) {
		random_key(seed + 2, i, k);
		slots_offer(s->slots, k, out, USER_SIZE, T + 5000, T);
	}
	INTEQ(missing(s->slots, seed, USERS), users);
	INTEQ(missing(s->slots, seed + 1, SESSIONS), sessions);
	tap_row("%s", "and finds a place itself only where there is room");
	CHECK(missing(s->slots, seed + 2, 2 * USERS) > USERS / 2);
	tap_row("%s", "whoever comes takes the place of junk");
	put_all(s->slots, seed + 3, SESSIONS, SESSION_SIZE, T + 9000);
	CHECK(missing(s->slots, seed + 3, SESSIONS) < SESSIONS / 10);
	CHECK(missing(s->slots, seed, USERS) <= users + USERS / 1000);
	shared_free(&s);
}

static void
crowd(void)
{
	struct shared *s = by_default();
	struct slots_usage u;
	uint32_t seed;

	rng_bytes(&seed, sizeof(seed));
	INTEQ(lost(s->slots, seed, CROWD, 200), 0);
	CHECK(lost(s->slots, seed + 1, CROWD, 50) <= CROWD / 1000);
	CHECK(lost(s->slots, seed + 2, 2000, 700) <= 2000 / 100);
	u = slots_usage(s->slots, T);
	printf("# %zu entries in %zu of %zu units\n", u.entries, u.used,
	    u.units);
	CHECK(u.entries >= CROWD * 2);
	shared_free(&s);
}

static const struct tap_case cases[] = {
	{ "a key has one value, however long the one before was", classes },
	{ "long and short values make room for each other by their ends",
	    ends },
	{ "keys that collide never get each other's values", strangers },
	{ "ten thousand identities and as many tokens fit by default", crowd },
	{ "20,000 users leave room for sessions, and junk drives out nobody",
	    beside },
};
TAP_MAIN(cases)
