/* SPDX-License-Identifier: MIT */
/* auth/auth: several providers at once, and whose a credential is. */
#include "unit/site.h"

#include "auth/provider.h"
#include "base/arena.h"
#include "conf/conf.h"
#include "io/fcg.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

#define CONF                                                                   \
	"providers = [ \"ory\", \"clerk\", \"a\", \"b\" ];\n"                  \
	"ory: { url = \"@\"; timeout = \"400ms\"; };\n"                        \
	"clerk: { secret_key = \"sk_test_abcdefg\"; issuer = \"https://c.x\";" \
	" api_url = \"@\"; email_claim = \"email\"; };\n"                      \
	"oidc: ( { name = \"a\"; issuer = \"https://a.x\"; audience = [ \"u\"" \
	" ]; jwks_url = \"@/a\"; }, { name = \"b\"; issuer = \"https://b.x\";" \
	" audience = [ \"u\" ]; jwks_url = \"@/b\"; } );\n"
#define ORY "ory: { url = \"@\"; };\n"
#define CLERK                                                                  \
	"providers = [ \"clerk\" ]; clerk: { secret_key = "                    \
	"\"sk_test_abcdefg\"; issuer = \"https://c.x\"; api_url = \"@\"; };\n"
#define SUB "\"sub\":\"s\",\"aud\":\"u\""

static void
open_all(struct site *s)
{
	site_open(s, CONF);
	stub_raw(s->stub, "/sessions/whoami", STUB_CLOSE,
	    arena_printf(s->arena,
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
		"%zu\r\n\r\n" WORLD_SESSION,
		sizeof(WORLD_SESSION) - 1));
	site_serve(s, "/v1/jwks", SIGNER_RSA);
}

static void
complete(void)
{
	static const struct auth_provider *const all[] = { &auth_clerk,
		&auth_oidc, &auth_ory };

	for (size_t i = 0; i < ROWS(all); i++) {
		const struct auth_provider *p = all[i];

		tap_row("%s", p->kind);
		CHECK(p->kind != NULL && p->open != NULL && p->close != NULL);
		CHECK(p->cookies != NULL && p->takes != NULL);
		CHECK(p->check != NULL && p->probe != NULL);
		CHECK(p->login_info != NULL && p->take_spent_us != NULL);
		INTEQ(p->asked_each_time, p == &auth_ory);
	}
}

static void
by_issuer(void)
{
	static const struct {
		const char *issuer, *claims, *provider, *subject;
		enum signer_key key;
	} t[] = {
		{ "https://c.x", "\"sub\":\"user_1\",\"sid\":\"sess_1\"",
		    "clerk", "user_1", SIGNER_RSA },
		{ "https://a.x", SUB, "a", "s", SIGNER_RSA_2 },
	};
	struct auth_answer a;
	struct site s;

	open_all(&s);
	site_serve(&s, "/a", SIGNER_RSA_2);
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].issuer);
		a = site_check(&s, CRED_BEARER,
		    site_token(&s, t[i].key, t[i].issuer, t[i].claims), false);
		INTEQ(a.verdict, AUTH_ALLOW);
		STREQ(a.who.provider, t[i].provider);
		STREQ(a.who.subject, t[i].subject);
	}
	tap_row("%s", "by nobody who is configured");
	a = site_check(&s, CRED_BEARER,
	    site_token(&s, SIGNER_RSA, "https://x.y", SUB), false);
	INTEQ(a.verdict, AUTH_DENY);
	CHECK(a.provider == NULL);
	INTEQ(stub_requests(s.stub, "/sessions/whoami"), 0);
	site_close(&s);
	tap_row("%s", "an opaque token, in either header, is Ory's");
	open_all(&s);
	STREQ(site_check(&s, CRED_BEARER, WORLD_TOKEN, false).who.provider,
	    "ory");
	STREQ(site_check(&s, CRED_SESSION_TOKEN, WORLD_TOKEN, false)
		  .who.provider,
	    "ory");
	INTEQ(stub_requests(s.stub, "/v1/jwks"), 0);
	site_close(&s);
}

/* One kid, one subject, two issuers: they never meet. */
static void
strangers(void)
{
	struct auth_answer a, b;
	struct site s;

	open_all(&s);
	site_serve(&s, "/a", SIGNER_RSA);
	site_serve(&s, "/b", SIGNER_RSA_2);
	a = site_check(&s, CRED_BEARER,
	    site_token(&s, SIGNER_RSA, "https://a.x", SUB), false);
	b = site_check(&s, CRED_BEARER,
	    site_token(&s, SIGNER_RSA_2, "https://b.x", SUB), false);
	STREQ(a.who.provider, "a");
	STREQ(b.who.provider, "b");
	STREQ(a.who.subject, b.who.subject);
	CHECK(auth_line(s.auth, 2) != auth_line(s.auth, 3));
	tap_row("%s", "of one, signed by the other");
	INTEQ(site_check(&s, CRED_BEARER,
		  site_token(&s, SIGNER_RSA_2, "https://a.x", SUB), false)
		  .verdict,
	    AUTH_DENY);
	INTEQ(site_check(&s, CRED_BEARER,
		  site_token(&s, SIGNER_RSA, "https://b.x", SUB), false)
		  .verdict,
	    AUTH_DENY);
	site_close(&s);
}

/* One that is down takes nothing from the others. */
static void
apart(void)
{
	struct site s;

	open_all(&s);
	site_serve(&s, "/a", SIGNER_RSA);
	stub_json(s.stub, "/b", 500, "Connection: close\r\n", "");
	for (int i = 0; i < 3; i++) {
		INTEQ(site_check(&s, CRED_BEARER,
			  site_token(&s, SIGNER_RSA, "https://b.x", SUB), false)
			  .verdict,
		    AUTH_UNSURE);
		INTEQ(site_check(&s, CRED_BEARER,
			  site_token(&s, SIGNER_RSA, "https://a.x", SUB), false)
			  .verdict,
		    AUTH_ALLOW);
	}
	INTEQ(stub_requests(s.stub, "/b"), 1);
	site_close(&s);
}

static void
cookies(void)
{
	static const struct {
		const char *header;
		enum cred_kind kind;
		int owner;
	} t[] = {
		{ "ory_kratos_session=x", CRED_COOKIE, 0 },
		{ "__session=x; __client_uat=1", CRED_COOKIE, 1 },
		{ "__session=x; ory_kratos_session=x", CRED_COOKIE, 0 },
		{ "__client_uat=1; y=2", CRED_NONE, 0 },
		{ "__session=; __client_uat=1", CRED_NONE, 0 },
		{ "a=1", CRED_NONE, 0 },
	};
	struct site s;

	open_all(&s);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct fcg_request in = { 0 };
		struct cred c;

		tap_row("%s", t[i].header);
		in.param[FCG_HTTP_COOKIE] = t[i].header;
		c = auth_credential(s.auth, &in, s.arena);
		INTEQ(c.kind, t[i].kind);
		if (c.kind == CRED_COOKIE)
			INTEQ(c.owner, t[i].owner);
		tap_row("%s, beside a header", t[i].header);
		in.param[FCG_HTTP_AUTHORIZATION] = "Bearer a.b.c";
		INTEQ(auth_credential(s.auth, &in, s.arena).kind, CRED_BEARER);
	}
	INTEQ(stub_connections(s.stub), 0);
	site_close(&s);
}

/* Ory never knew an empty token; who reads tokens takes it for one. */
static void
empty_token(void)
{
	static const struct {
		const char *conf, *cookie;
		enum cred_kind kind, alone;
	} t[] = {
		{ ORY, "ory_kratos_session=x", CRED_COOKIE, CRED_NONE },
		{ CLERK, "__session=x; __client_uat=1", CRED_REFUSED,
		    CRED_REFUSED },
		{ CONF, "ory_kratos_session=x", CRED_REFUSED, CRED_REFUSED },
		{ "providers = [ \"ory\", \"a\" ];\nory: { url = \"@\"; };\n"
		  "oidc: ( { name = \"a\"; issuer = \"https://a.x\"; "
		  "audience = [ \"u\" ]; } );\n",
		    "ory_kratos_session=x", CRED_REFUSED, CRED_REFUSED },
	};
	static const char *const header[] = { "Bearer ", "Bearer", "bearer  " };

	for (size_t i = 0; i < 3 * ROWS(t); i++) {
		struct fcg_request in = { 0 };
		struct site s;
		struct cred c;

		tap_row("%s%s", t[i / 3].conf, header[i % 3]);
		site_open(&s, t[i / 3].conf);
		in.param[FCG_HTTP_AUTHORIZATION] = header[i % 3];
		c = auth_credential(s.auth, &in, s.arena);
		INTEQ(c.kind, t[i / 3].alone);
		in.param[FCG_HTTP_COOKIE] = t[i / 3].cookie;
		c = auth_credential(s.auth, &in, s.arena);
		INTEQ(c.kind, t[i / 3].kind);
		CHECK(c.kind != CRED_REFUSED || c.why != NULL);
		tap_row("%s, another scheme", t[i / 3].conf);
		in.param[FCG_HTTP_AUTHORIZATION] = "Basic YTpi";
		c = auth_credential(s.auth, &in, s.arena);
		INTEQ(c.kind, CRED_COOKIE);
		site_close(&s);
	}
}

/* An arena that is too small for the token says nothing about it. */
static void
no_memory(void)
{
	struct auth_answer a = { .verdict = AUTH_ALLOW };
	const char *token;
	struct arena *all;
	struct site s;

	open_all(&s);
	token = site_token(&s, SIGNER_RSA, "https://a.x", SUB);
	all = s.arena;
	s.arena = arena_new(64);
	a = site_check(&s, CRED_BEARER, token, false);
	INTEQ(a.verdict, AUTH_UNSURE);
	arena_free(&s.arena);
	s.arena = all;
	site_close(&s);
}

static const struct tap_case cases[] = {
	{ "every provider is complete", complete },
	{ "a JWT goes by its issuer, an opaque token to Ory", by_issuer },
	{ "equal subjects and key ids of two issuers never meet", strangers },
	{ "an issuer that is down takes nothing from the others", apart },
	{ "a cookie is that of the first provider who knows it", cookies },
	{ "an empty token is a bad one, but for Ory alone", empty_token },
	{ "without memory nobody is denied", no_memory },
};
TAP_MAIN(cases)
