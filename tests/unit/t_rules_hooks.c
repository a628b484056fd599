/* SPDX-License-Identifier: MIT */
/* conf/rules_auth: webhook secrets, the admin interface, how long to keep. */
#include "tap.h"

#include "conf/conf.h"
#include "unit/files.h"

#include <stdio.h>
#include <string.h>

#define ORY(more) "ory: { url = \"https://a.x\"; " more " };\n"
#define SLUG(more) "ory: { project_slug = \"a-b\"; " more " };\n"
#define CLERK(secret)                                                          \
	"providers = [ \"clerk\" ];\nclerk: { issuer = \"https://i.x\"; "      \
	"secret_key = \"sk_test_abcdefg\"; webhook_secret = " secret "; };\n"
#define NO_SECRET                                                              \
	":2: clerk.webhook_secret: each must be a signing secret: whsec_ "     \
	"and base64"
#define NO_ORY_SECRET                                                          \
	":1: ory.webhook_secret: each must be 16 to 256 visible ASCII"

struct row {
	const char *text, *problem; /* behind "t.conf"; NULL: none */
};

static void
try_rows(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct conf *c = files_conf(t[i].text);
		const char *got = files_problem(0);

		tap_row("%s", t[i].text);
		INTEQ(c != NULL, t[i].problem == NULL);
		if (t[i].problem != NULL &&
		    !CHECK(strstr(got, t[i].problem) != NULL))
			STREQ(got, t[i].problem);
		CHECK(strstr(got, "canary") == NULL);
		conf_free(&c);
	}
}

static void
clerk(void)
{
	static const struct row t[] = {
		{ CLERK("\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\""), NULL },
		{ CLERK("\"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\""), NULL },
		{ CLERK("\"whsec_MA==\""), NULL },
		{ CLERK("\"whsec_MA\""), NULL },
		{ CLERK("[ \"whsec_MA\", \"whsec_MQ\" ]"), NULL },
		{ CLERK("[ ]"), NULL },
		{ CLERK("\"\""), ":2: clerk.webhook_secret: must be a list" },
		{ CLERK("\"whsec_\""), NO_SECRET },
		{ CLERK("\"whsec_canary*\""), NO_SECRET },
		{ CLERK("\"whsec_can ary\""), NO_SECRET },
		{ CLERK("\"whsec_canary=\""), NO_SECRET },
		{ CLERK("\"whsec_canar\""), NO_SECRET },
		{ CLERK("\"whsec_-_canary\""), NO_SECRET },
		{ CLERK("\"whsec_whsec_canary\""), NO_SECRET },
		{ CLERK("[ \"whsec_MA\", \"whsec_canary*\" ]"), NO_SECRET },
		{ CLERK("\"(hidden)\""), NO_SECRET },
	};
	char secret[150], text[400];

	try_rows(t, ROWS(t));
	memset(secret, 'A', sizeof(secret));
	for (int n = 128; n <= 130; n += 2) {
		snprintf(text, sizeof(text), CLERK("\"whsec_%.*s\""), n,
		    secret);
		try_rows(&(struct row){ text, n == 128 ? NULL : NO_SECRET }, 1);
	}
}

static void
ory(void)
{
	static const struct row t[] = {
		{ ORY("webhook_secret = \"0123456789abcde!\";"), NULL },
		{ ORY("webhook_secret = \"0123456789abcde\";"), NO_ORY_SECRET },
		{ ORY("webhook_secret = \"a canary of 16 characters\";"),
		    NO_ORY_SECRET },
		{ ORY("webhook_secret = \"a-canary-in-\xc3\xa4scii\";"),
		    NO_ORY_SECRET },
		{ ORY("webhook_secret = [ \"0123456789abcdef\", \"canary\" ];"),
		    NO_ORY_SECRET },
		{ ORY("webhook_secret = \"(hidden)\";"), NO_ORY_SECRET },
	};
	char secret[300], text[400];

	try_rows(t, ROWS(t));
	memset(secret, '~', sizeof(secret));
	for (int n = 256; n <= 257; n++) {
		snprintf(text, sizeof(text), ORY("webhook_secret = \"%.*s\";"),
		    n, secret);
		try_rows(&(struct row){ text, n == 256 ? NULL : NO_ORY_SECRET },
		    1);
	}
}

static void
admin(void)
{
	static const struct row t[] = {
		{ ORY("admin_url = \"http://127.0.0.1:4434\";"), NULL },
		{ ORY("admin_url = \"https://b.x/kratos\";"), NULL },
		{ ORY("admin_url = \"https://b.x\"; "
		      "admin_token = \"ory_pat_canary\";"),
		    NULL },
		{ SLUG("admin_token = \"ory_pat_canary\";"), NULL },
		{ SLUG(""), NULL },
		{ SLUG("admin_url = \"https://b.x\";"), NULL },
		{ ORY("admin_token = \"ory_pat_canary\";"),
		    ":1: ory.admin_token: needs ory.admin_url" },
		{ ORY("admin_url = \"http://b.x\";"),
		    ":1: ory.admin_url: plain http is allowed to loopback "
		    "only, or with ory.insecure_http = true" },
		{ ORY("admin_url = \"http://b.x\"; insecure_http = true;"),
		    NULL },
		{ ORY("admin_url = \"b.x:4434\";"),
		    ":1: ory.admin_url: must be" },
		{ ORY("admin_url = \"https://u:canary@b.x\";"),
		    ":1: ory.admin_url: must be" },
		{ ORY("admin_url = \"https://b.x?canary\";"),
		    ":1: ory.admin_url: must have no query" },
		{ SLUG("admin_token = \"ory pat canary\";"),
		    ":1: ory.admin_token: must be visible ASCII" },
	};

	try_rows(t, ROWS(t));
}

static void
times(void)
{
	static const struct row t[] = {
		{ ORY("cache_ttl = \"30s\"; write_ttl = \"30s\";"), NULL },
		{ ORY("cache_ttl = \"30s\"; write_ttl = \"0s\";"), NULL },
		{ ORY("cache_ttl = \"30s\"; write_ttl = \"\";"), NULL },
		{ ORY("write_ttl = \"60s\";"), NULL },
		{ ORY("cache_ttl = \"0s\"; write_ttl = \"0s\";"), NULL },
		{ ORY("cache_ttl = \"30s\"; write_ttl = \"31s\";"),
		    ":1: ory.write_ttl: must not be longer than "
		    "ory.cache_ttl" },
		{ ORY("cache_ttl = \"0s\"; write_ttl = \"1ms\";"),
		    ":1: ory.write_ttl: must not be longer" },
		{ ORY("stale_if_error = \"1h\";"), NULL },
		{ ORY("stale_if_error = \"61m\";"),
		    ":1: ory.stale_if_error: must be from 0ms to 1h" },
	};

	try_rows(t, ROWS(t));
}

/* Of a provider that nobody asks. */
static void
elsewhere(void)
{
	static const struct row t[] = {
		{ ORY("") "clerk: { webhook_secret = \"*\"; };\n", NULL },
		{ CLERK("[ ]") "ory: { webhook_secret = \"*\"; admin_token = "
			       "\"*\"; cache_ttl = \"0s\"; write_ttl = "
			       "\"1s\"; };\n",
		    NULL },
	};

	try_rows(t, ROWS(t));
}

static const struct tap_case cases[] = {
	{ "a secret of Clerk's is base64 of a key, or the start fails", clerk },
	{ "a secret for Ory is long enough and fits a header", ory },
	{ "the admin interface is reached safely, its token has a place",
	    admin },
	{ "what is kept for writes is kept for reads", times },
	{ "a provider that is not asked is not judged", elsewhere },
};
TAP_MAIN(cases)
