/* SPDX-License-Identifier: MIT */
/* auth/jwks: which keys of a set are usable, and which sets. */
#include "tap.h"

#include "auth/jwks.h"
#include "auth/jwt.h"
#include "unit/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALL = (1 << KEY_ALGS) - 1, RS = KEY_BIT(KEY_RS256) };

/* From an exact copy.  NULL and *e where the set is refused. */
static struct jwks *
parse(const char *text, size_t n, unsigned algs, struct err *e)
{
	char *exact = malloc(n + (n == 0));
	struct jwks *set;

	memcpy(exact, text, n);
	*e = (struct err){ .kind = ERR_NONE };
	set = jwks_parse(exact, n, algs, e);
	free(exact);
	return set;
}

/* {"keys":[ ... ]}: `format` with every $N replaced by members of key N. */
static char *
set_of(const char *format)
{
	char *text = malloc(JWKS_TEXT_MAX * 2), *out = text;

	out += sprintf(out, "{\"keys\":[");
	for (const char *p = format; *p != '\0'; p++) {
		if (*p == '$') {
			char *jwk = signer_jwk((enum signer_key)(*++p - '0'));

			out += sprintf(out, "%s", jwk);
			free(jwk);
		} else {
			*out++ = *p;
		}
	}
	sprintf(out, "]}");
	return text;
}

/* How many keys of the set are usable; -1 and *e when it is refused. */
static int
count(const char *format, unsigned algs, struct err *e)
{
	char *text = set_of(format);
	struct jwks *set = parse(text, strlen(text), algs, e);
	int n = set == NULL ? -1 : jwks_count(set);

	INTEQ(set == NULL, e->kind != ERR_NONE);
	jwks_free(&set);
	free(text);
	return n;
}

/* Beside a good key of another kid, so that the set is never without. */
static void
usable(void)
{
	static const struct {
		const char *jwk;
		bool good;
	} t[] = {
		{ "{$0}", true }, { "{$2}", true }, { "{$4}", true },
		{ "{$5}", true }, { "{$6}", true },
		{ "{$0,\"use\":\"sig\"}", true },
		{ "{$0,\"use\":\"enc\"}", false },
		{ "{$0,\"use\":\"\"}", false },
		{ "{$0,\"use\":null}", false },
		{ "{$0,\"use\":[\"sig\"]}", false },
		{ "{$0,\"use\":\"SIG\"}", false },
		{ "{$0,\"key_ops\":[\"verify\"]}", true },
		{ "{$0,\"key_ops\":[\"sign\",\"verify\"]}", true },
		{ "{$0,\"key_ops\":[\"sign\"]}", false },
		{ "{$0,\"key_ops\":[\"encrypt\",\"wrapKey\"]}", false },
		{ "{$0,\"key_ops\":[]}", false },
		{ "{$0,\"key_ops\":\"verify\"}", false },
		{ "{$0,\"key_ops\":null}", false },
		{ "{$0,\"key_ops\":[null,[\"verify\"]]}", false },
		{ "{$0,\"use\":\"enc\",\"key_ops\":[\"verify\"]}", false },
		{ "{$0,\"alg\":\"RS256\"}", true },
		{ "{$0,\"alg\":\"PS512\"}", true },
		{ "{$0,\"alg\":\"ES256\"}", false },
		{ "{$0,\"alg\":\"HS256\"}", false },
		{ "{$0,\"alg\":\"RSA-OAEP\"}", false },
		{ "{$0,\"alg\":\"none\"}", false },
		{ "{$0,\"alg\":\"\"}", false },
		{ "{$0,\"alg\":null}", false },
		{ "{$0,\"alg\":[\"RS256\"]}", false },
		{ "{$0,\"alg\":256}", false },
		{ "{$2,\"alg\":\"ES256\"}", true },
		{ "{$2,\"alg\":\"ES384\"}", false },
		{ "{$2,\"alg\":\"RS256\"}", false },
		{ "{$2,\"alg\":\"ES521\"}", false },
		{ "{$6,\"alg\":\"EdDSA\"}", true },
		{ "{$6,\"alg\":\"Ed25519\"}", false },
		{ "{$0,\"kid\":\"a\"}", true }, { "{$0,\"kid\":\"\"}", false },
		{ "{$0,\"kid\":null}", false }, { "{$0,\"kid\":1}", false },
		{ "{$0,\"d\":\"AQAB\"}", false }, { "{$0,\"d\":null}", false },
		{ "{$0,\"p\":\"\"}", false }, { "{$0,\"q\":1}", false },
		{ "{$0,\"dp\":\"\"}", false }, { "{$0,\"dq\":\"\"}", false },
		{ "{$0,\"qi\":\"\"}", false }, { "{$0,\"oth\":[]}", false },
		{ "{$0,\"k\":\"AAAA\"}", false },
		{ "{$6,\"d\":\"AAAA\"}", false },
		{ "{$0,\"x5c\":[\"AAAA\"],\"x5u\":\"https://x/\"}", true },
		{ "{$0,\"other\":{\"d\":1}}", true },
		{ "{\"kty\":\"oct\",\"k\":\"AAAA\"}", false },
		{ "{\"kty\":\"RSA\",\"x5c\":[\"AAAA\"]}", false },
		{ "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", false },
		{ "{\"kty\":\"RSA\",\"e\":\"AQAB\"}", false },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\"}", false },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\",\"y\":\"\"}",
		    false },
		{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", false },
		{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
		    false },
		{ "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAAAAAAAAAAAAAA"
		  "AAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", false },
		{ "{\"kty\":\"rsa\"}", false }, { "{\"kty\":null}", false },
		{ "{}", false }, { "null", false }, { "[]", false },
		{ "\"RSA\"", false }, { "1", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char format[300];
		struct err e;

		tap_row("%s", t[i].jwk);
		snprintf(format, sizeof(format), "{$1,\"kid\":\"good\"},%s",
		    t[i].jwk);
		INTEQ(count(format, ALL, &e), t[i].good ? 2 : 1);
		INTEQ(count(t[i].jwk, ALL, &e), t[i].good ? 1 : -1);
		if (!t[i].good)
			STREQ(e.text, "key set: no key is usable");
	}
}

/* What is not asked for is not there. */
static void
configured(void)
{
	static const struct {
		const char *keys;
		unsigned algs;
		int n;
	} t[] = {
		{ "{$0},{$2},{$6}", ALL, 3 }, { "{$0},{$2},{$6}", RS, 1 },
		{ "{$2},{$6}", RS, -1 },
		{ "{$0,\"alg\":\"RS512\"}", RS, -1 },
		{ "{$0,\"alg\":\"PS256\"}", RS, -1 },
		{ "{$0,\"alg\":\"RS256\"}", RS, 1 }, { "{$0}", 0, -1 },
		{ "{$0}", KEY_BIT(KEY_NO_ALG), -1 },
		{ "{$0,\"alg\":\"none\"}", ALL, -1 },
		{ "{$4},{$5}", KEY_BIT(KEY_ES384), 1 },
		{ "{$0,\"kid\":\"a\"},{$2,\"kid\":\"a\"}", RS, 1 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e;

		tap_row("%s for 0x%x", t[i].keys, t[i].algs);
		INTEQ(count(t[i].keys, t[i].algs, &e), t[i].n);
	}
}

static void
same_kid(void)
{
	static const struct {
		const char *keys;
		int n;
	} t[] = {
		{ "{$0,\"kid\":\"a\"},{$0,\"kid\":\"a\"}", 1 },
		{ "{$0,\"kid\":\"a\"},{$1,\"kid\":\"a\"}", -1 },
		{ "{$0,\"kid\":\"a\"},{$2,\"kid\":\"a\"}", -1 },
		{ "{$0,\"kid\":\"a\"},{$1,\"kid\":\"\\u0061\"}", -1 },
		{ "{$0,\"kid\":\"a\"},{$1,\"kid\":\"A\"}", 2 },
		{ "{$0,\"kid\":\"a\"},{$1,\"kid\":\"ab\"}", 2 },
		{ "{$0},{$1}", 2 }, { "{$0},{$0}", 1 }, { "{$0},{$2}", 2 },
		{ "{$0,\"kid\":\"a\"},{$0,\"kid\":\"b\"}", 2 },
		/* one key under two algorithms; the unusable is not there */
		{ "{$0,\"kid\":\"a\",\"alg\":\"RS256\"},"
		  "{$0,\"kid\":\"a\",\"alg\":\"PS256\"}", 2 },
		{ "{$0,\"kid\":\"a\"},{$1,\"kid\":\"a\",\"use\":\"enc\"}", 1 },
		{ "{$0,\"kid\":\"a\",\"alg\":\"RS256\"},"
		  "{$1,\"kid\":\"a\",\"alg\":\"PS256\"}", -1 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e;

		tap_row("%s", t[i].keys);
		INTEQ(count(t[i].keys, ALL, &e), t[i].n);
		if (t[i].n == -1)
			STREQ(e.text, "key set: two keys have the same kid");
	}
}

static void
sets(void)
{
	static const struct {
		const char *text, *problem;
	} t[] = {
		{ "", "key set: byte 1: expected a value" },
		{ "<html>", "key set: byte 1: expected a value" },
		{ "[]", "key set: must be a JSON object" },
		{ "{}", "key set: \"keys\" is no array" },
		{ "{\"keys\":{}}", "key set: \"keys\" is no array" },
		{ "{\"keys\":null}", "key set: \"keys\" is no array" },
		{ "{\"keys\":[]}", "key set: no key is usable" },
		{ "{\"keys\":[],\"keys\":[]}",
		    "key set: a member name appears twice" },
		{ "{\"keys\":[{\"kty\":\"RSA\",\"kty\":\"EC\"}]}",
		    "key set: a member name appears twice" },
		{ "{\"keys\":[]} x",
		    "key set: byte 13: unexpected text after the value" },
		{ "\xef\xbb\xbf{\"keys\":[]}",
		    "key set: byte 1: expected a value" },
		{ "{\"keys\":[{\"kid\":\"\xff\"}]}",
		    "key set: byte 18: not UTF-8" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e;

		tap_row("%s", t[i].text);
		CHECK(parse(t[i].text, strlen(t[i].text), ALL, &e) == NULL);
		INTEQ(e.kind, ERR_DOWN);
		STREQ(e.text, t[i].problem);
	}
}

static void
ceilings(void)
{
	static char format[JWKS_TEXT_MAX + 100];
	struct err e;
	char *text;
	struct jwks *set;
	size_t n = 0;

	for (int i = 0; i < JWKS_KEYS_MAX; i++)
		n += (size_t)sprintf(format + n, "%s{$6,\"kid\":\"%d\"}",
		    i == 0 ? "" : ",", i);
	INTEQ(count(format, ALL, &e), JWKS_KEYS_MAX);
	sprintf(format + n, ",{}");
	INTEQ(count(format, ALL, &e), -1);
	STREQ(e.text, "key set: over 64 keys");
	text = set_of("{$0}");
	n = strlen(text);
	memset(format, ' ', sizeof(format));
	memcpy(format, text, n);
	set = parse(format, JWKS_TEXT_MAX, ALL, &e);
	CHECK(set != NULL);
	jwks_free(&set);
	CHECK(parse(format, JWKS_TEXT_MAX + 1, ALL, &e) == NULL);
	STREQ(e.text, "key set: over 65536 bytes");
	INTEQ(e.kind, ERR_DOWN);
	free(text);
}

static const struct tap_case cases[] = {
	{ "a key is usable for verifying, public, and of a kind of ours",
	    usable },
	{ "keys for algorithms that are not configured are passed over",
	    configured },
	{ "two different keys of one kid spoil the set", same_kid },
	{ "a set is one strict JSON object with an array of keys", sets },
	{ "text and keys have their ceilings", ceilings },
};
TAP_MAIN(cases)
