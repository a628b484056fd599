/* SPDX-License-Identifier: MIT */
/*
 * GET /auth/check and the Authorizer role: may this request go on to another
 * application?  One decision, two ways to say it.
 */
#include "route/handlers.h"

#include "auth/policy.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/path.h"
#include "conf/conf.h"
#include "route/export.h"
#include "route/guard.h"
#include "route/page.h"
#include "route/request.h"

/* nginx asks by a request of its own, and knows nothing of roles. */
static bool
is_subrequest(const struct request *rq)
{
	return !rq->in->authorizer || rq->in->param[FCG_GATEHOUSE_ROLE] != NULL;
}

/*
 * What is guarded: as the web server names it to us, or, in the Authorizer
 * role of FastCGI, the request itself.  A subrequest that leaves out what the
 * rules go by must not be taken for one that they allow.
 */
static bool
find_target(struct request *rq)
{
	const char *const *param = rq->in->param;
	struct request_guarded *g = &rq->guarded;
	const char *uri = param[FCG_GATEHOUSE_ORIGINAL_URI], *query;
	const char *method = param[FCG_GATEHOUSE_ORIGINAL_METHOD];

	g->method = rq->method;
	if (uri == NULL && method == NULL && !rq->in->authorizer)
		return true; /* nothing is guarded: are they signed in? */
	if (uri == NULL && !is_subrequest(rq)) {
		uri = param[FCG_REQUEST_URI];
		method = rq->method;
	}
	if (uri == NULL || method == NULL) {
		rq->why = "the web server passes no GATEHOUSE_ORIGINAL_URI "
			  "or no GATEHOUSE_ORIGINAL_METHOD";
		reply_problem(&rq->reply, PROBLEM_INTERNAL, NULL, NULL);
		return false;
	}
	/* parameters end with the request, its line is written behind that */
	g->method = arena_dup(rq->arena, method);
	if (g->method == NULL ||
	    path_parse(uri, "", rq->arena, &g->path, &query) != PATH_OK) {
		rq->why = "ambiguous path";
		reply_problem(&rq->reply, PROBLEM_BAD_REQUEST, NULL, NULL);
		return false;
	}
	g->target = arena_dup(rq->arena, path_target(uri));
	return true;
}

/* Signed in, and all that the rule wants beyond. */
static bool
meets(struct request *rq)
{
	const struct conf_rule *rule = rq->guarded.rule;
	const struct guard_terms terms = {
		.method = rq->guarded.method,
		.contact = rule != NULL && policy_wants_contact(rule),
		.any_site = rule != NULL && rule->cross_site,
		.rule = rule,
	};
	const char *why;

	if (!guard_pass(rq, &terms))
		return false;
	if (rule == NULL)
		return true;
	switch (policy_judge(rule, &rq->auth.who, clock_wall_ms() / 1000,
	    &why)) {
	case POLICY_ALLOW:
		return true;
	case POLICY_STEPUP:
		guard_step_up(rq, why);
		return false;
	case POLICY_REFUSE:
		break;
	}
	guard_not_allowed(rq, why);
	return false;
}

/* The rule for the target, and what it says. */
static bool
may_pass(struct request *rq)
{
	const struct conf *c = rq->service->conf;
	struct request_guarded *g = &rq->guarded;

	if (g->path == NULL)
		return meets(rq);
	switch (policy_find(c, g->path, g->method, rq->arena, &g->rule)) {
	case POLICY_NO_RULES:
		return meets(rq);
	case POLICY_UNMATCHED:
		guard_not_allowed(rq, "no rule is for this path and method");
		return false;
	case POLICY_AMBIGUOUS:
		rq->why = "ambiguous path or method";
		reply_problem(&rq->reply, PROBLEM_BAD_REQUEST, NULL, NULL);
		return false;
	case POLICY_RULE:
		break;
	}
	switch (policy_access(g->rule)) {
	case POLICY_ANYONE:
		return true;
	case POLICY_SIGNED_IN:
		return meets(rq);
	case POLICY_NOBODY:
		break;
	}
	guard_not_allowed(rq, "the rule lets nobody in");
	return false;
}

static void
allow(struct request *rq)
{
	bool variables = rq->in->authorizer;
	bool known = rq->auth.verdict == AUTH_ALLOW;

	if (known && !export_identity(rq,
			 variables ? EXPORT_VARIABLES : EXPORT_HEADERS)) {
		rq->why = "the identity does not fit into the answer";
		reply_problem(&rq->reply, PROBLEM_INTERNAL, NULL, NULL);
		return;
	}
	rq->reply.status = variables ? 200 : 204;
	rq->reply.bare = variables;
}

/*
 * nginx shows nothing of a refusal's body and takes 303 for a failure: its
 * configuration answers, by these fields.  Other servers pass ours on.
 */
static void
refuse(struct request *rq)
{
	const char *url;

	if (is_subrequest(rq) && rq->reply.reason != NULL)
		reply_header(&rq->reply, "X-Auth-Reason", rq->reply.reason);
	if (!page_is_wanted(rq))
		return;
	if (!is_subrequest(rq))
		page_refusal(rq);
	else if (rq->guarded.target != NULL && (url = page_way_in(rq)) != NULL)
		reply_header(&rq->reply, "X-Auth-Redirect", url);
}

void
r_check(struct request *rq)
{
	if (find_target(rq) && may_pass(rq))
		allow(rq);
	else
		refuse(rq);
}
