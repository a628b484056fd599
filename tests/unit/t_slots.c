/* SPDX-License-Identifier: MIT */
/* shm/slots: lives, room, and slots that nobody can have written. */
#include "tap.h"

#include "base/clock.h"
#include "base/rng.h"
#include "shm/lock.h"
#include "unit/child.h"
#include "unit/slotted.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void
lives(void)
{
	struct slots *s = fresh();
	const int64_t longest = (int64_t)SLOTS_LIFE_MAX_DAYS * 24 * HOUR;

	INTEQ(get(s, key(1, 1), T), SLOTS_MISS);
	INTEQ(put(s, key(1, 1), T + 100, T), SLOTS_HIT);
	INTEQ(get(s, key(1, 1), T), SLOTS_HIT);
	INTEQ(len, 8);
	INTEQ(get(s, key(1, 2), T), SLOTS_MISS);
	INTEQ(get(s, key(2, 1), T), SLOTS_MISS);
	INTEQ(get(s, key(1, 1), T + 99), SLOTS_HIT);
	INTEQ(get(s, key(1, 1), T + 100), SLOTS_MISS);
	tap_row("%s", "anew, shorter");
	INTEQ(put(s, key(1, 1), T + 50, T), SLOTS_HIT);
	INTEQ(get(s, key(1, 1), T + 50), SLOTS_MISS);
	tap_row("%s", "one that is over replaces by nothing");
	INTEQ(put(s, key(1, 1), T + 100, T), SLOTS_HIT);
	INTEQ(put(s, key(1, 1), T, T), SLOTS_MISS);
	INTEQ(get(s, key(1, 1), T), SLOTS_MISS);
	tap_row("%s", "no life is longer than the longest");
	INTEQ(put(s, key(1, 1), INT64_MAX, T), SLOTS_HIT);
	INTEQ(get(s, key(1, 1), T + longest - 1), SLOTS_HIT);
	INTEQ(get(s, key(1, 1), T + longest), SLOTS_MISS);
	tap_row("%s", "dropped");
	INTEQ(slots_drop(s, key(1, 1)), SLOTS_HIT);
	INTEQ(slots_drop(s, key(1, 1)), SLOTS_MISS);
	INTEQ(get(s, key(1, 1), T), SLOTS_MISS);
	slots_free(&s);
	slots_free(&s);
}

static void
lengths(void)
{
	static unsigned char in[SLOTS_VALUE_MAX + 1];
	static const struct {
		size_t n, cap;
		enum slots_answer stored, found;
	} t[] = {
		{ 0, 0, SLOTS_HIT, SLOTS_HIT },
		{ 1, 1, SLOTS_HIT, SLOTS_HIT },
		{ 1, 0, SLOTS_HIT, SLOTS_MISS },
		{ SLOTS_VALUE_MAX, SLOTS_VALUE_MAX, SLOTS_HIT, SLOTS_HIT },
		{ SLOTS_VALUE_MAX, SLOTS_VALUE_MAX - 1, SLOTS_HIT, SLOTS_MISS },
		{ SLOTS_VALUE_MAX + 1, sizeof(out), SLOTS_MISS, SLOTS_MISS },
	};
	struct slots *s = fresh();

	memset(in, 7, sizeof(in));
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%zu bytes, room for %zu", t[i].n, t[i].cap);
		memset(out, 0xee, sizeof(out));
		len = 12345;
		INTEQ(slots_put(s, key(3, 3), in, t[i].n, T + 9, T),
		    t[i].stored);
		INTEQ(slots_get(s, key(3, 3), out, t[i].cap, &len, T),
		    t[i].found);
		if (t[i].found != SLOTS_HIT) {
			INTEQ(out[0], 0xee);
			continue;
		}
		INTEQ(len, t[i].n);
		CHECK(memcmp(out, in, t[i].n) == 0);
		INTEQ(out[t[i].n], 0xee);
	}
	slots_free(&s);
}

static void
room(void)
{
	struct slots *s = fresh();

	for (int i = 1; i <= N; i++)
		INTEQ(put(s, key(5, i), T + 1000 + i, T), SLOTS_HIT);
	for (int i = 1; i <= N; i++)
		INTEQ(get(s, key(5, i), T), SLOTS_HIT);
	tap_row("%s", "what is only offered drives out none that outlives it");
	INTEQ(slots_offer(s, key(5, 100), "x", 1, T + 1001, T), SLOTS_MISS);
	for (int i = 1; i <= N; i++)
		INTEQ(get(s, key(5, i), T), SLOTS_HIT);
	INTEQ(slots_offer(s, key(5, 100), "x", 1, T + 1002, T), SLOTS_HIT);
	INTEQ(get(s, key(5, 1), T), SLOTS_MISS);
	tap_row("%s", "the first to end makes room, for one that ends earlier");
	INTEQ(put(s, key(5, 101), T + 1000, T), SLOTS_HIT);
	INTEQ(get(s, key(5, 100), T), SLOTS_MISS);
	INTEQ(get(s, key(5, 2), T), SLOTS_HIT);
	INTEQ(put(s, key(5, 101), T + 5000, T), SLOTS_HIT);
	INTEQ(get(s, key(5, 101), T), SLOTS_HIT);
	tap_row("%s", "what is over makes room for anything");
	INTEQ(put(s, key(5, 102), T + 1005, T + 1004), SLOTS_HIT);
	INTEQ(get(s, key(5, 102), T + 1004), SLOTS_HIT);
	INTEQ(get(s, key(5, 8), T + 1004), SLOTS_HIT);
	tap_row("%s", "its own former value is no rival");
	INTEQ(put(s, key(5, 8), T + 1005, T + 1004), SLOTS_HIT);
	INTEQ(get(s, key(5, 8), T + 1004), SLOTS_HIT);
	tap_row("%s", "other sets have room");
	INTEQ(put(s, key(5 + SETS + 1, 1), T + 1, T), SLOTS_HIT);
	slots_free(&s);
}

static void
keys(void)
{
	static const char secret[] = "ory_st_abcdefghijABCDEFGHIJ012345678901";
	const struct crypt_part parts[] = { { "user", 4 },
		{ secret, sizeof(secret) - 1 } };
	const struct crypt_part moved[] = { { "use", 3 }, { "rory_st", 7 } };
	const struct crypt_part other[] = { { "user", 4 }, { "ory_st", 6 } };
	unsigned char a[SLOTS_KEY_SIZE], b[SLOTS_KEY_SIZE];
	struct slots *s = fresh(), *stranger;

	slots_key(s, parts, 2, a);
	slots_key(s, parts, 2, b);
	CHECK(memcmp(a, b, sizeof(a)) == 0);
	INTEQ(put(s, a, T + 9, T), SLOTS_HIT);
	CHECK(memmem(mem, sizeof(mem), secret, 8) == NULL);
	CHECK(memmem(mem, sizeof(mem), a, 8) != NULL);
	slots_key(s, other, 2, a);
	slots_key(s, moved, 2, b);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	stranger = slots_new(mem, sizeof(mem), memory_new()->file);
	slots_key(stranger, other, 2, b);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	slots_free(&stranger);
	slots_free(&s);
}

/* Two entries in every other set: more sets than a glance looks at. */
static void
glance(void)
{
	const size_t sets = 3 * SLOTS_GLANCE, size = sets * SLOTS_SET_SIZE;
	void *big = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct slots *s = fresh();
	struct slots_usage u;

	put(s, key(1, 1), T + HOUR, T);
	put(s, key(2, 1), T + HOUR, T);
	INTEQ(slots_glance(s, T).entries, slots_usage(s, T).entries);
	slots_free(&s);
	CHECK(big != MAP_FAILED);
	s = slots_new(big, size, memory_new()->file);
	for (size_t i = 0; i < sets; i += 2) {
		put(s, key(i, 1), T + HOUR, T);
		put(s, key(i, 2), T + HOUR, T);
	}
	u = slots_glance(s, T);
	INTEQ(u.units, sets * SLOTS_UNITS);
	CHECK(u.entries > sets * 9 / 10 && u.entries < sets * 11 / 10);
	INTEQ(u.used, u.entries);
	slots_free(&s);
	munmap(big, size);
}

static const struct tap_case cases[] = {
	{ "an entry lives until its end, another one or a drop", lives },
	{ "any length up to the most, for a reader with room", lengths },
	{ "what ends first makes room, but not for a mere offer", room },
	{ "keys tell nothing and hang on the file's key", keys },
	{ "a glance at a large table guesses how full it is", glance },
};
TAP_MAIN(cases)
