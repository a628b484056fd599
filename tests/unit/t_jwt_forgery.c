/* SPDX-License-Identifier: MIT */
/* auth/jwt, auth/jwks, io/key together: tokens nobody of ours has signed. */
#include "tap.h"

#include "auth/jwks.h"
#include "auth/jwt.h"
#include "base/arena.h"
#include "unit/signer.h"

#include <openssl/crypto.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAIMS "{\"sub\":\"user_1\",\"exp\":1785426142}"
static const int64_t now = INT64_C(1785426082000);
static const char forged[] = "the signature is not of that key";

/* The first key of each kind, by the kids "0" to "6"; RSA_2 is a stranger. */
static struct jwks *
our_keys(bool with_kids)
{
	static char text[8192];
	size_t n = (size_t)sprintf(text, "{\"keys\":[");
	struct err e = { .kind = ERR_NONE };
	struct jwks *set;

	for (int i = 0; i < SIGNER_KEYS; i++) {
		char *jwk = signer_jwk((enum signer_key)i);
		char kid[32] = "";

		if (with_kids)
			snprintf(kid, sizeof(kid), ",\"kid\":\"%d\"", i);
		if (i != SIGNER_RSA_2 && i != SIGNER_P256_2)
			n += (size_t)sprintf(text + n, "%s{%s%s}",
			    i == 0 ? "" : ",", jwk, kid);
		free(jwk);
	}
	n += (size_t)sprintf(text + n, "]}");
	set = jwks_parse(text, n, (1 << KEY_ALGS) - 1, &e);
	STREQ(e.text, "");
	return set;
}

/* NULL: let in.  Ends the token's memory. */
static const char *
judge(const struct jwks *set, char *token)
{
	struct arena *a = arena_new(1 << 16);
	struct jwt t;
	struct key *k;
	int64_t exp;
	const char *why = jwt_open(&t, token, strlen(token), a);

	if (why == NULL)
		why = jwks_why(jwks_find(set, &t, &k));
	if (why == NULL)
		why = jwt_check_signature(&t, k);
	if (why == NULL)
		why = jwt_check_times(&t, now, 5000, &exp);
	jwt_close(&t);
	arena_free(&a);
	free(token);
	return why;
}

static char *
header_for(enum key_alg alg, int kid)
{
	static char text[64];

	if (kid == -1)
		snprintf(text, sizeof(text), "{\"alg\":\"%s\"}",
		    key_alg_name(alg));
	else
		snprintf(text, sizeof(text), "{\"alg\":\"%s\",\"kid\":\"%d\"}",
		    key_alg_name(alg), kid);
	return text;
}

static void
genuine(void)
{
	struct jwks *set = our_keys(true), *bare = our_keys(false);

	for (int i = KEY_RS256; i < KEY_ALGS; i++) {
		enum key_alg alg = (enum key_alg)i;
		enum signer_key k = signer_for(alg);

		tap_row("%s", key_alg_name(alg));
		STREQ(judge(set, signer_token(k, alg,
				     header_for(alg, (int)k), CLAIMS)), NULL);
		STREQ(judge(set, signer_token(k, alg, header_for(alg, -1),
				     CLAIMS)), NULL);
		STREQ(judge(bare, signer_token(k, alg, header_for(alg, -1),
				      CLAIMS)), NULL);
		STREQ(judge(bare, signer_token(k, alg, header_for(alg, 0),
				      CLAIMS)), "no key of that kid");
	}
	jwks_free(&set);
	jwks_free(&bare);
}

/* Signed by one algorithm, called another, for the key of either. */
static void
confused(void)
{
	struct jwks *set = our_keys(true);

	for (int i = KEY_RS256; i < KEY_ALGS; i++)
		for (int said = KEY_RS256; said < KEY_ALGS; said++) {
			enum key_alg made = (enum key_alg)i;
			enum key_alg alg = (enum key_alg)said;
			enum signer_key k = signer_for(made);

			if (made == alg)
				continue;
			tap_row("%s called %s", key_alg_name(made),
			    key_alg_name(alg));
			CHECK(judge(set, signer_token(k, made,
					     header_for(alg, (int)k),
					     CLAIMS)) != NULL);
			CHECK(judge(set, signer_token(k, made,
					     header_for(alg, -1),
					     CLAIMS)) != NULL);
		}
	jwks_free(&set);
}

/* What is public is a secret nobody keeps. */
static void
public_as_secret(void)
{
	static const char *const algs[] = { "HS256", "HS384", "RS256", "PS256",
		"ES256", "EdDSA", "none" };
	struct jwks *set = our_keys(true);
	char *pem = signer_pem(SIGNER_RSA), *jwk = signer_jwk(SIGNER_RSA);
	unsigned char *der;
	size_t der_len = signer_spki(SIGNER_RSA, &der);
	const struct {
		const void *data;
		size_t n;
	} secrets[] = {
		{ pem, strlen(pem) }, { pem, strlen(pem) - 1 },
		{ der, der_len }, { jwk, strlen(jwk) }, { "", 0 },
		{ der + der_len - 261, 256 }, /* the modulus */
	};

	for (size_t i = 0; i < ROWS(secrets) * ROWS(algs); i++) {
		const char *alg = algs[i % ROWS(algs)];
		size_t s = i / ROWS(algs), n;
		unsigned char sig[SIGNER_SIG_MAX] = { 0 };
		char header[64], *input;

		snprintf(header, sizeof(header),
		    "{\"alg\":\"%s\",\"kid\":\"%d\"}", alg, SIGNER_RSA);
		tap_row("%s by secret %zu", alg, s);
		input = signer_input(header, CLAIMS);
		n = signer_hmac(secrets[s].data, secrets[s].n, input,
		    strlen(input), sig);
		CHECK(judge(set, signer_join(strdup(input), sig, n)) != NULL);
		/* as long as a signature of that key would be */
		CHECK(judge(set, signer_join(input, sig, 256)) != NULL);
	}
	free(pem);
	free(jwk);
	OPENSSL_free(der);
	jwks_free(&set);
}

/* The stranger's token says whose key to use, or where to find one. */
static void
brings_its_key(void)
{
	static const struct {
		const char *before, *after;
		bool jwk;
	} more[] = {
		{ "", "", false },
		{ ",\"jwk\":{", "}", true },
		{ ",\"jwk\":{", ",\"kid\":\"0\"}", true },
		{ ",\"jku\":\"https://evil.example/keys\"", "", false },
		{ ",\"x5u\":\"https://evil.example/cert\"", "", false },
		{ ",\"x5c\":[\"MIIB\"]", ",\"x5t\":\"AAAA\"", false },
		{ ",\"jwk\":{", "},\"jku\":\"file:///etc/passwd\"", true },
	};
	struct jwks *set = our_keys(true);
	char *jwk = signer_jwk(SIGNER_RSA_2);

	for (size_t i = 0; i < ROWS(more); i++) {
		char part[700], header[800];

		tap_row("%s%s", more[i].before, more[i].after);
		snprintf(part, sizeof(part), "%s%s%s", more[i].before,
		    more[i].jwk ? jwk : "", more[i].after);
		snprintf(header, sizeof(header),
		    "{\"alg\":\"RS256\",\"kid\":\"0\"%s}", part);
		STREQ(judge(set, signer_token(SIGNER_RSA_2, KEY_RS256, header,
				     CLAIMS)), forged);
		/* and it does not spoil a genuine one */
		STREQ(judge(set, signer_token(SIGNER_RSA, KEY_RS256, header,
				     CLAIMS)), NULL);
		snprintf(header, sizeof(header),
		    "{\"alg\":\"RS256\",\"kid\":\"1\"%s}", part);
		STREQ(judge(set, signer_token(SIGNER_RSA_2, KEY_RS256, header,
				     CLAIMS)), "no key of that kid");
	}
	free(jwk);
	jwks_free(&set);
}

/* Parts of two genuine tokens of one key do not make a third. */
static void
pieced_together(void)
{
	struct jwks *set = our_keys(true);
	char *one = signer_token(SIGNER_RSA, KEY_RS256,
	    "{\"alg\":\"RS256\",\"kid\":\"0\"}", CLAIMS);
	char *two = signer_token(SIGNER_RSA, KEY_RS256,
	    "{\"kid\":\"0\",\"alg\":\"RS256\"}",
	    "{\"sub\":\"user_2\",\"exp\":1785426142}");
	const char *parts[2][3];
	size_t lens[2][3];

	for (int i = 0; i < 2; i++) {
		const char *at = i == 0 ? one : two;

		for (int k = 0; k < 3; k++) {
			parts[i][k] = at;
			lens[i][k] = strcspn(at, ".");
			at += lens[i][k] + 1;
		}
	}
	for (int i = 0; i < 8; i++) {
		char *mixed;

		tap_row("mixture %d", i);
		if (asprintf(&mixed, "%.*s.%.*s.%s", (int)lens[i & 1][0],
			parts[i & 1][0], (int)lens[i >> 1 & 1][1],
			parts[i >> 1 & 1][1], parts[i >> 2][2]) == -1)
			abort();
		STREQ(judge(set, mixed), i == 0 || i == 7 ? NULL : forged);
	}
	free(one);
	free(two);
	jwks_free(&set);
}

/* Each character of a genuine token, changed: no two texts pass for one. */
static void
one_text(void)
{
	struct jwks *set = our_keys(true);
	char *token = signer_token(SIGNER_P256, KEY_ES256,
	    "{\"alg\":\"ES256\",\"kid\":\"2\"}", CLAIMS);
	size_t n = strlen(token);

	STREQ(judge(set, strdup(token)), NULL);
	for (size_t i = 0; i < n; i += n - i > 8 ? 3 : 1) {
		char *other = strdup(token);

		tap_row("character %zu", i);
		other[i] = other[i] == 'A' ? 'B' : 'A';
		CHECK(judge(set, other) != NULL);
	}
	for (size_t i = 0; i < n; i++) {
		tap_row("cut to %zu", i);
		CHECK(judge(set, strndup(token, i)) != NULL);
	}
	free(token);
	jwks_free(&set);
}

static const struct tap_case cases[] = {
	{ "what we sign is let in, by every algorithm", genuine },
	{ "algorithm confusion, in every direction", confused },
	{ "a public key is no HMAC secret, in whatever form",
	    public_as_secret },
	{ "a token does not bring the key it is judged by", brings_its_key },
	{ "parts of genuine tokens do not make another", pieced_together },
	{ "a genuine token is genuine in one text only", one_text },
};
TAP_MAIN(cases)
