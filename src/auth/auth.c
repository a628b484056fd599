/* SPDX-License-Identifier: MIT */
/*
 * The routine around the providers: the gate before the call, the provider's
 * own judgement, the doubt about a refusal, the book-keeping behind it.  A
 * session cache has its place in auth_check(), before the gate.
 */
#include "auth/auth.h"

#include "auth/doubt.h"
#include "auth/provider.h"
#include "base/clock.h"
#include "base/rng.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "io/fcg.h"
#include "shm/shared.h"

#include <stdlib.h>
#include <string.h>

static const struct auth_provider *const known[] = { &auth_ory };
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
	int slot;
	int n;
	struct {
		const struct auth_provider *ops;
		void *state;
	} provider[SHARED_PROVIDERS];
};

const char *
auth_verdict_name(enum auth_verdict v)
{
	return verdict_names[v];
}

static const struct auth_provider *
find_provider(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i]->name, name) == 0)
			return known[i];
	return NULL;
}

struct auth *
auth_new(const struct conf *c, struct shared *shared, int slot, struct err *e)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (a == NULL || (a->mac = recent_mac(&shared->recent)) == NULL) {
		err_set(e, ERR_BUG, "out of memory");
		auth_free(&a);
		return NULL;
	}
	a->shared = shared;
	a->slot = slot;
	for (int i = 0; i < c->providers.n && i < SHARED_PROVIDERS; i++) {
		a->provider[i].ops = find_provider(c->providers.item[i]);
		if (a->provider[i].ops == NULL)
			err_set(e, ERR_BUG, "provider without code");
		else
			a->provider[i].state = a->provider[i].ops->open(c, e);
		if (a->provider[i].state == NULL) {
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

struct cred
auth_credential(const struct auth *a, const struct fcg_request *in,
    struct arena *arena)
{
	struct cred c = cred_from_headers(in);
	const char *cookies = in->param[FCG_HTTP_COOKIE];

	for (int i = 0; i < a->n && c.kind == CRED_NONE; i++)
		if (cookies != NULL)
			c = cred_from_cookies(cookies,
			    a->provider[i].ops->cookies(a->provider[i].state),
			    arena);
	return c;
}

static void
unsure(struct auth_answer *answer, const char *why, int64_t retry_ms)
{
	answer->verdict = AUTH_UNSURE;
	answer->why = why;
	answer->retry_ms = retry_ms;
}

static bool
is_crowded(const struct auth *a, int p, int64_t now)
{
	const struct gate *gate = &a->shared->gate[p];
	const struct board *board = &a->shared->board;
	struct board_waits w;

	if (gate_is_quick(gate, now))
		return false;
	w = board_waits(board, p, now);
	return gate_is_crowded(gate, w.n, w.oldest_ms,
	    atomic_load(&board->limit), now);
}

/* 0 when provider p may be asked now; else the answer is filled in. */
static int
pass_gate(struct auth *a, int p, int64_t now, struct auth_answer *answer)
{
	int64_t closed;

	if (is_crowded(a, p, now)) {
		unsure(answer, "too many workers wait for the provider", 0);
		return -1;
	}
	closed = gate_closed_ms(&a->shared->gate[p], now);
	if (closed > 0) {
		unsure(answer, "the provider is given time to recover", closed);
		return -1;
	}
	return 0;
}

static unsigned
noise(void)
{
	unsigned char byte;

	rng_bytes(&byte, 1);
	return byte;
}

static void
report_to_gate(struct gate *g, const struct provider_answer *pa, uint64_t tag,
    int64_t started)
{
	int64_t now = clock_mono_ms();

	switch (pa->outcome) {
	case CALL_NONE:
		return;
	case CALL_GOOD:
		gate_good(g, now - started, now);
		return;
	case CALL_FAILED:
	case CALL_BROKEN:
		gate_failed(g, tag, pa->outcome == CALL_BROKEN, now - started,
		    now, noise());
		return;
	case CALL_LIMIT:
		gate_pause(g, pa->pause_ms, now, noise());
		pa->answer->retry_ms = atomic_load(&g->paused_until_ms) - now;
		return;
	}
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

	return auth_probe(who->auth, who->p, deadline, who->arena);
}

static void
settle_doubt(struct auth *a, int p, const struct auth_request *rq, uint64_t tag,
    struct auth_answer *answer)
{
	struct prober who = { a, p, rq->arena };
	const struct doubt d = {
		.gate = &a->shared->gate[p],
		.recent = &a->shared->recent,
		.tag = tag,
		.deadline = rq->deadline,
		.probe = probe_for_doubt,
		.ctx = &who,
	};

	if (!doubt_believes(&d))
		unsure(answer, "refused while the provider is not ready", 0);
}

static void
ask(struct auth *a, int p, const struct auth_request *rq,
    struct auth_answer *answer)
{
	const struct auth_provider *ops = a->provider[p].ops;
	struct provider_answer pa = { .answer = answer };
	int64_t started = clock_mono_ms();
	uint64_t tag = recent_tag(a->mac, ops->name, (int)rq->cred.kind,
	    rq->cred.value, rq->cred.len);

	board_wait_begin(&a->shared->board, a->slot, p, started);
	ops->check(a->provider[p].state, rq, &pa);
	report_to_gate(&a->shared->gate[p], &pa, tag, started);
	if (answer->verdict == AUTH_ALLOW) {
		answer->who.provider = ops->name;
		recent_add(&a->shared->recent, tag, started);
	} else if (answer->verdict == AUTH_DENY && pa.doubtful) {
		settle_doubt(a, p, rq, tag, answer);
	}
	board_wait_end(&a->shared->board, a->slot);
}

/* The first provider whose credential it could be; a->n when it is nobody's. */
static int
whose(const struct auth *a, const struct cred *c)
{
	int p = 0;

	while (p < a->n && !a->provider[p].ops->takes(a->provider[p].state, c))
		p++;
	return p;
}

void
auth_check(struct auth *a, const struct auth_request *rq,
    struct auth_answer *answer)
{
	int p = 0;

	*answer = (struct auth_answer){ .verdict = AUTH_DENY };
	if (rq->cred.kind == CRED_NONE) {
		answer->verdict = AUTH_ANON;
		answer->why = "no credential";
	} else if (rq->cred.kind == CRED_REFUSED) {
		answer->why = rq->cred.why;
	} else if ((p = whose(a, &rq->cred)) == a->n) {
		answer->why = "not the form of a credential";
	} else if (pass_gate(a, p, clock_mono_ms(), answer) == 0) {
		ask(a, p, rq, answer);
	}
}

const char *
auth_provider_name(const struct auth *a, int i)
{
	return i < a->n ? a->provider[i].ops->name : NULL;
}

bool
auth_probe(struct auth *a, int i, int64_t deadline, struct arena *arena)
{
	bool good =
	    a->provider[i].ops->probe(a->provider[i].state, deadline, arena);

	if (good)
		gate_open(&a->shared->gate[i]);
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
