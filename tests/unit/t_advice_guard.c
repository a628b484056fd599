/* SPDX-License-Identifier: MIT */
/* conf/advice_guard: rules that do nothing, or less than was meant. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/files.h"

#include <stdio.h>
#include <string.h>

struct heard {
	int n;
	char text[600]; /* "KEY: ADVICE\n" each, keys behind "guard.rules." */
};

static void
noted(void *ctx, const char *key, const char *advice)
{
	struct heard *h = ctx;
	size_t len = strlen(h->text);

	if (strncmp(key, "guard.rules.", 12) != 0)
		return;
	h->n++;
	snprintf(h->text + len, sizeof(h->text) - len, "%s: %s\n", key + 12,
	    advice);
}

#define ORY "ory: { url = \"https://o.x\"; };\n"
#define ORY_ROLES                                                              \
	"ory: { url = \"https://o.x\"; roles = \"metadata_public.r\"; };\n"
#define CLERK                                                                  \
	"providers = [ \"clerk\" ];\nclerk: { issuer = \"https://c.x\"; "      \
	"secret_key = \"sk_test_abcdefg\"; };\n"
#define MIXED                                                                  \
	"providers = [ \"ory\", \"clerk\" ];\nclerk: { issuer = "              \
	"\"https://c.x\"; secret_key = \"sk_test_abcdefg\"; };\n" ORY_ROLES
#define CORP(more)                                                             \
	"oidc: ( { name = \"corp\"; issuer = \"https://i.x\"; audience = "     \
	"[ \"u\" ]; " more " } );\n"
#define CORP_ALONE(more) "providers = [ \"corp\" ];\n" CORP(more)
#define BOTH "providers = [ \"ory\", \"corp\" ];\n" ORY CORP("")

static struct heard
hear(const char *site, const char *rules)
{
	struct heard h = { 0 };
	char text[1500];
	struct conf *c;

	tap_row("%s%s", site, rules);
	snprintf(text, sizeof(text), "%sguard: { rules = ( %s ); };\n", site,
	    rules);
	c = files_conf(text);
	STREQ(files_problem(0), "");
	if (CHECK(c != NULL))
		conf_advise(c, noted, &h);
	conf_free(&c);
	return h;
}

#define RULE(path, more) "{ path = \"" path "\"; " more "}"
#define TWO(first, second) RULE(first, "") ", " RULE(second, "")
#define GET "methods = [ \"GET\" ]; "
#define HEAD "methods = [ \"HEAD\" ]; "
#define WRITE "methods = [ \"POST\", \"PUT\" ]; "
#define DEAD                                                                   \
	"[1].path: never decides: guard.rules.[0] stands before it "           \
	"and is for all of this\n"
#define CASE                                                                   \
	"[1].path: is guard.rules.[0]'s but for the case of letters: "         \
	"all of it is refused as ambiguous\n"

#define OTHERS(n)                                                              \
	"is for these alone: other methods go to guard.rules.[" n "]; "        \
	"a rule for the same path with access = \"nobody\" behind this one "   \
	"keeps them out\n"
#define METHODS "[0].methods: " OTHERS("1")

static void
order(void)
{
	static const struct {
		const char *rules, *heard;
	} t[] = {
		{ TWO("/a", "/b"), "" },
		{ TWO("/a/b", "/a"), "" },
		{ TWO("/a", "/a"), DEAD },
		{ TWO("/a/", "/a"), DEAD },
		{ TWO("/a", "/a/b/"), DEAD },
		{ TWO("/", "/a"), DEAD },
		{ TWO("/", "/"), DEAD },
		{ TWO("/", "/*"), DEAD },
		{ TWO("/a", "/ab"), "" },
		{ TWO("/a", "/a*"), "" },
		{ TWO("/a", "/a/*.php"), DEAD },
		{ TWO("/a/*.php", "/a/*.php"), DEAD },
		{ TWO("/a/*", "/a/b"), DEAD },
		{ TWO("/a?", "/a*"), "" },
		{ TWO("/a*b", "/a**b"), "" },
		{ TWO("/**", "/x/y"), DEAD },
		{ RULE("/a", "roles_any = [ \"x\" ]; ") ", " RULE("/a", ""),
		    "[0].roles_any: is met by nobody: without ory.roles or "
		    "oidc.roles_claim its users have no roles\n" DEAD },
		{ RULE("/a", "access = \"nobody\"; ") ", " RULE("/a", ""),
		    DEAD },
		{ RULE("/a", GET) ", " RULE("/a", ""), "" },
		{ RULE("/a", "") ", " RULE("/a", GET), DEAD },
		{ RULE("/a", GET) ", " RULE("/a", WRITE), "" },
		{ RULE("/a", GET) ", " RULE("/a/b", HEAD), DEAD },
		{ RULE("/a", HEAD) ", " RULE("/a", GET), "" },
		{ RULE("/a", WRITE) ", " RULE("/a", WRITE), DEAD },
		{ RULE("/a", GET) ", " RULE("/", ""), METHODS },
		{ RULE("/a", GET) ", " RULE("/a/", WRITE) ", " RULE("/", ""),
		    "[1].methods: " OTHERS("2") },
		{ RULE("/a", GET) ", " RULE("/a",
		      "access = \"nobody\"; ") ", " RULE("/", ""),
		    "" },
		{ RULE("/a", GET) ", " RULE("/", "access = \"nobody\"; "), "" },
		{ TWO("/Admin", "/admin"), CASE },
		{ TWO("/A*", "/a*"), CASE },
		{ TWO("/ADMIN/", "/admin/x"), CASE },
		{ TWO("/admin/x", "/ADMIN/"), "" },
		{ RULE("/Admin", GET) ", " RULE("/admin", WRITE), "" },
	};

	for (size_t i = 0; i < ROWS(t); i++)
		STREQ(hear(ORY, t[i].rules).text, t[i].heard);
}

/* One rule of the only need, at a site. */
static void
needs(void)
{
	static const struct {
		const char *site, *need, *member; /* NULL: nothing is said */
	} t[] = {
		{ ORY, "", NULL },
		{ ORY, "roles_any = [ \"a\" ];", "[0].roles_any" },
		{ ORY, "roles_all = [ \"a\" ];", "[0].roles_all" },
		{ ORY_ROLES, "roles_all = [ \"a\" ];", NULL },
		{ CLERK, "roles_any = [ \"org:a\" ];", NULL },
		{ CORP_ALONE(""), "roles_any = [ \"a\" ];", "[0].roles_any" },
		{ CORP_ALONE("roles_claim = \"r\";"), "roles_any = [ \"a\" ];",
		    NULL },
		{ "providers = [ \"ory\", \"corp\" ];\n" ORY
			CORP("roles_claim = \"r\";"),
		    "roles_any = [ \"a\" ];", NULL },
		{ "providers = [ \"ory\", \"corp\" ];\n" ORY
			CORP("roles_claim = \"r\";"),
		    "roles_any = [ \"a\" ]; providers = [ \"ory\" ];",
		    "[0].roles_any" },
		{ ORY, "organizations = [ \"a\" ];", "[0].organizations" },
		{ CLERK, "organizations = [ \"a\" ];", NULL },
		{ ORY, "permissions_any = [ \"a\" ];", "[0].permissions_any" },
		{ ORY, "permissions_all = [ \"a\" ];", "[0].permissions_all" },
		{ CLERK, "permissions_all = [ \"org:a\" ];", NULL },
		{ ORY, "email_domains = [ \"a.x\" ];", NULL },
		{ CLERK, "email_domains = [ \"a.x\" ];", NULL },
		{ CORP_ALONE(""), "email_domains = [ \"a.x\" ];", NULL },
		{ CORP_ALONE("email_claim = \"\";"),
		    "email_domains = [ \"a.x\" ];", "[0].email_domains" },
		{ ORY, "aal = \"aal3\"; max_age = \"1h\";", NULL },
		{ CLERK, "aal = \"aal2\";", NULL },
		{ CLERK, "aal = \"aal3\";", "[0].aal" },
		{ CORP_ALONE(""), "aal = \"aal1\";", NULL },
		{ CORP_ALONE(""), "aal = \"aal2\";", "[0].aal" },
		{ CORP_ALONE("aal2_amr = [ \"otp\" ];"), "aal = \"aal2\";",
		    NULL },
		{ BOTH, "aal = \"aal2\";", NULL },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char rule[200];
		struct heard h;

		snprintf(rule, sizeof(rule), "{ path = \"/a\"; %s }",
		    t[i].need);
		h = hear(t[i].site, rule);
		INTEQ(h.n, t[i].member != NULL);
		if (t[i].member != NULL) {
			CHECK(strncmp(h.text, t[i].member,
				  strlen(t[i].member)) == 0);
			CHECK(strstr(h.text, ": is met by nobody: ") != NULL);
		}
	}
}

#define WHOSE                                                                  \
	"[0].subjects: names a user of any provider: \"ory:NAME\" "            \
	"would be Ory's alone\n"

static void
subjects(void)
{
	static const struct {
		const char *site, *need, *heard;
	} t[] = {
		{ ORY, "subjects = [ \"1\" ];", "" },
		{ BOTH, "subjects = [ \"ory:1\", \"corp:1\" ];", "" },
		{ BOTH, "subjects = [ \"ory:1\", \"1\" ];", WHOSE },
		{ BOTH, "subjects = [ \"ory\" ];", WHOSE },
		{ BOTH, "subjects = [ \"1\" ]; providers = [ \"corp\" ];", "" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char rule[200];

		snprintf(rule, sizeof(rule), "{ path = \"/a\"; %s }",
		    t[i].need);
		STREQ(hear(t[i].site, rule).text, t[i].heard);
	}
}

static void
names_of_clerk(void)
{
	static const struct {
		const char *site, *need;
		bool told;
	} t[] = {
		{ CLERK, "roles_any = [ \"org:admin\", \"org:x\" ];", false },
		{ CLERK, "roles_any = [ \"org:admin\", \"admin\" ];", true },
		{ CLERK, "roles_all = [ \"Org:admin\" ];", true },
		{ CLERK, "permissions_any = [ \"posts:read\" ];", true },
		{ CLERK, "permissions_all = [ \"org:posts:read\" ];", false },
		{ ORY_ROLES, "roles_any = [ \"admin\" ];", false },
		{ MIXED, "roles_any = [ \"admin\" ];", false },
		{ MIXED,
		    "roles_any = [ \"admin\" ]; providers = [ \"clerk\" "
		    "];",
		    true },
		{ MIXED, "permissions_any = [ \"posts:read\" ];", true },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char rule[200];
		struct heard h;

		snprintf(rule, sizeof(rule), "{ path = \"/a\"; %s }",
		    t[i].need);
		h = hear(t[i].site, rule);
		INTEQ(h.n, t[i].told);
		CHECK(!t[i].told || strstr(h.text, "org:") != NULL);
	}
}

static void
suffixes(void)
{
	static const struct {
		const char *path;
		bool told;
	} t[] = {
		{ "/open", false },
		{ "/open/*", false },
		{ "/open/*/", false },
		{ "/open/**", false },
		{ "/open?", false },
		{ "/open/*.css", true },
		{ "/**.css", true },
		{ "/*/open", true },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char rule[200];

		snprintf(rule, sizeof(rule),
		    "{ path = \"%s\"; access = \"anyone\"; }", t[i].path);
		INTEQ(hear(ORY, rule).n, t[i].told);
		snprintf(rule, sizeof(rule), "{ path = \"%s\"; }", t[i].path);
		INTEQ(hear(ORY, rule).n, 0);
	}
}

static const struct tap_case cases[] = {
	{ "a rule that another one covers is told, by its number", order },
	{ "a need that no provider tells of is met by nobody", needs },
	{ "a subject without a provider is a user of any", subjects },
	{ "a name that Clerk never tells is told", names_of_clerk },
	{ "a rule that opens names by their end opens programs", suffixes },
};
TAP_MAIN(cases)
