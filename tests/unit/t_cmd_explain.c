/* SPDX-License-Identifier: MIT */
/* cmd/cmd_explain: the guard's decision in words, and its exit status. */
#include "tap.h"

#include "cmd/cmd_explain.h"
#include "conf/conf.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 5 };

static const char rules[] =
    "guard: { rules = ("
    " { path = \"/open/\"; access = \"anyone\"; },"
    " { path = \"/shut/\"; access = \"nobody\"; },"
    " { path = \"/admin/\"; methods = [ \"GET\", \"POST\" ];"
    "   roles_any = [ \"admin\", \"boss\" ]; aal = \"aal2\"; },"
    " { path = \"/strong/\"; aal = \"aal2\"; max_age = \"1h\"; },"
    " { path = \"/mail/\"; email_domains = [ \"example.org\" ]; },"
    " { path = \"/forms/\"; cross_site = true; },"
    " { path = \"/in/\"; subjects = [ \"" WORLD_USER "\" ]; } ); };";

/* What was said, and complained about; static. */
struct said {
	int status;
	char *out, *complaints;
};

static struct said
explain(const struct conf *c, const char *const *words, const char *typed)
{
	static struct said said;
	size_t n, m;
	FILE *in = fopen(files_write("in", typed, 0600), "r");
	FILE *out, *complaints;
	char *argv[WORDS];
	int argc = 0;

	free(said.out);
	free(said.complaints);
	out = open_memstream(&said.out, &n);
	complaints = open_memstream(&said.complaints, &m);
	for (; argc < WORDS && words[argc] != NULL; argc++)
		argv[argc] = strdup(words[argc]);
	said.status = cmd_explain(c, argc, argv, in, out, complaints);
	while (argc > 0)
		free(argv[--argc]);
	fclose(in);
	fclose(out);
	fclose(complaints);
	return said;
}

static void
decisions(void)
{
	static const struct {
		const char *path, *method, *typed;
		int provider, status;
		const char *said[4];
	} t[] = {
		{ "/open/a?b", "GET", "", 200, 0,
		    { "path         /open/a\nmethod       GET\n",
			"rule         guard.rules.[0] path = \"/open/\"\n",
			"access       anyone\n",
			"answer       may pass: 200 to an authorizer" } },
		{ "/shut/", "GET", WORLD_TOKEN, 200, 1,
		    { "guard.rules.[1]", "access       nobody\n",
			"answer       403 permission_denied, not_allowed\n" } },
		{ "/nowhere", "GET", WORLD_TOKEN, 200, 1,
		    { "rule         none is for this path and method",
			"answer       403 permission_denied, not_allowed\n" } },
		{ "/admin/x", "DELETE", WORLD_TOKEN, 200, 1,
		    { "rule         none is for this path and method" } },
		{ "/admin/x", "HEAD", WORLD_TOKEN "\n", 200, 1,
		    { "[2] path = \"/admin/\", methods = [ \"GET\", ",
			"subject      " WORLD_USER "\n",
			"need         roles_any = [ \"admin\", \"boss\" ]: "
			"NOT MET (none of roles_any)\n"
			"need         aal = \"aal2\": NOT MET (aal: ",
			"403 permission_denied, not_allowed\n" } },
		{ "/strong/", "GET", WORLD_TOKEN, 200, 1,
		    { "need         max_age = \"1h\": NOT MET (",
			"403 permission_denied, second_factor_required\n" } },
		{ "/mail/", "GET", WORLD_TOKEN, 200, 1,
		    { "verified     no\n",
			"NOT MET (email_domains: the address is not " } },
		{ "/in/", "GET", WORLD_TOKEN, 200, 0,
		    { "need         subjects = [ \"" WORLD_USER "\" ]: met\n",
			"answer       may pass" } },
		{ "/in/", "GET", "", 200, 1,
		    { "credential   none\n", "verdict      anonymous\n",
			"need         subjects = [ \"" WORLD_USER "\" ]\n",
			"answer       401 unauthenticated\n" } },
		{ "/in/", "GET", "\n", 200, 1, { "401 unauthenticated\n" } },
		{ "/in/", "GET", WORLD_TOKEN, 401, 1,
		    { "verdict      denied\n", "401 unauthenticated\n" } },
		{ "/in/", "POST", "ory_kratos_session=x", 200, 0,
		    { "note         with a cookie only from a page of this "
		      "site",
			"answer       may pass" } },
		{ "/in/", "POST", WORLD_TOKEN, 200, 0, { "may pass" } },
		{ "/in/%2e%2e/open", "GET", "", 200, 1,
		    { "path         refused: it holds \"//\", ",
			"answer       400 invalid_argument\n" } },
		{ "in", "GET", "", 200, 1,
		    { "path         refused: it does not begin with \"/\"" } },
		{ "/IN/", "GET", WORLD_TOKEN, 200, 1,
		    { "rule         refused: ", "400 invalid_argument\n" } },
		{ "/in/", "get", WORLD_TOKEN, 200, 1,
		    { "rule         refused: ", "400 invalid_argument\n" } },
		{ "/in/", "GET", WORLD_TOKEN, 403, 1,
		    { "verdict      step_up\n", "second_factor_required\n" } },
		{ "/in/", "GET", WORLD_TOKEN, 500, 3,
		    { "verdict      unsure\n",
			"answer       503 unavailable, provider_unava" } },
	};
	struct world w;

	world_open(&w, NULL, rules);
	for (size_t i = 0; i < ROWS(t); i++) {
		const char *const words[] = { "--method", t[i].method, "--path",
			t[i].path, NULL };
		struct said said;

		tap_row("%s %s, \"%s\", provider says %d", t[i].method,
		    t[i].path, t[i].typed, t[i].provider);
		stub_json(w.stub, "/sessions/whoami", t[i].provider, "",
		    t[i].provider == 401 ? WORLD_E1
		    : t[i].provider == 403
			? "{\"error\":{\"id\":\"session_aal2_required\"}}"
			: WORLD_SESSION);
		said = explain(w.conf, words, t[i].typed);
		INTEQ(said.status, t[i].status);
		STREQ(said.complaints, "");
		for (int k = 0; k < 4 && t[i].said[k] != NULL; k++)
			if (!CHECK(strstr(said.out, t[i].said[k]) != NULL))
				STREQ(said.out, t[i].said[k]);
		CHECK(strstr(said.out, WORLD_TOKEN) == NULL);
		INTEQ(strstr(said.out, "note ") != NULL, i == 11);
	}
	world_close(&w);
}

static void
no_rules(void)
{
	static const char *const words[] = { "--path=/any", NULL };
	struct said said;
	struct world w;

	world_open(&w, NULL, "");
	said = explain(w.conf, words, WORLD_TOKEN);
	INTEQ(said.status, 0);
	CHECK(strstr(said.out,
		  "rule         none are configured: whoever is signed in\n") !=
	      NULL);
	CHECK(strstr(said.out, "method       GET\n") != NULL);
	CHECK(strstr(said.out, "need ") == NULL);
	said = explain(w.conf, words, "");
	INTEQ(said.status, 1);
	world_close(&w);
}

static void
wrong_words(void)
{
	static const char *const t[][WORDS] = {
		{ NULL },
		{ "/in/", NULL },
		{ "--path", NULL },
		{ "--path=", NULL },
		{ "--path", "", NULL },
		{ "--method", "GET", NULL },
		{ "--path", "/in/", "--method", NULL },
		{ "--path", "/in/", "--path=/in/", NULL },
		{ "--path", "/in/", "now", NULL },
		{ "--pathx", "/in/", NULL },
		{ "--path", "/in/", "--token=x", NULL },
	};
	struct conf *c = files_good_conf("http://127.0.0.1:1", rules);

	for (size_t i = 0; i < ROWS(t); i++) {
		struct said said = explain(c, t[i], WORLD_TOKEN);

		tap_row("%zu", i);
		INTEQ(said.status, 2);
		STREQ(said.out, "");
		CHECK(strncmp(said.complaints, "usage: gatehouse explain ",
			  25) == 0);
	}
	conf_free(&c);
}

static const struct tap_case cases[] = {
	{ "the rule, its needs and the answer have words, and exit statuses",
	    decisions },
	{ "without rules whoever is signed in may pass", no_rules },
	{ "other words are the usage", wrong_words },
};
TAP_MAIN(cases)
