/* SPDX-License-Identifier: MIT */
/*
 * The routine around the providers: whose credential it is, the gate before
 * a call, the doubt about a refusal.  A session cache has its place in
 * auth_check(), before the gate.
 */
#include "auth/auth.h"

#include "auth/doubt.h"
#include "auth/jwt.h"
#include "auth/provider.h"
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

struct auth {
	struct shared *shared;
	struct crypt_mac *mac; /* of credentials, for shared->recent */
	int n;
	struct provider {
		const struct auth_provider *ops;
		const char *name;
		void *state;
		struct outside outside;
	} provider[SHARED_PROVIDERS];
};

const char *
auth_verdict_name(enum auth_verdict v)
{
	return verdict_names[v];
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

/* Its line of shared memory goes by all that is configured for it. */
static int
open_provider(struct provider *p, const struct conf *c, struct shared *shared,
    struct err *e)
{
	unsigned char scope[UPSTREAM_SCOPE_SIZE];
	const struct provider_setup setup = { c, p->name, &p->outside };

	if (conf_provider_digest(c, p->name, scope) == 0)
		p->outside.line =
		    upstream_find(shared->lines, scope, clock_mono_ms());
	if (p->outside.line == NULL)
		return err_set(e, ERR_BUG, "out of memory");
	p->ops = find_provider(p->name);
	p->state = p->ops->open(&setup, e);
	return p->state == NULL ? -1 : 0;
}

struct auth *
auth_new(const struct conf *c, struct shared *shared, int slot, struct err *e)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (a == NULL || (a->mac = shared_mac(shared, "credential")) == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		auth_free(&a);
		return NULL;
	}
	a->shared = shared;
	for (int i = 0; i < c->providers.n && i < SHARED_PROVIDERS; i++) {
		struct provider *p = &a->provider[i];

		p->name = c->providers.item[i];
		p->outside =
		    (struct outside){ .shared = shared, .p = i, .slot = slot };
		if (open_provider(p, c, shared, e) == -1) {
			auth_free(&a);
			return NULL;
		}
		a->n++;
	}
	return a;
}

void
auth_free(struct auth **a)
{
	if (*a == NULL)
		return;
	for (int i = 0; i < (*a)->n; i++)
		(*a)->provider[i].ops->close(&(*a)->provider[i].state);
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

void
auth_unsure(struct auth_answer *answer, const char *why, int64_t retry_ms)
{
	answer->verdict = AUTH_UNSURE;
	answer->why = why;
	answer->retry_ms = retry_ms;
}

struct prober {
	struct auth *auth;
	int p;
	struct arena *arena;
};

static bool
probe_for_doubt(void *ctx, int64_t deadline)
{
	const struct prober *who = ctx;

	const char *why;

	return auth_probe(who->auth, who->p, deadline, who->arena, &why);
}

static void
settle_doubt(struct auth *a, int p, const struct auth_request *rq, uint64_t tag,
    struct auth_answer *answer)
{
	struct prober who = { a, p, rq->arena };
	const struct doubt d = {
		.gate = &a->provider[p].outside.line->gate,
		.recent = a->shared->recent,
		.tag = tag,
		.deadline = rq->deadline,
		.probe = probe_for_doubt,
		.ctx = &who,
	};

	if (!doubt_believes(&d))
		auth_unsure(answer, "refused while the provider is not ready",
		    0);
}

/* One call to a provider that is asked each time. */
static void
ask(struct auth *a, int i, const struct auth_request *rq,
    struct auth_answer *answer)
{
	const struct provider *p = &a->provider[i];
	struct provider_answer pa = { .answer = answer };
	int64_t started = clock_mono_ms(), pause;
	struct outside_no no;
	uint64_t tag;

	if (!outside_is_open(&p->outside, started, &no)) {
		auth_unsure(answer, no.why, no.retry_ms);
		return;
	}
	tag = recent_tag(a->mac, p->name, (int)rq->cred.kind, rq->cred.value,
	    rq->cred.len);
	outside_begin(&p->outside, started);
	p->ops->check(p->state, rq, NULL, &pa);
	pause =
	    outside_report(&p->outside, pa.outcome, pa.pause_ms, tag, started);
	if (pause > 0)
		answer->retry_ms = pause;
	if (answer->verdict == AUTH_ALLOW)
		recent_add(a->shared->recent, tag, started);
	else if (answer->verdict == AUTH_DENY && pa.doubtful)
		settle_doubt(a, i, rq, tag, answer);
	outside_end(&p->outside);
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

static void
check_by_provider(struct auth *a, const struct auth_request *rq,
    const struct jwt *t, struct auth_answer *answer)
{
	struct provider_answer pa = { .answer = answer };
	int i = whose(a, &rq->cred, t);

	if (i == -1) {
		answer->why = t != NULL ? "its issuer is not configured"
					: "not the form of a credential";
		return;
	}
	answer->provider = a->provider[i].name;
	if (a->provider[i].ops->asked_each_time)
		ask(a, i, rq, answer);
	else
		a->provider[i].ops->check(a->provider[i].state, rq, t, &pa);
	if (answer->verdict == AUTH_ALLOW)
		answer->who.provider = a->provider[i].name;
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
	const struct provider *p = &a->provider[i];
	bool good = p->ops->probe(p->state, deadline, arena, why);

	/* other providers' gates stand before what the probe does not ask */
	if (good && p->ops->asked_each_time)
		gate_open(&p->outside.line->gate);
	return good;
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
