/* SPDX-License-Identifier: MIT */
/* route/page: whom refusals are shown to, what they say, the way on. */
#include "tap.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "route/guard.h"
#include "route/page.h"
#include "unit/files.h"
#include "unit/world.h"

#include <string.h>

#define PERSON "text/html,application/xhtml+xml,*/*;q=0.8"
#define LOGIN "https://www.example.com/auth/login"
#define ENC "https%3A%2F%2Fwww.example.com"
#define CORP                                                                   \
	"providers = [ \"corp\" ]; oidc: ( { name = \"corp\"; issuer = "       \
	"\"https://id.x\"; audience = [ \"api\" ]; } );"

static struct world w;
static struct fcg_request in;
static struct request rq;

/* Somebody opens a guarded page. */
static void
opens(const char *method, const char *target)
{
	arena_reset(w.arena);
	in = (struct fcg_request){ 0 };
	in.param[FCG_HTTP_ACCEPT] = PERSON;
	rq = (struct request){ .service = &w.service,
		.in = &in,
		.arena = w.arena,
		.method = "GET",
		.id = "unit",
		.guarded = { .target = target, .method = method } };
	reply_init(&rq.reply, w.arena);
}

static void
signed_in_as(const char *email, const char *name)
{
	rq.auth.verdict = AUTH_ALLOW;
	rq.auth.who = (struct auth_ident){ .provider = "ory",
		.subject = "u-1",
		.email = email,
		.name = name };
	rq.cookie_session = true;
}

static bool
holds(const char *what)
{
	return strstr(buf_text(&rq.reply.body), what) != NULL;
}

static const char *
location(void)
{
	const char *at = strstr(buf_text(&rq.reply.headers), "Location: ");

	return at == NULL
		   ? NULL
		   : arena_dupn(w.arena, at + 10, strcspn(at + 10, "\r"));
}

static void
wanted(void)
{
	static const struct {
		const char *accept, *mode;
		bool person;
	} t[] = {
		{ PERSON, NULL, true },
		{ PERSON, "navigate", true },
		{ "text/html", "navigate", true },
		{ PERSON, "cors", false },
		{ PERSON, "no-cors", false },
		{ PERSON, "same-origin", false },
		{ PERSON, "websocket", false },
		{ "*/*", NULL, false },
		{ "*/*", "navigate", false },
		{ "application/json", NULL, false },
		{ NULL, "navigate", false },
		{ NULL, NULL, false },
	};

	world_open(&w, NULL, "");
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s, %s", t[i].accept == NULL ? "-" : t[i].accept,
		    t[i].mode == NULL ? "-" : t[i].mode);
		opens("GET", "/a");
		in.param[FCG_HTTP_ACCEPT] = t[i].accept;
		in.param[FCG_HTTP_SEC_FETCH_MODE] = t[i].mode;
		INTEQ(page_is_wanted(&rq), t[i].person);
	}
	world_close(&w);
}

/* 401: to the sign-in page, and from there to where they wanted to be. */
static void
sign_in(void)
{
	static const struct {
		const char *method, *target, *way;
	} t[] = {
		{ "GET", "/a?b=c", LOGIN "?return_to=" ENC "%2Fa%3Fb%3Dc" },
		{ "HEAD", "/", LOGIN "?return_to=" ENC "%2F" },
		{ "GET", "/\xc3\xbc", LOGIN "?return_to=" ENC "%2F%25C3%25BC" },
		{ "GET", "/a\\b", LOGIN },
		{ "GET", NULL, LOGIN },
		{ "POST", "/a", NULL },
		{ "get", "/a", NULL },
	};

	world_open(&w, "https://auth.example.org", "");
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s %s", t[i].method, t[i].target);
		opens(t[i].method, t[i].target);
		reply_problem(&rq.reply, PROBLEM_UNAUTHENTICATED, NULL, NULL);
		STREQ(page_way_in(&rq), t[i].way);
		page_refusal(&rq);
		STREQ(location(), t[i].way);
		INTEQ(rq.reply.status, t[i].way == NULL ? 401 : 303);
		if (t[i].way == NULL)
			CHECK(holds("href=\"" LOGIN "\">Sign in</a>"));
	}
	world_close(&w);
}

static void
no_way_in(void)
{
	world_open(&w, NULL, "base_path = \"/api\";");
	w.conf->public_url = "";
	opens("GET", "/a");
	reply_problem(&rq.reply, PROBLEM_UNAUTHENTICATED, NULL, NULL);
	STREQ(page_way_in(&rq), NULL);
	STREQ(page_return_to(&rq), NULL);
	page_refusal(&rq);
	INTEQ(rq.reply.status, 401);
	CHECK(holds("href=\"/api/auth/login\""));
	world_close(&w);
	tap_row("%s", "no sign-in page is configured");
	world_open(&w, NULL, CORP);
	opens("GET", "/a");
	reply_problem(&rq.reply, PROBLEM_UNAUTHENTICATED, NULL, NULL);
	STREQ(page_way_in(&rq), NULL);
	page_refusal(&rq);
	CHECK(holds("Please sign in") && !holds("href="));
	world_close(&w);
}

static void
step_up(void)
{
	world_open(&w, "https://auth.example.org", "");
	opens("GET", "/a");
	signed_in_as("ada@example.org", NULL);
	guard_step_up(&rq, "why");
	STREQ(page_way_in(&rq),
	    "https://auth.example.org/self-service/login/browser?aal=aal2&"
	    "return_to=" ENC "%2Fa");
	page_refusal(&rq);
	INTEQ(rq.reply.status, 303);
	tap_row("%s", "a form that was sent is not sent round");
	opens("POST", "/a");
	signed_in_as("ada@example.org", NULL);
	guard_step_up(&rq, "why");
	STREQ(page_way_in(&rq), NULL);
	page_refusal(&rq);
	INTEQ(rq.reply.status, 403);
	CHECK(holds("href=\"https://auth.example.org/self-service/login/"
		    "browser?aal=aal2\">Confirm</a>"));
	tap_row("%s", "a provider without such a page");
	opens("GET", "/a");
	signed_in_as("ada@example.org", NULL);
	rq.auth.who.provider = "nobody";
	guard_step_up(&rq, "why");
	STREQ(page_way_in(&rq), NULL);
	page_refusal(&rq);
	CHECK(holds("One more step") && !holds("href="));
	world_close(&w);
}

static void
not_open(void)
{
	static const struct {
		const char *email, *name, *shown;
	} t[] = {
		{ "ada@example.org", "Ada", "signed in as ada@example.org," },
		{ "", "Ada", "signed in as Ada," },
		{ "", NULL, "signed in as u-1," },
		{ "<b>&\"'@x", NULL, "as &#60;b&#62;&#38;&#34;&#39;@x," },
	};

	world_open(&w, NULL, "");
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s", t[i].shown);
		opens("GET", "/a");
		signed_in_as(t[i].email, t[i].name);
		guard_not_allowed(&rq, "why");
		STREQ(page_way_in(&rq), NULL);
		page_refusal(&rq);
		INTEQ(rq.reply.status, 403);
		CHECK(holds(t[i].shown));
		CHECK(holds("href=\"https://www.example.com/auth/logout?"
			    "return_to=" ENC "%2Fa\""));
	}
	tap_row("%s", "a token, which no cookie page can sign out");
	rq.cookie_session = false;
	page_refusal(&rq);
	CHECK(holds("signed in as") && !holds("href="));
	tap_row("%s", "open to nobody: nobody was asked who they are");
	opens("GET", "/a");
	guard_not_allowed(&rq, "why");
	page_refusal(&rq);
	CHECK(holds("<p>This page is not open to you.</p>"));
	CHECK(!holds("href=") && !holds("signed in as"));
	world_close(&w);
}

/* Whatever the trouble: its status, its words, and what can be done. */
static void
troubles(void)
{
	static const struct {
		enum problem problem;
		const char *reason, *words;
		bool again;
	} t[] = {
		{ PROBLEM_FORBIDDEN, "cross_site", "another site", false },
		{ PROBLEM_BAD_REQUEST, NULL, "more than one way", false },
		{ PROBLEM_NOT_FOUND, NULL, "not configured", false },
		{ PROBLEM_LIMITED, "rate_limited", "too often", true },
		{ PROBLEM_UNAVAILABLE, "provider_unavailable",
		    "our trouble, not yours", true },
		{ PROBLEM_INTERNAL, NULL, "our fault", true },
		{ PROBLEM_TOO_LARGE, NULL, "our fault", true },
	};

	world_open(&w, NULL, "");
	for (size_t i = 0; i < ROWS(t); i++) {
		int status;

		tap_row("%s", t[i].words);
		opens("GET", "/a?b&c");
		reply_header(&rq.reply, "Retry-After", "2");
		reply_problem(&rq.reply, t[i].problem, NULL, NULL);
		rq.reply.reason = t[i].reason;
		status = rq.reply.status;
		page_refusal(&rq);
		INTEQ(rq.reply.status, status);
		STREQ(rq.reply.type, "text/html; charset=utf-8");
		CHECK(strstr(rq.reply.headers.data, "Retry-After: 2\r\n"));
		CHECK(holds(t[i].words));
		INTEQ(strstr(rq.reply.body.data,
			  "href=\"/a?b&#38;c\">Try again</a>") != NULL,
		    t[i].again);
		tap_row("%s, to a form", t[i].words);
		opens("POST", "/a");
		reply_problem(&rq.reply, t[i].problem, NULL, NULL);
		rq.reply.reason = t[i].reason;
		page_refusal(&rq);
		CHECK(holds(t[i].words) && !holds("href="));
	}
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "pages are for browsers that navigate", wanted },
	{ "who is not signed in is sent there, and back", sign_in },
	{ "without a way in the page says what to do", no_way_in },
	{ "a missing factor is shown where the provider wants it", step_up },
	{ "who may not enter is told as whom, and nothing else", not_open },
	{ "each refusal has its words, and keeps its status", troubles },
};
TAP_MAIN(cases)
