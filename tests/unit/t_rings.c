/* SPDX-License-Identifier: MIT */
/* shm/rings: whole pieces, in order, whoever is killed. */
#include "tap.h"

#include "shm/rings.h"
#include "unit/child.h"

#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { N = 3, MANY = 200 * 1000 };

static struct rings *rings;

/* Of a size and with bytes that its number tells. */
static size_t
piece(unsigned number, unsigned char out[RINGS_PIECE_MAX])
{
	size_t n = 4 + number * 31 % (RINGS_PIECE_MAX - 3);

	memset(out, (int)(number % 251), n);
	memcpy(out, &number, sizeof(number));
	return n;
}

static bool
is_piece(unsigned number, const unsigned char *got, int n)
{
	unsigned char expected[RINGS_PIECE_MAX];

	return n == (int)piece(number, expected) &&
	       memcmp(got, expected, (size_t)n) == 0;
}

static void
in_turn(void)
{
	unsigned char in[RINGS_PIECE_MAX], out[RINGS_PIECE_MAX];
	unsigned put = 0, got = 0;

	rings = rings_new(N);
	INTEQ(rings_get(rings, 1, out), 0);
	INTEQ(rings_used(rings), 0);
	for (int turn = 0; turn < 50; turn++) {
		while (rings_put(rings, 1, in, piece(put, in)) != RINGS_FULL)
			put++;
		CHECK(put - got >= RINGS_SIZE / (RINGS_PIECE_MAX + 8));
		for (int i = 0; i < 7 + turn % 5; i++, got++)
			if (!CHECK(is_piece(got, out,
				rings_get(rings, 1, out))))
				return;
	}
	INTEQ(rings_used(rings), 2);
	INTEQ(rings_get(rings, 0, out), 0);
	INTEQ(rings_get(rings, 2, out), 0);
	INTEQ(rings_put(rings, 0, in, 0), RINGS_FULL);
	INTEQ(rings_put(rings, 0, in, RINGS_PIECE_MAX + 1), RINGS_FULL);
	rings_free(&rings);
	CHECK(rings == NULL);
}

static int
write_many(void *ctx)
{
	unsigned char in[RINGS_PIECE_MAX];

	for (unsigned i = 0; i < MANY; i++) {
		size_t n = piece(i, in);

		while (rings_put(rings, 2, in, n) == RINGS_FULL)
			sched_yield();
	}
	(void)ctx;
	return 0;
}

static void
at_once(void)
{
	unsigned char out[RINGS_PIECE_MAX];
	unsigned got = 0;
	pid_t writer;

	rings = rings_new(N);
	writer = child_start(write_many, NULL);
	while (got < MANY) {
		int n = rings_get(rings, 2, out);

		if (n == 0)
			sched_yield();
		else if (!CHECK(is_piece(got, out, n)))
			break;
		else
			got++;
	}
	INTEQ(got, MANY);
	INTEQ(child_wait(writer), 0);
	rings_free(&rings);
}

static int
write_for_ever(void *ctx)
{
	unsigned char in[RINGS_PIECE_MAX];

	(void)ctx;
	for (unsigned i = 0; i < UINT32_MAX; i++)
		while (rings_put(rings, 0, in, piece(i, in)) == RINGS_FULL)
			sched_yield();
	return 0;
}

/* The next writer of a ring goes on behind what its last one finished. */
static void
killed_writers(void)
{
	unsigned char out[RINGS_PIECE_MAX];
	int n;

	rings = rings_new(N);
	for (int i = 0; i < 40; i++) {
		pid_t writer = child_start(write_for_ever, NULL);
		unsigned got = 0, number;

		while (got < 20 + (unsigned)i * 7) {
			if ((n = rings_get(rings, 0, out)) == 0)
				continue;
			memcpy(&number, out, sizeof(number));
			if (!CHECK(number == got && is_piece(got, out, n)))
				break;
			got++;
		}
		child_kill(writer);
		while ((n = rings_get(rings, 0, out)) != 0)
			CHECK(is_piece(got++, out, n));
	}
	rings_free(&rings);
}

static void
waking(void)
{
	unsigned char in[RINGS_PIECE_MAX] = { 0 }, out[RINGS_PIECE_MAX];
	int wakes = 0;

	rings = rings_new(N);
	INTEQ(rings_put(rings, 0, in, 10), RINGS_TAKEN);
	CHECK(!rings_sleep(rings));
	INTEQ(rings_put(rings, 0, in, 10), RINGS_TAKEN);
	while (rings_get(rings, 0, out) > 0)
		;
	CHECK(rings_sleep(rings));
	INTEQ(rings_put(rings, 1, in, 10), RINGS_WAKE);
	INTEQ(rings_put(rings, 1, in, 10), RINGS_TAKEN);
	tap_row("%s", "half full while it is awake");
	for (int i = 0; i < RINGS_SIZE / 1000; i++)
		wakes += rings_put(rings, 0, in, 900) == RINGS_WAKE;
	INTEQ(wakes, 1);
	rings_free(&rings);
}

static void
readers(void)
{
	rings = rings_new(N);
	CHECK(rings_claim(rings, 100));
	CHECK(rings_claim(rings, 100));
	CHECK(!rings_claim(rings, 200));
	rings_release(rings, 200);
	CHECK(!rings_claim(rings, 200));
	rings_release(rings, 100);
	CHECK(rings_claim(rings, 200));
	rings_free(&rings);
}

static const struct tap_case cases[] = {
	{ "pieces come out whole, in order, until a ring is full", in_turn },
	{ "writing and reading at once lose and mix nothing", at_once },
	{ "a killed writer leaves whole pieces and a ring that works",
	    killed_writers },
	{ "a sleeping reader is woken once, a busy one for half a ring",
	    waking },
	{ "there is one reader until it lets go", readers },
};
TAP_MAIN(cases)
