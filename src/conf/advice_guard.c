/* SPDX-License-Identifier: MIT */
/* Rules of the guard that do nothing, or less than somebody thought. */
#include "conf/advice.h"

#include "base/pattern.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/rules.h"

#include <stdio.h>
#include <string.h>

enum { ADVICE_SIZE = 256 };

static void
say(const struct rules_sink *s, int rule, const char *member,
    const char *advice)
{
	char key[RULES_KEY_SIZE];

	rules_say(s, rules_place(key, "guard.rules", rule, member), advice);
}

/* Every method of `rule` is one of `before`. */
static bool
covers_methods(const struct conf_rule *before, const struct conf_rule *rule)
{
	const struct conf_list *had = &before->methods, *has = &rule->methods;

	for (int i = 0; i < has->n && had->n > 0; i++)
		if (!conf_list_has(had, has->item[i]) &&
		    (strcmp(has->item[i], "HEAD") != 0 ||
			!conf_list_has(had, "GET")))
			return false;
	return had->n == 0 || has->n > 0;
}

/*
 * All that `path` means is meant by `before`: surely so if they are the same,
 * or if `before` is for the folder that holds the first wildcard, or for the
 * whole where there is none.
 */
static bool
covers_path(const char *before, const char *path, bool any_case)
{
	char folder[PATTERN_MAX + 1];
	size_t wild = strcspn(path, "*?");
	char *slash;

	snprintf(folder, sizeof(folder), "%.*s", (int)wild, path);
	slash = strrchr(folder, '/');
	if (slash != NULL && (path[wild] != '\0' || slash[1] == '\0'))
		slash[slash == folder ? 1 : 0] = '\0';
	return (any_case ? str_eq_nocase(before, path)
			 : strcmp(before, path) == 0) ||
	       pattern_match(before, folder, any_case);
}

/* The first that decides takes it all, whatever it demands. */
static void
advise_order(const struct rules_sink *s, const struct conf_guard *g, int rule)
{
	const struct conf_rule *r = &g->rules[rule];
	char text[ADVICE_SIZE];

	for (int i = 0; i < rule; i++) {
		const struct conf_rule *before = &g->rules[i];
		bool same = covers_path(before->path, r->path, false);

		if (!covers_methods(before, r) ||
		    !covers_path(before->path, r->path, true))
			continue;
		snprintf(text, sizeof(text),
		    same ? "never decides: guard.rules.[%d] stands before it "
			   "and is for all of this"
			 : "is guard.rules.[%d]'s but for the case of letters: "
			   "all of it is refused as ambiguous",
		    i);
		say(s, rule, "path", text);
		return;
	}
}

/*
 * A rule for some methods is none for the others: they go on, to a wider rule,
 * which may well demand less.
 */
static void
advise_methods(const struct rules_sink *s, const struct conf_guard *g, int rule)
{
	const struct conf_rule *r = &g->rules[rule];
	char text[ADVICE_SIZE];

	if (r->methods.n == 0)
		return;
	for (int i = rule + 1; i < g->n_rules; i++) {
		const struct conf_rule *next = &g->rules[i];

		if (!covers_path(next->path, r->path, false))
			continue;
		/* meant to be so, or said where the last of them stands */
		if (covers_path(r->path, next->path, false) ||
		    strcmp(next->access, "nobody") == 0)
			return;
		snprintf(text, sizeof(text),
		    "is for these alone: other methods go to guard.rules.[%d]; "
		    "a rule for the same path with access = \"nobody\" "
		    "behind this one keeps them out",
		    i);
		say(s, rule, "methods", text);
		return;
	}
}

/* Who could tell something of a user, as it is configured. */
struct source {
	const struct conf *c;
	const char *name;
	const struct conf_oidc *oidc; /* or NULL */
};

static bool
is_ory(const struct source *p)
{
	return strcmp(p->name, "ory") == 0;
}

static bool
is_clerk(const struct source *p)
{
	return strcmp(p->name, "clerk") == 0;
}

static bool
tells_roles(const struct source *p)
{
	if (p->oidc != NULL)
		return p->oidc->roles_claim[0] != '\0';
	return is_clerk(p) || p->c->ory.roles[0] != '\0';
}

/* Roles that are called what somebody likes to call them. */
static bool
tells_own_roles(const struct source *p)
{
	return tells_roles(p) && !is_clerk(p);
}

static bool
tells_address(const struct source *p)
{
	const struct conf_clerk *k = &p->c->clerk;

	if (p->oidc != NULL)
		return p->oidc->email_claim[0] != '\0';
	return is_ory(p) || k->secret_key[0] != '\0' ||
	       k->email_claim[0] != '\0';
}

static bool
tells_second_factor(const struct source *p)
{
	return p->oidc == NULL || p->oidc->aal2_acr.n + p->oidc->aal2_amr.n > 0;
}

/* Does any provider that the rule takes users of tell it? */
static bool
is_told(const struct conf *c, const struct conf_rule *r,
    bool (*tells)(const struct source *p))
{
	const struct conf_list *from =
	    r->providers.n > 0 ? &r->providers : &c->providers;

	for (int i = 0; i < from->n; i++) {
		const char *name = from->item[i];

		if (tells(&(struct source){ c, name, conf_find_oidc(c, name) }))
			return true;
	}
	return false;
}

/* Needs that nobody can meet, because nobody tells who does. */
static void
advise_needs(const struct rules_sink *s, const struct conf *c, int rule)
{
	const struct conf_rule *r = &c->guard.rules[rule];
	const struct {
		const char *member;
		bool needed;
		bool (*tells)(const struct source *p);
		const char *advice;
	} t[] = {
		{ "organizations", r->organizations.n > 0, is_clerk,
		    "is met by nobody: only clerk tells organizations" },
		{ "roles_any", r->roles_any.n > 0, tells_roles,
		    "is met by nobody: without ory.roles or oidc.roles_claim "
		    "its users have no roles" },
		{ "roles_all", r->roles_all.n > 0, tells_roles,
		    "is met by nobody: without ory.roles or oidc.roles_claim "
		    "its users have no roles" },
		{ "permissions_any", r->permissions_any.n > 0, is_clerk,
		    "is met by nobody: only clerk tells permissions" },
		{ "permissions_all", r->permissions_all.n > 0, is_clerk,
		    "is met by nobody: only clerk tells permissions" },
		{ "email_domains", r->email_domains.n > 0, tells_address,
		    "is met by nobody: without clerk.secret_key or a claim "
		    "that holds it, its users have no address" },
		{ "aal", strcmp(r->aal, "aal2") == 0, tells_second_factor,
		    "is met by nobody: without aal2_acr or aal2_amr its users "
		    "have no second factor" },
		{ "aal", strcmp(r->aal, "aal3") == 0, is_ory,
		    "is met by nobody: only ory knows aal3" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (t[i].needed && !is_told(c, r, t[i].tells))
			say(s, rule, t[i].member, t[i].advice);
}

static bool
are_clerks(const struct conf_list *names)
{
	for (int i = 0; i < names->n; i++)
		if (str_after(names->item[i], "org:") == NULL)
			return false;
	return true;
}

/* Clerk calls a role "admin" at one place and "org:admin" at another. */
static void
advise_clerk_names(const struct rules_sink *s, const struct conf *c, int rule)
{
	const struct conf_rule *r = &c->guard.rules[rule];
	const struct {
		const char *member;
		const struct conf_list *names;
		bool (*others)(const struct source *p);
	} t[] = {
		{ "roles_any", &r->roles_any, tells_own_roles },
		{ "roles_all", &r->roles_all, tells_own_roles },
		{ "permissions_any", &r->permissions_any, NULL },
		{ "permissions_all", &r->permissions_all, NULL },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (!are_clerks(t[i].names) && is_told(c, r, is_clerk) &&
		    (t[i].others == NULL || !is_told(c, r, t[i].others)))
			say(s, rule, t[i].member,
			    "names what Clerk never tells: its roles and "
			    "permissions begin with \"org:\"");
}

/* Equal subjects of two providers are two people. */
static void
advise_subjects(const struct rules_sink *s, const struct conf *c, int rule)
{
	const struct conf_rule *r = &c->guard.rules[rule];

	if (c->providers.n < 2 || r->providers.n == 1)
		return;
	for (int i = 0; i < r->subjects.n; i++)
		if (strchr(r->subjects.item[i], ':') == NULL) {
			say(s, rule, "subjects",
			    "names a user of any provider: \"ory:NAME\" would "
			    "be Ory's alone");
			return;
		}
}

/* What ends in ".css" may be what follows a program's own name. */
static void
advise_suffix(const struct rules_sink *s, const struct conf *c, int rule)
{
	const struct conf_rule *r = &c->guard.rules[rule];
	const char *wild = strrchr(r->path, '*');

	if (strcmp(r->access, "anyone") == 0 && wild != NULL &&
	    wild[1] != '\0' && strcmp(wild, "*/") != 0)
		say(s, rule, "path",
		    "opens programs as well: what follows their own name, as "
		    "in /run.php/a.css, can end in anything; name folders");
}

void
advice_guard(const struct rules_sink *s, const struct conf *c)
{
	for (int i = 0; i < c->guard.n_rules; i++) {
		advise_order(s, &c->guard, i);
		advise_methods(s, &c->guard, i);
		advise_needs(s, c, i);
		advise_clerk_names(s, c, i);
		advise_subjects(s, c, i);
		advise_suffix(s, c, i);
	}
}
