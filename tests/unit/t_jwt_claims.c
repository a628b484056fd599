/* SPDX-License-Identifier: MIT */
/* auth/jwt: type, times and audience; claims by name and by path. */
#include "tap.h"

#include "auth/jwt.h"
#include "base/arena.h"
#include "conf/conf.h"
#include "unit/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Opens a token of these parts; the caller closes it. */
static struct jwt
token(const char *header, const char *claims)
{
	static struct arena *a;
	char *text = signer_join(signer_input(header, claims),
	    (const unsigned char *)"sig", 3);
	struct jwt t;

	if (a == NULL)
		a = arena_new(1 << 20);
	arena_reset(a);
	STREQ(jwt_open(&t, arena_dup(a, text), strlen(text), a), NULL);
	free(text);
	return t;
}

static const char header[] = "{\"alg\":\"RS256\"}";

static void
types(void)
{
	static const char *const jwt[] = { "JWT", NULL };
	static const char *const oidc[] = { "JWT", "at+jwt",
		"application/at+jwt", NULL };
	static const struct {
		const char *typ;
		bool exact, any_case;
	} t[] = {
		{ "\"JWT\"", true, true }, { "\"jwt\"", false, true },
		{ "\"J\\u0057T\"", true, true }, { "\"Jwt\"", false, true },
		{ "\"at+jwt\"", false, true }, { "\"AT+JWT\"", false, true },
		{ "\"application/at+jwt\"", false, true },
		{ "\"application/jwt\"", false, false },
		{ "\"\"", false, false }, { "\"JWT \"", false, false },
		{ "\"JW\"", false, false }, { "\"JWTX\"", false, false },
		{ "\"logout+jwt\"", false, false }, { "null", false, false },
		{ "1", false, false }, { "[\"JWT\"]", false, false },
		{ "true", false, false }, { "{}", false, false },
	};
	struct jwt j = token(header, "{\"typ\":\"other\"}");

	STREQ(jwt_check_type(&j, jwt, false), NULL);
	jwt_close(&j);
	for (size_t i = 0; i < ROWS(t); i++) {
		char text[100];

		tap_row("%s", t[i].typ);
		snprintf(text, sizeof(text), "{\"alg\":\"RS256\",\"typ\":%s}",
		    t[i].typ);
		j = token(text, "{}");
		INTEQ(jwt_check_type(&j, jwt, false) == NULL, t[i].exact);
		INTEQ(jwt_check_type(&j, oidc, true) == NULL, t[i].any_case);
		jwt_close(&j);
	}
}

/* Now is 1785426082.500; a leeway of five seconds, or of none. */
static const struct {
	const char *claims, *why, *why_exact;
} times[] = {
	{ "\"exp\":1785426142", NULL, NULL },
	{ "\"exp\":1785426083", NULL, NULL },
	{ "\"exp\":1785426082", NULL, "expired" },
	{ "\"exp\":1785426078", NULL, "expired" },
	{ "\"exp\":1785426077", "expired", "expired" },
	{ "\"exp\":0", "expired", "expired" },
	{ "\"exp\":-1785426142", "expired", "expired" },
	{ "\"exp\":1785426078.0", NULL, "expired" },
	{ "\"exp\":1785426077.999", "expired", "expired" },
	{ "\"exp\":1785426083.001", NULL, NULL },
	{ "\"exp\":1.785426142e9", NULL, NULL },
	{ "\"exp\":17854261420E-1", NULL, NULL },
	{ "\"exp\":8640000000000", NULL, NULL },
	{ "\"exp\":8.64e12", NULL, NULL },
	{ "\"exp\":8640000000001", "exp is no time", "exp is no time" },
	{ "\"exp\":8640000000000.5", "exp is no time", "exp is no time" },
	{ "\"exp\":-8640000000001", "exp is no time", "exp is no time" },
	{ "\"exp\":9007199254740993", "exp is no time", "exp is no time" },
	{ "\"exp\":9223372036854775807", "exp is no time", "exp is no time" },
	{ "\"exp\":-9223372036854775808", "exp is no time", "exp is no time" },
	{ "\"exp\":18446744073709551616", "exp is no time", "exp is no time" },
	{ "\"exp\":-18446744073709551616", "exp is no time",
	    "exp is no time" },
	{ "\"exp\":1e400", "exp is no time", "exp is no time" },
	{ "\"exp\":-1e400", "exp is no time", "exp is no time" },
	{ "\"exp\":1e15", "exp is no time", "exp is no time" },
	{ "\"exp\":null", "exp is no time", "exp is no time" },
	{ "\"exp\":\"1785426142\"", "exp is no time", "exp is no time" },
	{ "\"exp\":true", "exp is no time", "exp is no time" },
	{ "\"exp\":[1785426142]", "exp is no time", "exp is no time" },
	{ "\"exp\":{}", "exp is no time", "exp is no time" },
	{ "\"EXP\":1785426142", "exp is missing", "exp is missing" },
	{ "\"nbf\":1,\"iat\":1", "exp is missing", "exp is missing" },
	{ "\"exp\":1785426142,\"nbf\":1785426082", NULL, NULL },
	{ "\"exp\":1785426142,\"nbf\":1785426083", NULL, "not valid yet" },
	{ "\"exp\":1785426142,\"nbf\":1785426087", NULL, "not valid yet" },
	{ "\"exp\":1785426142,\"nbf\":1785426088", "not valid yet",
	    "not valid yet" },
	{ "\"exp\":1785426142,\"nbf\":1785426087.999", NULL, "not valid yet" },
	{ "\"exp\":1785426142,\"nbf\":null", "nbf is no time",
	    "nbf is no time" },
	{ "\"exp\":1785426142,\"nbf\":\"0\"", "nbf is no time",
	    "nbf is no time" },
	{ "\"exp\":1785426142,\"nbf\":1e400", "nbf is no time",
	    "nbf is no time" },
	{ "\"exp\":1785426142,\"nbf\":-1", NULL, NULL },
	{ "\"exp\":1785426142,\"iat\":1785426082", NULL, NULL },
	{ "\"exp\":1785426142,\"iat\":1785426087", NULL,
	    "issued in the future" },
	{ "\"exp\":1785426142,\"iat\":1785426088", "issued in the future",
	    "issued in the future" },
	{ "\"exp\":1785426142,\"iat\":null", "iat is no time",
	    "iat is no time" },
	{ "\"exp\":1785426142,\"iat\":false", "iat is no time",
	    "iat is no time" },
	{ "\"exp\":1785426142,\"iat\":-0.9", NULL, NULL },
};

static void
clock_edges(void)
{
	const int64_t now = INT64_C(1785426082500);

	for (size_t i = 0; i < ROWS(times); i++) {
		char claims[200];
		int64_t exp = -1;
		struct jwt j;

		snprintf(claims, sizeof(claims), "{%s}", times[i].claims);
		tap_row("%s", times[i].claims);
		j = token(header, claims);
		STREQ(jwt_check_times(&j, now, 5000, &exp), times[i].why);
		INTEQ(exp > 0, times[i].why == NULL);
		exp = -1;
		STREQ(jwt_check_times(&j, now, 0, &exp), times[i].why_exact);
		INTEQ(exp > 0, times[i].why_exact == NULL);
		jwt_close(&j);
	}
}

/* The measured edges of the contract: on a whole second, skew 5 s. */
static void
whole_second(void)
{
	static const struct {
		int exp, nbf;
		const char *why;
	} t[] = {
		{ -5, 0, "expired" }, { -4, 0, NULL }, { 60, 5, NULL },
		{ 60, 6, "not valid yet" },
	};
	const int64_t s = 1785426082;

	for (size_t i = 0; i < ROWS(t); i++) {
		char claims[200];
		int64_t exp;
		struct jwt j;

		tap_row("row %zu", i);
		snprintf(claims, sizeof(claims), "{\"exp\":%ld,\"nbf\":%ld}",
		    (long)s + t[i].exp, (long)s + t[i].nbf);
		j = token(header, claims);
		STREQ(jwt_check_times(&j, s * 1000, 5000, &exp), t[i].why);
		if (t[i].why == NULL)
			INTEQ(exp, s + t[i].exp);
		jwt_close(&j);
	}
}

static void
audiences(void)
{
	static const struct conf_list ours = { 2,
		{ "api", "https://api.example" } };
	static const struct {
		const char *aud, *why;
	} t[] = {
		{ "\"api\"", NULL }, { "\"https://api.example\"", NULL },
		{ "[\"api\"]", NULL }, { "[\"x\",\"api\"]", NULL },
		{ "[\"api\",\"x\"]", NULL }, { "\"a\\u0070i\"", NULL },
		{ "\"ap\"", "aud is another" },
		{ "\"apix\"", "aud is another" },
		{ "\"API\"", "aud is another" }, { "\"\"", "aud is another" },
		{ "\"api \"", "aud is another" },
		{ "\"https://api.example/\"", "aud is another" },
		{ "[]", "aud is another" }, { "[\"x\"]", "aud is another" },
		{ "[\"api\",1]", "aud holds something but texts" },
		{ "[null,\"api\"]", "aud holds something but texts" },
		{ "[[\"api\"]]", "aud holds something but texts" },
		{ "null", "aud is no text" }, { "1", "aud is no text" },
		{ "{\"api\":true}", "aud is no text" },
		{ "true", "aud is no text" },
	};
	struct conf_list none = { 0, { NULL } };
	struct jwt j = token(header, "{}");

	STREQ(jwt_check_audience(&j, &ours), "aud is missing");
	jwt_close(&j);
	for (size_t i = 0; i < ROWS(t); i++) {
		char claims[100];

		tap_row("%s", t[i].aud);
		snprintf(claims, sizeof(claims), "{\"aud\":%s}", t[i].aud);
		j = token(header, claims);
		STREQ(jwt_check_audience(&j, &ours), t[i].why);
		CHECK(jwt_check_audience(&j, &none) != NULL);
		jwt_close(&j);
	}
}

static void
by_name_and_path(void)
{
	struct jwt j = token(header,
	    "{\"sub\":\"user_1\",\"n\":1,\"e\":\"\",\"a.b\":\"whole\","
	    "\"a\":{\"b\":\"down\",\"c\":{\"d\":\"deep\"}},\"x\":null,"
	    "\"https://x.example/mail\":\"m\",\"x.y\":7}");

	STREQ(jwt_str(&j, "sub", 6), "user_1");
	STREQ(jwt_str(&j, "sub", 5), NULL);
	STREQ(jwt_str(&j, "n", 9), NULL);
	STREQ(jwt_str(&j, "e", 9), NULL);
	STREQ(jwt_str(&j, "a.c.d", 9), NULL);
	STREQ(jwt_str(&j, "SUB", 9), NULL);
	STREQ(jwt_str(&j, "a.b", 9), "whole");
	STREQ(jwt_claim(&j, "a.b").str, "whole");
	STREQ(jwt_claim(&j, "a.c.d").str, "deep");
	STREQ(jwt_claim(&j, "https://x.example/mail").str, "m");
	INTEQ(jwt_claim(&j, "x.y").num, 7);
	INTEQ(jwt_claim(&j, "x").kind, JS_NULL);
	INTEQ(jwt_claim(&j, "x.z").kind, JS_ABSENT);
	INTEQ(jwt_claim(&j, "a.b.c").kind, JS_ABSENT);
	INTEQ(jwt_claim(&j, "").kind, JS_ABSENT);
	INTEQ(jwt_claim(&j, ".").kind, JS_ABSENT);
	INTEQ(jwt_claim(&j, "a..b").kind, JS_ABSENT);
	jwt_close(&j);
}

static const struct tap_case cases[] = {
	{ "typ is absent or one of those that are expected", types },
	{ "times that are huge, fractional or no numbers", clock_edges },
	{ "the leeway to the second", whole_second },
	{ "one audience of the token is one of ours, and all are texts",
	    audiences },
	{ "claims by name are texts; paths prefer the whole name",
	    by_name_and_path },
};
TAP_MAIN(cases)
