/* SPDX-License-Identifier: MIT */
/* Ory: GET {url}/sessions/whoami with exactly one credential. */
#include "auth/ory_session.h"
#include "auth/provider.h"
#include "auth/sessions.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/http.h"

#include <stdlib.h>
#include <string.h>

enum { URL_SIZE = 2304, PROBE_BODY_MAX = 64 << 10 };

struct ory {
	struct http *http;
	int timeout_ms;
	struct life_rules life;
	struct conf_list cookie_names;
	char cookie_name[256]; /* the usual one, when none is configured */
	struct ory_paths paths;
	bool network; /* on the Ory Network, reached by slug */
	char whoami_url[URL_SIZE];
	char ready_url[URL_SIZE];
	char browser_url[URL_SIZE];
	char ui_url[URL_SIZE]; /* "": its redirects are used */
};

/* Without final slashes: "…//sessions/whoami" is another path. */
static void
copy_base(char to[URL_SIZE], const char *url)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	snprintf(to, URL_SIZE, "%.*s", (int)n, url);
}

static void
set_urls(struct ory *o, const struct conf_ory *c)
{
	char base[URL_SIZE], slug_url[URL_SIZE];

	o->network = c->project_slug[0] != '\0';
	snprintf(slug_url, sizeof(slug_url), "https://%s.projects.oryapis.com",
	    c->project_slug);
	copy_base(base, o->network ? slug_url : c->url);
	base[URL_SIZE - 64] = '\0'; /* room for the longest path */
	snprintf(o->whoami_url, URL_SIZE, "%.2200s/sessions/whoami", base);
	snprintf(o->ready_url, URL_SIZE, "%.2200s/health/ready", base);
	copy_base(o->browser_url,
	    c->browser_url[0] != '\0' ? c->browser_url : base);
	copy_base(o->ui_url, c->ui_url);
	if (o->network && o->ui_url[0] == '\0')
		snprintf(o->ui_url, URL_SIZE, "%.2200s/ui", o->browser_url);
}

/* The Network's cookie bears the slug without its hyphens. */
static void
set_cookie_names(struct ory *o, const struct conf_ory *c)
{
	size_t n = 0;

	if (!c->cookies)
		return;
	o->cookie_names = c->cookie_names;
	if (o->cookie_names.n > 0)
		return;
	if (!o->network) {
		snprintf(o->cookie_name, sizeof(o->cookie_name),
		    "ory_kratos_session");
	} else {
		n = (size_t)snprintf(o->cookie_name, sizeof(o->cookie_name),
		    "ory_session_");
		for (const char *s = c->project_slug; *s != '\0'; s++)
			if (*s != '-')
				o->cookie_name[n++] = *s;
	}
	o->cookie_names =
	    (struct conf_list){ .n = 1, .item = { o->cookie_name } };
}

static void
ory_close(void **state)
{
	struct ory *o = *state;

	if (o != NULL)
		http_free(&o->http);
	free(o);
	*state = NULL;
}

static void *
ory_open(const struct provider_setup *s, struct err *e)
{
	const struct conf *c = s->conf;
	const struct http_options options = {
		.ca_file = c->ory.ca_file,
		.insecure_http = c->ory.insecure_http,
	};
	void *state = calloc(1, sizeof(struct ory));
	struct ory *o = state;

	if (o == NULL || (o->http = http_new(&options)) == NULL) {
		ory_close(&state);
		err_set(e, ERR_BUG, "ory: libcurl cannot be set up");
		return NULL;
	}
	o->timeout_ms = (int)c->ory.timeout;
	o->life = (struct life_rules){ c->ory.cache_ttl, c->ory.write_ttl,
		c->ory.stale_if_error };
	o->paths = (struct ory_paths){ c->ory.email, c->ory.name };
	set_urls(o, &c->ory);
	set_cookie_names(o, &c->ory);
	return o;
}

static const struct conf_list *
ory_cookies(const void *state)
{
	return &((const struct ory *)state)->cookie_names;
}

static bool
ory_takes(const void *state, const struct cred *c, const struct jwt *t)
{
	(void)state;
	return c->kind == CRED_COOKIE ||
	       (t == NULL && ory_is_session_token(c->value));
}

static int
time_for(const struct ory *o, int64_t deadline)
{
	int left = clock_left_ms(deadline);

	return left < o->timeout_ms ? left : o->timeout_ms;
}

/* Tokens of both headers go upstream as X-Session-Token. */
static int
ask_whoami(struct ory *o, const struct auth_request *rq, struct http_reply *r,
    struct err *e)
{
	bool cookie = rq->cred.kind == CRED_COOKIE;
	struct http_call call = {
		.url = o->whoami_url,
		.timeout_ms = time_for(o, rq->deadline),
		.body_max = ORY_ANSWER_MAX,
	};
	int n = 0;

	call.headers[n++] = arena_printf(rq->arena, "%s: %s",
	    cookie ? "Cookie" : "X-Session-Token", rq->cred.value);
	call.headers[n++] =
	    arena_printf(rq->arena, "X-Request-ID: %s", rq->request_id);
	if (call.headers[0] == NULL || call.headers[1] == NULL)
		return err_set(e, ERR_BUG, "out of request memory");
	call.headers[n++] = "Accept: application/json";
	if (o->network)
		call.headers[n++] = "Ory-No-Custom-Domain-Redirect: true";
	return http_get(o->http, &call, rq->arena, r, e);
}

/*
 * A re-issued session cookie goes back to the browser that sent the old one;
 * nothing else that Ory sets does.
 */
static bool
is_session_cookie(const struct ory *o, const char *set_cookie)
{
	for (int i = 0; i < o->cookie_names.n; i++) {
		const char *rest =
		    str_after(set_cookie, o->cookie_names.item[i]);

		if (rest != NULL && *rest == '=')
			return true;
	}
	return false;
}

static void
relay_cookies(const struct ory *o, const struct http_reply *r,
    struct auth_answer *answer)
{
	const char *value;

	for (int i = 0; (value = http_header(r, "set-cookie", i)) != NULL; i++)
		if (answer->n_relay < AUTH_RELAY_MAX &&
		    is_session_cookie(o, value) && str_is_header_safe(value))
			answer->relay[answer->n_relay++] = value;
}

static void
ory_keeping(const void *state, struct sessions_options *options)
{
	const struct ory *o = state;

	options->life = o->life;
	options->timeout_ms = o->timeout_ms;
}

static void
ory_check(void *state, const struct auth_request *rq, const struct jwt *t,
    struct provider_answer *pa)
{
	struct auth_answer *answer = pa->answer;
	struct ory *o = state;
	struct http_reply r;
	struct err e = { 0 };

	(void)t;
	if (ask_whoami(o, rq, &r, &e) == -1) {
		answer->verdict = AUTH_UNSURE;
		answer->why = arena_dup(rq->arena, e.text);
		/* nobody was asked when it was ours to fail */
		pa->outcome = e.kind == ERR_DOWN ? CALL_BROKEN : CALL_NONE;
		return;
	}
	ory_judge(&r, &o->paths, clock_wall_ms() / 1000, rq->arena, pa);
	if (answer->verdict == AUTH_STEPUP)
		answer->step_up_url = arena_printf(rq->arena,
		    "%s/self-service/login/browser?aal=aal2", o->browser_url);
	if (answer->verdict == AUTH_ALLOW && rq->cred.kind == CRED_COOKIE)
		relay_cookies(o, &r, answer);
}

static bool
ory_probe(void *state, int64_t deadline, struct arena *arena, const char **why)
{
	struct ory *o = state;
	struct http_call call = {
		.url = o->ready_url,
		.headers = { "Accept: application/json" },
		.timeout_ms = time_for(o, deadline),
		.body_max = PROBE_BODY_MAX,
	};
	struct http_reply r;
	struct err e = { 0 };

	if (http_get(o->http, &call, arena, &r, &e) == -1)
		*why = arena_printf(arena, "/health/ready: %s", e.text);
	else if (r.status != 200)
		*why =
		    arena_printf(arena, "/health/ready: status %d", r.status);
	else
		return true;
	return false;
}

/* The pages of login-info: member, path at Kratos, path in a hosted UI. */
static const struct page {
	const char *member;
	const char *flow;
	const char *ui; /* NULL: always the flow */
} pages[] = {
	{ "loginUrl", "login/browser", "login" },
	{ "registrationUrl", "registration/browser", "registration" },
	{ "logoutUrl", "logout/browser", NULL },
	{ "stepUpUrl", "login/browser?aal=aal2", NULL },
	{ "recoveryUrl", "recovery/browser", "recovery" },
	{ "settingsUrl", "settings/browser", "settings" },
};

static void
add_page(const struct ory *o, const struct page *p, const char *return_to,
    struct buf *b)
{
	bool hosted = o->ui_url[0] != '\0' && p->ui != NULL;
	const char *path = hosted ? p->ui : p->flow;

	buf_str(b, ",\"");
	buf_str(b, p->member);
	buf_str(b, "\":\"");
	buf_str(b, hosted ? o->ui_url : o->browser_url);
	buf_str(b, hosted ? "/" : "/self-service/");
	buf_str(b, path);
	if (return_to != NULL) {
		buf_str(b, strchr(path, '?') == NULL ? "?" : "&");
		buf_str(b, "return_to=");
		buf_percent(b, return_to);
	}
	buf_char(b, '"');
}

static void
ory_login_info(const void *state, const char *return_to, struct buf *b)
{
	const struct ory *o = state;

	buf_str(b, "\"provider\":\"ory\",\"oryUrl\":");
	buf_json(b, o->browser_url);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		add_page(o, &pages[i], return_to, b);
	buf_str(b, ",\"native\":{\"loginUrl\":\"");
	buf_str(b, o->browser_url);
	buf_str(b, "/self-service/login/api\"},\"accepts\":{\"headers\":"
		   "[\"Authorization\",\"X-Session-Token\"],\"cookies\":[");
	for (int i = 0; i < o->cookie_names.n; i++) {
		buf_str(b, i > 0 ? "," : "");
		buf_json(b, o->cookie_names.item[i]);
	}
	buf_str(b, "]}");
}

static int64_t
ory_take_spent_us(void *state)
{
	return http_take_spent_us(((struct ory *)state)->http);
}

const struct auth_provider auth_ory = {
	.kind = "ory",
	.asked_each_time = true,
	.open = ory_open,
	.close = ory_close,
	.cookies = ory_cookies,
	.takes = ory_takes,
	.keeping = ory_keeping,
	.check = ory_check,
	.probe = ory_probe,
	.login_info = ory_login_info,
	.take_spent_us = ory_take_spent_us,
};
