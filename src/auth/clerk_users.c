/* SPDX-License-Identifier: MIT */
/*
 * Fresh entries answer at once.  An old one makes one worker ask while the
 * others use it; a missing one makes all wait for that one.
 */
#include "auth/clerk_users.h"

#include "auth/clerk_api.h"
#include "auth/provider.h"
#include "base/arena.h"
#include "base/clock.h"
#include "io/http.h"
#include "shm/shared.h"

#include <stdlib.h>
#include <string.h>

struct clerk_users {
	struct clerk_users_options o;
	struct http *http;
};

/* The value of a slot. */
struct entry {
	int64_t fetched_ms; /* monotonic */
	struct clerk_user user;
};
_Static_assert(sizeof(struct entry) <= SLOTS_VALUE_MAX, "fits into a slot");

/* One look-up on its way. */
struct lookup {
	struct clerk_users *u;
	const struct auth_request *rq;
	struct auth_answer *answer;
	const char *id;
	unsigned char key[SLOTS_KEY_SIZE];
	struct entry entry;
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

/* What is remembered; strings that others wrote end where ours do. */
static enum age
recall(struct lookup *l)
{
	int64_t now = clock_mono_ms();
	size_t len;

	if (slots_get(slots_of(l), l->key, &l->entry, sizeof(l->entry), &len,
		now) != SLOTS_HIT ||
	    len != sizeof(l->entry))
		return AGE_NONE;
	l->entry.user.email[CLERK_EMAIL_SIZE - 1] = '\0';
	l->entry.user.name[CLERK_NAME_SIZE - 1] = '\0';
	if (l->entry.user.refused)
		return AGE_FRESH;
	return l->entry.fetched_ms <= now &&
		       now - l->entry.fetched_ms < l->u->o.ttl_ms
		   ? AGE_FRESH
		   : AGE_STALE;
}

/* Not to be kept is no trouble: the next one asks again. */
static void
remember(struct lookup *l, int64_t began)
{
	int64_t ttl = l->u->o.ttl_ms, life = CLERK_USER_STALE_MS;

	if (ttl > life)
		life = ttl;
	if (l->entry.user.refused)
		life = CLERK_REFUSED_MS;
	l->entry.fetched_ms = began;
	slots_put(slots_of(l), l->key, &l->entry, sizeof(l->entry),
	    began + life, began);
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
	l->entry.user = user;
	remember(l, began);
	return true;
}

/* The look-up's own lock: one of them is under way on the host. */
static bool
take_off(const struct lookup *l, int64_t deadline)
{
	return shm_lock(l->u->o.outside->shared->file, SHM_FLIGHTS,
		   l->key[0] % LOCK_FLIGHTS, deadline) == 0;
}

static void
land(const struct lookup *l)
{
	shm_unlock(l->u->o.outside->shared->file, SHM_FLIGHTS,
	    l->key[0] % LOCK_FLIGHTS);
}

/*
 * With the lock, after others had it or not.  The one before us may have
 * brought the user, or have learnt that nobody shall ask now.
 */
static bool
find_in_turn(struct lookup *l, bool waited)
{
	enum age age = recall(l);
	struct outside_no no;

	if (age == AGE_FRESH)
		return true;
	if (waited &&
	    !outside_is_still_open(l->u->o.outside, clock_mono_ms(), &no))
		auth_unsure(l->answer, no.why, no.retry_ms);
	else if (ask(l))
		return true;
	return age == AGE_STALE;
}

/*
 * With the lock, or as soon as its holder has done the work.  An old entry
 * does when Clerk cannot be asked; it is not waited for.
 */
static bool
find_anew(struct lookup *l, enum age age)
{
	const struct outside *o = l->u->o.outside;
	int64_t now = clock_mono_ms(), end = now + l->u->o.timeout_ms;
	bool known = age == AGE_STALE, waited;
	struct outside_no no;

	if (!outside_is_open(o, now, &no)) {
		auth_unsure(l->answer, no.why, no.retry_ms);
		return known;
	}
	if (end > l->rq->deadline)
		end = l->rq->deadline;
	end = outside_until(o, now, end);
	outside_begin(o, now);
	waited = !take_off(l, 0);
	if (waited && (known || !take_off(l, end))) {
		auth_unsure(l->answer, "another worker asks for the user", 0);
	} else {
		known = find_in_turn(l, waited);
		land(l);
	}
	outside_end(o);
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
	enum age age;

	slots_key(slots_of(&l), parts, 3, l.key);
	age = recall(&l);
	if (age != AGE_FRESH && !find_anew(&l, age))
		return;
	answer->verdict = l.entry.user.refused ? AUTH_DENY : AUTH_ALLOW;
	answer->why =
	    l.entry.user.refused ? "the user is gone or banned" : NULL;
	answer->retry_ms = 0;
	*user = l.entry.user;
}

int64_t
clerk_users_take_spent_us(struct clerk_users *u)
{
	return http_take_spent_us(u->http);
}
