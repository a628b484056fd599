/* SPDX-License-Identifier: MIT */
/* Arithmetic on one struct of atomics; who calls the provider is auth.c. */
#include "shm/gate.h"

#include "shm/sane.h"

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* More failures make no difference. */
enum { FAILURES_MAX = 1000 };

int64_t
gate_closed_ms(struct gate *g, int64_t now)
{
	int64_t pause = sane_left_ms(atomic_load(&g->paused_until_ms),
	    GATE_PAUSE_MAX_MS, now);
	int64_t backoff = sane_left_ms(atomic_load(&g->backoff_until_ms),
	    GATE_BACKOFF_MAX_MS, now);
	int64_t trial = atomic_load(&g->trial_ms);

	if (pause > 0)
		return later(pause, backoff);
	if (backoff == 0)
		return 0;
	if (sane_is_past(trial, GATE_TRIAL_MS, now) &&
	    atomic_compare_exchange_strong(&g->trial_ms, &trial, now))
		return 0;
	return backoff;
}

bool
gate_is_quick(const struct gate *g, int64_t now)
{
	return atomic_load(&g->took_ms) <= GATE_SLOW_MS &&
	       !sane_is_past(atomic_load(&g->good_ms), GATE_SLOW_MS, now);
}

bool
gate_is_full(int waiting, int workers)
{
	int most = workers * 3 / 4;

	return workers > 1 && waiting >= (most < 1 ? 1 : most);
}

bool
gate_is_crowded(const struct gate *g, int waiting, int64_t oldest_ms,
    int workers, int64_t now)
{
	bool slow = atomic_load(&g->took_ms) > GATE_SLOW_MS ||
		    now - oldest_ms > GATE_SLOW_MS;

	return slow && gate_is_full(waiting, workers);
}

void
gate_open(struct gate *g)
{
	if (atomic_load(&g->failures) == 0)
		return; /* the usual case writes nothing */
	atomic_store(&g->failures, 0);
	atomic_store(&g->backoff_until_ms, 0);
}

void
gate_good(struct gate *g, int64_t took_ms, int64_t now)
{
	atomic_store_explicit(&g->took_ms, took_ms, memory_order_relaxed);
	atomic_store_explicit(&g->good_ms, now, memory_order_relaxed);
	gate_open(g);
}

/* first, doubled per failure, at most max, less up to a quarter of it */
static int64_t
backoff(int failures, int64_t max, unsigned jitter)
{
	int64_t ms = GATE_BACKOFF_FIRST_MS;

	for (int i = 1; i < failures && ms < max; i++)
		ms *= 2;
	if (ms > max)
		ms = max;
	return ms - ms / 4 * (jitter & 255) / 256;
}

/* Counts a failure; how many it makes, as far as that matters. */
static int
one_more(struct gate *g)
{
	int n = atomic_fetch_add(&g->failures, 1);

	return n < 0 || n >= FAILURES_MAX ? FAILURES_MAX : n + 1;
}

void
gate_failed(struct gate *g, uint64_t tag, bool hard, int64_t took_ms,
    int64_t now, unsigned jitter)
{
	bool other = atomic_exchange(&g->failed_tag, tag) != tag;
	int failures = atomic_load(&g->failures);

	atomic_store(&g->took_ms, took_ms);
	/* One bad session that makes the provider stumble stops nobody. */
	if (hard || other || failures >= GATE_FAILURES)
		failures = one_more(g);
	if (!hard && failures < GATE_FAILURES)
		return;
	atomic_store(&g->trial_ms, now);
	atomic_store(&g->backoff_until_ms,
	    now + backoff(failures, GATE_BACKOFF_MAX_MS, jitter));
}

void
gate_pause(struct gate *g, int64_t ms, int64_t now, unsigned jitter)
{
	if (ms <= 0)
		ms = backoff(one_more(g), GATE_PAUSE_MAX_MS, jitter);
	if (ms > GATE_PAUSE_MAX_MS)
		ms = GATE_PAUSE_MAX_MS;
	atomic_store(&g->paused_until_ms, now + ms);
}

enum { PROBE_STATES = 4 };

static int64_t
pack(int64_t began_ms, enum gate_probe state)
{
	return began_ms * PROBE_STATES + state;
}

enum gate_probe
gate_probe_state(const struct gate *g, int64_t *began_ms)
{
	int64_t word = atomic_load(&g->probe);

	if (word < 0)
		word = 0; /* nonsense */
	*began_ms = word / PROBE_STATES;
	return (enum gate_probe)(word % PROBE_STATES);
}

bool
gate_claim_probe(struct gate *g, int64_t now)
{
	int64_t word = atomic_load(&g->probe), began = word / PROBE_STATES;

	if (word != 0 && !sane_is_past(began, GATE_PROBE_MS, now))
		return false;
	return atomic_compare_exchange_strong(&g->probe, &word,
	    pack(now, PROBE_RUNNING));
}

/* A probe that took so long that another one began meanwhile is too old. */
void
gate_probed(struct gate *g, int64_t began_ms, bool good)
{
	int64_t word = pack(began_ms, PROBE_RUNNING);

	atomic_compare_exchange_strong(&g->probe, &word,
	    pack(began_ms, good ? PROBE_GOOD : PROBE_BAD));
}
