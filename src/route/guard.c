/* SPDX-License-Identifier: MIT */
/* Verdict to answer: one table, and the rule against cross-site writes. */
#include "route/guard.h"

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "route/cors.h"
#include "route/limit.h"
#include "route/request.h"
#include "route/route.h"
#include "user/reader.h"

#include <string.h>

static const struct {
	enum problem problem;
	const char *message; /* NULL: the default */
} answers[AUTH_VERDICTS] = {
	[AUTH_ANON] = { PROBLEM_UNAUTHENTICATED, "missing session token" },
	[AUTH_DENY] = { PROBLEM_UNAUTHENTICATED, "invalid session token" },
	[AUTH_STEPUP] = { PROBLEM_FORBIDDEN, "a second factor is required" },
	[AUTH_UNSURE] = { PROBLEM_UNAVAILABLE, NULL },
	[AUTH_ALLOW] = { PROBLEM_INTERNAL, NULL }, /* never rendered */
};

static bool
writes(const struct request *rq)
{
	return strcmp(rq->method, "GET") != 0 && !rq->head;
}

static bool
is_same_site(const struct request *rq)
{
	const char *public_url = rq->service->conf->public_url;
	const char *origin = rq->in->param[FCG_HTTP_ORIGIN];
	const char *site = rq->in->param[FCG_HTTP_SEC_FETCH_SITE];

	if (origin != NULL && cors_allows(rq->service->conf, origin))
		return true;
	if (public_url[0] != '\0')
		return origin != NULL && strcmp(origin, public_url) == 0;
	return site != NULL && strcmp(site, "same-origin") == 0 &&
	       (origin == NULL || strcmp(origin, "null") != 0);
}

static const char *
step_up_details(struct request *rq)
{
	struct buf b;

	buf_init(&b, rq->arena, 256);
	buf_str(&b, "{\"reason\":\"second_factor_required\",\"stepUpUrl\":");
	if (rq->auth.step_up_url == NULL)
		buf_str(&b, "null");
	else
		buf_json(&b, rq->auth.step_up_url);
	buf_char(&b, '}');
	return buf_text(&b);
}

static void
refuse(struct request *rq)
{
	enum auth_verdict v = rq->auth.verdict;
	const char *details = NULL;

	rq->why = rq->auth.why;
	if (v == AUTH_UNSURE) {
		reply_unavailable(&rq->reply, "provider_unavailable",
		    rq->auth.retry_ms);
		return;
	}
	if (v == AUTH_STEPUP)
		details = step_up_details(rq);
	else
		reply_header(&rq->reply, "WWW-Authenticate", "Bearer");
	reply_problem(&rq->reply, answers[v].problem, answers[v].message,
	    details);
}

bool
guard_pass(struct request *rq)
{
	struct auth_request ask = {
		.cred = auth_credential(rq->service->auth, rq->in, rq->arena),
		.request_id = rq->id,
		.deadline = rq->deadline,
		.arena = rq->arena,
		.wants_contact = (rq->route->need & NEED_CONTACT) != 0,
		.writes = writes(rq),
	};

	if (ask.cred.kind == CRED_COOKIE && writes(rq) && !is_same_site(rq)) {
		rq->why = "cross-site write with a cookie";
		rq->refused_origin =
		    rq->in->param[FCG_HTTP_ORIGIN] == NULL
			? "(none)"
			: arena_dup(rq->arena, rq->in->param[FCG_HTTP_ORIGIN]);
		reply_problem(&rq->reply, PROBLEM_FORBIDDEN,
		    "cross-site requests with a cookie are not allowed",
		    "{\"reason\":\"cross_site\"}");
		return false;
	}
	reader_catch_up(rq->service->reader, rq->deadline);
	auth_check(rq->service->auth, &ask, &rq->auth);
	rq->verdict = auth_verdict_name(rq->auth.verdict);
	if (rq->auth.verdict != AUTH_ALLOW) {
		refuse(rq);
		return false;
	}
	rq->cookie_session = ask.cred.kind == CRED_COOKIE;
	for (int i = 0; i < rq->auth.n_relay; i++)
		reply_header(&rq->reply, "Set-Cookie", rq->auth.relay[i]);
	return limit_subject(rq);
}

/* "application/json", perhaps with parameters (RFC 9110, 8.3). */
bool
guard_needs_json(const struct request *rq)
{
	static const char json[] = "application/json";
	const char *type = rq->in->param[FCG_CONTENT_TYPE];
	size_t n = sizeof(json) - 1;

	if (!rq->cookie_session)
		return false;
	return type == NULL || strncasecmp(type, json, n) != 0 ||
	       (type[n] != '\0' && strchr("; \t", type[n]) == NULL);
}
