/* SPDX-License-Identifier: MIT */
/* route/reply: whole answers, header by header. */
#include "tap.h"

#include "base/arena.h"
#include "io/js.h"
#include "route/reply.h"

#include <stdio.h>
#include <string.h>

static struct arena *arena;

static const char *
render(struct reply *r)
{
	size_t n;
	const char *answer = reply_render(r, arena, &n);

	return arena_dupn(arena, answer, n);
}

static void
forgotten(void)
{
	struct reply r;

	arena = arena_new(1 << 20);
	reply_init(&r, arena);
	INTEQ(strncmp(render(&r), "Status: 500 Internal Server Error\r\n", 35),
	    0);
	r.status = 999; /* a status without a reason still renders */
	CHECK(strncmp(render(&r), "Status: 999 Unknown\r\n", 21) == 0);
	arena_free(&arena);
}

static void
bodies(void)
{
	static const struct {
		int status;
		bool head;
		const char *length, *end;
	} t[] = {
		{ 200, false, "\r\nContent-Length: 7\r\n",
		    "\r\n\r\n{\"a\":1}" },
		{ 200, true, "\r\nContent-Length: 7\r\n", "'\r\n\r\n" },
		{ 204, false, NULL, "'\r\n\r\n" },
		{ 204, true, NULL, "'\r\n\r\n" },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct reply r;
		const char *answer;

		tap_row("%d%s", t[i].status, t[i].head ? " to HEAD" : "");
		reply_init(&r, arena);
		r.status = t[i].status;
		r.head = t[i].head;
		buf_str(&r.body, "{\"a\":1}");
		answer = render(&r);
		if (t[i].length == NULL) {
			CHECK(strstr(answer, "\nContent-Length") == NULL);
			CHECK(strstr(answer, "\nContent-Type") == NULL);
		} else {
			CHECK(strstr(answer, t[i].length) != NULL);
			CHECK(strstr(answer,
				  "\r\nContent-Type: application/json\r\n") !=
			    NULL);
		}
		STREQ(answer + strlen(answer) - strlen(t[i].end), t[i].end);
	}
	arena_free(&arena);
}

#define CSP                                                                    \
	"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"
static void
every_answer(void)
{
	static const char *const fields[] = {
		"Cache-Control: private, no-store",
		"Vary: Cookie, Authorization, X-Session-Token, Origin",
		"X-Content-Type-Options: nosniff",
		"Referrer-Policy: no-referrer",
		"Cross-Origin-Resource-Policy: same-origin",
		CSP,
		"Accept-Ranges: none",
	};

	arena = arena_new(1 << 20);
	for (int p = 0; p < PROBLEMS; p++) {
		struct reply r;
		const char *answer;

		reply_init(&r, arena);
		reply_problem(&r, (enum problem)p, NULL, NULL);
		answer = render(&r);
		for (size_t i = 0; i < ROWS(fields); i++) {
			tap_row("%s in problem %d", fields[i], p);
			CHECK(strstr(answer, fields[i]) != NULL);
		}
		CHECK(strstr(answer, "Unknown\r\n") == NULL);
	}
	arena_free(&arena);
}

static void
header_values(void)
{
	static const struct {
		const char *value;
		bool taken;
	} t[] = {
		{ "plain", true }, { "", true }, { "\xc3\xa9 x", true },
		{ "a\r\nEvil: 1", false }, { "a\nEvil: 1", false },
		{ "a\rb", false }, { "a\tb", false }, { "\x7f", false },
		{ "\x01", false },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct reply r;
		const char *answer;

		tap_row("%s", t[i].value);
		reply_init(&r, arena);
		INTEQ(reply_header(&r, "X-Test", t[i].value), t[i].taken);
		answer = render(&r);
		INTEQ(strstr(answer, "X-Test: ") != NULL, t[i].taken);
		CHECK(strstr(answer, "Evil") == NULL);
	}
	arena_free(&arena);
}

static void
header_block(void)
{
	char value[1000];
	struct reply r;
	const char *answer;

	arena = arena_new(1 << 20);
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	reply_init(&r, arena);
	reply_problem(&r, PROBLEM_UNAUTHENTICATED, NULL, NULL);
	for (int i = 0; i < 8; i++)
		reply_header(&r, "Set-Cookie", value);
	reply_header(&r, "Retry-After", "2"); /* what is short still fits */
	answer = render(&r);
	CHECK(strstr(answer, "\r\n\r\n{\"code\"") - answer < 4096);
	CHECK(strstr(answer, "Set-Cookie: xxx") != NULL);
	CHECK(strstr(answer, "\r\nRetry-After: 2\r\n") != NULL);
	arena_free(&arena);
}

static void
no_memory(void)
{
	struct reply r;
	const char *answer;
	size_t n;

	arena = arena_new(8192);
	reply_init(&r, arena);
	r.status = 200;
	for (int i = 0; i < 200; i++)
		buf_str(&r.body, "0123456789012345678901234567890123456789");
	answer = reply_render(&r, arena, &n);
	CHECK(n > 0);
	CHECK(strncmp(answer, "Status: 500 ", 12) == 0);
	INTEQ(r.status, 500);
	CHECK(strstr(answer, "01234") == NULL);
	arena_free(&arena);
}

static void
triples(void)
{
	static const struct {
		enum problem p;
		int status;
		const char *code;
	} t[] = {
		{ PROBLEM_BAD_REQUEST, 400, "invalid_argument" },
		{ PROBLEM_UNAUTHENTICATED, 401, "unauthenticated" },
		{ PROBLEM_FORBIDDEN, 403, "permission_denied" },
		{ PROBLEM_NOT_FOUND, 404, "not_found" },
		{ PROBLEM_METHOD, 405, "unimplemented" },
		{ PROBLEM_TOO_LARGE, 413, "invalid_argument" },
		{ PROBLEM_MEDIA_TYPE, 415, "invalid_argument" },
		{ PROBLEM_LIMITED, 429, "resource_exhausted" },
		{ PROBLEM_INTERNAL, 500, "internal" },
		{ PROBLEM_UNAVAILABLE, 503, "unavailable" },
	};

	INTEQ(ROWS(t), PROBLEMS);
	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e = { 0 };
		struct json_object *doc;
		struct reply r;

		tap_row("%d", t[i].status);
		reply_init(&r, arena);
		reply_problem(&r, t[i].p, "it \"hurts\"", "{\"reason\":\"x\"}");
		INTEQ(r.status, t[i].status);
		doc = js_parse(r.body.data, r.body.len, &e);
		if (!CHECK(doc != NULL))
			continue;
		STREQ(js_get(doc, "code").str, t[i].code);
		STREQ(js_get(doc, "message").str, "it \"hurts\"");
		STREQ(js_get(doc, "details.reason").str, "x");
		js_free(&doc);
		reply_problem(&r, t[i].p, NULL, NULL);
		doc = js_parse(r.body.data, r.body.len, &e);
		if (!CHECK(doc != NULL))
			continue;
		CHECK(js_get(doc, "message").len > 5);
		INTEQ(js_get(doc, "details").kind, JS_NULL);
		js_free(&doc);
	}
	arena_free(&arena);
}

static void
retry_after(void)
{
	static const struct {
		int64_t ms;
		const char *field;
	} t[] = {
		{ 0, "\r\nRetry-After: 2\r\n" }, { 1, "Retry-After: 1\r\n" },
		{ 1000, "Retry-After: 1\r\n" }, { 1001, "Retry-After: 2\r\n" },
		{ 60000, "Retry-After: 60\r\n" },
		{ 86400000, "Retry-After: 60\r\n" },
		{ -5, "Retry-After: 2\r\n" },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct reply r;
		const char *answer;

		tap_row("%lld ms", (long long)t[i].ms);
		reply_init(&r, arena);
		reply_unavailable(&r, "provider_unavailable", t[i].ms);
		answer = render(&r);
		CHECK(strncmp(answer, "Status: 503 ", 12) == 0);
		CHECK(strstr(answer, t[i].field) != NULL);
		CHECK(strstr(answer, "\"details\":{\"reason\":"
				     "\"provider_unavailable\"}}") != NULL);
	}
	arena_free(&arena);
}

static void
limited(void)
{
	static const struct {
		int64_t ms;
		const char *field;
	} t[] = {
		{ 0, "\r\nRetry-After: 1\r\n" }, { 1, "Retry-After: 1\r\n" },
		{ 2001, "Retry-After: 3\r\n" },
		{ 3600000, "Retry-After: 60\r\n" },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct reply r;
		const char *answer;

		tap_row("%lld ms", (long long)t[i].ms);
		reply_init(&r, arena);
		reply_limited(&r, t[i].ms);
		answer = render(&r);
		CHECK(strncmp(answer, "Status: 429 Too Many Requests\r\n",
			  31) == 0);
		CHECK(strstr(answer, t[i].field) != NULL);
		CHECK(strstr(answer, "{\"reason\":\"rate_limited\"}") != NULL);
	}
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "an answer nobody gave is 500", forgotten },
	{ "bodies follow the status; HEAD announces and sends none", bodies },
	{ "no answer may be stored, whatever it says", every_answer },
	{ "a value that would split the answer is left out", header_values },
	{ "the header block fits the smallest buffer in front", header_block },
	{ "without memory the answer is 500, whole", no_memory },
	{ "errors are triples that parse", triples },
	{ "503 says when to come back, within a minute", retry_after },
	{ "429 does, too", limited },
};
TAP_MAIN(cases)
