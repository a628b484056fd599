/* SPDX-License-Identifier: MIT */
/* route/r_refresh: a page with one script, and a policy that allows no more. */
#include "tap.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "route/handlers.h"
#include "route/html.h"
#include "route/r_refresh.h"
#include "unit/files.h"
#include "unit/hashed.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

#define LIVE "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"
#define LOCAL "pk_test_MTI3LjAuMC4xOjk0MDEk"
#define EVIL "pk_test_MTI3LjAuMC4xLmV2aWwuZXhhbXBsZSQ"
#define CLERK(key, more)                                                       \
	"providers = [ \"ory\", \"clerk\" ]; clerk: { secret_key = "           \
	"\"sk_live_abcdefg\"; publishable_key = \"" key "\"; " more " };"
#define SCRIPT "npm/@clerk/clerk-js@6/dist/clerk.browser.js"

static void
visit(struct world *w, const char *query, struct request *rq)
{
	static const struct fcg_request in = { .fault = FCG_FINE };

	*rq = (struct request){ .service = &w->service,
		.in = &in,
		.arena = w->arena,
		.method = "GET",
		.query = query,
		.id = "unit" };
	reply_init(&rq->reply, w->arena);
	r_refresh(rq);
}

static bool
holds(struct request *rq, const char *what)
{
	return strstr(buf_text(&rq->reply.body), what) != NULL;
}

static void
page(void)
{
	struct request rq;
	struct world w;

	world_open(&w, "https://auth.example.org", CLERK(LIVE, ""));
	visit(&w, "return_to=/a?b%26c=%22%3E%3Cscript%3E", &rq);
	INTEQ(rq.reply.status, 200);
	STREQ(hashed_element(buf_text(&rq.reply.body), "script"),
	    REFRESH_SCRIPT_HASH);
	STREQ(rq.reply.csp,
	    HTML_CSP "; script-src '" REFRESH_SCRIPT_HASH
		     "' https://clerk.example.com; connect-src "
		     "https://clerk.example.com; worker-src blob:");
	CHECK(holds(&rq,
	    "data-script=\"https://clerk.example.com/" SCRIPT "\""));
	CHECK(holds(&rq, "data-key=\"" LIVE "\""));
	CHECK(holds(&rq, "data-to=\"https://www.example.com/a?b&#38;c=&#34;"
			 "&#62;&#60;script&#62;\""));
	CHECK(holds(&rq, "data-sign-in=\"https://accounts.example.com/sign-in"
			 "?redirect_url=https%3A%2F%2Fwww.example.com%2Fa"));
	CHECK(holds(&rq, "<noscript>"));
	CHECK(!holds(&rq, "sk_live"));
	tap_row("%s", "a way back that is none");
	visit(&w, "return_to=javascript:alert(1)", &rq);
	CHECK(holds(&rq, "data-to=\"https://www.example.com/\""));
	CHECK(!holds(&rq, "alert"));
	INTEQ(stub_connections(w.stub), 0);
	world_close(&w);
}

/* A stand-in on this machine is beside its sign-in page. */
static void
frontends(void)
{
	static const struct {
		const char *more, *script, *origin;
	} t[] = {
		{ CLERK(LIVE, "sign_in_url = \"https://a.x/b/in\";"),
		    "\"https://clerk.example.com/" SCRIPT "\"",
		    " https://clerk.example.com;" },
		{ CLERK(LOCAL, ""), "\"http://127.0.0.1:9401/" SCRIPT "\"",
		    " http://127.0.0.1:9401;" },
		{ CLERK(LOCAL,
		      "sign_in_url = \"http://localhost:4000/.clerk/in?a=/b\""
		      ";"),
		    "\"http://localhost:4000/.clerk/" SCRIPT "\"",
		    " http://localhost:4000;" },
		{ CLERK(LOCAL, "sign_in_url = \"http://localhost:4000\";"),
		    "\"http://localhost:4000/" SCRIPT "\"",
		    " http://localhost:4000;" },
		{ CLERK(EVIL, "sign_in_url = \"http://localhost:4000/in\";"),
		    "\"https://127.0.0.1.evil.example/" SCRIPT "\"",
		    " https://127.0.0.1.evil.example;" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct request rq;
		struct world w;

		tap_row("%s", t[i].more);
		world_open(&w, "https://auth.example.org", t[i].more);
		visit(&w, NULL, &rq);
		INTEQ(rq.reply.status, 200);
		CHECK(holds(&rq, t[i].script));
		CHECK(strstr(rq.reply.csp, t[i].origin) != NULL);
		world_close(&w);
	}
}

static void
there_or_not(void)
{
	static const struct {
		const char *more, *public_url;
		bool on;
	} t[] = {
		{ CLERK(LIVE, ""), "https://w.x", true },
		{ CLERK(LIVE, ""), "", false },
		{ CLERK(LIVE, "cookies = false;"), "https://w.x", false },
		{ CLERK("", "issuer = \"https://i.x\";"), "https://w.x",
		    false },
		{ "", "https://w.x", false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct world w;

		tap_row("%s at \"%s\"", t[i].more, t[i].public_url);
		world_open(&w, "https://auth.example.org", t[i].more);
		w.conf->public_url = t[i].public_url;
		INTEQ(r_refresh_on(w.conf), t[i].on);
		world_close(&w);
	}
}

static const struct tap_case cases[] = {
	{ "the page names what its script needs, and its policy that script",
	    page },
	{ "clerk-js comes from the instance alone", frontends },
	{ "without Clerk, its cookies or a place of ours there is no page",
	    there_or_not },
};
TAP_MAIN(cases)
