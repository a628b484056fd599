/* SPDX-License-Identifier: MIT */
/*
 * /hooks/…: what a provider reports.  Proof before anything is read, stored
 * before it is acknowledged; who is refused learns nothing and costs no query.
 */
#include "route/handlers.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/span.h"
#include "base/str.h"
#include "conf/conf.h"
#include "hook/bearer.h"
#include "hook/event.h"
#include "hook/svix.h"
#include "obs/metrics.h"
#include "route/request.h"

#include <string.h>

enum {
	HOOK_BODY_MAX = 256 << 10, /* whatever max_body is for users */
	/*
	 * How long "ask again" is worth telling: longer than anything is
	 * remembered (clerk.user_ttl is a day at most, and an hour on top).
	 */
	HOOK_RECHECK_S = 2 * 86400,
};

/* Of one provider; strings are for the client. */
struct hook {
	const char *provider;
	const char *no_proof, *bad_proof;
	const struct conf_list *(*secrets)(const struct conf *c);
	/* NULL, or what is not there: before the body is read */
	const char *(*missing)(const struct request *rq);
	/* NULL, or why the sender is not proved */
	const char *(*check)(const struct request *rq,
	    const struct conf_list *secrets);
	/* of the message, the same when it is sent again; or NULL */
	const char *(*id)(const struct request *rq);
	int (*read)(const char *body, size_t n, struct arena *a,
	    struct event *ev, struct err *e);
};

static struct svix_message
svix_of(const struct request *rq)
{
	return (struct svix_message){
		.id = rq->in->param[FCG_HTTP_SVIX_ID],
		.timestamp = rq->in->param[FCG_HTTP_SVIX_TIMESTAMP],
		.signature = rq->in->param[FCG_HTTP_SVIX_SIGNATURE],
		.body = rq->body,
		.body_len = rq->body_len,
	};
}

static const char *
clerk_missing(const struct request *rq)
{
	const struct svix_message m = svix_of(rq);

	return svix_missing(&m);
}

static const char *
clerk_id(const struct request *rq)
{
	const struct svix_message m = svix_of(rq);
	char id[SVIX_ID_MAX + 1];

	return svix_id(&m, id) == NULL ? NULL : arena_dup(rq->arena, id);
}

static const char *
clerk_check(const struct request *rq, const struct conf_list *secrets)
{
	const struct svix_message m = svix_of(rq);
	const char *why = svix_check(&m, secrets, clock_wall_ms() / 1000);
	char id[SVIX_ID_MAX + 1];

	if (why == NULL && svix_id(&m, id) == NULL)
		return "the svix-id is too long, or not plain text";
	return why;
}

static const struct conf_list *
clerk_secrets(const struct conf *c)
{
	return &c->clerk.webhook_secret;
}

/* Apache's rewriting puts it under the second name. */
static const char *
authorization(const struct request *rq)
{
	const char *plain = rq->in->param[FCG_HTTP_AUTHORIZATION];

	return plain != NULL ? plain
			     : rq->in->param[FCG_REDIRECT_HTTP_AUTHORIZATION];
}

static const char *
ory_missing(const struct request *rq)
{
	return authorization(rq) == NULL ? "no Authorization" : NULL;
}

static const char *
ory_check(const struct request *rq, const struct conf_list *secrets)
{
	const char *redirect = rq->in->param[FCG_REDIRECT_HTTP_AUTHORIZATION];
	const char *field = authorization(rq);

	if (rq->in->fault == FCG_TWO_KEYS ||
	    (redirect != NULL && strcmp(field, redirect) != 0))
		return "two Authorization values";
	return bearer_check(field, secrets);
}

/* Event streams bring none: "ask again" may come twice. */
static const char *
ory_id(const struct request *rq)
{
	const char *id = rq->in->param[FCG_HTTP_ORY_WEBHOOK_TRIGGER_ID];

	if (id == NULL ||
	    !str_is_from(id, STR_ALNUM "-._", 1, REVOCATION_ID_MAX))
		return NULL;
	return arena_dup(rq->arena, id);
}

static const struct conf_list *
ory_secrets(const struct conf *c)
{
	return &c->ory.webhook_secret;
}

static const struct hook clerk = { "clerk", "missing webhook signature",
	"invalid webhook signature", clerk_secrets, clerk_missing, clerk_check,
	clerk_id, event_read_clerk };
static const struct hook ory = { "ory", "missing webhook secret",
	"invalid webhook secret", ory_secrets, ory_missing, ory_check, ory_id,
	event_read_ory };

static bool
is_on(const struct hook *h, const struct conf *c)
{
	return h->secrets(c)->n > 0 &&
	       conf_list_has(&c->providers, h->provider);
}

/* The end of every webhook: its answer is given already. */
static void
count(struct request *rq, const struct hook *h, enum metric_outcome outcome)
{
	struct metrics *m = rq->service->metrics;

	rq->hook.outcome = label_text(LABEL_HOOK, outcome);
	metrics_add(m, METRIC_HOOKS,
	    METRIC_AT(metrics_provider(m, h->provider), outcome), 1);
}

static void
refuse(struct request *rq, const struct hook *h, const char *message,
    const char *why)
{
	rq->why = why;
	reply_header(&rq->reply, "WWW-Authenticate", "Bearer");
	reply_problem(&rq->reply, PROBLEM_UNAUTHENTICATED, message, NULL);
	count(rq, h, METRIC_REFUSED);
}

/* The sender is known; 413 and 400 tell it what was wrong. */
static void
reject(struct request *rq, const struct hook *h, enum problem p,
    const char *message)
{
	reply_problem(&rq->reply, p, message, NULL);
	count(rq, h, METRIC_MALFORMED);
}

/* The provider sends it again: nothing is lost. */
static void
fail(struct request *rq, const struct hook *h, const struct err *e)
{
	rq->why = arena_dup(rq->arena, e->text);
	if (e->kind == ERR_DOWN) {
		reply_unavailable(&rq->reply, REASON_DATABASE, 0);
	} else {
		log_event(LEVEL_ERROR, "bug", LOG_S("request_id", rq->id),
		    LOG_S("error", e->text));
		reply_header(&rq->reply, "Retry-After", "2");
		reply_problem(&rq->reply, PROBLEM_UNAVAILABLE, NULL, NULL);
	}
	count(rq, h, METRIC_FAILED);
}

static void
accept(struct request *rq, const struct hook *h, enum metric_outcome outcome)
{
	rq->reply.status = 204;
	count(rq, h, outcome);
}

static void
store(struct request *rq, const struct hook *h, struct revocation *r)
{
	const struct service *s = rq->service;
	enum revocation_stored stored;
	struct err e = { 0 };

	r->provider = h->provider;
	r->hook_id = rq->hook.id;
	if (r->effect == REVOKED_RECHECK)
		r->until_s = clock_wall_ms() / 1000 + HOOK_RECHECK_S;
	if (revocation_add(s->db, s->shared, s->revoked_mac, r,
		s->conf->revocation.keep, rq->deadline, rq->arena, &stored,
		&e) == -1) {
		/* never wrong early, and it will be told again */
		revocation_apply(s->shared, s->revoked_mac, r,
		    s->conf->revocation.keep);
		fail(rq, h, &e);
		return;
	}
	accept(rq, h,
	    stored == REVOCATION_KNOWN ? METRIC_DUPLICATE : METRIC_APPLIED);
}

/* The body of a proved sender. */
static void
obey(struct request *rq, const struct hook *h)
{
	struct spans *spans = rq->service->spans;
	int span =
	    span_begin(spans, SPAN_INTERNAL, h->provider, "apply webhook");
	struct err e = { 0 };
	struct event ev;

	rq->hook.provider = h->provider;
	rq->hook.id = h->id(rq);
	if (h->read(rq->body, rq->body_len, rq->arena, &ev, &e) == 0) {
		rq->hook.type = ev.type;
		if (ev.matters)
			store(rq, h, &ev.revocation);
		else
			accept(rq, h, METRIC_UNUSED);
	} else if (e.kind == ERR_INPUT) {
		rq->why = arena_dup(rq->arena, e.text);
		reject(rq, h, PROBLEM_BAD_REQUEST,
		    arena_printf(rq->arena, "unable to decode request body: %s",
			e.text));
	} else {
		fail(rq, h, &e);
	}
	span_note(spans, span, SPAN_HOOK_TYPE, rq->hook.type);
	span_note(spans, span, SPAN_HOOK_OUTCOME, rq->hook.outcome);
	span_end(spans, span);
}

/* NULL, or why the sender is not proved. */
static const char *
prove(const struct request *rq, const struct hook *h)
{
	struct spans *spans = rq->service->spans;
	int span =
	    span_begin(spans, SPAN_INTERNAL, h->provider, "verify webhook");
	const char *why = h->check(rq, h->secrets(rq->service->conf));

	span_end(spans, span);
	return why;
}

/* 401, 413, 401, 400: in this order. */
static void
take(struct request *rq, const struct hook *h)
{
	const char *why = h->missing(rq);
	enum fcg_body got;

	if (why != NULL) {
		refuse(rq, h, h->no_proof, why);
		return;
	}
	got = fcg_read_body(rq->service->fcg, rq->in, HOOK_BODY_MAX, rq->arena,
	    &rq->body, &rq->body_len);
	if (got != FCG_BODY_OK) {
		reject(rq, h,
		    got == FCG_BODY_LONG ? PROBLEM_TOO_LARGE
					 : PROBLEM_BAD_REQUEST,
		    got == FCG_BODY_LONG ? NULL
					 : "the request body ended early");
		return;
	}
	why = prove(rq, h);
	if (why != NULL)
		refuse(rq, h, h->bad_proof, why);
	else
		obey(rq, h);
}

void
r_hook_clerk(struct request *rq)
{
	take(rq, &clerk);
}

void
r_hook_ory(struct request *rq)
{
	take(rq, &ory);
}

bool
r_hook_clerk_on(const struct conf *c)
{
	return is_on(&clerk, c);
}

bool
r_hook_ory_on(const struct conf *c)
{
	return is_on(&ory, c);
}
