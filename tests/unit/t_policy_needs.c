/* SPDX-License-Identifier: MIT */
/* auth/policy_needs: which names a rule lets pass, and which it does not. */
#include "tap.h"

#include "auth/auth.h"
#include "auth/policy.h"
#include "conf/conf.h"

#include <string.h>

#define NOW INT64_C(1785426082)

enum { WORDS = 8 };

/* "a,b": the words of a list; "" has none. */
static int
split(char *text, const char *words[WORDS])
{
	int n = 0;

	for (char *at; text != NULL && *text != '\0'; text = at) {
		at = strchr(text, ',');
		if (at != NULL)
			*at++ = '\0';
		words[n++] = text;
	}
	return n;
}

/* One need, met or not by one name ("a|b": two) or list of an identity. */
static const struct row {
	const char *wanted, *has;
	bool met;
} providers[] = {
	{ "ory", "ory", true },
	{ "clerk,ory", "ory", true },
	{ "ory", "clerk", false },
	{ "ory", "Ory", false },
	{ "ory", "ory2", false },
	{ "ory", NULL, false },
}, organizations[] = {
	{ "org_1", "org_1", true },
	{ "org_1", "org_1|acme", true },
	{ "acme", "org_1|acme", true },
	{ "org_2,acme", "org_1|acme", true },
	{ "acme", "org_1|Acme", false },
	{ "acme", "org_1", false },
	{ "org_1", "org_11", false },
	{ "org_1", "org_2|org_1", false }, /* a name chosen to be an id */
	{ "org_1", NULL, false },
}, roles_any[] = {
	{ "admin", "admin", true },
	{ "admin", "user,admin", true },
	{ "editor,admin", "admin", true },
	{ "editor,admin", "editor,admin", true },
	{ "admin", "", false },
	{ "admin", "user", false },
	{ "admin", "Admin", false },
	{ "admin", "admin ", false },
	{ "admin", " admin", false },
	{ "admin", "admins", false },
	{ "admin", "adm", false },
	{ "admin", "org:admin", false },
	{ "org:admin", "admin", false },
	{ "admin", "admin;user", false },
	{ "admin", "[\"admin\"]", false },
	{ "admin", "a\xd0\xb4min", false },
}, roles_all[] = {
	{ "admin", "admin", true },
	{ "a,b", "b,a", true },
	{ "a,b", "c,b,a", true },
	{ "a,a", "a", true },
	{ "a,b", "a", false },
	{ "a,b", "a,a", false },
	{ "a,b", "", false },
	{ "a,b", "a,B", false },
}, permissions_any[] = {
	{ "org:invoices:read", "org:invoices:read", true },
	{ "x,y", "y", true },
	{ "org:invoices:read", "org:invoices:reader", false },
	{ "org:invoices:read", "org:invoices", false },
	{ "x", "", false },
}, permissions_all[] = {
	{ "x,y", "x,y", true },
	{ "x,y", "y", false },
	{ "x,y", "", false },
}, email_domains[] = { /* "+": verified */
	{ "example.org", "+ada@example.org", true },
	{ "example.org", "+ada@EXAMPLE.org", true },
	{ "a.x,example.org", "+ada@example.org", true },
	{ "example.org", "-ada@example.org", false },
	{ "example.org", "+ada@sub.example.org", false },
	{ "example.org", "+ada@badexample.org", false },
	{ "example.org", "+ada@example.org.evil.net", false },
	{ "example.org", "+ada@example.org.", false },
	{ "example.org", "+ada@example.org ", false },
	{ "example.org", "+ada@example.or", false },
	{ "example.org", "+ada@evil.net@example.org", false },
	{ "example.org", "+ada@example.org@evil.net", false },
	{ "example.org", "+\"ada@evil.net\"@example.org", false },
	{ "example.org", "+@example.org", false },
	{ "example.org", "+example.org", false },
	{ "example.org", "+ada@", false },
	{ "example.org", "+ada@ex\xc3\xa4mple.org", false },
	{ "example.org", "+", false },
	{ "example.org", "-", false },
	{ "example.org", NULL, false },
}, subjects[] = { /* provider|subject */
	{ "user_1", "clerk|user_1", true },
	{ "user_1", "ory|user_1", true },
	{ "clerk:user_1", "clerk|user_1", true },
	{ "clerk:user_1", "ory|user_1", false },
	{ "user_1", "clerk|user_12", false },
	{ "user_1", "clerk|USER_1", false },
	{ "corp:urn:x:7", "corp|urn:x:7", true },
	/* whoever chooses his own subject is not another provider's */
	{ "clerk:user_1", "corp|clerk:user_1", false },
	{ "urn:x:7", "corp|urn:x:7", false },
	{ "clerk:user_1", "cler|k:user_1", false },
	{ ":user_1", "clerk|user_1", false },
	{ "clerk:", "clerk|user_1", false },
	{ "a,clerk:b,c", "ory|c", true },
	{ "user_1", NULL, false },
};

static void
set_name(const char **first, const char **second, char *text)
{
	*first = text;
	*second = text == NULL ? NULL : strchr(text, '|');
	if (*second != NULL) {
		text[*second - text] = '\0';
		++*second;
	}
}

static void
set_email(struct auth_ident *who, const char *text)
{
	who->email = text == NULL ? NULL : text + 1;
	who->email_verified = text != NULL && *text == '+';
}

/* What a table is about: a key of a rule, and members of an identity. */
static const struct table {
	const char *key;
	size_t list;
	const struct row *row;
	size_t rows;
} tables[] = {
#define KEY(key) #key, offsetof(struct conf_rule, key), key, ROWS(key)
	{ KEY(providers) },
	{ KEY(organizations) },
	{ KEY(roles_any) },
	{ KEY(roles_all) },
	{ KEY(permissions_any) },
	{ KEY(permissions_all) },
	{ KEY(email_domains) },
	{ KEY(subjects) },
};

static void
try_row(const struct table *t, const struct row *row)
{
	struct conf_rule rule = { .path = "/", .aal = "" };
	struct conf_list *list = (void *)((char *)&rule + t->list);
	struct auth_ident who = { .email_verified = false };
	char wanted[80], has[80], *text = row->has == NULL ? NULL : has;
	const char *words[WORDS], *why, *none;

	strcpy(wanted, row->wanted);
	list->n = split(wanted, list->item);
	strcpy(has, row->has == NULL ? "" : row->has);
	if (list == &rule.providers)
		who.provider = text;
	else if (list == &rule.organizations)
		set_name(&who.org, &who.org_slug, text);
	else if (list == &rule.email_domains)
		set_email(&who, text);
	else if (list == &rule.subjects)
		set_name(&who.provider, &who.subject, text);
	else if (strncmp(t->key, "roles", 5) == 0)
		who.roles = (struct auth_names){ split(text, words), words };
	else
		who.permissions =
		    (struct auth_names){ split(text, words), words };
	tap_row("%s %s: %s", t->key, row->wanted,
	    row->has == NULL ? "(none)" : row->has);
	INTEQ(policy_judge(&rule, &who, NOW, &why),
	    row->met ? POLICY_ALLOW : POLICY_REFUSE);
	none = why == NULL ? NULL : strstr(why, t->key);
	INTEQ(none == NULL, row->met);
}

enum { ADDRESSES = 6, SUBJECTS };

static void
lists(size_t from, size_t to)
{
	CHECK(to <= ROWS(tables));
	for (size_t i = from; i < to; i++)
		for (size_t k = 0; k < tables[i].rows; k++)
			try_row(&tables[i], &tables[i].row[k]);
}

static void
names(void)
{
	lists(0, ADDRESSES);
}

static void
addresses(void)
{
	lists(ADDRESSES, SUBJECTS);
}

/* Whoever reads the log has to know what to mend. */
static void
reasons(void)
{
	static const struct {
		const char *email, *why;
	} t[] = {
		{ "", "email_domains: no address is known" },
		{ "-a@example.org",
		    "email_domains: the address is not verified" },
		{ "+a@b@example.org", "email_domains: not an address" },
		{ "+a@example.com", "none of email_domains" },
	};
	const struct conf_rule rule = {
		.email_domains = { 1, { "example.org" } }, .aal = ""
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_ident who = { .email_verified = false };
		const char *why;

		tap_row("%s", t[i].email);
		set_email(&who, t[i].email[0] == '\0' ? NULL : t[i].email);
		INTEQ(policy_judge(&rule, &who, NOW, &why), POLICY_REFUSE);
		STREQ(why, t[i].why);
	}
}

static void
people(void)
{
	lists(SUBJECTS, ROWS(tables));
}

static const struct tap_case cases[] = {
	{ "roles and all other names are compared byte for byte", names },
	{ "only a verified address counts, and by its whole domain",
	    addresses },
	{ "why an address does not count is said", reasons },
	{ "no subject takes the place of another provider's", people },
};
TAP_MAIN(cases)
