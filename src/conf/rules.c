/* SPDX-License-Identifier: MIT */
/* Rules that span keys, each a row: when it is broken, what to say. */
#include "conf/rules.h"

#include "base/str.h"
#include "conf/conf.h"
#include "io/db.h"
#include "io/http.h"

#include <string.h>
#include <unistd.h>

/* The names that `providers` accepts. */
static const char *const provider_names[] = { "ory" };

/* Above the request's budget: the hard alarm, and a moment to leave. */
enum { ALARM_ABOVE_MS = 1000 };

struct sink {
	void (*told)(void *ctx, const char *key, const char *problem);
	void *ctx;
};

static void
say(const struct sink *s, const char *key, const char *problem)
{
	s->told(s->ctx, key, problem);
}

static void
check_url(const struct sink *s, const char *key, const char *url, bool insecure)
{
	struct err e = { 0 };

	if (url[0] != '\0' && http_check_url(url, insecure, &e) == -1)
		say(s, key, e.text);
}

/*
 * Exactly scheme://host[:port] as browsers send it: lower case, the scheme's
 * own port left out, no slash behind it (RFC 6454, 6.2).
 */
static bool
is_origin(const char *text)
{
	static const char set[] =
	    "abcdefghijklmnopqrstuvwxyz" STR_DIGITS "-._:/[]";
	bool secure = str_after(text, "https://") != NULL;
	size_t n = str_url_origin(text);
	const char *port = strrchr(text, ':');

	return n > 0 && text[n] == '\0' && str_is_from(text, set, n, n) &&
	       strcmp(port, secure ? ":443" : ":80") != 0;
}

static void
check_site(const struct sink *s, const struct conf *c)
{
	if (c->public_url[0] != '\0' && !is_origin(c->public_url))
		say(s, "public_url",
		    "must be an origin as browsers send it, such as "
		    "https://www.example.com: lower case, no path, no "
		    "default port");
	if (c->base_path[0] != '\0' &&
	    (c->base_path[0] != '/' ||
		c->base_path[strlen(c->base_path) - 1] == '/' ||
		!str_is_from(c->base_path, STR_ALNUM "/-._~", 2, 256) ||
		strstr(c->base_path, "//") != NULL ||
		strstr(c->base_path, "/.") != NULL))
		say(s, "base_path",
		    "must be a path such as /api, without a final slash");
	for (int i = 0; i < c->cors.allow_origins.n; i++)
		if (!is_origin(c->cors.allow_origins.item[i]))
			say(s, "cors.allow_origins",
			    "each must be an origin as browsers send it, such "
			    "as https://app.example.com: lower case, no path, "
			    "no default port");
}

static void
check_providers(const struct sink *s, const struct conf *c)
{
	if (c->providers.n == 0)
		say(s, "providers", "must name at least one provider");
	for (int i = 0; i < c->providers.n; i++) {
		const char *name = c->providers.item[i];
		bool known = false;

		for (size_t k = 0;
		     k < sizeof(provider_names) / sizeof(provider_names[0]);
		     k++)
			known |= strcmp(name, provider_names[k]) == 0;
		if (!known)
			say(s, "providers",
			    "unknown provider; this version knows \"ory\"");
		for (int k = 0; k < i; k++)
			if (strcmp(name, c->providers.item[k]) == 0)
				say(s, "providers", "names a provider twice");
	}
}

static void
check_ory(const struct sink *s, const struct conf *c)
{
	const struct conf_ory *o = &c->ory;

	if (!conf_list_has(&c->providers, "ory"))
		return;
	if ((o->url[0] == '\0') == (o->project_slug[0] == '\0'))
		say(s, o->url[0] == '\0' ? "ory.project_slug" : "ory.url",
		    "set exactly one of ory.project_slug (Ory Network) and "
		    "ory.url (self-hosted)");
	if (o->project_slug[0] != '\0' &&
	    (!str_is_from(o->project_slug, STR_ALNUM "-", 1, 63) ||
		o->project_slug[0] == '-'))
		say(s, "ory.project_slug",
		    "must be the slug alone, such as happy-cori-abc123");
	if (o->ca_file[0] != '\0' && access(o->ca_file, R_OK) == -1)
		say(s, "ory.ca_file", "there is no such file that we can read");
	check_url(s, "ory.url", o->url, o->insecure_http);
	check_url(s, "ory.browser_url", o->browser_url, true);
	check_url(s, "ory.ui_url", o->ui_url, true);
	for (int i = 0; i < o->cookie_names.n; i++)
		if (!str_is_from(o->cookie_names.item[i],
			STR_ALNUM "!#$%&'*+-.^_`|~", 1, 128))
			say(s, "ory.cookie_names",
			    "each must be a cookie name (RFC 6265 token)");
	if (!str_is_from(o->email, STR_ALNUM "_-.", 1, 256))
		say(s, "ory.email", "must be a path such as traits.email");
	if (!str_is_from(o->name, STR_ALNUM "_-.", 1, 256))
		say(s, "ory.name", "must be a path such as traits.name");
}

static void
check_workers(const struct sink *s, const struct conf *c)
{
	if (c->workers.min > c->workers.max)
		say(s, "workers.min", "must not be above workers.max");
	if (c->workers.stop_timeout <=
	    c->workers.request_timeout + ALARM_ABOVE_MS)
		say(s, "workers.stop_timeout",
		    "must be more than workers.request_timeout and one second");
}

static void
check_database(const struct sink *s, const struct conf *c)
{
	struct err e = { 0 };

	if (db_check_url(c->database.url, &e) == -1)
		say(s, "database.url", e.text);
}

static void
check_places(const struct sink *s, const struct conf *c)
{
	const char *t = c->log.target, *path = str_after(t, "file:");

	if (path != NULL
		? path[0] != '/'
		: strcmp(t, "stderr") != 0 && strcmp(t, "syslog") != 0 &&
		      strcmp(t, "journal") != 0)
		say(s, "log.target",
		    "must be stderr, syslog, journal or file:/path");
	path = str_after(c->listen, "unix:");
	if (c->listen[0] != '\0' &&
	    (path != NULL ? path[0] != '/'
			  : str_after(c->listen, "tcp:") == NULL))
		say(s, "listen",
		    "must be unix:/path or tcp:address:port, "
		    "such as tcp:127.0.0.1:9000");
}

void
rules_check(const struct conf *c,
    void (*told)(void *ctx, const char *key, const char *problem), void *ctx)
{
	const struct sink s = { told, ctx };

	check_providers(&s, c);
	check_site(&s, c);
	check_ory(&s, c);
	check_database(&s, c);
	check_workers(&s, c);
	check_places(&s, c);
}
