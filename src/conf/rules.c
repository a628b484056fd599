/* SPDX-License-Identifier: MIT */
/* Rules that span keys, each a row: when it is broken, what to say. */
#include "conf/rules.h"

#include "base/str.h"
#include "conf/conf.h"
#include "io/address.h"
#include "io/db.h"
#include "io/http.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

/* As proc/listen.c wants it; a zone ("%eth0") is the kernel's to judge. */
static bool
is_tcp_address(const char *text)
{
	unsigned char holder[ADDRESS_HOLDER_MAX];
	const char *colon = strrchr(text, ':');
	size_t n = colon == NULL ? 0 : (size_t)(colon - text);
	char host[INET6_ADDRSTRLEN + 2];

	if (n == 0 || n >= sizeof(host) ||
	    !str_is_from(colon + 1, STR_DIGITS, 1, 5) ||
	    strtol(colon + 1, NULL, 10) > UINT16_MAX)
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		host[strcspn(host, "%")] = '\0';
		return address_holder(host + 1, holder) > 0;
	}
	return address_holder(host, holder) > 0;
}

static bool
is_place_to_listen(const char *text)
{
	const char *path = str_after(text, "unix:");
	const char *tcp = str_after(text, "tcp:");

	if (path != NULL)
		return path[0] == '/';
	return tcp != NULL && is_tcp_address(tcp);
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
	if (c->listen[0] != '\0' && !is_place_to_listen(c->listen))
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

static void
check_trace(const struct rules_sink *s, const struct conf *c)
{
	const char *url = c->trace.endpoint;
	size_t origin = str_url_origin(url);
	struct err e = { 0 };

	if (c->trace.file[0] != '\0' && c->trace.file[0] != '/')
		rules_say(s, "trace.file", "must be a path from /");
	if (url[0] == '\0')
		return;
	if (http_check_url(url, 0, &e) == -1)
		rules_say(s, "trace.endpoint", e.text);
	else if (url[origin] != '/' || url[origin + 1] == '\0')
		rules_say(s, "trace.endpoint",
		    "must have a path, mostly /v1/traces");
}

static void
check_metrics(const struct rules_sink *s, const struct conf *c)
{
	for (int i = 0; i < c->metrics.allow.n; i++)
		if (!address_is_network(c->metrics.allow.item[i])) {
			rules_say(s, "metrics.allow",
			    "each must be an address, or a network such as "
			    "10.0.0.0/8 or fd00::/8 without bits behind its "
			    "prefix");
			return;
		}
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
	check_metrics(&s, c);
	check_trace(&s, c);
	check_workers(&s, c);
	check_places(&s, c);
}
