/* SPDX-License-Identifier: MIT */
/* Refusals in words, one row each, and the way on from there. */
#include "route/page.h"

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "route/html.h"
#include "route/r_refresh.h"
#include "route/request.h"
#include "route/return_to.h"

#include <string.h>

/* What was asked for: of us, or of the application that we guard. */
static const char *
method_of(const struct request *rq)
{
	const char *guarded = rq->guarded.method;

	return guarded != NULL ? guarded : rq->method;
}

static bool
is_read(const struct request *rq)
{
	const char *method = method_of(rq);

	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

bool
page_is_wanted(const struct request *rq)
{
	const char *mode = rq->in->param[FCG_HTTP_SEC_FETCH_MODE];
	const char *accept = rq->in->param[FCG_HTTP_ACCEPT];

	return (mode == NULL || strcmp(mode, "navigate") == 0) &&
	       accept != NULL && strstr(accept, "text/html") != NULL;
}

const char *
page_return_to(struct request *rq)
{
	const struct conf *c = rq->service->conf;

	if (!is_read(rq) || c->public_url[0] == '\0')
		return NULL;
	return return_to_check(c, rq->guarded.target, rq->arena);
}

const char *
page_own_url(struct request *rq, const char *route, const char *return_to)
{
	const struct conf *c = rq->service->conf;
	struct buf b;

	buf_init(&b, rq->arena, 256);
	buf_str(&b, c->public_url);
	buf_str(&b, c->base_path);
	buf_str(&b, route);
	if (return_to != NULL) {
		buf_str(&b, "?return_to=");
		buf_percent(&b, return_to);
	}
	return buf_text(&b);
}

/* A page to sign in at; by_cookie: that a browser can come back from. */
static bool
has_login_page(struct request *rq, bool by_cookie)
{
	const struct auth *auth = rq->service->auth;

	for (int i = 0; auth_provider_name(auth, i) != NULL; i++)
		if ((!by_cookie || auth_has_cookies(auth, i)) &&
		    auth_page_url(auth, i, AUTH_PAGE_LOGIN, NULL, rq->arena) !=
			NULL)
			return true;
	return false;
}

static const char *
login_url(struct request *rq)
{
	if (!has_login_page(rq, false))
		return NULL;
	return page_own_url(rq,
	    rq->auth.revoked ? "/auth/logout" : "/auth/login",
	    page_return_to(rq));
}

/* Is that all it takes, without somebody to click on it? */
static bool
leads_back(struct request *rq)
{
	return has_login_page(rq, true) &&
	       (rq->auth.verdict != AUTH_DENY || rq->auth.revoked ||
		   r_refresh_for(rq) >= 0);
}

static bool
is_step_up(const struct request *rq)
{
	const char *reason = rq->reply.reason;

	return reason != NULL && strcmp(reason, REASON_STEP_UP) == 0;
}

const char *
page_way_in(struct request *rq)
{
	if (rq->service->conf->public_url[0] == '\0' || !is_read(rq))
		return NULL;
	if (rq->reply.status == 401)
		return leads_back(rq) ? login_url(rq) : NULL;
	return is_step_up(rq) ? rq->auth.step_up_url : NULL;
}

void
page_show(struct request *rq, const struct page_text *t)
{
	struct buf *b = &rq->reply.body;

	html_begin(&rq->reply, t->title);
	buf_str(b, "<p>");
	html_text(b, t->text);
	buf_str(b, "</p>\n");
	if (t->href != NULL && t->label != NULL)
		html_button(b, t->href, t->label);
	html_end(&rq->reply, rq->id);
}

/* What can be done about it; NULL: nothing, from here. */
static const char *
step_up_url(struct request *rq)
{
	return rq->auth.step_up_url;
}

/* The same again, when that does no harm. */
static const char *
again_url(struct request *rq)
{
	return is_read(rq) ? rq->guarded.target : NULL;
}

/* Of use to whom a cookie has signed in. */
static const char *
logout_url(struct request *rq)
{
	if (!rq->cookie_session)
		return NULL;
	return page_own_url(rq, "/auth/logout", page_return_to(rq));
}

static const char *
nowhere(struct request *rq)
{
	(void)rq;
	return NULL;
}

/* The first that fits; the last fits all. */
static const struct row {
	int status;         /* 0: any */
	const char *reason; /* NULL: any */
	const char *title, *text;
	const char *label;
	const char *(*href)(struct request *rq);
} rows[] = {
	{ 401, NULL, "Please sign in",
	    "This page is for people who are signed in, and you are not, or "
	    "not any more.",
	    "Sign in", login_url },
	{ 403, REASON_STEP_UP, "One more step",
	    "Before this page opens, confirm once more that it is you.",
	    "Confirm", step_up_url },
	{ 403, REASON_CROSS_SITE, "Sent from somewhere else",
	    "A page of another site sent this in your name. It was not carried "
	    "out.",
	    NULL, nowhere },
	{ 403, NULL, "Not open to you", "This page is not open to you.",
	    "Sign in as somebody else", logout_url },
	{ 400, NULL, "Not understood",
	    "This address, or what came along with it, can be read in more "
	    "than one way.",
	    NULL, nowhere },
	{ 404, NULL, "No such page",
	    "This site has not configured a page for that.", NULL, nowhere },
	{ 429, NULL, "Too many requests",
	    "You, or somebody else at your address, asked too often. Wait a "
	    "moment.",
	    "Try again", again_url },
	{ 503, NULL, "One moment, please",
	    "We could not check who you are. This is our trouble, not yours: "
	    "you have not been signed out. Try again in a moment.",
	    "Try again", again_url },
	{ 0, NULL, "Something is wrong here",
	    "This is our fault, not yours. Try again later.", "Try again",
	    again_url },
};

static const struct row *
row_for(const struct reply *r)
{
	const struct row *row = rows;

	while (row->status != 0 &&
	       (row->status != r->status ||
		   (row->reason != NULL &&
		       (r->reason == NULL ||
			   strcmp(row->reason, r->reason) != 0))))
		row++;
	return row;
}

/* "You are signed in as …, but this page is not open to you." */
static const char *
text_of(const struct request *rq, const struct row *row)
{
	const struct auth_ident *who = &rq->auth.who;
	const char *name = who->email;
	const char *text;

	if (row->href != logout_url || rq->auth.verdict != AUTH_ALLOW ||
	    who->subject == NULL)
		return row->text;
	if (name == NULL || name[0] == '\0')
		name = who->name != NULL ? who->name : who->subject;
	text = arena_printf(rq->arena,
	    "You are signed in as %s, but this page is not open to you.", name);
	return text == NULL ? row->text : text;
}

void
page_refusal(struct request *rq)
{
	const char *url = page_way_in(rq);
	const struct row *row = row_for(&rq->reply);
	const struct page_text t = {
		.title = row->title,
		.text = text_of(rq, row),
		.href = row->href(rq),
		.label = row->label,
	};

	if (url != NULL)
		reply_redirect(&rq->reply, url);
	else
		page_show(rq, &t);
}
