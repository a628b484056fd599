/* SPDX-License-Identifier: MIT */
/* route/r_sign, r_refresh, page: without memory nobody is sent astray. */
#include "tap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "route/handlers.h"
#include "route/page.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 64 << 10, STEP = 96 };

#define CLERK                                                                  \
	"providers = [ \"ory\", \"clerk\" ]; clerk: { secret_key = "           \
	"\"sk_live_abcdefg\"; publishable_key = "                              \
	"\"pk_live_Y2xlcmsuZXhhbXBsZS5jb20k\"; };"

static void
refused(struct request *rq)
{
	reply_problem(&rq->reply, PROBLEM_UNAUTHENTICATED, NULL, NULL);
	page_refusal(rq);
}

static void
forbidden(struct request *rq)
{
	rq->auth.verdict = AUTH_ALLOW;
	rq->auth.who =
	    (struct auth_ident){ .subject = "u-1", .email = "ada@example.org" };
	rq->cookie_session = true;
	reply_refusal(&rq->reply, PROBLEM_FORBIDDEN, NULL, "not_allowed");
	page_refusal(rq);
}

/* What each says when there is memory. */
static const struct {
	const char *name;
	void (*route)(struct request *rq);
	const char *cookies;
	int status;
} routes_to[] = {
	{ "login", r_login, NULL, 303 },
	{ "login, renewed", r_login, "__client_uat=1", 303 },
	{ "logout", r_logout, "ory_kratos_session=a", 303 },
	{ "refresh", r_refresh, NULL, 200 },
	{ "401", refused, NULL, 303 },
	{ "403", forbidden, NULL, 403 },
};

static const char *
answer(struct world *w, size_t i, struct arena *a, struct request *rq)
{
	static struct fcg_request in;
	size_t n;

	in = (struct fcg_request){ 0 };
	in.param[FCG_HTTP_COOKIE] = routes_to[i].cookies;
	in.param[FCG_HTTP_ACCEPT] = "text/html";
	*rq = (struct request){ .service = &w->service,
		.in = &in,
		.arena = a,
		.method = "GET",
		.query = "return_to=/a%3Fb",
		.deadline = clock_mono_ms() + 2000,
		.id = "unit",
		.guarded = { .target = "/a?b", .method = "GET" } };
	reply_init(&rq->reply, a);
	routes_to[i].route(rq);
	return reply_render(&rq->reply, a, &n);
}

/* The whole answer, or an error that is one. */
static void
scarce(void)
{
	char body[256];
	struct world w;

	world_open(&w, NULL, CLERK);
	snprintf(body, sizeof(body), "{\"logout_url\":\"%s/x?return_to\"}",
	    stub_url(w.stub));
	stub_json(w.stub, "/self-service/logout", 200, "", body);
	for (size_t i = 0; i < ROWS(routes_to); i++) {
		struct request rq;
		bool whole = false;

		for (size_t size = STEP; size < MOST && !whole; size += STEP) {
			struct arena *a = arena_new(size);
			const char *text = answer(&w, i, a, &rq);

			tap_row("%s, %zu bytes", routes_to[i].name, size);
			whole = rq.reply.status == routes_to[i].status &&
				strstr(text, "return_to") != NULL;
			CHECK(strncmp(text, "Status: ", 8) == 0);
			CHECK(strstr(text, "\r\n\r\n") != NULL);
			CHECK(strstr(text, "Location: /") == NULL);
			CHECK(strstr(text, "Location: \r") == NULL);
			arena_free(&a);
		}
	}
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "an answer is whole, or an error", scarce },
};
TAP_MAIN(cases)
