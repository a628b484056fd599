/* SPDX-License-Identifier: MIT */
/* auth/clerk: login-info by the publishable key, probes, its API's place. */
#include "unit/site.h"

#include "base/arena.h"
#include "base/clock.h"
#include "unit/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVE                                                                   \
	"providers = [ \"clerk\" ]; clerk: { secret_key = "                    \
	"\"sk_live_abcdefg\"; publishable_key = \"pk_live_"
#define CONTRACT                                                               \
	"{\"provider\":\"clerk\",\"publishableKey\":\"pk_test_"                \
	"Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk\",\"frontendApi\":"          \
	"\"foo-bar-13.clerk.accounts.dev\",\"loginUrl\":"                      \
	"\"https://foo-bar-13.accounts.dev/sign-in\",\"registrationUrl\":"     \
	"\"https://foo-bar-13.accounts.dev/sign-up\",\"logoutUrl\":"           \
	"\"https://foo-bar-13.accounts.dev/user\"}"

static void
contract(void)
{
	struct site s;

	site_open(&s, "providers = [ \"clerk\" ]; clerk: { secret_key = "
		      "\"sk_test_abcdefg\"; publishable_key = \"pk_test_"
		      "Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk\"; };");
	STREQ(site_info(&s, 0, NULL), CONTRACT);
	CHECK(strstr(site_info(&s, 0, NULL), "sk_test") == NULL);
	site_close(&s);
}

/* Publishable key's tail, more settings: the three pages. */
static void
pages(void)
{
	static const struct {
		const char *name, *tail, *more, *return_to;
		const char *sign_in, *sign_up, *sign_out;
	} t[] = {
		{ "clerk.example.com", "Y2xlcmsuZXhhbXBsZS5jb20k", "", NULL,
		    "https://accounts.example.com/sign-in",
		    "https://accounts.example.com/sign-up",
		    "https://accounts.example.com/user" },
		{ "the way back", "Y2xlcmsuZXhhbXBsZS5jb20k", "",
		    "https://b.x/?a=1&b",
		    "https://accounts.example.com/sign-in?redirect_url="
		    "https%3A%2F%2Fb.x%2F%3Fa%3D1%26b",
		    "https://accounts.example.com/sign-up?redirect_url="
		    "https%3A%2F%2Fb.x%2F%3Fa%3D1%26b",
		    "https://accounts.example.com/user?redirect_url="
		    "https%3A%2F%2Fb.x%2F%3Fa%3D1%26b" },
		{ "no portal: auth.example.com", "YXV0aC5leGFtcGxlLmNvbSQ=", "",
		    "https://b.x/", "", "", "" },
		{ "pages of our own", "Y2xlcmsuZXhhbXBsZS5jb20k",
		    "sign_in_url = \"https://a.x/in?x=1\"; "
		    "sign_out_url = \"https://a.x/out\";",
		    "https://b.x/",
		    "https://a.x/in?x=1&redirect_url=https%3A%2F%2Fb.x%2F",
		    "https://accounts.example.com/sign-up?redirect_url="
		    "https%3A%2F%2Fb.x%2F",
		    "https://a.x/out?redirect_url=https%3A%2F%2Fb.x%2F" },
		{ "pages of our own alone", "YXV0aC5leGFtcGxlLmNvbSQ=",
		    "sign_in_url = \"https://a.x/in\";", NULL, "https://a.x/in",
		    "https://a.x/in", "" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[512];
		const char *info;
		struct site s;

		tap_row("%s", t[i].name);
		snprintf(text, sizeof(text), LIVE "%s\"; %s };", t[i].tail,
		    t[i].more);
		site_open(&s, text);
		info = strstr(site_info(&s, 0, t[i].return_to), "\"loginUrl\"");
		STREQ(info,
		    arena_printf(s.arena,
			"\"loginUrl\":\"%s\",\"registrationUrl\":\"%s\","
			"\"logoutUrl\":\"%s\"}",
			t[i].sign_in, t[i].sign_up, t[i].sign_out));
		site_close(&s);
	}
}

/* A public key in the configuration: tokens without any call. */
static void
own_key(void)
{
	char *pem = signer_pem(SIGNER_RSA), text[512];
	struct auth_answer a;
	const char *why = NULL;
	struct site s;

	files_write("clerk.pem", pem, 0644);
	snprintf(text, sizeof(text),
	    "providers = [ \"clerk\" ]; clerk: { jwt_key = \"file:clerk.pem\";"
	    " issuer = \"https://i.x\"; };");
	site_open(&s, text);
	a = site_check(&s, CRED_BEARER,
	    site_token(&s, SIGNER_RSA, "https://i.x",
		"\"sub\":\"user_1\",\"sid\":\"sess_1\""),
	    true);
	INTEQ(a.verdict, AUTH_ALLOW);
	STREQ(a.who.email, "");
	a = site_check(&s, CRED_BEARER,
	    token_signed(s.arena, SIGNER_RSA, KEY_RS256, NULL,
		"{\"iss\":\"https://i.x\",\"exp\":4000000000,"
		"\"sub\":\"user_1\",\"sid\":\"sess_1\"}"),
	    true);
	INTEQ(a.verdict, AUTH_ALLOW);
	CHECK(auth_probe(s.auth, 0, INT64_MAX / 2, s.arena, &why));
	INTEQ(stub_connections(s.stub), 0);
	site_close(&s);
	free(pem);
}

static void
probes(void)
{
	const char *why = NULL;
	struct site s;

	site_open(&s, LIVE "Y2xlcmsuZXhhbXBsZS5jb20k\"; api_url = \"@//\"; };");
	stub_json(s.stub, "/v1/jwks", 401, "", "");
	CHECK(!auth_probe(s.auth, 0, INT64_MAX / 2, s.arena, &why));
	STREQ(why, "key set: status 401: is our secret key right?");
	site_serve(&s, "/v1/jwks", SIGNER_RSA);
	atomic_store(&auth_line(s.auth, 0)->ring.closed_ms, 0);
	CHECK(auth_probe(s.auth, 0, INT64_MAX / 2, s.arena, &why));
	CHECK(strstr(stub_latest(s.stub), "GET /v1/jwks HTTP/1.1\r\n") != NULL);
	CHECK(strstr(stub_latest(s.stub),
		  "Authorization: Bearer sk_live_abcdefg\r\n") != NULL);
	CHECK(strstr(stub_latest(s.stub), "Clerk-API-Version: 2026-05-12") !=
	      NULL);
	site_close(&s);
}

/* What the set says of its keys is not what ends the users' pause. */
static void
pauses(void)
{
	struct gate *gate;
	const char *why = NULL;
	struct site s;

	site_open(&s, LIVE "Y2xlcmsuZXhhbXBsZS5jb20k\"; api_url = \"@\"; };");
	site_serve(&s, "/v1/jwks", SIGNER_RSA);
	CHECK(auth_probe(s.auth, 0, INT64_MAX / 2, s.arena, &why));
	gate = &auth_line(s.auth, 0)->gate;
	gate_failed(gate, 1, true, 1, clock_mono_ms(), 0);
	CHECK(atomic_load(&gate->backoff_until_ms) > 0);
	CHECK(auth_probe(s.auth, 0, INT64_MAX / 2, s.arena, &why));
	CHECK(atomic_load(&gate->backoff_until_ms) > 0);
	site_close(&s);
}

static const struct tap_case cases[] = {
	{ "login-info of a development instance, to the byte", contract },
	{ "pages are the Account Portal's, or ours", pages },
	{ "with a key of the configuration nobody is asked", own_key },
	{ "it is ready when its keys can be had", probes },
	{ "good keys do not end the pause of user look-ups", pauses },
};
TAP_MAIN(cases)
