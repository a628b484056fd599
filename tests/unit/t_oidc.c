/* SPDX-License-Identifier: MIT */
/* auth/oidc: bearer tokens of named issuers, step-up, login-info. */
#include "unit/site.h"

#include "base/arena.h"
#include "conf/conf.h"

#include <stdio.h>
#include <string.h>

#define ISSUER "https://id.x"
#define CORP(more)                                                             \
	"providers = [ \"corp\" ]; oidc: ( { name = \"corp\"; issuer = "       \
	"\"" ISSUER "\"; audience = [ \"api\" ]; jwks_url = \"@/keys\"; "      \
	"timeout = \"400ms\"; " more " } );"
#define WHO "\"sub\":\"s1\",\"aud\":\"api\""

static void
tokens(void)
{
	static const struct {
		const char *name, *issuer, *claims;
		enum signer_key key;
		enum auth_verdict verdict;
	} t[] = {
		{ "good", ISSUER, WHO, SIGNER_RSA, AUTH_ALLOW },
		{ "another issuer", ISSUER "/", WHO, SIGNER_RSA, AUTH_DENY },
		{ "another key", ISSUER, WHO, SIGNER_RSA_2, AUTH_DENY },
		{ "another audience", ISSUER, "\"sub\":\"s1\",\"aud\":\"b\"",
		    SIGNER_RSA, AUTH_DENY },
		{ "no subject", ISSUER, "\"aud\":\"api\"", SIGNER_RSA,
		    AUTH_DENY },
		{ "a logout token", ISSUER, WHO ",\"events\":{}", SIGNER_RSA,
		    AUTH_DENY },
	};
	struct auth_answer a;
	struct site s;

	site_open(&s, CORP(""));
	site_serve(&s, "/keys", SIGNER_RSA);
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].name);
		a = site_check(&s, CRED_BEARER,
		    site_token(&s, t[i].key, t[i].issuer, t[i].claims), true);
		INTEQ(a.verdict, t[i].verdict);
		STREQ(a.who.provider,
		    t[i].verdict == AUTH_ALLOW ? "corp" : NULL);
	}
	tap_row("%s", "an algorithm that is not configured");
	a = site_check(&s, CRED_BEARER,
	    token_signed(s.arena, SIGNER_RSA, KEY_PS256, "k1",
		"{\"iss\":\"" ISSUER "\"," WHO ",\"exp\":4000000000}"),
	    true);
	INTEQ(a.verdict, AUTH_DENY);
	STREQ(a.why, "alg is not one of the configured algorithms");
	CHECK(auth_take_spent_us(s.auth) > 0);
	site_close(&s);
}

/* Each algorithm by its key, and by no other. */
static void
algorithms(void)
{
	for (int alg = KEY_RS256; alg < KEY_ALGS; alg++) {
		enum signer_key key = signer_for((enum key_alg)alg);
		const char *name = key_alg_name((enum key_alg)alg);
		char conf[512];
		struct site s;

		tap_row("%s", name);
		snprintf(conf, sizeof(conf), CORP("algorithms = [ \"%s\" ];"),
		    name);
		site_open(&s, conf);
		site_serve(&s, "/keys", key);
		INTEQ(site_check(&s, CRED_BEARER,
			  token_signed(s.arena, key, (enum key_alg)alg, "k1",
			      "{\"iss\":\"" ISSUER "\"," WHO
			      ",\"exp\":4000000000}"),
			  false)
			  .verdict,
		    AUTH_ALLOW);
		site_close(&s);
	}
}

static void
step_up(void)
{
	static const struct {
		const char *conf, *claims;
		enum auth_verdict verdict;
		const char *url;
	} t[] = {
		{ CORP("aal2_acr = [ \"gold\" ]; require_aal2 = true; "
		       "login_url = \"https://id.x/in\";"),
		    WHO, AUTH_STEPUP, "https://id.x/in" },
		{ CORP("aal2_acr = [ \"gold\" ]; require_aal2 = true;"), WHO,
		    AUTH_STEPUP, NULL },
		{ CORP("aal2_acr = [ \"gold\" ]; require_aal2 = true;"),
		    WHO ",\"acr\":\"gold\"", AUTH_ALLOW, NULL },
		{ CORP("aal2_amr = [ \"otp\" ]; require_aal2 = true;"),
		    WHO ",\"amr\":[\"otp\"]", AUTH_ALLOW, NULL },
		{ CORP("aal2_amr = [ \"otp\" ];"), WHO, AUTH_ALLOW, NULL },
		{ CORP("aal2_acr = [ \"gold\" ]; require_aal2 = true;"),
		    "\"sub\":\"s1\",\"aud\":\"b\"", AUTH_DENY, NULL },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer a;
		struct site s;

		tap_row("%s %s", t[i].conf, t[i].claims);
		site_open(&s, t[i].conf);
		site_serve(&s, "/keys", SIGNER_RSA);
		a = site_check(&s, CRED_BEARER,
		    site_token(&s, SIGNER_RSA, ISSUER, t[i].claims), false);
		INTEQ(a.verdict, t[i].verdict);
		STREQ(a.step_up_url, t[i].url);
		site_close(&s);
	}
}

static void
discovered(void)
{
	const char *why = NULL;
	struct site s;

	site_open(&s, "providers = [ \"corp\" ]; oidc: ( { name = \"corp\"; "
		      "issuer = \"@\"; audience = [ \"api\" ]; } );");
	CHECK(!auth_probe(s.auth, 0, INT64_MAX / 2, s.arena, &why));
	CHECK(why != NULL && strncmp(why, "discovery: ", 11) == 0);
	stub_json(s.stub, "/.well-known/openid-configuration", 200, "",
	    arena_printf(s.arena,
		"{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\"}",
		stub_url(s.stub), stub_url(s.stub)));
	site_serve(&s, "/keys", SIGNER_RSA);
	INTEQ(site_check(&s, CRED_BEARER, site_token(&s, SIGNER_RSA, "@", WHO),
		  false)
		  .verdict,
	    AUTH_UNSURE);
	atomic_store(&auth_line(s.auth, 0)->ring.closed_ms, 0);
	INTEQ(site_check(&s, CRED_BEARER, site_token(&s, SIGNER_RSA, "@", WHO),
		  false)
		  .verdict,
	    AUTH_ALLOW);
	CHECK(auth_probe(s.auth, 0, INT64_MAX / 2, s.arena, &why));
	site_close(&s);
}

static void
info(void)
{
	struct site s;

	site_open(&s, CORP(""));
	STREQ(site_info(&s, 0, "https://b.x/"),
	    "{\"provider\":\"oidc\",\"name\":\"corp\",\"issuer\":"
	    "\"https://id.x\",\"clientId\":\"\",\"audience\":[\"api\"],"
	    "\"loginUrl\":\"\",\"registrationUrl\":\"\",\"logoutUrl\":\"\"}");
	site_close(&s);
	site_open(&s,
	    "providers = [ \"corp\" ]; oidc: ( { name = \"corp\"; issuer = "
	    "\"https://id.x\"; audience = [ \"api\", \"b\\\"\" ]; client_id = "
	    "\"c1\"; login_url = \"https://a.x/in\"; logout_url = "
	    "\"https://a.x/out\"; registration_url = \"https://a.x/up\"; } );");
	STREQ(site_info(&s, 0, NULL),
	    "{\"provider\":\"oidc\",\"name\":\"corp\",\"issuer\":"
	    "\"https://id.x\",\"clientId\":\"c1\",\"audience\":[\"api\","
	    "\"b\\\"\"],\"loginUrl\":\"https://a.x/in\",\"registrationUrl\":"
	    "\"https://a.x/up\",\"logoutUrl\":\"https://a.x/out\"}");
	site_close(&s);
}

static const struct tap_case cases[] = {
	{ "a token of the issuer, for us, by its key, is good", tokens },
	{ "each algorithm works when it is configured", algorithms },
	{ "a good token without a second factor needs step-up", step_up },
	{ "keys are found from the issuer alone", discovered },
	{ "login-info tells what a front end needs, to the byte", info },
};
TAP_MAIN(cases)
