/* SPDX-License-Identifier: MIT */
/* Find, meet the need, call, render, log: in this order for every request. */
#include "route/route.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/redact.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/db.h"
#include "obs/access.h"
#include "obs/trace.h"
#include "route/cors.h"
#include "route/count.h"
#include "route/doing.h"
#include "route/guard.h"
#include "route/handlers.h"
#include "route/limit.h"
#include "route/observer.h"
#include "route/request.h"

#include <string.h>

/* clang-format off */
const struct route routes[] = {
{ "GET",  "/auth/check",	NEED_RATE,
				r_check,	"check",	NULL },
{ "GET",  "/auth/login",	NEED_RATE,
				r_login,	"login",	NULL },
{ "GET",  "/auth/login-info",	NEED_RATE,
				r_login_info,	"login_info",	NULL },
{ "GET",  "/auth/logout",	NEED_RATE,
				r_logout,	"logout",	NULL },
{ "GET",  "/auth/refresh",	NEED_RATE,
				r_refresh,	"refresh",	r_refresh_on },
{ "GET",  "/healthz",		NEED_NOTHING,
				r_health,	"health",	NULL },
{ "POST", "/hooks/clerk",	NEED_NOTHING,
				r_hook_clerk,	"hook_clerk", r_hook_clerk_on },
{ "POST", "/hooks/ory",		NEED_NOTHING,
				r_hook_ory,	"hook_ory",	r_hook_ory_on },
{ "GET",  "/metrics",		NEED_NOTHING,
				r_metrics,	"metrics",	observer_on },
{ "GET",  "/openapi.json",	NEED_RATE,
				r_openapi,	"openapi",	NULL },
{ "GET",  "/readyz",		NEED_NOTHING,
				r_ready,	"ready",	NULL },
{ "GET",  "/status",		NEED_NOTHING,
				r_status,	"status",	observer_on },
{ "POST", "/user/preferences",	NEED_RATE | NEED_IDENTITY | NEED_BODY,
				r_preferences,	"preferences",	NULL },
{ "GET",  "/user/profile",	NEED_RATE | NEED_IDENTITY | NEED_CONTACT,
				r_profile,	"profile",	NULL },
{ .path = NULL },
};
/* clang-format on */

/* Where nginx asks, and what the Authorizer role counts as. */
#define CHECK_PATH "/auth/check"

/*
 * The client's own id when it is harmless; else the worker's random bits and
 * its requests counted: unique, and meant to be no secret.
 */
static void
set_id(struct service *s, struct request *rq)
{
	const char *given = rq->in->param[FCG_HTTP_X_REQUEST_ID];
	struct buf b;

	if (given != NULL &&
	    str_is_from(given, STR_ALNUM "-._", 1, REQUEST_ID_MAX) &&
	    !redact_has_prefix(given, strlen(given))) {
		memcpy(rq->id, given, strlen(given) + 1);
		return;
	}
	buf_init_fixed(&b, rq->id, sizeof(rq->id));
	buf_str(&b, s->id_head);
	buf_char(&b, '-');
	buf_int(&b, (int64_t)s->id_count++);
	buf_text(&b);
}

static bool
is_route(const struct route *r, const struct conf *c, const char *path)
{
	return strcmp(r->path, path) == 0 && (r->on == NULL || r->on(c));
}

/* The methods of a path, for Allow; "" when there is no such path. */
static const char *
methods_of(const struct conf *c, const char *path, struct arena *a)
{
	struct buf b;

	buf_init(&b, a, 64);
	for (const struct route *r = routes; r->path != NULL; r++) {
		if (!is_route(r, c, path))
			continue;
		buf_str(&b, r->method);
		buf_str(&b, strcmp(r->method, "GET") == 0 ? ", HEAD, " : ", ");
	}
	if (b.len > 0)
		buf_str(&b, "OPTIONS");
	return buf_text(&b);
}

static const struct route *
route_find(const struct conf *c, const char *method, const char *path)
{
	for (const struct route *r = routes; r->path != NULL; r++)
		if (is_route(r, c, path) && strcmp(r->method, method) == 0)
			return r;
	return NULL;
}

/* Sets rq->route, or answers what is no route. */
static bool
find(struct request *rq)
{
	const struct conf *conf = rq->service->conf;
	const char *as = rq->head ? "GET" : rq->method;
	const char *allow;

	rq->route = route_find(conf, as, rq->path);
	if (rq->route != NULL)
		return true;
	allow = methods_of(conf, rq->path, rq->arena);
	if (allow == NULL) {
		reply_problem(&rq->reply, PROBLEM_INTERNAL, NULL, NULL);
	} else if (allow[0] == '\0') {
		reply_problem(&rq->reply, PROBLEM_NOT_FOUND, NULL, NULL);
	} else if (strcmp(rq->method, "OPTIONS") == 0) {
		cors_options(rq, allow);
	} else {
		reply_header(&rq->reply, "Allow", allow);
		reply_problem(&rq->reply, PROBLEM_METHOD, NULL, NULL);
	}
	return false;
}

/* Reads the body, or answers 413, 415 or 400 (in this order). */
static bool
take_body(struct request *rq)
{
	size_t max = (size_t)rq->service->conf->max_body;
	enum fcg_body got = fcg_read_body(rq->service->fcg, rq->in, max,
	    rq->arena, &rq->body, &rq->body_len);

	if (got == FCG_BODY_LONG)
		reply_problem(&rq->reply, PROBLEM_TOO_LARGE, NULL, NULL);
	else if (guard_needs_json(rq))
		reply_problem(&rq->reply, PROBLEM_MEDIA_TYPE, NULL, NULL);
	else if (got == FCG_BODY_CUT)
		reply_problem(&rq->reply, PROBLEM_BAD_REQUEST,
		    "the request body ended early", NULL);
	else
		return true;
	return false;
}

/*
 * Somebody asks whether a request to another application may pass: answered as
 * that, whatever this one's method is.  An OPTIONS of ours is answered 204,
 * which would let every OPTIONS in.
 */
static bool
is_check(const struct request *rq)
{
	const char *const *param = rq->in->param;
	bool named = param[FCG_GATEHOUSE_ORIGINAL_URI] != NULL ||
		     param[FCG_GATEHOUSE_ORIGINAL_METHOD] != NULL;

	return rq->in->authorizer ||
	       (named && rq->path != NULL && strcmp(rq->path, CHECK_PATH) == 0);
}

/* rq->route, or an answer. */
static bool
choose(struct request *rq)
{
	enum path_result p = path_parse(rq->in->param[FCG_REQUEST_URI],
	    rq->service->conf->base_path, rq->arena, &rq->path, &rq->query);

	if (rq->in->fault == FCG_BAD) {
		rq->why = rq->in->why;
		reply_problem(&rq->reply, PROBLEM_BAD_REQUEST, NULL, NULL);
	} else if (is_check(rq)) {
		rq->route = route_find(rq->service->conf, "GET", CHECK_PATH);
		return true;
	} else if (p == PATH_AMBIGUOUS) {
		rq->why = "ambiguous path";
		reply_problem(&rq->reply, PROBLEM_BAD_REQUEST, NULL, NULL);
	} else if (p == PATH_OUTSIDE) {
		reply_problem(&rq->reply, PROBLEM_NOT_FOUND, NULL, NULL);
	} else {
		return find(rq);
	}
	return false;
}

static void
dispatch(struct request *rq)
{
	const struct guard_terms terms = {
		.method = rq->method,
		.contact = (rq->route->need & NEED_CONTACT) != 0,
	};

	if ((rq->route->need & NEED_RATE) != 0 && !limit_address(rq))
		return;
	if ((rq->route->need & NEED_IDENTITY) != 0 && !guard_pass(rq, &terms))
		return;
	if ((rq->route->need & NEED_BODY) != 0 && !take_body(rq))
		return;
	rq->route->answer(rq);
}

/* Parameters end with the request, its line is written behind that. */
static const char *
keep(struct arena *a, const char *param)
{
	return param == NULL ? NULL : arena_dup(a, param);
}

/* Where the time of a slow request went. */
static const char *
detail(const struct request *rq, const struct access *line)
{
	const struct service *s = rq->service;
	struct buf b;

	if (s->trace == NULL || !access_is_slow(line, s->conf->log.slow))
		return NULL;
	buf_init(&b, rq->arena, 256);
	trace_tell(s->trace, &b);
	return buf_text(&b);
}

static void
write_line(struct request *rq, int64_t started_us, size_t sent)
{
	const struct service *s = rq->service;
	const struct trace_request about = {
		.path = rq->route == NULL ? NULL : rq->route->path,
		.subject = rq->auth.who.subject,
	};
	struct access line = {
		.request_id = rq->id,
		.trace_id = s->trace == NULL ? NULL : trace_id(s->trace),
		.method = rq->guarded.method == NULL ? rq->method
						     : rq->guarded.method,
		.path = rq->guarded.path == NULL ? rq->path : rq->guarded.path,
		.route = rq->route == NULL ? NULL : rq->route->name,
		.address = rq->address,
		.rule =
		    rq->guarded.rule == NULL ? NULL : rq->guarded.rule->path,
		.status = rq->reply.status,
		.verdict = rq->verdict,
		.provider = rq->hook.provider != NULL ? rq->hook.provider
						      : rq->auth.provider,
		.actor = rq->auth.who.actor,
		.why = rq->why,
		.trouble = rq->auth.trouble,
		.origin = rq->refused_origin,
		.hook_type = rq->hook.type,
		.hook_id = rq->hook.id,
		.hook_outcome = rq->hook.outcome,
		.took_us = clock_mono_us() - started_us,
		.provider_us = auth_take_spent_us(s->auth),
		.database_us = db_take_spent_us(s->db),
		.sent = (int64_t)sent,
	};

	line.detail = detail(rq, &line);
	access_log(&line, s->conf->log.slow);
	count_request(rq, &line);
	doing_end(rq, line.took_us);
	if (s->trace != NULL)
		trace_end(s->trace, &line, &about);
}

void
route_serve(struct service *s, const struct fcg_request *in, struct arena *a)
{
	int64_t started_us = clock_mono_us();
	struct request rq = {
		.service = s,
		.in = in,
		.arena = a,
		.deadline =
		    started_us / 1000 + s->conf->workers.request_timeout,
		.method = keep(a, in->param[FCG_REQUEST_METHOD]),
		.address = keep(a, in->param[FCG_REMOTE_ADDR]),
	};
	const char *answer;
	bool found;
	size_t n;

	if (s->trace != NULL)
		trace_begin(s->trace, in->param[FCG_HTTP_TRACEPARENT]);
	if (rq.method == NULL)
		rq.method = "";
	rq.head = strcmp(rq.method, "HEAD") == 0;
	set_id(s, &rq);
	reply_init(&rq.reply, a);
	rq.reply.head = rq.head;
	/* In the Authorizer role a yes is nobody's answer: see reply.h. */
	if (!in->authorizer) {
		reply_header(&rq.reply, "X-Request-Id", rq.id);
		cors_answer(&rq);
	}
	found = choose(&rq);
	doing_begin(&rq);
	if (found)
		dispatch(&rq);
	if (in->authorizer && !rq.reply.bare) {
		reply_header(&rq.reply, "X-Request-Id", rq.id);
		cors_answer(&rq);
	}
	answer = reply_render(&rq.reply, a, &n);
	if (fcg_finish(s->fcg, answer, n) == -1 && rq.why == NULL)
		rq.why = "the web server did not take the answer";
	write_line(&rq, started_us, n);
	arena_reset(a);
}
