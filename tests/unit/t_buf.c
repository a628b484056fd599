/* SPDX-License-Identifier: MIT */
/* base/buf: growth, sticky failure, JSON and percent escapes. */
#include "tap.h"

#include "base/arena.h"
#include "base/buf.h"

#include <string.h>

static void
growth(void)
{
	struct arena *a = arena_new(1 << 20);
	struct buf b;

	buf_init(&b, a, 4);
	for (int i = 0; i < 1000; i++)
		buf_str(&b, "0123456789");
	buf_int(&b, INT64_MIN);
	buf_char(&b, '!');
	CHECK(!b.failed);
	INTEQ(b.len, 10000 + 20 + 1);
	STREQ(buf_text(&b) + 10000, "-9223372036854775808!");
	INTEQ(strlen(buf_text(&b)), b.len);
	arena_free(&a);
}

static void
failure(void)
{
	struct arena *a = arena_new(4096);
	char mem[8];
	struct buf b;

	buf_init_fixed(&b, mem, sizeof(mem));
	buf_str(&b, "12345678");
	CHECK(!b.failed);
	CHECK(buf_text(&b) == NULL); /* no room for the NUL */
	buf_init_fixed(&b, mem, sizeof(mem));
	buf_str(&b, "123456789");
	CHECK(b.failed);
	buf_str(&b, "1");
	CHECK(b.failed && b.len == 0);
	buf_init(&b, a, 1024);
	for (int i = 0; i < 100; i++)
		buf_add(&b, "................................", 32);
	buf_str(&b, "................................");
	for (int i = 0; i < 100; i++)
		buf_add(&b, "................................", 32);
	CHECK(b.failed && buf_text(&b) == NULL);
	buf_init(&b, a, 1 << 20);
	CHECK(b.failed && buf_text(&b) == NULL);
	arena_free(&a);
}

static void
json(void)
{
	static const struct {
		const char *in;
		size_t n;
		const char *want;
	} t[] = {
		{ "", 0, "\"\"" },
		{ "plain", 5, "\"plain\"" },
		{ "a\"b", 3, "\"a\\\"b\"" },
		{ "a\\b", 3, "\"a\\\\b\"" },
		{ "a\nb\tc", 5, "\"a\\nb\\tc\"" },
		{ "\r", 1, "\"\\u000d\"" },
		{ "\0", 1, "\"\\u0000\"" },
		{ "\x1f", 1, "\"\\u001f\"" },
		{ "\x7f", 1, "\"\\u007f\"" },
		{ "\xc3\xa9", 2, "\"\xc3\xa9\"" },
		{ "\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\"" },
		{ "\xc3", 1, "\"\xef\xbf\xbd\"" },
		{ "\xc3(", 2, "\"\xef\xbf\xbd(\"" },
		{ "\xff\xfe", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", 3,
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "a\xf4\x90\x80\x80z", 6,
		    "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"" },
	};
	struct arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < ROWS(t); i++) {
		struct buf b;

		tap_row("row %zu", i);
		buf_init(&b, a, 16);
		buf_jsonn(&b, t[i].in, t[i].n);
		STREQ(buf_text(&b), t[i].want);
	}
	arena_free(&a);
}

static void
percent(void)
{
	struct arena *a = arena_new(4096);
	struct buf b;

	buf_init(&b, a, 16);
	buf_percent(&b, "aZ0-._~ /?&=%+\xc3\xa9\x01");
	STREQ(buf_text(&b), "aZ0-._~%20%2F%3F%26%3D%25%2B%C3%A9%01");
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "a buffer grows in its arena and keeps every byte", growth },
	{ "failure sticks, and a failed buffer gives no text", failure },
	{ "JSON strings are escaped and always UTF-8", json },
	{ "percent-encoding leaves only unreserved characters", percent },
};
TAP_MAIN(cases)
