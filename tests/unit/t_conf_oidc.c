/* SPDX-License-Identifier: MIT */
/* conf/conf: lists of groups, lists of one, keys that are public. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/files.h"
#include "unit/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORY "ory: { url = \"https://a.x\"; };\n"
#define GROUP(name, more)                                                      \
	"{ name = \"" name "\"; issuer = \"https://" name ".x\"; "             \
	"audience = [ \"u\" ]; " more "}"

static void
groups(void)
{
	struct conf *c = files_conf(ORY
	    "oidc: (\n" GROUP("a", "algorithms = [ \"ES256\", \"PS512\" ]; "
				   "timeout = \"2s\";") ",\n" GROUP("b",
		"require_aal2 = true; aal2_amr = [ \"otp\" ];") ");\n");

	STREQ(files_problem(0), "");
	if (!CHECK(c != NULL))
		return;
	INTEQ(c->n_oidc, 2);
	STREQ(c->oidc[0].name, "a");
	INTEQ(c->oidc[0].algorithms.n, 2);
	STREQ(c->oidc[0].algorithms.item[1], "PS512");
	INTEQ(c->oidc[0].timeout, 2000);
	CHECK(!c->oidc[0].require_aal2);
	tap_row("%s", "each has the presets of its own");
	STREQ(c->oidc[1].issuer, "https://b.x");
	INTEQ(c->oidc[1].algorithms.n, 1);
	STREQ(c->oidc[1].algorithms.item[0], "RS256");
	INTEQ(c->oidc[1].timeout, 1500);
	INTEQ(c->oidc[1].clock_skew, 5000);
	STREQ(c->oidc[1].email_claim, "email");
	STREQ(c->oidc[1].name_claim, "name");
	STREQ(c->oidc[1].jwks_url, "");
	CHECK(c->oidc[1].require_aal2);
	CHECK(conf_find_oidc(c, "b") == &c->oidc[1]);
	CHECK(conf_find_oidc(c, "B") == NULL);
	CHECK(conf_find_oidc(c, "") == NULL);
	conf_free(&c);
}

static void
none(void)
{
	static const char *const t[] = { "", "oidc: ();\n", "oidc = ( );\n" };

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[200];
		struct conf *c;

		tap_row("%s", t[i]);
		snprintf(text, sizeof(text), ORY "%s", t[i]);
		c = files_conf(text);
		if (CHECK(c != NULL)) {
			INTEQ(c->n_oidc, 0);
			CHECK(conf_find_oidc(c, "") == NULL);
		}
		conf_free(&c);
	}
}

#define LIST "t.conf:2: oidc: must be a list of groups: ( { … }, { … } )"

static void
problems(void)
{
	static const struct {
		const char *text, *problem;
	} t[] = {
		{ "oidc: { name = \"a\"; };", LIST },
		{ "oidc = \"a\";", LIST },
		{ "oidc = [ \"a\" ];", LIST },
		{ "oidc = ( \"a\" );", LIST },
		{ "oidc: ( ( ) );", LIST },
		{ "oidc: ( { nme = \"a\"; } );",
		    "t.conf:2: oidc.[0].nme: there is no such key" },
		{ "oidc: (\n{ name = \"a\"; },\n{ name = 7; } );",
		    "t.conf:4: oidc.[1].name: must be a string, in double "
		    "quotes" },
		{ "oidc: ( { name = \"a\"; name = \"b\"; } );",
		    "t.conf:2: duplicate setting name" },
		{ "oidc: ( );\noidc: ( );",
		    "t.conf:3: duplicate setting name" },
		{ "oidc: ( { timeout = \"1ms\"; } );",
		    "t.conf:2: oidc.[0].timeout: must be from 50ms to 1m" },
		{ "oidc: ( { algorithms = \"RS256\"; } );",
		    "t.conf:2: oidc.[0].algorithms: must be a list such as [ "
		    "\"a\", \"b\" ]" },
		/* a rule: where the key is, or else its group */
		{ "oidc: ( {\nname = \"a b\";\nissuer = \"https://a.x\"; "
		  "audience = [ \"u\" ]; } );",
		    "t.conf:3: oidc.[0].name: must be 1 to 63 letters, "
		    "digits, - and _, and neither ory nor clerk" },
		{ "oidc: (\n" GROUP("a", "") ",\n{ name = \"b\"; "
					     "issuer = \"https://b.x\"; } );",
		    "t.conf:4: oidc.[1].audience: must name at least one "
		    "audience: a token for somebody else must not be good "
		    "here" },
		{ "oidc: (\n" GROUP("a", "") ",\n" GROUP("a", "") ");",
		    "t.conf:4: oidc.[1].name: stands twice" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[600];
		struct conf *c;

		tap_row("%s", t[i].text);
		snprintf(text, sizeof(text), ORY "%s\n", t[i].text);
		c = files_conf(text);
		CHECK(c == NULL);
		STREQ(files_problem(0), t[i].problem);
		conf_free(&c);
	}
}

/* n groups of names a, b, c … */
static struct conf *
many(int n)
{
	char text[4096] = ORY "oidc: (\n";

	for (int i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s{ name = \"%c\"; issuer = \"https://%c.x\"; audience = "
		    "[ \"u\" ]; }",
		    i > 0 ? ",\n" : "", 'a' + i, 'a' + i);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), " );\n");
	return files_conf(text);
}

static void
ceiling(void)
{
	struct conf *c = many(CONF_OIDC_MAX);

	if (CHECK(c != NULL))
		INTEQ(c->n_oidc, CONF_OIDC_MAX);
	conf_free(&c);
	for (int over = 1; over < 4; over++) {
		c = many(CONF_OIDC_MAX + over);
		CHECK(c == NULL);
		STREQ(files_problem(0),
		    "t.conf:11: oidc: one group more than there may be");
		STREQ(files_problem(1), "");
	}
}

/* A list of one may be written as a string, where the key allows it. */
static void
one(void)
{
	static const struct {
		const char *issuer;
		int n; /* -1: refused */
	} t[] = {
		{ "\"https://a.x\"", 1 },
		{ "[ \"https://a.x\" ]", 1 },
		{ "( \"https://a.x\", \"https://b.x\" )", 2 },
		{ "\"\"", 0 },
		{ "7", -1 },
		{ "[ ]", 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[200];
		struct conf *c;

		tap_row("%s", t[i].issuer);
		snprintf(text, sizeof(text), ORY "clerk: { issuer = %s; };\n",
		    t[i].issuer);
		c = files_conf(text);
		INTEQ(c == NULL ? -1 : c->clerk.issuer.n, t[i].n);
		if (t[i].n > 0 && c != NULL)
			STREQ(c->clerk.issuer.item[0], "https://a.x");
		conf_free(&c);
	}
}

static const struct tap_case cases[] = {
	{ "each group of a list is a provider of its own", groups },
	{ "there may be none", none },
	{ "a problem in a group names its line", problems },
	{ "there are so many groups, and no more", ceiling },
	{ "a list of one may be a string where a key says so", one },
};
TAP_MAIN(cases)
