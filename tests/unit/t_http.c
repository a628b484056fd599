/* SPDX-License-Identifier: MIT */
/* io/http against a server that misbehaves: whole answers or none, in time. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "io/http.h"
#include "unit/stub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMEOUT_MS = 300, SLACK_MS = 700, BODY_MAX = 1000 };

static struct stub *stub;
static struct http *http;
static struct arena *arena;

static void
set_up(void)
{
	const struct http_options o = { .ca_file = "" };

	stub = stub_start();
	http = http_new(&o);
	arena = arena_new(1 << 20);
}

static void
tear_down(void)
{
	http_free(&http);
	CHECK(http == NULL);
	stub_stop(&stub);
	arena_free(&arena);
}

static int
get(const char *base, const char *header, struct http_reply *r, struct err *e)
{
	struct http_call call = {
		.url = arena_printf(arena, "%s/x", base),
		.headers = { header },
		.timeout_ms = TIMEOUT_MS,
		.body_max = BODY_MAX,
	};

	*e = (struct err){ 0 };
	if (header == NULL)
		call.headers[0] = "Accept: application/json";
	return http_get(http, &call, arena, r, e);
}

static void
whole_answers(void)
{
	static const int statuses[] = { 200, 204, 301, 401, 404, 429, 500 };
	struct http_reply r;
	struct err e;

	set_up();
	for (size_t i = 0; i < ROWS(statuses); i++) {
		tap_row("status %d", statuses[i]);
		stub_json(stub, "/", statuses[i],
		    statuses[i] == 301 ? "Location: /elsewhere\r\n" : "",
		    statuses[i] == 204 ? "" : "{\"a\":1}");
		INTEQ(get(stub_url(stub), NULL, &r, &e), 0);
		INTEQ(r.status, statuses[i]);
		STREQ(r.body, statuses[i] == 204 ? "" : "{\"a\":1}");
		INTEQ(r.body_len, strlen(r.body));
	}
	tap_row("%s", "afterwards");
	INTEQ(stub_requests(stub, "/"), ROWS(statuses)); /* none followed */
	INTEQ(stub_connections(stub), 1);
	CHECK(http_take_spent_us(http) > 0);
	INTEQ(http_take_spent_us(http), 0);
	tear_down();
}

static void
broken_answers(void)
{
	static const struct {
		const char *name;
		enum stub_how how;
		const char *text;
	} t[] = {
		{ "closes at once", STUB_CLOSE, "" },
		{ "resets at once", STUB_RESET, "" },
		{ "never answers", STUB_HANG, "" },
		{ "half a status line", STUB_CLOSE, "HTTP/1.1 20" },
		{ "half the headers", STUB_HANG, "HTTP/1.1 200 OK\r\nA: b" },
		{ "half a body, closed", STUB_CLOSE,
		    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234" },
		{ "half a body, reset", STUB_RESET,
		    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234" },
		{ "half a body, silence", STUB_HANG,
		    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234" },
		{ "a chunk cut short", STUB_CLOSE,
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "8\r\nabc" },
		{ "no last chunk", STUB_CLOSE,
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "3\r\nabc\r\n" },
		{ "slow drip in the body", STUB_DRIP,
		    "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" },
		{ "slow drip in the headers", STUB_DRIP,
		    "HTTP/1.1 200 OK\r\nX: " },
		{ "not HTTP", STUB_CLOSE, "220 mail.example ESMTP\r\n" },
		{ "HTTP/0.9", STUB_CLOSE, "<html>hello</html>" },
		{ "too long, announced", STUB_HANG,
		    "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" },
		{ "bad length", STUB_CLOSE,
		    "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" },
	};
	struct http_reply r;
	struct err e;

	set_up();
	for (size_t i = 0; i < ROWS(t); i++) {
		int64_t started = clock_mono_ms();

		tap_row("%s", t[i].name);
		stub_raw(stub, "/", t[i].how, t[i].text);
		INTEQ(get(stub_url(stub), NULL, &r, &e), -1);
		INTEQ(e.kind, ERR_DOWN);
		CHECK(e.text[0] != '\0');
		CHECK(clock_mono_ms() - started < TIMEOUT_MS + SLACK_MS);
	}
	tap_row("%s", "and then a good one");
	stub_json(stub, "/", 200, "", "{}");
	INTEQ(get(stub_url(stub), NULL, &r, &e), 0);
	tap_row("%s", "nobody listens");
	INTEQ(get(stub_nobody(), NULL, &r, &e), -1);
	INTEQ(e.kind, ERR_DOWN);
	tear_down();
}

static void
ceiling(void)
{
	static char text[4096];
	struct http_reply r;
	struct err e;
	char big[BODY_MAX + 2];

	set_up();
	memset(big, 'x', sizeof(big));
	big[BODY_MAX] = '\0';
	stub_json(stub, "/", 200, "", big);
	INTEQ(get(stub_url(stub), NULL, &r, &e), 0);
	INTEQ(r.body_len, BODY_MAX);
	big[BODY_MAX] = 'x';
	big[BODY_MAX + 1] = '\0';
	snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "%zx\r\n%s\r\n0\r\n\r\n", strlen(big), big);
	stub_raw(stub, "/", STUB_HANG, text);
	INTEQ(get(stub_url(stub), NULL, &r, &e), -1);
	STREQ(e.text, "answer over 1000 bytes");
	tear_down();
}

static void
kept_connection_dies(void)
{
	struct http_reply r;
	struct err e;

	set_up();
	for (int i = 0; i < 3; i++) {
		/* without "Connection: close": it seems to be kept */
		stub_raw(stub, "/", STUB_CLOSE,
		    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
		INTEQ(get(stub_url(stub), NULL, &r, &e), 0);
	}
	tear_down();
}

static void
request_headers(void)
{
	struct http_reply r;
	struct err e;
	const char *sent;

	set_up();
	setenv("http_proxy", stub_nobody(), 1);
	setenv("HTTP_PROXY", stub_nobody(), 1);
	setenv("ALL_PROXY", stub_nobody(), 1);
	INTEQ(get(stub_url(stub), "X-Session-Token: t0k", &r, &e), 0);
	unsetenv("http_proxy");
	unsetenv("HTTP_PROXY");
	unsetenv("ALL_PROXY");
	sent = stub_latest(stub);
	CHECK(strncmp(sent, "GET /x HTTP/1.1\r\n", 17) == 0);
	CHECK(strstr(sent, "\r\nX-Session-Token: t0k\r\n") != NULL);
	CHECK(strstr(sent, "\r\nUser-Agent: gatehouse/") != NULL);
	CHECK(strstr(sent, "ccept-Encoding") == NULL);
	CHECK(strstr(sent, "Cookie") == NULL);
	INTEQ(get(stub_url(stub), "X: a\r\nEvil: 1", &r, &e), -1);
	INTEQ(e.kind, ERR_BUG);
	INTEQ(get(stub_url(stub), NULL, &r, &e), 0);
	/* nothing of the call before is left on the handle */
	CHECK(strstr(stub_latest(stub), "X-Session-Token") == NULL);
	INTEQ(stub_requests(stub, "/"), 2);
	tear_down();
}

static void
looking_up(void)
{
	static const char text[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
	    "Set-Cookie: a=1\r\nset-cookie:b=2\r\nSET-COOKIE: \t c=3 \t\r\n"
	    "X-Empty:\r\nSet-Cookie-Not: d\r\n\r\n{}";
	struct http_reply r;
	struct err e;

	set_up();
	stub_raw(stub, "/", STUB_SEND, text);
	INTEQ(get(stub_url(stub), NULL, &r, &e), 0);
	STREQ(http_header(&r, "set-cookie", 0), "a=1");
	STREQ(http_header(&r, "Set-Cookie", 1), "b=2");
	STREQ(http_header(&r, "set-cookie", 2), "c=3");
	CHECK(http_header(&r, "set-cookie", 3) == NULL);
	STREQ(http_header(&r, "x-empty", 0), "");
	CHECK(http_header(&r, "x-absent", 0) == NULL);
	CHECK(http_header(&r, "set", 0) == NULL);
	stub_raw(stub, "/", STUB_SEND,
	    "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Last: 1\r\n\r\n");
	INTEQ(get(stub_url(stub), NULL, &r, &e), 0);
	CHECK(http_header(&r, "x-interim", 0) == NULL);
	STREQ(http_header(&r, "x-last", 0), "1");
	tear_down();
}

static void
retry(void)
{
	static const struct {
		const char *value;
		int64_t min, max;
	} t[] = {
		{ "0", 0, 0 }, { "1", 1000, 1000 }, { "120", 120000, 120000 },
		{ "999999999", 999999999000, 999999999000 },
		{ "9999999999", 0, 0 }, { "", 0, 0 }, { "-1", 0, 0 },
		{ "1.5", 0, 0 }, { "soon", 0, 0 }, { "1s", 0, 0 },
		{ "99999999999999999999", 0, 0 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0, 0 },
		{ "Fri, 01 Jan 2100 00:00:00 GMT", 1000, INT64_MAX },
	};
	time_t soon = time(NULL) + 30;
	char date[64], line[128];
	struct http_reply r = { .n_headers = 1 };

	r.header[0] = line;
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].value);
		snprintf(line, sizeof(line), "Retry-After: %s", t[i].value);
		CHECK(http_retry_ms(&r, "retry-after") >= t[i].min);
		CHECK(http_retry_ms(&r, "retry-after") <= t[i].max);
	}
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT",
	    gmtime(&soon));
	tap_row("%s", date);
	snprintf(line, sizeof(line), "retry-after:%s", date);
	CHECK(http_retry_ms(&r, "Retry-After") > 25000);
	CHECK(http_retry_ms(&r, "Retry-After") <= 30000);
	INTEQ(http_retry_ms(&r, "x-ratelimit-reset"), 0);
}

static const struct tap_case cases[] = {
	{ "whole answers come with status and body; redirects are not "
	  "followed", whole_answers },
	{ "broken, slow and silent answers are errors within the deadline",
	    broken_answers },
	{ "a body over the ceiling is an error, one at it is not", ceiling },
	{ "a kept connection that died is replaced unseen",
	    kept_connection_dies },
	{ "a request carries our headers, no proxy, nothing injected",
	    request_headers },
	{ "headers are looked up in any case, one after the other",
	    looking_up },
	{ "a time to retry is seconds or a date, else nothing", retry },
};
TAP_MAIN(cases)
