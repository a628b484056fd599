/* SPDX-License-Identifier: MIT */
/* auth/keys: the ages of a key set, and what its provider's troubles do. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "unit/ringed.h"

#include <stdlib.h>
#include <string.h>

enum { FRESH = KEYS_FRESH_MS, USABLE = KEYS_USABLE_MS };

#define CLAIMS "{\"sub\":\"a\"}"

static void
steps(void)
{
	static const struct {
		int64_t age;
		enum keys_step open, closed;
	} t[] = {
		{ -1, KEYS_WAIT, KEYS_NONE },
		{ 0, KEYS_USE, KEYS_USE },
		{ FRESH - 1, KEYS_USE, KEYS_USE },
		{ FRESH, KEYS_REFRESH, KEYS_USE },
		{ USABLE - 1, KEYS_REFRESH, KEYS_USE },
		{ USABLE, KEYS_WAIT, KEYS_NONE },
		{ INT64_MAX, KEYS_WAIT, KEYS_NONE },
		{ INT64_MIN, KEYS_WAIT, KEYS_NONE },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("age %lld", (long long)t[i].age);
		INTEQ(keys_step(t[i].age, false), t[i].open);
		INTEQ(keys_step(t[i].age, true), t[i].closed);
	}
}

static const char *
token(struct ringed *r, const char *kid, enum signer_key k)
{
	return token_signed(r->arena, k, KEY_RS256, kid, CLAIMS);
}

static void
from_configuration(void)
{
	char *pem = signer_pem(SIGNER_RSA), *curve = signer_pem(SIGNER_P256);
	const char *why = NULL;
	struct keys_options o;
	struct err e = { 0 };
	struct ringed r;
	struct keys *k;

	ringed_open(&r);
	o = ringed_options(&r);
	o.pem = pem;
	k = keys_new(&o, &e);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	INTEQ(ringed_check(&r, k, token(&r, NULL, SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	INTEQ(ringed_check(&r, k,
		  token_signed(r.arena, SIGNER_RSA, KEY_RS512, "a", CLAIMS))
		  .verdict,
	    AUTH_DENY);
	CHECK(keys_probe(k, 0, r.arena, &why));
	INTEQ(stub_connections(r.stub), 0);
	keys_free(&k);
	o.pem = curve;
	CHECK(keys_new(&o, &e) == NULL);
	INTEQ(e.kind, ERR_CONFIG);
	free(pem);
	free(curve);
	ringed_close(&r);
}

static void
ages(void)
{
	const char *good, *why = NULL;
	struct auth_answer a;
	struct ringed r;
	struct keys *k;

	ringed_open(&r);
	good = token(&r, "a", SIGNER_RSA);
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	k = ringed_keys(&r);
	for (int i = 0; i < 3; i++)
		INTEQ(ringed_check(&r, k, good).verdict, AUTH_ALLOW);
	INTEQ(stub_requests(r.stub, "/keys"), 1);
	tap_row("%s", "old: one fetch, whoever asks");
	ringed_age(&r, FRESH);
	INTEQ(ringed_check(&r, k, good).verdict, AUTH_ALLOW);
	INTEQ(ringed_check(&r, k, good).verdict, AUTH_ALLOW);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "old, and the provider is away: as before, and told");
	stub_json(r.stub, "/keys", 500, "", "");
	ringed_age(&r, FRESH);
	a = ringed_check(&r, k, good);
	INTEQ(a.verdict, AUTH_ALLOW);
	STREQ(a.trouble, "key set: status 500");
	a = ringed_check(&r, k, good);
	INTEQ(a.verdict, AUTH_ALLOW);
	STREQ(a.trouble, NULL);
	INTEQ(stub_requests(r.stub, "/keys"), 3);
	CHECK(!keys_probe(k, INT64_MAX / 2, r.arena, &why));
	STREQ(why, "the keys could not be fetched lately");
	tap_row("%s", "past its use: could not find out, and when to ask");
	ringed_age(&r, USABLE);
	a = ringed_check(&r, k, good);
	INTEQ(a.verdict, AUTH_UNSURE);
	STREQ(a.why, "key set: status 500");
	CHECK(a.retry_ms > 1000 && a.retry_ms <= 2000);
	a = ringed_check(&r, k, good);
	INTEQ(a.verdict, AUTH_UNSURE);
	CHECK(a.retry_ms > 1000 && a.retry_ms <= 2000);
	INTEQ(stub_requests(r.stub, "/keys"), 4);
	tap_row("%s", "back again");
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	ringed_age(&r, 2000);
	a = ringed_check(&r, k, good);
	INTEQ(a.verdict, AUTH_ALLOW);
	STREQ(a.why, NULL);
	INTEQ(a.retry_ms, 0);
	CHECK(keys_probe(k, INT64_MAX / 2, r.arena, &why));
	keys_free(&k);
	ringed_close(&r);
}

/* A set is replaced as a whole: a key that is gone is gone. */
static void
replaced(void)
{
	struct ringed r;
	struct keys *k, *other;

	ringed_open(&r);
	ringed_serve(&r,
	    token_set(r.arena, "a", SIGNER_RSA, "b", SIGNER_RSA_2));
	k = ringed_keys(&r);
	other = ringed_keys(&r);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	INTEQ(ringed_check(&r, other, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	ringed_age(&r, FRESH);
	ringed_serve(&r, token_set(r.arena, "b", SIGNER_RSA_2, NULL, 0));
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	tap_row("%s", "here, and in the other worker, without a fetch of its");
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_DENY);
	stub_json(r.stub, "/keys", 500, "", "");
	INTEQ(ringed_check(&r, other, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_DENY);
	keys_free(&k);
	keys_free(&other);
	ringed_close(&r);
}

/* Answers that are no set; `why` begins the reason. */
static void
no_sets(void)
{
	static const struct {
		int status;
		const char *body, *why, *secret;
	} t[] = {
		{ 200, "", "", "" },
		{ 200, "{}", "", "" },
		{ 200, "{\"keys\":[]}", "", "" },
		{ 200, "{\"keys\":{}}", "", "" },
		{ 200, "<html>sign in</html>", "", "" },
		{ 200, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "",
		    "" },
		{ 301, "", "key set: status 301", "sk_1" },
		{ 401, "", "key set: status 401", "" },
		{ 403, "", "key set: status 403", "" },
		{ 401, "", "key set: status 401: is our secret key right?",
		    "sk_1" },
		{ 403, "", "key set: status 403: is our secret key right?",
		    "sk_1" },
		{ 404, "{}", "key set: status 404", "sk_1" },
		{ 503, "", "key set: status 503", "sk_1" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct keys_options o;
		struct err e = { 0 };
		struct auth_answer a;
		struct ringed r;
		struct keys *k;

		tap_row("%d %s %s", t[i].status, t[i].secret, t[i].body);
		ringed_open(&r);
		o = ringed_options(&r);
		o.secret = t[i].secret;
		k = keys_new(&o, &e);
		stub_json(r.stub, "/keys", t[i].status, "", t[i].body);
		a = ringed_check(&r, k, token(&r, "a", SIGNER_RSA));
		INTEQ(a.verdict, AUTH_UNSURE);
		CHECK(a.why != NULL && a.why[0] != '\0');
		if (t[i].why[0] != '\0')
			STREQ(a.why, t[i].why);
		CHECK(a.retry_ms > 500 && a.retry_ms <= 1000);
		INTEQ(stub_requests(r.stub, "/keys"), 1);
		keys_free(&k);
		ringed_close(&r);
	}
}

/* With a set at hand, none of these takes it away. */
static void
stays(void)
{
	struct auth_answer a;
	struct ringed r;
	struct keys *k;
	char *two;

	ringed_open(&r);
	k = ringed_keys(&r);
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	two = token_set(r.arena, "a", SIGNER_RSA_2, "a", SIGNER_RSA);
	ringed_serve(&r, two);
	ringed_age(&r, FRESH);
	a = ringed_check(&r, k, token(&r, "a", SIGNER_RSA));
	INTEQ(a.verdict, AUTH_ALLOW);
	CHECK(a.trouble != NULL);
	for (int over = 1; over >= 0; over--) {
		tap_row("%d bytes over the ceiling", over);
		two = arena_printf(r.arena, "%s%*s",
		    token_set(r.arena, "a", SIGNER_RSA_2, NULL, 0),
		    KEYRING_TEXT_MAX, "");
		two[KEYRING_TEXT_MAX + over] = '\0';
		ringed_serve(&r, two);
		ringed_age(&r, FRESH);
		a = ringed_check(&r, k, token(&r, "a", SIGNER_RSA));
		INTEQ(a.verdict, over == 1 ? AUTH_ALLOW : AUTH_DENY);
		CHECK((a.trouble != NULL) == (over == 1));
	}
	keys_free(&k);
	ringed_close(&r);
}

static const struct tap_case cases[] = {
	{ "what is done follows from age and back-off", steps },
	{ "a key of the configuration serves any kid, and asks nobody",
	    from_configuration },
	{ "a set is used, refreshed, missed by its age", ages },
	{ "a set is replaced as a whole, for all workers", replaced },
	{ "an answer that is no set is no answer", no_sets },
	{ "a set stays while no better one comes", stays },
};
TAP_MAIN(cases)
