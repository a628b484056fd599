/* SPDX-License-Identifier: MIT */
/* auth/keys: tokens of keys that the set does not have, or not any more. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "unit/ringed.h"

#include <stdio.h>

enum { MINUTE = KEYRING_FORCE_MS };

#define CLAIMS "{\"sub\":\"a\"}"
#define FORGED "not signed by the key of its id"

static const char *
token(struct ringed *r, const char *kid, enum signer_key k)
{
	return token_signed(r->arena, k, KEY_RS256, kid, CLAIMS);
}

/* A worker that has the set of `a` by SIGNER_RSA. */
static struct keys *
started(struct ringed *r)
{
	struct keys *k;

	ringed_open(r);
	ringed_serve(r, token_set(r->arena, "a", SIGNER_RSA, NULL, 0));
	k = ringed_keys(r);
	INTEQ(ringed_check(r, k, token(r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	INTEQ(stub_requests(r->stub, "/keys"), 1);
	return k;
}

static void
unknown(void)
{
	struct auth_answer a;
	struct ringed r;
	struct keys *k = started(&r);

	tap_row("%s", "the first of a minute may ask");
	a = ringed_check(&r, k, token(&r, "x", SIGNER_RSA));
	INTEQ(a.verdict, AUTH_DENY);
	STREQ(a.why, "no key of that kid");
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "known not to exist: no, without asking");
	INTEQ(ringed_check(&r, k, token(&r, "x", SIGNER_RSA)).verdict,
	    AUTH_DENY);
	tap_row("%s", "others: could not find out");
	for (int i = 0; i < 20; i++) {
		a = ringed_check(&r, k,
		    token(&r, arena_printf(r.arena, "y%d", i), SIGNER_RSA));
		INTEQ(a.verdict, AUTH_UNSURE);
	}
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "who has a good key is not concerned");
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	tap_row("%s", "a minute later one more");
	ringed_age(&r, MINUTE);
	INTEQ(ringed_check(&r, k, token(&r, "y", SIGNER_RSA)).verdict,
	    AUTH_DENY);
	INTEQ(ringed_check(&r, k, token(&r, "x", SIGNER_RSA)).verdict,
	    AUTH_DENY);
	INTEQ(ringed_check(&r, k, token(&r, "z", SIGNER_RSA)).verdict,
	    AUTH_UNSURE);
	INTEQ(stub_requests(r.stub, "/keys"), 3);
	keys_free(&k);
	ringed_close(&r);
}

static void
rotated(void)
{
	struct auth_answer a;
	struct ringed r;
	struct keys *k = started(&r), *other = ringed_keys(&r);

	INTEQ(ringed_check(&r, other, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	ringed_serve(&r,
	    token_set(r.arena, "a", SIGNER_RSA, "b", SIGNER_RSA_2));
	a = ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2));
	INTEQ(a.verdict, AUTH_ALLOW);
	STREQ(a.why, NULL);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "the other worker has it from shared memory");
	INTEQ(ringed_check(&r, other, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	INTEQ(ringed_check(&r, other, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "a new kid, signed by somebody else");
	ringed_age(&r, MINUTE);
	ringed_serve(&r,
	    token_set(r.arena, "a", SIGNER_RSA, "c", SIGNER_RSA_2));
	a = ringed_check(&r, k, token(&r, "c", SIGNER_RSA));
	INTEQ(a.verdict, AUTH_DENY);
	STREQ(a.why, FORGED);
	INTEQ(ringed_check(&r, k, token(&r, "c", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	INTEQ(stub_requests(r.stub, "/keys"), 3);
	keys_free(&k);
	keys_free(&other);
	ringed_close(&r);
}

/* Clerk's kid is the instance's: a new key may come under the old name. */
static void
same_kid(void)
{
	struct auth_answer a;
	struct ringed r;
	struct keys *k = started(&r);

	tap_row("%s", "not replaced: one question, then no");
	a = ringed_check(&r, k, token(&r, "a", SIGNER_RSA_2));
	INTEQ(a.verdict, AUTH_DENY);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA_2, NULL, 0));
	tap_row("%s", "replaced, but no more questions: no");
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	ringed_age(&r, MINUTE);
	tap_row("%s", "replaced, and asked: yes");
	a = ringed_check(&r, k, token(&r, "a", SIGNER_RSA_2));
	INTEQ(a.verdict, AUTH_ALLOW);
	STREQ(a.why, NULL);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_DENY);
	INTEQ(stub_requests(r.stub, "/keys"), 3);
	keys_free(&k);
	ringed_close(&r);
}

static void
listed(void)
{
	struct ringed r;
	struct keys *k = started(&r), *other = ringed_keys(&r);

	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	INTEQ(ringed_check(&r, other, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "the key comes with a usual refresh: at once good");
	ringed_age(&r, KEYS_FRESH_MS - KEYRING_MISS_MS / 2);
	ringed_age(&r, KEYRING_MISS_MS / 2);
	ringed_serve(&r,
	    token_set(r.arena, "a", SIGNER_RSA, "b", SIGNER_RSA_2));
	INTEQ(ringed_check(&r, other, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	keys_free(&k);
	keys_free(&other);
	ringed_close(&r);
}

/* Whoever guessed an id before must not keep its key out. */
static void
asked_again(void)
{
	struct ringed r;
	struct keys *k = started(&r), *other = ringed_keys(&r);

	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA)).verdict,
	    AUTH_DENY);
	ringed_serve(&r,
	    token_set(r.arena, "a", SIGNER_RSA, "b", SIGNER_RSA_2));
	tap_row("%s", "within the minute: no, without a question");
	ringed_age(&r, MINUTE / 2);
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	INTEQ(ringed_check(&r, other, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "after it: asked about again, and good");
	ringed_age(&r, MINUTE / 2 + 1000);
	INTEQ(ringed_check(&r, other, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	INTEQ(stub_requests(r.stub, "/keys"), 3);
	tap_row("%s", "still once a minute");
	INTEQ(ringed_check(&r, k, token(&r, "c", SIGNER_RSA)).verdict,
	    AUTH_UNSURE);
	INTEQ(stub_requests(r.stub, "/keys"), 3);
	keys_free(&k);
	keys_free(&other);
	ringed_close(&r);
}

static void
away(void)
{
	struct auth_answer a;
	struct ringed r;
	struct keys *k = started(&r);

	stub_json(r.stub, "/keys", 429, "Retry-After: 90\r\n", "");
	a = ringed_check(&r, k, token(&r, "b", SIGNER_RSA));
	INTEQ(a.verdict, AUTH_UNSURE);
	STREQ(a.trouble, "key set: status 429");
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "asked to wait for longer than a minute");
	ringed_age(&r, MINUTE);
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA)).verdict,
	    AUTH_UNSURE);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	tap_row("%s", "the wait is over");
	ringed_serve(&r,
	    token_set(r.arena, "a", SIGNER_RSA, "b", SIGNER_RSA_2));
	ringed_age(&r, 31000);
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	keys_free(&k);
	ringed_close(&r);
}

/* Algorithms and keys that do not fit are no reason to ask anybody. */
static void
unfit(void)
{
	struct ringed r;
	struct keys *k = started(&r);

	INTEQ(ringed_check(&r, k,
		  token_signed(r.arena, SIGNER_RSA, KEY_RS384, "a", CLAIMS))
		  .verdict,
	    AUTH_DENY);
	INTEQ(ringed_check(&r, k,
		  token_signed(r.arena, SIGNER_RSA, KEY_PS256, "a", CLAIMS))
		  .verdict,
	    AUTH_DENY);
	INTEQ(ringed_check(&r, k,
		  token_signed(r.arena, SIGNER_P256, KEY_ES256, "a", CLAIMS))
		  .verdict,
	    AUTH_DENY);
	tap_row("%s", "no kid: good with one key that fits");
	INTEQ(ringed_check(&r, k, token(&r, NULL, SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	INTEQ(stub_requests(r.stub, "/keys"), 1);
	keys_free(&k);
	ringed_close(&r);
}

/* A process that shares nothing would force as often as there are of it. */
static void
alone(void)
{
	struct ringed r;
	struct keys *k = started(&r);

	snprintf(r.shared->warning, sizeof(r.shared->warning), "private");
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_UNSURE);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	INTEQ(stub_requests(r.stub, "/keys"), 1);
	keys_free(&k);
	ringed_close(&r);
}

static const struct tap_case cases[] = {
	{ "a flood of unknown key ids asks once a minute and signs out nobody",
	    unknown },
	{ "a token of a new key is good at once", rotated },
	{ "a key replaced under its name is found out, once a minute",
	    same_kid },
	{ "a key id known to be missing is good as soon as it comes", listed },
	{ "it is asked about again, once a minute", asked_again },
	{ "an unknown key id is not denied while nobody can be asked", away },
	{ "what no newer set could make good is not asked about", unfit },
	{ "without memory in common nothing is forced", alone },
};
TAP_MAIN(cases)
