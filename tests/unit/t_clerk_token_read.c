/* SPDX-License-Identifier: MIT */
/* auth/clerk_token: who a token that passed is, and how new it is. */
#include "tap.h"

#include "auth/clerk_token.h"
#include "base/arena.h"
#include "unit/token.h"

#include <string.h>

#define BASE "\"sub\":\"user_1\",\"sid\":\"sess_1\""

static const struct conf_list none;
static struct arena *arena;

/* The reason for claims of a good subject and these; "" for none. */
static const char *
read_claims(const char *more, const char *email_claim, struct auth_ident *who)
{
	const struct clerk_rules rules = { &none, &none, &none, false, false, 0,
		email_claim };
	const char *why;
	struct jwt t;

	*who = (struct auth_ident){ 0 };
	token_open(&t, arena, "{\"alg\":\"RS256\"}",
	    arena_printf(arena, "{" BASE "%s%s}", more[0] == '\0' ? "" : ",",
		more));
	why = clerk_read(&t, &rules, arena, who);
	jwt_close(&t); /* nothing of the identity is the document's */
	return why == NULL ? "" : why;
}

static void
plain(void)
{
	struct auth_ident who;

	arena = arena_new(1 << 20);
	STREQ(read_claims("", "", &who), "");
	STREQ(who.subject, "user_1");
	STREQ(who.session, "sess_1");
	STREQ(who.email, "");
	STREQ(who.aal, "aal1");
	CHECK(!who.email_verified && who.name == NULL && who.actor == NULL);
	CHECK(who.org == NULL && who.roles.n == 0);
	tap_row("%s", "version 2");
	STREQ(read_claims("\"v\":2,\"fva\":[7,3],\"fea\":\"o:a\",\"o\":{"
			  "\"id\":\"org_1\",\"rol\":\"admin\"}",
		  "", &who),
	    "");
	STREQ(who.aal, "aal2");
	STREQ(who.org, "org_1");
	STREQ(who.roles.item[0], "org:admin");
	arena_free(&arena);
}

/* Minutes before iat; what cannot be is a time that is not known. */
static void
factors(void)
{
	static const struct {
		const char *fva, *iat;
		int64_t first, second;
	} t[] = {
		{ "[7,3]", "1800000000", 1799999580, 1799999820 },
		{ "[0,0]", "1800000000", 1800000000, 1800000000 },
		{ "[7,-1]", "1800000000", 1799999580, 0 },
		{ "[-1,7]", "1800000000", 0, 1799999580 },
		{ "[-1,-1]", "1800000000", 0, 0 },
		{ "[7,-2]", "1800000000", 0, 0 },
		{ "[-2,7]", "1800000000", 0, 0 },
		{ "[7,\"3\"]", "1800000000", 0, 0 },
		{ "[7.0,3]", "1800000000", 0, 0 },
		{ "null", "1800000000", 0, 0 },
		{ "[7,30000000]", "1800000000", 1799999580, 0 },
		{ "[7,30000001]", "1800000000", 1799999580, 0 },
		{ "[9223372036854775807,9223372036854775807]", "1800000000", 0,
		    0 },
		{ "[7,3]", "1800000000.9", 1799999580, 1799999820 },
		{ "[7,3]", "\"1800000000\"", 0, 0 },
		{ "[7,3]", "-1800000000", 0, 0 },
		{ "[7,3]", "null", 0, 0 },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_ident who;

		tap_row("fva = %s, iat = %s", t[i].fva, t[i].iat);
		STREQ(read_claims(arena_printf(arena, "\"fva\":%s,\"iat\":%s",
				      t[i].fva, t[i].iat),
			  "", &who),
		    "");
		INTEQ(who.first_factor_s, t[i].first);
		INTEQ(who.second_factor_s, t[i].second);
	}
	arena_free(&arena);
}

static void
assurance(void)
{
	static const struct {
		const char *fva, *aal;
	} t[] = {
		{ "[7,-1]", "aal1" },
		{ "[7,0]", "aal2" },
		{ "[-1,0]", "aal2" },
		{ "[0,99999]", "aal2" },
		{ "[-2,0]", "aal1" },
		{ "[7,-2]", "aal1" },
		{ "[7]", "aal1" },
		{ "[]", "aal1" },
		{ "[7,0,0]", "aal1" },
		{ "[7,0.0]", "aal1" },
		{ "[7.5,0]", "aal1" },
		{ "[\"7\",\"0\"]", "aal1" },
		{ "[null,0]", "aal1" },
		{ "[7,true]", "aal1" },
		{ "[7,99999999999999999999]", "aal1" },
		{ "{\"0\":7,\"1\":0}", "aal1" },
		{ "\"7,0\"", "aal1" },
		{ "null", "aal1" },
		{ "0", "aal1" },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_ident who;

		tap_row("fva = %s", t[i].fva);
		STREQ(read_claims(arena_printf(arena, "\"fva\":%s", t[i].fva),
			  "", &who),
		    "");
		STREQ(who.aal, t[i].aal);
	}
	arena_free(&arena);
}

#define BAD "act is malformed"

static void
actors(void)
{
	static const struct {
		const char *act, *why, *actor;
	} t[] = {
		{ "{\"iss\":\"https://dashboard.clerk.com\",\"sid\":"
		  "\"sess_9\",\"sub\":\"user_9\"}",
		    "", "user_9" },
		{ "{\"sub\":\"user_9\"}", "", "user_9" },
		{ "{}", BAD, NULL },
		{ "null", BAD, NULL },
		{ "false", BAD, NULL },
		{ "\"user_9\"", BAD, NULL },
		{ "[\"user_9\"]", BAD, NULL },
		{ "{\"sub\":\"\"}", BAD, NULL },
		{ "{\"sub\":null}", BAD, NULL },
		{ "{\"sub\":9}", BAD, NULL },
		{ "{\"sub\":{\"sub\":\"user_9\"}}", BAD, NULL },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_ident who;

		tap_row("act = %s", t[i].act);
		STREQ(read_claims(arena_printf(arena, "\"act\":%s", t[i].act),
			  "", &who),
		    t[i].why);
		STREQ(who.actor, t[i].actor);
	}
	arena_free(&arena);
}

static void
emails(void)
{
	static const struct {
		const char *claim, *more, *email;
		bool verified;
	} t[] = {
		{ "", "\"email\":\"a@b.c\"", "", false },
		{ "email", "\"email\":\"a@b.c\"", "a@b.c", false },
		{ "email", "\"email\":\"a@b.c\",\"email_verified\":true",
		    "a@b.c", true },
		{ "email", "\"email\":\"a@b.c\",\"email_verified\":\"true\"",
		    "a@b.c", false },
		{ "email", "\"mail\":\"a@b.c\"", "", false },
		{ "email", "\"email\":null", "", false },
		{ "email", "\"email\":[\"a@b.c\"]", "", false },
		{ "email", "\"email\":7", "", false },
		{ "u.mail", "\"u\":{\"mail\":\"a@b.c\"}", "a@b.c", false },
		{ "u.mail", "\"u.mail\":\"d@e.f\",\"u\":{\"mail\":\"a@b.c\"}",
		    "d@e.f", false },
		{ "https://x.y/mail", "\"https://x.y/mail\":\"a@b.c\"", "a@b.c",
		    false },
	};
	char longest[400];

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_ident who;

		tap_row("%s of %s", t[i].claim, t[i].more);
		STREQ(read_claims(t[i].more, t[i].claim, &who), "");
		STREQ(who.email, t[i].email);
		INTEQ(who.email_verified, t[i].verified);
	}
	for (size_t n = 320; n <= 321; n++) {
		struct auth_ident who;

		tap_row("%zu bytes", n);
		memset(longest, 'a', n);
		longest[n] = '\0';
		read_claims(arena_printf(arena, "\"email\":\"%s\"", longest),
		    "email", &who);
		INTEQ(strlen(who.email), n == 320 ? 320 : 0);
	}
	arena_free(&arena);
}

static void
no_memory(void)
{
	bool failed = false, passed = false;

	for (size_t size = 512; size < 4096; size += 16) {
		const struct clerk_rules rules = { &none, &none, &none, false,
			false, 0, "email" };
		struct arena *small = arena_new(size);
		struct auth_ident who = { 0 };
		const char *why;
		struct jwt t;

		arena = arena_new(1 << 16);
		token_open(&t, arena, "{\"alg\":\"RS256\"}",
		    "{" BASE ",\"email\":\"ada@example.org\",\"act\":{"
		    "\"sub\":\"user_9\"},\"org_id\":\"org_1\",\"org_role\":"
		    "\"org:admin\",\"org_slug\":\"acme\"}");
		why = clerk_read(&t, &rules, small, &who);
		failed |= why == jwt_no_memory;
		passed |= why == NULL;
		CHECK(why == NULL || why == jwt_no_memory);
		jwt_close(&t);
		arena_free(&arena);
		arena_free(&small);
	}
	CHECK(failed && passed);
}

#define OLD "older than the client's latest change"

static void
clients(void)
{
	static const struct {
		const char *iat, *why;
	} t[] = {
		{ "\"iat\":1800000000", NULL },
		{ "\"iat\":1800000001", NULL },
		{ "\"iat\":1800000000.9", NULL },
		{ "\"iat\":18e8", NULL },
		{ "\"iat\":1799999999", OLD },
		{ "\"iat\":1799999999.9", OLD },
		{ "\"iat\":-1", OLD },
		{ "\"iat\":-1e400", OLD },
		{ "\"x\":1", "no iat" },
		{ "\"iat\":null", "no iat" },
		{ "\"iat\":\"1800000001\"", "no iat" },
		{ "\"iat\":99999999999999999999", "no iat" },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct jwt jwt;

		tap_row("%s", t[i].iat);
		token_open(&jwt, arena, "{\"alg\":\"RS256\"}",
		    arena_printf(arena, "{%s}", t[i].iat));
		STREQ(clerk_check_client(&jwt, 1800000000), t[i].why);
		jwt_close(&jwt);
	}
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "a token names subject and session, and no more unless it does",
	    plain },
	{ "two whole minutes with a second factor are aal2, all else aal1",
	    assurance },
	{ "factors are as old as the token says, or it is not known", factors },
	{ "an actor is named, and one that cannot be is a refusal", actors },
	{ "an email comes from the configured claim alone", emails },
	{ "without memory it is neither yes nor no", no_memory },
	{ "a cookie's token is not older than its client's change", clients },
};
TAP_MAIN(cases)
