/* SPDX-License-Identifier: MIT */
/* auth/clerk_org: organizations of both claim versions. */
#include "tap.h"

#include "auth/auth.h"
#include "auth/clerk_org.h"
#include "auth/clerk_token.h"
#include "base/arena.h"
#include "base/buf.h"
#include "unit/token.h"

#include <string.h>

static struct arena *arena;

static struct auth_ident
read_org(const char *claims)
{
	struct auth_ident who = { 0 };
	struct jwt t;

	token_open(&t, arena, "{\"alg\":\"RS256\"}", claims);
	INTEQ(clerk_read_org(&t, arena, &who), 0);
	jwt_close(&t);
	return who;
}

/* Names joined by a space. */
static const char *
joined(const struct auth_names *names)
{
	struct buf b;

	buf_init(&b, arena, 256);
	for (int i = 0; i < names->n; i++) {
		buf_str(&b, i > 0 ? " " : "");
		buf_str(&b, names->item[i]);
	}
	return buf_text(&b) == NULL ? "" : b.data;
}

static void
organizations(void)
{
	static const struct {
		const char *claims, *org, *slug, *roles;
	} t[] = {
		{ "{}", NULL, NULL, "" },
		{ "{\"org_id\":\"org_1\",\"org_role\":\"org:admin\","
		  "\"org_slug\":\"acme\"}",
		    "org_1", "acme", "org:admin" },
		{ "{\"org_id\":\"org_1\",\"org_role\":\"admin\"}", "org_1",
		    NULL, "org:admin" },
		{ "{\"org_id\":\"org_1\"}", "org_1", NULL, "" },
		{ "{\"org_role\":\"org:admin\",\"org_slug\":\"acme\"}", NULL,
		    NULL, "" },
		{ "{\"org_id\":null,\"org_role\":\"org:admin\"}", NULL, NULL,
		    "" },
		{ "{\"org_id\":\"\",\"org_role\":\"org:admin\"}", NULL, NULL,
		    "" },
		{ "{\"org_id\":7,\"org_role\":\"org:admin\"}", NULL, NULL, "" },
		{ "{\"org_id\":\"a\\nb\",\"org_role\":\"x\"}", NULL, NULL, "" },
		{ "{\"org_id\":\"org_1\",\"org_role\":7,\"org_slug\":[]}",
		    "org_1", NULL, "" },
		{ "{\"v\":2,\"o\":{\"id\":\"org_2\",\"rol\":\"admin\","
		  "\"slg\":\"acme\"}}",
		    "org_2", "acme", "org:admin" },
		{ "{\"v\":2,\"o\":{\"id\":\"org_2\",\"rol\":\"org:admin\"}}",
		    "org_2", NULL, "org:admin" },
		{ "{\"v\":2,\"o\":{\"rol\":\"admin\",\"slg\":\"acme\"}}", NULL,
		    NULL, "" },
		{ "{\"v\":2,\"o\":null}", NULL, NULL, "" },
		{ "{\"v\":2,\"o\":[]}", NULL, NULL, "" },
		{ "{\"v\":2,\"o\":\"org_2\"}", NULL, NULL, "" },
		{ "{\"v\":2,\"org_id\":\"org_1\",\"org_role\":\"x\"}", NULL,
		    NULL, "" },
		{ "{\"o\":{\"id\":\"org_2\",\"rol\":\"admin\"}}", NULL, NULL,
		    "" },
		{ "{\"v\":1,\"org_id\":\"org_1\"}", NULL, NULL, "" },
		{ "{\"v\":3,\"o\":{\"id\":\"org_2\"}}", NULL, NULL, "" },
		{ "{\"v\":\"2\",\"o\":{\"id\":\"org_2\"}}", NULL, NULL, "" },
		{ "{\"v\":null,\"org_id\":\"org_1\"}", NULL, NULL, "" },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_ident who = read_org(t[i].claims);

		tap_row("%s", t[i].claims);
		STREQ(who.org, t[i].org);
		STREQ(who.org_slug, t[i].slug);
		STREQ(joined(&who.roles), t[i].roles);
		arena_reset(arena);
	}
	arena_free(&arena);
}

#define V2(fea, per, fpm)                                                      \
	"{\"v\":2,\"fea\":" fea ",\"o\":{\"id\":\"org_1\",\"per\":" per        \
	",\"fpm\":" fpm "}}"

static void
permissions(void)
{
	static const struct {
		const char *claims, *want;
	} t[] = {
		/* the contract's own: 3 is both, 2 the second */
		{ V2("\"o:dashboard,o:teams\"", "\"manage,read\"", "\"3,2\""),
		    "org:dashboard:manage org:dashboard:read org:teams:read" },
		{ V2("\"o:a\"", "\"p,q,r\"", "\"0\""), "" },
		{ V2("\"o:a\"", "\"p,q,r\"", "\"5\""), "org:a:p org:a:r" },
		{ V2("\"o:a\"", "\"p\"", "\"254\""), "" },
		{ V2("\"o:a\"", "\"p\"", "\"0001\""), "org:a:p" },
		{ V2("\"u:x,o:a,u:y,ou:b,uo:c\"", "\"p\"", "\"1,0,1\""),
		    "org:a:p org:c:p" },
		{ V2("\"u:x\"", "\"p\"", "\"\""), "" },
		{ V2("\"o:a:b\"", "\"p\"", "\"1\""), "org:a:b:p" },
		{ "{\"org_id\":\"org_1\",\"org_permissions\":["
		  "\"org:teams:read\",\"org:x:y\"]}",
		    "org:teams:read org:x:y" },
		{ "{\"org_id\":\"org_1\",\"org_permissions\":[]}", "" },
		{ "{\"org_permissions\":[\"org:teams:read\"]}", "" },
	};
	static const char *const nothing[] = {
		/* numbers are not as many as the organization's features */
		V2("\"o:a,o:b\"", "\"p\"", "\"1\""),
		V2("\"o:a\"", "\"p\"", "\"1,1\""),
		V2("\"o:a,u:b\"", "\"p\"", "\"1,1\""),
		V2("\"\"", "\"p\"", "\"1\""),
		/* not numbers: all or nothing */
		V2("\"o:a,o:b\"", "\"p\"", "\"1,x\""),
		V2("\"o:a,o:b\"", "\"p\"", "\"1,\""),
		/* an empty word, wherever it stands */
		V2("\"o:a,o:b\"", "\"p\"", "\"3,2,\""),
		V2("\"o:a\"", "\"p\"", "\",3\""),
		V2("\"o:a,o:b\"", "\"p\"", "\",3\""),
		V2("\"o:a,o:b\"", "\"p\"", "\"3,,2\""),
		V2("\"o:a,o:b,o:c\"", "\"p\"", "\"3,,2\""),
		V2("\"o:a\"", "\"p\"", "\",\""),
		V2("\"o:a\"", "\"p,\"", "\"1\""),
		V2("\"o:a\"", "\",p\"", "\"3\""),
		V2("\"o:a\"", "\"p,,q\"", "\"7\""),
		V2("\"o:a\"", "\",\"", "\"3\""),
		V2("\"o:a,\"", "\"p\"", "\"1\""),
		V2("\",o:a\"", "\"p\"", "\"1\""),
		V2("\"o:a,,o:b\"", "\"p\"", "\"1,1\""),
		V2("\"o:a\"", "\"p\"", "\"-1\""),
		V2("\"o:a\"", "\"p\"", "\"1.0\""),
		V2("\"o:a\"", "\"p\"", "\"0x1\""),
		V2("\"o:a\"", "\"p\"", "\" 1\""),
		V2("\"o:a\"", "\"p\"", "1"),
		V2("[\"o:a\"]", "\"p\"", "\"1\""),
		V2("\"o:a\"", "[\"p\"]", "\"1\""),
		V2("\"o:a\"", "\"p\\nq\"", "\"1\""),
		"{\"org_id\":\"org_1\",\"org_permissions\":\"org:a:b\"}",
		"{\"org_id\":\"org_1\",\"org_permissions\":[\"org:a:b\",7]}",
		"{\"org_id\":\"org_1\",\"org_permissions\":[\"org:a:b\",\"\"]}",
		"{\"org_id\":\"org_1\",\"org_permissions\":[\"a\\nb\"]}",
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_ident who = read_org(t[i].claims);

		tap_row("%s", t[i].claims);
		STREQ(joined(&who.permissions), t[i].want);
		arena_reset(arena);
	}
	for (size_t i = 0; i < ROWS(nothing); i++) {
		struct auth_ident who = read_org(nothing[i]);

		tap_row("%s", nothing[i]);
		STREQ(who.org, "org_1");
		INTEQ(who.permissions.n, 0);
		arena_reset(arena);
	}
	arena_free(&arena);
}

/* "p0,p1,…" */
static const char *
names(const char *prefix, int n)
{
	struct buf b;

	buf_init(&b, arena, 4096);
	for (int i = 0; i < n; i++)
		buf_str(&b,
		    arena_printf(arena, "%s%s%d", i > 0 ? "," : "", prefix, i));
	return buf_text(&b) == NULL ? "" : b.data;
}

/* 2^70 + 2^64 + 1, beyond any integer of the machine. */
static void
wide(void)
{
	struct auth_ident who;

	arena = arena_new(1 << 20);
	who = read_org(arena_printf(arena,
	    V2("\"o:a\"", "\"%s\"", "\"1199038364791120855041\""),
	    names("p", 80)));
	STREQ(joined(&who.permissions), "org:a:p0 org:a:p64 org:a:p70");
	arena_free(&arena);
}

static void
ceilings(void)
{
	static const struct {
		int features, permissions, granted;
	} t[] = {
		{ 1, CLERK_NAMES_MAX, CLERK_NAMES_MAX },
		{ 1, CLERK_NAMES_MAX + 1, 0 },
		{ CLERK_NAMES_MAX, 1, CLERK_NAMES_MAX },
		{ CLERK_NAMES_MAX + 1, 1, 0 },
		{ 2, 128, 256 },
		{ 2, 129, 0 },
	};
	/* 2^300 - 1: a bit for each, in fewer digits than the ceiling */
	static const char ones[] =
	    "20370359763344860862684456884093781610514683936659362506361404493"
	    "54381299763336706183397375";

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_ident who;
		struct buf fpm;

		arena = arena_new(1 << 21);
		tap_row("%d by %d", t[i].features, t[i].permissions);
		buf_init(&fpm, arena, 1 << 15);
		for (int k = 0; k < t[i].features; k++) {
			buf_str(&fpm, k > 0 ? "," : "");
			buf_str(&fpm, t[i].features > 2 ? "1" : ones);
		}
		who = read_org(arena_printf(arena,
		    V2("\"%s\"", "\"%s\"", "\"%s\""),
		    names("o:f", t[i].features), names("", t[i].permissions),
		    buf_text(&fpm)));
		STREQ(who.org, "org_1");
		INTEQ(who.permissions.n, t[i].granted);
		arena_free(&arena);
	}
}

static void
digits(void)
{
	char number[CLERK_DIGITS_MAX + 2];

	arena = arena_new(1 << 20);
	for (int n = CLERK_DIGITS_MAX; n <= CLERK_DIGITS_MAX + 1; n++) {
		struct auth_ident who;

		tap_row("%d digits", n);
		memset(number, '9', (size_t)n);
		number[n] = '\0';
		who = read_org(arena_printf(arena,
		    V2("\"o:a\"", "\"p\"", "\"%s\""), number));
		INTEQ(who.permissions.n, n == CLERK_DIGITS_MAX ? 1 : 0);
	}
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "an organization has an id, or there is none", organizations },
	{ "permissions are granted bit by bit, and all or nothing",
	    permissions },
	{ "a bit beyond the sixty-fourth is a bit like any other", wide },
	{ "names have a ceiling, beyond which nothing is granted", ceilings },
	{ "numbers have a ceiling", digits },
};
TAP_MAIN(cases)
