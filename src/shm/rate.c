/* SPDX-License-Identifier: MIT */
/*
 * One compare-and-swap takes a token, whoever competes for it; nothing is held
 * by a process that dies or stops.
 */
#include "shm/rate.h"

#include <stddef.h>

/* Everybody else got one meanwhile: then there are none left for us. */
enum { TRIES = 1000 };

/* Others read the clock a little later than we did. */
enum { AHEAD_US = 1000 * 1000 };

/* No limit is longer: sums with it stay within 64 bits. */
#define LONGEST_US (INT64_MAX / 4)

/* The limit, in the bounds of reason. */
static struct rate_limit
reasonable(const struct rate_limit *l)
{
	struct rate_limit r = *l;

	if (r.interval_us > LONGEST_US)
		r.interval_us = LONGEST_US;
	if (r.burst > LONGEST_US / r.interval_us)
		r.burst = LONGEST_US / r.interval_us;
	if (r.burst < 1)
		r.burst = 1;
	return r;
}

static int64_t
take(struct rate_slot *s, const struct rate_limit *l, int64_t now_us)
{
	int64_t worth = l->interval_us * l->burst;
	int64_t full = atomic_load(&s->full_us);

	for (int i = 0; i < TRIES; i++) {
		int64_t at = full < now_us ? now_us : full;

		/* another limit's, or nonsense */
		if (at > now_us + worth + AHEAD_US) {
			atomic_compare_exchange_weak(&s->full_us, &full,
			    now_us + worth);
			continue;
		}
		if (at > now_us + worth - l->interval_us)
			return at - (now_us + worth - l->interval_us);
		if (atomic_compare_exchange_weak(&s->full_us, &full,
			at + l->interval_us))
			return 0;
	}
	return l->interval_us;
}

/* The tag's slot; else NULL, and in *room the one to be given to it. */
static struct rate_slot *
find(struct rate_slot *set, uint64_t tag, struct rate_slot **room)
{
	int64_t first = INT64_MAX;

	*room = &set[0];
	for (int i = 0; i < RATE_WAYS; i++) {
		struct rate_slot *s = &set[i];
		uint64_t is =
		    atomic_load_explicit(&s->tag, memory_order_relaxed);
		int64_t full = is == 0 ? INT64_MIN : atomic_load(&s->full_us);

		if (is == tag)
			return s;
		if (full < first) {
			first = full;
			*room = s;
		}
	}
	return NULL;
}

int64_t
rate_take(struct rate *r, uint64_t tag, const struct rate_limit *limit,
    int64_t now_us)
{
	struct rate_slot *set = r->slot[tag & (RATE_SETS - 1)], *room, *s;
	struct rate_limit l;
	uint64_t former;
	int64_t full;

	if (limit->interval_us <= 0 || tag == 0)
		return 0;
	l = reasonable(limit);
	s = find(set, tag, &room);
	if (s != NULL)
		return take(s, &l, now_us);
	former = atomic_load(&room->tag);
	full = atomic_load(&room->full_us);
	/*
	 * Another process may give it the same tag, or has used it already; if
	 * it has done so by now, the bucket is to be asked, not made full.
	 */
	if (former != tag &&
	    atomic_compare_exchange_strong(&room->tag, &former, tag) &&
	    atomic_compare_exchange_strong(&room->full_us, &full,
		now_us + l.interval_us))
		return 0;
	s = find(set, tag, &room);
	return take(s != NULL ? s : room, &l, now_us);
}
