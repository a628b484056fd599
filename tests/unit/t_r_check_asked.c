/* SPDX-License-Identifier: MIT */
/* route/r_check: what is asked for: said whole, in part, or not at all. */
#include "tap.h"

#include "unit/guarded.h"
#include "unit/world.h"

#include <string.h>

#define TOKEN                                                                  \
	{                                                                      \
		"HTTP_X_SESSION_TOKEN", WORLD_TOKEN                            \
	}

static const char rule[] = "guard: { rules = ( { path = \"/in/\"; } ); };";

static struct peer peer;

static bool
has(const char *part)
{
	return strstr(peer.answer, part) != NULL;
}

/* Of nginx's subrequest, whose method is that of the configuration. */
static void
outer_methods(void)
{
	static const char *const methods[] = { "OPTIONS", "POST", "HEAD",
		"TRACE", "get", "DELETE", "", "G\tT" };
	struct world w;

	guarded_open(&w, rule);
	for (size_t i = 0; i < ROWS(methods) * 2; i++) {
		bool known = i % 2 == 1;

		tap_row("%s %s", methods[i / 2], known ? "signed in" : "");
		peer_begin(&peer, PEER_RESPONDER, 0);
		peer_pair(&peer, "REQUEST_METHOD", methods[i / 2]);
		peer_pair(&peer, "REQUEST_URI", "/auth/check");
		peer_pair(&peer, "GATEHOUSE_ORIGINAL_URI", "/in/a");
		peer_pair(&peer, "GATEHOUSE_ORIGINAL_METHOD", "GET");
		peer_pair(&peer, "HTTP_ORIGIN", "https://app.example.com");
		peer_pair(&peer, "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "GET");
		if (known)
			peer_pair(&peer, "HTTP_X_SESSION_TOKEN", WORLD_TOKEN);
		peer_params(&peer);
		peer_stdin(&peer, NULL, 0);
		world_serve(&w, &peer);
		CHECK(strncmp(peer.answer,
			  known ? "Status: 204 " : "Status: 401 ", 12) == 0);
		INTEQ(has("X-Auth-User: "), known);
	}
	world_close(&w);
}

/* What the rules go by is missing: nobody can tell which one it is. */
static void
half_told(void)
{
	static const struct {
		enum guarded_form form;
		struct guarded ask;
	} t[] = {
		{ GUARDED_ROLE, { "GET", NULL, { TOKEN } } },
		{ GUARDED_ROLE,
		    { "GET", NULL,
			{ TOKEN, { "GATEHOUSE_ORIGINAL_METHOD", "GET" } } } },
		{ GUARDED_ROLE,
		    { "GET", "/in/a",
			{ TOKEN, { "GATEHOUSE_ORIGINAL_URI", "/in/a" } } } },
		{ GUARDED_ROLE,
		    { "GET", "/in/a",
			{ TOKEN, { "GATEHOUSE_ROLE", "AUTHORIZER" } } } },
		{ GUARDED_PARAM, { "GET", NULL, { TOKEN } } },
		{ GUARDED_PARAM, { NULL, "/in/a", { TOKEN } } },
		{ GUARDED_PARAM, { NULL, NULL, { TOKEN } } },
		{ GUARDED_ROUTE, { NULL, "/in/a", { TOKEN } } },
		{ GUARDED_ROUTE, { "", "/in/a", { TOKEN } } },
		{ GUARDED_ROUTE, { "GET", NULL, { TOKEN } } },
		{ GUARDED_ROUTE, { "GET", "", { TOKEN } } },
	};
	struct world w;

	for (size_t i = 0; i < ROWS(t) * 2; i++) {
		tap_row("%zu, %s", i / 2, i % 2 == 0 ? "rules" : "no rules");
		guarded_open(&w, i % 2 == 0 ? rule : "");
		guarded_ask(&peer, t[i / 2].form, &t[i / 2].ask);
		world_serve(&w, &peer);
		CHECK(strncmp(peer.answer, "Status: 500 ", 12) == 0);
		CHECK(!has("Variable-") && !has("X-Auth-User"));
		world_close(&w);
	}
}

/* Without rules, or without anything that is guarded. */
static void
signed_in(void)
{
	static const struct guarded who = { "GET", "/any/where", { TOKEN } },
				    nobody = { "GET", "/any/where", {} },
				    none = { NULL, NULL, { TOKEN } },
				    neither = { NULL, NULL, {} };
	const struct {
		const struct guarded *ask;
		bool rules, passes;
	} t[] = { { &who, false, true }, { &nobody, false, false },
		{ &none, true, true }, { &neither, true, false } };
	struct world w;

	for (size_t i = 0; i < ROWS(t) * GUARDED_FORMS; i++) {
		bool bare = t[i / GUARDED_FORMS].ask->uri == NULL;
		enum guarded_form form = i % GUARDED_FORMS;

		if (bare && form != GUARDED_ROUTE)
			continue;
		tap_row("%zu, %s", i / GUARDED_FORMS, guarded_names[form]);
		guarded_open(&w, t[i / GUARDED_FORMS].rules ? rule : "");
		guarded_ask(&peer, form, t[i / GUARDED_FORMS].ask);
		world_serve(&w, &peer);
		if (t[i / GUARDED_FORMS].passes)
			guarded_check_yes(&peer, form, true);
		else
			CHECK(strncmp(peer.answer, "Status: 401 ", 12) == 0);
		world_close(&w);
	}
}

static const struct tap_case cases[] = {
	{ "the guarded request's method counts, not the subrequest's",
	    outer_methods },
	{ "who does not say what is asked for gets no answer to it",
	    half_told },
	{ "without rules, or anything guarded, who is signed in may pass",
	    signed_in },
};
TAP_MAIN(cases)
