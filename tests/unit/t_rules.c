/* SPDX-License-Identifier: MIT */
/* conf/rules: what must fit together. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/files.h"

#include <string.h>

#define URL "ory: { url = \"https://a.example\"; };\n"
#define TRACE(more) URL "trace: { " more " };\n"
#define ORY(more) "ory: { url = \"https://a.example\"; " more " };\n"

static void
rules(void)
{
	static const struct {
		const char *text, *key; /* NULL: no problem */
	} t[] = {
		{ URL, NULL },
		{ "ory: { project_slug = \"happy-cori-abc123\"; };\n", NULL },
		{ "", "ory.project_slug" },
		{ "ory: { project_slug = \"x\"; url = \"https://a.x\"; };\n",
		    "ory.url" },
		{ "ory: { project_slug = \"a.evil.example/\"; };\n",
		    "ory.project_slug" },
		{ "ory: { project_slug = \"-a\"; };\n", "ory.project_slug" },
		{ "ory: { url = \"http://auth.example.org\"; };\n", "ory.url" },
		{ "ory: { url = \"http://auth.example.org\"; "
		  "insecure_http = true; };\n",
		    NULL },
		{ "ory: { url = \"http://127.0.0.1:4433\"; };\n", NULL },
		{ "ory: { url = \"auth.example.org\"; };\n", "ory.url" },
		{ ORY("browser_url = \"http://a.example/.ory\";"), NULL },
		{ ORY("browser_url = \"/.ory\";"), "ory.browser_url" },
		{ ORY("ui_url = \"javascript:alert(1)\";"), "ory.ui_url" },
		{ ORY("cookie_names = [ \"a=b\" ];"), "ory.cookie_names" },
		{ ORY("cookie_names = [ \"a b\" ];"), "ory.cookie_names" },
		{ ORY("cookie_names = [ \"a;b\" ];"), "ory.cookie_names" },
		{ ORY("email = \"\";"), "ory.email" },
		{ ORY("email = \"traits mail\";"), "ory.email" },
		{ ORY("name = \"$.name\";"), "ory.name" },
		{ URL "providers = [ ];\n", "providers" },
		{ URL "providers = [ \"ory\", \"ory\" ];\n", "providers" },
		{ URL "providers = [ \"nobody\" ];\n", "providers" },
		{ URL "public_url = \"https://www.example.com\";\n", NULL },
		{ URL "public_url = \"http://localhost:4000\";\n", NULL },
		{ URL "public_url = \"https://www.example.com/\";\n",
		    "public_url" },
		{ URL "public_url = \"www.example.com\";\n", "public_url" },
		{ URL "public_url = \"https://u@www.example.com\";\n",
		    "public_url" },
		{ URL "public_url = \"*\";\n", "public_url" },
		{ URL "base_path = \"/api\";\n", NULL },
		{ URL "base_path = \"/a/b-c\";\n", NULL },
		{ URL "base_path = \"api\";\n", "base_path" },
		{ URL "base_path = \"/api/\";\n", "base_path" },
		{ URL "base_path = \"/\";\n", "base_path" },
		{ URL "base_path = \"/a//b\";\n", "base_path" },
		{ URL "base_path = \"/a/../b\";\n", "base_path" },
		{ URL "base_path = \"/a%2fb\";\n", "base_path" },
		{ URL "cors: { allow_origins = [ \"https://b.x\" ]; };\n",
		    NULL },
		{ URL "cors: { allow_origins = [ \"*\" ]; };\n",
		    "cors.allow_origins" },
		{ URL "cors: { allow_origins = [ \"null\" ]; };\n",
		    "cors.allow_origins" },
		{ URL "cors: { allow_origins = [ \"https://*.b.x\" ]; };\n",
		    "cors.allow_origins" },
		{ URL "cors: { allow_origins = [ \"https://b.x/\" ]; };\n",
		    "cors.allow_origins" },
		{ URL "workers: { min = 9; max = 8; };\n", "workers.min" },
		{ URL "workers: { min = 8; max = 8; };\n", NULL },
		{ URL "workers: { request_timeout = \"6s\"; };\n",
		    "workers.stop_timeout" },
		{ URL "workers: { request_timeout = \"5999ms\"; };\n", NULL },
		{ URL "metrics: { allow = [ \"10.0.0.0/8\", \"::1\" ]; };\n",
		    NULL },
		{ URL "metrics: { allow = [ \"10.0.0.1/8\" ]; };\n",
		    "metrics.allow" },
		{ URL "metrics: { allow = [ \"::1\", \"*\" ]; };\n",
		    "metrics.allow" },
		{ URL "log: { target = \"file:/x/y\"; };\n", NULL },
		{ URL "log: { target = \"file:y\"; };\n", "log.target" },
		{ URL "log: { target = \"stdout\"; };\n", "log.target" },
		{ URL "listen = \"unix:/x\";\n", NULL },
		{ URL "listen = \"unix:x\";\n", "listen" },
		{ URL "listen = \"tcp:127.0.0.1:9000\";\n", NULL },
		{ URL "listen = \"tcp:[::1]:9000\";\n", NULL },
		{ URL "listen = \"tcp:[fe80::1%eth0]:9000\";\n", NULL },
		{ URL "listen = \"127.0.0.1:9000\";\n", "listen" },
		{ URL "listen = \"tcp:nonsense\";\n", "listen" },
		{ URL "listen = \"tcp:9000\";\n", "listen" },
		{ URL "listen = \"tcp::9000\";\n", "listen" },
		{ URL "listen = \"tcp:localhost:9000\";\n", "listen" },
		{ URL "listen = \"tcp:127.0.0.1:\";\n", "listen" },
		{ URL "listen = \"tcp:127.0.0.1:65536\";\n", "listen" },
		{ URL "listen = \"tcp:[::1:9000\";\n", "listen" },
		{ TRACE("file = \"/x/trace.json\";"), NULL },
		{ TRACE("file = \"trace.json\";"), "trace.file" },
		{ TRACE("endpoint = \"https://t.x/v1/traces\";"), NULL },
		{ TRACE("endpoint = \"http://localhost:4318/v1/traces\";"),
		    NULL },
		{ TRACE("endpoint = \"http://t.x/v1/traces\";"),
		    "trace.endpoint: plain http" },
		{ TRACE("endpoint = \"https://u:p@t.x/v1/traces\";"),
		    "trace.endpoint" },
		{ TRACE("endpoint = \"https://t.x/v1/traces?key=1\";"),
		    "trace.endpoint: must have no query" },
		{ TRACE("endpoint = \"https://t.x\";"),
		    "trace.endpoint: must have a path" },
		{ TRACE("endpoint = \"https://t.x/\";"),
		    "trace.endpoint: must have a path" },
		{ TRACE("endpoint = \"localhost:4317\";"), "trace.endpoint" },
		{ URL "database: { url = \"mysql://x\"; };\n", "database.url" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf *c = files_conf(t[i].text);

		tap_row("%s", t[i].text);
		INTEQ(c != NULL, t[i].key == NULL);
		if (t[i].key != NULL &&
		    !CHECK(strstr(files_problem(0), t[i].key) != NULL))
			STREQ(files_problem(0), t[i].key);
		conf_free(&c);
	}
}

/* The rule names the line of the key, where there is one. */
static void
places(void)
{
	struct conf *c =
	    files_conf("base_path = \"\";\n" URL "\npublic_url = \"x\";\n");

	CHECK(c == NULL);
	CHECK(strncmp(files_problem(0), "t.conf:4: public_url: ", 22) == 0);
	c = files_conf("base_path = \"\";\n");
	CHECK(c == NULL);
	CHECK(strncmp(files_problem(0), "t.conf: ory.project_slug: ", 26) == 0);
}

/* The way out is told where there is one. */
static void
plain_http(void)
{
	static const struct {
		const char *text, *problem;
	} t[] = {
		{ "ory: { url = \"http://a.x\"; };\n",
		    "ory.url: plain http is allowed to loopback only, or with "
		    "ory.insecure_http = true" },
		{ "ory: { url = \"http://u@a.x\"; };\n", "ory.url: must be" },
		{ "ory: { url = \"http://a.x/?b\"; };\n",
		    "ory.url: must have no query" },
		{ "ory: { url = \"http://a.x/?b\"; insecure_http = true; };\n",
		    "ory.url: must have no query" },
		{ "providers = [ \"clerk\" ]; clerk: { secret_key = "
		  "\"sk_test_abcdefg\"; issuer = \"http://a.x\"; };\n",
		    "clerk.issuer: plain http is allowed to loopback only" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct conf *c = files_conf(t[i].text);
		const char *got = files_problem(0);

		tap_row("%s", t[i].text);
		CHECK(c == NULL);
		if (!CHECK(strstr(got, t[i].problem) != NULL))
			STREQ(got, t[i].problem);
		INTEQ(strstr(got, "insecure_http") != NULL, i == 0);
		conf_free(&c);
	}
}

static const struct tap_case cases[] = {
	{ "each rule refuses its kind and lets the rest be", rules },
	{ "a broken rule names the key and its line", places },
	{ "plain http is told about where it can be allowed", plain_http },
};
TAP_MAIN(cases)
