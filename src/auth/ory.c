/* SPDX-License-Identifier: MIT */
/* Ory: GET {url}/sessions/whoami with exactly one credential. */
#include "auth/ory_session.h"
#include "auth/ory_sign_out.h"
#include "auth/pages.h"
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
	const struct outside *outside;
	int timeout_ms;
	struct life_rules life;
	struct conf_list cookie_names;
	char cookie_name[256]; /* the usual one, when none is configured */
	struct ory_paths paths;
	bool network; /* on the Ory Network, reached by slug */
	char whoami_url[URL_SIZE];
	char ready_url[URL_SIZE];
	char url[URL_SIZE];
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
	char slug_url[URL_SIZE];

	o->network = c->project_slug[0] != '\0';
	snprintf(slug_url, sizeof(slug_url), "https://%s.projects.oryapis.com",
	    c->project_slug);
	copy_base(o->url, o->network ? slug_url : c->url);
	o->url[URL_SIZE - 64] = '\0'; /* room for the longest path */
	snprintf(o->whoami_url, URL_SIZE, "%.2200s/sessions/whoami", o->url);
	snprintf(o->ready_url, URL_SIZE, "%.2200s/health/ready", o->url);
	copy_base(o->browser_url,
	    c->browser_url[0] != '\0' ? c->browser_url : o->url);
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
	o->outside = s->outside;
	o->timeout_ms = (int)c->ory.timeout;
	o->life = (struct life_rules){ c->ory.cache_ttl, c->ory.write_ttl,
		c->ory.stale_if_error };
	o->paths =
	    (struct ory_paths){ c->ory.email, c->ory.name, c->ory.roles };
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
ask(struct ory *o, const char *what, const char *url,
    const struct auth_request *rq, struct http_reply *r, struct err *e)
{
	bool cookie = rq->cred.kind == CRED_COOKIE;
	struct http_call call = {
		.url = url,
		.timeout_ms = time_for(o, rq->deadline),
		.body_max = ORY_ANSWER_MAX,
		.spans = o->outside->spans,
		.of = o->outside->name,
		.name = what,
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

/* Nobody was asked when it was ours to fail. */
static void
no_answer(const struct err *e, const struct auth_request *rq,
    struct provider_answer *pa)
{
	auth_unsure(pa->answer, arena_dup(rq->arena, e->text), 0);
	pa->outcome = e->kind == ERR_DOWN ? CALL_BROKEN : CALL_NONE;
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
	if (ask(o, "whoami", o->whoami_url, rq, &r, &e) == -1) {
		no_answer(&e, rq, pa);
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
		.spans = o->outside->spans,
		.of = o->outside->name,
		.name = "ready",
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

static int
ask_sign_out(struct ory *o, const struct auth_request *rq,
    const char *return_to, struct http_reply *r, struct err *e)
{
	struct buf url;

	buf_init(&url, rq->arena, 256);
	buf_str(&url, o->url);
	buf_str(&url, "/self-service/logout/browser");
	pages_add_return(&url, "return_to", return_to);
	if (buf_text(&url) == NULL)
		return err_set(e, ERR_BUG, "out of request memory");
	return ask(o, "logout url", url.data, rq, r, e);
}

/*
 * Kratos answers 400 to a return_to that is not among its
 * selfservice.allowed_return_urls: one still wants to be signed out.
 */
static const char *
ory_sign_out(void *state, const struct auth_request *rq, const char *return_to,
    struct provider_answer *pa)
{
	struct ory *o = state;
	const struct ory_places places = { o->url, o->browser_url };
	struct http_reply r;
	struct err e = { 0 };
	int rc = ask_sign_out(o, rq, return_to, &r, &e);

	if (rc == 0 && r.status == 400 && return_to != NULL)
		rc = ask_sign_out(o, rq, NULL, &r, &e);
	if (rc == 0)
		return ory_judge_sign_out(&r, &places, rq->arena, pa);
	no_answer(&e, rq, pa);
	return NULL;
}

/* Paths at Kratos and in a hosted UI. */
static const struct page {
	const char *flow;
	const char *ui; /* NULL: always the flow */
} pages[AUTH_PAGES] = {
	[AUTH_PAGE_LOGIN] = { "login/browser", "login" },
	[AUTH_PAGE_REGISTRATION] = { "registration/browser", "registration" },
	/* for scripts: see ory_sign_out() */
	[AUTH_PAGE_LOGOUT] = { "logout/browser", NULL },
	[AUTH_PAGE_STEPUP] = { "login/browser?aal=aal2", NULL },
	/* without refresh it sends back whoever is signed in: for ever */
	[AUTH_PAGE_AGAIN] = { "login/browser?refresh=true", NULL },
	[AUTH_PAGE_STEPUP_AGAIN] = { "login/browser?aal=aal2&refresh=true",
	    NULL },
};
static const struct page recovery = { "recovery/browser", "recovery" };
static const struct page settings = { "settings/browser", "settings" };

static void
add_url(const struct ory *o, const struct page *p, const char *return_to,
    struct buf *b)
{
	bool hosted = o->ui_url[0] != '\0' && p->ui != NULL;

	buf_str(b, hosted ? o->ui_url : o->browser_url);
	buf_str(b, hosted ? "/" : "/self-service/");
	buf_str(b, hosted ? p->ui : p->flow);
	pages_add_return(b, "return_to", return_to);
}

static void
ory_page(const void *state, enum auth_page page, const char *return_to,
    struct buf *b)
{
	add_url(state, &pages[page], return_to, b);
}

static void
add_member(const struct ory *o, const char *member, const struct page *p,
    const char *return_to, struct buf *b)
{
	struct buf url;

	buf_init(&url, b->arena, 256);
	add_url(o, p, return_to, &url);
	buf_str(b, member);
	buf_jsonn(b, url.data, url.len);
}

static void
ory_login_info(const void *state, const char *return_to, struct buf *b)
{
	const struct ory *o = state;

	buf_str(b, "\"provider\":\"ory\",\"oryUrl\":");
	buf_json(b, o->browser_url);
	pages_add_members(&auth_ory, o, return_to, b);
	add_member(o, ",\"recoveryUrl\":", &recovery, return_to, b);
	add_member(o, ",\"settingsUrl\":", &settings, return_to, b);
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
	.page = ory_page,
	.sign_out = ory_sign_out,
	.take_spent_us = ory_take_spent_us,
};
