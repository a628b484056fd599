/* SPDX-License-Identifier: MIT */
/* base/str: UTF-8, header safety, UUIDs, percent escapes, origins. */
#include "tap.h"

#include "base/arena.h"
#include "base/str.h"

#include <string.h>

static void
utf8(void)
{
	static const struct {
		const char *s;
		size_t n;
		long count;
	} t[] = {
		{ "", 0, 0 }, { "abc", 3, 3 }, { "\0", 1, 1 },
		{ "\x7f", 1, 1 }, { "\x80", 1, -1 }, { "\xbf", 1, -1 },
		{ "\xc0\x80", 2, -1 }, { "\xc1\xbf", 2, -1 },
		{ "\xc2\x80", 2, 1 }, { "\xdf\xbf", 2, 1 },
		{ "\xc2", 1, -1 }, { "\xc2\xc2", 2, -1 },
		{ "\xe0\x80\x80", 3, -1 }, { "\xe0\x9f\xbf", 3, -1 },
		{ "\xe0\xa0\x80", 3, 1 }, { "\xed\x9f\xbf", 3, 1 },
		{ "\xed\xa0\x80", 3, -1 }, { "\xed\xbf\xbf", 3, -1 },
		{ "\xee\x80\x80", 3, 1 }, { "\xef\xbf\xbf", 3, 1 },
		{ "\xe2\x82", 2, -1 }, { "\xe2\x28\xa1", 3, -1 },
		{ "\xf0\x80\x80\x80", 4, -1 }, { "\xf0\x8f\xbf\xbf", 4, -1 },
		{ "\xf0\x90\x80\x80", 4, 1 }, { "\xf4\x8f\xbf\xbf", 4, 1 },
		{ "\xf4\x90\x80\x80", 4, -1 }, { "\xf5\x80\x80\x80", 4, -1 },
		{ "\xf8\x88\x80\x80\x80", 5, -1 }, { "\xfe", 1, -1 },
		{ "\xff", 1, -1 }, { "\xf0\x9f\x98", 3, -1 },
		{ "a\xcc\x81", 3, 2 }, /* two code points, one to the eye */
		{ "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", 11, 3 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("row %zu", i);
		INTEQ(str_utf8_count(t[i].s, t[i].n), t[i].count);
	}
	INTEQ(str_utf8_width("", 0), 0);
}

static void
predicates(void)
{
	CHECK(str_eq_nocase("Bearer", "bEARER"));
	CHECK(!str_eq_nocase("Bearer", "Bearers"));
	CHECK(!str_eq_nocase("[", "{")); /* 0x5b, 0x7b: no letters */
	CHECK(!str_eq_nocase("\xc4", "\xe4"));
	STREQ(str_after("file:/x", "file:"), "/x");
	STREQ(str_after("x", ""), "x");
	CHECK(str_after("fil", "file:") == NULL);
	CHECK(str_is_from("abc", "abc", 3, 3));
	CHECK(!str_is_from("abcd", "abc", 1, 9));
	CHECK(!str_is_from("abc", "abc", 4, 9));
	CHECK(!str_is_from("abc", "abc", 0, 2));
	CHECK(str_is_from("", "abc", 0, 2));
	CHECK(str_is_header_safe("a\xc3\xa9 ~"));
	for (char c = 1; c < ' '; c++) {
		const char s[] = { 'a', c, '\0' };

		tap_row("control %d", c);
		CHECK(!str_is_header_safe(s));
	}
	CHECK(!str_is_header_safe("\x7f"));
}

static void
uuids(void)
{
	static const struct {
		const char *s;
		bool good;
	} t[] = {
		{ "c4d24c01-feba-4213-858b-262c8d427f8c", true },
		{ "C4D24C01-FEBA-4213-858B-262C8D427F8C", true },
		{ "00000000-0000-0000-0000-000000000000", true },
		{ "", false },
		{ "c4d24c01-feba-4213-858b-262c8d427f8", false },
		{ "c4d24c01-feba-4213-858b-262c8d427f8cc", false },
		{ "c4d24c01-feba-4213-858b-262c8d427f8g", false },
		{ "c4d24c01xfeba-4213-858b-262c8d427f8c", false },
		{ "c4d24c01feba-4213--858b-262c8d427f8c", false },
		{ "{4d24c01-feba-4213-858b-262c8d427f8}", false },
		{ "c4d24c01-feba-4213-858b-262c8d427f8\n", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].s);
		INTEQ(str_is_uuid(t[i].s), t[i].good);
	}
}

static void
percent(void)
{
	static const struct {
		const char *in, *want;
	} t[] = {
		{ "/a%20b", "/a b" }, { "", "" }, { "%41%7a", "Az" },
		{ "%C3%A9", "\xc3\xa9" }, { "%c3%a9", "\xc3\xa9" },
		{ "%2541", "%41" }, { "a+b", "a+b" }, { "%", NULL },
		{ "%4", NULL }, { "%4g", NULL }, { "%g4", NULL },
		{ "a%", NULL }, { "%00", NULL }, { "%0a", NULL },
		{ "%0D", NULL }, { "%7f", NULL }, { "a\tb", NULL },
		{ "%%41", NULL }, { "%-1", NULL }, { "% 1", NULL },
	};
	struct arena *a = arena_new(4096), *tiny = arena_new(16);

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].in);
		STREQ(str_percent_decode(a, t[i].in, strlen(t[i].in)),
		    t[i].want);
	}
	/* the escape ends where the text ends, not where the memory does */
	CHECK(str_percent_decode(a, "%41", 2) == NULL);
	CHECK(str_percent_decode(tiny, "aaaaaaaaaaaaaaaaaaaaaaaaa", 25) ==
	    NULL);
	arena_free(&tiny);
	arena_free(&a);
}

static void
origins(void)
{
	static const struct {
		const char *url;
		size_t n;
	} t[] = {
		{ "https://a.example", 17 }, { "https://a.example/", 17 },
		{ "http://a.example:8080/x", 21 }, { "https://a.ex?x", 12 },
		{ "https://a.ex#x", 12 }, { "https://[::1]:4/", 15 },
		{ "", 0 }, { "/path", 0 }, { "//a.example/", 0 },
		{ "https:/a.example", 0 }, { "https://", 0 },
		{ "https:///x", 0 }, { "javascript:alert(1)", 0 },
		{ "HTTPS://a.example", 0 }, { "https://u@a.example/", 0 },
		{ "https://u:p@a.example/", 0 }, { "https://a\\b/", 0 },
		{ "https://a.example\\@b/", 0 }, { "https://a b/", 0 },
		{ " https://a.example", 0 }, { "https://a.example/\n", 0 },
		{ "https://a\tb.example/", 0 }, { "ftp://a.example/", 0 },
		{ "https://a.example/@x", 17 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].url);
		INTEQ(str_url_origin(t[i].url), t[i].n);
	}
}

static const struct tap_case cases[] = {
	{ "UTF-8 is counted in code points, RFC 3629 to the letter", utf8 },
	{ "predicates are ASCII and exact", predicates },
	{ "only the usual text form is a UUID", uuids },
	{ "percent escapes are decoded once, controls refused", percent },
	{ "an origin is what a browser would see, or nothing", origins },
};
TAP_MAIN(cases)
