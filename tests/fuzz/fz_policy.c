/* SPDX-License-Identifier: MIT */
/*
 * base/pattern and auth/policy: a target in the first line, patterns in the
 * others.  What matches is what the definition says, and no way of writing a
 * path finds another rule.
 */
#include "fuzz/fuzz.h"

#include "auth/policy.h"
#include "base/arena.h"
#include "base/path.h"
#include "base/pattern.h"
#include "base/str.h"
#include "conf/conf.h"

#include <string.h>

/* The definition takes its time: longer ones, or more wildcards, are not
 * compared with it. */
enum { SHORT_PATTERN = 24, SHORT_PATH = 32, FEW_STARS = 6, RULES = 4 };

static struct conf conf;

/* The definition, by trying. */
static bool
is_text(const char *p, const char *pe, const char *s, const char *se)
{
	size_t width = str_utf8_width(s, (size_t)(se - s));

	if (p == pe)
		return s == se;
	if (pe - p > 3 && memcmp(p, "/**/", 4) == 0 &&
	    is_text(p + 3, pe, s, se))
		return true;
	if (*p == '*') {
		bool deep = pe - p > 1 && p[1] == '*';

		return is_text(p + (deep ? 2 : 1), pe, s, se) ||
		       (s < se && (deep || *s != '/') &&
			   is_text(p, pe, s + width, se));
	}
	if (s == se)
		return false;
	if (*p == '?' && *s != '/')
		return is_text(p + 1, pe, s + width, se);
	return *p == *s && is_text(p + 1, pe, s + 1, se);
}

static bool
is_meant(const char *pattern, const char *path, struct arena *a)
{
	const char *folder =
	    path[1] == '\0' ? path : arena_printf(a, "%s/", path);
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '/')
		n--;
	for (const char *end = folder;; end++) {
		if ((*end == '/' || *end == '\0') &&
		    is_text(pattern, pattern + n, folder, end))
			return true;
		if (*end == '\0')
			return false;
	}
}

static char *
fold(char *text, char from, char to)
{
	for (char *p = text; *p != '\0'; p++)
		if (*p >= from && *p < from + 26)
			*p = (char)(*p - from + to);
	return text;
}

static int
count_stars(const char *pattern)
{
	int n = 0;

	for (; *pattern != '\0'; pattern++)
		n += *pattern == '*';
	return n;
}

static void
check_pattern(const char *pattern, const char *path, struct arena *a)
{
	bool match = pattern_match(pattern, path, false);
	bool loose = pattern_match(pattern, path, true);
	const char *below =
	    arena_printf(a, "%s/x", path[1] == '\0' ? "" : path);

	MUST(loose || !match);
	MUST(!match || pattern_match(pattern, below, false));
	MUST(!loose || pattern_match(pattern, below, true));
	if (strlen(pattern) > SHORT_PATTERN || strlen(path) > SHORT_PATH ||
	    count_stars(pattern) > FEW_STARS)
		return;
	MUST(match == is_meant(pattern, path, a));
	MUST(loose == is_meant(fold(arena_dup(a, pattern), 'A', 'a'),
			  fold(arena_dup(a, path), 'A', 'a'), a));
}

static void
check_path(const char *path, struct arena *a)
{
	const char *const others[] = { fold(arena_dup(a, path), 'a', 'A'),
		fold(arena_dup(a, path), 'A', 'a'),
		arena_printf(a, "%s;x", path), arena_printf(a, "%s?/x", path),
		arena_printf(a, "%s;?;", path) };
	const struct conf_rule *rule, *other;
	enum policy_found found = policy_find(&conf, path, "GET", a, &rule);

	MUST((found == POLICY_RULE) == (rule != NULL));
	if (found == POLICY_AMBIGUOUS)
		return;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		MUST(policy_find(&conf, others[i], "GET", a, &other) ==
			 POLICY_AMBIGUOUS ||
		     other == rule);
	if (pattern_problem(path) == NULL && strpbrk(path, "*?") == NULL)
		MUST(pattern_match(path, path, false));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(1 << 20);
	char *line = n > 8192 ? NULL : arena_dupn(a, (const char *)data, n);
	const char *uri = line, *path, *query;

	conf.guard.n_rules = 0;
	while (line != NULL && (line = strchr(line, '\n')) != NULL) {
		*line++ = '\0';
		if (conf.guard.n_rules < RULES)
			conf.guard.rules[conf.guard.n_rules++].path = line;
	}
	if (uri != NULL && path_parse(uri, "", a, &path, &query) == PATH_OK) {
		int kept = 0;

		for (int i = 0; i < conf.guard.n_rules; i++) {
			const char *p = conf.guard.rules[i].path;

			pattern_match(p, path, true);
			if (pattern_problem(p) != NULL)
				continue;
			check_pattern(p, path, a);
			conf.guard.rules[kept++].path = p;
		}
		conf.guard.n_rules = kept;
		check_path(path, a);
	}
	arena_free(&a);
	return 0;
}
