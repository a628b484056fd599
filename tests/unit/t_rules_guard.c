/* SPDX-License-Identifier: MIT */
/* conf/rules_guard: what a rule of the guard may say, and ory.roles. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/files.h"

#include <stdio.h>
#include <string.h>

struct row {
	const char *rule, *problem; /* behind "[1]."; NULL: none */
};

#define BLANKS ": none may begin or end with a blank"
#define METHODS                                                                \
	"methods: each must be a method in capitals, such as GET or POST"
#define DOMAINS                                                                \
	"email_domains: each must be a domain such as example.com: what "      \
	"stands behind the @, in lower case"
#define SUBJECTS                                                               \
	"subjects: each must be NAME or PROVIDER:NAME, without blanks "        \
	"around; what holds a colon needs its provider, one of providers, "    \
	"before it"
#define NONSENSE                                                               \
	": says something of users, and access that it does not matter who "   \
	"asks"

/* As the second of two rules, on line 5 of the file. */
static void
try_rows(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[800], want[300] = "";
		struct conf *c;

		tap_row("%s", t[i].rule);
		snprintf(text, sizeof(text),
		    "providers = [ \"ory\", \"corp\" ];\n"
		    "ory: { url = \"https://a.x\"; };\n"
		    "oidc: ( { name = \"corp\"; issuer = \"https://i.x\"; "
		    "audience = [ \"u\" ]; } );\n"
		    "guard: { rules = ( { path = \"/\"; },\n{ %s } ); };\n",
		    t[i].rule);
		if (t[i].problem != NULL)
			snprintf(want, sizeof(want),
			    "t.conf:5: guard.rules."
			    "[1].%s",
			    t[i].problem);
		c = files_conf(text);
		INTEQ(c != NULL, t[i].problem == NULL);
		STREQ(files_problem(0), want);
		STREQ(files_problem(1), "");
		conf_free(&c);
	}
}

static void
paths(void)
{
	static const struct row t[] = {
		{ "path = \"/\";", NULL },
		{ "path = \"/a b/ö/\";", NULL },
		{ "path = \"/**/x*.ph?\";", NULL },
		{ "", "path: must begin with \"/\"" },
		{ "path = \"\";", "path: must begin with \"/\"" },
		{ "path = \"admin/\";", "path: must begin with \"/\"" },
		{ "path = \"/%61\";",
		    "path: is written decoded: without \"%\"" },
	};

	try_rows(t, ROWS(t));
}

#define P "path = \"/x\"; "

static void
methods(void)
{
	static const struct row t[] = {
		{ P "methods = [ \"GET\", \"M-SEARCH\", \"X\" ];", NULL },
		{ P "methods = [ ];", NULL },
		{ P "methods = [ \"GET\", \"post\" ];", METHODS },
		{ P "methods = [ \"*\" ];", METHODS },
		{ P "methods = [ \"GET,POST\" ];", METHODS },
		{ P "methods = [ \"GET \" ];", METHODS },
		{ P "methods = [ \"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF\" ];",
		    NULL },
		{ P "methods = [ \"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG\" ];",
		    METHODS },
	};

	try_rows(t, ROWS(t));
}

static void
names(void)
{
	static const struct row t[] = {
		{ P "providers = [ \"corp\", \"ory\" ];", NULL },
		{ P "providers = [ \"clerk\" ];",
		    "providers: each must be one of providers" },
		{ P "providers = [ \"ory\", \"Corp\" ];",
		    "providers: each must be one of providers" },
		{ P "roles_any = [ \"a b\", \"ö\", \"org:x\" ];", NULL },
		{ P "roles_any = [ \"a\", \"admin \" ];", "roles_any" BLANKS },
		{ P "roles_all = [ \" admin\" ];", "roles_all" BLANKS },
		{ P "permissions_any = [ \" \" ];", "permissions_any" BLANKS },
		{ P "permissions_all = [ \"a \" ];", "permissions_all" BLANKS },
		{ P "organizations = [ \"a \" ];", "organizations" BLANKS },
		{ P "subjects = [ \"ory:1\", \"1\", \"corp:b:c\" ];", NULL },
		{ P "subjects = [ \" ory:1\" ];", SUBJECTS },
		{ P "subjects = [ \"ory: 1\" ];", SUBJECTS },
		{ P "subjects = [ \"1 \" ];", SUBJECTS },
		{ P "subjects = [ \"ory:\" ];", SUBJECTS },
		{ P "subjects = [ \":1\" ];", SUBJECTS },
		{ P "subjects = [ \"or:1\" ];", SUBJECTS },
		{ P "subjects = [ \"oryx:1\" ];", SUBJECTS },
		{ P "subjects = [ \"clerk:1\" ];", SUBJECTS },
		{ P "subjects = [ \"1\", \"urn:1\" ];", SUBJECTS },
	};

	try_rows(t, ROWS(t));
}

static void
domains(void)
{
	static const struct row t[] = {
		{ P "email_domains = [ \"a.b-c.example\", \"x\" ];", NULL },
		{ P "email_domains = [ \"xn--4ca.example\" ];", NULL },
		{ P "email_domains = [ \"@example.com\" ];", DOMAINS },
		{ P "email_domains = [ \"me@example.com\" ];", DOMAINS },
		{ P "email_domains = [ \"Example.com\" ];", DOMAINS },
		{ P "email_domains = [ \".example.com\" ];", DOMAINS },
		{ P "email_domains = [ \"example.com.\" ];", DOMAINS },
		{ P "email_domains = [ \"example..com\" ];", DOMAINS },
		{ P "email_domains = [ \"*.example.com\" ];", DOMAINS },
		{ P "email_domains = [ \"ö.example\" ];", DOMAINS },
		{ P "email_domains = [ \"a.x\", \"b.x \" ];", DOMAINS },
	};

	try_rows(t, ROWS(t));
}

#define ANYONE P "access = \"anyone\"; "
#define NOBODY P "access = \"nobody\"; "

static void
access(void)
{
	static const struct row t[] = {
		{ ANYONE, NULL },
		{ NOBODY "methods = [ \"PUT\" ];", NULL },
		{ P "access = \"signed-in\"; roles_any = [ \"a\" ];", NULL },
		{ ANYONE "providers = [ \"ory\" ];", "providers" NONSENSE },
		{ NOBODY "organizations = [ \"a\" ];",
		    "organizations" NONSENSE },
		{ ANYONE "roles_any = [ \"a\" ];", "roles_any" NONSENSE },
		{ NOBODY "roles_all = [ \"a\" ];", "roles_all" NONSENSE },
		{ ANYONE "permissions_any = [ \"a\" ];",
		    "permissions_any" NONSENSE },
		{ ANYONE "permissions_all = [ \"a\" ];",
		    "permissions_all" NONSENSE },
		{ ANYONE "email_domains = [ \"a.x\" ];",
		    "email_domains" NONSENSE },
		{ NOBODY "subjects = [ \"a\" ];", "subjects" NONSENSE },
		{ ANYONE "aal = \"aal1\";", "aal" NONSENSE },
		{ ANYONE "aal = \"\";", NULL },
		{ NOBODY "max_age = \"1h\";", "max_age" NONSENSE },
		{ ANYONE "max_age = \"0s\";", NULL },
		{ ANYONE "contact = true;", "contact" NONSENSE },
		{ ANYONE "cross_site = true;", "cross_site" NONSENSE },
		{ ANYONE "cross_site = false;", NULL },
	};

	try_rows(t, ROWS(t));
}

static void
roles_of_ory(void)
{
	static const struct {
		const char *path, *problem; /* NULL: none */
	} t[] = {
		{ "", NULL },
		{ "metadata_public.roles", NULL },
		{ "traitsman.roles", NULL },
		{ "a/b", "must be a path such as metadata_public.roles" },
		{ "traits.roles",
		    "must not be a trait: users edit these themselves" },
		{ "traits",
		    "must not be a trait: users edit these themselves" },
		{ "metadata_admin.roles",
		    "must not be in metadata_admin: sessions do not show "
		    "that; metadata_public is the place" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[200], want[200] = "";
		struct conf *c;

		tap_row("%s", t[i].path);
		snprintf(text, sizeof(text),
		    "ory: { url = \"https://a.x\";\nroles = \"%s\"; };\n",
		    t[i].path);
		if (t[i].problem != NULL)
			snprintf(want, sizeof(want), "t.conf:2: ory.roles: %s",
			    t[i].problem);
		c = files_conf(text);
		INTEQ(c != NULL, t[i].problem == NULL);
		STREQ(files_problem(0), want);
		if (c != NULL)
			STREQ(c->ory.roles, t[i].path);
		conf_free(&c);
	}
}

static const struct tap_case cases[] = {
	{ "a rule is for a path, written as people read it", paths },
	{ "methods are in capitals", methods },
	{ "providers are known, and no name has a blank at its end", names },
	{ "a domain of addresses is one, without what stands before the @",
	    domains },
	{ "who lets anyone in, or nobody, demands nothing else", access },
	{ "roles are never read from where users write themselves",
	    roles_of_ory },
};
TAP_MAIN(cases)
