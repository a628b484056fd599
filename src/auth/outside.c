/* SPDX-License-Identifier: MIT */
/* Gate and board of one provider, joined. */
#include "auth/outside.h"

#include "base/clock.h"
#include "base/rng.h"
#include "obs/metrics.h"
#include "shm/shared.h"

#include <stddef.h>

void
outside_count(const struct outside *o, enum upstream_count which)
{
	upstream_add(o->line, which);
	metrics_upstream(o->metrics, o->place, which);
}

bool
outside_has_room(const struct outside *o, int64_t now, struct outside_no *no)
{
	const struct gate *gate = &o->line->gate;
	const struct board *board = o->shared->board;
	struct board_waits w;

	if (gate_is_quick(gate, now))
		return true;
	w = board_waits(board, o->p, now);
	if (!gate_is_crowded(gate, w.n, w.oldest_ms, atomic_load(&board->limit),
		now))
		return true;
	*no =
	    (struct outside_no){ "too many workers wait for the provider", 0 };
	return false;
}

bool
outside_is_still_open(const struct outside *o, int64_t now,
    struct outside_no *no)
{
	int64_t closed = gate_closed_ms(&o->line->gate, now);

	if (closed == 0)
		return true;
	*no = (struct outside_no){ "the provider is given time to recover",
		closed };
	return false;
}

bool
outside_is_open(const struct outside *o, int64_t now, struct outside_no *no)
{
	return outside_has_room(o, now, no) &&
	       outside_is_still_open(o, now, no);
}

int64_t
outside_until(const struct outside *o, int64_t now, int64_t end)
{
	const struct board *board = o->shared->board;
	struct board_waits w = board_waits(board, o->p, now);
	bool full = gate_is_full(w.n, atomic_load(&board->limit));

	return full && end > now + GATE_SLOW_MS ? now + GATE_SLOW_MS : end;
}

void
outside_begin(const struct outside *o, int64_t now)
{
	board_wait_begin(o->shared->board, o->slot, o->p, now);
}

void
outside_end(const struct outside *o)
{
	board_wait_end(o->shared->board, o->slot);
}

static unsigned
noise(void)
{
	unsigned char byte;

	rng_bytes(&byte, 1);
	return byte;
}

int64_t
outside_report(const struct outside *o, enum call_outcome outcome,
    int64_t pause_ms, uint64_t tag, int64_t started)
{
	struct gate *g = &o->line->gate;
	int64_t now = clock_mono_ms();

	switch (outcome) {
	case CALL_NONE:
		break;
	case CALL_GOOD:
		outside_count(o, UPSTREAM_CALLS_GOOD);
		gate_good(g, now - started, now);
		break;
	case CALL_FAILED:
	case CALL_BROKEN:
		outside_count(o, UPSTREAM_CALLS_FAILED);
		gate_failed(g, tag, outcome == CALL_BROKEN, now - started, now,
		    noise());
		break;
	case CALL_LIMIT:
		outside_count(o, UPSTREAM_CALLS_LIMITED);
		gate_pause(g, pause_ms, now, noise());
		return atomic_load(&g->paused_until_ms) - now;
	}
	return 0;
}
