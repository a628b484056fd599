/* SPDX-License-Identifier: MIT */
/*
 * The gate before a provider, one for all workers of a host: pauses that it
 * asked for, back-off while it fails, its last readiness probe.
 */
#ifndef SHM_GATE_H
#define SHM_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	GATE_BACKOFF_FIRST_MS = 100,
	GATE_BACKOFF_MAX_MS = 5000,
	GATE_PAUSE_MAX_MS = 30000, /* whatever the provider asks for */
	GATE_TRIAL_MS = 500,       /* one call passes a back-off this often */
	GATE_FAILURES = 3,         /* of different credentials: back off */
	GATE_PROBE_MS = 1000,      /* readiness is asked at most this often */
	GATE_SLOW_MS = 250,        /* over this the provider is slow */
};

enum gate_probe { PROBE_NEVER, PROBE_RUNNING, PROBE_GOOD, PROBE_BAD };

struct gate {
	atomic_int_fast64_t paused_until_ms; /* 429: no call at all */
	atomic_int_fast64_t backoff_until_ms;
	atomic_int_fast64_t trial_ms;    /* of the latest call in a back-off */
	atomic_int_fast64_t took_ms;     /* the latest finished call */
	atomic_int_fast64_t good_ms;     /* when the latest good one ended */
	atomic_uint_fast64_t failed_tag; /* credential of the latest failure */
	atomic_int failures;
	/* when the latest probe began, and what it found: one word, so that
	 * nobody reads the time of one with the result of another */
	atomic_int_fast64_t probe;
};

/*
 * May a call be made now?  0: yes; else milliseconds until it is worth asking
 * again.  In a back-off one caller every GATE_TRIAL_MS is let through: its
 * success ends it.
 */
int64_t gate_closed_ms(struct gate *g, int64_t now);

/* It answered well and quickly a moment ago: the board need not be read. */
bool gate_is_quick(const struct gate *g, int64_t now);

/* Three quarters of the workers wait. */
bool gate_is_full(int waiting, int workers);

/* A slow provider may hold at most three quarters of the workers. */
bool gate_is_crowded(const struct gate *g, int waiting, int64_t oldest_ms,
    int workers, int64_t now);

/* The provider was seen to be well: no back-off from here on. */
void gate_open(struct gate *g);

/* What came of a call that took took_ms. */
void gate_good(struct gate *g, int64_t took_ms, int64_t now);

/*
 * No use: `tag` names the credential; hard: the connection itself failed.
 * Back-off begins at the first hard failure, or when several credentials
 * failed one after the other; jitter is 0..255, any noise.
 */
void gate_failed(struct gate *g, uint64_t tag, bool hard, int64_t took_ms,
    int64_t now, unsigned jitter);

/* It asked for a pause of ms (0: it named none). */
void gate_pause(struct gate *g, int64_t ms, int64_t now, unsigned jitter);

/*
 * The caller that gets true must probe and then call gate_probed(), with the
 * same time; everybody
 * else looks at gate_probe_state(), PROBE_RUNNING while it is not known.
 */
bool gate_claim_probe(struct gate *g, int64_t now);
void gate_probed(struct gate *g, int64_t began_ms, bool good);
enum gate_probe gate_probe_state(const struct gate *g, int64_t *began_ms);

#endif
