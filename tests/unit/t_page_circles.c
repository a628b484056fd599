/* SPDX-License-Identifier: MIT */
/* route/page: a provider may take for signed in whom we do not. */
#include "tap.h"

#include "base/arena.h"
#include "route/page.h"
#include "unit/files.h"
#include "unit/world.h"

#include <string.h>

#define PERSON "text/html,application/xhtml+xml,*/*;q=0.8"
#define LOGIN "https://www.example.com/auth/login"
#define BACK "?return_to=https%3A%2F%2Fwww.example.com%2Fa"
#define LOGOUT "https://www.example.com/auth/logout"
#define FRONT                                                                  \
	"providers = [ \"corp\" ]; oidc: ( { name = \"corp\"; issuer = "       \
	"\"https://id.x\"; audience = [ \"api\" ]; login_url = "               \
	"\"https://c.x/in\"; } );"
#define CLERK                                                                  \
	"providers = [ \"clerk\" ]; clerk: { secret_key = "                    \
	"\"sk_live_abcdefg\"; publishable_key = "                              \
	"\"pk_live_Y2xlcmsuZXhhbXBsZS5jb20k\"; };"

static struct world w;
static struct fcg_request in;
static struct request rq;

/* Somebody opens a guarded page. */
static void
opens(void)
{
	arena_reset(w.arena);
	in = (struct fcg_request){ 0 };
	in.param[FCG_HTTP_ACCEPT] = PERSON;
	rq = (struct request){ .service = &w.service,
		.in = &in,
		.arena = w.arena,
		.method = "GET",
		.id = "unit",
		.guarded = { .target = "/a", .method = "GET" } };
	reply_init(&rq.reply, w.arena);
}

/* Where a provider that takes them for signed in would send them back. */
static void
circles(void)
{
	static const struct {
		const char *more, *cookies;
		bool revoked;
		const char *way, *button;
	} t[] = {
		{ "", "ory_kratos_session=a", true, LOGOUT BACK, NULL },
		{ "", "ory_kratos_session=a", false, NULL,
		    LOGIN "?return_to=" },
		{ CLERK, "__session=a; __client_uat=1", false, LOGIN BACK,
		    NULL },
		{ CLERK, "__session=a; __client_uat=0", false, NULL,
		    LOGIN "?return_to=" },
		{ CLERK, "__session=a; __client_uat=1", true, LOGOUT BACK,
		    NULL },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("%s, %s%s", t[i].more, t[i].cookies,
		    t[i].revoked ? ", revoked" : "");
		world_open(&w, "https://auth.example.org", t[i].more);
		opens();
		in.param[FCG_HTTP_COOKIE] = t[i].cookies;
		rq.auth.verdict = AUTH_DENY;
		rq.auth.revoked = t[i].revoked;
		reply_problem(&rq.reply, PROBLEM_UNAUTHENTICATED, NULL, NULL);
		STREQ(page_way_in(&rq), t[i].way);
		page_refusal(&rq);
		INTEQ(rq.reply.status, t[i].way == NULL ? 401 : 303);
		if (t[i].button != NULL)
			CHECK(strstr(buf_text(&rq.reply.body), t[i].button) !=
			      NULL);
		world_close(&w);
	}
	tap_row("%s", "a provider that sets no cookie, or none that counts");
	world_open(&w, NULL, FRONT);
	opens();
	reply_problem(&rq.reply, PROBLEM_UNAUTHENTICATED, NULL, NULL);
	STREQ(page_way_in(&rq), NULL);
	page_refusal(&rq);
	CHECK(strstr(buf_text(&rq.reply.body), LOGIN) != NULL);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "nobody is sent round in circles", circles },
};
TAP_MAIN(cases)
