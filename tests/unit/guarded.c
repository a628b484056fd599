/* SPDX-License-Identifier: MIT */
/* Parameters as the examples in contrib/ set them. */
#include "unit/guarded.h"

#include "tap.h"

#include "base/log.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

enum { WARM = 20 };

const char *const guarded_names[GUARDED_FORMS] = {
	[GUARDED_ROLE] = "role",
	[GUARDED_PARAM] = "parameter",
	[GUARDED_ROUTE] = "route",
};

static void
pair(struct peer *p, const char *name, const char *value)
{
	if (value != NULL)
		peer_pair(p, name, value);
}

void
guarded_ask(struct peer *p, enum guarded_form form, const struct guarded *g)
{
	static const char *const own[GUARDED_FORMS] = {
		[GUARDED_PARAM] = "/_authz",
		[GUARDED_ROUTE] = "/auth/check",
	};
	bool role = form == GUARDED_ROLE;

	peer_begin(p, role ? PEER_AUTHORIZER : PEER_RESPONDER, 0);
	pair(p, "REQUEST_METHOD", role ? g->method : "GET");
	pair(p, "REQUEST_URI", role ? g->uri : own[form]);
	if (form == GUARDED_PARAM)
		peer_pair(p, "GATEHOUSE_ROLE", "AUTHORIZER");
	if (!role) {
		pair(p, "GATEHOUSE_ORIGINAL_METHOD", g->method);
		pair(p, "GATEHOUSE_ORIGINAL_URI", g->uri);
	}
	for (int i = 0; i < GUARDED_PAIRS && g->pairs[i][0] != NULL; i++)
		peer_pair(p, g->pairs[i][0], g->pairs[i][1]);
	peer_params(p);
	if (!role)
		peer_stdin(p, NULL, 0);
}

void
guarded_open(struct world *w, const char *more)
{
	static char target[300];
	struct log_options o = { LEVEL_INFO, FORMAT_TEXT, target };
	struct err e = { 0 };

	world_open(w, NULL, more);
	world_serving(w);
	/* the first call is the slow one, of memcheck above all */
	for (int i = 0;
	     i < WARM && world_check(w, WORLD_TOKEN).verdict != AUTH_ALLOW; i++)
		continue;
	snprintf(target, sizeof(target), "file:%s", files_path("log"));
	INTEQ(log_open(&o, &e), 0);
}

static bool
has(const struct peer *p, const char *part)
{
	return strstr(p->answer, part) != NULL;
}

void
guarded_check_yes(const struct peer *p, enum guarded_form form, bool known)
{
	bool variables = form != GUARDED_ROUTE;
	const char *line = strstr(p->answer, "\r\n");

	CHECK(strncmp(p->answer,
		  variables ? "Status: 200 OK\r\n"
			    : "Status: 204 No Content\r\n",
		  variables ? 16 : 24) == 0);
	INTEQ(has(p, variables ? "\r\nVariable-AUTH_USER: " WORLD_USER
			       : "\r\nX-Auth-User: " WORLD_USER),
	    known);
	INTEQ(has(p, "\r\nVariable-REMOTE_USER: " WORLD_USER),
	    known && variables);
	CHECK(!has(p, variables ? "X-Auth-" : "Variable-"));
	CHECK(variables || has(p, "\r\nCache-Control: private, no-store"));
	while (variables && line != NULL && strncmp(line, "\r\n\r\n", 4) != 0) {
		CHECK(strncmp(line, "\r\nVariable-", 11) == 0);
		line = strstr(line + 2, "\r\n");
	}
	STREQ(strstr(p->answer, "\r\n\r\n"), "\r\n\r\n");
	CHECK(!has(p, "unverified") && !has(p, "ada@example.org"));
}
