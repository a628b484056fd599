/* SPDX-License-Identifier: MIT */
/*
 * Every look at what is kept judges it anew: by both clocks, by what is
 * revoked, by how fresh this request wants it.  A verdict that is too old stays
 * where it is until a newer one takes its place.
 */
#include "auth/sessions.h"

#include "auth/barred.h"
#include "auth/flight.h"
#include "auth/kept.h"
#include "auth/provider.h"
#include "base/clock.h"
#include "base/span.h"
#include "shm/shared.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* Who waited for the call has this long to come for the verdict... */
	JOIN_MS = 5000,
	/* ...and one to be used stays so much longer, so that no refusal of a
	 * stranger's junk, which ends before, can take its place. */
	BEYOND_MS = JOIN_MS + LIFE_DENIED_MS,
	/* Nobody learns more by asking again so soon. */
	NEW_US = 1000 * 1000,
};

struct sessions {
	struct sessions_options o;
};

/* What is kept is, for this request: */
enum standing {
	NOT_KEPT,
	KEPT_OLD, /* of use only when nobody can be asked */
	KEPT_GOOD,
};

struct lookup {
	struct sessions *s;
	const struct auth_request *rq;
	int64_t arrived_us;
	unsigned char key[SLOTS_KEY_SIZE];
	enum standing standing;
	bool revoked;
	bool outdated; /* something revoked it, so that we are to ask */
	struct kept kept;
	const char *decision; /* of what was counted; or NULL */
};

struct sessions *
sessions_new(const struct sessions_options *o)
{
	struct sessions *s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->o = *o;
	return s;
}

void
sessions_free(struct sessions **s)
{
	free(*s);
	*s = NULL;
}

static struct slots *
slots_of(const struct lookup *l)
{
	return l->s->o.outside->shared->slots;
}

static void
count(const struct lookup *l, enum upstream_count which)
{
	outside_count(l->s->o.outside, which);
}

/* How the verdict was come by, for the counters and the trace. */
static void
decide(struct lookup *l, enum upstream_count which, const char *decision)
{
	count(l, which);
	l->decision = decision;
}

/*
 * A key about the credential: "session" for what is kept of it.  Each part
 * could make the same bytes another's: see crypt_mac().
 */
static void
make_key(const struct lookup *l, const char *what,
    unsigned char key[SLOTS_KEY_SIZE])
{
	const struct sessions_options *o = &l->s->o;
	const struct cred *c = &l->rq->cred;
	unsigned char kind = (unsigned char)c->kind;
	const struct crypt_part parts[] = {
		{ what, strlen(what) },
		{ o->scope, sizeof(o->scope) },
		{ o->provider, strlen(o->provider) },
		{ &kind, 1 },
		{ c->value, c->len },
	};

	slots_key(slots_of(l), parts, sizeof(parts) / sizeof(parts[0]), key);
}

/* Its session is about to end: see sessions_leave(). */
static bool
is_leaving(const struct lookup *l)
{
	unsigned char key[SLOTS_KEY_SIZE];
	size_t len;
	char mark;

	make_key(l, "leaving", key);
	return slots_get(slots_of(l), key, &mark, sizeof(mark), &len,
		   clock_mono_ms()) != SLOTS_MISS;
}

static bool
is_news_fresh(const struct lookup *l, int64_t now_us)
{
	return news_are_fresh(l->s->o.outside->shared->news,
	    l->s->o.news_bound_ms, now_us / 1000);
}

/*
 * As good as asking now?  What was found out while we waited is, whatever else
 * is configured or known.
 */
static bool
is_good(const struct lookup *l, int64_t now_us)
{
	const struct kept *k = &l->kept;
	int64_t reach =
	    l->rq->fresh ? 0 : life_reach(&l->s->o.life, l->rq->writes);

	if (k->ended_us >= l->arrived_us)
		return true;
	return now_us < k->fresh_us && now_us - k->began_us < reach * 1000 &&
	       (k->verdict != AUTH_ALLOW || is_news_fresh(l, now_us));
}

static enum revoked_answer
look_at_revoked(const struct lookup *l)
{
	const struct revoked_question q = {
		.session = l->kept.session,
		.user = l->kept.user,
		.issued_s = l->kept.issued_s,
		.found_ms = l->kept.began_us / 1000,
	};

	return barred_look(l->s->o.barred, &q);
}

/* Looks what is kept, and what it is worth to this request. */
static enum standing
recall(struct lookup *l)
{
	enum revoked_answer revoked = REVOKED_NOT;
	int64_t now_us;
	size_t len;

	l->standing = NOT_KEPT;
	l->revoked = false;
	if (slots_get(slots_of(l), l->key, &l->kept, sizeof(l->kept), &len,
		clock_mono_ms()) != SLOTS_HIT)
		return NOT_KEPT;
	now_us = clock_mono_us();
	if (!kept_is_sound(&l->kept, len, now_us))
		return NOT_KEPT;
	if (l->kept.verdict == AUTH_ALLOW) {
		if (l->kept.expires_s * 1000 <= clock_wall_ms())
			return NOT_KEPT;
		revoked = look_at_revoked(l);
	}
	if (revoked == REVOKED_ASK) {
		l->outdated = true;
		return NOT_KEPT;
	}
	l->revoked = revoked == REVOKED_REFUSE;
	l->standing = is_good(l, now_us) ? KEPT_GOOD : KEPT_OLD;
	return l->standing;
}

static void
deny_revoked(const struct lookup *l, struct auth_answer *answer)
{
	count(l, UPSTREAM_REVOKED);
	answer->verdict = AUTH_DENY;
	answer->why = "revoked";
	answer->revoked = true;
}

static void
use(const struct lookup *l, struct auth_answer *answer)
{
	if (l->revoked)
		deny_revoked(l, answer);
	else if (!kept_unpack(&l->kept, l->rq->arena, answer))
		auth_unsure(answer, "out of request memory", 0);
	answer->kept = l->kept.ended_us < l->arrived_us - NEW_US;
}

/* The slot's end: of use to anybody, and a little beyond. */
static int64_t
end_of(const struct lookup *l, int64_t life_ms, int64_t left_ms)
{
	const struct kept *k = &l->kept;
	int64_t began = k->began_us / 1000;
	int64_t end = k->ended_us / 1000 + JOIN_MS;
	int64_t stale = life_stale(&l->s->o.life, false);

	if (k->verdict != AUTH_ALLOW)
		return end;
	if (life_ms > 0 && began + life_ms + BEYOND_MS > end)
		end = began + life_ms + BEYOND_MS;
	if (stale > left_ms)
		stale = left_ms;
	return began + stale > end ? began + stale : end;
}

/*
 * A mark that is made later than this looks is followed by a drop: see
 * sessions_leave().
 */
static void
keep(const struct lookup *l, size_t len, int64_t end_ms)
{
	slots_put(slots_of(l), l->key, &l->kept, len, end_ms,
	    l->kept.ended_us / 1000);
	if (is_leaving(l))
		slots_drop(slots_of(l), l->key);
}

/*
 * Whatever was there before is not true any more: it goes, even if this is not
 * one to be kept.  Not to be kept is no trouble: the next one asks again.
 */
static void
remember(struct lookup *l, int64_t began_us, const struct provider_answer *pa)
{
	const struct sessions_options *o = &l->s->o;
	const struct auth_answer *answer = pa->answer;
	int64_t left = answer->who.expires_s * 1000 - clock_wall_ms();
	int64_t life = life_of(&o->life, answer->verdict, pa->promise_s, left);
	struct revoked_question q = { .found_ms = 0 };
	struct kept *k = &l->kept;
	size_t len;

	if (answer->verdict == AUTH_ALLOW)
		q = barred_question(o->barred, o->provider, &answer->who);
	k->began_us = began_us;
	k->ended_us = clock_mono_us();
	k->fresh_us = began_us + life * 1000;
	k->session = q.session;
	k->user = q.user;
	len = kept_pack(k, answer);
	if (len == 0)
		slots_drop(slots_of(l), l->key);
	else if (answer->verdict == AUTH_ALLOW)
		keep(l, len, end_of(l, life, left));
	else
		slots_offer(slots_of(l), l->key, k, len, end_of(l, life, left),
		    k->ended_us / 1000);
}

/* Asks the provider, for us and for all who wait. */
static void
ask(struct lookup *l, struct auth_answer *answer)
{
	const struct sessions_options *o = &l->s->o;
	struct provider_answer pa = { .answer = answer,
		.expected = l->outdated || is_leaving(l),
		.promise_s = LIFE_NO_PROMISE };
	int64_t began_us = clock_mono_us();

	o->ask(o->ctx, l->rq, &pa);
	if (answer->verdict == AUTH_UNSURE)
		return;
	remember(l, began_us, &pa);
	if (answer->verdict == AUTH_ALLOW &&
	    barred_refuses(o->barred, o->provider, &answer->who))
		deny_revoked(l, answer);
}

/* With the flight, after others had it or not.  True: the provider was asked.
 */
static bool
find_in_turn(struct lookup *l, const struct flight *f,
    struct auth_answer *answer)
{
	struct outside_no no;

	if (recall(l) == KEPT_GOOD) {
		decide(l, UPSTREAM_JOINED, "joined");
		use(l, answer);
		return false;
	}
	if (!flight_may_call(f, &no)) {
		auth_unsure(answer, no.why, no.retry_ms);
		return false;
	}
	decide(l, UPSTREAM_MISSES, "miss");
	ask(l, answer);
	return true;
}

/*
 * Nobody could be asked.  What is kept is looked at again, as this took its
 * time.  *answer says why: for the log, where we have tried.
 */
static void
use_old(struct lookup *l, bool tried, struct auth_answer *answer)
{
	int64_t stale = life_stale(&l->s->o.life, l->rq->writes);
	int64_t now_us = clock_mono_us();
	const char *why = answer->why;

	if (recall(l) == NOT_KEPT)
		return;
	if (l->standing == KEPT_OLD && !l->revoked &&
	    (l->kept.verdict != AUTH_ALLOW ||
		now_us - l->kept.began_us >= stale * 1000 ||
		!is_news_fresh(l, now_us)))
		return;
	answer->retry_ms = 0;
	answer->why = NULL;
	use(l, answer);
	if (answer->verdict == AUTH_ALLOW)
		decide(l, UPSTREAM_STALE, "stale");
	if (tried && answer->trouble == NULL)
		answer->trouble = why;
}

static void
find_anew(struct lookup *l, struct auth_answer *answer)
{
	int64_t end = clock_mono_ms() + l->s->o.timeout_ms;
	bool tried = false;
	struct outside_no no;
	struct flight f;

	if (end > l->rq->deadline)
		end = l->rq->deadline;
	if (flight_begin(&f, l->s->o.outside, l->key, end, &no)) {
		tried = find_in_turn(l, &f, answer);
		flight_end(&f);
	} else {
		auth_unsure(answer, no.why, no.retry_ms);
	}
	if (answer->verdict == AUTH_UNSURE && !l->rq->fresh)
		use_old(l, tried, answer);
}

void
sessions_check(struct sessions *s, const struct auth_request *rq,
    struct auth_answer *answer)
{
	struct lookup l = { .s = s, .rq = rq, .arrived_us = clock_mono_us() };
	struct spans *spans = s->o.outside->spans;
	int span = span_begin(spans, SPAN_INTERNAL, NULL, "cache");

	make_key(&l, "session", l.key);
	if (recall(&l) == KEPT_GOOD) {
		decide(&l, UPSTREAM_HITS, "hit");
		use(&l, answer);
	} else {
		find_anew(&l, answer);
	}
	span_note(spans, span, SPAN_CACHE, l.decision);
	span_end(spans, span);
}

void
sessions_leave(struct sessions *s, const struct auth_request *rq)
{
	static const char mark = 1;
	struct lookup l = { .s = s, .rq = rq };
	int64_t now = clock_mono_ms();

	make_key(&l, "leaving", l.key);
	slots_put(slots_of(&l), l.key, &mark, sizeof(mark),
	    now + SESSIONS_LEAVING_MS, now);
	make_key(&l, "session", l.key);
	slots_drop(slots_of(&l), l.key);
}
