/* SPDX-License-Identifier: MIT */
/* Waiting for a readiness probe that is young enough to judge by. */
#include "auth/doubt.h"

#include "base/clock.h"
#include "shm/gate.h"
#include "shm/recent.h"

#include <time.h>

enum judgement { STANDS, OPEN, UNKNOWN_YET };

static enum judgement
judge(const struct gate *g, int64_t since)
{
	int64_t began;

	switch (gate_probe_state(g, &began)) {
	case PROBE_GOOD:
		/* an older one says nothing about what happened since, and
		 * one of the same millisecond may be older */
		return began > since ? STANDS : UNKNOWN_YET;
	case PROBE_BAD:
		return OPEN;
	case PROBE_NEVER:
	case PROBE_RUNNING:
		break;
	}
	return UNKNOWN_YET;
}

/* Ours, which certainly is young enough. */
static bool
probe(const struct doubt *d)
{
	return d->probe(d->ctx, d->deadline);
}

/* A young enough answer of our own probe or of another worker's. */
static enum judgement
find_out(const struct doubt *d, int64_t since)
{
	const struct timespec pause = { .tv_nsec = DOUBT_POLL_MS * 1000000L };
	enum judgement j;

	for (;;) {
		int64_t now = clock_mono_ms();

		if (gate_claim_probe(d->gate, now)) {
			bool good = probe(d);

			gate_probed(d->gate, now, good);
			return good ? STANDS : OPEN;
		}
		j = judge(d->gate, since);
		if (j == UNKNOWN_YET && d->expected)
			return probe(d) ? STANDS : OPEN;
		if (j != UNKNOWN_YET || clock_left_ms(d->deadline) == 0)
			return j;
		nanosleep(&pause, NULL);
	}
}

enum doubt_answer
doubt_judge(const struct doubt *d)
{
	int64_t now = clock_mono_ms(), began;
	enum gate_probe seen = gate_probe_state(d->gate, &began);
	bool known = recent_has(d->recent, d->tag, now);

	if (!known && (seen == PROBE_NEVER || seen == PROBE_GOOD))
		return DOUBT_NONE;
	if (find_out(d, known ? now : 0) != STANDS)
		return DOUBT_OPEN;
	return known ? DOUBT_ASK_AGAIN : DOUBT_NONE;
}
