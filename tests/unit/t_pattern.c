/* SPDX-License-Identifier: MIT */
/* base/pattern: what a path in a rule means, and what it does not. */
#include "tap.h"

#include "base/clock.h"
#include "base/pattern.h"

#include <string.h>

/* Rows say whether they match: as they are, and with letters of any case. */
enum { NO, ANY_CASE, YES };

static const struct row {
	const char *pattern, *path;
	int match;
} texts[] = {
	{ "/", "/", YES },
	{ "/", "/a", YES },
	{ "/", "/a/b", YES },
	{ "/a", "/a", YES },
	{ "/a", "/a/b", YES },
	{ "/a", "/a/b/c", YES },
	{ "/a/", "/a", YES },
	{ "/a/", "/a/b", YES },
	{ "/a", "/ab", NO },
	{ "/a/", "/ab", NO },
	{ "/a", "/b", NO },
	{ "/a", "/", NO },
	{ "/a", "/b/a", NO },
	{ "/a/b", "/a", NO },
	{ "/a/b", "/a/bc", NO },
	{ "/a/b", "/a/b/c", YES },
	{ "/admin", "/administrator", NO },
	{ "/admin", "/adminx/..", NO },
	{ "/admin", "/admi", NO },
	{ "/admin", "/ADMIN", ANY_CASE },
	{ "/Admin", "/aDMIN/x", ANY_CASE },
	{ "/a[", "/a{", NO }, /* 0x20 apart, but no letters */
	{ "/a@", "/a`", NO },
	{ "/caf\xc3\xa9", "/caf\xc3\xa9/x", YES },
	{ "/caf\xc3\xa9", "/caf\xc3\x89", NO }, /* only ASCII has a case */
	{ "/caf\xc3\xa9", "/caf\xc3", NO },
	{ "/a.php", "/a.php/path/info", YES },
	{ "/a b", "/a b", YES },
	{ "/a?", "/a?", YES },
	{ "/a", "/a?", NO },
	{ "/a", "/a;x", NO },
	{ "", "/", YES },
	{ "a", "/a", NO },
};

static const struct row stars[] = {
	{ "/*", "/", YES },
	{ "/*", "/a", YES },
	{ "/*", "/a/b", YES },
	{ "/a/*", "/a", YES },
	{ "/a/*", "/a/b", YES },
	{ "/a/*/", "/a/b/c", YES },
	{ "/a/*", "/ab", NO },
	{ "/a*", "/a", YES },
	{ "/a*", "/abc/d", YES },
	{ "/a*", "/b", NO },
	{ "/*/b", "/a/b", YES },
	{ "/*/b", "/b", NO },
	{ "/*/b", "/a/c/b", NO },
	{ "/*/b", "/a/b/c", YES },
	{ "/a/*/c", "/a/c", NO },
	{ "/*.php", "/x.php", YES },
	{ "/*.php", "/x.php/info", YES },
	{ "/*.php", "/x.phps", NO },
	{ "/*.php", "/d/x.php", NO },
	{ "/*a*b*c", "/xaybzc", YES },
	{ "/*a*b*c", "/xaybz", NO },
	{ "/*a*b*c", "/aaabbbccc", YES },
	{ "/a*A", "/aXa", ANY_CASE },
	{ "/*", "/*", YES },
	{ "/\\*", "/*", NO },
	{ "/?", "/a", YES },
	{ "/?", "/", NO },
	{ "/?", "/ab", NO },
	{ "/?", "/\xc3\xa9", YES },
	{ "/?", "/\xf0\x9f\x90\x98", YES },
	{ "/??", "/\xc3\xa9", NO },
	{ "/a?c", "/a/c", NO },
	{ "/a?c", "/abc", YES },
	{ "/a/?", "/a", NO },
	{ "/*?", "/\xc3\xa9\xc3\xa9", YES },
};

static const struct row deep[] = {
	{ "/**", "/", YES },
	{ "/**", "/a/b/c", YES },
	{ "/a/**", "/a", YES },
	{ "/a/**", "/a/b/c", YES },
	{ "/a/**", "/ab", NO },
	{ "/**/b", "/b", YES },
	{ "/**/b", "/a/b", YES },
	{ "/**/b", "/a/a/b", YES },
	{ "/**/b", "/a/b/c", YES },
	{ "/**/b", "/ab", NO },
	{ "/**/b", "/a/bc", NO },
	{ "/a/**/b", "/a/b", YES },
	{ "/a/**/b", "/a/x/y/b", YES },
	{ "/a/**/b", "/ab", NO },
	{ "/a/**/b", "/a", NO },
	{ "/**/a/**/b", "/a/b", YES },
	{ "/**/a/**/b", "/b/a", NO },
	{ "/**/", "/a", YES },
	{ "/**.php", "/d/x.php", YES },
	{ "/**.php", "/d/x.php/info", YES },
	{ "/**.php", "/d/x.phps", NO },
	{ "/a**c", "/a/b/c", YES },
	{ "/a**c", "/ac", YES },
	{ "/a**c", "/ab", NO },
	{ "/**/.git", "/.git/config", YES },
	{ "/**/.git", "/a/.git", YES },
	{ "/**/.*", "/a/.env", YES },
	{ "/**/.*", "/a/b.c", NO },
	{ "/**/?", "/ab/c", YES },
	{ "/**a*b*c", "/x/a/b/c", NO },
	{ "/**a*b*c", "/x/a/xaxbxc", YES },
};

static void
each(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		tap_row("%s for %s", t[i].pattern, t[i].path);
		INTEQ(pattern_match(t[i].pattern, t[i].path, false),
		    t[i].match == YES);
		INTEQ(pattern_match(t[i].pattern, t[i].path, true),
		    t[i].match != NO);
	}
}

static void
plain(void)
{
	each(texts, ROWS(texts));
}

static void
wildcards(void)
{
	each(stars, ROWS(stars));
	each(deep, ROWS(deep));
}

/* Milliseconds for 8 KiB of `filling`, and "/c" behind it. */
static int64_t
duration(const char *pattern, char filling, bool match)
{
	static char path[8192 + 1];
	int64_t began = clock_mono_ms();

	memset(path, filling, sizeof(path) - 1);
	path[0] = '/';
	memcpy(path + sizeof(path) - 3, "/c", 2);
	INTEQ(pattern_match(pattern, path, false), match);
	return clock_mono_ms() - began;
}

/* With trying again, the last would outlive us all. */
static void
patience(void)
{
	static const struct {
		const char *pattern;
		bool match;
	} t[] = {
		{ "/**a*b*c", false },
		{ "/**a**b**c", false },
		{ "/**/c", true },
		{ "/**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**b",
		    false },
		{ "/**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**a**c",
		    true },
		{ "/**a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
		    false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].pattern);
		CHECK(duration(t[i].pattern, 'a', t[i].match) < 2000);
	}
}

static void
longest(void)
{
	char text[PATTERN_MAX + 3];

	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[PATTERN_MAX] = '\0';
	STREQ(pattern_problem(text), NULL);
	CHECK(pattern_match(text, text, false));
	CHECK(pattern_match(text, text, true));
	text[PATTERN_MAX] = 'a';
	text[PATTERN_MAX + 1] = '\0';
	CHECK(pattern_problem(text) != NULL);
	CHECK(!pattern_match(text, text, false));
	tap_row("%s", "no path");
	CHECK(!pattern_match("/", "", false));
	CHECK(!pattern_match("/**", "x", false));
}

static void
problems(void)
{
	static const char *const good[] = { "/", "/a", "/a/", "/a/*", "/**",
		"/**/b", "/a?c", "/a b", "/caf\xc3\xa9", "/.well-known", "/...",
		"/a..b", "/.*", "/a=b", "/a&b", "/~a", "/:a", "/a+b", "/@" };
	static const char *const bad[] = { "", "a", "admin/", "*", "**", "//",
		"/a//b", "//a", "/.", "/..", "/a/.", "/a/..", "/../a", "/a/./b",
		"/a\\b", "/a%20b", "/%", "/a;b", "/a;", "/a#b", "/a\nb", "/a\t",
		"/a\x7f", "/\xff", "/caf\xc3", "/\xc0\xaf", "/***", "/a***b",
		"/a ", "/a?b=c", "/a?b=c&d=e", "/a?b&c", "https://a.x/" };

	for (size_t i = 0; i < ROWS(good); i++) {
		tap_row("%s", good[i]);
		STREQ(pattern_problem(good[i]), NULL);
	}
	for (size_t i = 0; i < ROWS(bad); i++) {
		tap_row("%s", bad[i]);
		CHECK(pattern_problem(bad[i]) != NULL);
	}
}

static const struct tap_case cases[] = {
	{ "a pattern means whole segments and what stands below", plain },
	{ "wildcards know where a segment ends, unless they are two",
	    wildcards },
	{ "no pattern and no path make it try again and again", patience },
	{ "the longest pattern, and nothing beyond it", longest },
	{ "what no path can be is refused as a pattern", problems },
};
TAP_MAIN(cases)
