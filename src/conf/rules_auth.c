/* SPDX-License-Identifier: MIT */
/* The rules about identity providers. */
#include "base/b64.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/publishable.h"
#include "conf/rules.h"
#include "io/http.h"
#include "io/key.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	PROVIDERS_MAX = 8,
	HOOK_KEY_MAX = 96, /* bytes that a whsec_ stands for */
	HOOK_SECRET_MIN = 16,
	HOOK_SECRET_MAX = 256,
	TOKEN_MAX = 1024,
};

#define NAME_CHARS STR_ALNUM "_-"
#define CLAIM_CHARS STR_ALNUM "_-.:/@"

static void
check_url(const struct rules_sink *s, const char *key, const char *url,
    unsigned allow)
{
	struct err e = { 0 };

	if (url[0] != '\0' && http_check_url(url, allow, &e) == -1)
		rules_say(s, key, e.text);
}

/* The one provider that may be anywhere, if told so. */
static void
check_ory_url(const struct rules_sink *s, const char *key, const char *url,
    bool insecure)
{
	struct err e = { 0 };

	if (url[0] == '\0' ||
	    http_check_url(url, insecure ? HTTP_ALLOW_PLAIN : 0, &e) == 0)
		return;
	if (http_check_url(url, HTTP_ALLOW_PLAIN, &(struct err){ 0 }) == 0)
		rules_say(s, key,
		    "plain http is allowed to loopback only, or with "
		    "ory.insecure_http = true");
	else
		rules_say(s, key, e.text);
}

/* A page for browsers: it may be anywhere, and have a query. */
static void
check_page(const struct rules_sink *s, const char *key, const char *url)
{
	if (url[0] != '\0' &&
	    (str_url_origin(url) == 0 || strchr(url, '#') != NULL))
		rules_say(s, key, "must be an http or https URL, without #");
}

static void
check_file(const struct rules_sink *s, const char *key, const char *file)
{
	if (file[0] != '\0' && access(file, R_OK) == -1)
		rules_say(s, key, "there is no such file that we can read");
}

static void
check_claim(const struct rules_sink *s, const char *key, const char *claim)
{
	if (claim[0] != '\0' && !str_is_from(claim, CLAIM_CHARS, 1, 256))
		rules_say(s, key, "must be the name or path of a claim");
}

static bool
is_known(const struct conf *c, const char *name)
{
	return strcmp(name, "ory") == 0 || strcmp(name, "clerk") == 0 ||
	       conf_find_oidc(c, name) != NULL;
}

static void
check_providers(const struct rules_sink *s, const struct conf *c)
{
	if (c->providers.n == 0 || c->providers.n > PROVIDERS_MAX)
		rules_say(s, "providers", "must name one to eight providers");
	for (int i = 0; i < c->providers.n; i++) {
		const char *name = c->providers.item[i];

		if (!is_known(c, name))
			rules_say(s, "providers",
			    "unknown provider; there are \"ory\", \"clerk\" "
			    "and the names in the oidc list");
		for (int k = 0; k < i; k++)
			if (strcmp(name, c->providers.item[k]) == 0)
				rules_say(s, "providers",
				    "names a provider twice");
	}
}

/* From min to max visible ASCII characters: fit for a header field. */
static bool
is_visible(const char *text, size_t min, size_t max)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return n >= min && n <= max;
}

static void
check_ory_admin(const struct rules_sink *s, const struct conf_ory *o)
{
	check_ory_url(s, "ory.admin_url", o->admin_url, o->insecure_http);
	if (o->admin_token[0] == '\0')
		return;
	if (!is_visible(o->admin_token, 1, TOKEN_MAX))
		rules_say(s, "ory.admin_token",
		    "must be visible ASCII characters");
	if (o->admin_url[0] == '\0' && o->project_slug[0] == '\0')
		rules_say(s, "ory.admin_token",
		    "needs ory.admin_url: where to send it");
}

/* What is remembered of its answers, and what makes that forgotten. */
static void
check_ory_cache(const struct rules_sink *s, const struct conf_ory *o)
{
	if (o->cache_ttl >= 0 && o->write_ttl > o->cache_ttl)
		rules_say(s, "ory.write_ttl",
		    "must not be longer than ory.cache_ttl: nothing is kept "
		    "for that long");
	for (int i = 0; i < o->webhook_secret.n; i++)
		if (!is_visible(o->webhook_secret.item[i], HOOK_SECRET_MIN,
			HOOK_SECRET_MAX))
			rules_say(s, "ory.webhook_secret",
			    "each must be 16 to 256 visible ASCII characters");
}

/* Where an identity holds what; roles not where users write themselves. */
static void
check_ory_paths(const struct rules_sink *s, const struct conf_ory *o)
{
	static const char chars[] = STR_ALNUM "_-.";

	if (!str_is_from(o->email, chars, 1, 256))
		rules_say(s, "ory.email",
		    "must be a path such as traits.email");
	if (!str_is_from(o->name, chars, 1, 256))
		rules_say(s, "ory.name", "must be a path such as traits.name");
	if (!str_is_from(o->roles, chars, 0, 256))
		rules_say(s, "ory.roles",
		    "must be a path such as metadata_public.roles");
	else if (strcmp(o->roles, "traits") == 0 ||
		 str_after(o->roles, "traits.") != NULL)
		rules_say(s, "ory.roles",
		    "must not be a trait: users edit these themselves");
	else if (str_after(o->roles, "metadata_admin") != NULL)
		rules_say(s, "ory.roles",
		    "must not be in metadata_admin: sessions do not show "
		    "that; metadata_public is the place");
}

static void
check_ory(const struct rules_sink *s, const struct conf *c)
{
	const struct conf_ory *o = &c->ory;

	if (!conf_list_has(&c->providers, "ory"))
		return;
	if ((o->url[0] == '\0') == (o->project_slug[0] == '\0'))
		rules_say(s, o->url[0] == '\0' ? "ory.project_slug" : "ory.url",
		    "set exactly one of ory.project_slug (Ory Network) and "
		    "ory.url (self-hosted)");
	if (o->project_slug[0] != '\0' &&
	    (!str_is_from(o->project_slug, STR_ALNUM "-", 1, 63) ||
		o->project_slug[0] == '-'))
		rules_say(s, "ory.project_slug",
		    "must be the slug alone, such as happy-cori-abc123");
	check_file(s, "ory.ca_file", o->ca_file);
	check_ory_url(s, "ory.url", o->url, o->insecure_http);
	check_ory_admin(s, o);
	check_ory_cache(s, o);
	check_url(s, "ory.browser_url", o->browser_url, HTTP_ALLOW_PLAIN);
	check_url(s, "ory.ui_url", o->ui_url, HTTP_ALLOW_PLAIN);
	for (int i = 0; i < o->cookie_names.n; i++)
		if (!str_is_from(o->cookie_names.item[i],
			STR_ALNUM "!#$%&'*+-.^_`|~", 1, 128))
			rules_say(s, "ory.cookie_names",
			    "each must be a cookie name (RFC 6265 token)");
	check_ory_paths(s, o);
}

static void
check_clerk_keys(const struct rules_sink *s, const struct conf_clerk *k)
{
	char host[PUBLISHABLE_HOST_MAX + 1];
	struct err e = { 0 }, p = { 0 };
	struct key *key = NULL;

	if (k->publishable_key[0] != '\0' &&
	    publishable_host(k->publishable_key, host, &p) == -1)
		rules_say(s, "clerk.publishable_key", p.text);
	if (k->secret_key[0] == '\0' && k->jwt_key[0] == '\0')
		rules_say(s, "clerk.secret_key",
		    "set clerk.secret_key, or clerk.jwt_key for tokens alone");
	if (k->secret_key[0] != '\0' &&
	    (str_after(k->secret_key, "sk_") == NULL ||
		!str_is_from(k->secret_key, NAME_CHARS, 8, 256)))
		rules_say(s, "clerk.secret_key",
		    "is not the form of a secret key: sk_live_… or sk_test_…");
	if (k->jwt_key[0] == '\0')
		return;
	key = key_from_pem(k->jwt_key, &e);
	if (key == NULL)
		rules_say(s, "clerk.jwt_key", e.text);
	else if (!key_fits(key, KEY_RS256))
		rules_say(s, "clerk.jwt_key", "is not an RSA key");
	key_free(&key);
}

static bool
is_hook_key(const char *secret)
{
	const char *behind = str_after(secret, "whsec_");
	const char *text = behind == NULL ? secret : behind;
	unsigned char key[HOOK_KEY_MAX];
	size_t n;
	int rc = b64_decode(text, strlen(text), key, sizeof(key), &n);

	explicit_bzero(key, sizeof(key));
	return rc == 0 && n > 0;
}

static void
check_clerk(const struct rules_sink *s, const struct conf *c)
{
	const struct conf_clerk *k = &c->clerk;

	if (!conf_list_has(&c->providers, "clerk"))
		return;
	check_clerk_keys(s, k);
	for (int i = 0; i < k->webhook_secret.n; i++)
		if (!is_hook_key(k->webhook_secret.item[i]))
			rules_say(s, "clerk.webhook_secret",
			    "each must be a signing secret: whsec_ and base64");
	if (k->issuer.n == 0 && k->publishable_key[0] == '\0')
		rules_say(s, "clerk.issuer",
		    "set clerk.publishable_key or clerk.issuer: a token says "
		    "who issued it, and we must know who may");
	for (int i = 0; i < k->issuer.n; i++)
		check_url(s, "clerk.issuer", k->issuer.item[i], 0);
	for (int i = 0; i < k->authorized_parties.n; i++)
		if (!rules_is_origin(k->authorized_parties.item[i]))
			rules_say(s, "clerk.authorized_parties",
			    "each must be an origin as browsers send it, such "
			    "as https://app.example.com");
	check_url(s, "clerk.api_url", k->api_url, 0);
	if (k->api_url[0] == '\0')
		rules_say(s, "clerk.api_url", "must not be empty");
	check_page(s, "clerk.sign_in_url", k->sign_in_url);
	check_page(s, "clerk.sign_out_url", k->sign_out_url);
	check_claim(s, "clerk.email_claim", k->email_claim);
}

static const char *
place(char key[RULES_KEY_SIZE], int i, const char *member)
{
	return rules_place(key, "oidc", i, member);
}

static void
check_oidc_name(const struct rules_sink *s, const struct conf *c, int i)
{
	const char *name = c->oidc[i].name;
	char key[RULES_KEY_SIZE];

	place(key, i, "name");
	if (!str_is_from(name, NAME_CHARS, 1, 63) || strcmp(name, "ory") == 0 ||
	    strcmp(name, "clerk") == 0)
		rules_say(s, key,
		    "must be 1 to 63 letters, digits, - and _, and neither "
		    "ory nor clerk");
	else if (conf_find_oidc(c, name) != &c->oidc[i])
		rules_say(s, key, "stands twice");
}

/* By its own key, or by the publishable key. */
static bool
is_clerks(const struct conf *c, const char *issuer)
{
	char host[PUBLISHABLE_HOST_MAX + 1];
	const char *named = str_after(issuer, "https://");
	struct err e = { 0 };

	if (c->clerk.issuer.n > 0 || c->clerk.publishable_key[0] == '\0')
		return conf_list_has(&c->clerk.issuer, issuer);
	return publishable_host(c->clerk.publishable_key, host, &e) == 0 &&
	       named != NULL && strcmp(named, host) == 0;
}

/* Who issued a token decides whose it is: one provider each. */
static void
check_oidc_issuer(const struct rules_sink *s, const struct conf *c, int i)
{
	const char *issuer = c->oidc[i].issuer;
	char key[RULES_KEY_SIZE];

	place(key, i, "issuer");
	if (issuer[0] == '\0')
		rules_say(s, key, "must not be empty");
	check_url(s, key, issuer, 0);
	for (int k = 0; k < i; k++)
		if (strcmp(issuer, c->oidc[k].issuer) == 0)
			rules_say(s, key, "is another provider's, too");
	if (is_clerks(c, issuer))
		rules_say(s, key, "is clerk's, too");
}

static void
check_oidc(const struct rules_sink *s, const struct conf *c, int i)
{
	const struct conf_oidc *o = &c->oidc[i];
	char key[RULES_KEY_SIZE];

	check_oidc_name(s, c, i);
	check_oidc_issuer(s, c, i);
	if (o->audience.n == 0)
		rules_say(s, place(key, i, "audience"),
		    "must name at least one audience: a token for somebody "
		    "else must not be good here");
	for (int k = 0; k < o->algorithms.n; k++)
		if (key_alg_find(o->algorithms.item[k],
			strlen(o->algorithms.item[k])) == KEY_NO_ALG)
			rules_say(s, place(key, i, "algorithms"),
			    "each must be RS256, RS384, RS512, PS256, PS384, "
			    "PS512, ES256, ES384, ES512 or EdDSA");
	if (o->algorithms.n == 0)
		rules_say(s, place(key, i, "algorithms"),
		    "must name at least one");
	check_url(s, place(key, i, "jwks_url"), o->jwks_url, HTTP_ALLOW_QUERY);
	check_page(s, place(key, i, "login_url"), o->login_url);
	check_page(s, place(key, i, "logout_url"), o->logout_url);
	check_page(s, place(key, i, "registration_url"), o->registration_url);
	check_claim(s, place(key, i, "email_claim"), o->email_claim);
	check_claim(s, place(key, i, "name_claim"), o->name_claim);
	check_claim(s, place(key, i, "roles_claim"), o->roles_claim);
	check_file(s, place(key, i, "ca_file"), o->ca_file);
	if (o->require_aal2 && o->aal2_acr.n + o->aal2_amr.n == 0)
		rules_say(s, place(key, i, "require_aal2"),
		    "needs aal2_acr or aal2_amr: what a second factor is");
}

void
rules_check_auth(const struct rules_sink *s, const struct conf *c)
{
	check_providers(s, c);
	check_ory(s, c);
	check_clerk(s, c);
	for (int i = 0; i < c->n_oidc; i++)
		check_oidc(s, c, i);
}
