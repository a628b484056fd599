/* SPDX-License-Identifier: MIT */
/* auth/policy: the rule for a request, and the tricks to get another one. */
#include "tap.h"

#include "auth/policy.h"
#include "base/arena.h"
#include "base/path.h"
#include "conf/conf.h"

#include <string.h>

/* Answers beside the number of a rule; BAD: the path has no one reading. */
enum { NO_RULES = -1, NONE = -2, MIXED = -3, BAD = -4 };

enum { ADMIN, READ, WRITE, PRIVATE, CAFE, OPEN, HTML, REST, RULES };

/* Much of it is lists; there is one in this program. */
static struct conf conf = {
	.guard = { .n_rules = RULES,
	    .rules = { [ADMIN] = { .path = "/secret/" },
		[READ] = { .path = "/api", .methods = { 1, { "GET" } } },
		[WRITE] = { .path = "/api",
		    .methods = { 2, { "POST", "DELETE" } } },
		[PRIVATE] = { .path = "/files/**/private" },
		[CAFE] = { .path = "/caf\xc3\xa9" },
		[OPEN] = { .path = "/open" },
		[HTML] = { .path = "/a b/*.html" },
		[REST] = { .path = "/pages/" } } },
};
static struct arena *arena;

/* The number of the rule for this target, as a web server passes it on. */
static int
find(const char *method, const char *uri)
{
	const struct conf_rule *rule;
	const char *path, *query;

	if (path_parse(uri, "", arena, &path, &query) != PATH_OK)
		return BAD;
	switch (policy_find(&conf, path, method, arena, &rule)) {
	case POLICY_RULE:
		return (int)(rule - conf.guard.rules);
	case POLICY_NO_RULES:
		CHECK(rule == NULL);
		return NO_RULES;
	case POLICY_UNMATCHED:
		CHECK(rule == NULL);
		return NONE;
	case POLICY_AMBIGUOUS:
		break;
	}
	CHECK(rule == NULL);
	return MIXED;
}

static void
plain(void)
{
	static const struct {
		const char *method, *uri;
		int rule;
	} t[] = {
		{ "GET", "/secret", ADMIN },
		{ "GET", "/secret/", ADMIN },
		{ "GET", "/secret/a/b?c=/open", ADMIN },
		{ "BREW", "/secret", ADMIN },
		{ "GET", "/secrets", NONE },
		{ "GET", "/api/x", READ },
		{ "HEAD", "/api/x", READ },
		{ "POST", "/api/x", WRITE },
		{ "DELETE", "/api", WRITE },
		{ "PUT", "/api", NONE },
		{ "OPTIONS", "/api", NONE },
		{ "M-SEARCH", "/open", OPEN },
		{ "GET", "/files/private", PRIVATE },
		{ "GET", "/files/a/b/private/c", PRIVATE },
		{ "GET", "/files/a", NONE },
		{ "GET", "/caf%C3%A9/x", CAFE },
		{ "GET", "/caf\xc3\xa9", CAFE },
		{ "GET", "/a%20b/c.html", HTML },
		{ "GET", "/a%20b/c.txt", NONE },
		{ "GET", "/", NONE },
		{ "GET", "http://a.x/secret", ADMIN },
		{ "GET", "https://a.x:8443/open?/secret", OPEN },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s %s", t[i].method, t[i].uri);
		INTEQ(find(t[i].method, t[i].uri), t[i].rule);
	}
	arena_free(&arena);
}

/* Each tries for /secret by the rule of /open or /pages, or the reverse. */
static const char *const no_reading[] = {
	/* resolved by somebody behind us */
	"/open/../secret", "/open/..", "/open/%2e%2e/secret",
	"/open/%2E./secret", "/open/.%2e/secret", "/open/..%2fsecret",
	"/open/..%5csecret", "/open/..\\secret", "/open\\..\\secret",
	"/open/./../secret", "/./secret", "/%2e/secret", "//secret",
	"/open//../secret", "/%2fsecret", "/open/.", "//a.x/secret",
	"///secret",
	/* decoded twice */
	"/open/%252e%252e/secret", "/%2573ecret", "/open%252f..%252fsecret",
	"/open%25",
	/* no bytes of a path */
	"/secret%00", "/secret%00/open", "/open%00/secret", "/secret%0a",
	"/open%0d%0aX:%20y", "/secret%09", "/secret\t", "/secret%7f",
	"/secret%c0%ae", "/open/%c0%ae%c0%ae/secret",
	"/open/%e0%80%ae%e0%80%ae/secret", "/open%c0%af..%c0%afsecret",
	"/secret%ff", "/%u0073ecret", "/secret%", "/secret%2", "/secret%zz",
	/* where the path ends */
	"/secret#/open", "/secret%23/open", "/open%23/../secret",
	"/open%3f/../secret",
	/* no path at all */
	"", "*", "secret", "http://secret", "http://u@a.x/secret",
	"HTTP://a.x/secret", "file:///secret", "http:/secret",
	"http://a.x\\/secret"
};

static const char *const mixed[] = {
	/* where the path ends */
	"/secret%3f/open", "/secret%3fx=/open", "/pages/..%3f/secret",
	/* parameters of segments */
	"/secret;x", "/secret;x=/open", "/secret;/open", "/secret%3bx",
	"/secret;x/y", "/open;/x", "/;/secret", "/;x=y/secret", "/secret/;/x",
	"/open/..;/secret", "/open/..;x/secret", "/open/.;/secret",
	"/open/%2e%2e;/secret", "/secret;x%3fy/open", "/pages;/%3f",
	"/files;x/private%3fy",
	/* what segments end with */
	"/secret%20", "/secret.", "/secret%20./x", "/secret%20;x",
	"/secret;x%20", "/secret.%3fx", "/files/x/private..",
	"/open/.../secret", "/open/.%20./secret", "/open/..%20/secret",
	/* letters */
	"/SECRET", "/Secret/x", "/OPEN", "/%53ecret", "/SECRET;x",
	"/SECRET%3fx", "/Files/x/Private", "/files/x/PRIVATE", "/CAF%C3%A9"
};

static const struct {
	const char *uri;
	int rule;
} harmless[] = {
	{ "/%73ecret", ADMIN },
	{ "/s%65cret/", ADMIN },
	{ "/%73%65%63%72%65%74", ADMIN },
	{ "/open/a.b/c.", OPEN },
	{ "/open/a%20/b%20c", OPEN },
	{ "/pages/x%20", REST },
	{ "/secret/%2e%2e%2e", ADMIN },
	{ "/secret/...", ADMIN },
	{ "/secret?x=/open", ADMIN },
	{ "/secret?/../open", ADMIN },
	{ "/open?x=/secret", OPEN },
	{ "/secret/%3f/open", ADMIN },
	{ "/secret/x%3f", ADMIN },
	{ "/open/x%3fy", OPEN },
	{ "/%3f/secret", NONE },
	{ "/secret/x;y=z", ADMIN },
	{ "/open/x;y", OPEN },
	{ "/open/x;", OPEN },
	{ "/open/;x", OPEN },
	{ "/;/", NONE },
	{ "/open/SECRET", OPEN },
	{ "/secret/SECRET", ADMIN },
	{ "/secre\xef\xbd\x94", NONE },
};

static void
tricks(void)
{
	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(no_reading); i++) {
		tap_row("%s", no_reading[i]);
		INTEQ(find("GET", no_reading[i]), BAD);
	}
	for (size_t i = 0; i < ROWS(mixed); i++) {
		tap_row("%s", mixed[i]);
		INTEQ(find("GET", mixed[i]), MIXED);
	}
	for (size_t i = 0; i < ROWS(harmless); i++) {
		tap_row("%s", harmless[i].uri);
		INTEQ(find("GET", harmless[i].uri), harmless[i].rule);
	}
	arena_free(&arena);
}

static void
methods(void)
{
	static const char *const odd[] = { "", "get", "Get", "GET ", " GET",
		"GE T", "GET\n", "G\xc3\x89T", "GET/", "GET,POST", "P0ST",
		"GET_", "ABCDEFGHIJKLMNOPQRSTUVWXYZ-ABCDEF" };

	arena = arena_new(1 << 16);
	for (size_t i = 0; i < ROWS(odd); i++) {
		tap_row("\"%s\"", odd[i]);
		INTEQ(find(odd[i], "/api"), MIXED);
		INTEQ(find(odd[i], "/open"), MIXED);
		INTEQ(find(odd[i], "/nothing"), MIXED);
	}
	INTEQ(find("ABCDEFGHIJKLMNOPQRSTUVWXYZ-ABCDE", "/open"), OPEN);
	arena_free(&arena);
}

/* The order of the file decides, not which path says more. */
static void
order(void)
{
	static struct conf c;
	const struct conf_rule *rule;

	arena = arena_new(1 << 16);
	INTEQ(policy_find(&c, "/a", "GET", arena, &rule), POLICY_NO_RULES);
	INTEQ(policy_find(&c, "/a", "get", arena, &rule), POLICY_NO_RULES);
	CHECK(rule == NULL);
	c.guard.rules[0].path = "/";
	c.guard.rules[1].path = "/a";
	c.guard.n_rules = 2;
	INTEQ(policy_find(&c, "/a", "GET", arena, &rule), POLICY_RULE);
	CHECK(rule == &c.guard.rules[0]);
	c.guard.rules[0].methods = (struct conf_list){ 1, { "HEAD" } };
	INTEQ(policy_find(&c, "/a", "HEAD", arena, &rule), POLICY_RULE);
	CHECK(rule == &c.guard.rules[0]);
	INTEQ(policy_find(&c, "/a", "GET", arena, &rule), POLICY_RULE);
	CHECK(rule == &c.guard.rules[1]);
	arena_free(&arena);
}

static void
no_memory(void)
{
	const struct conf_rule *rule;

	arena = arena_new(4096);
	while (arena_alloc(arena, 16) != NULL)
		continue;
	INTEQ(policy_find(&conf, "/open", "GET", arena, &rule),
	    POLICY_AMBIGUOUS);
	CHECK(rule == NULL);
	arena_free(&arena);
}

static void
access_words(void)
{
	static const struct {
		const char *word;
		enum policy_access access;
	} t[] = {
		{ "signed-in", POLICY_SIGNED_IN },
		{ "anyone", POLICY_ANYONE },
		{ "nobody", POLICY_NOBODY },
		{ "", POLICY_NOBODY },
		{ "Anyone", POLICY_NOBODY },
		{ "anyone ", POLICY_NOBODY },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].word);
		INTEQ(policy_access(&(struct conf_rule){ .access = t[i].word }),
		    t[i].access);
	}
}

static const struct tap_case cases[] = {
	{ "a request finds the first rule for its path and method", plain },
	{ "no trick finds a weaker rule than the plain path", tricks },
	{ "a method of other letters finds nothing", methods },
	{ "the order of the file decides; without rules nothing is found",
	    order },
	{ "without memory nothing is found", no_memory },
	{ "an access that is no word of ours lets nobody in", access_words },
};
TAP_MAIN(cases)
