/* SPDX-License-Identifier: MIT */
/*
 * Who may go where: the rules of guard.rules as pure functions.  They ask
 * nobody, read no clock and hold nothing.
 */
#ifndef AUTH_POLICY_H
#define AUTH_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct auth_ident;
struct conf;
struct conf_rule;

/* Longest path that rules are found for, in bytes: no file has a longer one. */
enum { POLICY_PATH_MAX = 4096 };

enum policy_found {
	POLICY_RULE,      /* *rule decides */
	POLICY_NO_RULES,  /* none are configured: whoever is signed in */
	POLICY_UNMATCHED, /* none is for this: nobody */
	POLICY_AMBIGUOUS, /* programs read the path in ways that different
			   * rules are for: nobody */
};

/*
 * The first rule for this path (canonical: base/path.h) and method (as sent; a
 * rule for GET is one for HEAD).  The path is looked up in each of the ways
 * that programs behind us may read it: as it is, without what follows a "?"
 * (which was encoded), without the parameters of its segments (";…"), without
 * the blanks and dots that its segments end with, all combinations of these,
 * and each of them without regard to case.  All must find the same.
 * POLICY_AMBIGUOUS as well: a longer path, a reading with something left to
 * resolve, a method that is not made of capitals and "-", no memory.  *rule:
 * NULL unless one decides.
 */
enum policy_found policy_find(const struct conf *c, const char *path,
    const char *method, struct arena *a, const struct conf_rule **rule);

enum policy_access {
	POLICY_SIGNED_IN, /* then policy_judge() */
	POLICY_ANYONE,
	POLICY_NOBODY,
};

/* What rule->access says. */
enum policy_access policy_access(const struct conf_rule *rule);

/* A second factor is demanded: aal is the second level, or a higher one. */
bool policy_wants_second_factor(const struct conf_rule *rule);

/* Email or name matter: they have to be known, though it may cost a call. */
bool policy_wants_contact(const struct conf_rule *rule);

enum policy_verdict {
	POLICY_ALLOW,
	POLICY_REFUSE,
	POLICY_STEPUP, /* all is well but the assurance level, or its age */
};

/* Not a method that is safe by definition (RFC 9110, 9.2.1). */
bool policy_writes(const char *method);

/* What one key of a rule makes of an identity. */
struct policy_need {
	const char *key; /* "roles_any" */
	const char *why; /* it is not met, such as "none of roles_any"; or NULL:
			  * it is; static */
	enum policy_verdict verdict; /* of that need alone */
};

enum { POLICY_NEEDS = 10 };

/*
 * The needs of a rule, in the order in which they are judged, each judged for
 * this verified identity; the number of them.  All have to be met, and all
 * names are compared byte for byte:
 *
 * - providers, roles, permissions: the names themselves;
 * - organizations: an id, or, unless it has the form of an id ("org_…"), the
 *   name in URLs;
 * - email_domains: what follows the one "@" of a verified address, ASCII of
 *   either case, whole;
 * - subjects: "NAME" of any provider, or "PROVIDER:NAME", as soon as there is
 *   a ":" in it;
 * - aal: that level or a higher one; a provider that tells none has the first;
 * - max_age: less has passed since the second factor was shown, where aal
 *   demands one, else since either was.  A time that is not known, or over a
 *   minute ahead, is too long ago.
 */
int policy_needs(const struct conf_rule *rule, const struct auth_ident *who,
    int64_t now_s, struct policy_need need[POLICY_NEEDS]);

/*
 * May this verified identity pass?  *why, when not: the first need that is not
 * met, for the log; static; else NULL.
 */
enum policy_verdict policy_judge(const struct conf_rule *rule,
    const struct auth_ident *who, int64_t now_s, const char **why);

#endif
