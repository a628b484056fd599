/* SPDX-License-Identifier: MIT */
/* auth/outside: gate and board as one question and one report. */
#include "tap.h"

#include "base/clock.h"
#include "unit/ringed.h"

#define FULL "too many workers wait for the provider"
#define PAUSED "the provider is given time to recover"

/* n workers, of a limit of 4, have waited for a second. */
static void
let_wait(struct ringed *r, int n, int64_t now)
{
	atomic_store(&r->shared->board->limit, 4);
	for (int i = 0; i < n; i++) {
		int slot = board_take(r->shared->board, 1);

		board_set(r->shared->board, slot, BOARD_BUSY, now);
		board_wait_begin(r->shared->board, slot, 0, now - 1000);
	}
}

static void
room(void)
{
	static const struct {
		int waiting;
		bool quick, room;
	} t[] = {
		{ 0, false, true },
		{ 2, false, true },
		{ 3, false, false },
		{ 4, false, false },
		{ 3, true, true },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct outside_no no = { NULL, -1 };
		int64_t now = clock_mono_ms();
		struct ringed r;

		tap_row("%d wait%s", t[i].waiting, t[i].quick ? ", quick" : "");
		ringed_open(&r);
		let_wait(&r, t[i].waiting, now);
		if (t[i].quick)
			outside_report(&r.outside, CALL_GOOD, 0, 1, now);
		INTEQ(outside_has_room(&r.outside, now, &no), t[i].room);
		STREQ(no.why, t[i].room ? NULL : FULL);
		INTEQ(outside_is_open(&r.outside, now, &no), t[i].room);
		ringed_close(&r);
	}
}

static void
seen(void)
{
	int64_t now = clock_mono_ms();
	struct board_waits w;
	struct ringed r;

	ringed_open(&r);
	outside_begin(&r.outside, now - 70);
	w = board_waits(r.shared->board, 0, now);
	INTEQ(w.n, 1);
	INTEQ(w.oldest_ms, now - 70);
	INTEQ(board_waits(r.shared->board, 1, now).n, 0);
	outside_end(&r.outside);
	INTEQ(board_waits(r.shared->board, 0, now).n, 0);
	ringed_close(&r);
}

/* What a call came to, and whether another may follow. */
static void
reports(void)
{
	static const struct {
		const char *name;
		enum call_outcome outcome;
		int64_t pause;
		bool open;
		int64_t closed; /* about */
	} t[] = {
		{ "nobody was asked", CALL_NONE, 9000, true, 0 },
		{ "good", CALL_GOOD, 9000, true, 0 },
		{ "one answer of no use", CALL_FAILED, 9000, true, 0 },
		{ "no answer", CALL_BROKEN, 0, false, 0 },
		{ "too many calls", CALL_LIMIT, 9000, false, 9000 },
		{ "too many calls, for ever", CALL_LIMIT, INT64_MAX, false,
		    GATE_PAUSE_MAX_MS },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct outside_no no = { NULL, 0 };
		int64_t now, closed;
		struct ringed r;

		tap_row("%s", t[i].name);
		ringed_open(&r);
		now = clock_mono_ms();
		closed = outside_report(&r.outside, t[i].outcome, t[i].pause, 7,
		    now - 5);
		CHECK(closed <= t[i].closed && closed >= t[i].closed - 2000);
		/* in a back-off one call passes at first, to try it */
		if (t[i].outcome == CALL_BROKEN)
			outside_is_still_open(&r.outside, now, &no);
		INTEQ(outside_is_still_open(&r.outside, now, &no), t[i].open);
		INTEQ(outside_is_open(&r.outside, now, &no), t[i].open);
		if (!t[i].open) {
			STREQ(no.why, PAUSED);
			CHECK(no.retry_ms > 0);
		}
		ringed_close(&r);
	}
}

/* One user's trouble is not the provider's; that of several is. */
static void
several(void)
{
	struct outside_no no;
	int64_t now;
	struct ringed r;

	ringed_open(&r);
	now = clock_mono_ms();
	for (int i = 0; i < 10; i++)
		outside_report(&r.outside, CALL_FAILED, 0, 7, now);
	CHECK(outside_is_open(&r.outside, now, &no));
	for (int i = 0; i < 10; i++)
		outside_report(&r.outside, CALL_FAILED, 0, (uint64_t)i + 8,
		    now);
	outside_is_open(&r.outside, now, &no);
	CHECK(!outside_is_open(&r.outside, now, &no));
	outside_report(&r.outside, CALL_GOOD, 0, 7, now);
	CHECK(outside_is_open(&r.outside, now, &no));
	ringed_close(&r);
}

static const struct tap_case cases[] = {
	{ "three quarters of the workers may wait, all while it is quick",
	    room },
	{ "who waits is seen on the board", seen },
	{ "a report opens or closes the gate for all", reports },
	{ "failures of one user close nothing", several },
};
TAP_MAIN(cases)
