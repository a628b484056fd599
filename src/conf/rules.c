/* SPDX-License-Identifier: MIT */
/* Rules that span keys, each a row: when it is broken, what to say. */
#include "conf/rules.h"

#include "base/str.h"
#include "conf/conf.h"
#include "io/db.h"

#include <stdio.h>
#include <string.h>

/* Above the request's budget: the hard alarm, and a moment to leave. */
enum { ALARM_ABOVE_MS = 1000 };

void
rules_say(const struct rules_sink *s, const char *key, const char *problem)
{
	s->told(s->ctx, key, problem);
}

const char *
rules_place(char key[RULES_KEY_SIZE], const char *list, int i,
    const char *member)
{
	snprintf(key, RULES_KEY_SIZE, "%s.[%d].%s", list, i, member);
	return key;
}

bool
rules_is_origin(const char *text)
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
check_site(const struct rules_sink *s, const struct conf *c)
{
	if (c->public_url[0] != '\0' && !rules_is_origin(c->public_url))
		rules_say(s, "public_url",
		    "must be an origin as browsers send it, such as "
		    "https://www.example.com: lower case, no path, no "
		    "default port");
	if (c->base_path[0] != '\0' &&
	    (c->base_path[0] != '/' ||
		c->base_path[strlen(c->base_path) - 1] == '/' ||
		!str_is_from(c->base_path, STR_ALNUM "/-._~", 2, 256) ||
		strstr(c->base_path, "//") != NULL ||
		strstr(c->base_path, "/.") != NULL))
		rules_say(s, "base_path",
		    "must be a path such as /api, without a final slash");
	for (int i = 0; i < c->cors.allow_origins.n; i++)
		if (!rules_is_origin(c->cors.allow_origins.item[i]))
			rules_say(s, "cors.allow_origins",
			    "each must be an origin as browsers send it, such "
			    "as https://app.example.com: lower case, no path, "
			    "no default port");
}

static void
check_workers(const struct rules_sink *s, const struct conf *c)
{
	if (c->workers.min > c->workers.max)
		rules_say(s, "workers.min", "must not be above workers.max");
	if (c->workers.stop_timeout <=
	    c->workers.request_timeout + ALARM_ABOVE_MS)
		rules_say(s, "workers.stop_timeout",
		    "must be more than workers.request_timeout and one second");
}

static void
check_database(const struct rules_sink *s, const struct conf *c)
{
	struct err e = { 0 };

	if (db_check_url(c->database.url, &e) == -1)
		rules_say(s, "database.url", e.text);
}

static void
check_places(const struct rules_sink *s, const struct conf *c)
{
	const char *t = c->log.target, *path = str_after(t, "file:");

	if (path != NULL
		? path[0] != '/'
		: strcmp(t, "stderr") != 0 && strcmp(t, "syslog") != 0 &&
		      strcmp(t, "journal") != 0)
		rules_say(s, "log.target",
		    "must be stderr, syslog, journal or file:/path");
	path = str_after(c->listen, "unix:");
	if (c->listen[0] != '\0' &&
	    (path != NULL ? path[0] != '/'
			  : str_after(c->listen, "tcp:") == NULL))
		rules_say(s, "listen",
		    "must be unix:/path or tcp:address:port, "
		    "such as tcp:127.0.0.1:9000");
}

static void
check_cache(const struct rules_sink *s, const struct conf *c)
{
	if (c->cache.path[0] != '\0' && c->cache.path[0] != '/')
		rules_say(s, "cache.path", "must be a folder's path from /");
}

void
rules_check(const struct conf *c,
    void (*told)(void *ctx, const char *key, const char *problem), void *ctx)
{
	const struct rules_sink s = { told, ctx };

	rules_check_auth(&s, c);
	rules_check_guard(&s, c);
	check_site(&s, c);
	check_cache(&s, c);
	check_database(&s, c);
	check_workers(&s, c);
	check_places(&s, c);
}
