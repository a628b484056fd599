/* SPDX-License-Identifier: MIT */
/* obs/trace: ids in and out, which requests are kept, what a record says. */
#include "tap.h"

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "io/js.h"
#include "obs/access.h"
#include "obs/otlp.h"
#include "obs/record.h"
#include "obs/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"

static char record[OTLP_FRAME_MAX + OTLP_RECORD_MAX + 1];
static int taken;

/* As the JSON that it becomes. */
static void
take(void *ctx, const unsigned char *data, size_t n)
{
	struct otlp_batch b = { 0 };
	const char *text;

	(void)ctx;
	INTEQ(record_size(data, n), n);
	INTEQ(otlp_open(&b, sizeof(record) - 1), 0);
	CHECK(otlp_add(&b, data, n));
	text = otlp_text(&b, &n);
	memcpy(record, text, n);
	record[n] = '\0';
	otlp_close(&b);
	taken++;
}

static struct trace *
new_trace(int64_t sample)
{
	const struct trace_options o = { { take, NULL }, sample, 1000 };

	taken = 0;
	record[0] = '\0';
	return trace_new(&o);
}

static void
parents(void)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "00-" TRACE "-" PARENT "-01", true },
		{ "00-" TRACE "-" PARENT "-00", true },
		{ "01-" TRACE "-" PARENT "-01-more", true },
		{ "fe-" TRACE "-" PARENT "-01", true },
		{ "00-" TRACE "-" PARENT "-01-more", false },
		{ "00-" TRACE "-" PARENT "-01 ", false },
		{ "01-" TRACE "-" PARENT "-01more", false },
		{ "ff-" TRACE "-" PARENT "-01", false },
		{ "0-" TRACE "-" PARENT "-01", false },
		{ "00-00000000000000000000000000000000-" PARENT "-01", false },
		{ "00-" TRACE "-0000000000000000-01", false },
		{ "00-0AF7651916cd43dd8448eb211c80319c-" PARENT "-01", false },
		{ "00-" TRACE "-" PARENT "-0x", false },
		{ "00-" TRACE "-" PARENT, false },
		{ "00_" TRACE "_" PARENT "_01", false },
		{ "00-" TRACE TRACE "-" PARENT "-01", false },
		{ ",", false },
		{ "", false },
		{ NULL, false },
	};
	char trace[SPAN_TRACE_DIGITS + 1];
	uint64_t parent;

	for (size_t i = 0; i < ROWS(rows); i++) {
		tap_row("%s", rows[i].text == NULL ? "none" : rows[i].text);
		CHECK(trace_parse_parent(rows[i].text, trace, &parent) ==
		      rows[i].good);
		if (!rows[i].good)
			continue;
		STREQ(trace, TRACE);
		CHECK(parent == 0xb7ad6b7169203331);
	}
}

static void
ids(void)
{
	char seen[64][SPAN_TRACE_DIGITS + 1];
	struct trace *t = new_trace(0);

	trace_begin(t, "00-" TRACE "-" PARENT "-01");
	STREQ(trace_id(t), TRACE);
	for (size_t i = 0; i < ROWS(seen); i++) {
		trace_begin(t, "00-" TRACE "-" PARENT "-zz");
		memcpy(seen[i], trace_id(t), sizeof(seen[i]));
		INTEQ(strspn(seen[i], "0123456789abcdef"), SPAN_TRACE_DIGITS);
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(seen[i], seen[k]) != 0);
	}
	trace_free(&t);
}

/* One request; how many records it makes. */
static int
run(int64_t sample, const char *traceparent, const struct access *a)
{
	static const struct trace_request rq = { .path = "/user/profile" };
	struct trace *t = new_trace(sample);

	trace_begin(t, traceparent);
	trace_end(t, a, &rq);
	trace_end(t, a, &rq); /* a second time: nothing */
	trace_free(&t);
	return taken;
}

static void
keeping(void)
{
	static const struct access fine = { .method = "GET", .status = 401 };
	static const struct access slow = {
		.method = "GET", .status = 200, .took_us = 1000001
	};
	static const struct access bad = { .method = "GET", .status = 503 };
	int n = 0;

	INTEQ(run(CONF_SHARE_ALL, NULL, &fine), 1);
	INTEQ(run(0, NULL, &fine), 0);
	INTEQ(run(0, "00-" TRACE "-" PARENT "-01", &fine), 0);
	INTEQ(run(0, NULL, &slow), 1);
	INTEQ(run(0, NULL, &bad), 1);
	for (int i = 0; i < 1000; i++)
		n += run(CONF_SHARE_ALL / 10, NULL, &fine);
	CHECK(n > 50 && n < 160);
	/* its random end: 0x48eb211c80319c of 2^56 is 0.285 */
	INTEQ(run(CONF_SHARE_ALL * 28 / 100, "00-" TRACE "-" PARENT "-00",
		  &fine),
	    0);
	INTEQ(run(CONF_SHARE_ALL * 29 / 100, "00-" TRACE "-" PARENT "-00",
		  &fine),
	    1);
}

static void
failed_calls(void)
{
	static const struct access fine = { .method = "GET", .status = 200 };
	static const struct trace_request rq = { .path = NULL };
	struct trace *t = new_trace(0);

	trace_begin(t, NULL);
	span_fail(trace_spans(t),
	    span_begin(trace_spans(t), SPAN_CLIENT, "ory", "whoami"),
	    "timeout");
	trace_end(t, &fine, &rq);
	INTEQ(taken, 1);
	CHECK(strstr(record, "\"name\":\"ory whoami\"") != NULL);
	CHECK(strstr(record, "{\"key\":\"error.type\",\"value\":"
			     "{\"stringValue\":\"timeout\"}}") != NULL);
	CHECK(strstr(record, "\"name\":\"GET\"") != NULL);
	trace_free(&t);
}

/* How often the words stand in the record. */
static int
times(const char *words)
{
	int n = 0;

	for (const char *at = record; (at = strstr(at, words)) != NULL; at++)
		n++;
	return n;
}

/* It is JSON whatever a client sends, and as long as may be. */
static void
whole_records(void)
{
	char junk[400];
	const struct access a = { .method = junk,
		.request_id = junk,
		.route = "check",
		.verdict = "allowed",
		.provider = "ory",
		.rule = junk,
		.status = 200 };
	const struct trace_request rq = { .path = "/auth/check",
		.subject = junk };
	struct trace *t = new_trace(CONF_SHARE_ALL);
	struct arena *arena = arena_new(1 << 20);
	char missed[128];
	struct err e = { 0 };
	struct json_object *doc;

	memset(junk, '\1', sizeof(junk) - 1);
	junk[sizeof(junk) - 1] = '\0';
	trace_begin(t, NULL);
	for (int i = 0; i < SPANS_MAX + 5; i++)
		span_end(trace_spans(t),
		    span_begin(trace_spans(t), SPAN_CLIENT, "ory", "whoami"));
	trace_end(t, &a, &rq);
	INTEQ(taken, 1);
	doc = js_parse(record, strlen(record), &e);
	CHECK(doc != NULL);
	STREQ(e.text, "");
	CHECK(strstr(record, "\"name\":\"HTTP /auth/check\"") != NULL);
	/* those over the ceiling */
	snprintf(missed, sizeof(missed),
	    "{\"key\":\"gatehouse.spans_missed\",\"value\":"
	    "{\"intValue\":\"%d\"}}",
	    SPANS_MAX + 5 - times("ory whoami"));
	INTEQ(times("ory whoami"), SPANS_MAX - 1);
	INTEQ(times(missed), 1);
	js_free(&doc);
	arena_free(&arena);
	trace_free(&t);
}

static void
nobodys_name(void)
{
	static const struct access a = {
		.method = "POST", .status = 200, .provider = "ory"
	};
	static const struct trace_request rq = { .path = "/user/preferences",
		.subject = "e3b0c442-98fc" };
	struct trace *t = new_trace(CONF_SHARE_ALL);
	char user[TRACE_USER_DIGITS + 1];

	trace_begin(t, NULL);
	trace_end(t, &a, &rq);
	CHECK(strstr(record, rq.subject) == NULL);
	/* printf ory:e3b0c442-98fc | sha256sum */
	trace_user("ory", rq.subject, user);
	STREQ(user, "ff5957a83851fbb4");
	CHECK(strstr(record, user) != NULL);
	trace_free(&t);
}

static void
in_words(void)
{
	struct trace *t = new_trace(0);
	struct spans *s = trace_spans(t);
	char text[200];
	struct buf b;

	trace_begin(t, NULL);
	span_begin(s, SPAN_INTERNAL, NULL, "authenticate");
	span_begin(s, SPAN_CLIENT, "ory", "whoami");
	span_fail(s, 2, "timeout");
	span_end(s, 1);
	s->list[1].begun_us = s->list[2].begun_us = 1;
	s->list[1].ended_us = 1204101;
	s->list[2].ended_us = 951;
	buf_init_fixed(&b, text, sizeof(text));
	trace_tell(t, &b);
	STREQ(buf_text(&b),
	    "authenticate 1204.1 ms, ory whoami 0.9 ms timeout");
	trace_free(&t);
}

static const struct tap_case cases[] = {
	{ "a traceparent counts when it is valid", parents },
	{ "each request has an id: the one that came, or a new one", ids },
	{ "errors and slow requests are kept whatever the sample", keeping },
	{ "a call that failed keeps the request's trace", failed_calls },
	{ "a record becomes whole JSON whatever a client sends",
	    whole_records },
	{ "a digest stands for the user", nobodys_name },
	{ "the log tells where the time of a slow request went", in_words },
};

TAP_MAIN(cases)
