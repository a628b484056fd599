/* SPDX-License-Identifier: MIT */
/* shm/gate: back-off arithmetic, trials, pauses, probes; no clock. */
#include "tap.h"

#include "shm/gate.h"

#include <string.h>

enum { T = 1000000 };

/* Hard failures in a row: 100 ms, doubled, at most 5 s; jitter only shortens */
static void
backoff(void)
{
	static const int64_t want[] = { 100, 200, 400, 800, 1600, 3200, 5000,
		5000, 5000 };

	for (unsigned jitter = 0; jitter <= 255; jitter += 255) {
		struct gate g = { 0 };

		for (size_t i = 0; i < ROWS(want); i++) {
			int64_t ms;

			tap_row("failure %zu, jitter %u", i + 1, jitter);
			gate_failed(&g, 1, true, 10, T, jitter);
			ms = g.backoff_until_ms - T;
			CHECK(ms <= want[i]);
			CHECK(ms > want[i] * 3 / 4 - 1);
			INTEQ(jitter == 0 ? ms : want[i], want[i]);
		}
	}
}

/* Letters name credentials; h: a hard failure; is the gate closed behind? */
static void
who_failed(void)
{
	static const struct {
		const char *failures;
		bool closed;
	} t[] = {
		{ "", false }, { "a", false }, { "aaaaaaaa", false },
		{ "ab", false }, { "abb", false }, { "aabb", false },
		{ "abc", true }, { "aba", true }, { "aabbcc", true },
		{ "h", true }, { "aah", true }, { "abcg", false },
		{ "hg", false }, { "abgc", false }, { "abgcde", true },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct gate g = { 0 };

		tap_row("%s", t[i].failures);
		for (const char *f = t[i].failures; *f != '\0'; f++) {
			if (*f == 'g')
				gate_good(&g, 5, T);
			else
				gate_failed(&g, (uint64_t)*f, *f == 'h', 5, T,
				    0);
		}
		INTEQ(gate_closed_ms(&g, T) > 0, t[i].closed);
	}
}

static void
trials(void)
{
	struct gate g = { 0 };

	for (int i = 0; i < 20; i++)
		gate_failed(&g, 1, true, 5, T, 0);
	INTEQ(gate_closed_ms(&g, T + 1), 4999);
	INTEQ(gate_closed_ms(&g, T + GATE_TRIAL_MS), 0);
	CHECK(gate_closed_ms(&g, T + GATE_TRIAL_MS) > 0); /* one only */
	CHECK(gate_closed_ms(&g, T + GATE_TRIAL_MS + 1) > 0);
	INTEQ(gate_closed_ms(&g, T + 2 * GATE_TRIAL_MS), 0);
	INTEQ(gate_closed_ms(&g, T + 5000), 0); /* over: all pass */
	INTEQ(gate_closed_ms(&g, T + 5000), 0);
	gate_failed(&g, 1, true, 5, T, 0);
	gate_open(&g);
	INTEQ(gate_closed_ms(&g, T), 0);
	INTEQ(g.failures, 0);
}

static void
pauses(void)
{
	static const struct {
		int64_t asked, min, max;
	} t[] = {
		{ 1, 1, 1 }, { 7000, 7000, 7000 },
		{ GATE_PAUSE_MAX_MS, GATE_PAUSE_MAX_MS, GATE_PAUSE_MAX_MS },
		{ 999999999000, GATE_PAUSE_MAX_MS, GATE_PAUSE_MAX_MS },
		{ 0, 75, 100 }, { -5, 75, 100 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct gate g = { 0 };
		int64_t closed;

		tap_row("asked for %lld", (long long)t[i].asked);
		gate_pause(&g, t[i].asked, T, 200);
		closed = gate_closed_ms(&g, T);
		CHECK(closed >= t[i].min && closed <= t[i].max);
		/* nobody passes, not even on trial */
		CHECK(gate_closed_ms(&g, T + closed - 1) > 0);
		INTEQ(gate_closed_ms(&g, T + closed), 0);
	}
	tap_row("%s", "unnamed, again and again");
	struct gate g = { 0 };
	for (int i = 0; i < 40; i++)
		gate_pause(&g, 0, T, 0);
	INTEQ(gate_closed_ms(&g, T), GATE_PAUSE_MAX_MS);
}

/* At most three quarters wait for a provider that is slow. */
static void
crowds(void)
{
	static const struct {
		int took, waited, waiting, workers;
		bool crowded;
	} t[] = {
		{ 1000, 0, 5, 8, false }, { 1000, 0, 6, 8, true },
		{ 1000, 0, 7, 8, true }, { 10, 0, 8, 8, false },
		{ GATE_SLOW_MS, GATE_SLOW_MS, 8, 8, false },
		{ GATE_SLOW_MS + 1, 0, 8, 8, true },
		{ 10, GATE_SLOW_MS + 1, 6, 8, true },
		{ 10, GATE_SLOW_MS + 1, 5, 8, false },
		{ 1000, 1000, 1, 2, true }, { 1000, 1000, 0, 2, false },
		{ 1000, 1000, 1, 1, false }, { 1000, 1000, 2, 3, true },
		{ 1000, 1000, 1, 3, false }, { 1000, 1000, 768, 1024, true },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct gate g = { 0 };

		tap_row("took %d, %d of %d wait since %d", t[i].took,
		    t[i].waiting, t[i].workers, t[i].waited);
		gate_good(&g, t[i].took, T);
		INTEQ(gate_is_crowded(&g, t[i].waiting, T - t[i].waited,
		    t[i].workers, T), t[i].crowded);
	}
}

/* Nobody need read the board just after a quick good answer. */
static void
quickness(void)
{
	struct gate g = { 0 };

	CHECK(!gate_is_quick(&g, T));
	gate_good(&g, GATE_SLOW_MS, T);
	CHECK(gate_is_quick(&g, T));
	CHECK(gate_is_quick(&g, T + GATE_SLOW_MS - 1));
	CHECK(!gate_is_quick(&g, T + GATE_SLOW_MS));
	gate_good(&g, GATE_SLOW_MS + 1, T);
	CHECK(!gate_is_quick(&g, T));
	gate_good(&g, 5, T);
	gate_failed(&g, 1, true, GATE_SLOW_MS + 1, T, 0);
	CHECK(!gate_is_quick(&g, T));
}

static enum gate_probe
probe(const struct gate *g)
{
	int64_t began;

	return gate_probe_state(g, &began);
}

static void
probes(void)
{
	struct gate g = { 0 };
	int64_t began;

	INTEQ(probe(&g), PROBE_NEVER);
	CHECK(gate_claim_probe(&g, T));
	INTEQ(gate_probe_state(&g, &began), PROBE_RUNNING);
	INTEQ(began, T);
	CHECK(!gate_claim_probe(&g, T));
	gate_probed(&g, T, false);
	INTEQ(probe(&g), PROBE_BAD);
	CHECK(!gate_claim_probe(&g, T + GATE_PROBE_MS - 1));
	CHECK(gate_claim_probe(&g, T + GATE_PROBE_MS));
	CHECK(!gate_claim_probe(&g, T + GATE_PROBE_MS));
	gate_probed(&g, T + GATE_PROBE_MS, true);
	INTEQ(gate_probe_state(&g, &began), PROBE_GOOD);
	INTEQ(began, T + GATE_PROBE_MS);
	tap_row("%s", "the prober was killed: somebody else takes over");
	CHECK(gate_claim_probe(&g, T + 2 * GATE_PROBE_MS));
	CHECK(gate_claim_probe(&g, T + 3 * GATE_PROBE_MS));
	tap_row("%s", "or was only late: its result no longer counts");
	gate_probed(&g, T + 2 * GATE_PROBE_MS, true);
	INTEQ(probe(&g), PROBE_RUNNING);
	gate_probed(&g, T + 3 * GATE_PROBE_MS, false);
	INTEQ(probe(&g), PROBE_BAD);
	tap_row("%s", "soon after the start of the clock");
	memset(&g, 0, sizeof(g));
	CHECK(gate_claim_probe(&g, 5));
}

static const struct tap_case cases[] = {
	{ "back-off doubles to its ceiling, jitter only shortens it",
	    backoff },
	{ "one bad session stops nobody; a dead connection or several do",
	    who_failed },
	{ "one trial at a time passes a back-off, a success ends it",
	    trials },
	{ "a pause lets nobody through and is bounded", pauses },
	{ "a slow provider holds at most three quarters of the workers",
	    crowds },
	{ "a quick good answer a moment ago settles it", quickness },
	{ "readiness is probed by one caller, once a second", probes },
};
TAP_MAIN(cases)
