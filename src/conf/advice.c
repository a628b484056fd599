/* SPDX-License-Identifier: MIT */
/* What is allowed in a configuration, and seldom meant. */
#include "conf/advice.h"

#include "conf/conf.h"
#include "conf/rules.h"

#include <string.h>

static bool
is_asked(const struct conf *c, const char *provider)
{
	return conf_list_has(&c->providers, provider);
}

/* Providers that somebody took the trouble to configure, for nothing. */
static void
advise_unused(const struct rules_sink *s, const struct conf *c)
{
	const struct conf_ory *o = &c->ory;
	const struct conf_clerk *k = &c->clerk;
	char key[RULES_KEY_SIZE];

	if (!is_asked(c, "ory") &&
	    (o->url[0] != '\0' || o->project_slug[0] != '\0' ||
		o->webhook_secret.n > 0))
		rules_say(s, "providers",
		    "does not name ory, though it is configured");
	if (!is_asked(c, "clerk") &&
	    (k->publishable_key[0] != '\0' || k->secret_key[0] != '\0' ||
		k->webhook_secret.n > 0))
		rules_say(s, "providers",
		    "does not name clerk, though it is configured");
	for (int i = 0; i < c->n_oidc; i++)
		if (!is_asked(c, c->oidc[i].name))
			rules_say(s, rules_place(key, "oidc", i, "name"),
			    "is not one of providers: its tokens are refused");
}

static void
advise_ory(const struct rules_sink *s, const struct conf_ory *o)
{
	if (o->cache_ttl > 0 && o->webhook_secret.n == 0)
		rules_say(s, "ory.cache_ttl",
		    "is how long a sign-out at Ory goes unnoticed and, "
		    "without ory.webhook_secret, a new password or address");
	if (o->stale_if_error > 0)
		rules_say(s, "ory.stale_if_error",
		    "is how long a sign-out at Ory goes unnoticed by reads "
		    "while Ory cannot be asked");
}

static bool
ends_with_slash(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && text[n - 1] == '/';
}

static void
advise_clerk(const struct rules_sink *s, const struct conf_clerk *k)
{
	for (int i = 0; i < k->issuer.n; i++)
		if (ends_with_slash(k->issuer.item[i]))
			rules_say(s, "clerk.issuer",
			    "ends with a slash: Clerk's issuers do not, and "
			    "they must be equal byte for byte");
	if (k->authorized_parties.n == 0)
		rules_say(s, "clerk.authorized_parties",
		    k->native_apps
			? "is empty: clerk.native_apps does nothing, and a "
			  "token that any site obtained is good here"
			: "is empty: a token that any site obtained is good "
			  "here");
	if (k->secret_key[0] == '\0' && k->email_claim[0] == '\0')
		rules_say(s, "clerk.secret_key",
		    "is empty and so is clerk.email_claim: profiles have no "
		    "email address");
}

void
conf_advise(const struct conf *c,
    void (*told)(void *ctx, const char *key, const char *advice), void *ctx)
{
	const struct rules_sink s = { told, ctx };

	advise_unused(&s, c);
	if (is_asked(c, "ory"))
		advise_ory(&s, &c->ory);
	if (is_asked(c, "clerk"))
		advise_clerk(&s, &c->clerk);
	advice_guard(&s, c);
}
