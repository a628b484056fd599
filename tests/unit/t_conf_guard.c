/* SPDX-License-Identifier: MIT */
/* conf/conf: guard.rules, a list of groups within a group. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORY "ory: { url = \"https://a.x\"; };\n"
#define GUARD(rules) ORY "guard: { rules = (\n" rules " ); };\n"

static void
rules(void)
{
	struct conf *c = files_conf(GUARD(
	    "{ path = \"/admin/\"; methods = [ \"GET\", \"POST\" ];\n"
	    "  providers = [ \"ory\" ]; organizations = [ \"acme\" ];\n"
	    "  roles_any = [ \"admin\", \"a b\" ]; roles_all = [ \"x\" ];\n"
	    "  permissions_any = [ \"org:a:b\" ]; permissions_all = ( \"p\" "
	    ");\n"
	    "  email_domains = [ \"example.com\" ]; subjects = [ \"ory:1\" ];\n"
	    "  aal = \"aal2\"; max_age = \"1h\"; contact = true;\n"
	    "  cross_site = true; },\n"
	    "{ path = \"/open\"; access = \"anyone\"; }"));
	const struct conf_rule *r;

	STREQ(files_problem(0), "");
	if (!CHECK(c != NULL))
		return;
	INTEQ(c->guard.n_rules, 2);
	STREQ(strrchr(c->guard.rules[0].place, '/'), "/t.conf:3");
	STREQ(strrchr(c->guard.rules[1].place, '/'), "/t.conf:10");
	r = &c->guard.rules[0];
	STREQ(r->path, "/admin/");
	INTEQ(r->methods.n, 2);
	STREQ(r->methods.item[1], "POST");
	STREQ(r->access, "signed-in");
	STREQ(r->providers.item[0], "ory");
	STREQ(r->organizations.item[0], "acme");
	STREQ(r->roles_any.item[1], "a b");
	STREQ(r->roles_all.item[0], "x");
	STREQ(r->permissions_any.item[0], "org:a:b");
	STREQ(r->permissions_all.item[0], "p");
	STREQ(r->email_domains.item[0], "example.com");
	STREQ(r->subjects.item[0], "ory:1");
	STREQ(r->aal, "aal2");
	INTEQ(r->max_age, 3600000);
	CHECK(r->contact && r->cross_site);
	conf_free(&c);
}

static void
presets(void)
{
	struct conf *c =
	    files_conf(GUARD("{ path = \"/a\"; aal = \"aal3\"; subjects = "
			     "[ \"x\" ]; },\n{ path = \"/b\"; }"));
	const struct conf_rule *r;

	STREQ(files_problem(0), "");
	if (!CHECK(c != NULL))
		return;
	r = &c->guard.rules[1];
	STREQ(r->path, "/b");
	STREQ(r->access, "signed-in");
	STREQ(r->aal, "");
	INTEQ(r->max_age, 0);
	CHECK(!r->contact && !r->cross_site);
	INTEQ(r->methods.n + r->providers.n + r->organizations.n +
		  r->roles_any.n + r->roles_all.n + r->permissions_any.n +
		  r->permissions_all.n + r->email_domains.n + r->subjects.n,
	    0);
	STREQ(c->ory.roles, "");
	conf_free(&c);
}

static void
none(void)
{
	static const char *const t[] = { "", "guard: { };\n",
		"guard: { rules = ( ); };\n", "guard = { rules: ( ) }" };

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[200];
		struct conf *c;

		tap_row("%s", t[i]);
		snprintf(text, sizeof(text), ORY "%s", t[i]);
		c = files_conf(text);
		STREQ(files_problem(0), "");
		if (CHECK(c != NULL))
			INTEQ(c->guard.n_rules, 0);
		conf_free(&c);
	}
}

#define LIST ":2: guard.rules: must be a list of groups: ( { … }, { … } )"

static void
problems(void)
{
	static const struct {
		const char *text, *problem;
	} t[] = {
		{ "guard = ( );", ":2: guard: must be a group: { … }" },
		{ "guard: { rules = { path = \"/\"; }; };", LIST },
		{ "guard: { rules = \"/\"; };", LIST },
		{ "guard: { rules = [ ]; };", LIST },
		{ "guard: { rules = ( \"/\" ); };", LIST },
		{ "guard: { rules = ( ( ) ); };", LIST },
		{ "guard: {\nrule = ( ); };",
		    ":3: guard.rule: there is no such key" },
		{ "rules: ( );", ":2: rules: there is no such key" },
		{ "guard: { oidc = ( ); };",
		    ":2: guard.oidc: there is no such key" },
		{ "guard: { rules = ( { path = \"/\"; },\n"
		  "{ path = \"/\"; role = \"x\"; } ); };",
		    ":3: guard.rules.[1].role: there is no such key" },
		{ "guard: { rules = ( { path = \"/\"; },\n{\n"
		  "aal = \"aal4\"; } ); };",
		    ":4: guard.rules.[1].aal: must be empty or one of "
		    "aal1|aal2|aal3" },
		{ "guard: { rules = ( { access = \"all\"; } ); };",
		    ":2: guard.rules.[0].access: must be one of "
		    "signed-in|anyone|nobody" },
		{ "guard: { rules = ( { max_age = \"31d\"; } ); };",
		    ":2: guard.rules.[0].max_age: must be from 0ms to 30d" },
		{ "guard: { rules = ( { roles_any = \"admin\"; } ); };",
		    ":2: guard.rules.[0].roles_any: must be a list such as "
		    "[ \"a\", \"b\" ]" },
		{ "guard: { rules = ( { roles_any = [ \"a\", \"\" ]; } ); };",
		    ":2: guard.rules.[0].roles_any: must be a list of "
		    "strings, none empty" },
		{ "guard: { rules = ( { contact = \"true\"; } ); };",
		    ":2: guard.rules.[0].contact: must be true or false" },
		{ "guard: { rules = ( { path = \"/a\"; path = \"/b\"; } ); };",
		    ":2: duplicate setting name" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[300], want[200];
		struct conf *c;

		tap_row("%s", t[i].text);
		snprintf(text, sizeof(text), ORY "%s\n", t[i].text);
		snprintf(want, sizeof(want), "t.conf%s", t[i].problem);
		c = files_conf(text);
		CHECK(c == NULL);
		STREQ(files_problem(0), want);
		conf_free(&c);
	}
}

/* n rules, the last of them with a list of so many roles. */
static struct conf *
many(int n, int roles)
{
	static char text[16384];
	size_t len;

	snprintf(text, sizeof(text), ORY "guard: { rules = (");
	for (int i = 0; i < n; i++) {
		len = strlen(text);
		snprintf(text + len, sizeof(text) - len,
		    "%s\n{ path = \"/%d\"; roles_any = [ ", i > 0 ? "," : "",
		    i);
		for (int k = 0; i == n - 1 && k < roles; k++) {
			len = strlen(text);
			snprintf(text + len, sizeof(text) - len, "%s\"r%d\"",
			    k > 0 ? ", " : "", k);
		}
		strncat(text, " ]; }", sizeof(text) - strlen(text) - 1);
	}
	strncat(text, " ); };\n", sizeof(text) - strlen(text) - 1);
	return files_conf(text);
}

static void
ceilings(void)
{
	struct conf *c = many(CONF_RULES_MAX, CONF_LIST_MAX);

	STREQ(files_problem(0), "");
	if (CHECK(c != NULL)) {
		const struct conf_rule *last =
		    &c->guard.rules[CONF_RULES_MAX - 1];

		INTEQ(c->guard.n_rules, 64);
		STREQ(last->path, "/63");
		INTEQ(last->roles_any.n, 32);
		STREQ(last->roles_any.item[31], "r31");
	}
	conf_free(&c);
	for (int over = 1; over < 3; over++) {
		c = many(CONF_RULES_MAX + over, 1);
		CHECK(c == NULL);
		STREQ(files_problem(0),
		    "t.conf:67: guard.rules: one group more than there may be");
		STREQ(files_problem(1), "");
	}
	CHECK(many(2, CONF_LIST_MAX + 1) == NULL);
	STREQ(files_problem(0),
	    "t.conf:4: guard.rules.[1].roles_any: more than 32 entries");
}

/* Lists of groups at two depths do not run into each other. */
static void
beside_oidc(void)
{
	struct conf *c = files_conf(ORY
	    "providers = [ \"ory\", \"b\" ];\n"
	    "guard: { rules = ( { path = \"/a\"; providers = [ \"b\" ]; } "
	    "); };\n"
	    "oidc: ( { name = \"a\"; issuer = \"https://a.x\"; audience = "
	    "[ \"u\" ]; }, { name = \"b\"; issuer = \"https://b.x\"; "
	    "audience = [ \"u\" ]; } );\nbio_max = 7;\n");

	STREQ(files_problem(0), "");
	if (!CHECK(c != NULL))
		return;
	INTEQ(c->guard.n_rules, 1);
	INTEQ(c->n_oidc, 2);
	STREQ(c->oidc[1].name, "b");
	STREQ(c->oidc[1].algorithms.item[0], "RS256");
	STREQ(c->guard.rules[0].path, "/a");
	INTEQ(c->bio_max, 7);
	conf_free(&c);
}

/* etc/gatehouse.conf, with and without the slashes before its rules. */
static void
example(void)
{
	static char text[1 << 15], open[1 << 15];
	const char *top = getenv("top_srcdir");
	char path[512], *to = open;
	struct conf *c;
	FILE *f;

	snprintf(path, sizeof(path), "%s/etc/gatehouse.conf",
	    top == NULL ? "." : top);
	f = fopen(path, "r");
	if (!CHECK(f != NULL))
		return;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	for (const char *s = text; *s != '\0';) {
		s += 2 * (strncmp(s, "//\t", 3) == 0);
		*to++ = *s++;
	}
	c = files_conf(text);
	STREQ(files_problem(0), "");
	if (CHECK(c != NULL))
		INTEQ(c->guard.n_rules, 0);
	conf_free(&c);
	c = files_conf(open);
	STREQ(files_problem(0), "");
	if (CHECK(c != NULL)) {
		INTEQ(c->guard.n_rules, 4);
		STREQ(c->guard.rules[2].access, "anyone");
		STREQ(c->guard.rules[3].path, "/");
	}
	conf_free(&c);
}

static const struct tap_case cases[] = {
	{ "a rule is read with all it says", rules },
	{ "each rule has presets of its own", presets },
	{ "there may be no rules", none },
	{ "a problem in a rule names the line, the rule and the key",
	    problems },
	{ "there are so many rules and entries, and no more", ceilings },
	{ "the example's rules load as they stand there", example },
	{ "rules and providers stand in lists of their own", beside_oidc },
};
TAP_MAIN(cases)
