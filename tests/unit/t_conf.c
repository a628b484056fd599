/* SPDX-License-Identifier: MIT */
/* conf/conf: files as a whole, problems with their place, open passwords. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ORY "ory: { url = \"https://a.example\"; };\n"

static void
defaults(void)
{
	struct conf *c = files_conf(ORY);

	if (!CHECK(c != NULL))
		return;
	INTEQ(c->providers.n, 1);
	STREQ(c->providers.item[0], "ory");
	INTEQ(c->max_body, 65536);
	INTEQ(c->bio_max, 2000);
	INTEQ(c->listen_mode, 0660);
	INTEQ(c->ory.timeout, 1500);
	STREQ(c->ory.url, "https://a.example");
	STREQ(c->ory.email, "traits.email");
	CHECK(c->ory.cookies && !c->ory.insecure_http);
	INTEQ(c->ory.cache_ttl, CONF_TTL_PROVIDER);
	INTEQ(c->ory.write_ttl, CONF_TTL_SAME);
	INTEQ(c->ory.stale_if_error, 0);
	INTEQ(c->ory.webhook_secret.n + c->clerk.webhook_secret.n, 0);
	INTEQ(c->revocation.bound, 5000);
	INTEQ(c->revocation.keep, 30LL * 24 * 3600 * 1000);
	STREQ(c->database.url, "postgresql:///gatehouse");
	CHECK(c->database.migrate && c->database.prepare);
	INTEQ(c->database.statement_timeout, 2000);
	INTEQ(c->workers.min, 2);
	INTEQ(c->workers.max, 8);
	INTEQ(c->workers.request_timeout, 4000);
	INTEQ(c->workers.stop_timeout, 7000);
	INTEQ(c->cors.allow_origins.n, 0);
	INTEQ(c->cors.max_age, 600000);
	STREQ(c->log.target, "stderr");
	STREQ(c->public_url, "");
	STREQ(c->file, files_path("t.conf"));
	conf_free(&c);
	CHECK(c == NULL);
}

static void
values(void)
{
	struct conf *c = files_conf(
	    "providers = [ \"ory\" ];\n"
	    "ory: { url = \"https://a.example\"; cookies = false;\n"
	    "  cookie_names = ( \"a\", \"b\" ); };\n"
	    "cors = { allow_origins = [ \"https://b.example\",\n"
	    "    \"https://c.example\" ]; };\n"
	    "listen_mode = \"0600\"; max_body = \"1KiB\";\n");

	if (!CHECK(c != NULL))
		return;
	CHECK(!c->ory.cookies);
	INTEQ(c->ory.cookie_names.n, 2);
	STREQ(c->ory.cookie_names.item[1], "b");
	STREQ(c->cors.allow_origins.item[1], "https://c.example");
	CHECK(conf_list_has(&c->cors.allow_origins, "https://b.example"));
	CHECK(!conf_list_has(&c->cors.allow_origins, "https://B.example"));
	CHECK(!conf_list_has(&c->cors.allow_origins, ""));
	INTEQ(c->listen_mode, 0600);
	INTEQ(c->max_body, 1024);
	conf_free(&c);
}

static void
problems(void)
{
	static const struct {
		const char *text, *problem;
	} t[] = {
		{ "a = 1;\n", "t.conf:1: a: there is no such key" },
		{ "\n\nori: { url = \"x\"; };\n",
		    "t.conf:3: ori: there is no such key" },
		{ "ory: {\n  ulr = \"x\";\n};\n",
		    "t.conf:2: ory.ulr: there is no such key" },
		{ "ory: {\n  deep: {\n url = \"x\"; }; };\n",
		    "t.conf:2: ory.deep: there is no such key" },
		{ "ory = \"https://a.example\";\n",
		    "t.conf:1: ory: must be a group: { … }" },
		{ "ory = [ \"a\" ];\n",
		    "t.conf:1: ory: must be a group: { … }" },
		{ "\nbio_max = \"5\";\n",
		    "t.conf:2: bio_max: must be a whole number" },
		{ "\nbio_max = ;\n", "t.conf:2: syntax error" },
		{ "bio_max = 5\nmax_body = \n", "t.conf:3: syntax error" },
		{ "bio_max = 5;\nbio_max = 6;\n",
		    "t.conf:2: duplicate setting name" },
		{ "log: {\nlevel = \"loud\"; };\n",
		    "t.conf:2: log.level: must be one of "
		    "error|warn|info|debug" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf *c = files_conf(t[i].text);

		tap_row("%s", t[i].text);
		CHECK(c == NULL);
		STREQ(files_problem(0), t[i].problem);
		conf_free(&c);
	}
}

static void
all_at_once(void)
{
	char text[8192] = "";
	struct conf *c =
	    files_conf("a = 1;\nbio_max = 0;\nory: { x = 1;\ny = 2; };\n");

	CHECK(c == NULL);
	STREQ(files_problem(0), "t.conf:1: a: there is no such key");
	STREQ(files_problem(1), "t.conf:2: bio_max: must be from 1 to 100000");
	STREQ(files_problem(2), "t.conf:3: ory.x: there is no such key");
	STREQ(files_problem(3), "t.conf:4: ory.y: there is no such key");
	STREQ(files_problem(4), "");
	for (int i = 0; i < 100; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "k%d = 1;\n", i);
	CHECK(files_conf(text) == NULL);
	STREQ(files_problem(CONF_PROBLEMS_MAX - 1),
	    "t.conf:32: k31: there is no such key");
	STREQ(files_problem(CONF_PROBLEMS_MAX), "");
}

static void
no_file(void)
{
	static const char *const names[] = { "absent.conf", "folder", "" };
	static struct conf_problems p;

	mkdir(files_path("folder"), 0755);
	for (size_t i = 0; i < ROWS(names); i++) {
		struct conf *c = conf_load(files_path(names[i]), &p);

		tap_row("%s", names[i]);
		CHECK(c == NULL);
		INTEQ(p.n, 1);
		CHECK(strstr(p.text[0], "cannot be read") != NULL);
	}
	tap_row("%s", "empty");
	CHECK(files_conf("") == NULL); /* no ory at all: a rule says so */
	CHECK(strstr(files_problem(0), "ory.project_slug") != NULL);
}

static void
open_password(void)
{
	static const struct {
		const char *url;
		mode_t mode;
		bool good;
	} t[] = {
		{ "postgresql://u:p@h/d", 0600, true },
		{ "postgresql://u:p@h/d", 0640, true },
		{ "postgresql://u:p@h/d", 0644, false },
		{ "postgresql://u:p@h/d", 0604, false },
		{ "host=h password=p", 0644, false },
		{ "postgresql://u@h/d", 0644, true },
		{ "env:T_DB", 0644, true },
		{ "file:dsn", 0644, true },
	};
	static struct conf_problems p;
	char text[300];

	setenv("T_DB", "postgresql://u:fromenv@h/d", 1);
	files_write("dsn", "postgresql://u:fromfile@h/d\n", 0640);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf *c;

		tap_row("%s in a file of mode %o", t[i].url, t[i].mode);
		snprintf(text, sizeof(text),
		    ORY "database: { url = \"%s\"; };\n", t[i].url);
		c = conf_load(files_write("pw.conf", text, t[i].mode), &p);
		INTEQ(c != NULL, t[i].good);
		if (c == NULL)
			CHECK(strstr(p.text[0], "pw.conf:2: database.url: "
						"holds a secret") != NULL);
		conf_free(&c);
	}
	unsetenv("T_DB");
	tap_row("%s", "a reference that leads nowhere");
	CHECK(files_conf(ORY "database: { url = \"env:T_DB\"; };") == NULL);
	STREQ(files_problem(0), "t.conf:2: database.url: environment "
				"variable T_DB is not set");
}

/* A file that others can read does not become closed by an @include. */
static void
included(void)
{
	static struct conf_problems p;
	struct conf *c;
	char text[400];

	files_write("inc.conf", "database: { url = \n"
				"\"postgresql://u:p@h/d\"; };\n", 0644);
	snprintf(text, sizeof(text), ORY "@include \"%s\"\n",
	    files_path("inc.conf"));
	c = conf_load(files_write("main.conf", text, 0600), &p);
	CHECK(c == NULL);
	conf_free(&c);
	files_write("inc.conf", "\nnonsense = 1;\n", 0600);
	CHECK(conf_load(files_path("main.conf"), &p) == NULL);
	CHECK(strstr(p.text[0], "inc.conf:2: nonsense") != NULL);
}

static const struct tap_case cases[] = {
	{ "what is not written has its default", defaults },
	{ "what is written is in force, lists too", values },
	{ "a problem names file, line and key", problems },
	{ "all problems are told at once, up to a ceiling", all_at_once },
	{ "a file that cannot be read is a problem, not an end", no_file },
	{ "a password in a file others can read is refused", open_password },
	{ "included files are judged like the file itself", included },
};
TAP_MAIN(cases)
