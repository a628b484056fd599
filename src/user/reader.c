/* SPDX-License-Identifier: MIT */
/* Clocks and one log line around follower_read(). */
#include "user/reader.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rng.h"
#include "conf/conf.h"
#include "io/db.h"
#include "shm/shared.h"
#include "user/revocation.h"

/* Without a word. */
static bool
read_once(struct reader *r, int64_t deadline, struct err *e)
{
	const struct follower f = {
		.db = r->db,
		.database = r->conf->database.url,
		.shared = r->shared,
		.mac = r->mac,
		.seen = r->seen,
	};
	bool good = follower_read(&f, deadline, e) == 0;

	r->failed_ms = good ? 0 : clock_mono_ms();
	return good;
}

static void
note_failure(struct reader *r, const struct err *e)
{
	if (r->failing_ms == 0)
		r->failing_ms = r->failed_ms;
	if (r->said || r->failed_ms - r->failing_ms < r->conf->revocation.bound)
		return;
	r->said = true;
	log_event(LEVEL_WARN, "revocations cannot be read",
	    LOG_S("error", e->text));
}

bool
reader_read(struct reader *r, int64_t deadline)
{
	struct err e = { 0 };

	if (!read_once(r, deadline, &e)) {
		note_failure(r, &e);
		return false;
	}
	if (r->said)
		log_event(LEVEL_INFO, "revocations are read again");
	r->failing_ms = 0;
	r->said = false;
	return true;
}

/* Half of it is jitter: hosts that were started together part. */
static int64_t
in_about(int64_t ms)
{
	uint32_t noise;

	rng_bytes(&noise, sizeof(noise));
	return clock_mono_ms() + ms / 2 + (int64_t)(noise % (uint32_t)ms);
}

bool
reader_prune(struct reader *r, int64_t deadline, struct arena *a)
{
	struct err e = { 0 };
	int deleted, more;

	if (r->prune_ms == 0)
		r->prune_ms = in_about(READER_PRUNE_FIRST_MS);
	if (clock_mono_ms() < r->prune_ms)
		return false;
	more = revocation_prune(r->db, r->conf->revocation.keep, deadline, a,
	    &deleted, &e);
	r->pruned += deleted;
	if (more == 1)
		return true; /* after the next reading */
	r->prune_ms = in_about(READER_PRUNE_MS);
	if (more == -1)
		log_event(LEVEL_WARN, "old revocations were not deleted",
		    LOG_S("error", e.text));
	if (r->pruned > 0)
		log_event(LEVEL_INFO, "old revocations deleted",
		    LOG_I("rows", r->pruned));
	r->pruned = 0;
	return true;
}

/*
 * Others may read at this moment; who waited for them would wait as long.  An
 * attempt that is over and has left no news was in vain.
 */
static bool
was_in_vain(const struct reader *r, int64_t now)
{
	int64_t pause = r->conf->revocation.bound / 2;
	int64_t ago = now - atomic_load(&r->shared->news->tried_ms);

	return (r->failed_ms != 0 && now - r->failed_ms < pause) ||
	       (ago >= READER_SINGLE_MS && ago < pause);
}

void
reader_catch_up(struct reader *r, int64_t deadline)
{
	int64_t now = clock_mono_ms();
	struct err e = { 0 };

	if (r == NULL ||
	    (!r->alone && atomic_load(&r->shared->news->read_ms) != 0))
		return;
	if (news_are_fresh(r->shared->news, r->conf->revocation.bound, now) ||
	    was_in_vain(r, now))
		return;
	if (deadline > now + READER_SINGLE_MS)
		deadline = now + READER_SINGLE_MS;
	/* the child says it for all of us */
	if (r->alone)
		reader_read(r, deadline);
	else
		read_once(r, deadline, &e);
}

void
reader_tend(struct reader *r, struct arena *a)
{
	int64_t now = clock_mono_ms();

	if (r == NULL || !r->alone ||
	    !news_claim(r->shared->news, r->conf->revocation.bound / 2, now))
		return;
	if (reader_read(r, now + READER_SINGLE_MS)) {
		reader_prune(r, now + 2 * READER_SINGLE_MS, a);
		arena_reset(a);
	}
	/* no request's time */
	db_take_spent_us(r->db);
}
