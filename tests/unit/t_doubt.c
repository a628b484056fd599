/* SPDX-License-Identifier: MIT */
/* auth/doubt: when a refusal stands, by what was seen and when. */
#include "tap.h"

#include "auth/doubt.h"
#include "base/clock.h"
#include "unit/memory.h"

#include <sys/wait.h>
#include <unistd.h>

enum { TAG = 77, OTHER = 78 };

struct fake {
	bool good;
	int calls;
};

static bool
probe(void *ctx, int64_t deadline)
{
	struct fake *f = ctx;

	(void)deadline;
	f->calls++;
	return f->good;
}

static struct gate *
gate_of(struct shared *s)
{
	static const unsigned char scope[UPSTREAM_SCOPE_SIZE] = "doubtful";

	return &upstream_find(s->lines, scope, clock_mono_ms())->gate;
}

static enum doubt_answer
judged(struct shared *s, uint64_t tag, struct fake *f, int ms, bool expected)
{
	const struct doubt d = { .gate = gate_of(s), .recent = s->recent,
		.tag = tag, .deadline = clock_mono_ms() + ms, .probe = probe,
		.expected = expected, .ctx = f };

	f->calls = 0;
	return doubt_judge(&d);
}

/* The gate's latest probe began `ago` ms ago and found this. */
static void
saw(struct shared *s, int64_t ago, enum gate_probe found)
{
	int64_t began = clock_mono_ms() - ago;

	atomic_store(&gate_of(s)->probe, 0);
	if (found == PROBE_NEVER)
		return;
	CHECK(gate_claim_probe(gate_of(s), began));
	if (found != PROBE_RUNNING)
		gate_probed(gate_of(s), began, found == PROBE_GOOD);
}

static void
rules(void)
{
	static const struct {
		const char *name;
		bool known, probe_good;
		int64_t ago;
		enum gate_probe found;
		int ms;
		bool stands;
		int calls;
	} t[] = {
		{ "a stranger, nothing seen", false, true, 0, PROBE_NEVER,
		    100, true, 0 },
		{ "a stranger, all was well", false, false, 5000, PROBE_GOOD,
		    100, true, 0 },
		{ "a stranger, just seen in trouble", false, true, 10,
		    PROBE_BAD, 100, false, 0 },
		{ "a stranger, trouble is over", false, true, 5000, PROBE_BAD,
		    100, true, 1 },
		{ "a stranger, trouble goes on", false, false, 5000, PROBE_BAD,
		    100, false, 1 },
		{ "a stranger, somebody is asking", false, true, 10,
		    PROBE_RUNNING, 100, false, 0 },
		{ "known, ready", true, true, 0, PROBE_NEVER, 100, true, 1 },
		{ "known, not ready", true, false, 0, PROBE_NEVER, 100, false,
		    1 },
		{ "known, ready again", true, true, 5000, PROBE_BAD, 100,
		    true, 1 },
		{ "known, good long ago, not now", true, false, 5000,
		    PROBE_GOOD, 100, false, 1 },
		{ "known, just seen in trouble", true, true, 10, PROBE_BAD,
		    100, false, 0 },
		{ "known, good just before, no time to ask", true, true, 100,
		    PROBE_GOOD, 100, false, 0 },
		{ "known, good just before, time to ask", true, true, 800,
		    PROBE_GOOD, 1500, true, 1 },
		{ "known, good just before, not any more", true, false, 800,
		    PROBE_GOOD, 1500, false, 1 },
		{ "known, the prober was killed", true, true, 900,
		    PROBE_RUNNING, 1500, true, 1 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct shared *s = memory_new();
		struct fake f = { .good = t[i].probe_good };
		int64_t started = clock_mono_ms();

		tap_row("%s", t[i].name);
		if (t[i].known)
			recent_add(s->recent, TAG, started);
		saw(s, t[i].ago, t[i].found);
		INTEQ(judged(s, TAG, &f, t[i].ms, false),
		    !t[i].stands       ? DOUBT_OPEN
			: t[i].known ? DOUBT_ASK_AGAIN
				     : DOUBT_NONE);
		INTEQ(f.calls, t[i].calls);
		CHECK(clock_mono_ms() - started < t[i].ms + 1000);
		INTEQ(recent_has(s->recent, TAG, started), t[i].known);
	}
}

/* The provider said itself that something changed: nobody waits a second. */
static void
expected(void)
{
	static const struct {
		const char *name;
		enum gate_probe found;
		bool probe_good;
		enum doubt_answer want;
		int calls;
	} t[] = {
		{ "good just before", PROBE_GOOD, true, DOUBT_ASK_AGAIN, 1 },
		{ "good just before, not now", PROBE_GOOD, false, DOUBT_OPEN,
		    1 },
		{ "another asks", PROBE_RUNNING, true, DOUBT_ASK_AGAIN, 1 },
		{ "in trouble just before", PROBE_BAD, true, DOUBT_OPEN, 0 },
		{ "never asked", PROBE_NEVER, true, DOUBT_ASK_AGAIN, 1 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct shared *s = memory_new();
		struct fake f = { .good = t[i].probe_good };
		int64_t started = clock_mono_ms();

		tap_row("%s", t[i].name);
		recent_add(s->recent, TAG, started);
		saw(s, 10, t[i].found);
		INTEQ(judged(s, TAG, &f, 5000, true), t[i].want);
		INTEQ(f.calls, t[i].calls);
		CHECK(clock_mono_ms() - started < 900);
	}
}

/* A good probe from before its refusal says nothing about it. */
static void
too_old(void)
{
	struct shared *s = memory_new();
	struct fake f = { .good = true };
	int64_t now = clock_mono_ms();

	recent_add(s->recent, TAG, now);
	recent_add(s->recent, OTHER, now);
	INTEQ(judged(s, TAG, &f, 100, false), DOUBT_ASK_AGAIN);
	INTEQ(f.calls, 1);
	INTEQ(judged(s, OTHER, &f, 100, false), DOUBT_OPEN);
	INTEQ(f.calls, 0);
}

/* Another worker asks; its answer is waited for. */
static void
other_worker(void)
{
	struct shared *s = memory_new();
	struct fake f = { .good = false };
	int64_t began;
	pid_t pid;

	recent_add(s->recent, TAG, clock_mono_ms());
	began = clock_mono_ms() + 200; /* after the refusal */
	CHECK(gate_claim_probe(gate_of(s), began));
	pid = fork();
	if (pid == 0) {
		gate_probed(gate_of(s), began, true);
		_exit(0);
	}
	INTEQ(judged(s, TAG, &f, 900, false), DOUBT_ASK_AGAIN);
	INTEQ(f.calls, 0);
	waitpid(pid, NULL, 0);
}

static const struct tap_case cases[] = {
	{ "a refusal stands by what was seen, and when", rules },
	{ "one that was told before does not wait", expected },
	{ "a probe serves only who was refused before it", too_old },
	{ "another worker's probe is as good as ours", other_worker },
};
TAP_MAIN(cases)
