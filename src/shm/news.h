/* SPDX-License-Identifier: MIT */
/*
 * How far this host has read the table of revocations, and when: on the age of
 * that depends whether a remembered verdict may be used.
 */
#ifndef SHM_NEWS_H
#define SHM_NEWS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct news {
	/* monotonic: when the latest reading that succeeded began; 0: never */
	atomic_int_fast64_t read_ms;
	atomic_int_fast64_t tried_ms; /* the latest attempt began */
	/* which database; another one is read from its beginning */
	atomic_uint_fast64_t database;
	/* rows of transactions before this one are known (pg_snapshot_xmin) */
	atomic_uint_fast64_t cursor;
	/* another value: what had been applied until then may be lost */
	atomic_uint_fast64_t epoch;
	/* wall minus monotonic clock at the latest attempt; 0: none */
	atomic_int_fast64_t drift_ms;
};

/* A clock that moved by more was set. */
enum { NEWS_DRIFT_MS = 30 * 1000 };

/* Revocations up to bound_ms ago are known. */
bool news_are_fresh(const struct news *n, int64_t bound_ms, int64_t now);

/*
 * True for one caller at a time that should read now: the latest reading is
 * older than every_ms and the latest attempt as well.
 */
bool news_claim(struct news *n, int64_t every_ms, int64_t now);

/* What was applied may be lost: the table is read from its beginning. */
void news_begin_anew(struct news *n);

/*
 * Before a reading: begins anew if the wall clock was set meanwhile, by which
 * it was judged what is over.
 */
void news_note_clock(struct news *n, int64_t wall_ms, int64_t mono_ms);

#endif
