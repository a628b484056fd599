/* SPDX-License-Identifier: MIT */
/* The rules about guard.rules: what a rule of the guard may say. */
#include "base/pattern.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/rules.h"

#include <stddef.h>
#include <string.h>

#define METHOD_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
#define DOMAIN_CHARS "abcdefghijklmnopqrstuvwxyz" STR_DIGITS "-."

enum { METHOD_MAX = 32, DOMAIN_MAX = 253 };

static bool
is_method(const struct conf *c, const char *item)
{
	(void)c;
	return str_is_from(item, METHOD_CHARS, 1, METHOD_MAX);
}

static bool
is_asked(const struct conf *c, const char *item)
{
	return conf_list_has(&c->providers, item);
}

/* A blank at an end is invisible, and never part of what is compared to. */
static bool
is_name(const struct conf *c, const char *item)
{
	(void)c;
	return item[0] != ' ' && item[strlen(item) - 1] != ' ';
}

/* NAME or PROVIDER:NAME: what stands before the first ":" is asked. */
static bool
is_subject(const struct conf *c, const char *item)
{
	size_t n = strcspn(item, ":");

	if (item[n] == '\0')
		return is_name(c, item);
	for (int i = 0; i < c->providers.n; i++)
		if (strncmp(c->providers.item[i], item, n) == 0 &&
		    c->providers.item[i][n] == '\0')
			return item[n + 1] != '\0' && is_name(c, item + n + 1);
	return false;
}

static bool
is_domain(const struct conf *c, const char *item)
{
	(void)c;
	return str_is_from(item, DOMAIN_CHARS, 1, DOMAIN_MAX) &&
	       item[0] != '.' && item[strlen(item) - 1] != '.' &&
	       strstr(item, "..") == NULL;
}

#define BLANKS "none may begin or end with a blank"

/* What may stand in a rule's lists; all but the first say who may pass. */
static const struct {
	const char *member;
	size_t offset;
	bool (*fits)(const struct conf *c, const char *item);
	const char *problem;
} lists[] = {
#define LIST(member, fits, problem)                                            \
	{                                                                      \
#member, offsetof(struct conf_rule, member), fits, problem     \
	}
	LIST(methods, is_method,
	    "each must be a method in capitals, such as GET or POST"),
	LIST(providers, is_asked, "each must be one of providers"),
	LIST(organizations, is_name, BLANKS),
	LIST(roles_any, is_name, BLANKS),
	LIST(roles_all, is_name, BLANKS),
	LIST(permissions_any, is_name, BLANKS),
	LIST(permissions_all, is_name, BLANKS),
	LIST(email_domains, is_domain,
	    "each must be a domain such as example.com: what stands behind "
	    "the @, in lower case"),
	LIST(subjects, is_subject,
	    "each must be NAME or PROVIDER:NAME, without blanks around; what "
	    "holds a colon needs its provider, one of providers, before it"),
#undef LIST
};

enum { LISTS = sizeof(lists) / sizeof(lists[0]) };

static const struct conf_list *
list_at(const struct conf_rule *r, size_t i)
{
	return (const void *)((const char *)r + lists[i].offset);
}

static void
check_lists(const struct rules_sink *s, const struct conf *c, int rule)
{
	char key[RULES_KEY_SIZE];

	for (size_t i = 0; i < LISTS; i++) {
		const struct conf_list *l = list_at(&c->guard.rules[rule], i);

		rules_place(key, "guard.rules", rule, lists[i].member);
		for (int k = 0; k < l->n; k++)
			if (!lists[i].fits(c, l->item[k])) {
				rules_say(s, key, lists[i].problem);
				break;
			}
	}
}

/* Who says that anyone may pass, or nobody, asks for nothing else. */
static void
check_access(const struct rules_sink *s, const struct conf_rule *r, int rule)
{
	const struct {
		const char *member;
		bool there;
	} more[] = {
		{ "aal", r->aal[0] != '\0' },
		{ "max_age", r->max_age > 0 },
		{ "contact", r->contact },
		{ "cross_site", r->cross_site },
	};
	static const char nonsense[] =
	    "says something of users, and access that it does not matter who "
	    "asks";
	char key[RULES_KEY_SIZE];

	if (strcmp(r->access, "signed-in") == 0)
		return;
	for (size_t i = 1; i < LISTS; i++)
		if (list_at(r, i)->n > 0)
			rules_say(s,
			    rules_place(key, "guard.rules", rule,
				lists[i].member),
			    nonsense);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (more[i].there)
			rules_say(s,
			    rules_place(key, "guard.rules", rule,
				more[i].member),
			    nonsense);
}

void
rules_check_guard(const struct rules_sink *s, const struct conf *c)
{
	char key[RULES_KEY_SIZE];

	for (int i = 0; i < c->guard.n_rules; i++) {
		const struct conf_rule *r = &c->guard.rules[i];
		const char *problem = pattern_problem(r->path);

		if (problem != NULL)
			rules_say(s, rules_place(key, "guard.rules", i, "path"),
			    problem);
		check_lists(s, c, i);
		check_access(s, r, i);
	}
}
