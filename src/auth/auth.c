/* SPDX-License-Identifier: MIT */
/* The routine around the providers: whose credential it is, who is revoked. */
#include "auth/auth.h"

#include "auth/asking.h"
#include "auth/barred.h"
#include "auth/jwt.h"
#include "auth/provider.h"
#include "auth/sessions.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/span.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/fcg.h"
#include "obs/metrics.h"
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
	struct spans *spans;
	int n;
	struct asking provider[SHARED_PROVIDERS];
	struct sessions *sessions[SHARED_PROVIDERS]; /* those asked each time */
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

/* What is no kind is the name of an OpenID Connect issuer. */
static const struct auth_provider *
find_provider(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i]->kind, name) == 0)
			return known[i];
	return &auth_oidc;
}

static int
open_sessions(struct auth *a, int i, const struct conf *c,
    const unsigned char scope[UPSTREAM_SCOPE_SIZE], struct err *e)
{
	struct asking *p = &a->provider[i];
	struct sessions_options o = {
		.provider = p->name,
		.outside = &p->outside,
		.barred = a->barred,
		.news_bound_ms = c->revocation.bound,
		.ask = asking_check,
		.ctx = p,
	};

	memcpy(o.scope, scope, sizeof(o.scope));
	p->ops->keeping(p->state, &o);
	a->sessions[i] = sessions_new(&o);
	return a->sessions[i] == NULL ? err_set(e, ERR_BUG, "out of memory")
				      : 0;
}

/* Its line of shared memory goes by all that is configured for it. */
static int
open_provider(struct auth *a, int i, const struct conf *c, struct err *e)
{
	struct asking *p = &a->provider[i];
	unsigned char scope[UPSTREAM_SCOPE_SIZE];
	const struct provider_setup setup = { c, p->name, &p->outside,
		a->barred };

	if (conf_provider_digest(c, p->name, scope) == 0)
		p->outside.line =
		    upstream_find(a->shared->lines, scope, clock_mono_ms());
	if (p->outside.line == NULL)
		return err_set(e, ERR_BUG, "out of memory");
	p->ops = find_provider(p->name);
	p->state = p->ops->open(&setup, e);
	if (p->state == NULL)
		return -1;
	return p->ops->asked_each_time ? open_sessions(a, i, c, scope, e) : 0;
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
		a->n++;
		a->provider[i] = (struct asking){
			.name = c->providers.item[i],
			.mac = a->mac,
			.outside = { .shared = shared,
			    .p = i,
			    .slot = slot,
			    .name = c->providers.item[i] },
		};
		if (open_provider(a, i, c, e) == -1) {
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
	for (int i = 0; i < (*a)->n; i++) {
		struct asking *p = &(*a)->provider[i];

		sessions_free(&(*a)->sessions[i]);
		if (p->state != NULL)
			p->ops->close(&p->state);
	}
	barred_free(&(*a)->barred);
	crypt_mac_free(&(*a)->mac);
	free(*a);
	*a = NULL;
}

void
auth_trace(struct auth *a, struct spans *spans)
{
	a->spans = spans;
	for (int i = 0; i < a->n; i++)
		a->provider[i].outside.spans = spans;
}

void
auth_count(struct auth *a, const struct metrics *m)
{
	for (int i = 0; i < a->n; i++) {
		struct outside *o = &a->provider[i].outside;

		o->metrics = m;
		o->place = metrics_provider(m, o->name);
	}
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

bool
auth_has_cookies(const struct auth *a, int i)
{
	const struct asking *p = &a->provider[i];

	return p->ops->cookies(p->state)->n > 0;
}

const struct conf_list *
auth_cookie_names(const struct auth *a, int i)
{
	return a->provider[i].ops->cookies(a->provider[i].state);
}

struct cred
auth_cookies(const struct auth *a, int i, const struct fcg_request *in,
    struct arena *arena)
{
	const struct asking *p = &a->provider[i];
	const char *cookies = in->param[FCG_HTTP_COOKIE];
	struct cred c = { .kind = CRED_NONE };

	if (cookies != NULL)
		c = cred_from_cookies(cookies, p->ops->cookies(p->state),
		    arena);
	c.owner = i;
	return c;
}

struct cred
auth_credential(const struct auth *a, const struct fcg_request *in,
    struct arena *arena)
{
	struct cred c = cred_from_headers(in);

	if (c.kind == CRED_NONE && c.why != NULL && reads_tokens(a))
		c.kind = CRED_REFUSED;
	for (int i = 0; i < a->n && c.kind == CRED_NONE; i++) {
		const struct asking *p = &a->provider[i];

		c = auth_cookies(a, i, in, arena);
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
read_token(struct auth *a, struct asking *p, const struct auth_request *rq,
    const struct jwt *t, struct auth_answer *answer)
{
	struct provider_answer pa = { .answer = answer };

	p->ops->check(p->state, rq, t, &pa);
	if (answer->verdict != AUTH_ALLOW ||
	    !barred_refuses(a->barred, p->name, &answer->who))
		return;
	outside_count(&p->outside, UPSTREAM_REVOKED);
	answer->verdict = AUTH_DENY;
	answer->why = "revoked";
	answer->revoked = true;
}

static void
check_by_provider(struct auth *a, const struct auth_request *rq,
    const struct jwt *t, struct auth_answer *answer)
{
	int i = whose(a, &rq->cred, t);
	struct asking *p;

	if (i == -1) {
		answer->why = t != NULL ? "its issuer is not configured"
					: "not the form of a credential";
		return;
	}
	p = &a->provider[i];
	answer->provider = p->name;
	if (a->sessions[i] != NULL)
		sessions_check(a->sessions[i], rq, answer);
	else
		read_token(a, p, rq, t, answer);
	outside_count(&p->outside, counted_as[answer->verdict]);
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

static void
check(struct auth *a, const struct auth_request *rq, struct auth_answer *answer)
{
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

void
auth_check(struct auth *a, const struct auth_request *rq,
    struct auth_answer *answer)
{
	int span = span_begin(a->spans, SPAN_INTERNAL, NULL, "authenticate");

	*answer = (struct auth_answer){ .verdict = AUTH_DENY };
	check(a, rq, answer);
	span_note(a->spans, span, SPAN_CREDENTIAL, cred_name(rq->cred.kind));
	span_note(a->spans, span, SPAN_PROVIDER, answer->provider);
	span_note(a->spans, span, SPAN_VERDICT, verdict_names[answer->verdict]);
	span_end(a->spans, span);
}

const char *
auth_provider_name(const struct auth *a, int i)
{
	return i < a->n ? a->provider[i].name : NULL;
}

int
auth_provider_index(const struct auth *a, const char *name)
{
	for (int i = 0; name != NULL && i < a->n; i++)
		if (strcmp(a->provider[i].name, name) == 0)
			return i;
	return -1;
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
	return asking_probe(&a->provider[i], deadline, arena, why);
}

void
auth_login_info(const struct auth *a, int i, const char *return_to,
    struct buf *b)
{
	a->provider[i].ops->login_info(a->provider[i].state, return_to, b);
}

const char *
auth_page_url(const struct auth *a, int i, enum auth_page page,
    const char *return_to, struct arena *arena)
{
	struct buf b;

	buf_init(&b, arena, 256);
	a->provider[i].ops->page(a->provider[i].state, page, return_to, &b);
	return b.len == 0 ? NULL : buf_text(&b);
}

bool
auth_is_renewable(const struct auth *a, int i, const struct fcg_request *in,
    struct arena *arena)
{
	const struct asking *p = &a->provider[i];
	struct cred c;

	if (p->ops->renewable == NULL)
		return false;
	c = auth_cookies(a, i, in, arena);
	return c.kind == CRED_COOKIE && p->ops->renewable(p->state, &c);
}

/*
 * The session ends when the browser gets to the URL, not now: what is kept of
 * it goes, and nothing is kept for a while.
 */
static const char *
ask_sign_out(struct auth *a, int i, const struct auth_request *rq,
    const char *return_to, struct auth_answer *answer)
{
	struct provider_answer pa = { .answer = answer };
	const char *url = asking_sign_out(&a->provider[i], rq, return_to, &pa);

	if (url != NULL && a->sessions[i] != NULL)
		sessions_leave(a->sessions[i], rq);
	return url;
}

const char *
auth_sign_out(struct auth *a, int i, const struct auth_request *rq,
    const char *return_to, struct auth_answer *answer)
{
	const struct asking *p = &a->provider[i];
	const char *url;

	*answer = (struct auth_answer){ .verdict = AUTH_ANON,
		.why = "no credential",
		.provider = p->name };
	if (p->ops->sign_out != NULL) {
		if (rq->cred.kind != CRED_COOKIE)
			return NULL;
		return ask_sign_out(a, i, rq, return_to, answer);
	}
	url = auth_page_url(a, i, AUTH_PAGE_LOGOUT, return_to, rq->arena);
	if (url == NULL)
		answer->why = "no page to sign out at";
	else
		answer->verdict = AUTH_ALLOW;
	return url;
}

int64_t
auth_take_spent_us(struct auth *a)
{
	int64_t us = 0;

	for (int i = 0; i < a->n; i++)
		us += a->provider[i].ops->take_spent_us(a->provider[i].state);
	return us;
}
