/* SPDX-License-Identifier: MIT */
/* conf/print: printed and loaded again it is the same, and no secret shows. */
#include "tap.h"

#include "conf/conf.h"
#include "conf/keys.h"
#include "unit/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char full[] =
    "providers = [ \"ory\" ]; public_url = \"https://www.example.com\";\n"
    "base_path = \"/api\"; listen = \"unix:/x/\\\"q\\\\\"; "
    "listen_mode = \"0600\";\n"
    "listen_group = \"g\"; pid_file = \"/p\"; max_body = \"1025B\"; "
    "bio_max = 7;\n"
    "ory: { url = \"https://a.example\"; cookie_names = [ \"a\", \"b\" ];\n"
    "  cookies = false; timeout = \"59s\"; cache_ttl = \"7s\";\n"
    "  roles = \"metadata_public.roles\"; write_ttl = \"0s\"; stale_if_error = "
    "\"1m\";\n"
    "  admin_url = \"http://127.0.0.1:4434\"; };\n"
    "database: { url = \"postgresql://u@h/d\"; migrate = false; };\n"
    "workers: { min = 3; max = 9; max_requests = 5; };\n"
    "clerk: { secret_key = \"env:T_KEY\"; issuer = \"https://i.x\";\n"
    "  jwt_key = \"file:pem\"; };\n"
    "oidc: ( { name = \"a\"; issuer = \"https://a.x\"; audience = [ \"u\" ];"
    " },\n"
    "  { name = \"b\"; issuer = \"https://b.x\"; audience = ( \"u\", \"v\" "
    ");\n"
    "  algorithms = [ \"ES256\", \"EdDSA\" ]; aal2_acr = [ \"x\" ];\n"
    "  require_aal2 = true; clock_skew = \"0s\"; } );\n"
    "cache: { path = \"/c\"; size = \"5MiB\"; };\n"
    "guard: { rules = ( { path = \"/admin/\"; roles_any = [ \"a\", \"b, c\""
    " ];\n"
    "  methods = [ \"GET\" ]; aal = \"aal2\"; max_age = \"90m\"; },\n"
    "  { path = \"/ö/**/\\\"x?\"; access = \"anyone\"; },\n"
    "  { path = \"/\"; cross_site = true; } ); };\n"
    "revocation: { bound = \"1s\"; keep = \"7d\"; };\n"
    "rate: { per_address = \"20/s\"; per_subject = \"61/h burst 3\"; };\n"
    "cors: { allow_origins = [ \"https://b.x\" ]; max_age = \"0s\"; };\n"
    "log: { level = \"debug\"; format = \"text\"; target = \"syslog\";\n"
    "  slow = \"59s\"; };\n";

static char *
printed(const struct conf *c)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	conf_print(c, out);
	fclose(out);
	return text;
}

static void
round_trip(void)
{
	struct conf *first, *second;
	char *text, *again;

	unsetenv("T_KEY");
	setenv("T_KEY", "sk_test_canary1", 1);
	files_write("pem", "-----BEGIN X-----\nYQ==\n-----END X-----\n", 0644);
	first = files_conf(full);
	STREQ(files_problem(0), "");
	text = printed(first);
	second = files_conf(text);
	STREQ(files_problem(0), "");
	if (CHECK(second != NULL)) {
		again = printed(second);
		STREQ(again, text);
		free(again);
		STREQ(second->listen, "unix:/x/\"q\\");
		INTEQ(second->max_body, 1025);
		INTEQ(second->ory.cookie_names.n, 2);
		STREQ(second->clerk.jwt_key, first->clerk.jwt_key);
		CHECK(strchr(second->clerk.jwt_key, '\n') != NULL);
		INTEQ(second->n_oidc, 2);
		STREQ(second->oidc[0].algorithms.item[0], "RS256");
		STREQ(second->oidc[1].audience.item[1], "v");
		CHECK(second->oidc[1].require_aal2);
		INTEQ(second->guard.n_rules, 3);
		STREQ(second->guard.rules[0].roles_any.item[1], "b, c");
		STREQ(second->guard.rules[0].aal, "aal2");
		INTEQ(second->guard.rules[0].max_age, 5400000);
		STREQ(second->guard.rules[1].path, "/ö/**/\"x?");
		STREQ(second->guard.rules[1].access, "anyone");
		CHECK(second->guard.rules[2].cross_site);
		STREQ(second->ory.roles, "metadata_public.roles");
		INTEQ(second->ory.cache_ttl, 7000);
		INTEQ(second->ory.write_ttl, 0);
		INTEQ(second->rate.per_address.interval_us, 50000);
		INTEQ(second->rate.per_address.burst, 20);
		INTEQ(second->rate.per_subject.interval_us,
		    first->rate.per_subject.interval_us);
		INTEQ(second->rate.per_subject.burst, 3);
		CHECK(conf_needs_restart(first, second) == NULL);
	}
	for (const struct conf_key *k = conf_keys; k->path != NULL; k++) {
		const char *dot = strrchr(k->path, '.');

		tap_row("%s", k->path);
		CHECK(strstr(text, dot == NULL ? k->path : dot + 1) != NULL);
	}
	free(text);
	conf_free(&first);
	conf_free(&second);
}

static void
masked(void)
{
	struct conf *c;
	char *text;

	setenv("T_DB", "postgresql://u:hunter2@h/d", 1);
	setenv("T_KEY", "sk_test_hunter2", 1);
	setenv("T_HOOK", "hunter2/hunter2/hunter2", 1);
	c = files_conf(
	    "ory: { url = \"https://a.example\"; admin_url = \"https://b.x\";\n"
	    "  admin_token = \"hunter2hunter2\"; webhook_secret =\n"
	    "  [ \"hunter2hunter2hunter2\", \"env:T_HOOK\" ]; };\n"
	    "database: { url = \"env:T_DB\"; };\n"
	    "clerk: { secret_key = \"env:T_KEY\"; webhook_secret = "
	    "\"hunter2\"; };");
	STREQ(files_problem(0), "");
	if (c == NULL)
		return;
	STREQ(c->clerk.secret_key, "sk_test_hunter2");
	STREQ(c->database.url, "postgresql://u:hunter2@h/d");
	text = printed(c);
	CHECK(strstr(text, "hunter2") == NULL);
	CHECK(strstr(text, "url = \"(hidden)\";") != NULL);
	CHECK(strstr(text, "secret_key = \"(hidden)\";") != NULL);
	CHECK(strstr(text, "admin_token = \"(hidden)\";") != NULL);
	CHECK(strstr(text,
		  "webhook_secret = [ \"(hidden)\", \"(hidden)\" ];") != NULL);
	CHECK(strstr(text, "webhook_secret = [ \"(hidden)\" ];") != NULL);
	CHECK(files_conf(text) == NULL); /* nobody's secret by mistake */
	free(text);
	conf_free(&c);
}

/* As a person would write it: a group, and the list in it. */
static void
layout(void)
{
	static const char want[] = "guard: {\n\trules: ( {\n"
				   "\t\tpath = \"/a\";\n"
				   "\t\tmethods = [ ];\n";
	struct conf *c = files_good_conf("https://a.example",
	    "guard: { rules = ( { path = \"/a\"; }, { path = \"/b\"; } ); };");
	char *text = printed(c);

	CHECK(strstr(text, want) != NULL);
	CHECK(strstr(text, "\t}, {\n\t\tpath = \"/b\";\n") != NULL);
	CHECK(strstr(text, "\t} );\n};\n") != NULL);
	CHECK(strstr(text, "\noidc: ( );\n") != NULL);
	free(text);
	conf_free(&c);
	c = files_good_conf("https://a.example", "");
	text = printed(c);
	CHECK(strstr(text, "\nguard: {\n\trules: ( );\n};\n") != NULL);
	free(text);
	conf_free(&c);
}

static void
one_key(void)
{
	static const struct {
		const char *key, *want;
	} t[] = {
		{ "path", "path = \"/a\"" },
		{ "roles_any", "roles_any = [ \"x\", \"y\" ]" },
		{ "max_age", "max_age = \"1h\"" },
		{ "contact", "contact = false" },
		{ "nonsense", "" },
	};
	struct conf *c = files_good_conf("https://a.example",
	    "guard: { rules = ( { path = \"/a\"; roles_any = [ \"x\", \"y\" ]; "
	    "max_age = \"60m\"; } ); };");

	for (size_t i = 0; i < ROWS(t); i++) {
		char *text = NULL;
		size_t n;
		FILE *out = open_memstream(&text, &n);

		tap_row("%s", t[i].key);
		conf_print_of_rule(&c->guard.rules[0], t[i].key, out);
		fclose(out);
		STREQ(text, t[i].want);
		free(text);
	}
	conf_free(&c);
}

static const struct tap_case cases[] = {
	{ "what is printed can be loaded, and is the same", round_trip },
	{ "a password or secret key is never printed", masked },
	{ "a list of groups in a group is printed as one", layout },
	{ "a key of a rule is printed alone in the same way", one_key },
};
TAP_MAIN(cases)
