/* SPDX-License-Identifier: MIT */
/* Ids, what is kept, and the request's own span. */
#include "obs/trace.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/rng.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "obs/access.h"
#include "obs/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANDOM_BITS = 56 /* of a trace-id (W3C Trace Context 2, 3.2.2.3) */ };

struct trace {
	struct trace_options o;
	struct spans spans;
	uint64_t random; /* ids are meant to be unique, not secret */
	uint64_t parent; /* the span-id that came; 0: none did */
	int64_t wall_us; /* to be added to clock_mono_us() */
};

struct trace *
trace_new(const struct trace_options *o)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->o = *o;
	rng_bytes(&t->random, sizeof(t->random));
	return t;
}

void
trace_free(struct trace **t)
{
	free(*t);
	*t = NULL;
}

struct spans *
trace_spans(struct trace *t)
{
	return t == NULL ? NULL : &t->spans;
}

const char *
trace_id(const struct trace *t)
{
	return t->spans.trace;
}

/* SplitMix64 (Steele, Lea, Flood 2014); never 0, which is no id. */
static uint64_t
next_random(struct trace *t)
{
	uint64_t z = t->random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) | 1;
}

/* n lower-case hexadecimal digits, not all of them 0. */
static bool
is_id(const char *text, size_t n)
{
	return strspn(text, STR_DIGITS "abcdef") >= n && strspn(text, "0") < n;
}

/* "00-TRACE-PARENT-FLAGS"; more may follow in versions to come. */
bool
trace_parse_parent(const char *text, char trace[SPAN_TRACE_DIGITS + 1],
    uint64_t *parent)
{
	enum { TRACE_AT = 3, PARENT_AT = 36, FLAGS_AT = 53, END = 55 };
	size_t n = text == NULL ? 0 : strlen(text);

	if (n < END || strspn(text, STR_DIGITS "abcdef") != 2 ||
	    memcmp(text, "ff", 2) == 0 || text[TRACE_AT - 1] != '-' ||
	    !is_id(text + TRACE_AT, SPAN_TRACE_DIGITS) ||
	    text[PARENT_AT - 1] != '-' || !is_id(text + PARENT_AT, 16) ||
	    text[FLAGS_AT - 1] != '-' ||
	    strspn(text + FLAGS_AT, STR_DIGITS "abcdef") != 2)
		return false;
	if (n > END && (memcmp(text, "00", 2) == 0 || text[END] != '-'))
		return false;
	memcpy(trace, text + TRACE_AT, SPAN_TRACE_DIGITS);
	trace[SPAN_TRACE_DIGITS] = '\0';
	*parent = strtoull(text + PARENT_AT, NULL, 16);
	return true;
}

/* By the random end of the id, so that all who see a trace agree. */
static bool
is_sampled(const struct trace *t)
{
	const char *end = t->spans.trace + SPAN_TRACE_DIGITS - RANDOM_BITS / 4;
	uint64_t step = ((uint64_t)1 << RANDOM_BITS) / CONF_SHARE_ALL;

	return t->o.sample == CONF_SHARE_ALL ||
	       strtoull(end, NULL, 16) < step * (uint64_t)t->o.sample;
}

static void
make_id(struct trace *t)
{
	struct buf b;

	buf_init_fixed(&b, t->spans.trace, sizeof(t->spans.trace));
	buf_hex(&b, next_random(t));
	buf_hex(&b, next_random(t));
	buf_char(&b, '\0');
}

void
trace_begin(struct trace *t, const char *traceparent)
{
	struct spans *s = &t->spans;

	t->wall_us = clock_wall_us() - clock_mono_us();
	t->parent = 0;
	if (!trace_parse_parent(traceparent, s->trace, &t->parent))
		make_id(t);
	s->first_id = next_random(t);
	/* room for the others' ids, without one of them being 0 */
	if (s->first_id > UINT64_MAX - SPANS_MAX)
		s->first_id -= SPANS_MAX;
	s->sampled = is_sampled(t);
	s->n = s->missed = 0;
	s->text_len = 0;
	s->open = -1;
	s->on = true;
	span_begin(s, SPAN_SERVER, NULL, "request");
}

void
trace_user(const char *provider, const char *subject,
    char out[TRACE_USER_DIGITS + 1])
{
	char hex[CRYPT_SHA256_HEX_SIZE], text[512];
	struct buf b;

	buf_init_fixed(&b, text, sizeof(text));
	buf_str(&b, provider);
	buf_char(&b, ':');
	buf_add(&b, subject, strnlen(subject, sizeof(text) - b.len));
	crypt_sha256_hex(b.data, b.len, hex);
	memcpy(out, hex, TRACE_USER_DIGITS);
	out[TRACE_USER_DIGITS] = '\0';
}

/* A method that is none is a client's own text. */
static const char *
known_method(const char *method)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT",
		"DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], method) == 0)
			return known[i];
	return "_OTHER";
}

/* The request's own span, which is the first. */
static void
tell_request(struct spans *s, const struct access *a,
    const struct trace_request *rq)
{
	const char *method = known_method(a->method);
	const char *word = method[0] == '_' ? "HTTP" : method;
	struct span *own = &s->list[0];
	char user[TRACE_USER_DIGITS + 1];

	own->of = rq->path == NULL ? NULL : word;
	own->name = rq->path == NULL ? word : rq->path;
	span_note(s, 0, SPAN_HTTP_METHOD, method);
	span_note(s, 0, SPAN_HTTP_PATH, rq->path);
	span_note_number(s, 0, SPAN_HTTP_STATUS, a->status);
	span_note(s, 0, SPAN_REQUEST_ID, a->request_id);
	span_note(s, 0, SPAN_ROUTE, a->route);
	span_note(s, 0, SPAN_VERDICT, a->verdict);
	span_note(s, 0, SPAN_PROVIDER, a->provider);
	span_note(s, 0, SPAN_RULE, a->rule);
	if (rq->subject != NULL && a->provider != NULL) {
		trace_user(a->provider, rq->subject, user);
		span_note(s, 0, SPAN_USER, user);
	}
	if (a->status >= 500)
		span_fail_status(s, 0, a->status);
}

static bool
has_failed(const struct spans *s)
{
	for (int i = 0; i < s->n; i++)
		if (s->list[i].error != NULL)
			return true;
	return false;
}

void
trace_end(struct trace *t, const struct access *a,
    const struct trace_request *rq)
{
	struct spans *s = &t->spans;
	unsigned char record[RECORD_MAX];

	if (!s->on)
		return;
	span_end(s, 0);
	if (t->o.sink.take != NULL &&
	    (s->sampled || a->status >= 500 || has_failed(s) ||
		access_is_slow(a, t->o.slow_ms))) {
		tell_request(s, a, rq);
		t->o.sink.take(t->o.sink.ctx, record,
		    record_pack(s, t->parent, t->wall_us, record));
	}
	s->on = false;
}

void
trace_tell(const struct trace *t, struct buf *b)
{
	const struct spans *s = &t->spans;

	for (int i = 1; i < s->n; i++) {
		const struct span *span = &s->list[i];
		int64_t us = span->ended_us - span->begun_us;
		char time[40];

		if (span->ended_us == 0)
			continue;
		buf_str(b, b->len > 0 ? ", " : "");
		buf_str(b, span->of == NULL ? "" : span->of);
		buf_str(b, span->of == NULL ? "" : " ");
		buf_str(b, span->name);
		snprintf(time, sizeof(time), " %" PRId64 ".%" PRId64 " ms",
		    us / 1000, us % 1000 / 100);
		buf_str(b, time);
		if (span->error != NULL) {
			buf_str(b, " ");
			buf_str(b, span->error);
		}
	}
}
