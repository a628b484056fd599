/* SPDX-License-Identifier: MIT */
/*
 * Fresh entries answer at once.  An old one makes one worker ask while the
 * others use it; a missing one makes all wait for that one.
 */
#include "auth/clerk_users.h"

#include "auth/barred.h"
#include "auth/clerk_api.h"
#include "auth/flight.h"
#include "auth/provider.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/span.h"
#include "io/http.h"
#include "shm/shared.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct clerk_users {
	struct clerk_users_options o;
	struct http *http;
};

/* The value of a slot, as far as it is used. */
struct entry {
	int64_t fetched_ms; /* monotonic */
	unsigned char packed[CLERK_PACKED_MAX];
};
enum { ENTRY_HEAD = offsetof(struct entry, packed) };

_Static_assert(sizeof(struct entry) <= SLOTS_VALUE_MAX, "fits into a slot");

/* One look-up on its way. */
struct lookup {
	struct clerk_users *u;
	const struct auth_request *rq;
	struct auth_answer *answer;
	const char *id;
	unsigned char key[SLOTS_KEY_SIZE];
	int64_t fetched_ms;
	struct clerk_user user;
};

void
clerk_users_free(struct clerk_users **u)
{
	if (*u == NULL)
		return;
	http_free(&(*u)->http);
	free(*u);
	*u = NULL;
}

struct clerk_users *
clerk_users_new(const struct clerk_users_options *o)
{
	struct clerk_users *u = calloc(1, sizeof(*u));

	if (u == NULL ||
	    (u->http = http_new(&(struct http_options){ 0 })) == NULL) {
		clerk_users_free(&u);
		return NULL;
	}
	u->o = *o;
	return u;
}

static struct slots *
slots_of(const struct lookup *l)
{
	return l->u->o.outside->shared->slots;
}

enum age { AGE_NONE, AGE_STALE, AGE_FRESH };

/* Something happened to the user since, not even Clerk's absence excuses it. */
static bool
is_outdated(const struct lookup *l)
{
	const struct clerk_users_options *o = &l->u->o;

	return o->barred != NULL &&
	       barred_is_outdated(o->barred, o->provider, l->id, l->fetched_ms);
}

static enum age
recall(struct lookup *l)
{
	int64_t now = clock_mono_ms();
	struct entry entry;
	size_t len;

	if (slots_get(slots_of(l), l->key, &entry, sizeof(entry), &len, now) !=
		SLOTS_HIT ||
	    len < ENTRY_HEAD ||
	    !clerk_user_unpack(&l->user, entry.packed, len - ENTRY_HEAD))
		return AGE_NONE;
	l->fetched_ms = entry.fetched_ms;
	if (l->user.refused)
		return AGE_FRESH;
	if (is_outdated(l))
		return AGE_NONE;
	return l->fetched_ms <= now && now - l->fetched_ms < l->u->o.ttl_ms
		   ? AGE_FRESH
		   : AGE_STALE;
}

/* Not to be kept is no trouble: the next one asks again. */
static void
remember(struct lookup *l, int64_t began)
{
	int64_t ttl = l->u->o.ttl_ms, life = CLERK_USER_STALE_MS;
	struct entry entry = { .fetched_ms = began };
	size_t len = clerk_user_pack(&l->user, entry.packed);

	if (ttl > life)
		life = ttl;
	if (l->user.refused)
		life = CLERK_REFUSED_MS;
	slots_put(slots_of(l), l->key, &entry, ENTRY_HEAD + len, began + life,
	    began);
}

static int
get(struct lookup *l, struct http_reply *r, struct err *e)
{
	const struct clerk_users_options *o = &l->u->o;
	struct arena *a = l->rq->arena;
	int left = clock_left_ms(l->rq->deadline);
	struct http_call call = {
		.url = arena_printf(a, "%s/v1/users/%s", o->api_url, l->id),
		.headers = { "Accept: application/json", CLERK_API_VERSION,
		    arena_printf(a, "Authorization: Bearer %s", o->secret) },
		.timeout_ms = left < o->timeout_ms ? left : o->timeout_ms,
		.body_max = CLERK_USER_MAX,
		.spans = o->outside->spans,
		.of = o->outside->name,
		.name = "user",
	};

	if (call.url == NULL || call.headers[2] == NULL)
		return err_set(e, ERR_BUG, "out of request memory");
	return http_get(l->u->http, &call, a, r, e);
}

/* How each answer is taken by the gate. */
static const enum call_outcome outcomes[] = {
	[CLERK_USER] = CALL_GOOD,
	[CLERK_LIMIT] = CALL_LIMIT,
	[CLERK_OURS] = CALL_FAILED,
	[CLERK_NO_USE] = CALL_FAILED,
};

/* Asks Clerk.  True: the entry is filled in and remembered. */
static bool
ask(struct lookup *l)
{
	int64_t began = clock_mono_ms(), pause = 0;
	enum call_outcome outcome;
	struct clerk_user user;
	struct http_reply r;
	struct err e = { 0 };
	const char *why = NULL;
	uint64_t tag;

	memcpy(&tag, l->key, sizeof(tag));
	if (get(l, &r, &e) == -1) {
		outcome = e.kind == ERR_DOWN ? CALL_BROKEN : CALL_NONE;
		why = arena_printf(l->rq->arena, "users: %s", e.text);
	} else {
		outcome = outcomes[clerk_user_judge(&r, l->id, &user, &why)];
		pause = http_retry_ms(&r, "retry-after");
	}
	pause = outside_report(l->u->o.outside, outcome, pause, tag, began);
	if (outcome != CALL_GOOD) {
		l->answer->trouble = why;
		auth_unsure(l->answer, why, pause);
		return false;
	}
	l->user = user;
	remember(l, began);
	return true;
}

/*
 * With the flight, after others had it or not.  The one before us may have
 * brought the user, or have learnt that nobody shall ask now.
 */
static bool
find_in_turn(struct lookup *l, const struct flight *f)
{
	enum age age = recall(l);
	struct outside_no no;

	if (age == AGE_FRESH)
		return true;
	if (!flight_may_call(f, &no))
		auth_unsure(l->answer, no.why, no.retry_ms);
	else if (ask(l))
		return true;
	return age == AGE_STALE;
}

/* An old entry does when Clerk cannot be asked; then nobody is waited for. */
static bool
find_anew(struct lookup *l, enum age age)
{
	int64_t end = clock_mono_ms() + l->u->o.timeout_ms;
	bool known = age == AGE_STALE;
	struct outside_no no;
	struct flight f;

	if (end > l->rq->deadline)
		end = l->rq->deadline;
	if (!flight_begin(&f, l->u->o.outside, l->key, known ? 0 : end, &no)) {
		auth_unsure(l->answer, no.why, no.retry_ms);
		return known;
	}
	known = find_in_turn(l, &f);
	flight_end(&f);
	return known;
}

void
clerk_users_find(struct clerk_users *u, const char *id,
    const struct auth_request *rq, struct clerk_user *user,
    struct auth_answer *answer)
{
	struct lookup l = { .u = u, .rq = rq, .answer = answer, .id = id };
	const struct crypt_part parts[] = {
		{ "user", 4 },
		{ u->o.scope, UPSTREAM_SCOPE_SIZE },
		{ id, strlen(id) },
	};
	struct spans *spans = u->o.outside->spans;
	int span = span_begin(spans, SPAN_INTERNAL, NULL, "cache");
	enum age age;
	bool found;

	slots_key(slots_of(&l), parts, 3, l.key);
	age = recall(&l);
	span_note(spans, span, SPAN_CACHE, age == AGE_FRESH ? "hit" : "miss");
	found = age == AGE_FRESH || find_anew(&l, age);
	span_end(spans, span);
	if (!found)
		return;
	answer->verdict = l.user.refused ? AUTH_DENY : AUTH_ALLOW;
	answer->why = l.user.refused ? "the user is gone or banned" : NULL;
	answer->retry_ms = 0;
	*user = l.user;
}

int64_t
clerk_users_take_spent_us(struct clerk_users *u)
{
	return http_take_spent_us(u->http);
}
