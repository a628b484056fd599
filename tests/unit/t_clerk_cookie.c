/* SPDX-License-Identifier: MIT */
/* auth/clerk_cookie: names, pairs, and the seven rules as a truth table. */
#include "tap.h"

#include "auth/clerk_cookie.h"
#include "auth/cred.h"
#include "base/arena.h"
#include "base/buf.h"
#include "unit/token.h"

#include <string.h>

enum { NOW_S = 1800000000 };

#define ISSUER "https://clerk.clerk.dev"
#define TAIL "Y2xlcmsuY2xlcmsuZGV2JA"

static const struct conf_list issuers = { 1, { ISSUER } };

/* What a session cookie may hold. */
enum what { NONE, OLD, NEW, DATED, OTHERS, UNSIGNED, JUNK, EMPTY, WHATS };

static const char *const claims[WHATS] = {
	[OLD] = "{\"iss\":\"" ISSUER "\",\"iat\":1000,\"exp\":1800000060}",
	[NEW] = "{\"iss\":\"" ISSUER "\",\"iat\":2000,\"exp\":1800000060}",
	[DATED] = "{\"iss\":\"" ISSUER "\",\"iat\":1000,\"exp\":1800000000}",
	[OTHERS] = "{\"iss\":\"https://x.y\",\"iat\":2000,"
		   "\"exp\":1800000060}",
	[UNSIGNED] = "{\"iat\":2000,\"exp\":1800000060}",
};

static struct arena *arena;

static const char *
session(enum what what)
{
	if (what == NONE || what == EMPTY)
		return what == NONE ? NULL : "";
	if (what == JUNK)
		return "junk";
	return token_signed(arena, SIGNER_P256, KEY_ES256, "k", claims[what]);
}

static struct cred
cookie(const char *pairs)
{
	return (struct cred){
		.kind = CRED_COOKIE, .value = pairs, .len = strlen(pairs)
	};
}

/* "name=value; " behind the others; NULL: none. */
static void
add(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_str(b, b->len > 0 ? "; " : "");
	buf_str(b, name);
	buf_char(b, '=');
	buf_str(b, value);
}

static void
names(void)
{
	static const struct {
		const char *key, *session, *uat;
	} t[] = {
		{ "pk_live_" TAIL, "__session_1Z8AzTQD",
		    "__client_uat_1Z8AzTQD" },
		{ "pk_test_" TAIL, "__session_QvfNY2dr",
		    "__client_uat_QvfNY2dr" },
	};
	struct clerk_cookies c;

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].key);
		clerk_cookies_init(&c, t[i].key, &issuers);
		INTEQ(c.names.n, 4);
		STREQ(c.names.item[0], "__session");
		STREQ(c.names.item[1], "__client_uat");
		STREQ(c.names.item[2], t[i].session);
		STREQ(c.names.item[3], t[i].uat);
		INTEQ(c.development, i == 1);
	}
	clerk_cookies_init(&c, "", &issuers);
	INTEQ(c.names.n, 2);
	CHECK(!c.suffixed && !c.development);
}

enum want { PLAIN, OWN, ANON, DENIED };

struct rule {
	enum what session;
	const char *uat;
	enum what own_session;
	const char *own_uat;
	enum want live, test; /* what a key of either kind makes of it */
};

static void
try_rule(const struct rule *r, const char *key, enum want want)
{
	struct clerk_cookies c;
	struct clerk_chosen chosen;
	const char *plain = session(r->session);
	const char *own = session(r->own_session);
	enum clerk_choice got;
	struct cred cred;
	struct buf b;

	clerk_cookies_init(&c, key, &issuers);
	buf_init(&b, arena, 8192);
	add(&b, c.names.item[0], plain);
	add(&b, c.names.item[1], r->uat);
	if (c.suffixed) {
		add(&b, c.names.item[2], own);
		add(&b, c.names.item[3], r->own_uat);
	}
	cred = cookie(buf_text(&b) == NULL ? "" : b.data);
	got = clerk_cookies_choose(&c, &cred, NOW_S * INT64_C(1000), arena,
	    &chosen);
	INTEQ(got, want == ANON     ? CLERK_NO_SESSION
		   : want == DENIED ? CLERK_REFUSED
				    : CLERK_TOKEN);
	CHECK((chosen.why != NULL) == (got != CLERK_TOKEN));
	if (got == CLERK_TOKEN)
		STREQ(chosen.token, want == PLAIN ? plain : own);
}

static void
rules(void)
{
	static const struct rule t[] = {
		/* 1: a plain session that nobody can read */
		{ JUNK, "7", OLD, "7", PLAIN, PLAIN },
		{ UNSIGNED, "7", OLD, "7", PLAIN, PLAIN },
		{ JUNK, "0", OLD, "7", DENIED, DENIED },
		{ EMPTY, "7", OLD, "7", OWN, OWN },
		/* 2: another instance's */
		{ OTHERS, "7", OLD, "7", OWN, OWN },
		{ OTHERS, "7", OLD, "0", DENIED, DENIED },
		{ OTHERS, "7", OLD, NULL, DENIED, DENIED },
		{ OTHERS, "7", NONE, NULL, ANON, ANON },
		{ OTHERS, "7", NONE, "7", ANON, ANON },
		/* 3: nothing with a suffix */
		{ OLD, "7", NONE, NULL, PLAIN, PLAIN },
		{ OLD, "7", EMPTY, "", PLAIN, PLAIN },
		{ OLD, NULL, NONE, NULL, DENIED, DENIED },
		{ NONE, "7", NONE, NULL, ANON, ANON },
		/* 4: both signed in, the plain one is newer */
		{ NEW, "7", OLD, "7", PLAIN, PLAIN },
		{ OLD, "7", OLD, "7", OWN, OWN },
		{ OLD, "7", NEW, "7", OWN, OWN },
		{ OLD, "7", NONE, "7", PLAIN, PLAIN },
		{ OLD, "7", JUNK, "7", PLAIN, PLAIN },
		{ NEW, NULL, OLD, "7", DENIED, DENIED },
		{ NEW, "0", OLD, "7", OWN, OWN },
		/* 5: signed out with suffix, in without */
		{ OLD, "7", NEW, "0", PLAIN, PLAIN },
		{ NONE, "7", NEW, "0", ANON, ANON },
		{ OLD, NULL, NEW, "0", DENIED, DENIED },
		/* both signed out */
		{ NEW, "0", OLD, "0", DENIED, DENIED },
		{ NONE, "0", NONE, "0", ANON, ANON },
		/* 6: signed in with suffix, out without */
		{ NONE, "0", OLD, "7", OWN, OWN },
		{ NONE, "0", DATED, "7", OWN, ANON },
		{ NEW, "0", DATED, "7", OWN, DENIED },
		{ NONE, "0", NONE, "7", ANON, ANON },
		{ NEW, "0", NONE, "7", ANON, ANON },
		{ NONE, "7", DATED, "7", OWN, OWN },
		/* 7: a session with suffix, no uat with it */
		{ OLD, "7", OLD, NULL, PLAIN, PLAIN },
		{ NONE, "7", OLD, NULL, ANON, ANON },
		{ NONE, NULL, OLD, NULL, ANON, ANON },
		/* else */
		{ NONE, NULL, OLD, "7", OWN, OWN },
		{ NONE, NULL, OLD, "0", ANON, ANON },
		{ NONE, NULL, NONE, "7", ANON, ANON },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		arena = arena_new(1 << 20);
		tap_row("row %zu, pk_live", i);
		try_rule(&t[i], "pk_live_" TAIL, t[i].live);
		tap_row("row %zu, pk_test", i);
		try_rule(&t[i], "pk_test_" TAIL, t[i].test);
		arena_free(&arena);
	}
}

/* Without a publishable key there are no names with a suffix. */
static void
unsuffixed(void)
{
	static const struct rule t[] = {
		{ OTHERS, "7", NONE, NULL, PLAIN, PLAIN },
		{ OLD, "7", NONE, NULL, PLAIN, PLAIN },
		{ OLD, "0", NONE, NULL, DENIED, DENIED },
		{ NONE, "7", NONE, NULL, ANON, ANON },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		arena = arena_new(1 << 20);
		tap_row("row %zu", i);
		try_rule(&t[i], "", t[i].live);
		arena_free(&arena);
	}
}

static void
pairs(void)
{
	static const struct {
		const char *pairs;
		enum clerk_choice want;
		const char *token;
		int64_t uat;
	} t[] = {
		{ "__session=a; __client_uat=1", CLERK_TOKEN, "a", 1 },
		{ "__client_uat=1; __session=a", CLERK_TOKEN, "a", 1 },
		{ "__session=a%2eb; __client_uat=%31", CLERK_TOKEN, "a.b", 1 },
		{ "__session=a%252e; __client_uat=1", CLERK_TOKEN, "a%2e", 1 },
		{ "__session=a; __client_uat=1; __session=a", CLERK_TOKEN, "a",
		    1 },
		{ "__session=a; __client_uat=1; __session=%61", CLERK_TOKEN,
		    "a", 1 },
		{ "__session=a=b; __client_uat=1", CLERK_TOKEN, "a=b", 1 },
		{ "__session=a; __client_uat=999999999999", CLERK_TOKEN, "a",
		    999999999999 },
		{ "__session=a; __session=b; __client_uat=1", CLERK_REFUSED,
		    NULL, 0 },
		{ "__session=; __session=b; __client_uat=1", CLERK_REFUSED,
		    NULL, 0 },
		{ "__session=a; __client_uat=1; __client_uat=2", CLERK_REFUSED,
		    NULL, 0 },
		{ "__session=a%; __client_uat=1", CLERK_REFUSED, NULL, 0 },
		{ "__session=a%2; __client_uat=1", CLERK_REFUSED, NULL, 0 },
		{ "__session=a%zz; __client_uat=1", CLERK_REFUSED, NULL, 0 },
		{ "__session=a%00; __client_uat=1", CLERK_REFUSED, NULL, 0 },
		{ "__session=a%0d%0ab; __client_uat=1", CLERK_REFUSED, NULL,
		    0 },
		{ "__session=a; __client_uat=00", CLERK_REFUSED, NULL, 0 },
		{ "__session=a; __client_uat=1000000000000", CLERK_REFUSED,
		    NULL, 0 },
		{ "__session=a; __client_uat=-1", CLERK_REFUSED, NULL, 0 },
		{ "__session=a; __client_uat=+1", CLERK_REFUSED, NULL, 0 },
		{ "__session=a; __client_uat=1.5", CLERK_REFUSED, NULL, 0 },
		{ "__session=a; __client_uat=1x", CLERK_REFUSED, NULL, 0 },
		{ "__session=a; __client_uat=0", CLERK_REFUSED, NULL, 0 },
		{ "__session=a; __client_uat=", CLERK_REFUSED, NULL, 0 },
		{ "__session=a", CLERK_REFUSED, NULL, 0 },
		{ "__session=; __client_uat=1", CLERK_NO_SESSION, NULL, 0 },
		{ "__client_uat=1", CLERK_NO_SESSION, NULL, 0 },
		{ "__Session=a; __client_uat=1", CLERK_NO_SESSION, NULL, 0 },
		{ "x__session=a; __client_uat=1", CLERK_NO_SESSION, NULL, 0 },
		{ "__session2=a; __client_uat=1", CLERK_NO_SESSION, NULL, 0 },
	};
	struct clerk_cookies c;

	clerk_cookies_init(&c, "", &issuers);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct cred cred = cookie(t[i].pairs);
		struct clerk_chosen chosen;

		arena = arena_new(1 << 16);
		tap_row("%s", t[i].pairs);
		INTEQ(clerk_cookies_choose(&c, &cred, 0, arena, &chosen),
		    t[i].want);
		if (t[i].want == CLERK_TOKEN)
			STREQ(chosen.token, t[i].token);
		INTEQ(chosen.client_uat_s, t[i].uat);
		INTEQ(clerk_cookies_has_session(&c, &cred),
		    strstr(t[i].pairs, "; __session=b") != NULL ||
			(t[i].want != CLERK_NO_SESSION));
		arena_free(&arena);
	}
}

static const struct tap_case cases[] = {
	{ "the suffix is the publishable key's", names },
	{ "of four cookies the rules choose the pair", rules },
	{ "without a publishable key only the plain pair counts", unsuffixed },
	{ "values are split, then decoded, and one name says one thing",
	    pairs },
};
TAP_MAIN(cases)
