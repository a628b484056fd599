/* SPDX-License-Identifier: MIT */
/* conf/advice: what may stand there, and is seldom meant. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/files.h"
#include "unit/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLERK(more) "providers = [ \"clerk\" ];\nclerk: { " more " };\n"
#define KEYS                                                                   \
	"secret_key = \"sk_test_abcdefg\"; publishable_key = "                 \
	"\"pk_test_Y2xlcmsuY2xlcmsuZGV2JA\"; "
static char advised[500];

static void
noted(void *ctx, const char *key, const char *advice)
{
	char *keys = ctx;

	CHECK(advice[0] != '\0' && strstr(advice, "sk_") == NULL);
	snprintf(keys + strlen(keys), 100 - strlen(keys), "%s ", key);
	snprintf(advised, sizeof(advised), "%s", advice);
}

#define ORY "ory: { url = \"https://a.x\"; };\n"
#define ORY_TOO(more) "ory: { url = \"https://a.x\"; " more " };\n"
#define HOOK "webhook_secret = \"0123456789abcdef\"; "
#define OIDC(name)                                                             \
	"oidc: ( { name = \"" name "\"; issuer = \"https://i.x\"; "            \
	"audience = [ \"u\" ]; } );\n"
#define PARTIES "authorized_parties = [ \"https://a.x\" ]; "

static void
advice(void)
{
	static const struct {
		const char *text, *keys;
	} t[] = {
		{ CLERK(KEYS), "clerk.authorized_parties " },
		{ CLERK(KEYS "authorized_parties = [ \"https://a.x\" ];"), "" },
		{ "ory: { url = \"https://a.x\"; };\n", "" },
		{ ORY "clerk: { " KEYS " };\n", "providers " },
		{ ORY "clerk: { secret_key = \"sk_test_abcdefg\"; };\n",
		    "providers " },
		{ ORY "clerk: { publishable_key = \"pk_test_Y2xlcmsuY2xlcmsuZG"
		      "V2JA\"; };\n",
		    "providers " },
		{ ORY "clerk: { native_apps = true; };\n", "" },
		{ CLERK(PARTIES KEYS "issuer = \"https://i.x/\";"),
		    "clerk.issuer " },
		{ CLERK(PARTIES KEYS "issuer = [ \"https://i.x\", "
				     "\"https://j.x/\" ];"),
		    "clerk.issuer " },
		{ CLERK(PARTIES KEYS "native_apps = true;"), "" },
		{ ORY "clerk: { " HOOK " };\n", "providers " },
		{ CLERK(PARTIES KEYS) ORY, "providers " },
		{ CLERK(PARTIES KEYS) "ory: { project_slug = \"a\"; };\n",
		    "providers " },
		{ CLERK(PARTIES KEYS) "ory: { " HOOK " };\n", "providers " },
		{ CLERK(PARTIES KEYS) "ory: { cookies = false; };\n", "" },
		{ ORY OIDC("a"), "oidc.[0].name " },
		{ "providers = [ \"a\", \"ory\" ];\n" ORY OIDC("a"), "" },
		{ ORY_TOO("cache_ttl = \"30s\";"), "ory.cache_ttl " },
		{ ORY_TOO("cache_ttl = \"30s\"; " HOOK), "" },
		{ ORY_TOO("cache_ttl = \"0s\";"), "" },
		{ ORY_TOO("cache_ttl = \"provider\";"), "" },
		{ ORY_TOO("stale_if_error = \"1m\"; " HOOK),
		    "ory.stale_if_error " },
		{ ORY_TOO("cache_ttl = \"1s\"; stale_if_error = \"1m\"; "),
		    "ory.cache_ttl ory.stale_if_error " },
	};
	char *pem = signer_pem(SIGNER_RSA), keys[100];
	struct conf *c;

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].text);
		keys[0] = '\0';
		c = files_conf(t[i].text);
		conf_advise(c, noted, keys);
		STREQ(keys, t[i].keys);
		conf_free(&c);
	}
	keys[0] = '\0';
	c = files_conf(CLERK(KEYS "native_apps = true;"));
	conf_advise(c, noted, keys);
	STREQ(keys, "clerk.authorized_parties ");
	CHECK(strstr(advised, "native_apps does nothing") != NULL);
	conf_free(&c);
	keys[0] = '\0';
	files_write("key.pem", pem, 0644);
	c = files_conf(CLERK("issuer = \"https://i.x\"; authorized_parties = "
			     "[ \"https://a.x\" ]; jwt_key = "
			     "\"file:key.pem\";"));
	conf_advise(c, noted, keys);
	STREQ(keys, "clerk.secret_key ");
	conf_free(&c);
	free(pem);
}

static const struct tap_case cases[] = {
	{ "what is seldom meant is told", advice },
};
TAP_MAIN(cases)
