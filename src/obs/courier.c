/* SPDX-License-Identifier: MIT */
/* One batch at a time: send, wait for the answer, do what it means. */
#include "obs/courier.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/seldom.h"
#include "io/http.h"
#include "obs/delivery.h"
#include "obs/metrics.h"
#include "obs/otlp.h"
#include "obs/outbox.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	ANSWER_MAX = 64 << 10, /* its body */
	ARENA = 1 << 20,       /* of an answer, its header as well */
};

struct courier {
	const char *url;
	const struct metrics *metrics;
	struct http *http;
	struct arena *arena;
	struct http_reply reply;
	struct outbox waiting;
	struct otlp_batch batch; /* to be delivered */
	int64_t since_ms;        /* that batch is */
	int64_t again_ms;        /* when to try; after a failure */
	int failures;            /* in a row */
	bool under_way;
	bool hurries;
	/* the collector does not take them; the log says so */
	bool away, told;
	struct seldom outages;
	int64_t lost;
};

struct courier *
courier_new(const char *url, const struct metrics *m)
{
	const struct http_options o = { .ca_file = "" };
	struct courier *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->url = url;
	c->metrics = m;
	c->http = http_new(&o);
	c->arena = arena_new(ARENA);
	if (c->http == NULL || c->arena == NULL ||
	    outbox_open(&c->waiting) == -1 ||
	    otlp_open(&c->batch, COURIER_BATCH_MAX) == -1)
		courier_free(&c);
	return c;
}

static void
lose(struct courier *c, enum metric_trace outcome, int n)
{
	if (n > 0)
		metrics_traces(c->metrics, outcome, n);
	c->lost += n;
}

void
courier_free(struct courier **c)
{
	if (*c == NULL)
		return;
	metrics_traces((*c)->metrics, METRIC_TRACE_DROPPED,
	    (*c)->batch.n + (*c)->waiting.n);
	http_free(&(*c)->http);
	arena_free(&(*c)->arena);
	outbox_close(&(*c)->waiting);
	otlp_close(&(*c)->batch);
	free(*c);
	*c = NULL;
}

void
courier_put(struct courier *c, const unsigned char *record, size_t n,
    int64_t now)
{
	lose(c, METRIC_TRACE_DROPPED, outbox_put(&c->waiting, record, n, now));
}

/* Once when it goes away and once when it is back, not for each failure. */
static void
tell_away(struct courier *c, const char *why, int64_t now)
{
	if (c->away)
		return;
	c->away = true;
	c->lost = 0;
	c->told = seldom_count(&c->outages, now) > 0;
	if (!c->told)
		return;
	log_event(LEVEL_WARN, "trace collector does not take traces",
	    LOG_S("endpoint", c->url), LOG_S("error", why));
}

static void
tell_back(struct courier *c)
{
	if (c->away && c->told)
		log_event(LEVEL_INFO, "trace collector is back",
		    LOG_S("endpoint", c->url), LOG_I("lost", c->lost));
	c->away = false;
}

static void
try_later(struct courier *c, int64_t retry_after_ms, int64_t now)
{
	unsigned noise;

	rng_bytes(&noise, sizeof(noise));
	c->failures++;
	c->again_ms =
	    now + delivery_pause_ms(c->failures, retry_after_ms, noise);
	if (!c->hurries && c->again_ms - c->since_ms < COURIER_KEEP_MS)
		return;
	lose(c, METRIC_TRACE_DROPPED, c->batch.n);
	otlp_clear(&c->batch);
}

/* The batch is no longer ours to bring. */
static void
settle(struct courier *c)
{
	otlp_clear(&c->batch);
	c->failures = 0;
	c->again_ms = 0;
}

static void
take_answer(struct courier *c, int64_t now)
{
	const struct http_reply *r = &c->reply;
	char why[40];

	snprintf(why, sizeof(why), "status %d", r->status);
	switch (delivery_judge(r->status)) {
	case DELIVERY_TAKEN:
		metrics_traces(c->metrics, METRIC_TRACE_SENT, c->batch.n);
		metrics_add(c->metrics, METRIC_SPANS_REJECTED, METRIC_AT(0),
		    (uint64_t)delivery_rejected(r->body, r->body_len));
		tell_back(c);
		settle(c);
		break;
	case DELIVERY_REFUSED:
		tell_away(c, why, now);
		lose(c, METRIC_TRACE_REFUSED, c->batch.n);
		settle(c);
		break;
	case DELIVERY_AGAIN:
		tell_away(c, why, now);
		try_later(c, http_retry_ms(r, "Retry-After"), now);
		break;
	}
}

struct http_call
courier_call(const char *url)
{
	return (struct http_call){
		.url = url,
		.headers = { "Content-Type: application/json",
		    "Accept: application/json" },
		.timeout_ms = COURIER_TIMEOUT_MS,
		.body_max = ANSWER_MAX,
	};
}

static void
send_batch(struct courier *c, int64_t now)
{
	struct err e = { 0 };
	struct http_call call = courier_call(c->url);

	arena_reset(c->arena);
	call.body = otlp_text(&c->batch, &call.body_len);
	c->under_way = http_start(c->http, &call, c->arena, &c->reply, &e) == 0;
	if (c->under_way)
		return;
	tell_away(c, e.text, now);
	try_later(c, 0, now);
}

/* Milliseconds until there is something to send; -1: there is nothing.  A pause
 * is kept whether or not the batch that it began with is still there. */
static int
due_ms(const struct courier *c, int64_t now)
{
	int ms = c->batch.n > 0 ? 0 : outbox_due_ms(&c->waiting, now);

	if (c->hurries)
		return c->batch.n + c->waiting.n > 0 ? 0 : -1;
	if (ms != -1 && c->again_ms - now > ms)
		ms = (int)(c->again_ms - now);
	return ms;
}

static void
send_if_due(struct courier *c, int64_t now)
{
	if (due_ms(c, now) != 0)
		return;
	if (c->batch.n == 0) {
		lose(c, METRIC_TRACE_DROPPED,
		    outbox_take(&c->waiting, &c->batch));
		c->since_ms = now;
	}
	if (c->batch.n > 0)
		send_batch(c, now);
}

static int
shorter(int a, int b)
{
	return a == -1 || (b != -1 && b < a) ? b : a;
}

void
courier_wait(struct courier *c, const int *fds, int n, int ms)
{
	int64_t now = clock_mono_ms();
	struct err e = { 0 };

	if (!c->under_way)
		send_if_due(c, now);
	if (!c->under_way)
		ms = shorter(ms, due_ms(c, now));
	switch (http_wait(c->http, fds, n, ms, &e)) {
	case HTTP_OVER:
		c->under_way = false;
		take_answer(c, clock_mono_ms());
		break;
	case HTTP_FAILED:
		now = clock_mono_ms();
		c->under_way = false;
		tell_away(c, e.text, now);
		try_later(c, 0, now);
		break;
	case HTTP_UNDER_WAY:
	case HTTP_NONE:
		break;
	}
}

void
courier_hurry(struct courier *c)
{
	c->hurries = true;
}

bool
courier_is_done(const struct courier *c)
{
	return !c->under_way && c->batch.n == 0 && c->waiting.n == 0;
}
