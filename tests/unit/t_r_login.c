/* SPDX-License-Identifier: MIT */
/* route/r_login: a return_to is passed on only to where we trust. */
#include "tap.h"

#include "base/arena.h"
#include "io/js.h"
#include "route/handlers.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

static void
return_to(void)
{
	static const struct {
		const char *url;
		bool passed;
	} t[] = {
		{ "https://www.example.com/", true },
		{ "https%3A%2F%2Fwww.example.com%2Fa%3Fb%26c", true },
		{ "https://app.example.com/x", true },
		{ "/a", true },
		{ "//evil.example", false },
		{ "", false },
		{ "https://evil.example/", false },
		{ "https://www.example.com%5c@evil.example/", false },
		{ "https://www.example.com%09/", false },
		{ "https://www.example.com&return_to=https://evil.example",
		    false },
		{ "%00https://www.example.com/", false },
	};
	struct world w;

	world_open(&w, "https://auth.example.org",
	    "cors: { allow_origins = [ \"https://app.example.com\" ]; };");
	for (size_t i = 0; i < ROWS(t); i++) {
		struct fcg_request in = { 0 };
		struct request rq = {
			.service = &w.service, .in = &in, .arena = w.arena
		};
		struct err e = { 0 };
		struct json_object *doc;
		char query[200];

		tap_row("%s", t[i].url);
		snprintf(query, sizeof(query), "a=b&return_to=%s", t[i].url);
		arena_reset(w.arena);
		reply_init(&rq.reply, w.arena);
		rq.query = query;
		r_login_info(&rq);
		INTEQ(rq.reply.status, 200);
		doc = js_parse(rq.reply.body.data, rq.reply.body.len, &e);
		if (CHECK(doc != NULL))
			INTEQ(strstr(js_get(doc, "loginUrl").str,
				  "return_to=") != NULL,
			    t[i].passed);
		js_free(&doc);
	}
	INTEQ(stub_connections(w.stub), 0); /* public: asks nobody */
	world_close(&w);
}

static void
no_public_url(void)
{
	struct fcg_request in = { 0 };
	struct request rq = { .in = &in };
	struct world w;

	world_open(&w, "https://auth.example.org", "");
	w.conf->public_url = "";
	rq.service = &w.service;
	rq.arena = w.arena;
	rq.query = "return_to=https://www.example.com/";
	reply_init(&rq.reply, w.arena);
	r_login_info(&rq);
	CHECK(strstr(buf_text(&rq.reply.body), "return_to") == NULL);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "only our own and allowed origins are returned to", return_to },
	{ "without a public_url nothing is our own", no_public_url },
};
TAP_MAIN(cases)
