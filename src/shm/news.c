/* SPDX-License-Identifier: MIT */
/* Times of one struct; who reads the table is user/follower.c. */
#include "shm/news.h"

#include "base/rng.h"
#include "shm/sane.h"

static bool
is_due(int64_t last, int64_t every_ms, int64_t now)
{
	return last == 0 || sane_is_past(last, every_ms, now);
}

bool
news_are_fresh(const struct news *n, int64_t bound_ms, int64_t now)
{
	return !is_due(atomic_load(&n->read_ms), bound_ms, now);
}

bool
news_claim(struct news *n, int64_t every_ms, int64_t now)
{
	int64_t tried = atomic_load(&n->tried_ms);

	return is_due(atomic_load(&n->read_ms), every_ms, now) &&
	       is_due(tried, every_ms, now) &&
	       atomic_compare_exchange_strong(&n->tried_ms, &tried, now);
}

/* In this order: who is killed in here leaves a beginning. */
void
news_begin_anew(struct news *n)
{
	uint64_t epoch;

	rng_bytes(&epoch, sizeof(epoch));
	atomic_store(&n->cursor, 0);
	atomic_store(&n->epoch, epoch);
}

void
news_note_clock(struct news *n, int64_t wall_ms, int64_t mono_ms)
{
	int64_t drift = wall_ms - mono_ms, was = atomic_load(&n->drift_ms);
	uint64_t moved = drift > was ? (uint64_t)drift - (uint64_t)was
				     : (uint64_t)was - (uint64_t)drift;

	if (was != 0 && moved > NEWS_DRIFT_MS)
		news_begin_anew(n);
	atomic_store(&n->drift_ms, drift);
}
