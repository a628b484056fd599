/* SPDX-License-Identifier: MIT */
/* route/r_check: each verdict in each form; only a yes is ever 200 or 204. */
#include "tap.h"

#include "unit/files.h"
#include "unit/guarded.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

#define TOKEN                                                                  \
	{                                                                      \
		"HTTP_X_SESSION_TOKEN", WORLD_TOKEN                            \
	}
#define COOKIE                                                                 \
	{                                                                      \
		"HTTP_COOKIE", "ory_kratos_session=abc"                        \
	}
#define ORIGIN(o)                                                              \
	{                                                                      \
		"HTTP_ORIGIN", o                                               \
	}
#define ACCEPT                                                                 \
	{                                                                      \
		"HTTP_ACCEPT", "text/html"                                     \
	}
#define AAL2 "{\"error\":{\"id\":\"session_aal2_required\"}}"

static const char rules[] =
    "cors: { allow_origins = [ \"https://app.example.com\" ]; };"
    "guard: { rules = ("
    " { path = \"/open/\"; access = \"anyone\"; },"
    " { path = \"/shut/\"; access = \"nobody\"; },"
    " { path = \"/mine/\"; subjects = [ \"" WORLD_USER "\" ]; },"
    " { path = \"/other/\"; subjects = [ \"v\" ]; },"
    " { path = \"/strong/\"; aal = \"aal2\"; },"
    " { path = \"/lately/\"; max_age = \"1h\"; },"
    " { path = \"/mail/\"; email_domains = [ \"example.org\" ]; },"
    " { path = \"/forms/\"; cross_site = true; },"
    " { path = \"/read/\"; methods = [ \"GET\" ]; },"
    " { path = \"/in/\"; } ); };";

enum { YES = 0 };

static const struct row {
	struct guarded ask;
	int provider, want; /* what whoami says; YES, or our status */
	const char *part;   /* of the refusal */
} rows[] = {
	{ { "GET", "/in/a", { TOKEN } }, 200, YES, NULL },
	{ { "GET", "/in", { COOKIE } }, 200, YES, NULL },
	{ { "GET", "/in/a", {} }, 200, 401, "missing session token" },
	{ { "GET", "/in/a", { TOKEN } }, 401, 401, "invalid session" },
	{ { "GET", "/in/a", { TOKEN, TOKEN } }, 200, 401, "invalid session" },
	{ { "GET", "/in/a", { TOKEN } }, 403, 403, "second_factor_required" },
	{ { "GET", "/open/a?b", {} }, 500, YES, NULL },
	{ { "GET", "/open/a", { TOKEN } }, 500, YES, NULL },
	{ { "GET", "/shut/a", { TOKEN } }, 200, 403, "not_allowed" },
	{ { "GET", "/mine/a", { TOKEN } }, 200, YES, NULL },
	{ { "GET", "/other/a", { TOKEN } }, 200, 403, "not_allowed" },
	{ { "GET", "/other/a", {} }, 200, 401, "missing session token" },
	{ { "GET", "/strong/a", { TOKEN } }, 200, 403,
	    "\"second_factor_required\",\"stepUpUrl\":\"http" },
	{ { "GET", "/lately/a", { TOKEN } }, 200, 403,
	    "second_factor_required" },
	{ { "GET", "/mail/a", { TOKEN } }, 200, 403, "not_allowed" },
	{ { "GET", "/nowhere", { TOKEN } }, 200, 403, "not_allowed" },
	{ { "GET", "/", { TOKEN } }, 200, 403, "not_allowed" },
	{ { "POST", "/in/a", { TOKEN } }, 200, YES, NULL },
	{ { "POST", "/in/a", { COOKIE } }, 200, 403, "cross_site" },
	{ { "PROPFIND", "/in/a", { COOKIE, ORIGIN("null") } }, 200, 403,
	    "cross_site" },
	{ { "POST", "/in/a", { COOKIE, ORIGIN("https://www.example.com") } },
	    200, YES, NULL },
	{ { "POST", "/forms/a", { COOKIE, ORIGIN("https://evil.example") } },
	    200, YES, NULL },
	{ { "HEAD", "/read/a", { TOKEN } }, 200, YES, NULL },
	{ { "POST", "/read/a", { TOKEN } }, 200, 403, "not_allowed" },
	{ { "OPTIONS", "/in/a", { ORIGIN("https://app.example.com") } }, 200,
	    401, NULL },
	{ { "get", "/in/a", { TOKEN } }, 200, 400, "invalid_argument" },
	{ { "GET\r\n", "/in/a", { TOKEN } }, 200, 400, NULL },
	{ { "GET", "/in/../shut/a", { TOKEN } }, 200, 400, NULL },
	{ { "GET", "/in/%2e%2e/shut", { TOKEN } }, 200, 400, NULL },
	{ { "GET", "/in%2fa", { TOKEN } }, 200, 400, NULL },
	{ { "GET", "/IN/a", { TOKEN } }, 200, 400, NULL },
	{ { "GET", "/open/..;/in", {} }, 200, 400, NULL },
	{ { "GET", "in/a", { TOKEN } }, 200, 400, NULL },
	{ { "GET", "/in/%ff", { TOKEN } }, 200, 400, NULL },
	{ { "GET", "//in/a", { TOKEN } }, 200, 400, NULL },
	{ { "GET", "https://evil.example/in/a", { TOKEN } }, 200, YES, NULL },
	{ { "GET", "/in/a?/../shut", { TOKEN } }, 200, YES, NULL },
	{ { "GET", NULL, { TOKEN } }, 200, 500, "internal" },
	{ { "GET", "", { TOKEN } }, 200, 500, "internal" },
	{ { "GET", "/in/a",
	      { TOKEN, { "REMOTE_USER", "v" }, { "HTTP_X_AUTH_USER", "v" },
		  { "HTTP_AUTH_USER", "v" } } },
	    200, YES, NULL },
	{ { "GET", "/in/a",
	      { TOKEN, { "AUTH_USER", "v" }, { "AUTH_USER", "v" } } },
	    200, 400, NULL },
	{ { "GET", "/in/a",
	      { TOKEN, { "REMOTE_USER", "v" }, { "REMOTE_USER", "v" } } },
	    200, 400, NULL },
	{ { "GET", "/in/a", { TOKEN, { "REQUEST_URI", "/open/" } } }, 200, 400,
	    NULL },
	{ { "GET", "/in/a",
	      { { "HTTP_GATEHOUSE_ROLE", "AUTHORIZER" },
		  { "HTTP_X_ORIGINAL_URI", "/open/a" },
		  { "HTTP_GATEHOUSE_ORIGINAL_URI", "/open/a" } } },
	    200, 401, NULL },
	/* last: the provider is left in peace for a while then */
	{ { "GET", "/in/a", { TOKEN } }, 500, 503, "provider_unavailable" },
	{ { "GET", "/other/a", { TOKEN } }, 500, 503, "provider_unavailable" },
	{ { "GET", "/in/a", { TOKEN } }, 429, 503, "provider_unavailable" },
};

static struct peer peer;

static bool
has(const char *part)
{
	return strstr(peer.answer, part) != NULL;
}

static void
says(struct world *w, int provider)
{
	stub_json(w->stub, "/sessions/whoami", provider, "",
	    provider == 401   ? WORLD_E1
	    : provider == 403 ? AAL2
			      : WORLD_SESSION);
}

static void
check_no(enum guarded_form form, const struct row *r)
{
	char status[16];

	snprintf(status, sizeof(status), "Status: %d ", r->want);
	if (!CHECK(strncmp(peer.answer, status, strlen(status)) == 0))
		STREQ(peer.answer, status);
	CHECK(has("\r\nX-Request-Id: "));
	CHECK(has("\r\nCache-Control: private, no-store\r\n"));
	CHECK(!has("Variable-") && !has("X-Auth-User"));
	CHECK(!has("X-Auth-Redirect")); /* to a program */
	INTEQ(has("\r\nWWW-Authenticate: Bearer\r\n"), r->want == 401);
	INTEQ(has("\r\nRetry-After: "), r->want == 503);
	INTEQ(has("X-Auth-Reason: "),
	    form != GUARDED_ROLE && (r->want == 403 || r->want == 503));
	if (form != GUARDED_ROLE || strcmp(r->ask.method, "HEAD") != 0)
		CHECK(has("\r\n\r\n{\"code\":\"") && has("\"details\":"));
	CHECK(r->part == NULL || has(r->part));
}

static void
every_form(void)
{
	struct world w;

	guarded_open(&w, rules);
	for (size_t i = 0; i < ROWS(rows) * GUARDED_FORMS; i++) {
		const struct row *r = &rows[i / GUARDED_FORMS];
		enum guarded_form form = i % GUARDED_FORMS;

		tap_row("%s: %s %s, provider says %d", guarded_names[form],
		    r->ask.method, r->ask.uri == NULL ? "-" : r->ask.uri,
		    r->provider);
		if (form == GUARDED_ROUTE && r->want == 500)
			continue; /* nothing is guarded: see below */
		says(&w, r->provider);
		guarded_ask(&peer, form, &r->ask);
		world_serve(&w, &peer);
		INTEQ(peer.ended, 1);
		if (r->want == YES)
			guarded_check_yes(&peer, form,
			    r->provider == 200 &&
				strncmp(r->ask.uri, "/open", 5) != 0);
		else
			check_no(form, r);
	}
	CHECK(strstr(files_read("log"), "route=check rule=/mine/ verdict=") !=
	      NULL);
	CHECK(strstr(files_read("log"), "request POST /in/a 403 ") != NULL);
	CHECK(strstr(files_read("log"), "route=check rule=/in/ ") != NULL);
	CHECK(strstr(files_read("log"), WORLD_TOKEN) == NULL);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "each verdict has its answer, the same in every form", every_form },
};
TAP_MAIN(cases)
