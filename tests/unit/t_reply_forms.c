/* SPDX-License-Identifier: MIT */
/* route/reply: a yes for others to go on with, redirects, reasons, pages. */
#include "tap.h"

#include "base/arena.h"
#include "io/js.h"
#include "route/reply.h"

#include <string.h>

static struct arena *arena;

static const char *
render(struct reply *r)
{
	size_t n;
	const char *answer = reply_render(r, arena, &n);

	return arena_dupn(arena, answer, n);
}

/* lighttpd, and mod_fcgid, add each field to the application's answer. */
static void
bare(void)
{
	struct reply r;

	arena = arena_new(1 << 20);
	for (int head = 0; head < 2; head++) {
		reply_init(&r, arena);
		r.status = 200;
		r.bare = true;
		r.head = head == 1;
		buf_str(&r.body, "not to be sent");
		CHECK(reply_header(&r, "Variable-AUTH_USER", "u1"));
		STREQ(render(&r),
		    "Status: 200 OK\r\nVariable-AUTH_USER: u1\r\n\r\n");
	}
	reply_init(&r, arena);
	r.status = 200;
	r.bare = true;
	STREQ(render(&r), "Status: 200 OK\r\n\r\n");
	arena_free(&arena);
}

static void
bare_without_memory(void)
{
	int last = 0;

	for (size_t size = 16; size < 4096; size += 16) {
		struct arena *small = arena_new(size);
		const char *answer;
		struct reply r;
		size_t n;

		tap_row("%zu bytes", size);
		reply_init(&r, small);
		r.status = 200;
		r.bare = true;
		reply_header(&r, "Variable-AUTH_USER", "u1");
		answer = reply_render(&r, small, &n);
		CHECK(n > 0);
		if (r.status == 200)
			CHECK(strncmp(answer,
				  "Status: 200 OK\r\nVariable-"
				  "AUTH_USER: u1\r\n\r\n",
				  n) == 0);
		else
			CHECK(strncmp(answer, "Status: 500 ", 12) == 0 &&
			      memmem(answer, n, "Variable-", 9) == NULL);
		last = r.status;
		arena_free(&small);
	}
	INTEQ(last, 200);
}

static void
redirect(void)
{
	static char too_long[REPLY_HEADERS_MAX];
	struct reply r;

	arena = arena_new(1 << 20);
	reply_init(&r, arena);
	reply_problem(&r, PROBLEM_UNAUTHENTICATED, NULL, NULL);
	reply_redirect(&r, "https://www.example.com/auth/login?return_to=x");
	CHECK(strncmp(render(&r), "Status: 303 See Other\r\n", 23) == 0);
	CHECK(strstr(render(&r), "\r\nLocation: https://www.example.com/auth/"
				 "login?return_to=x\r\n") != NULL);
	CHECK(strstr(render(&r), "unauthenticated") == NULL);
	CHECK(strstr(render(&r), "\r\nCache-Control: private, no-store\r\n") !=
	      NULL);
	memset(too_long, 'x', sizeof(too_long) - 1);
	reply_init(&r, arena);
	reply_redirect(&r, too_long);
	CHECK(strncmp(render(&r), "Status: 500 ", 12) == 0);
	reply_init(&r, arena);
	reply_redirect(&r, "https://x/\r\nSet-Cookie: a=b");
	CHECK(strncmp(render(&r), "Status: 500 ", 12) == 0);
	CHECK(strstr(render(&r), "Set-Cookie") == NULL);
	arena_free(&arena);
}

static void
reasons(void)
{
	struct json_object *doc;
	struct err e = { 0 };
	struct reply r;

	arena = arena_new(1 << 20);
	reply_init(&r, arena);
	CHECK(r.reason == NULL);
	reply_refusal(&r, PROBLEM_FORBIDDEN, "no", "not_allowed");
	INTEQ(r.status, 403);
	STREQ(r.reason, "not_allowed");
	doc = js_parse(r.body.data, r.body.len, &e);
	if (CHECK(doc != NULL)) {
		STREQ(js_get(doc, "message").str, "no");
		STREQ(js_get(doc, "details.reason").str, "not_allowed");
	}
	js_free(&doc);
	reply_unavailable(&r, "provider_unavailable", 0);
	STREQ(r.reason, "provider_unavailable");
	reply_limited(&r, 0);
	STREQ(r.reason, "rate_limited");
	reply_problem(&r, PROBLEM_UNAUTHENTICATED, NULL, NULL);
	CHECK(r.reason == NULL);
	arena_free(&arena);
}

static void
page(void)
{
	struct reply r;

	arena = arena_new(1 << 20);
	reply_init(&r, arena);
	reply_problem(&r, PROBLEM_FORBIDDEN, NULL, NULL);
	r.body.len = 0;
	buf_str(&r.body, "<p>");
	r.type = "text/html; charset=utf-8";
	r.csp = "default-src 'none'; style-src 'sha256-x'";
	CHECK(strncmp(render(&r), "Status: 403 ", 12) == 0);
	CHECK(strstr(render(&r),
		  "\r\nContent-Type: text/html; charset=utf-8\r\n"
		  "Content-Length: 3\r\n") != NULL);
	CHECK(strstr(render(&r), "\r\nContent-Security-Policy: default-src "
				 "'none'; style-src 'sha256-x'\r\n") != NULL);
	CHECK(strstr(render(&r), "frame-ancestors") == NULL);
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "a bare answer is its status and the fields that were added", bare },
	{ "or else, without memory, a whole 500", bare_without_memory },
	{ "a redirect goes to one URL, or is 500", redirect },
	{ "the reason is that of the latest problem", reasons },
	{ "a page has its own type and policy, and keeps the status", page },
};
TAP_MAIN(cases)
