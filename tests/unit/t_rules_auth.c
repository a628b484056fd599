/* SPDX-License-Identifier: MIT */
/* conf/rules_auth: what a configured provider must say, and may not. */
#include "tap.h"

#include "conf/conf.h"
#include "conf/rules.h"
#include "unit/files.h"
#include "unit/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLERK(more) "providers = [ \"clerk\" ];\nclerk: { " more " };\n"
#define KEYS                                                                   \
	"secret_key = \"sk_test_abcdefg\"; publishable_key = "                 \
	"\"pk_test_Y2xlcmsuY2xlcmsuZGV2JA\"; "
#define OIDC(more) "providers = [ \"a\" ];\noidc: ( { " more " } );\n"
#define OIDCS(issuer)                                                          \
	"oidc: ( { name = \"a\"; issuer = \"" issuer                          \
	"\"; audience = [ \"u\" ]; } );\n"
#define GOOD "name = \"a\"; issuer = \"https://a.x\"; audience = [ \"u\" ]; "

struct row {
	const char *text, *problem; /* behind "t.conf:"; NULL: none */
};

static void
try_rows(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct conf *c = files_conf(t[i].text);
		const char *got = files_problem(0);

		tap_row("%s", t[i].text);
		INTEQ(c != NULL, t[i].problem == NULL);
		if (t[i].problem != NULL &&
		    !CHECK(strstr(got, t[i].problem) != NULL))
			STREQ(got, t[i].problem);
		conf_free(&c);
	}
}

static void
clerk(void)
{
	static const struct row t[] = {
		{ CLERK(KEYS), NULL },
		{ CLERK(KEYS "authorized_parties = [ \"https://a.x\" ];"),
		    NULL },
		{ CLERK(KEYS "issuer = \"https://i.x\";"), NULL },
		{ CLERK(KEYS "issuer = [ \"https://i.x\", \"https://j.x\" ];"),
		    NULL },
		{ CLERK("secret_key = \"sk_test_abcdefg\"; "
			"issuer = \"https://i.x\";"),
		    NULL },
		{ CLERK(KEYS "api_url = \"http://127.0.0.1:1\";"), NULL },
		{ CLERK(KEYS "sign_in_url = \"https://a.x/in?b=c\";"), NULL },
		{ CLERK(KEYS "email_claim = \"https://a.x/e.mail\";"), NULL },
		/* not asked for: not looked at */
		{ "ory: { url = \"https://a.x\"; };\nclerk: { issuer = "
		  "\"nonsense\"; };\n",
		    NULL },
		{ "providers = [ \"clerk\" ];\n",
		    "clerk.secret_key: set clerk.secret_key, or" },
		{ CLERK(
		      "publishable_key = \"pk_test_Y2xlcmsuY2xlcmsuZGV2JA\";"),
		    ":2: clerk.secret_key: set clerk.secret_key, or" },
		{ CLERK("secret_key = \"sk_test_abcdefg\";"),
		    ":2: clerk.issuer: set clerk.publishable_key or" },
		{ CLERK("secret_key = \"sk\"; issuer = \"https://i.x\";"),
		    ":2: clerk.secret_key: is not the form" },
		{ CLERK("secret_key = \"sk_test abcdefg\"; issuer = "
			"\"https://i.x\";"),
		    ":2: clerk.secret_key: is not the form" },
		{ CLERK("secret_key = \"sk_test_abcdefg\"; publishable_key = "
			"\"sk_test_abcdefg\";"),
		    ":2: clerk.publishable_key: must be a publishable key" },
		{ CLERK("secret_key = \"pk_live_abcdefg\"; issuer = "
			"\"https://i.x\";"),
		    ":2: clerk.secret_key: is not the form" },
		{ CLERK(KEYS "issuer = \"i.x\";"),
		    ":2: clerk.issuer: must be" },
		{ CLERK(KEYS "issuer = \"http://i.x\";"),
		    ":2: clerk.issuer: plain http" },
		{ CLERK(KEYS "issuer = \"https://i.x?a\";"),
		    ":2: clerk.issuer: must have no query" },
		{ CLERK(KEYS "authorized_parties = [ \"https://a.x/\" ];"),
		    ":2: clerk.authorized_parties: each must be an origin" },
		{ CLERK(KEYS "authorized_parties = [ \"*\" ];"),
		    ":2: clerk.authorized_parties: each must be an origin" },
		{ CLERK(KEYS "authorized_parties = [ \"\" ];"),
		    ":2: clerk.authorized_parties: must be a list of strings" },
		{ CLERK(KEYS "api_url = \"\";"),
		    ":2: clerk.api_url: must not be empty" },
		{ CLERK(KEYS "api_url = \"http://api.x\";"),
		    ":2: clerk.api_url: plain http" },
		{ CLERK(KEYS "api_url = \"https://u:p@api.x\";"),
		    ":2: clerk.api_url: must be" },
		{ CLERK(KEYS "sign_in_url = \"javascript:alert(1)\";"),
		    ":2: clerk.sign_in_url: must be an http" },
		{ CLERK(KEYS "sign_out_url = \"https://a.x/#b\";"),
		    ":2: clerk.sign_out_url: must be an http" },
		{ CLERK(KEYS "email_claim = \"e mail\";"),
		    ":2: clerk.email_claim: must be the name" },
	};

	try_rows(t, ROWS(t));
}

static void
oidc(void)
{
	static const struct row t[] = {
		{ OIDC(GOOD), NULL },
		{ OIDC(GOOD "jwks_url = \"https://a.x/keys?b=c\";"), NULL },
		{ OIDC(GOOD "login_url = \"http://a.x/in?b\";"), NULL },
		{ OIDC(GOOD "require_aal2 = true; aal2_acr = [ \"x\" ];"),
		    NULL },
		{ OIDC(GOOD "email_claim = \"\"; name_claim = \"a.b\";"),
		    NULL },
		{ OIDC("name = \"a\"; issuer = \"https://a.x\";"),
		    ":2: oidc.[0].audience: must name at least one" },
		{ OIDC("name = \"a\"; audience = [ \"u\" ];"),
		    ":2: oidc.[0].issuer: must not be empty" },
		{ OIDC("issuer = \"https://a.x\"; audience = [ \"u\" ];"), "" },
		{ "providers = [ \"ory\" ]; ory: { url = \"https://a.x\"; };\n"
		  "oidc: ( { name = \"ory\"; issuer = \"https://a.x\"; "
		  "audience = [ \"u\" ]; } );\n",
		    ":2: oidc.[0].name: must be 1 to 63" },
		{ OIDC("name = \"a\"; issuer = \"http://a.x\"; "
		       "audience = [ \"u\" ];"),
		    ":2: oidc.[0].issuer: plain http" },
		{ OIDC("name = \"a\"; issuer = \"https://a.x?b\"; "
		       "audience = [ \"u\" ];"),
		    ":2: oidc.[0].issuer: must have no query" },
		{ OIDC(GOOD "algorithms = [ \"none\" ];"),
		    ":2: oidc.[0].algorithms: each must be RS256" },
		{ OIDC(GOOD "algorithms = [ \"HS256\" ];"),
		    ":2: oidc.[0].algorithms: each must be RS256" },
		{ OIDC(GOOD "algorithms = [ \"rs256\" ];"),
		    ":2: oidc.[0].algorithms: each must be RS256" },
		{ OIDC(GOOD "algorithms = [ ];"),
		    ":2: oidc.[0].algorithms: must name at least one" },
		{ OIDC(GOOD "jwks_url = \"http://10.0.0.1/\";"),
		    ":2: oidc.[0].jwks_url: plain http" },
		{ OIDC(GOOD "logout_url = \"/out\";"),
		    ":2: oidc.[0].logout_url: must be an http" },
		{ OIDC(GOOD "registration_url = \"https://a b\";"),
		    ":2: oidc.[0].registration_url: must be an http" },
		{ OIDC(GOOD "roles_claim = \"a b\";"),
		    ":2: oidc.[0].roles_claim: must be the name" },
		{ OIDC(GOOD "ca_file = \"/nonexistent\";"),
		    ":2: oidc.[0].ca_file: there is no such file" },
		{ OIDC(GOOD "require_aal2 = true;"),
		    ":2: oidc.[0].require_aal2: needs aal2_acr or aal2_amr" },
		{ OIDC(GOOD "}, { name = \"b\"; issuer = \"https://a.x\"; "
			    "audience = [ \"u\" ];"),
		    ":2: oidc.[1].issuer: is another provider's" },
		{ OIDC(GOOD) "clerk: { issuer = \"https://a.x\"; };",
		    ":2: oidc.[0].issuer: is clerk's" },
		/* the issuer that the publishable key implies, unless the
		 * configuration names another */
		{ "providers = [ \"clerk\" ];\nclerk: { " KEYS " };\n" OIDCS(
		      "https://clerk.clerk.dev"),
		    ":3: oidc.[0].issuer: is clerk's" },
		{ "providers = [ \"clerk\" ];\nclerk: { " KEYS
		  "issuer = \"https://i.x\"; };\n" OIDCS(
		      "https://clerk.clerk.dev"),
		    NULL },
		{ "providers = [ \"clerk\" ];\nclerk: { " KEYS
		  " };\n" OIDCS("https://clerk.clerk.dev/"),
		    NULL },
		{ "providers = [ \"b\" ];\noidc: ( { " GOOD " } );\n",
		    ":1: providers: unknown provider" },
	};

	try_rows(t, ROWS(t));
}

/* As administrators paste it; a key of another kind, or none. */
static void
pasted(void)
{
	static const struct {
		enum signer_key key;
		const char *problem;
	} t[] = { { SIGNER_RSA, NULL },
		{ SIGNER_P256, "clerk.jwt_key: is not an RSA key" },
		{ SIGNER_ED25519, "clerk.jwt_key: is not an RSA key" } };

	for (size_t i = 0; i < ROWS(t); i++) {
		char *pem = signer_pem(t[i].key), text[2048];
		struct conf *c;

		tap_row("key %zu, in the file and in one of its own", i);
		snprintf(text, sizeof(text),
		    CLERK("issuer = \"https://i.x\"; jwt_key = \"%s\";"), pem);
		try_rows(&(struct row){ text, t[i].problem }, 1);
		files_write("key.pem", pem, 0644);
		try_rows(&(struct row){ CLERK("issuer = \"https://i.x\"; "
					      "jwt_key = \"file:key.pem\";"),
			     t[i].problem },
		    1);
		c = t[i].problem != NULL ? NULL : files_conf(text);
		CHECK(c == NULL ||
		      strncmp(c->clerk.jwt_key, pem, strlen(pem) - 1) == 0);
		conf_free(&c);
		free(pem);
	}
	tap_row("%s", "no key");
	try_rows(
	    &(struct row){ CLERK("issuer = \"https://i.x\"; jwt_key = \"x\";"),
		":2: clerk.jwt_key: " },
	    1);
	STREQ(strstr(files_problem(0), "sk_"), NULL);
}

/* A secret key that all can read is told to nobody else. */
static void
open_secret(void)
{
	static struct conf_problems p;
	struct conf *c;

	c = conf_load(files_write("o.conf", CLERK(KEYS), 0604), &p);
	CHECK(c == NULL);
	CHECK(strstr(p.text[0], "o.conf:2: clerk.secret_key: holds a secret "
				"and others can read this file") != NULL);
	CHECK(strstr(p.text[0], "sk_test") == NULL);
}

static const struct tap_case cases[] = {
	{ "Clerk needs a key, and to know its issuer", clerk },
	{ "each OpenID Connect provider is whole, and itself", oidc },
	{ "a public key is taken as pasted, when it is an RSA key", pasted },
	{ "a secret key in a file others can read is refused", open_secret },
};
TAP_MAIN(cases)
