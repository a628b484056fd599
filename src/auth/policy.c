/* SPDX-License-Identifier: MIT */
/* Which rule: found the same in every reading of the path. */
#include "auth/policy.h"

#include "base/arena.h"
#include "base/path.h"
#include "base/pattern.h"
#include "base/str.h"
#include "conf/conf.h"

#include <string.h>

enum { METHOD_MAX = 32 };

static bool
is_for_method(const struct conf_rule *rule, const char *method)
{
	return rule->methods.n == 0 || conf_list_has(&rule->methods, method) ||
	       (strcmp(method, "HEAD") == 0 &&
		   conf_list_has(&rule->methods, "GET"));
}

static const struct conf_rule *
first_match(const struct conf_guard *g, const char *path, const char *method)
{
	for (int i = 0; i < g->n_rules; i++)
		if (is_for_method(&g->rules[i], method) &&
		    pattern_match(g->rules[i].path, path, true))
			return &g->rules[i];
	return NULL;
}

/*
 * Is this the first match without regard to case, and with it?  What matches
 * with it does so without: no earlier rule has to be tried again.
 */
static bool
is_first_match(const struct conf_rule *rule, const struct conf_guard *g,
    const char *path, const char *method)
{
	return first_match(g, path, method) == rule &&
	       (rule == NULL || pattern_match(rule->path, path, false));
}

/* A program that decodes what was decoded sees a query there. */
static void
cut_query(char *path)
{
	path[strcspn(path, "?")] = '\0';
}

/* Java's servlets, for one, look up "/a;x=1/b" as "/a/b". */
static void
cut_parameters(char *path)
{
	char *to = path;

	while (*path != '\0') {
		size_t n = strcspn(path, ";");

		memmove(to, path, n);
		to += n;
		path += n;
		path += strcspn(path, "/");
	}
	*to = '\0';
}

static bool
has_query(const char *path)
{
	return strchr(path, '?') != NULL;
}

static bool
has_parameters(const char *path)
{
	return strchr(path, ';') != NULL;
}

/* What a segment ends with, as far as Windows and trimming programs drop it. */
static size_t
tail_of(const char *segment, size_t n)
{
	size_t tail = 0;

	while (tail < n && strchr(" .", segment[n - 1 - tail]) != NULL)
		tail++;
	return tail;
}

static void
cut_tails(char *path)
{
	char *to = path;

	while (*path != '\0') {
		size_t n = strcspn(path + 1, "/") + 1;
		size_t kept = n - tail_of(path + 1, n - 1);

		memmove(to, path, kept);
		to += kept;
		path += n;
	}
	*to = '\0';
}

static bool
has_tails(const char *path)
{
	for (size_t n; *path != '\0'; path += n) {
		n = strcspn(path + 1, "/") + 1;
		if (tail_of(path + 1, n - 1) > 0)
			return true;
	}
	return false;
}

/* Bit i of a reading: by the i-th.  What is cut first may uncover the next. */
static const struct {
	bool (*applies)(const char *path);
	void (*cut)(char *path);
} cuts[] = {
	{ has_query, cut_query },
	{ has_parameters, cut_parameters },
	{ has_tails, cut_tails },
};

enum { CUTS = sizeof(cuts) / sizeof(cuts[0]), READINGS = 1 << CUTS };

/* False: a cut finds nothing, so this is a reading of fewer cuts. */
static bool
make_reading(char *path, int reading)
{
	size_t n;

	for (int i = 0; i < CUTS; i++) {
		if ((reading >> i & 1) == 0)
			continue;
		if (!cuts[i].applies(path))
			return false;
		cuts[i].cut(path);
	}
	n = strlen(path);
	if (n > 1 && path[n - 1] == '/')
		path[n - 1] = '\0';
	return true;
}

enum policy_found
policy_find(const struct conf *c, const char *path, const char *method,
    struct arena *a, const struct conf_rule **rule)
{
	const struct conf_guard *g = &c->guard;
	const struct conf_rule *first;
	size_t size = strlen(path) + 1;
	char *as = arena_alloc(a, size);

	*rule = NULL;
	if (g->n_rules == 0)
		return POLICY_NO_RULES;
	if (as == NULL || size > POLICY_PATH_MAX ||
	    !str_is_from(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-", 1, METHOD_MAX))
		return POLICY_AMBIGUOUS;
	first = first_match(g, path, method);
	for (int i = 0; i < READINGS; i++) {
		memcpy(as, path, size);
		if (!make_reading(as, i))
			continue;
		/* something may be left to resolve */
		if (!path_is_plain(as) || !is_first_match(first, g, as, method))
			return POLICY_AMBIGUOUS;
	}
	*rule = first;
	return first == NULL ? POLICY_UNMATCHED : POLICY_RULE;
}

bool
policy_writes(const char *method)
{
	static const char *const safe[] = { "GET", "HEAD", "OPTIONS", "TRACE" };

	for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (strcmp(method, safe[i]) == 0)
			return false;
	return true;
}

/* An unknown word lets nobody in. */
enum policy_access
policy_access(const struct conf_rule *rule)
{
	if (strcmp(rule->access, "signed-in") == 0)
		return POLICY_SIGNED_IN;
	return strcmp(rule->access, "anyone") == 0 ? POLICY_ANYONE
						   : POLICY_NOBODY;
}

bool
policy_wants_contact(const struct conf_rule *rule)
{
	return rule->contact || rule->email_domains.n > 0;
}
