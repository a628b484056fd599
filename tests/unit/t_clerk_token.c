/* SPDX-License-Identifier: MIT */
/* auth/clerk_token: each check on a session token, one member at a time. */
#include "tap.h"

#include "auth/clerk_token.h"
#include "base/arena.h"
#include "unit/token.h"

#include <string.h>

enum { NOW_S = 1800000000 };

#define NOW_MS (NOW_S * INT64_C(1000))
#define ISSUER "https://clerk.example.com"
#define LONG_64                                                                \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ab"

static const struct token_member header[] = {
	{ "alg", "\"RS256\"" },
	{ "cat", "\"cl_B7d4PD111AAA\"" },
	{ "kid", "\"ins_2g7n\"" },
	{ "typ", "\"JWT\"" },
	{ NULL, NULL },
};
static const struct token_member claims[] = {
	{ "azp", "\"https://app.example.com\"" },
	{ "exp", "1800000060" },
	{ "iat", "1800000000" },
	{ "iss", "\"" ISSUER "\"" },
	{ "nbf", "1799999990" },
	{ "sid", "\"sess_2g7n\"" },
	{ "sub", "\"user_2g7np7Hrk0SN6kj5EDMLDaKNL0S\"" },
	{ NULL, NULL },
};
static const struct conf_list issuers = { 2, { "https://x.y", ISSUER } };
static const struct conf_list parties = { 2,
	{ "https://app.example.com", "https://b.example.com" } };
static const struct conf_list audience = { 1, { "api" } };
static const struct conf_list none;
static const struct clerk_rules strict = { &issuers, &parties, &none, false,
	false, 5000, "" };

struct row {
	const char *name, *json; /* the member, NULL: left out */
	const char *why;         /* NULL: fine */
};

/* Each row's member in the header, or among the claims. */
static void
try_headers(const struct row *t, size_t n, bool in_claims,
    const struct clerk_rules *rules)
{
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < n; i++) {
		const char *name = t[i].name, *json = t[i].json;
		struct jwt jwt;

		tap_row("%s = %s", name, json == NULL ? "(absent)" : json);
		token_open(&jwt, a,
		    token_object(a, header, in_claims ? NULL : name, json),
		    token_object(a, claims, in_claims ? name : NULL, json));
		STREQ(clerk_check_header(&jwt, rules), t[i].why);
		jwt_close(&jwt);
		arena_reset(a);
	}
	arena_free(&a);
}

#define CAT "not a session token: cat"
#define ISS "its issuer is not configured"

static void
headers(void)
{
	static const struct row t[] = {
		{ "cat", NULL, NULL },
		{ "cat", "\"cl_B7d4PD111AAA\"", NULL },
		{ "cat", "\"cl_I7d4PD111III\"", NULL },
		{ "cat", "\"cl_B7d4PD222AAA\"", CAT },
		{ "cat", "\"cl_B7d4PD333AAA\"", CAT },
		{ "cat", "\"cl_b7d4pd111aaa\"", CAT },
		{ "cat", "\"cl_B7d4PD111AAA \"", CAT },
		{ "cat", "\"\"", CAT },
		{ "cat", "null", CAT },
		{ "cat", "1", CAT },
		{ "cat", "[\"cl_B7d4PD111AAA\"]", CAT },
		{ "typ", NULL, NULL },
		{ "typ", "\"jwt\"", "header: typ is another" },
		{ "typ", "\"at+jwt\"", "header: typ is another" },
		{ "typ", "null", "header: typ is another" },
		{ "alg", "\"RS384\"", "alg is not RS256" },
		{ "alg", "\"PS256\"", "alg is not RS256" },
		{ "alg", "\"ES256\"", "alg is not RS256" },
		{ "alg", "\"EdDSA\"", "alg is not RS256" },
		{ "kid", NULL, "no key id" },
		{ "oiat", "1", NULL },
		{ "jku", "\"https://evil.example/keys\"", NULL },
	};
	static const struct row iss[] = {
		{ "iss", NULL, ISS },
		{ "iss", "\"https://x.y\"", NULL },
		{ "iss", "\"https://clerk.example.com/\"", ISS },
		{ "iss", "\"https://CLERK.example.com\"", ISS },
		{ "iss", "\"https://clerk.example.co\"", ISS },
		{ "iss", "\"http://clerk.example.com\"", ISS },
		{ "iss", "\"\"", ISS },
		{ "iss", "null", ISS },
		{ "iss", "[\"" ISSUER "\"]", ISS },
	};
	static const struct row any[] = { { "kid", NULL, NULL } };
	struct clerk_rules rules = strict;

	try_headers(t, ROWS(t), false, &strict);
	try_headers(iss, ROWS(iss), true, &strict);
	rules.any_kid = true;
	try_headers(any, ROWS(any), false, &rules);
}

static void
try_claims(const struct row *t, size_t n, const struct clerk_rules *rules,
    bool in_header)
{
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < n; i++) {
		int64_t exp_s = -1;
		struct jwt jwt;

		tap_row("%s = %s%s", t[i].name,
		    t[i].json == NULL ? "(absent)" : t[i].json,
		    in_header ? "" : ", in a cookie");
		token_open(&jwt, a, "{\"alg\":\"RS256\"}",
		    token_object(a, claims, t[i].name, t[i].json));
		STREQ(clerk_check_claims(&jwt, rules, in_header, NOW_MS,
			  &exp_s),
		    t[i].why);
		if (t[i].why == NULL && strcmp(t[i].name, "exp") != 0)
			INTEQ(exp_s, NOW_S + 60);
		jwt_close(&jwt);
		arena_reset(a);
	}
	arena_free(&a);
}

#define SUB "sub is not a user's id"
#define SID "sid is not a session's id"
#define STS "the session is not active: sts"

static void
subjects(void)
{
	static const struct row t[] = {
		{ "sub", "\"user_a\"", NULL },
		{ "sub", "\"user_" LONG_64 "\"", NULL },
		{ "sub", "\"user_" LONG_64 "c\"", SUB },
		{ "sub", "\"user_\"", SUB },
		{ "sub", NULL, SUB },
		{ "sub", "null", SUB },
		{ "sub", "7", SUB },
		{ "sub", "\"\"", SUB },
		{ "sub", "\"User_a\"", SUB },
		{ "sub", "\" user_a\"", SUB },
		{ "sub", "\"user_a \"", SUB },
		{ "sub", "\"user_a\\n\"", SUB },
		{ "sub", "\"user_a/../user_b\"", SUB },
		{ "sub", "\"user_a?b\"", SUB },
		{ "sub", "\"user_\\u00e9\"", SUB },
		{ "sub", "\"mch_2g7n\"", SUB },
		{ "sub", "[\"user_a\"]", SUB },
		{ "sid", "\"sess_" LONG_64 "\"", NULL },
		{ "sid", "\"sess_" LONG_64 "c\"", SID },
		{ "sid", "\"sess_\"", SID },
		{ "sid", NULL, SID },
		{ "sid", "null", SID },
		{ "sid", "\"user_2g7n\"", SID },
		{ "sid", "\"sess_a-b\"", SID },
		{ "sts", "\"active\"", NULL },
		{ "sts", "\"pending\"", STS },
		{ "sts", "\"Active\"", STS },
		{ "sts", "\"\"", STS },
		{ "sts", "null", STS },
		{ "sts", "true", STS },
		{ "aud", "\"whoever\"", NULL },
		{ "aud", "7", NULL },
	};

	try_claims(t, ROWS(t), &strict, true);
}

static void
audiences(void)
{
	static const struct row t[] = {
		{ "aud", "\"api\"", NULL },
		{ "aud", "[\"x\",\"api\"]", NULL },
		{ "aud", NULL, "aud is missing" },
		{ "aud", "\"API\"", "aud is another" },
		{ "aud", "\"\"", "aud is another" },
		{ "aud", "[]", "aud is another" },
	};
	struct clerk_rules rules = strict;

	rules.audience = &audience;
	try_claims(t, ROWS(t), &rules, true);
	try_claims(t, ROWS(t), &rules, false);
}

#define NO_AZP "no azp"
#define AZP "azp is not an authorized party"

static void
authorized(void)
{
	static const struct row both[] = {
		{ "azp", "\"https://b.example.com\"", NULL },
		{ "azp", "\"https://b.example.com/\"", AZP },
		{ "azp", "\"https://B.example.com\"", AZP },
		{ "azp", "\"https://b.example.com:443\"", AZP },
		{ "azp", "\"https://x.b.example.com\"", AZP },
		{ "azp", "\"*\"", AZP },
		{ "azp", "\"\"", NO_AZP },
		{ "azp", "null", NO_AZP },
		{ "azp", "[\"https://b.example.com\"]", NO_AZP },
	};
	static const struct row gone[] = { { "azp", NULL, NO_AZP } };
	static const struct row native[] = { { "azp", NULL, NULL } };
	static const struct row open[] = { { "azp", NULL, NULL },
		{ "azp", "\"https://evil.example\"", NULL },
		{ "azp", "7", NULL } };
	struct clerk_rules rules = strict;

	for (int at_all = 0; at_all < 2; at_all++) {
		rules.native_apps = at_all == 1;
		try_claims(both, ROWS(both), &rules, true);
		try_claims(both, ROWS(both), &rules, false);
		try_claims(gone, 1, &rules, false);
	}
	try_claims(gone, 1, &strict, true);
	try_claims(native, 1, &rules, true);
	rules.parties = &none;
	try_claims(open, ROWS(open), &rules, false);
}

/* The edges are jwt's; here that skew and clock arrive there. */
static void
times(void)
{
	static const struct row t[] = {
		{ "exp", "1799999996", NULL },
		{ "exp", "1799999995", "expired" },
		{ "exp", NULL, "exp is missing" },
		{ "nbf", "1800000005", NULL },
		{ "nbf", "1800000006", "not valid yet" },
		{ "iat", "1800000005", NULL },
		{ "iat", "1800000006", "issued in the future" },
		{ "iat", NULL, NULL },
	};
	static const struct row exact[] = {
		{ "exp", "1800000001", NULL },
		{ "exp", "1800000000", "expired" },
		{ "nbf", "1800000001", "not valid yet" },
	};
	struct clerk_rules rules = strict;

	try_claims(t, ROWS(t), &strict, true);
	rules.skew_ms = 0;
	try_claims(exact, ROWS(exact), &rules, true);
}

static const struct tap_case cases[] = {
	{ "cat, typ, alg, issuer and key id are those of a session token",
	    headers },
	{ "subject, session and status are Clerk's, to the byte", subjects },
	{ "an audience counts when one is configured", audiences },
	{ "azp is an authorized party; a header of a native app may lack it",
	    authorized },
	{ "times are judged with the configured skew", times },
};
TAP_MAIN(cases)
