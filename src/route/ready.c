/* SPDX-License-Identifier: MIT */
/* Probing, at most every two seconds a host. */
#include "route/ready.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "route/request.h"
#include "user/migrate.h"
#include "user/reader.h"

static const char *const names[PART_STATES] = {
	[PART_UNKNOWN] = "unknown",
	[PART_OK] = "ok",
	[PART_DOWN] = "down",
	[PART_PENDING] = "pending",
	[PART_CHANGED] = "changed",
	[PART_NEWER] = "newer",
	[PART_LATE] = "late",
};

const char *
ready_name(enum part_state s)
{
	return names[s];
}

enum ready_state
ready_judge(const struct ready_look *l, int providers)
{
	if (l->database != PART_OK ||
	    (l->migrations != PART_OK && l->migrations != PART_NEWER &&
		l->migrations != PART_CHANGED))
		return READY_DOWN;
	if (l->migrations == PART_CHANGED || l->revocations != PART_OK)
		return READY_DEGRADED;
	for (int i = 0; i < providers; i++)
		if (l->provider[i] != PART_OK)
			return READY_DEGRADED;
	return READY_OK;
}

/* Who was never told anything has just begun, or has no table yet. */
static enum part_state
judge_news(const struct service *s)
{
	const struct news *n = s->shared->news;

	if (atomic_load(&n->read_ms) == 0)
		return PART_UNKNOWN;
	return news_are_fresh(n, s->conf->revocation.bound, clock_mono_ms())
		   ? PART_OK
		   : PART_LATE;
}

/* Any process of our user could have written it. */
static enum part_state
read_part(const atomic_int *part)
{
	int s = atomic_load(part);

	return s > 0 && s < PART_STATES ? (enum part_state)s : PART_UNKNOWN;
}

/* One that nobody has looked at yet, as after a reload that changed it. */
static bool
has_new_provider(const struct service *s)
{
	for (int i = 0; auth_provider_name(s->auth, i) != NULL; i++)
		if (read_part(&auth_line(s->auth, i)->part) == PART_UNKNOWN)
			return true;
	return false;
}

static void
look_at_database(const struct service *s, int64_t deadline, struct arena *a,
    struct ready *r)
{
	static const enum part_state parts[] = {
		[MIGRATE_CURRENT] = PART_OK,
		[MIGRATE_NEWER] = PART_NEWER,
		[MIGRATE_PENDING] = PART_PENDING,
		[MIGRATE_CHANGED] = PART_CHANGED,
	};
	enum migrate_state m;
	struct err e = { 0 };

	if (migrate_check(s->db, deadline, a, &m, &e) == 0) {
		atomic_store(&r->database, PART_OK);
		atomic_store(&r->migrations, parts[m]);
	} else {
		atomic_store(&r->database, PART_DOWN);
		atomic_store(&r->migrations, PART_UNKNOWN);
	}
}

static void
look(const struct service *s, int64_t deadline, struct arena *a,
    struct ready *r)
{
	int64_t soon = clock_mono_ms() + READY_LOOK_MS;

	if (soon > deadline)
		soon = deadline;
	look_at_database(s, soon, a, r);
	for (int i = 0; auth_provider_name(s->auth, i) != NULL; i++) {
		const char *why;
		bool good = auth_probe(s->auth, i, soon, a, &why);

		atomic_store(&auth_line(s->auth, i)->part,
		    good ? PART_OK : PART_DOWN);
	}
}

void
ready_recall(const struct service *s, struct ready_look *l)
{
	const struct ready *r = s->shared->ready;
	int n = 0;

	l->revocations = judge_news(s);
	l->database = read_part(&r->database);
	l->migrations = read_part(&r->migrations);
	for (; auth_provider_name(s->auth, n) != NULL; n++)
		l->provider[n] = read_part(&auth_line(s->auth, n)->part);
	l->state = ready_judge(l, n);
}

void
ready_look(const struct service *s, int64_t deadline, struct arena *a,
    struct ready_look *l)
{
	struct ready *r = s->shared->ready;
	int64_t now = clock_mono_ms(), last = atomic_load(&r->looked_ms);

	/* Two first lookers at once both look: cheaper than an answer that
	 * says "unknown". */
	if (last == 0 || has_new_provider(s)) {
		look(s, deadline, a, r);
		atomic_store(&r->looked_ms, now);
	} else if ((last <= now - READY_EVERY_MS ||
		       last > now + READY_EVERY_MS) &&
		   atomic_compare_exchange_strong(&r->looked_ms, &last, now)) {
		look(s, deadline, a, r);
	}
	reader_catch_up(s->reader, deadline);
	ready_recall(s, l);
}
