/* SPDX-License-Identifier: MIT */
/* Verdict to answer, and the rule against cross-site writes. */
#include "route/guard.h"

#include "auth/policy.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "route/cors.h"
#include "route/limit.h"
#include "route/page.h"
#include "route/request.h"
#include "route/route.h"
#include "user/reader.h"

#include <string.h>

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

/* Which factor the rule wants to see, and whether it must be seen anew. */
static enum auth_page
step_up_page(const struct request *rq)
{
	const struct conf_rule *rule = rq->guarded.rule;

	if (rq->auth.verdict != AUTH_ALLOW || rule == NULL ||
	    rule->max_age == 0)
		return AUTH_PAGE_STEPUP;
	return policy_wants_second_factor(rule) ? AUTH_PAGE_STEPUP_AGAIN
						: AUTH_PAGE_AGAIN;
}

/* Where to show the second factor: back to what was asked for, if we can. */
static const char *
step_up_url(struct request *rq)
{
	const struct auth *auth = rq->service->auth;
	const char *provider = rq->auth.verdict == AUTH_ALLOW
				   ? rq->auth.who.provider
				   : rq->auth.provider;
	const char *url = NULL;
	int i = auth_provider_index(auth, provider);

	if (i >= 0)
		url = auth_page_url(auth, i, step_up_page(rq),
		    page_return_to(rq), rq->arena);
	return url == NULL ? rq->auth.step_up_url : url;
}

void
guard_step_up(struct request *rq, const char *why)
{
	struct buf b;

	rq->why = why;
	rq->auth.step_up_url = step_up_url(rq);
	buf_init(&b, rq->arena, 256);
	buf_str(&b, "{\"reason\":\"" REASON_STEP_UP "\",\"stepUpUrl\":");
	if (rq->auth.step_up_url == NULL)
		buf_str(&b, "null");
	else
		buf_json(&b, rq->auth.step_up_url);
	buf_char(&b, '}');
	reply_problem(&rq->reply, PROBLEM_FORBIDDEN,
	    "a second factor is required", buf_text(&b));
	rq->reply.reason = REASON_STEP_UP;
}

void
guard_not_allowed(struct request *rq, const char *why)
{
	rq->why = why;
	reply_refusal(&rq->reply, PROBLEM_FORBIDDEN, NULL, REASON_NOT_ALLOWED);
}

static void
refuse(struct request *rq)
{
	bool anonymous = rq->auth.verdict == AUTH_ANON;

	rq->why = rq->auth.why;
	switch (rq->auth.verdict) {
	case AUTH_ANON:
	case AUTH_DENY:
		reply_header(&rq->reply, "WWW-Authenticate", "Bearer");
		reply_problem(&rq->reply, PROBLEM_UNAUTHENTICATED,
		    anonymous ? "missing session token"
			      : "invalid session token",
		    NULL);
		return;
	case AUTH_STEPUP:
		guard_step_up(rq, rq->auth.why);
		return;
	case AUTH_UNSURE:
		reply_unavailable(&rq->reply, REASON_PROVIDER,
		    rq->auth.retry_ms);
		return;
	case AUTH_ALLOW:
	case AUTH_VERDICTS:
		break;
	}
	reply_problem(&rq->reply, PROBLEM_INTERNAL, NULL, NULL);
}

/* For the log, as a browser would send it: anything else may be anything. */
static const char *
origin_of(struct request *rq)
{
	const char *origin = rq->in->param[FCG_HTTP_ORIGIN];
	size_t n;

	if (origin == NULL)
		return "(none)";
	n = str_url_origin(origin);
	if (strcmp(origin, "null") == 0)
		return "null";
	return n == 0 ? "(malformed)"
		      : arena_printf(rq->arena, "%.*s", (int)n, origin);
}

static void
refuse_cross_site(struct request *rq)
{
	rq->why = "cross-site write with a cookie";
	rq->refused_origin = origin_of(rq);
	reply_refusal(&rq->reply, PROBLEM_FORBIDDEN,
	    "cross-site requests with a cookie are not allowed",
	    REASON_CROSS_SITE);
}

/*
 * Who has just shown another factor must not be sent to show it again because
 * of what was found out, and kept, before.
 */
static void
authenticate(struct request *rq, struct auth_request *ask,
    const struct conf_rule *rule)
{
	int64_t now_s = clock_wall_ms() / 1000;
	const char *why;

	auth_check(rq->service->auth, ask, &rq->auth);
	if (rule == NULL || rq->auth.verdict != AUTH_ALLOW || !rq->auth.kept ||
	    policy_judge(rule, &rq->auth.who, now_s, &why) != POLICY_STEPUP)
		return;
	ask->fresh = true;
	rq->auth = (struct auth_answer){ 0 };
	auth_check(rq->service->auth, ask, &rq->auth);
}

bool
guard_pass(struct request *rq, const struct guard_terms *terms)
{
	struct auth_request ask = {
		.cred = auth_credential(rq->service->auth, rq->in, rq->arena),
		.request_id = rq->id,
		.deadline = rq->deadline,
		.arena = rq->arena,
		.wants_contact = terms->contact,
		.writes = policy_writes(terms->method),
	};

	if (ask.cred.kind == CRED_COOKIE && ask.writes && !terms->any_site &&
	    !is_same_site(rq)) {
		refuse_cross_site(rq);
		return false;
	}
	rq->cookie_session = ask.cred.kind == CRED_COOKIE;
	reader_catch_up(rq->service->reader, rq->deadline);
	authenticate(rq, &ask, terms->rule);
	rq->verdict = auth_verdict_name(rq->auth.verdict);
	if (rq->auth.verdict != AUTH_ALLOW) {
		refuse(rq);
		return false;
	}
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
