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
		/* an older one says nothing about what happened since */
		return began >= since ? STANDS : UNKNOWN_YET;
	case PROBE_BAD:
		return OPEN;
	case PROBE_NEVER:
	case PROBE_RUNNING:
		break;
	}
	return UNKNOWN_YET;
}

/* A young enough answer of our own probe or of another worker's. */
static enum judgement
find_out(const struct doubt *d, int64_t since)
{
	const struct timespec pause = { .tv_nsec = DOUBT_POLL_MS * 1000000L };
	enum judgement j;

	for (;;) {
		int64_t now = clock_mono_ms();

		if (gate_claim_probe(d->gate, now))
			gate_probed(d->gate, now,
			    d->probe(d->ctx, d->deadline));
		j = judge(d->gate, since);
		if (j != UNKNOWN_YET || clock_left_ms(d->deadline) == 0)
			return j;
		nanosleep(&pause, NULL);
	}
}

bool
doubt_believes(const struct doubt *d)
{
	int64_t now = clock_mono_ms(), since = 0, began;
	enum gate_probe seen = gate_probe_state(d->gate, &began);

	if (recent_has(d->recent, d->tag, now))
		since = recent_refused(d->recent, d->tag, now);
	else if (seen == PROBE_NEVER || seen == PROBE_GOOD)
		return true;
	if (find_out(d, since) != STANDS)
		return false;
	recent_drop(d->recent, d->tag);
	return true;
}
