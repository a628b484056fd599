/* SPDX-License-Identifier: MIT */
/* route/r_sign: where a browser is sent to sign in and out, and back. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "route/handlers.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

#define ORY "https://auth.example.org"
#define LOGIN ORY "/self-service/login/browser"
#define HOME "https%3A%2F%2Fwww.example.com%2F"
#define LOGOUT "/self-service/logout/browser"
#define PERSON "text/html,application/xhtml+xml,*/*;q=0.8"
#define OURS "https://www.example.com"
#define TWO(order)                                                             \
	"providers = [ " order " ]; oidc: ( { name = \"corp\"; issuer = "      \
	"\"https://id.x\"; audience = [ \"api\" ]; login_url = "               \
	"\"https://c.x/in\"; } );"
#define BOTH TWO("\"ory\", \"corp\"")
#define CLERK                                                                  \
	"providers = [ \"ory\", \"clerk\" ]; clerk: { secret_key = "           \
	"\"sk_live_abcdefg\"; publishable_key = "                              \
	"\"pk_live_Y2xlcmsuZXhhbXBsZS5jb20k\"; };"
#define CORP                                                                   \
	"providers = [ \"corp\" ]; oidc: ( { name = \"corp\"; issuer = "       \
	"\"https://id.x\"; audience = [ \"api\" ]; } );"

struct visit {
	const char *query, *cookies, *accept, *site;
	const char *referer;
};

static void
go(struct world *w, void (*route)(struct request *rq), const struct visit *v,
    struct request *rq)
{
	static struct fcg_request in;

	arena_reset(w->arena);
	in = (struct fcg_request){ 0 };
	in.param[FCG_HTTP_COOKIE] = v->cookies;
	in.param[FCG_HTTP_ACCEPT] = v->accept;
	in.param[FCG_HTTP_SEC_FETCH_SITE] = v->site;
	in.param[FCG_HTTP_REFERER] = v->referer;
	*rq = (struct request){ .service = &w->service,
		.in = &in,
		.arena = w->arena,
		.method = "GET",
		.query = v->query,
		.deadline = clock_mono_ms() + 2000,
		.id = "unit" };
	reply_init(&rq->reply, w->arena);
	route(rq);
}

/* "status Location", or "status body". */
static const char *
said(struct request *rq)
{
	const char *fields = buf_text(&rq->reply.headers);
	const char *at = strstr(fields, "Location: ");

	if (at == NULL)
		return arena_printf(rq->arena, "%d %s", rq->reply.status,
		    buf_text(&rq->reply.body));
	at += strlen("Location: ");
	INTEQ(rq->reply.body.len, 0);
	return arena_printf(rq->arena, "%d %.*s", rq->reply.status,
	    (int)strcspn(at, "\r"), at);
}

static bool
says(struct request *rq, const char *what)
{
	return strstr(said(rq), what) != NULL;
}

static void
login(void)
{
	static const struct {
		const char *more, *query, *cookies, *want;
	} t[] = {
		{ "", NULL, NULL, "303 " LOGIN "?return_to=" HOME },
		{ "", "return_to=/a?b", NULL,
		    "303 " LOGIN "?return_to=" HOME "a%3Fb" },
		{ "", "return_to=https://evil.example/", NULL,
		    "303 " LOGIN "?return_to=" HOME },
		{ "", "return_to=//evil.example/", NULL,
		    "303 " LOGIN "?return_to=" HOME },
		{ "", "registration=true", NULL,
		    "303 " ORY
		    "/self-service/registration/browser?return_to=" HOME },
		{ "", "provider=ory", NULL, "303 " LOGIN "?return_to=" HOME },
		{ "", "provider=evil", NULL,
		    "400 {\"code\":\"invalid_argument"
		    "\"" },
		{ BOTH, NULL, NULL, "303 " LOGIN "?return_to=" HOME },
		{ TWO("\"corp\", \"ory\""), NULL, NULL,
		    "303 " LOGIN "?return_to=" HOME },
		{ TWO("\"corp\""), NULL, NULL,
		    "303 https://c.x/in?return_to=" HOME },
		{ BOTH, "provider=corp", NULL,
		    "303 https://c.x/in?return_to=" HOME },
		{ BOTH, "provider=corp&registration=true", NULL,
		    "404 {\"code\":\"not_found\"" },
		{ CORP, NULL, NULL, "404 {\"code\":\"not_found\"" },
		{ CORP, "provider=corp", NULL, "404 " },
		/* a session of Clerk's that only wants a fresh cookie */
		{ CLERK, NULL, NULL, "303 " LOGIN "?return_to=" HOME },
		{ CLERK, "return_to=/a", "__client_uat=1800000000",
		    "303 https://www.example.com/auth/refresh?return_to=" HOME
		    "a" },
		{ CLERK, NULL, "__client_uat=0",
		    "303 " LOGIN "?return_to=" HOME },
		{ CLERK, "provider=ory", "__client_uat=1800000000",
		    "303 " LOGIN "?return_to=" HOME },
		{ CLERK, "provider=clerk", NULL,
		    "303 "
		    "https://accounts.example.com/sign-in?redirect_url=" HOME },
		{ CLERK, "registration=true&provider=clerk",
		    "__client_uat=1800000000",
		    "303 "
		    "https://accounts.example.com/sign-up?redirect_url=" HOME },
		{ "base_path = \"/api\";" CLERK, NULL, "__client_uat=1",
		    "303 "
		    "https://www.example.com/api/auth/"
		    "refresh?return_to=" HOME },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct visit v = { .query = t[i].query,
			.cookies = t[i].cookies };
		struct request rq;
		struct world w;

		tap_row("%s ?%s", t[i].more,
		    t[i].query == NULL ? "" : t[i].query);
		world_open(&w, ORY, t[i].more);
		go(&w, r_login, &v, &rq);
		if (!CHECK(strncmp(said(&rq), t[i].want, strlen(t[i].want)) ==
			   0))
			STREQ(said(&rq), t[i].want);
		INTEQ(stub_connections(w.stub), 0);
		world_close(&w);
	}
}

/* Without public_url there is no page of ours to send anybody to. */
static void
nowhere(void)
{
	const struct visit plain = { .query = "return_to=/a",
		.cookies = "__client_uat=1" };
	struct request rq;
	struct world w;

	world_open(&w, ORY, CLERK);
	w.conf->public_url = "";
	go(&w, r_login, &plain, &rq);
	STREQ(said(&rq), "303 " LOGIN);
	go(&w, r_logout, &(struct visit){ .query = NULL }, &rq);
	STREQ(said(&rq), "303 " LOGIN);
	world_close(&w);
}

/* Ory says where the session ends. */
static void
ends_at(struct world *w, const char *where)
{
	char body[512];

	snprintf(body, sizeof(body), "{\"logout_url\":\"%s%s\"}",
	    where[0] == '/' ? stub_url(w->stub) : "", where);
	stub_json(w->stub, LOGOUT, 200, "", body);
}

static const struct visit somebody = { .query = "return_to=/bye",
	.cookies = "ory_kratos_session=a",
	.accept = PERSON };

static void
logout(void)
{
	const struct visit nobody = { .query = "return_to=/bye",
		.accept = PERSON };
	struct request rq;
	struct world w;

	world_open(&w, NULL, "");
	ends_at(&w, "/self-service/logout?token=x");
	go(&w, r_logout, &somebody, &rq);
	CHECK(says(&rq, "303 http://127.0.0.1:"));
	CHECK(says(&rq, "/self-service/logout?token=x"));
	STREQ(rq.verdict, "allowed");
	STREQ(rq.auth.provider, "ory");
	CHECK(strstr(stub_latest(w.stub), "?return_to=" HOME "bye ") != NULL);
	tap_row("%s", "without a session, back at once");
	go(&w, r_logout, &nobody, &rq);
	STREQ(said(&rq), "303 https://www.example.com/bye");
	stub_json(w.stub, LOGOUT, 401, "", WORLD_E1);
	go(&w, r_logout, &somebody, &rq);
	STREQ(rq.verdict, "denied");
	world_close(&w);
}

static void
cannot(void)
{
	static const char *const where[] = { "https://evil.example/x", "/",
		"" };
	struct visit program = somebody;
	struct request rq;
	struct world w;

	program.accept = "*/*";
	world_open(&w, NULL, "");
	for (size_t i = 0; i < ROWS(where); i++) {
		tap_row("%s", where[i]);
		if (where[i][0] == 'h')
			ends_at(&w, where[i]);
		else
			stub_json(w.stub, LOGOUT, 500 + (int)i, "", "{}");
		go(&w, r_logout, &somebody, &rq);
		CHECK(says(&rq, "503 <!doctype html>"));
		CHECK(says(&rq, "You are still signed in"));
		CHECK(says(&rq,
		    "/auth/logout?return_to=" HOME "bye&#38;provider=ory\""));
		CHECK(strstr(rq.reply.headers.data, "Retry-After: ") != NULL);
		STREQ(rq.verdict, "unsure");
		go(&w, r_logout, &program, &rq);
		CHECK(says(&rq, "503 {\"code\":\"unavailable\""));
		CHECK(says(&rq, "provider_unavailable"));
	}
	world_close(&w);
}

/* A link on somebody else's page must not sign anybody out. */
static void
foreign(void)
{
	static const struct {
		const char *site, *referer, *accept, *want;
		int asked;
	} t[] = {
		{ "cross-site", NULL, PERSON, "200 <!doctype html>", 0 },
		{ "cross-site", NULL, "*/*", "403 {\"code\":\"permission_", 0 },
		{ "cross-site", NULL, NULL, "403 {", 0 },
		{ "cross-site", OURS "/", PERSON, "200 <", 0 },
		{ "same-site", NULL, PERSON, "303 http", 1 },
		{ "same-origin", "https://x.y/", PERSON, "303 http", 1 },
		{ "none", NULL, PERSON, "303 http", 1 },
		{ NULL, NULL, PERSON, "303 http", 1 },
		{ NULL, OURS "/a", PERSON, "303 http", 1 },
		{ NULL, OURS, PERSON, "303 http", 1 },
		{ NULL, "https://x.y/", PERSON, "200 <", 0 },
		{ NULL, OURS ".x.y/", PERSON, "200 <", 0 },
		{ NULL, OURS "@x.y/", PERSON, "200 <", 0 },
		{ NULL, "about:blank", PERSON, "200 <", 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct visit v = somebody;
		struct request rq;
		struct world w;

		tap_row("%s, %s", t[i].site == NULL ? "-" : t[i].site,
		    t[i].referer == NULL ? "-" : t[i].referer);
		world_open(&w, NULL, "");
		ends_at(&w, "/self-service/logout?token=x");
		v.site = t[i].site;
		v.referer = t[i].referer;
		v.accept = t[i].accept;
		v.query = "provider=ory&return_to=/bye";
		go(&w, r_logout, &v, &rq);
		CHECK(says(&rq, t[i].want));
		INTEQ(stub_requests(w.stub, LOGOUT), t[i].asked);
		if (rq.reply.status == 200)
			CHECK(says(&rq, "href=\"https://www.example.com/auth/"
					"logout?return_to=" HOME "bye&#38;"
					"provider=ory\""));
		world_close(&w);
	}
}

static const struct tap_case cases[] = {
	{ "signing in begins at the provider's page, and ends here", login },
	{ "without public_url nobody is sent to pages of ours", nowhere },
	{ "signing out ends where the provider says", logout },
	{ "who could not be signed out is told so", cannot },
	{ "a foreign page cannot sign anybody out", foreign },
};
TAP_MAIN(cases)
