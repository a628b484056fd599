/* SPDX-License-Identifier: MIT */
/* conf/view: printed and loaded again it is the same; what needs a restart. */
#include "tap.h"

#include "base/log.h"
#include "conf/conf.h"
#include "conf/keys.h"
#include "io/db.h"
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
    "  write_ttl = \"0s\"; stale_if_error = \"1m\";\n"
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

static void
restart(void)
{
	static const struct {
		const char *more, *key;
	} t[] = {
		{ "", NULL },
		{ "bio_max = 5;", NULL },
		{ "log: { level = \"debug\"; };", NULL },
		{ "listen = \"unix:/x\";", "listen" },
		{ "listen_mode = \"0600\";", "listen_mode" },
		{ "listen_group = \"g\";", "listen_group" },
		{ "pid_file = \"/x\";", "pid_file" },
		{ "cache: { path = \"/x\"; };", "cache.path" },
		{ "cache: { size = \"8MiB\"; };", "cache.size" },
		{ "clerk: { issuer = \"https://x\"; };", NULL },
	};
	struct conf *was = files_good_conf("https://a.example", "");

	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf *is =
		    files_good_conf("https://a.example", t[i].more);

		tap_row("%s", t[i].more);
		STREQ(conf_needs_restart(was, is), t[i].key);
		STREQ(conf_needs_restart(is, was), t[i].key);
		conf_free(&is);
	}
	conf_free(&was);
}

static void
options(void)
{
	static const char *const levels[] = { "error", "warn", "info",
		"debug" };
	struct log_options o;
	struct db_options d;
	struct conf *c;
	char more[80];

	for (size_t i = 0; i < ROWS(levels); i++) {
		snprintf(more, sizeof(more), "log: { level = \"%s\"; };",
		    levels[i]);
		c = files_good_conf("https://a.example", more);
		conf_log_options(c, &o);
		INTEQ(o.level, i);
		INTEQ(o.format, FORMAT_JSON);
		STREQ(o.target, "stderr");
		conf_free(&c);
	}
	c = files_good_conf("https://a.example",
	    "log: { format = \"text\"; }; database: { prepare = false;\n"
	    "connect_timeout = \"50ms\"; statement_timeout = \"1m\"; };");
	conf_log_options(c, &o);
	conf_db_options(c, &d);
	INTEQ(o.format, FORMAT_TEXT);
	CHECK(!d.prepare);
	INTEQ(d.connect_timeout_ms, 50);
	INTEQ(d.statement_timeout_ms, 60000);
	STREQ(d.url, "postgresql:///gatehouse");
	conf_free(&c);
}

static const struct tap_case cases[] = {
	{ "what is printed can be loaded, and is the same", round_trip },
	{ "a password or secret key is never printed", masked },
	{ "keys that only a restart changes are named", restart },
	{ "the log and the database get what was configured", options },
};
TAP_MAIN(cases)
