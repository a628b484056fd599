/* SPDX-License-Identifier: MIT */
/*
 * The routine around the providers: whose credential it is, what the gate is
 * told of a call, the doubt about a refusal, who is revoked.
 */
#include "auth/auth.h"

#include "auth/barred.h"
#include "auth/doubt.h"
#include "auth/jwt.h"
#include "auth/provider.h"
#include "auth/sessions.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/fcg.h"
#include "shm/shared.h"

#include <stdlib.h>
#include <string.h>

static const struct auth_provider *const known[] = {
	&auth_clerk,
	&auth_ory,
};
static const char *const verdict_names[AUTH_VERDICTS] = {
	[AUTH_ANON] = "anonymous",
	[AUTH_DENY] = "denied",
	[AUTH_STEPUP] = "step_up",
	[AUTH_UNSURE] = "unsure",
	[AUTH_ALLOW] = "allowed",
};

static const enum upstream_count counted_as[AUTH_VERDICTS] = {
	[AUTH_ANON] = UPSTREAM_ANONYMOUS,
	[AUTH_DENY] = UPSTREAM_DENIED,
	[AUTH_STEPUP] = UPSTREAM_STEPUP,
	[AUTH_UNSURE] = UPSTREAM_UNSURE,
	[AUTH_ALLOW] = UPSTREAM_ALLOWED,
};

struct auth {
	struct shared *shared;
	struct crypt_mac *mac; /* of credentials, for shared->recent */
	struct barred *barred;
	int n;
	struct provider {
		struct auth *auth;
		const struct auth_provider *ops;
		const char *name;
		void *state;
		struct sessions *sessions; /* of those asked each time */
		struct outside outside;
	} provider[SHARED_PROVIDERS];
};

const char *
auth_verdict_name(enum auth_verdict v)
{
	return verdict_names[v];
}

void
auth_unsure(struct auth_answer *answer, const char *why, int64_t retry_ms)
{
	answer->verdict = AUTH_UNSURE;
	answer->why = why;
	answer->retry_ms = retry_ms;
}

static bool
probe(struct provider *p, int64_t deadline, struct arena *arena,
    const char **why)
{
	bool good = p->ops->probe(p->state, deadline, arena, why);

	/* other providers' gates stand before what the probe does not ask */
	if (good && p->ops->asked_each_time)
		gate_open(&p->outside.line->gate);
	return good;
}

struct prober {
	struct provider *p;
	struct arena *arena;
};

static bool
probe_for_doubt(void *ctx, int64_t deadline)
{
	const struct prober *who = ctx;
	const char *why;

	return probe(who->p, deadline, who->arena, &why);
}

/* One call, of which the gate is told. */
static void
call(struct provider *p, const struct auth_request *rq, uint64_t tag,
    struct provider_answer *pa)
{
	struct auth_answer *answer = pa->answer;
	int64_t started = clock_mono_ms(), pause;

	p->ops->check(p->state, rq, NULL, pa);
	pause = outside_report(&p->outside, pa->outcome, pa->pause_ms, tag,
	    started);
	if (pause > 0)
		answer->retry_ms = pause;
	if (answer->verdict == AUTH_ALLOW)
		recent_add(p->auth->shared->recent, tag, started);
}

/* The provider is well: what it says now is what it means. */
static void
call_again(struct provider *p, const struct auth_request *rq, uint64_t tag,
    struct provider_answer *pa)
{
	struct auth_answer *answer = pa->answer;
	struct outside_no no = { "no time is left to ask again", 0 };

	if (clock_left_ms(rq->deadline) < GATE_SLOW_MS ||
	    !outside_is_still_open(&p->outside, clock_mono_ms(), &no)) {
		auth_unsure(answer, no.why, no.retry_ms);
		return;
	}
	*answer = (struct auth_answer){ .verdict = AUTH_DENY,
		.provider = answer->provider };
	*pa = (struct provider_answer){ .answer = answer };
	call(p, rq, tag, pa);
	if (answer->verdict == AUTH_DENY)
		recent_drop(p->auth->shared->recent, tag);
}

static void
settle_doubt(struct provider *p, const struct auth_request *rq, uint64_t tag,
    struct provider_answer *pa)
{
	struct prober who = { p, rq->arena };
	const struct doubt d = {
		.gate = &p->outside.line->gate,
		.recent = p->auth->shared->recent,
		.tag = tag,
		.deadline = rq->deadline,
		.expected = pa->expected,
		.probe = probe_for_doubt,
		.ctx = &who,
	};

	switch (doubt_judge(&d)) {
	case DOUBT_NONE:
		break;
	case DOUBT_ASK_AGAIN:
		call_again(p, rq, tag, pa);
		break;
	case DOUBT_OPEN:
		auth_unsure(pa->answer,
		    "refused while the provider is not ready", 0);
		break;
	}
}

/* To a provider that is asked each time, for sessions.c. */
static void
ask(void *ctx, const struct auth_request *rq, struct provider_answer *pa)
{
	struct provider *p = ctx;
	uint64_t tag = recent_tag(p->auth->mac, p->name, (int)rq->cred.kind,
	    rq->cred.value, rq->cred.len);

	call(p, rq, tag, pa);
	if (pa->answer->verdict == AUTH_DENY && pa->doubtful)
		settle_doubt(p, rq, tag, pa);
}

/* What is no kind is the name of an OpenID Connect issuer. */
static const struct auth_provider *
find_provider(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i]->kind, name) == 0)
			return known[i];
	return &auth_oidc;
}

static void
close_provider(struct provider *p)
{
	sessions_free(&p->sessions);
	if (p->state != NULL)
		p->ops->close(&p->state);
}

static int
open_sessions(struct provider *p, const struct conf *c,
    const unsigned char scope[UPSTREAM_SCOPE_SIZE], struct err *e)
{
	struct sessions_options o = {
		.provider = p->name,
		.outside = &p->outside,
		.barred = p->auth->barred,
		.news_bound_ms = c->revocation.bound,
		.ask = ask,
		.ctx = p,
	};

	memcpy(o.scope, scope, sizeof(o.scope));
	p->ops->keeping(p->state, &o);
	p->sessions = sessions_new(&o);
	return p->sessions == NULL ? err_set(e, ERR_BUG, "out of memory") : 0;
}

/* Its line of shared memory goes by all that is configured for it. */
static int
open_provider(struct provider *p, const struct conf *c, struct err *e)
{
	unsigned char scope[UPSTREAM_SCOPE_SIZE];
	const struct provider_setup setup = { c, p->name, &p->outside,
		p->auth->barred };

	if (conf_provider_digest(c, p->name, scope) == 0)
		p->outside.line = upstream_find(p->outside.shared->lines, scope,
		    clock_mono_ms());
	if (p->outside.line == NULL)
		return err_set(e, ERR_BUG, "out of memory");
	p->ops = find_provider(p->name);
	p->state = p->ops->open(&setup, e);
	if (p->state == NULL)
		return -1;
	return p->ops->asked_each_time ? open_sessions(p, c, scope, e) : 0;
}

struct auth *
auth_new(const struct conf *c, struct shared *shared, int slot, struct err *e)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (a == NULL || (a->mac = shared_mac(shared, "credential")) == NULL ||
	    (a->barred = barred_new(shared)) == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		auth_free(&a);
		return NULL;
	}
	a->shared = shared;
	for (int i = 0; i < c->providers.n && i < SHARED_PROVIDERS; i++) {
		struct provider *p = &a->provider[a->n++];

		p->auth = a;
		p->name = c->providers.item[i];
		p->outside =
		    (struct outside){ .shared = shared, .p = i, .slot = slot };
		if (open_provider(p, c, e) == -1) {
			auth_free(&a);
			return NULL;
		}
	}
	return a;
}

void
auth_free(struct auth **a)
{
	if (*a == NULL)
		return;
	for (int i = 0; i < (*a)->n; i++)
		close_provider(&(*a)->provider[i]);
	barred_free(&(*a)->barred);
	crypt_mac_free(&(*a)->mac);
	free(*a);
	*a = NULL;
}

/* Somebody here reads tokens, rather than ask about them. */
static bool
reads_tokens(const struct auth *a)
{
	for (int i = 0; i < a->n; i++)
		if (!a->provider[i].ops->asked_each_time)
			return true;
	return false;
}

struct cred
auth_credential(const struct auth *a, const struct fcg_request *in,
    struct arena *arena)
{
	struct cred c = cred_from_headers(in);
	const char *cookies = in->param[FCG_HTTP_COOKIE];

	if (c.kind == CRED_NONE && c.why != NULL && reads_tokens(a))
		c.kind = CRED_REFUSED;
	for (int i = 0; i < a->n && c.kind == CRED_NONE; i++) {
		const struct provider *p = &a->provider[i];

		if (cookies == NULL)
			break;
		c = cred_from_cookies(cookies, p->ops->cookies(p->state),
		    arena);
		c.owner = i;
		if (c.kind == CRED_COOKIE && !p->ops->takes(p->state, &c, NULL))
			c.kind = CRED_NONE;
	}
	return c;
}

/* The first provider whose credential it could be; -1 when it is nobody's. */
static int
whose(const struct auth *a, const struct cred *c, const struct jwt *t)
{
	if (c->kind == CRED_COOKIE)
		return c->owner;
	for (int i = 0; i < a->n; i++)
		if (a->provider[i].ops->takes(a->provider[i].state, c, t))
			return i;
	return -1;
}

/* A provider that reads tokens knows nothing of what is revoked. */
static void
read_token(struct provider *p, const struct auth_request *rq,
    const struct jwt *t, struct auth_answer *answer)
{
	struct provider_answer pa = { .answer = answer };

	p->ops->check(p->state, rq, t, &pa);
	if (answer->verdict != AUTH_ALLOW ||
	    !barred_refuses(p->auth->barred, p->name, &answer->who))
		return;
	upstream_add(p->outside.line, UPSTREAM_REVOKED);
	answer->verdict = AUTH_DENY;
	answer->why = "revoked";
}

static void
check_by_provider(struct auth *a, const struct auth_request *rq,
    const struct jwt *t, struct auth_answer *answer)
{
	int i = whose(a, &rq->cred, t);
	struct provider *p;

	if (i == -1) {
		answer->why = t != NULL ? "its issuer is not configured"
					: "not the form of a credential";
		return;
	}
	p = &a->provider[i];
	answer->provider = p->name;
	if (p->sessions != NULL)
		sessions_check(p->sessions, rq, answer);
	else
		read_token(p, rq, t, answer);
	upstream_add(p->outside.line, counted_as[answer->verdict]);
	if (answer->verdict == AUTH_ALLOW)
		answer->who.provider = p->name;
	else /* what was read on the way to another verdict */
		answer->who = (struct auth_ident){ 0 };
}

/* A JWT is taken apart once, and says whose it is. */
static void
check_jwt(struct auth *a, const struct auth_request *rq,
    struct auth_answer *answer)
{
	struct jwt t;
	const char *why = jwt_open(&t, rq->cred.value, rq->cred.len, rq->arena);

	if (why == NULL)
		check_by_provider(a, rq, &t, answer);
	else if (why == jwt_no_memory)
		auth_unsure(answer, why, 0);
	else
		answer->why = why;
	jwt_close(&t);
}

void
auth_check(struct auth *a, const struct auth_request *rq,
    struct auth_answer *answer)
{
	*answer = (struct auth_answer){ .verdict = AUTH_DENY };
	if (rq->cred.kind == CRED_NONE) {
		answer->verdict = AUTH_ANON;
		answer->why = "no credential";
	} else if (rq->cred.kind == CRED_REFUSED) {
		answer->why = rq->cred.why;
	} else if (rq->cred.kind == CRED_BEARER &&
		   jwt_has_form(rq->cred.value, rq->cred.len)) {
		check_jwt(a, rq, answer);
	} else {
		check_by_provider(a, rq, NULL, answer);
	}
}

const char *
auth_provider_name(const struct auth *a, int i)
{
	return i < a->n ? a->provider[i].name : NULL;
}

struct upstream *
auth_line(const struct auth *a, int i)
{
	return a->provider[i].outside.line;
}

bool
auth_probe(struct auth *a, int i, int64_t deadline, struct arena *arena,
    const char **why)
{
	return probe(&a->provider[i], deadline, arena, why);
}

void
auth_login_info(const struct auth *a, int i, const char *return_to,
    struct buf *b)
{
	a->provider[i].ops->login_info(a->provider[i].state, return_to, b);
}

int64_t
auth_take_spent_us(struct auth *a)
{
	int64_t us = 0;

	for (int i = 0; i < a->n; i++)
		us += a->provider[i].ops->take_spent_us(a->provider[i].state);
	return us;
}
