/* SPDX-License-Identifier: MIT */
/* The call, the gate, the credentials that were good lately. */
#include "auth/asking.h"

#include "auth/doubt.h"
#include "auth/provider.h"
#include "base/clock.h"
#include "shm/shared.h"

/* A question about one credential, which may be put twice. */
struct question {
	struct asking *k;
	const struct auth_request *rq;
	uint64_t tag; /* of the credential */
	bool sign_out;
	const char *return_to;
	const char *url; /* that was given for sign_out */
};

bool
asking_probe(struct asking *k, int64_t deadline, struct arena *arena,
    const char **why)
{
	bool good = k->ops->probe(k->state, deadline, arena, why);

	/* other providers' gates stand before what the probe does not ask */
	if (good && k->ops->asked_each_time)
		gate_open(&k->outside.line->gate);
	return good;
}

static bool
probe_for_doubt(void *ctx, int64_t deadline)
{
	const struct question *q = ctx;
	const char *why;

	return asking_probe(q->k, deadline, q->rq->arena, &why);
}

/* One call, of which the gate is told. */
static void
call(struct question *q, struct provider_answer *pa)
{
	struct asking *k = q->k;
	struct auth_answer *answer = pa->answer;
	int64_t started = clock_mono_ms(), pause;

	if (q->sign_out)
		q->url = k->ops->sign_out(k->state, q->rq, q->return_to, pa);
	else
		k->ops->check(k->state, q->rq, NULL, pa);
	pause = outside_report(&k->outside, pa->outcome, pa->pause_ms, q->tag,
	    started);
	if (pause > 0)
		answer->retry_ms = pause;
	if (answer->verdict == AUTH_ALLOW)
		recent_add(k->outside.shared->recent, q->tag, started);
}

/* The provider is well: what it says now is what it means. */
static void
call_again(struct question *q, struct provider_answer *pa)
{
	struct auth_answer *answer = pa->answer;
	struct outside_no no = { "no time is left to ask again", 0 };

	if (clock_left_ms(q->rq->deadline) < GATE_SLOW_MS ||
	    !outside_is_still_open(&q->k->outside, clock_mono_ms(), &no)) {
		auth_unsure(answer, no.why, no.retry_ms);
		return;
	}
	*answer = (struct auth_answer){ .verdict = AUTH_DENY,
		.provider = answer->provider };
	*pa = (struct provider_answer){ .answer = answer };
	call(q, pa);
	if (answer->verdict == AUTH_DENY)
		recent_drop(q->k->outside.shared->recent, q->tag);
}

static void
settle_doubt(struct question *q, struct provider_answer *pa)
{
	const struct doubt d = {
		.gate = &q->k->outside.line->gate,
		.recent = q->k->outside.shared->recent,
		.tag = q->tag,
		.deadline = q->rq->deadline,
		.expected = pa->expected,
		.probe = probe_for_doubt,
		.ctx = q,
	};

	switch (doubt_judge(&d)) {
	case DOUBT_NONE:
		break;
	case DOUBT_ASK_AGAIN:
		call_again(q, pa);
		break;
	case DOUBT_OPEN:
		auth_unsure(pa->answer,
		    "refused while the provider is not ready", 0);
		break;
	}
}

static void
put(struct question *q, struct provider_answer *pa)
{
	const struct cred *c = &q->rq->cred;

	q->tag =
	    recent_tag(q->k->mac, q->k->name, (int)c->kind, c->value, c->len);
	call(q, pa);
	if (pa->answer->verdict == AUTH_DENY && pa->doubtful)
		settle_doubt(q, pa);
}

void
asking_check(void *ctx, const struct auth_request *rq,
    struct provider_answer *pa)
{
	struct question q = { .k = ctx, .rq = rq };

	put(&q, pa);
}

const char *
asking_sign_out(struct asking *k, const struct auth_request *rq,
    const char *return_to, struct provider_answer *pa)
{
	struct question q = {
		.k = k, .rq = rq, .sign_out = true, .return_to = return_to
	};
	int64_t now = clock_mono_ms();
	struct outside_no no;

	if (!outside_is_open(&k->outside, now, &no)) {
		auth_unsure(pa->answer, no.why, no.retry_ms);
		return NULL;
	}
	outside_begin(&k->outside, now);
	put(&q, pa);
	outside_end(&k->outside);
	return pa->answer->verdict == AUTH_ALLOW ? q.url : NULL;
}
