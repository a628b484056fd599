/* SPDX-License-Identifier: MIT */
/* route/guard: verdict to answer, cross-site writes, the JSON rule. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "route/guard.h"
#include "route/route.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

static void
request(struct request *rq, struct world *w, struct fcg_request *in,
    const char *method)
{
	arena_reset(w->arena);
	static const struct route route = { .need = NEED_IDENTITY };

	*in = (struct fcg_request){ 0 };
	*rq = (struct request){ .service = &w->service,
		.in = in,
		.route = &route,
		.arena = w->arena,
		.method = method,
		.head = strcmp(method, "HEAD") == 0,
		.deadline = clock_mono_ms() + 2000,
		.id = "unit" };
	reply_init(&rq->reply, w->arena);
}

static bool
passes(struct request *rq)
{
	const struct guard_terms terms = { .method = rq->method };

	return guard_pass(rq, &terms);
}

static void
verdicts(void)
{
	static const struct {
		int status;
		const char *headers, *body;
		int want;
		const char *reason;
	} t[] = {
		{ 200, "", WORLD_SESSION, 0, "allowed" },
		{ 401, "", WORLD_E1, 401, "\"invalid session token\"" },
		{ 403, "", "{\"error\":{\"id\":\"session_aal2_required\"}}",
		    403, "\"stepUpUrl\":\"http" },
		{ 500, "", "{}", 503, "provider_unavailable" },
		{ 429, "Retry-After: 9\r\n", "", 503, "provider_unavailable" },
	};
	struct fcg_request in;
	struct request rq;
	struct world w;

	world_open(&w, NULL, "");
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("provider says %d", t[i].status);
		stub_json(w.stub, "/sessions/whoami", t[i].status, t[i].headers,
		    t[i].body);
		request(&rq, &w, &in, "GET");
		in.param[FCG_HTTP_X_SESSION_TOKEN] = WORLD_TOKEN;
		INTEQ(passes(&rq), t[i].want == 0);
		CHECK(rq.verdict != NULL);
		if (t[i].want == 0) {
			STREQ(rq.verdict, t[i].reason);
			continue;
		}
		INTEQ(rq.reply.status, t[i].want);
		CHECK(strstr(buf_text(&rq.reply.body), t[i].reason) != NULL);
		INTEQ(strstr(buf_text(&rq.reply.headers),
			  "WWW-Authenticate: Bearer\r\n") != NULL,
		    t[i].want == 401);
		INTEQ(strstr(buf_text(&rq.reply.headers), "Retry-After: ") !=
			  NULL,
		    t[i].want == 503);
	}
	world_close(&w);
}

/* Origin and Sec-Fetch-Site against the site's own and allowed origins. */
static void
cross_site(void)
{
	static const struct {
		const char *public_url, *method, *origin, *site;
		bool cookie, passes;
	} t[] = {
		{ "https://w.x", "POST", "https://w.x", NULL, true, true },
		{ "https://w.x", "POST", "https://app.x", NULL, true, true },
		{ "https://w.x", "POST", NULL, NULL, true, false },
		{ "https://w.x", "POST", NULL, "same-origin", true, false },
		{ "https://w.x", "POST", "null", "same-origin", true, false },
		{ "https://w.x", "POST", "https://w.x.evil", NULL, true,
		    false },
		{ "https://w.x", "POST", "https://w.x:443", NULL, true, false },
		{ "https://w.x", "POST", "http://w.x", NULL, true, false },
		{ "https://w.x", "POST", "https://W.X", NULL, true, false },
		{ "https://w.x", "POST", "https://w.x/", NULL, true, false },
		{ "https://w.x", "DELETE", "https://evil", NULL, true, false },
		{ "https://w.x", "PUT", "https://evil", NULL, true, false },
		{ "https://w.x", "GET", "https://evil", NULL, true, true },
		{ "https://w.x", "HEAD", "https://evil", NULL, true, true },
		{ "https://w.x", "POST", "https://evil", NULL, false, true },
		{ "", "POST", NULL, "same-origin", true, true },
		{ "", "POST", "https://w.x", "same-origin", true, true },
		{ "", "POST", "https://app.x", "cross-site", true, true },
		{ "", "POST", NULL, NULL, true, false },
		{ "", "POST", NULL, "same-site", true, false },
		{ "", "POST", NULL, "cross-site", true, false },
		{ "", "POST", NULL, "none", true, false },
		{ "", "POST", "null", "same-origin", true, false },
		{ "", "POST", "https://w.x", NULL, true, false },
	};
	struct fcg_request in;
	struct request rq;
	struct world w;

	world_open(&w, NULL,
	    "cors: { allow_origins = [ \"https://app.x\" ]; };");
	for (size_t i = 0; i < ROWS(t); i++) {
		int before = stub_requests(w.stub, "/sessions/whoami");

		tap_row("%s at \"%s\" from %s, %s", t[i].method,
		    t[i].public_url, t[i].origin == NULL ? "-" : t[i].origin,
		    t[i].site == NULL ? "-" : t[i].site);
		w.conf->public_url = t[i].public_url;
		request(&rq, &w, &in, t[i].method);
		in.param[FCG_HTTP_ORIGIN] = t[i].origin;
		in.param[FCG_HTTP_SEC_FETCH_SITE] = t[i].site;
		if (t[i].cookie)
			in.param[FCG_HTTP_COOKIE] = "ory_kratos_session=x";
		else
			in.param[FCG_HTTP_AUTHORIZATION] =
			    "Bearer " WORLD_TOKEN;
		INTEQ(passes(&rq), t[i].passes);
		if (t[i].passes)
			continue;
		INTEQ(rq.reply.status, 403);
		CHECK(strstr(buf_text(&rq.reply.body),
			  "{\"reason\":\"cross_site\"}") != NULL);
		/* without a path, which no browser sends */
		if (t[i].origin == NULL)
			STREQ(rq.refused_origin, "(none)");
		else
			INTEQ(strncmp(t[i].origin, rq.refused_origin,
				  strlen(rq.refused_origin)),
			    0);
		/* nobody was asked about a forged request's session */
		INTEQ(stub_requests(w.stub, "/sessions/whoami"), before);
	}
	world_close(&w);
}

static void
json_only(void)
{
	static const struct {
		const char *type;
		bool json;
	} t[] = {
		{ "application/json", true },
		{ "Application/JSON", true },
		{ "application/json; charset=utf-8", true },
		{ "application/json;charset=utf-8", true },
		{ "application/json ", true },
		{ NULL, false },
		{ "", false },
		{ "text/plain", false },
		{ "application/jsonx", false },
		{ "application/json+x", false },
		{ "text/plain; application/json", false },
		{ "application/x-www-form-urlencoded", false },
		{ "multipart/form-data", false },
		{ "application/json, text/plain", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct fcg_request in = { 0 };
		struct request rq = { .in = &in, .cookie_session = true };

		tap_row("%s", t[i].type == NULL ? "(none)" : t[i].type);
		in.param[FCG_CONTENT_TYPE] = t[i].type;
		INTEQ(guard_needs_json(&rq), !t[i].json);
		rq.cookie_session = false;
		CHECK(!guard_needs_json(&rq));
	}
}

static void
relayed(void)
{
	struct fcg_request in;
	struct request rq;
	struct world w;

	world_open(&w, NULL, "");
	stub_json(w.stub, "/sessions/whoami", 200,
	    "Set-Cookie: ory_kratos_session=new; Path=/\r\n", WORLD_SESSION);
	request(&rq, &w, &in, "GET");
	in.param[FCG_HTTP_COOKIE] = "ory_kratos_session=old";
	CHECK(passes(&rq));
	CHECK(rq.cookie_session);
	CHECK(strstr(buf_text(&rq.reply.headers),
		  "Set-Cookie: ory_kratos_session=new; Path=/\r\n") != NULL);
	world_close(&w);
}

/* What the guard of other applications asks of it. */
static void
terms(void)
{
	static const struct {
		struct guard_terms terms;
		bool passes;
	} t[] = {
		{ { .method = "GET" }, true },
		{ { .method = "POST" }, false },
		{ { .method = "MKCALENDAR" }, false },
		{ { .method = "get" }, false },
		{ { .method = "" }, false },
		{ { .method = "POST", .any_site = true }, true },
	};
	struct fcg_request in;
	struct request rq;
	struct world w;

	world_open(&w, NULL, "");
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s%s", t[i].terms.method,
		    t[i].terms.any_site ? " of any site" : "");
		request(&rq, &w, &in, "GET");
		in.param[FCG_HTTP_COOKIE] = "ory_kratos_session=x";
		in.param[FCG_HTTP_ORIGIN] = "https://evil.example";
		INTEQ(guard_pass(&rq, &t[i].terms), t[i].passes);
		if (!t[i].passes)
			STREQ(rq.reply.reason, "cross_site");
	}
	world_close(&w);
}

static void
refusals(void)
{
	struct fcg_request in;
	struct request rq;
	struct world w;

	world_open(&w, "https://auth.example.org", "");
	request(&rq, &w, &in, "GET");
	guard_not_allowed(&rq, "none of roles_any");
	INTEQ(rq.reply.status, 403);
	STREQ(rq.why, "none of roles_any");
	CHECK(strstr(buf_text(&rq.reply.body), "roles_any") == NULL);
	CHECK(strstr(buf_text(&rq.reply.body),
		  "\"details\":{\"reason\":\"not_allowed\"}}") != NULL);
	request(&rq, &w, &in, "GET");
	rq.auth.verdict = AUTH_ALLOW;
	rq.auth.who.provider = "ory";
	rq.guarded.target = "/admin/?a=b";
	rq.guarded.method = "GET";
	guard_step_up(&rq, "max_age: no sign-in lately");
	INTEQ(rq.reply.status, 403);
	STREQ(rq.reply.reason, "second_factor_required");
	CHECK(strstr(buf_text(&rq.reply.body),
		  "\"stepUpUrl\":\"https://auth.example.org/") != NULL);
	CHECK(strstr(buf_text(&rq.reply.body),
		  "return_to=https%3A%2F%2Fwww."
		  "example.com%2Fadmin%2F%3Fa%3Db\"") != NULL);
	request(&rq, &w, &in, "GET");
	guard_step_up(&rq, "of nobody known");
	CHECK(strstr(buf_text(&rq.reply.body), "\"stepUpUrl\":null}") != NULL);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "each verdict has its answer; an outage is never 401", verdicts },
	{ "a write with a cookie comes from this site or an allowed one",
	    cross_site },
	{ "which method it is, and whether any site may send it, is told",
	    terms },
	{ "what a rule wants is for the log, the way on for the client",
	    refusals },
	{ "only application/json counts as JSON, and only for cookies",
	    json_only },
	{ "a re-issued cookie stands in the answer", relayed },
};
TAP_MAIN(cases)
