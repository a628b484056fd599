/* SPDX-License-Identifier: MIT */
/* auth/jwt: the form of a token and the rules for every header. */
#include "tap.h"

#include "auth/jwt.h"
#include "base/arena.h"
#include "unit/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From an exact copy of the text; the reason, "" for none. */
static const char *
open_token(const char *text, size_t n)
{
	struct arena *a = arena_new(1 << 16);
	char *exact = malloc(n + (n == 0));
	struct jwt t;
	const char *why;

	memcpy(exact, text, n);
	why = jwt_open(&t, exact, n, a);
	CHECK(why == NULL || (t.header == NULL && t.claims == NULL));
	if (why == NULL) {
		CHECK(t.text == exact && t.signed_len < n);
		CHECK(t.header != NULL && t.claims != NULL);
		CHECK(t.alg != KEY_NO_ALG && t.sig_len > 0);
	}
	jwt_close(&t);
	CHECK(t.header == NULL && t.claims == NULL);
	jwt_close(&t);
	arena_free(&a);
	free(exact);
	return why == NULL ? "" : why;
}

/* The reason for a token of these two parts, and some signature. */
static const char *
open_parts(const char *header, const char *claims)
{
	char *text = signer_join(signer_input(header, claims),
	    (const unsigned char *)"sig", 3);
	const char *why = open_token(text, strlen(text));

	free(text);
	return why;
}

#define HEADER(members) "{\"alg\":\"RS256\"" members "}"

#define B64 "not base64url"

static void
form(void)
{
	/* {"alg":"RS256"} and {} */
	static const char h[] = "eyJhbGciOiJSUzI1NiJ9", c[] = "e30";
	static const struct {
		const char *text, *why;
	} t[] = {
		{ "H.C.AAAA", "" }, { "H.C.AA", "" },
		{ "", "not three parts" }, { ".", "an empty part" },
		{ "H", "not three parts" }, { "H.C", "not three parts" },
		{ "..", "an empty part" }, { "H.C.", "an empty part" },
		{ "H..AAAA", "claims: no JSON object" },
		{ ".C.AAAA", "an empty part" },
		{ "H.C.AAAA.", "not three parts" },
		{ "H.C.AAAA.AAAA", "not three parts" },
		{ "H.AAAA.AAAA.AAAA.AAAA", "not three parts" }, /* JWE */
		{ "{\"payload\":\"C\",\"signatures\":[{\"protected\":\"H\","
		  "\"signature\":\"AAAA\"}]}", "not three parts" },
		{ "{\"protected\":\"H.\",\"payload\":\"C.\"}", B64 },
		{ "H=.C.AAAA", B64 }, { "H.C=.AAAA", B64 },
		{ "H.C.AA==", B64 }, { "H.C.AAA=", B64 },
		{ "H.C.AAAB", "" }, { "H.C.AB", B64 },
		{ "H.C.AAB", B64 }, { "H.C.A", B64 },
		{ "H.C.AAAAA", B64 }, { "H.e31.AAAA", B64 },
		{ "H.C.AA+A", B64 }, { "H.C.AA/A", B64 },
		{ "H.C.AA-A", "" }, { "H.C.AA_A", "" },
		{ "H.C.AAAA\n", B64 }, { "\nH.C.AAAA", B64 },
		{ " H.C.AAAA", B64 }, { "H.C .AAAA", B64 },
		{ "H.C.AA\r\nAA", B64 }, { "H.C.AAA%41", B64 },
		{ "\"H.C.AAAA\"", B64 }, { "H.C.AAAA,", B64 },
		{ "H.C.AAAA H.C.AAAA", "not three parts" },
		{ "H.C.\xc3\xa9" "AA", B64 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[300] = "";
		size_t n = 0;

		for (const char *p = t[i].text; *p != '\0'; p++) {
			const char *part = *p == 'H' ? h : *p == 'C' ? c : NULL;

			if (part == NULL)
				text[n++] = *p;
			for (; part != NULL && *part != '\0'; part++)
				text[n++] = *part;
		}
		tap_row("%s", t[i].text);
		STREQ(open_token(text, n), t[i].why);
	}
	STREQ(open_token("eyJhbGciOiJSUzI1NiJ9.e30.AAAA\0", 30),
	    B64);
	STREQ(open_token("eyJhbGciOiJSUzI1NiJ9.e30.AA\0A", 29),
	    B64);
}

static void
looks(void)
{
	CHECK(jwt_has_form("a.b.c", 5));
	CHECK(jwt_has_form("..", 2));
	CHECK(!jwt_has_form("a.b.c", 3));
	CHECK(!jwt_has_form("ory_st_x", 8));
	CHECK(!jwt_has_form("a.b.c.d.e", 9));
	CHECK(!jwt_has_form("", 0));
}

static void
json(void)
{
	static const char *const bad[] = { "", " ", "[]", "null", "\"x\"", "1",
		"{", "{}}", "{} {}", "{}x", "{\"a\":1,}", "{'a':1}", "{a:1}",
		"{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":01}", "{\"a\":1.}",
		"{\"a\":+1}", "{\"a\":0x1}", "\xef\xbb\xbf{}", "{\"a\":\"\t\"}",
		"{\"a\":\"\n\"}", "{\"a\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}",
		"{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\u0000\"}", "{\"\\u0000\":1}", "{\"a\":1,\"a\":1}",
		"{\"a\":1,\"\\u0061\":1}", "{\"a\":{\"b\":1,\"b\":2}}",
		"/**/{}", "{}//", "{\"a\":tru}" };
	static const char *const good[] = { "{}", " {} ", "\r\n{\t}\n",
		"{\"a\":{\"a\":{\"a\":1}}}", "{\"\\u00e9\":\"\\ud83d\\ude00\"}",
		"{\"a\":1e400}", "{\"\":null}" };

	for (size_t i = 0; i < ROWS(bad); i++) {
		tap_row("%s", bad[i]);
		STREQ(open_parts(HEADER(""), bad[i]), "claims: no JSON object");
		if (*bad[i] != '\0')
			STREQ(open_parts(bad[i], "{}"),
			    "header: no JSON object");
	}
	for (size_t i = 0; i < ROWS(good); i++) {
		tap_row("%s", good[i]);
		STREQ(open_parts(HEADER(""), good[i]), "");
	}
	/* a member twice is one too many, in the header as well */
	STREQ(open_parts("{\"alg\":\"RS256\",\"alg\":\"RS256\"}", "{}"),
	    "header: no JSON object");
	STREQ(open_parts("{\"alg\":\"HS256\",\"al\\u0067\":\"RS256\"}", "{}"),
	    "header: no JSON object");
}

#define ALG "header: alg is none of ours"
#define KID "header: kid is not a text of 1 to 128 bytes"

static void
header_rules(void)
{
	static const struct {
		const char *header, *why;
	} t[] = {
		{ HEADER(""), "" }, { "{\"alg\":\"EdDSA\"}", "" },
		{ "{\"alg\":\"none\"}", ALG }, { "{\"alg\":\"None\"}", ALG },
		{ "{\"alg\":\"nOnE\"}", ALG }, { "{\"alg\":\"NONE\"}", ALG },
		{ "{\"alg\":\"\"}", ALG }, { "{}", ALG },
		{ "{\"alg\":null}", ALG }, { "{\"alg\":256}", ALG },
		{ "{\"alg\":true}", ALG }, { "{\"alg\":[\"RS256\"]}", ALG },
		{ "{\"alg\":{\"RS256\":1}}", ALG },
		{ "{\"alg\":\"HS256\"}", ALG }, { "{\"alg\":\"HS512\"}", ALG },
		{ "{\"alg\":\"rs256\"}", ALG }, { "{\"alg\":\" RS256\"}", ALG },
		{ "{\"alg\":\"RS256 \"}", ALG }, { "{\"Alg\":\"RS256\"}", ALG },
		{ "{\"alg\":\"RS256\\u0000\"}", "header: no JSON object" },
		{ "{\"alg\":\"RS\\u0032\\u0035\\u0036\"}", "" },
		{ "{\"alg\":\"RSA1_5\",\"enc\":\"A128CBC-HS256\"}", ALG },
		{ HEADER(",\"crit\":[\"exp\"]"), "header: crit" },
		{ HEADER(",\"crit\":[]"), "header: crit" },
		{ HEADER(",\"crit\":null"), "header: crit" },
		{ HEADER(",\"crit\":\"b64\""), "header: crit" },
		{ HEADER(",\"cri\\u0074\":false"), "header: crit" },
		{ HEADER(",\"b64\":false"), "header: b64" },
		{ HEADER(",\"b64\":true"), "header: b64" },
		{ HEADER(",\"b64\":null"), "header: b64" },
		{ HEADER(",\"b64\":false,\"crit\":[\"b64\"]"), "header: crit" },
		{ HEADER(",\"kid\":\"k\""), "" },
		{ HEADER(",\"kid\":\"\""), KID },
		{ HEADER(",\"kid\":null"), KID }, { HEADER(",\"kid\":7"), KID },
		{ HEADER(",\"kid\":[\"k\"]"), KID },
		{ HEADER(",\"kid\":{\"k\":1}"), KID },
		{ HEADER(",\"kid\":\"../../etc/passwd\""), "" },
		{ HEADER(",\"kid\":\"k\\u0000\""), "header: no JSON object" },
		/* never looked at */
		{ HEADER(",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}"), "" },
		{ HEADER(",\"jku\":\"https://evil.example/\",\"x5u\":7"), "" },
		{ HEADER(",\"x5c\":[\"AAAA\"],\"x5t\":\"\",\"oiat\":1"), "" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].header);
		STREQ(open_parts(t[i].header, "{}"), t[i].why);
	}
}

static void
ceilings(void)
{
	static const struct {
		size_t kid, other, whole;
		const char *why;
	} t[] = {
		{ 128, 0, 0, "" }, { 129, 0, 0, KID },
		{ 1, 2048 - 32, 0, "" },
		{ 1, 2049 - 32, 0, "header: too long" },
		{ 1, 0, 8192, "" }, { 1, 0, 8193, "too long" },
		{ 1, 0, 100000, "too long" },
	};
	static char x[100001];

	memset(x, 'x', sizeof(x) - 1);
	for (size_t i = 0; i < ROWS(t); i++) {
		char header[3000], *text;
		unsigned char sig[3] = { 0 };
		size_t n;

		/* 32 bytes beside the two fillings, of which one is 'kid' */
		snprintf(header, sizeof(header),
		    "{\"alg\":\"RS256\",\"kid\":\"%.*s\",\"x\":\"%.*s\"}",
		    (int)t[i].kid, x, (int)t[i].other, x);
		text = signer_join(signer_input(header, "{}"), sig, 3);
		n = strlen(text);
		if (t[i].whole > 0) {
			text = realloc(text, t[i].whole + 1);
			memset(text + n, 'A', t[i].whole - n);
			n = t[i].whole;
		}
		tap_row("row %zu", i);
		STREQ(open_token(text, n), t[i].why);
		free(text);
	}
}

static void
no_memory(void)
{
	struct arena *a = arena_new(32);
	struct jwt t;
	const char *text = "eyJhbGciOiJSUzI1NiJ9.e30.AAAA";

	CHECK(jwt_open(&t, text, strlen(text), a) == jwt_no_memory);
	jwt_close(&t);
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "three parts of strict base64url, no other form of JWS or JWE",
	    form },
	{ "two dots make the form of a JWT", looks },
	{ "header and claims are strict JSON objects", json },
	{ "alg is one of ours, crit and b64 are none, kid is a short text",
	    header_rules },
	{ "token, header and kid have their ceilings", ceilings },
	{ "without memory there is no verdict on a token", no_memory },
};
TAP_MAIN(cases)
