/* SPDX-License-Identifier: MIT */
/* auth/clerk: tokens in headers and cookies, contact, login-info. */
#include "unit/site.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "io/fcg.h"

#include <stdio.h>
#include <string.h>

#define ISSUER "https://clerk.clerk.dev"
#define KEY "pk_test_Y2xlcmsuY2xlcmsuZGV2JA"
#define CONF                                                                   \
	"providers = [ \"clerk\" ]; clerk: { secret_key = \"sk_test_abcdefg\"" \
	"; publishable_key = \"" KEY "\"; api_url = \"@\"; timeout = "         \
	"\"400ms\"; authorized_parties = [ \"https://a.x\" ]; "
#define WHO "\"sub\":\"user_1\",\"sid\":\"sess_1\",\"azp\":\"https://a.x\""
#define ADA                                                                    \
	"{\"id\":\"user_1\",\"first_name\":\"Ada\",\"primary_email_address_"   \
	"id\":\"e\",\"email_addresses\":[{\"id\":\"e\",\"email_address\":"     \
	"\"ada@x.org\",\"verification\":{\"status\":\"verified\"}}]}"

static void
open_clerk(struct site *s, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), CONF "%s };", more);
	site_open(s, text);
	site_serve(s, "/v1/jwks", SIGNER_RSA);
	stub_json(s->stub, "/v1/users/user_1", 200, "", ADA);
}

static void
headers(void)
{
	static const struct {
		const char *name, *issuer, *claims;
		enum signer_key key;
		enum auth_verdict verdict;
		const char *why;
	} t[] = {
		{ "good", ISSUER, WHO, SIGNER_RSA, AUTH_ALLOW, NULL },
		{ "another issuer", "https://x.y", WHO, SIGNER_RSA, AUTH_DENY,
		    "its issuer is not configured" },
		{ "another key", ISSUER, WHO, SIGNER_RSA_2, AUTH_DENY, "" },
		{ "no session", ISSUER,
		    "\"sub\":\"user_1\",\"azp\":\"https://a.x\"", SIGNER_RSA,
		    AUTH_DENY, "sid is not a session's id" },
		{ "no azp", ISSUER, "\"sub\":\"user_1\",\"sid\":\"sess_1\"",
		    SIGNER_RSA, AUTH_DENY, "no azp" },
		{ "pending", ISSUER, WHO ",\"sts\":\"pending\"", SIGNER_RSA,
		    AUTH_DENY, "the session is not active: sts" },
		{ "a bad actor", ISSUER, WHO ",\"act\":7", SIGNER_RSA,
		    AUTH_DENY, "act is malformed" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer a;
		struct site s;

		tap_row("%s", t[i].name);
		open_clerk(&s, "");
		a = site_check(&s, CRED_BEARER,
		    site_token(&s, t[i].key, t[i].issuer, t[i].claims), false);
		INTEQ(a.verdict, t[i].verdict);
		if (t[i].why == NULL || t[i].why[0] != '\0')
			STREQ(a.why, t[i].why);
		STREQ(a.who.provider,
		    t[i].verdict == AUTH_ALLOW ? "clerk" : NULL);
		INTEQ(stub_requests(s.stub, "/v1/users/user_1"), 0);
		site_close(&s);
	}
}

/* Nothing of these is worth a call, nor does Clerk issue them here. */
static void
machines(void)
{
	static const char *const t[] = { "mt_0123456789abcdef",
		"oat_0123456789abcdef", "ak_0123456789abcdef", "a.b.c", "a..",
		"..", "x" };
	struct site s;

	open_clerk(&s, "");
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i]);
		INTEQ(site_check(&s, CRED_BEARER, t[i], true).verdict,
		    AUTH_DENY);
		INTEQ(site_check(&s, CRED_SESSION_TOKEN, t[i], true).verdict,
		    AUTH_DENY);
	}
	INTEQ(stub_connections(s.stub), 0);
	site_close(&s);
}

static void
cookies(void)
{
	static const struct {
		const char *name, *format, *more;
		enum cred_kind kind; /* what the header holds */
		enum auth_verdict verdict;
	} t[] = {
		{ "good", "x=1; __session=", "; __client_uat=7", CRED_COOKIE,
		    AUTH_ALLOW },
		{ "with suffix", "__session_QvfNY2dr=",
		    "; __client_uat_QvfNY2dr=7", CRED_COOKIE, AUTH_ALLOW },
		{ "another's suffix", "__session_1Z8AzTQD=", "; __client_uat=7",
		    CRED_NONE, AUTH_ANON },
		{ "signed out", "__session=", "; __client_uat=0", CRED_COOKIE,
		    AUTH_DENY },
		{ "changed since", "__session=", "; __client_uat=99999999999",
		    CRED_COOKIE, AUTH_DENY },
		{ "no uat", "__session=", "", CRED_COOKIE, AUTH_DENY },
		{ "no session", "__client_uat=7; y=", "", CRED_NONE,
		    AUTH_ANON },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct fcg_request in = { 0 };
		struct cred c;
		struct site s;

		tap_row("%s", t[i].name);
		open_clerk(&s, "");
		in.param[FCG_HTTP_COOKIE] =
		    arena_printf(s.arena, "%s%s%s", t[i].format,
			site_token(&s, SIGNER_RSA, ISSUER, WHO), t[i].more);
		c = auth_credential(s.auth, &in, s.arena);
		INTEQ(c.kind, t[i].kind);
		INTEQ(site_check(&s, c.kind, c.kind == CRED_NONE ? "" : c.value,
			  false)
			  .verdict,
		    t[i].verdict);
		site_close(&s);
	}
}

/* A native app's token lacks azp; a cookie is never a native app's. */
static void
native(void)
{
	struct auth_answer a;
	const char *token;
	struct site s;

	open_clerk(&s, "native_apps = true;");
	token = site_token(&s, SIGNER_RSA, ISSUER,
	    "\"sub\":\"user_1\",\"sid\":\"sess_1\"");
	INTEQ(site_check(&s, CRED_BEARER, token, false).verdict, AUTH_ALLOW);
	a = site_check(&s, CRED_COOKIE,
	    arena_printf(s.arena, "__session=%s; __client_uat=7", token),
	    false);
	INTEQ(a.verdict, AUTH_DENY);
	STREQ(a.why, "no azp");
	site_close(&s);
	tap_row("%s", "cookies are switched off");
	open_clerk(&s, "cookies = false;");
	INTEQ(auth_credential(s.auth,
		  &(struct fcg_request){
		      .param = { [FCG_HTTP_COOKIE] = "__session=x" } },
		  s.arena)
		  .kind,
	    CRED_NONE);
	site_close(&s);
}

static void
contact(void)
{
	struct auth_answer a;
	const char *token;
	struct site s;

	open_clerk(&s, "");
	token = site_token(&s, SIGNER_RSA, ISSUER, WHO);
	a = site_check(&s, CRED_BEARER, token, false);
	STREQ(a.who.email, "");
	a = site_check(&s, CRED_BEARER, token, true);
	STREQ(a.who.email, "ada@x.org");
	STREQ(a.who.name, "Ada");
	CHECK(a.who.email_verified);
	INTEQ(stub_requests(s.stub, "/v1/users/user_1"), 1);
	tap_row("%s", "the token is judged first");
	token = site_token(&s, SIGNER_RSA_2, ISSUER, WHO);
	INTEQ(site_check(&s, CRED_BEARER, token, true).verdict, AUTH_DENY);
	INTEQ(stub_requests(s.stub, "/v1/users/user_1"), 1);
	site_close(&s);
	tap_row("%s", "of a user who is gone");
	open_clerk(&s, "");
	token = site_token(&s, SIGNER_RSA, ISSUER, WHO);
	stub_json(s.stub, "/v1/users/user_1", 200, "",
	    "{\"id\":\"user_1\",\"banned\":true}");
	INTEQ(site_check(&s, CRED_BEARER, token, true).verdict, AUTH_DENY);
	INTEQ(site_check(&s, CRED_BEARER, token, false).verdict, AUTH_ALLOW);
	site_close(&s);
	tap_row("%s", "of one about whom nothing can be found out");
	open_clerk(&s, "");
	token = site_token(&s, SIGNER_RSA, ISSUER, WHO);
	stub_json(s.stub, "/v1/users/user_1", 500, "", "");
	INTEQ(site_check(&s, CRED_BEARER, token, true).verdict, AUTH_UNSURE);
	site_close(&s);
	tap_row("%s", "by a claim: nobody is asked");
	open_clerk(&s, "email_claim = \"mail\";");
	token = site_token(&s, SIGNER_RSA, ISSUER, WHO ",\"mail\":\"a@b.c\"");
	a = site_check(&s, CRED_BEARER, token, true);
	STREQ(a.who.email, "a@b.c");
	INTEQ(stub_requests(s.stub, "/v1/users/user_1"), 0);
	CHECK(auth_take_spent_us(s.auth) > 0);
	site_close(&s);
}

static const struct tap_case cases[] = {
	{ "a token in a header is judged, and no user is looked up", headers },
	{ "machine tokens and junk are refused without a call", machines },
	{ "of cookies the pair of this instance counts", cookies },
	{ "a header of a native app may lack azp, a cookie never", native },
	{ "email and name are looked up for who wants them", contact },
};
TAP_MAIN(cases)
