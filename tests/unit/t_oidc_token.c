/* SPDX-License-Identifier: MIT */
/* auth/oidc_token: each check on a bearer token, and what it then tells. */
#include "tap.h"

#include "auth/oidc_token.h"
#include "base/arena.h"
#include "base/buf.h"
#include "unit/token.h"

#include <stdio.h>
#include <string.h>

enum { NOW_S = 1800000000 };

#define ISSUER "https://id.example.com"
#define ISS "its issuer is not configured"
#define SUB "sub is not 1 to 255 printable characters"

static const struct token_member header[] = {
	{ "alg", "\"RS256\"" },
	{ "kid", "\"k1\"" },
	{ NULL, NULL },
};
static const struct token_member claims[] = {
	{ "iss", "\"" ISSUER "\"" },
	{ "sub", "\"248289761001\"" },
	{ "aud", "[\"other\",\"api\"]" },
	{ "exp", "1800000060" },
	{ "iat", "1800000000" },
	{ NULL, NULL },
};
static const struct conf_oidc conf = {
	.name = "corp",
	.issuer = ISSUER,
	.audience = { 2, { "api", "api2" } },
	.email_claim = "email",
	.name_claim = "name",
	.roles_claim = "",
	.clock_skew = 5000,
};

static struct arena *arena;

static void
open_claims(struct jwt *t, const char *name, const char *json)
{
	token_open(t, arena, "{\"alg\":\"RS256\"}",
	    token_object(arena, claims, name, json));
}

static void
headers(void)
{
	static const struct {
		bool claim;
		const char *name, *json, *why;
	} t[] = {
		{ false, "typ", NULL, NULL },
		{ false, "typ", "\"JWT\"", NULL },
		{ false, "typ", "\"jwt\"", NULL },
		{ false, "typ", "\"at+jwt\"", NULL },
		{ false, "typ", "\"AT+JWT\"", NULL },
		{ false, "typ", "\"application/at+jwt\"", NULL },
		{ false, "typ", "\"Application/At+Jwt\"", NULL },
		{ false, "typ", "\"logout+jwt\"", "header: typ is another" },
		{ false, "typ", "\"id+jwt\"", "header: typ is another" },
		{ false, "typ", "\"application/jwt\"",
		    "header: typ is another" },
		{ false, "typ", "\"dpop+jwt\"", "header: typ is another" },
		{ false, "typ", "\"\"", "header: typ is another" },
		{ false, "typ", "null", "header: typ is another" },
		{ false, "alg", "\"ES256\"", NULL },
		{ false, "alg", "\"RS384\"",
		    "alg is not one of the configured algorithms" },
		{ false, "alg", "\"EdDSA\"",
		    "alg is not one of the configured algorithms" },
		{ false, "kid", NULL, NULL },
		{ true, "iss", "\"https://id.example.com/\"", ISS },
		{ true, "iss", "\"https://ID.example.com\"", ISS },
		{ true, "iss", "\"https://id.example.com.evil.example\"", ISS },
		{ true, "iss", "\"\"", ISS },
		{ true, "iss", NULL, ISS },
		{ true, "iss", "[\"" ISSUER "\"]", ISS },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct jwt jwt;

		tap_row("%s = %s", t[i].name,
		    t[i].json == NULL ? "(absent)" : t[i].json);
		token_open(&jwt, arena,
		    token_object(arena, header, t[i].claim ? NULL : t[i].name,
			t[i].json),
		    token_object(arena, claims, t[i].claim ? t[i].name : NULL,
			t[i].json));
		STREQ(oidc_check_header(&jwt, &conf,
			  KEY_BIT(KEY_RS256) | KEY_BIT(KEY_ES256)),
		    t[i].why);
		jwt_close(&jwt);
	}
	arena_free(&arena);
}

static void
checked(void)
{
	static const struct {
		const char *name, *json, *why;
	} t[] = {
		{ "sub", "\"a\"", NULL },
		{ "sub", "\"auth0|x y~\"", NULL },
		{ "sub", NULL, SUB },
		{ "sub", "\"\"", SUB },
		{ "sub", "null", SUB },
		{ "sub", "248289761001", SUB },
		{ "sub", "\"a\\tb\"", SUB },
		{ "sub", "\"a\\u007f\"", SUB },
		{ "sub", "\"Zo\\u00eb\"", SUB },
		{ "sub", "[\"a\"]", SUB },
		{ "aud", "\"api\"", NULL },
		{ "aud", "\"api2\"", NULL },
		{ "aud", "\"API\"", "aud is another" },
		{ "aud", "\"other\"", "aud is another" },
		{ "aud", "[]", "aud is another" },
		{ "aud", NULL, "aud is missing" },
		{ "aud", "[\"api\",7]", "aud holds something but texts" },
		{ "events", "{}", "a logout token: events" },
		{ "events", "null", "a logout token: events" },
		{ "exp", NULL, "exp is missing" },
		{ "exp", "1799999996", NULL },
		{ "exp", "1799999995", "expired" },
		{ "nbf", "1800000005", NULL },
		{ "nbf", "1800000006", "not valid yet" },
		{ "iat", NULL, NULL },
		{ "azp", "\"whoever\"", NULL },
		{ "sid", "7", NULL },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		int64_t exp_s = 0;
		struct jwt jwt;

		tap_row("%s = %s", t[i].name,
		    t[i].json == NULL ? "(absent)" : t[i].json);
		open_claims(&jwt, t[i].name, t[i].json);
		STREQ(oidc_check_claims(&jwt, &conf, NOW_S * INT64_C(1000),
			  &exp_s),
		    t[i].why);
		CHECK(t[i].why != NULL || exp_s > NOW_S - 5);
		jwt_close(&jwt);
	}
	for (int n = OIDC_SUB_MAX; n <= OIDC_SUB_MAX + 1; n++) {
		struct jwt jwt;
		int64_t exp_s;

		tap_row("sub of %d bytes", n);
		open_claims(&jwt, "sub", arena_printf(arena, "\"%0*d\"", n, 0));
		STREQ(oidc_check_claims(&jwt, &conf, NOW_S * INT64_C(1000),
			  &exp_s),
		    n == OIDC_SUB_MAX ? NULL : SUB);
		jwt_close(&jwt);
	}
	arena_free(&arena);
}

/* Reads a token of {"sub":"s"} and these members. */
static struct auth_ident
read_token(const char *members, const struct conf_oidc *c)
{
	struct auth_ident who = { 0 };
	struct jwt t;

	token_open(&t, arena, "{\"alg\":\"RS256\"}",
	    arena_printf(arena, "{\"sub\":\"s\"%s%s}",
		members[0] == '\0' ? "" : ",", members));
	STREQ(oidc_read(&t, c, arena, &who), NULL);
	jwt_close(&t);
	STREQ(who.subject, "s");
	return who;
}

static void
contacts(void)
{
	static const struct {
		const char *claim, *members, *email;
		bool verified;
	} t[] = {
		{ "email", "", "", false },
		{ "email", "\"email\":\"a@b.c\"", "a@b.c", false },
		{ "email", "\"email\":\"a@b.c\",\"email_verified\":true",
		    "a@b.c", true },
		{ "email", "\"email\":\"a@b.c\",\"email_verified\":\"true\"",
		    "a@b.c", true },
		{ "email", "\"email\":\"a@b.c\",\"email_verified\":1", "a@b.c",
		    false },
		{ "email", "\"email\":\"a@b.c\",\"email_verified\":null",
		    "a@b.c", false },
		{ "email", "\"email\":\"a@b.c\",\"email_verified\":false", "",
		    false },
		{ "email", "\"email\":\"a@b.c\",\"email_verified\":\"false\"",
		    "", false },
		{ "email", "\"email_verified\":true", "", false },
		{ "email", "\"email\":7,\"email_verified\":true", "", false },
		{ "email", "\"email\":{\"x\":\"a@b.c\"}", "", false },
		{ "", "\"email\":\"a@b.c\"", "", false },
		{ "a.b", "\"a\":{\"b\":\"a@b.c\"}", "a@b.c", false },
		{ "a.b", "\"a.b\":\"x@y.z\",\"a\":{\"b\":\"a@b.c\"}", "x@y.z",
		    false },
		{ "a.b", "\"a\":[\"b\"]", "", false },
		{ "a.b", "\"email_verified\":true,\"a\":{\"b\":\"a@b.c\"}",
		    "a@b.c", false },
		{ "mail", "\"email_verified\":true,\"mail\":\"a@b.c\"", "a@b.c",
		    false },
		{ "a.email",
		    "\"email_verified\":true,\"a\":"
		    "{\"email\":\"a@b.c\"}",
		    "a@b.c", false },
		{ "a.email",
		    "\"a\":{\"email\":\"a@b.c\","
		    "\"email_verified\":true}",
		    "a@b.c", true },
		{ "a.b", "\"a\":\"b\"", "", false },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf_oidc c = conf;
		struct auth_ident who;

		tap_row("%s in %s", t[i].claim, t[i].members);
		c.email_claim = t[i].claim;
		who = read_token(t[i].members, &c);
		STREQ(who.email, t[i].email);
		INTEQ(who.email_verified, t[i].verified);
		CHECK(who.name == NULL && who.session == NULL);
	}
	tap_row("%s", "name and session");
	STREQ(read_token("\"name\":\"Ada\",\"sid\":\"s1\"", &conf).name, "Ada");
	STREQ(read_token("\"name\":\"Ada\",\"sid\":\"s1\"", &conf).session,
	    "s1");
	STREQ(read_token("\"name\":\"\",\"sid\":7", &conf).name, NULL);
	arena_free(&arena);
}

static void
roles(void)
{
	static const struct {
		const char *claim, *members, *roles;
	} t[] = {
		{ "", "\"roles\":[\"a\"]", "" },
		{ "roles", "", "" },
		{ "roles", "\"roles\":[]", "" },
		{ "roles", "\"roles\":\"admin\"", "admin" },
		{ "roles", "\"roles\":[\"a\",\"b c\"]", "a,b c" },
		{ "roles", "\"roles\":[\"a\",7,null,\"\",\"b\\n\",\"c\"]",
		    "a,c" },
		{ "roles", "\"roles\":{\"a\":true}", "" },
		{ "roles", "\"roles\":\"\"", "" },
		{ "realm_access.roles",
		    "\"realm_access\":{\"roles\":[\"admin\"]}", "admin" },
		{ "https://x.y/roles", "\"https://x.y/roles\":[\"admin\"]",
		    "admin" },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf_oidc c = conf;
		struct auth_ident who;
		char text[64] = "";

		tap_row("%s in %s", t[i].claim, t[i].members);
		c.roles_claim = t[i].claim;
		who = read_token(t[i].members, &c);
		for (int k = 0; k < who.roles.n; k++)
			snprintf(text + strlen(text),
			    sizeof(text) - strlen(text), "%s%s",
			    k > 0 ? "," : "", who.roles.item[k]);
		STREQ(text, t[i].roles);
	}
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "type, algorithm and issuer are the configured ones", headers },
	{ "subject, audience and times are, and it is no logout token",
	    checked },
	{ "email, name and session come from their claims", contacts },
	{ "roles are a list of names, or one", roles },
};
TAP_MAIN(cases)
