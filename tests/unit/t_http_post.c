/* SPDX-License-Identifier: MIT */
/* io/http: a POST that goes on beside other work. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "io/http.h"
#include "unit/stub.h"

#include <string.h>

enum { TIMEOUT_MS = 150, SLACK_MS = 850, BODY_MAX = 1000, LOOK_MS = 50 };

static struct stub *stub;
static struct http *http;
static struct arena *arena;
static struct http_reply reply;

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
	stub_stop(&stub);
	arena_free(&arena);
}

static int
start(const char *body, const char *header, struct err *e)
{
	const struct http_call call = {
		.url = arena_printf(arena, "%s/x", stub_url(stub)),
		.headers = { header },
		.timeout_ms = TIMEOUT_MS,
		.body_max = BODY_MAX,
		.body = body,
		.body_len = strlen(body),
	};

	*e = (struct err){ 0 };
	return http_start(http, &call, arena, &reply, e);
}

/* Until it is over: never longer than its time, looks aside. */
static enum http_progress
finish(struct err *e)
{
	int64_t end = clock_mono_ms() + TIMEOUT_MS + SLACK_MS;
	enum http_progress p = HTTP_UNDER_WAY;

	while (p == HTTP_UNDER_WAY && CHECK(clock_mono_ms() < end))
		p = http_wait(http, NULL, 0, LOOK_MS, e);
	return p;
}

#define TYPE "Content-Type: application/json"

static void
posts(void)
{
	struct http_call get = { .headers = { TYPE },
		.timeout_ms = TIMEOUT_MS,
		.body_max = BODY_MAX };
	struct http_reply r;
	struct err e;

	set_up();
	/* the stub has one connection at a time, each kind of call its own */
	stub_json(stub, "/", 200, "Connection: close\r\n", "{}");
	get.url = stub_url(stub);
	for (int i = 0; i < 3; i++) {
		stub_json(stub, "/x", 200 + i, "A: b\r\nConnection: close\r\n",
		    "{\"a\":1}");
		INTEQ(start("{\"me\":2}", TYPE, &e), 0);
		INTEQ(finish(&e), HTTP_OVER);
		INTEQ(reply.status, 200 + i);
		STREQ(reply.body, "{\"a\":1}");
		STREQ(http_header(&reply, "A", 0), "b");
		CHECK(strncmp(stub_latest(stub), "POST /x HTTP/1.1\r\n", 18) ==
		      0);
		CHECK(strstr(stub_latest(stub), "\r\n" TYPE "\r\n") != NULL);
		CHECK(strstr(stub_latest(stub), "Content-Length: 8\r\n") !=
		      NULL);
		INTEQ(http_wait(http, NULL, 0, 0, &e), HTTP_NONE);
		tap_row("%s", "a GET behind it is one");
		INTEQ(http_get(http, &get, arena, &r, &e), 0);
		CHECK(strncmp(stub_latest(stub), "GET / HTTP/1.1\r\n", 16) ==
		      0);
	}
	tear_down();
}

static void
broken(void)
{
	static const struct {
		const char *name;
		enum stub_how how;
		const char *text;
	} t[] = {
		{ "closes at once", STUB_CLOSE, "" },
		{ "resets at once", STUB_RESET, "" },
		{ "never answers", STUB_HANG, "" },
		{ "half a body, silence", STUB_HANG,
		    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234" },
		{ "slow drip in the body", STUB_DRIP,
		    "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" },
		{ "too long, announced", STUB_HANG,
		    "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" },
		{ "not HTTP", STUB_CLOSE, "220 mail.example ESMTP\r\n" },
	};
	struct err e;

	set_up();
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].name);
		stub_raw(stub, "/", t[i].how, t[i].text);
		INTEQ(start("{}", TYPE, &e), 0);
		INTEQ(finish(&e), HTTP_FAILED);
		INTEQ(e.kind, ERR_DOWN);
		INTEQ(http_wait(http, NULL, 0, 0, &e), HTTP_NONE);
	}
	tap_row("%s", "and then a good one");
	stub_json(stub, "/", 200, "", "{}");
	INTEQ(start("{}", TYPE, &e), 0);
	INTEQ(finish(&e), HTTP_OVER);
	tear_down();
}

static void
given_up(void)
{
	struct err e;

	set_up();
	INTEQ(start("{}", "A: b\r\nC: d", &e), -1);
	INTEQ(http_wait(http, NULL, 0, 0, &e), HTTP_NONE);
	stub_raw(stub, "/", STUB_HANG, "");
	INTEQ(start("first", TYPE, &e), 0);
	INTEQ(http_wait(http, NULL, 0, LOOK_MS, &e), HTTP_UNDER_WAY);
	stub_json(stub, "/", 200, "", "{}");
	INTEQ(start("other", TYPE, &e), 0);
	INTEQ(finish(&e), HTTP_OVER);
	CHECK(strstr(stub_latest(stub), "\r\n\r\nother") != NULL);
	tap_row("%s", "freed in the middle of it");
	stub_raw(stub, "/", STUB_HANG, "");
	INTEQ(start("{}", TYPE, &e), 0);
	http_wait(http, NULL, 0, LOOK_MS, &e);
	tear_down();
}

static const struct tap_case cases[] = {
	{ "a body is posted and the answer is as a GET's", posts },
	{ "no whole answer in time is a failure, and the next one works",
	    broken },
	{ "one that is begun gives up the one before", given_up },
};
TAP_MAIN(cases)
