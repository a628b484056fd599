/* SPDX-License-Identifier: MIT */
/* GET /auth/login, GET /auth/logout: to the provider's page, and back. */
#include "route/handlers.h"

#include "auth/auth.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "conf/conf.h"
#include "route/cors.h"
#include "route/page.h"
#include "route/r_refresh.h"
#include "route/request.h"
#include "route/return_to.h"

#include <string.h>

enum { NO_PROVIDER = -1 };

/* An error, for whom it is. */
static void
refuse(struct request *rq, enum problem p, const char *message)
{
	reply_problem(&rq->reply, p, message, NULL);
	if (page_is_wanted(rq))
		page_refusal(rq);
}

/* The one that the query names, NO_PROVIDER when it names none.  False: 400. */
static bool
named(struct request *rq, int *i)
{
	const char *name = path_query(rq->query, "provider", rq->arena);

	*i = NO_PROVIDER;
	if (name == NULL)
		return true;
	*i = auth_provider_index(rq->service->auth, name);
	if (*i == NO_PROVIDER)
		refuse(rq, PROBLEM_BAD_REQUEST, "no provider has that name");
	return *i != NO_PROVIDER;
}

/* The first that has the page; one that signs browsers in, if there is any. */
static int
with_page(struct request *rq, enum auth_page page)
{
	const struct auth *auth = rq->service->auth;
	int other = NO_PROVIDER;

	for (int i = 0; auth_provider_name(auth, i) != NULL; i++) {
		if (auth_page_url(auth, i, page, NULL, rq->arena) == NULL)
			continue;
		if (auth_has_cookies(auth, i))
			return i;
		if (other == NO_PROVIDER)
			other = i;
	}
	return other;
}

static void
go_to_page(struct request *rq, int i, enum auth_page page,
    const char *return_to)
{
	const char *url = NULL;

	if (i == NO_PROVIDER)
		i = with_page(rq, page);
	if (i != NO_PROVIDER)
		url = auth_page_url(rq->service->auth, i, page, return_to,
		    rq->arena);
	if (url != NULL)
		reply_redirect(&rq->reply, url);
	else
		refuse(rq, PROBLEM_NOT_FOUND, "no such page is configured");
}

/*
 * Who is signed in at Clerk, but for a cookie that lasts a minute, needs no
 * sign-in page: a fresh cookie will do.
 */
static bool
refresh(struct request *rq, int i, const char *return_to)
{
	int able = r_refresh_for(rq);
	const char *url;

	if (able == NO_PROVIDER || (i != NO_PROVIDER && i != able))
		return false;
	url = page_own_url(rq, "/auth/refresh", return_to);
	if (url == NULL)
		reply_problem(&rq->reply, PROBLEM_INTERNAL, NULL, NULL);
	else
		reply_redirect(&rq->reply, url);
	return true;
}

void
r_login(struct request *rq)
{
	const char *register_too =
	    path_query(rq->query, "registration", rq->arena);
	const char *return_to = return_to_or_home(rq);
	int i;

	if (!named(rq, &i))
		return;
	if (register_too != NULL && strcmp(register_too, "true") == 0)
		go_to_page(rq, i, AUTH_PAGE_REGISTRATION, return_to);
	else if (!refresh(rq, i, return_to))
		go_to_page(rq, i, AUTH_PAGE_LOGIN, return_to);
}

/*
 * A page of a foreign site has sent the browser here: it must not sign out
 * whoever follows a link.  Browsers say so only where they trust the
 * connection; elsewhere they may still name the page.
 */
static bool
is_foreign(const struct request *rq)
{
	const struct conf *c = rq->service->conf;
	const char *site = rq->in->param[FCG_HTTP_SEC_FETCH_SITE];
	const char *from = rq->in->param[FCG_HTTP_ORIGIN];
	const char *origin;

	if (site != NULL)
		return strcmp(site, "cross-site") == 0;
	if (from == NULL)
		from = rq->in->param[FCG_HTTP_REFERER];
	if (from == NULL || c->public_url[0] == '\0')
		return false;
	origin = arena_dupn(rq->arena, from, str_url_origin(from));
	return origin == NULL ||
	       (strcmp(origin, c->public_url) != 0 && !cors_allows(c, origin));
}

/* This request once more, by a link of our own. */
static const char *
here(struct request *rq, int i, const char *return_to)
{
	const char *url = page_own_url(rq, "/auth/logout", return_to);

	if (i == NO_PROVIDER || url == NULL)
		return url;
	return arena_printf(rq->arena, "%s%cprovider=%s", url,
	    strchr(url, '?') == NULL ? '?' : '&',
	    auth_provider_name(rq->service->auth, i));
}

static void
ask_first(struct request *rq, int i, const char *return_to)
{
	const struct page_text question = {
		.title = "Sign out?",
		.text = "A page of another site sent you here.",
		.href = here(rq, i, return_to),
		.label = "Sign out",
	};

	rq->why = "a foreign page wants somebody to sign out";
	reply_refusal(&rq->reply, PROBLEM_FORBIDDEN,
	    "only a page of this site may ask for that", REASON_CROSS_SITE);
	if (!page_is_wanted(rq))
		return;
	rq->reply.status = 200;
	page_show(rq, &question);
}

/* Whose session the browser has; else who has a page for that. */
static int
signed_in_at(struct request *rq)
{
	const struct auth *auth = rq->service->auth;
	struct cred c = auth_credential(auth, rq->in, rq->arena);
	int i = c.kind == CRED_COOKIE ? c.owner : r_refresh_for(rq);

	return i != NO_PROVIDER ? i : with_page(rq, AUTH_PAGE_LOGOUT);
}

static void
cannot_sign_out(struct request *rq, int i, const char *return_to)
{
	const struct page_text sorry = {
		.title = "You are still signed in",
		.text = "Your provider could not be reached to sign you out. "
			"Try again in a moment.",
		.href = here(rq, i, return_to),
		.label = "Try again",
	};

	reply_unavailable(&rq->reply, REASON_PROVIDER, rq->auth.retry_ms);
	if (page_is_wanted(rq))
		page_show(rq, &sorry);
}

/* There was no session: on to where the end of one would lead. */
static void
go_on(struct request *rq, int i, const char *return_to)
{
	if (return_to != NULL)
		reply_redirect(&rq->reply, return_to);
	else
		go_to_page(rq, i, AUTH_PAGE_LOGIN, NULL);
}

static void
sign_out(struct request *rq, int i, const char *return_to)
{
	struct auth *auth = rq->service->auth;
	const struct auth_request ask = {
		.cred = auth_cookies(auth, i, rq->in, rq->arena),
		.request_id = rq->id,
		.deadline = rq->deadline,
		.arena = rq->arena,
	};
	const char *url = auth_sign_out(auth, i, &ask, return_to, &rq->auth);

	rq->verdict = auth_verdict_name(rq->auth.verdict);
	rq->why = rq->auth.why;
	if (url != NULL)
		reply_redirect(&rq->reply, url);
	else if (rq->auth.verdict == AUTH_UNSURE)
		cannot_sign_out(rq, i, return_to);
	else
		go_on(rq, i, return_to);
}

void
r_logout(struct request *rq)
{
	const char *return_to = return_to_or_home(rq);
	int i;

	if (!named(rq, &i))
		return;
	if (is_foreign(rq)) {
		ask_first(rq, i, return_to);
		return;
	}
	if (i == NO_PROVIDER)
		i = signed_in_at(rq);
	if (i == NO_PROVIDER)
		go_on(rq, i, return_to);
	else
		sign_out(rq, i, return_to);
}
