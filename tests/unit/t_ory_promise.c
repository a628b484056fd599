/* SPDX-License-Identifier: MIT */
/* auth/ory_session: for how long Ory's answer holds, and since when. */
#include "tap.h"

#include "auth/life.h"
#include "auth/ory_session.h"
#include "base/arena.h"
#include "io/http.h"

#include <string.h>

#define SESSION(more)                                                          \
	"{\"id\":\"s\",\"active\":true,\"expires_at\":"                        \
	"\"2099-01-01T00:00:00Z\"," more "\"identity\":{\"id\":\"c4d24c01-"    \
	"feba-4213-858b-262c8d427f8c\",\"traits\":{}}}"
#define FOR "Ory-Session-Cache-For: "

static struct provider_answer
judge(const char *body, const char *first, const char *second,
    struct auth_answer *answer)
{
	struct arena *arena = arena_new(1 << 20);
	struct http_reply r = { .status = 200,
		.body = body,
		.body_len = strlen(body),
		.header = { first, second },
		.n_headers = second != NULL ? 2 : first != NULL };
	struct provider_answer pa = { .answer = answer };

	*answer = (struct auth_answer){ .verdict = AUTH_DENY };
	ory_judge(&r, &(struct ory_paths){ "traits.email", "traits.name",
	"metadata_public.roles" },
	    1785426082, arena, &pa);
	INTEQ(answer->verdict, AUTH_ALLOW);
	arena_free(&arena);
	return pa;
}

static void
promises(void)
{
	static const struct {
		const char *first, *second;
		int64_t want;
	} t[] = {
		{ NULL, NULL, LIFE_NO_PROMISE },
		{ FOR "30", NULL, 30 },
		{ "ory-session-cache-for:30", NULL, 30 },
		{ FOR "0", NULL, 0 },
		{ FOR "  30", NULL, 30 },
		{ FOR "", NULL, LIFE_NO_PROMISE },
		{ FOR "-1", NULL, LIFE_NO_PROMISE },
		{ FOR "30s", NULL, LIFE_NO_PROMISE },
		{ FOR "30, 30", NULL, LIFE_NO_PROMISE },
		/* twice, even if it is the same */
		{ FOR "30", FOR "30", LIFE_NO_PROMISE },
		{ FOR "30", FOR "60", LIFE_NO_PROMISE },
		{ "Ory-Session-Cache-Forever: 30", NULL, LIFE_NO_PROMISE },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer answer;

		tap_row("%s %s", t[i].first == NULL ? "none" : t[i].first,
		    t[i].second == NULL ? "" : t[i].second);
		INTEQ(judge(SESSION(""), t[i].first, t[i].second, &answer)
			  .promise_s,
		    t[i].want);
	}
}

static void
dates(void)
{
	static const struct {
		const char *body;
		int64_t want;
	} t[] = {
		{ SESSION("\"authenticated_at\":"
			  "\"2001-09-09T01:46:40.917Z\","),
		    1000000000 },
		{ SESSION(""), 0 },
		{ SESSION("\"authenticated_at\":null,"), 0 },
		{ SESSION("\"authenticated_at\":1000000000,"), 0 },
		{ SESSION("\"authenticated_at\":\"yesterday\","), 0 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer answer;

		tap_row("%s", t[i].body);
		judge(t[i].body, NULL, NULL, &answer);
		INTEQ(answer.who.issued_s, t[i].want);
	}
}

static const struct tap_case cases[] = {
	{ "a promise is one header with one number of seconds", promises },
	{ "a session is as old as its sign-in, or of unknown age", dates },
};
TAP_MAIN(cases)
