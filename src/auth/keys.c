/* SPDX-License-Identifier: MIT */
/*
 * Each worker holds the parsed set of the version that the host's line has;
 * on a usual request nothing but that version and its age are looked at.
 * Whoever holds the line's fetch lock is the one that asks the provider.
 */
#include "auth/keys.h"

#include "auth/jwks.h"
#include "auth/jwt.h"
#include "auth/key_fetch.h"
#include "auth/provider.h"
#include "auth/verified.h"
#include "base/arena.h"
#include "base/clock.h"
#include "io/crypt.h"
#include "shm/shared.h"

#include <stdlib.h>
#include <string.h>

struct keys {
	struct keys_options o;
	struct verified verified;
	struct key_fetch *fetch;
	struct crypt_mac *mac; /* of key ids, for the list of misses */
	struct jwks *set;      /* NULL: none yet */
	uint64_t version;      /* of set; 0: from the configuration */
	int64_t fetched_ms;    /* when the host was last known to have it */
};

enum keys_step
keys_step(int64_t age_ms, bool closed)
{
	if (age_ms < 0 || age_ms >= KEYS_USABLE_MS)
		return closed ? KEYS_NONE : KEYS_WAIT;
	if (age_ms >= KEYS_FRESH_MS && !closed)
		return KEYS_REFRESH;
	return KEYS_USE;
}

void
keys_free(struct keys **k)
{
	if (*k == NULL)
		return;
	key_fetch_free(&(*k)->fetch);
	crypt_mac_free(&(*k)->mac);
	jwks_free(&(*k)->set);
	free(*k);
	*k = NULL;
}

struct keys *
keys_new(const struct keys_options *o, struct err *e)
{
	struct keys *k = calloc(1, sizeof(*k));
	struct key *key;

	if (k == NULL ||
	    (k->mac = shared_mac(o->outside->shared, "key id")) == NULL ||
	    (k->fetch = key_fetch_new(o)) == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		keys_free(&k);
		return NULL;
	}
	k->o = *o;
	verified_init(&k->verified, o->outside);
	if (o->pem[0] == '\0')
		return k;
	key = key_from_pem(o->pem, e);
	if (key == NULL || (k->set = jwks_of_key(&key, o->algs, e)) == NULL)
		keys_free(&k);
	return k;
}

static struct keyring *
ring_of(const struct keys *k)
{
	return &k->o.outside->line->ring;
}

static int
lock(const struct keys *k, enum upstream_lock what, int64_t deadline)
{
	const struct outside *o = k->o.outside;

	return upstream_lock(o->shared->lines, o->line, what, deadline);
}

static void
unlock(const struct keys *k, enum upstream_lock what)
{
	const struct outside *o = k->o.outside;

	upstream_unlock(o->shared->lines, o->line, what);
}

/* When a wait that begins now ends. */
static int64_t
until(const struct keys *k, int64_t deadline)
{
	int64_t end = clock_mono_ms() + k->o.timeout_ms;

	return end < deadline ? end : deadline;
}

/*
 * Milliseconds since the host's latest good fetch; -1: there is no set.  A
 * writer that was killed leaves none: then ours is as good as it was.
 */
static int64_t
age(const struct keys *k, int64_t now)
{
	const struct keyring *ring = ring_of(k);
	uint64_t version = atomic_load(&ring->version);
	int64_t fetched = atomic_load(&ring->fetched_ms);

	if (version == 0 || version % 2 != 0)
		fetched = k->set == NULL ? 0 : k->fetched_ms;
	/* another worker's "now" may be a moment later than ours */
	if (fetched == 0 || fetched > now + KEYS_DATA_MS)
		return -1;
	return fetched > now ? 0 : now - fetched;
}

/*
 * Brings our set up to the host's version.  False: it could not be copied or
 * parsed now, and the old one stays.
 */
static bool
catch_up(struct keys *k, struct arena *a)
{
	struct keyring *ring = ring_of(k);
	int64_t fetched = atomic_load(&ring->fetched_ms);
	struct jwks *set = NULL;
	struct err e = { 0 };
	uint64_t version;
	size_t len = 0;
	char *text;

	if (k->set == NULL || atomic_load(&ring->version) != k->version) {
		text = arena_alloc(a, KEYRING_TEXT_MAX);
		if (text == NULL || lock(k, UPSTREAM_DATA,
					clock_mono_ms() + KEYS_DATA_MS) == -1)
			return false;
		version = keyring_copy(ring, text, &len);
		unlock(k, UPSTREAM_DATA);
		if (version != 0)
			set = jwks_parse(text, len, k->o.algs, &e);
		arena_trim(a, text, 0);
		if (set == NULL)
			return false;
		jwks_free(&k->set);
		k->set = set;
		k->version = version;
	}
	k->fetched_ms = fetched;
	return true;
}

/*
 * Asks the provider.  The fetch lock is held.  A set that we could not use is
 * not stored: the old one stays.
 */
static int
fetch(struct keys *k, int64_t deadline, struct arena *a,
    struct auth_answer *answer, struct err *e)
{
	struct keyring *ring = ring_of(k);
	int64_t began = clock_mono_ms();
	struct key_text text = { .len = 0 };
	struct jwks *set = NULL;

	if (key_fetch_run(k->fetch, deadline, a, &text, e) == 0)
		set = jwks_parse(text.data, text.len, k->o.algs, e);
	answer->trouble = text.trouble;
	if (set == NULL) {
		if (e->kind == ERR_DOWN) /* and not ours to fail */
			keyring_failed(ring, text.pause_ms, clock_mono_ms());
		return -1;
	}
	jwks_free(&set); /* catch_up() takes what all take */
	if (lock(k, UPSTREAM_DATA, clock_mono_ms() + KEYS_DATA_MS) == -1)
		return err_set(e, ERR_DOWN, "shared memory is busy");
	keyring_store(ring, text.data, text.len, began);
	unlock(k, UPSTREAM_DATA);
	return 0;
}

/* Words of an error for the log, in the request's memory. */
static const char *
words(struct arena *a, const struct err *e)
{
	const char *copy = arena_dup(a, e->text);

	return copy == NULL ? "the keys could not be fetched" : copy;
}

/*
 * One worker of the host asks for a newer set, with half of the time that its
 * own request has; nobody waits for it.
 */
static void
refresh(struct keys *k, int64_t deadline, struct arena *a,
    struct auth_answer *answer)
{
	int64_t now = clock_mono_ms();
	struct err e = { 0 };

	if (lock(k, UPSTREAM_FETCH, 0) == -1)
		return;
	if (keys_step(age(k, now), keyring_closed_ms(ring_of(k), now) > 0) ==
	    KEYS_REFRESH) {
		outside_begin(k->o.outside, now);
		if (fetch(k, now + (deadline - now) / 2, a, answer, &e) == -1)
			answer->trouble = words(a, &e);
		outside_end(k->o.outside);
	}
	unlock(k, UPSTREAM_FETCH);
}

/* The first set, or one that is past its use: we need it, all of us. */
static void
wait_for_set(struct keys *k, int64_t deadline, struct arena *a,
    struct auth_answer *answer)
{
	struct keyring *ring = ring_of(k);
	int64_t now = clock_mono_ms();
	int64_t end = outside_until(k->o.outside, now, until(k, deadline));
	struct outside_no no;
	struct err e = { 0 };

	if (!outside_has_room(k->o.outside, now, &no)) {
		auth_unsure(answer, no.why, no.retry_ms);
		return;
	}
	outside_begin(k->o.outside, now);
	if (lock(k, UPSTREAM_FETCH, end) == -1) {
		auth_unsure(answer, "another worker waits for the keys", 0);
	} else {
		/* it may have been done, or have failed, before our turn */
		now = clock_mono_ms();
		if (keys_step(age(k, now), keyring_closed_ms(ring, now) > 0) ==
			KEYS_WAIT &&
		    fetch(k, deadline, a, answer, &e) == -1)
			auth_unsure(answer, words(a, &e),
			    keyring_closed_ms(ring, clock_mono_ms()));
		unlock(k, UPSTREAM_FETCH);
	}
	outside_end(k->o.outside);
}

/* Sees to it that k->set may be used; false: *answer says why not. */
static bool
have_set(struct keys *k, int64_t deadline, struct arena *a,
    struct auth_answer *answer)
{
	struct keyring *ring = ring_of(k);
	int64_t now = clock_mono_ms(), closed;

	if (k->o.pem[0] != '\0')
		return true;
	closed = keyring_closed_ms(ring, now);
	switch (keys_step(age(k, now), closed > 0)) {
	case KEYS_USE:
		break;
	case KEYS_REFRESH:
		refresh(k, deadline, a, answer);
		break;
	case KEYS_WAIT:
		wait_for_set(k, deadline, a, answer);
		break;
	case KEYS_NONE:
		auth_unsure(answer, "the keys could not be fetched", closed);
		return false;
	}
	catch_up(k, a);
	now = clock_mono_ms();
	if (k->set != NULL && age(k, now) >= 0 && age(k, now) < KEYS_USABLE_MS)
		return true;
	if (answer->verdict != AUTH_UNSURE)
		auth_unsure(answer, "there are no keys",
		    keyring_closed_ms(ring, now));
	return false;
}

/* What the set says about the token. */
enum said {
	SAID_YES,
	SAID_NO,
	SAID_UNKNOWN_KID, /* a newer set may know it */
	SAID_FORGED,      /* its key may have been replaced */
	SAID_NOTHING,     /* no memory, or nobody could be asked */
};

static enum said
ask_set(const struct keys *k, const struct jwt *t, const char **why)
{
	struct key *key;
	enum jwks_answer found = jwks_find(k->set, t, &key);

	*why = jwks_why(found);
	if (found != JWKS_FOUND)
		return found == JWKS_UNKNOWN_KID ? SAID_UNKNOWN_KID : SAID_NO;
	*why = verified_check(&k->verified, t, key);
	if (*why == NULL)
		return SAID_YES;
	return *why == jwt_no_memory ? SAID_NOTHING : SAID_FORGED;
}

static uint64_t
kid_tag(const struct keys *k, const struct jwt *t)
{
	const struct crypt_part part = { t->kid, t->kid_len };

	return crypt_tag(k->mac, &part, 1);
}

/*
 * The one forced fetch of a minute, for all workers; the fetch lock is held.
 * False: it was not allowed, or failed.
 */
static bool
force(struct keys *k, int64_t deadline, struct arena *a,
    struct auth_answer *answer)
{
	const struct outside *o = k->o.outside;
	struct keyring *ring = ring_of(k);
	int64_t now = clock_mono_ms();
	struct err e = { 0 };

	/* without memory in common there is no throttle in common */
	if (o->shared->warning[0] != '\0' ||
	    !upstream_is_common(o->shared->lines, o->line) ||
	    keyring_closed_ms(ring, now) > 0 || !keyring_claim_force(ring, now))
		return false;
	if (fetch(k, deadline, a, answer, &e) == 0)
		return true;
	answer->trouble = words(a, &e);
	return false;
}

/*
 * The set does not know the key, or the key did not sign this.  A newer set
 * may say otherwise: perhaps another worker fetches it right now, perhaps we
 * may.  *asked: the provider was, and has answered.
 */
static enum said
ask_newer_set(struct keys *k, const struct jwt *t, int64_t deadline,
    struct arena *a, struct auth_answer *answer, bool *asked)
{
	uint64_t before = k->version;
	int64_t now = clock_mono_ms();
	int64_t end = outside_until(k->o.outside, now, until(k, deadline));
	enum said said = SAID_NOTHING;
	struct outside_no no;
	const char *why;

	*asked = false;
	if (!outside_has_room(k->o.outside, now, &no))
		return SAID_NOTHING;
	outside_begin(k->o.outside, now);
	if (lock(k, UPSTREAM_FETCH, end) == 0) {
		if (catch_up(k, a) && k->version != before)
			said = ask_set(k, t, &why);
		if (said != SAID_YES && force(k, deadline, a, answer)) {
			*asked = true;
			said =
			    catch_up(k, a) ? ask_set(k, t, &why) : SAID_NOTHING;
			/* before others get their turn, who wait for it */
			if (said == SAID_UNKNOWN_KID)
				keyring_add_miss(ring_of(k), kid_tag(k, t),
				    clock_mono_ms());
		}
		unlock(k, UPSTREAM_FETCH);
	}
	outside_end(k->o.outside);
	return said;
}

/* It does not exist, said a fetch within the last minute. */
static bool
is_missing(const struct keys *k, uint64_t tag)
{
	const struct keyring *ring = ring_of(k);
	int64_t now = clock_mono_ms();

	return keyring_has_miss(ring, tag, now) &&
	       !keyring_may_force(ring, now);
}

/*
 * An id is "no" as long as no newer set may be asked for: a key of that id may
 * be new since, and its holders must not pay for who guessed it before.
 */
static void
check_unknown_kid(struct keys *k, const struct jwt *t, int64_t deadline,
    struct arena *a, struct auth_answer *answer)
{
	uint64_t tag = kid_tag(k, t);
	bool asked;

	answer->why = jwks_why(JWKS_UNKNOWN_KID);
	if (is_missing(k, tag))
		return;
	switch (ask_newer_set(k, t, deadline, a, answer, &asked)) {
	case SAID_YES:
		answer->verdict = AUTH_ALLOW;
		answer->why = NULL;
		return;
	case SAID_NO:
	case SAID_FORGED:
		answer->why = "not signed by the key of its id";
		return;
	case SAID_UNKNOWN_KID:
	case SAID_NOTHING:
		break;
	}
	if (!is_missing(k, tag))
		auth_unsure(answer,
		    "unknown key id, and no newer set to be had", 0);
}

/* A key may have been replaced under its id. */
static void
check_forged(struct keys *k, const struct jwt *t, int64_t deadline,
    struct arena *a, struct auth_answer *answer)
{
	bool asked;

	switch (ask_newer_set(k, t, deadline, a, answer, &asked)) {
	case SAID_YES:
		answer->verdict = AUTH_ALLOW;
		answer->why = NULL;
		break;
	case SAID_NOTHING:
		if (asked)
			auth_unsure(answer, jwt_no_memory, 0);
		break;
	default:
		break;
	}
}

void
keys_check(struct keys *k, const struct jwt *t, int64_t deadline,
    struct arena *a, struct auth_answer *answer)
{
	if (!have_set(k, deadline, a, answer))
		return;
	answer->verdict = AUTH_DENY;
	switch (ask_set(k, t, &answer->why)) {
	case SAID_YES:
		answer->verdict = AUTH_ALLOW;
		break;
	case SAID_NOTHING:
		auth_unsure(answer, answer->why, 0);
		break;
	case SAID_UNKNOWN_KID:
		check_unknown_kid(k, t, deadline, a, answer);
		break;
	case SAID_FORGED:
		if (k->o.pem[0] == '\0')
			check_forged(k, t, deadline, a, answer);
		break;
	case SAID_NO:
		break;
	}
}

bool
keys_probe(struct keys *k, int64_t deadline, struct arena *a, const char **why)
{
	struct auth_answer answer = { .verdict = AUTH_DENY };

	if (!have_set(k, deadline, a, &answer))
		*why = answer.why;
	else if (k->o.pem[0] != '\0' || atomic_load(&ring_of(k)->failures) == 0)
		return true;
	else
		*why = answer.trouble == NULL
			   ? "the keys could not be fetched lately"
			   : answer.trouble;
	return false;
}

int64_t
keys_take_spent_us(struct keys *k)
{
	return key_fetch_take_spent_us(k->fetch);
}
