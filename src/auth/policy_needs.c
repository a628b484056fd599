/* SPDX-License-Identifier: MIT */
/* What a rule wants of an identity: a table of its keys. */
#include "auth/policy.h"

#include "auth/auth.h"
#include "base/str.h"
#include "conf/conf.h"

#include <stddef.h>
#include <string.h>

enum { SKEW_S = 60, LEVEL_NOBODY_HAS = 99 };

static bool
is_listed(const struct conf_list *list, const char *name)
{
	return name != NULL && conf_list_has(list, name);
}

static bool
has_name(const struct auth_names *names, const char *name)
{
	for (int i = 0; i < names->n; i++)
		if (strcmp(names->item[i], name) == 0)
			return true;
	return false;
}

/* How many of the list are among the names. */
static int
count(const struct conf_list *list, const struct auth_names *names)
{
	int n = 0;

	for (int i = 0; i < list->n; i++)
		n += has_name(names, list->item[i]);
	return n;
}

/* For each need: why it is not met, or NULL. */
static const char *
other_provider(const struct conf_rule *r, const struct auth_ident *who)
{
	return is_listed(&r->providers, who->provider) ? NULL
						       : "none of providers";
}

/* The name in URLs is chosen by a stranger: it must not look like an id. */
static const char *
other_organization(const struct conf_rule *r, const struct auth_ident *who)
{
	const char *slug = who->org_slug;

	if (is_listed(&r->organizations, who->org) ||
	    (slug != NULL && str_after(slug, "org_") == NULL &&
		is_listed(&r->organizations, slug)))
		return NULL;
	return "none of organizations";
}

static const char *
no_role(const struct conf_rule *r, const struct auth_ident *who)
{
	return count(&r->roles_any, &who->roles) > 0 ? NULL
						     : "none of roles_any";
}

static const char *
missing_role(const struct conf_rule *r, const struct auth_ident *who)
{
	return count(&r->roles_all, &who->roles) == r->roles_all.n
		   ? NULL
		   : "not all of roles_all";
}

static const char *
no_permission(const struct conf_rule *r, const struct auth_ident *who)
{
	return count(&r->permissions_any, &who->permissions) > 0
		   ? NULL
		   : "none of permissions_any";
}

static const char *
missing_permission(const struct conf_rule *r, const struct auth_ident *who)
{
	return count(&r->permissions_all, &who->permissions) ==
		       r->permissions_all.n
		   ? NULL
		   : "not all of permissions_all";
}

/* With a second "@", programs do not agree on where the domain begins. */
static const char *
other_domain(const struct conf_rule *r, const struct auth_ident *who)
{
	const char *at = who->email == NULL ? NULL : strchr(who->email, '@');

	if (who->email == NULL || who->email[0] == '\0')
		return "email_domains: no address is known";
	if (!who->email_verified)
		return "email_domains: the address is not verified";
	if (at == NULL || at == who->email || strchr(at + 1, '@') != NULL)
		return "email_domains: not an address";
	for (int i = 0; i < r->email_domains.n; i++)
		if (str_eq_nocase(at + 1, r->email_domains.item[i]))
			return NULL;
	return "none of email_domains";
}

/* A name with ":" in it is never that of any provider: who chooses his own
 * could take the place of another provider's subject. */
static bool
is_subject(const char *entry, const struct auth_ident *who)
{
	const char *colon = strchr(entry, ':');
	size_t n = colon == NULL ? 0 : (size_t)(colon - entry);

	if (who->subject == NULL)
		return false;
	if (colon == NULL)
		return strcmp(entry, who->subject) == 0;
	return who->provider != NULL && strlen(who->provider) == n &&
	       memcmp(who->provider, entry, n) == 0 &&
	       strcmp(colon + 1, who->subject) == 0;
}

static const char *
other_subject(const struct conf_rule *r, const struct auth_ident *who)
{
	for (int i = 0; i < r->subjects.n; i++)
		if (is_subject(r->subjects.item[i], who))
			return NULL;
	return "none of subjects";
}

#define LIST(key) #key, offsetof(struct conf_rule, key)

/* With the lists of a rule that make it a need, in the order of judging. */
static const struct {
	const char *key;
	size_t list;
	const char *(*unmet)(const struct conf_rule *r,
	    const struct auth_ident *who);
} needs[] = {
	{ LIST(providers), other_provider },
	{ LIST(organizations), other_organization },
	{ LIST(roles_any), no_role },
	{ LIST(roles_all), missing_role },
	{ LIST(permissions_any), no_permission },
	{ LIST(permissions_all), missing_permission },
	{ LIST(email_domains), other_domain },
	{ LIST(subjects), other_subject },
};

enum { LISTS = sizeof(needs) / sizeof(needs[0]) };

_Static_assert(LISTS + 2 == POLICY_NEEDS, "and aal, and max_age");

/* Every verified identity has shown one factor; of a word that nobody has
 * agreed on, nothing is known. */
static int
level(const char *aal)
{
	static const char *const known[] = { "aal1", "aal2", "aal3" };

	if (aal == NULL || aal[0] == '\0')
		return 1;
	for (int i = 0; i < 3; i++)
		if (strcmp(known[i], aal) == 0)
			return i + 1;
	return 0;
}

/* One that nobody can reach, should the configuration hold another word. */
static int
demanded(const struct conf_rule *rule)
{
	int n = level(rule->aal);

	return n == 0 ? LEVEL_NOBODY_HAS : n;
}

bool
policy_wants_second_factor(const struct conf_rule *rule)
{
	return demanded(rule) > 1;
}

static bool
is_fresh(int64_t shown_s, int64_t now_s, int64_t max_age_ms)
{
	return shown_s > 0 && shown_s <= now_s + SKEW_S &&
	       (now_s - shown_s) * 1000 < max_age_ms;
}

static const char *
too_long_ago(const struct conf_rule *r, const struct auth_ident *who,
    int64_t now_s)
{
	if (is_fresh(who->second_factor_s, now_s, r->max_age))
		return NULL;
	if (policy_wants_second_factor(r))
		return "max_age: no second factor lately";
	return is_fresh(who->first_factor_s, now_s, r->max_age)
		   ? NULL
		   : "max_age: no sign-in lately";
}

static void
add(struct policy_need *need, const char *key, const char *why,
    enum policy_verdict otherwise)
{
	*need = (struct policy_need){ .key = key,
		.why = why,
		.verdict = why == NULL ? POLICY_ALLOW : otherwise };
}

int
policy_needs(const struct conf_rule *rule, const struct auth_ident *who,
    int64_t now_s, struct policy_need need[POLICY_NEEDS])
{
	int n = 0;

	for (int i = 0; i < LISTS; i++) {
		const struct conf_list *list =
		    (const void *)((const char *)rule + needs[i].list);

		if (list->n > 0)
			add(&need[n++], needs[i].key, needs[i].unmet(rule, who),
			    POLICY_REFUSE);
	}
	if (rule->aal[0] != '\0')
		add(&need[n++], "aal",
		    level(who->aal) >= demanded(rule)
			? NULL
			: "aal: the assurance level is lower",
		    POLICY_STEPUP);
	if (rule->max_age > 0)
		add(&need[n++], "max_age", too_long_ago(rule, who, now_s),
		    POLICY_STEPUP);
	return n;
}

enum policy_verdict
policy_judge(const struct conf_rule *rule, const struct auth_ident *who,
    int64_t now_s, const char **why)
{
	struct policy_need need[POLICY_NEEDS];
	int n = policy_needs(rule, who, now_s, need);

	*why = NULL;
	for (int i = 0; i < n; i++) {
		if (need[i].verdict == POLICY_ALLOW)
			continue;
		*why = need[i].why;
		return need[i].verdict;
	}
	return POLICY_ALLOW;
}
