/* SPDX-License-Identifier: MIT */
/*
 * A provider's way out of this worker: the gate that all workers of the host
 * keep before it, the board that shows who waits, its line of shared memory.
 */
#ifndef AUTH_OUTSIDE_H
#define AUTH_OUTSIDE_H

#include "shm/upstream.h"

#include <stdbool.h>
#include <stdint.h>

struct metrics;
struct shared;
struct spans;

/* One a provider and worker, made after the fork. */
struct outside {
	struct shared *shared;
	struct upstream *line;
	int p;               /* the provider's place in the configuration */
	int slot;            /* the worker's on the board */
	const char *name;    /* of the provider, for those who record */
	struct spans *spans; /* they record its calls; or NULL */
	const struct metrics *metrics; /* the host's counters; or NULL */
	int place;                     /* of the provider among those */
};

/* Counts one, on the provider's line and for good. */
void outside_count(const struct outside *o, enum upstream_count which);

/*
 * How the provider took a call, for the gate that stands before it.  A denial
 * is a good call.
 */
enum call_outcome {
	CALL_NONE, /* nobody was asked */
	CALL_GOOD,
	CALL_FAILED, /* an answer that is of no use */
	CALL_BROKEN, /* no answer: connection, time */
	CALL_LIMIT,  /* too many calls: pause */
};

/* Why nobody is asked now; retry_ms: worth asking again, 0: soon. */
struct outside_no {
	const char *why;
	int64_t retry_ms;
};

/*
 * A slow provider holds at most three quarters of the workers.  False and *no
 * when one more must not wait for it.
 */
bool outside_has_room(const struct outside *o, int64_t now,
    struct outside_no *no);

/* There is room and the gate is open. */
bool outside_is_open(const struct outside *o, int64_t now,
    struct outside_no *no);

/* The gate alone, for who has room and waited for another's call. */
bool outside_is_still_open(const struct outside *o, int64_t now,
    struct outside_no *no);

/*
 * Until when a wait for somebody else's call may last that should end at
 * `end`.  Who is one too many waits as long as a quick answer takes and no
 * longer, so that a worker is left for the others.
 */
int64_t outside_until(const struct outside *o, int64_t now, int64_t end);

/* Around the time in which this worker may wait for the provider. */
void outside_begin(const struct outside *o, int64_t now);
void outside_end(const struct outside *o);

/*
 * Counts a call that began at `started`, about the credential or user of that
 * tag, and tells the gate what came of it.  pause_ms is what the provider asked
 * for (0: nothing).  Returns how long it is closed for now by a CALL_LIMIT.
 */
int64_t outside_report(const struct outside *o, enum call_outcome outcome,
    int64_t pause_ms, uint64_t tag, int64_t started);

#endif
