/* SPDX-License-Identifier: MIT */
/* Ids, what is kept, and OTLP's JSON (its proto3 mapping with ids in hex). */
#include "obs/trace.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/rng.h"
#include "base/str.h"
#include "conf/conf.h"
#include "io/crypt.h"
#include "obs/access.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROOT_MAX = 3072, /* for the request's own span */
	ID_DIGITS = 16,
	MISSED_MAX = 80, /* bytes of the note that tells how many did not fit */
	TEXT_MAX = 128,  /* of a note; a longer one is cut */
	STATUS_ERROR = 2,
	RANDOM_BITS = 56, /* of a trace-id (W3C Trace Context 2, 3.2.2.3) */
};

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

/* By hand: a trace has a dozen of them, and snprintf() takes its time. */
static void
write_id(char digits[ID_DIGITS], uint64_t id)
{
	for (int i = ID_DIGITS - 1; i >= 0; i--, id >>= 4)
		digits[i] = "0123456789abcdef"[id & 15];
}

void
trace_begin(struct trace *t, const char *traceparent)
{
	struct spans *s = &t->spans;

	t->wall_us = clock_wall_us() - clock_mono_us();
	t->parent = 0;
	if (!trace_parse_parent(traceparent, s->trace, &t->parent)) {
		write_id(s->trace, next_random(t));
		write_id(s->trace + ID_DIGITS, next_random(t));
		s->trace[SPAN_TRACE_DIGITS] = '\0';
	}
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

bool
trace_is_kept(bool sampled, bool failed, bool slow)
{
	return sampled || failed || slow;
}

void
trace_user(const char *provider, const char *subject,
    char out[TRACE_USER_DIGITS + 1])
{
	char hex[CRYPT_SHA256_HEX_SIZE], text[512];
	int n = snprintf(text, sizeof(text), "%s:%s", provider, subject);

	if (n < 0 || (size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	crypt_sha256_hex(text, (size_t)n, hex);
	memcpy(out, hex, TRACE_USER_DIGITS);
	out[TRACE_USER_DIGITS] = '\0';
}

/* {"key":"K","value":{"stringValue":"V"}}, behind a comma if not the first. */
static void
add_text(struct buf *b, const char *key, const char *text, size_t n)
{
	if (b->data[b->len - 1] != '[')
		buf_char(b, ',');
	buf_str(b, "{\"key\":\"");
	buf_str(b, key);
	buf_str(b, "\",\"value\":{\"stringValue\":");
	buf_jsonn(b, text, n < TEXT_MAX ? n : TEXT_MAX);
	buf_str(b, "}}");
}

static void
add_string(struct buf *b, const char *key, const char *text)
{
	if (text != NULL)
		add_text(b, key, text, strlen(text));
}

/* 64-bit integers are strings in proto3's JSON. */
static void
add_number(struct buf *b, const char *key, int64_t number)
{
	if (b->data[b->len - 1] != '[')
		buf_char(b, ',');
	buf_str(b, "{\"key\":\"");
	buf_str(b, key);
	buf_str(b, "\",\"value\":{\"intValue\":\"");
	buf_int(b, number);
	buf_str(b, "\"}}");
}

static void
add_id(struct buf *b, const char *name, uint64_t id)
{
	char digits[ID_DIGITS];

	write_id(digits, id);
	buf_char(b, '"');
	buf_str(b, name);
	buf_str(b, "\":\"");
	buf_add(b, digits, sizeof(digits));
	buf_str(b, "\",");
}

/* A time since 1970 in nanoseconds. */
static void
add_time(const struct trace *t, struct buf *b, const char *name, int64_t us)
{
	buf_str(b, ",\"");
	buf_str(b, name);
	buf_str(b, "\":\"");
	buf_int(b, t->wall_us + us);
	buf_str(b, "000\"");
}

/* All in front of the attributes. */
static void
open_span(const struct trace *t, int i, uint64_t parent, const char *name,
    struct buf *b)
{
	const struct span *span = &t->spans.list[i];

	buf_str(b, "{\"traceId\":\"");
	buf_str(b, t->spans.trace);
	buf_str(b, "\",");
	add_id(b, "spanId", t->spans.first_id + (uint64_t)i);
	if (parent != 0)
		add_id(b, "parentSpanId", parent);
	buf_str(b, "\"name\":\"");
	if (span->of != NULL) {
		buf_str(b, span->of);
		buf_char(b, ' ');
	}
	buf_str(b, name);
	buf_str(b, "\",\"kind\":");
	buf_int(b, (int64_t)span->kind);
	add_time(t, b, "startTimeUnixNano", span->begun_us);
	add_time(t, b, "endTimeUnixNano", span->ended_us);
	buf_str(b, ",\"attributes\":[");
}

static void
close_span(struct buf *b, const char *error)
{
	add_string(b, "error.type", error);
	buf_char(b, ']');
	if (error != NULL) {
		buf_str(b, ",\"status\":{\"code\":");
		buf_int(b, STATUS_ERROR);
		buf_char(b, '}');
	}
	buf_char(b, '}');
}

static void
render_child(const struct trace *t, int i, struct buf *b)
{
	const struct span *span = &t->spans.list[i];

	open_span(t, i, t->spans.first_id + (uint64_t)span->parent, span->name,
	    b);
	for (int k = 0; k < span->n_notes; k++) {
		const struct span_note *note = &span->note[k];

		if (note->text == NULL)
			add_number(b, note->key, note->number);
		else
			add_text(b, note->key, note->text, note->len);
	}
	close_span(b, span->error);
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

static void
render_root(const struct trace *t, const struct access *a,
    const struct trace_request *rq, int missed, struct buf *b)
{
	const char *method = known_method(a->method);
	char user[TRACE_USER_DIGITS + 1], name[128], status[16];

	snprintf(name, sizeof(name), "%s%s%s",
	    method[0] == '_' ? "HTTP" : method, rq->path == NULL ? "" : " ",
	    rq->path == NULL ? "" : rq->path);
	snprintf(status, sizeof(status), "%d", a->status);
	open_span(t, 0, t->parent, name, b);
	add_string(b, "http.request.method", method);
	add_string(b, "http.route", rq->path);
	add_number(b, "http.response.status_code", a->status);
	add_string(b, "gatehouse.request_id", a->request_id);
	add_string(b, "gatehouse.route", a->route);
	add_string(b, "gatehouse.verdict", a->verdict);
	add_string(b, "gatehouse.provider", a->provider);
	add_string(b, "gatehouse.rule", a->rule);
	if (rq->subject != NULL && a->provider != NULL) {
		trace_user(a->provider, rq->subject, user);
		add_string(b, "user.hash", user);
	}
	if (missed > 0)
		add_number(b, "gatehouse.spans_missed", missed);
	close_span(b, a->status >= 500 ? status : NULL);
}

/* The request's own span and the others as far as they fit beside it. */
static void
render(const struct trace *t, const struct access *a,
    const struct trace_request *rq, struct buf *b)
{
	size_t cap = b->cap;
	char memory[ROOT_MAX];
	struct buf root;
	int missed = t->spans.missed;

	buf_init_fixed(&root, memory, sizeof(memory));
	render_root(t, a, rq, missed, &root);
	b->cap -= root.len + MISSED_MAX;
	for (int i = 1; i < t->spans.n; i++) {
		size_t len = b->len;

		render_child(t, i, b);
		buf_char(b, ',');
		if (!b->failed)
			continue;
		b->failed = false;
		b->len = len;
		missed++;
	}
	b->cap = cap;
	if (missed == t->spans.missed && !root.failed)
		buf_add(b, root.data, root.len);
	else
		render_root(t, a, rq, missed, b);
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
	char record[TRACE_RECORD_MAX];
	struct buf b;

	if (!s->on)
		return;
	span_end(s, 0);
	s->on = false;
	if (t->o.sink.take == NULL ||
	    !trace_is_kept(s->sampled, a->status >= 500 || has_failed(s),
		access_is_slow(a, t->o.slow_ms)))
		return;
	buf_init_fixed(&b, record, sizeof(record));
	render(t, a, rq, &b);
	if (!b.failed)
		t->o.sink.take(t->o.sink.ctx, b.data, b.len);
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
