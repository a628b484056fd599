/* SPDX-License-Identifier: MIT */
/* route/route: the table, and requests from the socket to the answer. */
#include "tap.h"

#include "base/log.h"
#include "conf/conf.h"
#include "route/route.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct peer peer;

static void
table(void)
{
	for (const struct route *r = routes; r->path != NULL; r++) {
		tap_row("%s %s", r->method, r->path);
		CHECK(r->path[0] == '/' && r->answer != NULL);
		CHECK(r->name != NULL && r->method != NULL);
		CHECK((r->need & ~(NEED_IDENTITY | NEED_BODY | NEED_CONTACT |
				     NEED_RATE)) == 0);
		/* only of whom we know who it is */
		CHECK((r->need & NEED_CONTACT) == 0 ||
		    (r->need & NEED_IDENTITY) != 0);
		CHECK(strcmp(r->method, "GET") != 0 ||
		    (r->need & NEED_BODY) == 0);
		/* who guesses credentials is slowed down */
		CHECK((r->need & NEED_IDENTITY) == 0 ||
		    (r->need & NEED_RATE) != 0);
		/* what a user owns is behind the routine */
		CHECK(strncmp(r->path, "/user/", 6) != 0 ||
		    (r->need & NEED_IDENTITY) != 0);
		if (r > routes)
			CHECK(strcmp(r[-1].path, r->path) <= 0);
		for (const struct route *q = routes; q != r; q++)
			CHECK(strcmp(q->name, r->name) != 0 &&
			    (strcmp(q->path, r->path) != 0 ||
				strcmp(q->method, r->method) != 0));
	}
}

static const char *
log_target(void)
{
	static char target[300];

	snprintf(target, sizeof(target), "file:%s", files_path("log"));
	return target;
}

/* Lines of requests go to a file of the test's. */
static void
open_world(struct world *w, const char *more)
{
	struct err e = { 0 };
	struct log_options o;

	world_open(w, NULL, more);
	world_serving(w);
	conf_log_options(w->conf, &o);
	o.format = FORMAT_TEXT;
	o.target = log_target();
	INTEQ(log_open(&o, &e), 0);
}

struct exchange {
	const char *method, *uri;
	const char *pairs[4][2];
	const char *body;
	const char *status, *part; /* the answer's beginning; what is in it */
};

static void
ask(struct world *w, const struct exchange *x)
{
	char length[24];

	tap_row("%s %s %s", x->method, x->uri,
	    x->pairs[0][0] == NULL ? "" : x->pairs[0][1]);
	peer_begin(&peer, PEER_RESPONDER, 0);
	peer_pair(&peer, "REQUEST_METHOD", x->method);
	peer_pair(&peer, "REQUEST_URI", x->uri);
	for (int i = 0; i < 4 && x->pairs[i][0] != NULL; i++)
		peer_pair(&peer, x->pairs[i][0], x->pairs[i][1]);
	if (x->body != NULL) {
		snprintf(length, sizeof(length), "%zu", strlen(x->body));
		peer_pair(&peer, "CONTENT_LENGTH", length);
	}
	peer_params(&peer);
	peer_stdin(&peer, x->body, x->body == NULL ? 0 : strlen(x->body));
	world_serve(w, &peer);
	INTEQ(strncmp(peer.answer + 8, x->status, strlen(x->status)), 0);
	if (strncmp(peer.answer + 8, x->status, strlen(x->status)) != 0)
		STREQ(peer.answer, x->status);
	CHECK(strstr(peer.answer, "\r\nX-Request-Id: ") != NULL);
	if (x->part != NULL && !CHECK(strstr(peer.answer, x->part) != NULL))
		STREQ(peer.answer, x->part);
}

#define TOKEN { "HTTP_X_SESSION_TOKEN", WORLD_TOKEN }
#define COOKIE { "HTTP_COOKIE", "ory_kratos_session=abc" }
#define ORIGIN(o) { "HTTP_ORIGIN", o }
#define JSON { "CONTENT_TYPE", "application/json; charset=utf-8" }
#define FORM { "CONTENT_TYPE", "application/x-www-form-urlencoded" }

/* The order of checks: 404, 405, 401/403, 413, 415, 400. */
static const struct exchange exchanges[] = {
	{ "GET", "/healthz", {}, NULL, "200", "{\"status\":\"ok\"}" },
	{ "HEAD", "/healthz", {}, NULL, "200", "Content-Length: 15\r\n" },
	{ "GET", "/healthz/?x=y", {}, NULL, "200", NULL },
	{ "GET", "/readyz", {}, NULL, "503", "database_unavailable" },
	{ "GET", "/nothing", {}, NULL, "404", "\"not_found\"" },
	{ "POST", "/nothing", { TOKEN }, "x", "404", NULL },
	/* their secrets are not configured */
	{ "POST", "/hooks/clerk", {}, "{}", "404", "\"not_found\"" },
	{ "OPTIONS", "/hooks/ory", {}, NULL, "404", NULL },
	{ "DELETE", "/user/profile", {}, NULL, "405",
	    "\r\nAllow: GET, HEAD, OPTIONS\r\n" },
	{ "get", "/user/profile", {}, NULL, "405", NULL },
	{ "GET", "/user/preferences", {}, NULL, "405",
	    "\r\nAllow: POST, OPTIONS\r\n" },
	{ "", "/healthz", {}, NULL, "405", NULL },
	{ "GET", "/user/../healthz", {}, NULL, "400", NULL },
	{ "GET", "/user/profile", {}, NULL, "401", "missing session token" },
	{ "GET", "/user/profile", {}, NULL, "401",
	    "\r\nWWW-Authenticate: Bearer\r\n" },
	{ "GET", "/user/profile", { { "HTTP_AUTHORIZATION", "Bearer x" } },
	    NULL, "401", "invalid session token" },
	{ "GET", "/user/profile", { { "HTTP_AUTHORIZATION", "Bearer x" },
	    COOKIE }, NULL, "401", "invalid session token" },
	{ "GET", "/user/profile", { TOKEN, TOKEN }, NULL, "401", NULL },
	{ "GET", "/user/profile", { TOKEN }, NULL, "503",
	    "database_unavailable" },
	{ "GET", "/user/profile", { COOKIE }, NULL, "503",
	    "\r\nRetry-After: " },
	{ "GET", "/user/profile", { { "HTTP_X_AUTH_USER", "v" },
	    { "REMOTE_USER", "v" } }, NULL, "401", "missing session token" },
	{ "POST", "/user/preferences", { COOKIE, JSON }, "{}", "403",
	    "cross_site" },
	{ "POST", "/user/preferences", { COOKIE, JSON,
	    ORIGIN("https://evil.example") }, "{}", "403", "cross_site" },
	{ "POST", "/user/preferences", { COOKIE, JSON, ORIGIN("null") }, "{}",
	    "403", "cross_site" },
	{ "POST", "/user/preferences", { COOKIE, FORM,
	    ORIGIN("https://www.example.com") }, "{}", "415", NULL },
	{ "POST", "/user/preferences", { COOKIE,
	    ORIGIN("https://www.example.com") }, "{}", "415", NULL },
	{ "POST", "/user/preferences", { COOKIE, JSON,
	    ORIGIN("https://www.example.com") }, "[]", "400",
	    "must be a JSON object" },
	{ "POST", "/user/preferences", { COOKIE, JSON,
	    ORIGIN("https://app.example.com") }, "{}", "503",
	    "Access-Control-Allow-Origin: https://app.example.com\r\n" },
	{ "POST", "/user/preferences", { TOKEN,
	    ORIGIN("https://evil.example") }, "{}", "503", NULL },
	{ "POST", "/user/preferences", { TOKEN, FORM }, "{", "400",
	    "unable to decode request body: byte 2" },
	{ "POST", "/user/preferences", { TOKEN }, "{\"theme\":1,\"bio\":2}",
	    "400", "2 invalid fields" },
	{ "POST", "/user/preferences", { TOKEN }, "{\"theme\":1}", "400",
	    "{\"field\":\"theme\",\"problem\":\"must be light or dark\"}" },
	{ "GET", "/healthz", { { "HTTP_X_REQUEST_ID", "my-id_1.2" } }, NULL,
	    "200", "\r\nX-Request-Id: my-id_1.2\r\n" },
	{ "GET", "/healthz", { ORIGIN("https://app.example.com") }, NULL,
	    "200", "Access-Control-Allow-Credentials: true" },
};

static void
requests(void)
{
	struct world w;

	open_world(&w,
	    "cors: { allow_origins = [ \"https://app.example.com\" ]; };");
	for (size_t i = 0; i < ROWS(exchanges); i++)
		ask(&w, &exchanges[i]);
	tap_row("%s", "afterwards");
	/* what was refused before, cross-site writes too, asked nobody */
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 10);
	CHECK(strstr(files_read("log"), " 415 request_id=") != NULL);
	CHECK(strstr(files_read("log"), WORLD_TOKEN) == NULL);
	CHECK(strstr(files_read("log"), "ory_kratos_session") == NULL);
	world_close(&w);
}

static void
hostile_ids(void)
{
	char too_long[REQUEST_ID_MAX + 2] = "";
	const char *ids[] = { "a b", "a\r\nX: y", "\xc3\xa9", "", too_long };
	struct world w;

	memset(too_long, 'a', sizeof(too_long) - 1);
	open_world(&w, "");
	for (size_t i = 0; i < ROWS(ids); i++) {
		const struct exchange x = { "GET", "/healthz",
			{ { "HTTP_X_REQUEST_ID", ids[i] } }, NULL, "200",
			NULL };
		const char *id;

		ask(&w, &x);
		id = strstr(peer.answer, "\r\nX-Request-Id: ");
		if (id != NULL) {
			INTEQ(strspn(id + 16, "0123456789abcdef"), 16);
			INTEQ(id[32], '-');
			INTEQ(strtol(id + 33, NULL, 10), (long)i);
		}
	}
	world_close(&w);
}

static void
too_large(void)
{
	static char body[70000];
	const struct exchange big = { "POST", "/user/preferences",
		{ COOKIE, FORM, ORIGIN("https://www.example.com") }, body,
		"413", NULL };
	const struct exchange stranger = { "POST", "/user/preferences",
		{ FORM }, body, "401", NULL };
	struct world w;

	memset(body, 'x', sizeof(body) - 1);
	open_world(&w, "");
	ask(&w, &big);
	ask(&w, &stranger);
	world_close(&w);
}

/* In that role a URI is of another application, whatever it looks like. */
static void
authorizer(void)
{
	static const char *const methods[] = { "GET", "OPTIONS", "POST" };
	struct world w;

	open_world(&w, "");
	for (const struct route *r = routes; r->path != NULL; r++)
		for (size_t i = 0; i < ROWS(methods); i++) {
			tap_row("%s %s", methods[i], r->path);
			peer_begin(&peer, PEER_AUTHORIZER, 0);
			peer_pair(&peer, "REQUEST_METHOD", methods[i]);
			peer_pair(&peer, "REQUEST_URI", r->path);
			peer_params(&peer);
			world_serve(&w, &peer);
			CHECK(strncmp(peer.answer, "Status: 401 ", 12) == 0);
		}
	INTEQ(stub_connections(w.stub), 0);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "the table is in order, complete, and guards what users own",
	    table },
	{ "each request has the answer that the order of checks demands",
	    requests },
	{ "a request id that could do harm is replaced", hostile_ids },
	{ "a body too large is refused, a stranger's is not looked at",
	    too_large },
	{ "no route of ours is open to an authorizer's question", authorizer },
};
TAP_MAIN(cases)
