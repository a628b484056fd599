/* SPDX-License-Identifier: MIT */
/* base/path: one reading of a request's target, or none. */
#include "tap.h"

#include "base/arena.h"
#include "base/path.h"

static void
paths(void)
{
	static const struct {
		const char *uri, *base;
		enum path_result result;
		const char *path, *query;
	} t[] = {
		{ "/", "", PATH_OK, "/", NULL },
		{ "/healthz", "", PATH_OK, "/healthz", NULL },
		{ "/healthz/", "", PATH_OK, "/healthz", NULL },
		{ "/a?b=c", "", PATH_OK, "/a", "b=c" },
		{ "/a?", "", PATH_OK, "/a", "" },
		{ "/a/?b?c/..//", "", PATH_OK, "/a", "b?c/..//" },
		{ "/%75ser/profile", "", PATH_OK, "/user/profile", NULL },
		{ "/a%20b", "", PATH_OK, "/a b", NULL },
		{ "/a%3fb", "", PATH_OK, "/a?b", NULL },
		{ "/%c3%a9", "", PATH_OK, "/\xc3\xa9", NULL },
		{ "/.well-known", "", PATH_OK, "/.well-known", NULL },
		{ "/a..b/...", "", PATH_OK, "/a..b/...", NULL },
		{ "/a;b=c", "", PATH_OK, "/a;b=c", NULL },
		{ "/a%3bb", "", PATH_OK, "/a;b", NULL },
		{ "/a%3Fb/c?d", "", PATH_OK, "/a?b/c", "d" },
		{ "/a.php/b/c", "", PATH_OK, "/a.php/b/c", NULL },
		{ "/..;/a", "", PATH_OK, "/..;/a", NULL },
		{ "/a?b%00%2e%23\\//..", "", PATH_OK, "/a",
		    "b%00%2e%23\\//.." },
		{ "http://h/a?b", "", PATH_OK, "/a", "b" },
		{ "https://h:8443/a", "", PATH_OK, "/a", NULL },
		{ "/api", "/api", PATH_OK, "/", NULL },
		{ "/api/", "/api", PATH_OK, "/", NULL },
		{ "/api/a", "/api", PATH_OK, "/a", NULL },
		{ "/%61pi/a", "/api", PATH_OK, "/a", NULL },
		{ "/apis/a", "/api", PATH_OUTSIDE, NULL, NULL },
		{ "/a", "/api", PATH_OUTSIDE, NULL, NULL },
		{ "/API/a", "/api", PATH_OUTSIDE, NULL, NULL },
		{ "/", "/api", PATH_OUTSIDE, NULL, NULL },
		{ NULL, "", PATH_AMBIGUOUS, NULL, NULL },
		{ "", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "*", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "a", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "http://h", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "http://h?a", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "http://u@h/a", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "ftp://h/a", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "//a", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a//b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a//", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/.", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/..", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a/./b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a/../b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a/..", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a/%2e%2e/b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a/.%2E/b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a/%2e/b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%2fb", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%2Fb", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%5cb", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%5Cb", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%252fb", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%25", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a\\b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a#b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%23b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%00b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%0d%0ab", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%7f", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%09", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a\tb", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a/%2f", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/%2e%2e%2f", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a/%23", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a#?b", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "HTTP://h/a", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "http:///a", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%4", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a%zz", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/%ff", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/%c3", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/%c0%ae%c0%ae/", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/%ed%a0%80", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/a\x01", "", PATH_AMBIGUOUS, NULL, NULL },
		{ "/api/../a", "/api", PATH_AMBIGUOUS, NULL, NULL },
	};
	struct arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < ROWS(t); i++) {
		const char *path, *query;

		tap_row("%s below \"%s\"", t[i].uri == NULL ? "" : t[i].uri,
		    t[i].base);
		INTEQ(path_parse(t[i].uri, t[i].base, a, &path, &query),
		    t[i].result);
		INTEQ(path_problem(t[i].uri, a) == NULL,
		    t[i].result != PATH_AMBIGUOUS);
		if (t[i].result != PATH_OK)
			continue;
		STREQ(path, t[i].path);
		STREQ(query, t[i].query);
	}
	arena_free(&a);
}

/* What is passed on to browsers is what was read, not a part of it. */
static void
targets(void)
{
	static const struct {
		const char *uri, *target;
	} t[] = {
		{ "/a/b?c=d", "/a/b?c=d" },
		{ "/%61?", "/%61?" },
		{ "http://h/a?b", "/a?b" },
		{ "https://h:8443/", "/" },
		{ "//h/a", "//h/a" }, /* path_parse() refuses it */
		{ "http://h", NULL },
		{ "http://h?a", NULL },
		{ "http://u:p@h/a", NULL },
		{ "h/a", NULL },
		{ "*", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].uri);
		STREQ(path_target(t[i].uri), t[i].target);
	}
}

static void
problems(void)
{
	static const struct {
		const char *uri, *problem;
	} t[] = {
		{ "a", "does not begin with \"/\"" },
		{ "/%2F", "holds an encoded \"/\", \"\\\" or \"%\"" },
		{ "/%zz", "holds a broken escape or a control character, or is "
			  "too long" },
		{ "/%00", "holds a broken escape or a control character, or is "
			  "too long" },
		{ "/%2e", "holds \"//\", \"/./\", \"/../\", \"\\\" or \"#\"" },
		{ "/%ff", "is not UTF-8" },
	};
	struct arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].uri);
		STREQ(path_problem(t[i].uri, a), t[i].problem);
	}
	arena_free(&a);
}

static void
plain(void)
{
	static const char *const good[] = { "/", "/a", "/a/", "/.a", "/a.",
		"/...", "/..a", "/a/.b/..c", "/a;b?c", "/ " };
	static const char *const bad[] = { "//", "/a//b", "/.", "/..", "/./",
		"/../", "/a/.", "/a/..", "/a/./b", "/.a/../b", "/...//", "/\\",
		"/a\\b", "/#", "/a#" };

	for (size_t i = 0; i < ROWS(good); i++) {
		tap_row("%s", good[i]);
		CHECK(path_is_plain(good[i]));
	}
	for (size_t i = 0; i < ROWS(bad); i++) {
		tap_row("%s", bad[i]);
		CHECK(!path_is_plain(bad[i]));
	}
}

static void
queries(void)
{
	static const struct {
		const char *query, *value;
	} t[] = {
		{ NULL, NULL },
		{ "", NULL },
		{ "x", NULL },
		{ "x=", "" },
		{ "x=1", "1" },
		{ "a=b&x=1", "1" },
		{ "x=1&a=b", "1" },
		{ "x=1&x=2", NULL },
		{ "x=1&x=1", NULL },
		{ "xx=1", NULL },
		{ "ax=1", NULL },
		{ "X=1", NULL },
		{ "x=a%20b", "a b" },
		{ "x=a+b", "a+b" },
		{ "x=a=b", "a=b" },
		{ "x=%", NULL },
		{ "x=%0a", NULL },
		{ "&&x=1&&", "1" },
		{ "x&x=1", "1" },
		{ "x=https%3A%2F%2Fa.x%2F%3Fb%26c", "https://a.x/?b&c" },
		{ "a=x=1", NULL },
	};
	struct arena *a = arena_new(1 << 16);

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].query == NULL ? "(none)" : t[i].query);
		STREQ(path_query(t[i].query, "x", a), t[i].value);
	}
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "a path has one reading, or is refused", paths },
	{ "a target is a path, wherever it came from", targets },
	{ "why a path is refused can be told", problems },
	{ "a path is plain, or somebody may resolve it", plain },
	{ "a query value stands once or does not count", queries },
};
TAP_MAIN(cases)
