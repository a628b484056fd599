/* SPDX-License-Identifier: MIT */
/* auth/jwks: which key a token is judged by, and when a set has changed. */
#include "tap.h"

#include "auth/jwks.h"
#include "auth/jwt.h"
#include "unit/signer.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALL = (1 << KEY_ALGS) - 1, RS = KEY_BIT(KEY_RS256) };

/* Key N of the signer under each kid, "" for none; alg may be "". */
struct row {
	enum signer_key key;
	const char *kid, *alg;
};

static struct jwks *
set_of(const struct row *rows, int n, unsigned algs)
{
	static char text[JWKS_TEXT_MAX];
	struct err e = { .kind = ERR_NONE };
	struct jwks *set;
	size_t len = (size_t)sprintf(text, "{\"keys\":[");

	for (int i = 0; i < n; i++) {
		char *jwk = signer_jwk(rows[i].key);

		len += (size_t)sprintf(text + len, "%s{%s", i == 0 ? "" : ",",
		    jwk);
		if (*rows[i].kid != '\0')
			len += (size_t)sprintf(text + len, ",\"kid\":\"%s\"",
			    rows[i].kid);
		if (*rows[i].alg != '\0')
			len += (size_t)sprintf(text + len, ",\"alg\":\"%s\"",
			    rows[i].alg);
		len += (size_t)sprintf(text + len, "}");
		free(jwk);
	}
	len += (size_t)sprintf(text + len, "]}");
	set = jwks_parse(text, len, algs, &e);
	STREQ(e.text, "");
	return set;
}

/* The answer to a token of this alg and kid (NULL: none). */
static enum jwks_answer
find(const struct jwks *set, enum key_alg alg, const char *kid)
{
	struct jwt t = { .alg = alg,
		.kid = kid,
		.kid_len = kid == NULL ? 0 : strlen(kid) };
	struct key *k = (struct key *)"";
	enum jwks_answer answer = jwks_find(set, &t, &k);

	INTEQ(k != NULL, answer == JWKS_FOUND);
	INTEQ(jwks_why(answer) == NULL, answer == JWKS_FOUND);
	if (k != NULL)
		CHECK(key_fits(k, alg));
	return answer;
}

static void
by_kid(void)
{
	static const struct row rows[] = {
		{ SIGNER_RSA, "rsa", "" }, { SIGNER_RSA_2, "rsa2", "RS256" },
		{ SIGNER_P256, "ec", "ES256" }, { SIGNER_ED25519, "ed", "" },
		{ SIGNER_RSA, "both", "RS256" },
		{ SIGNER_RSA, "both", "PS256" },
		{ SIGNER_P384, "", "" },
	};
	static const struct {
		const char *kid;
		enum key_alg alg;
		enum jwks_answer want;
	} t[] = {
		{ "rsa", KEY_RS256, JWKS_FOUND },
		{ "rsa", KEY_RS512, JWKS_FOUND },
		{ "rsa", KEY_PS384, JWKS_FOUND },
		{ "rsa", KEY_ES256, JWKS_UNFIT },
		{ "rsa", KEY_EDDSA, JWKS_UNFIT },
		{ "rsa2", KEY_RS256, JWKS_FOUND },
		{ "rsa2", KEY_RS384, JWKS_UNFIT },
		{ "rsa2", KEY_PS256, JWKS_UNFIT },
		{ "ec", KEY_ES256, JWKS_FOUND },
		{ "ec", KEY_ES384, JWKS_UNFIT },
		{ "ec", KEY_RS256, JWKS_UNFIT },
		{ "ed", KEY_EDDSA, JWKS_FOUND },
		{ "ed", KEY_RS256, JWKS_UNFIT },
		{ "both", KEY_RS256, JWKS_FOUND },
		{ "both", KEY_PS256, JWKS_FOUND },
		{ "both", KEY_RS512, JWKS_UNFIT },
		{ "RSA", KEY_RS256, JWKS_UNKNOWN_KID },
		{ "rs", KEY_RS256, JWKS_UNKNOWN_KID },
		{ "rsa ", KEY_RS256, JWKS_UNKNOWN_KID },
		{ "rsa22", KEY_RS256, JWKS_UNKNOWN_KID },
		{ "rsa", KEY_NO_ALG, JWKS_UNFIT },
	};
	struct jwks *set = set_of(rows, ROWS(rows), ALL);

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s by %s", t[i].kid, key_alg_name(t[i].alg));
		INTEQ(find(set, t[i].alg, t[i].kid), t[i].want);
	}
	/* nobody asked for the one that has no kid */
	INTEQ(find(set, KEY_ES384, "x"), JWKS_UNKNOWN_KID);
	INTEQ(find(set, KEY_ES384, NULL), JWKS_FOUND);
	jwks_free(&set);
}

static void
without_kid(void)
{
	static const struct row rows[] = {
		{ SIGNER_RSA, "a", "RS256" }, { SIGNER_RSA_2, "b", "PS256" },
		{ SIGNER_P256, "c", "" }, { SIGNER_P256_2, "d", "" },
		{ SIGNER_ED25519, "", "" },
	};
	static const struct {
		enum key_alg alg;
		enum jwks_answer want;
	} t[] = {
		{ KEY_RS256, JWKS_FOUND }, { KEY_PS256, JWKS_FOUND },
		{ KEY_RS512, JWKS_NO_KID }, { KEY_ES256, JWKS_NO_KID },
		{ KEY_ES384, JWKS_NO_KID }, { KEY_EDDSA, JWKS_FOUND },
	};
	struct jwks *set = set_of(rows, ROWS(rows), ALL);

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", key_alg_name(t[i].alg));
		INTEQ(find(set, t[i].alg, NULL), t[i].want);
	}
	jwks_free(&set);
}

/* The key fits, the JWK is silent: still only what is configured. */
static void
configured(void)
{
	static const struct row rows[] = { { SIGNER_RSA, "a", "" } };
	struct jwks *set = set_of(rows, 1, RS);

	for (int alg = KEY_NO_ALG; alg < KEY_ALGS; alg++) {
		bool fine = alg == KEY_RS256;

		tap_row("%s", key_alg_name((enum key_alg)alg));
		INTEQ(find(set, (enum key_alg)alg, "a"),
		    fine ? JWKS_FOUND : JWKS_UNFIT);
		INTEQ(find(set, (enum key_alg)alg, NULL),
		    fine ? JWKS_FOUND : JWKS_NO_KID);
	}
	jwks_free(&set);
}

static void
single_key(void)
{
	struct err e = { .kind = ERR_NONE };
	struct key *k = signer_public(SIGNER_RSA);
	struct jwks *set = jwks_of_key(&k, RS, &e);

	CHECK(k == NULL);
	INTEQ(jwks_count(set), 1);
	INTEQ(find(set, KEY_RS256, "any"), JWKS_FOUND);
	INTEQ(find(set, KEY_RS256, NULL), JWKS_FOUND);
	INTEQ(find(set, KEY_RS512, "any"), JWKS_UNFIT);
	INTEQ(find(set, KEY_ES256, NULL), JWKS_UNFIT);
	jwks_free(&set);
	CHECK(set == NULL);
	jwks_free(&set);
	k = signer_public(SIGNER_P256);
	CHECK(jwks_of_key(&k, RS, &e) == NULL);
	CHECK(k == NULL);
	INTEQ(e.kind, ERR_CONFIG);
	STREQ(e.text, "the key is of a kind that no accepted algorithm uses");
}

static const struct tap_case cases[] = {
	{ "a key is found by its whole kid, and serves its own alg", by_kid },
	{ "without a kid one key has to be the only one that fits",
	    without_kid },
	{ "a key that names no alg serves those that are configured",
	    configured },
	{ "a key from the configuration serves any kid", single_key },
};
TAP_MAIN(cases)
