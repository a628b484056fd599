/* SPDX-License-Identifier: MIT */
/* shm/slots: what nobody can have written, and noise. */
#include "tap.h"

#include "base/clock.h"
#include "base/rng.h"
#include "shm/lock.h"
#include "unit/child.h"
#include "unit/slotted.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where a set has what; see slots.c. */
enum {
	HEAD_SIZE = SLOTS_HEAD_SIZE - 8,
	HEAD_AT = N * 8, /* behind the tags */
	REST_AT = 16,    /* of the key, in a head */
	SEQUENCE_AT = 0,
	LENGTH_AT = 4,
	EXPIRES_AT = 8,
};

/* The head of the one such key in the table. */
static unsigned char *
head_of(const unsigned char *k)
{
	unsigned char *p = memmem(mem, sizeof(mem), k + 8, SLOTS_KEY_SIZE - 8);

	return p - REST_AT;
}

static void
nonsense(void)
{
	static const struct {
		const char *name;
		int at, n;
		uint64_t value;
	} t[] = {
		{ "its writer died", SEQUENCE_AT, 4, 3 },
		{ "longer than a slot", LENGTH_AT, 4, SLOTS_VALUE_MAX + 1 },
		{ "as long as can be", LENGTH_AT, 4, UINT32_MAX },
		{ "ends too late", EXPIRES_AT, 8, T + (uint64_t)HOUR * 9999 },
		{ "ends never", EXPIRES_AT, 8, INT64_MAX },
		{ "ended before time began", EXPIRES_AT, 8,
		    (uint64_t)INT64_MIN },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct slots *s = fresh();

		tap_row("%s", t[i].name);
		INTEQ(put(s, key(7, 7), T + HOUR, T), SLOTS_HIT);
		memcpy(head_of(key(7, 7)) + t[i].at, &t[i].value,
		    (size_t)t[i].n);
		INTEQ(get(s, key(7, 7), T), SLOTS_MISS);
		INTEQ(put(s, key(7, 7), T + HOUR, T), SLOTS_HIT);
		INTEQ(get(s, key(7, 7), T), SLOTS_HIT);
		memcpy(head_of(key(7, 7)) + t[i].at, &t[i].value,
		    (size_t)t[i].n);
		slots_drop(s, key(7, 7));
		INTEQ(get(s, key(7, 7), T), SLOTS_MISS);
		/* a set full of it takes short-lived entries */
		for (int w = 1; w <= N; w++) {
			put(s, key(7, w), T + HOUR, T);
			memcpy(head_of(key(7, w)) + t[i].at, &t[i].value,
			    (size_t)t[i].n);
		}
		INTEQ(slots_offer(s, key(7, 99), "x", 1, T + 1, T), SLOTS_HIT);
		INTEQ(get(s, key(7, 99), T), SLOTS_HIT);
		slots_free(&s);
	}
}

/* Keys as they might be there: the rest is noise. */
static void
plant(uint64_t set, int i)
{
	unsigned char *at = mem + set * SLOTS_SET_SIZE;
	const unsigned char *k = key(set, i + 1);

	memcpy(at + i * 8, k, 8);
	memcpy(at + HEAD_AT + i * HEAD_SIZE + REST_AT, k + 8,
	    SLOTS_KEY_SIZE - 8);
}

static void
noise(void)
{
	struct slots *s = fresh();

	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(mem); i += 256)
			rng_bytes(mem + i, 256);
		for (int i = 0; i < SETS * N; i++)
			plant((uint64_t)i / N, i % N);
		for (int i = 0; i < SETS * N; i++)
			CHECK(get(s, key((uint64_t)i / N, i % N + 1), T) !=
			      SLOTS_BROKEN);
		for (uint64_t i = 0; i < SETS; i++) {
			put(s, key(i, 200), T + HOUR, T);
			INTEQ(get(s, key(i, 200), T), SLOTS_HIT);
			INTEQ(len, 8);
			slots_drop(s, key(i, 200));
			INTEQ(get(s, key(i, 200), T), SLOTS_MISS);
		}
		CHECK(slots_usage(s, T).used <= SETS * N * 4);
	}
	slots_free(&s);
}

static const struct tap_case cases[] = {
	{ "an entry that makes no sense is not there, and no hindrance",
	    nonsense },
	{ "noise all over breaks nothing", noise },
};
TAP_MAIN(cases)
