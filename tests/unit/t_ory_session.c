/* SPDX-License-Identifier: MIT */
/* auth/ory_session: every status and body of Ory, mapped to a verdict. */
#include "tap.h"

#include "auth/ory_session.h"
#include "base/arena.h"
#include "io/http.h"

#include <stdio.h>
#include <string.h>

#define NOW 1785426082 /* 2026-07-30T15:41:22Z */
#define ID "c4d24c01-feba-4213-858b-262c8d427f8c"
#define SID "0cd29640-3b64-419d-93b0-8c9e84c2090d"
#define UNTIL "\"expires_at\":\"2026-07-30T15:41:23Z\""
#define GOOD(traits)                                                           \
	"{\"id\":\"" SID "\",\"active\":true," UNTIL ",\"authenticator_"       \
	"assurance_level\":\"aal1\",\"identity\":{\"id\":\"" ID "\","          \
	"\"traits\":" traits ",\"verifiable_addresses\":[{\"value\":"          \
	"\"ada@example.org\",\"verified\":true}]},\"devices\":null}"
#define E1                                                                     \
	"{\"error\":{\"code\":401,\"status\":\"Unauthorized\",\"reason\":"     \
	"\"No valid session credentials found in the request.\",\"message\":"  \
	"\"The request could not be authorized\"}}\n"
#define E2                                                                     \
	"{\"error\":{\"code\":401,\"status\":\"Unauthorized\",\"reason\":"     \
	"\"Unable to determine AAL.\",\"message\":"                            \
	"\"The request could not be authorized\"}}\n"
#define E3                                                                     \
	"{\"error\":{\"id\":\"session_aal2_required\",\"code\":403,"           \
	"\"status\":\"Forbidden\",\"details\":{\"redirect_browser_to\":"       \
	"\"https://auth.example.org/x\"}},\"redirect_browser_to\":\"x\"}"
#define E4                                                                     \
	"{\"error\":{\"code\":500,\"status\":\"Internal Server Error\","       \
	"\"message\":\"securecookie: the value is not valid\"}}"

static const struct ory_paths paths = { "traits.email", "traits.name",
	"metadata_public.roles" };
static struct arena *arena;

static struct provider_answer
judge(int status, const char *body, const char *header,
    struct auth_answer *answer)
{
	struct http_reply r = { .status = status, .body = body,
		.body_len = strlen(body) };
	struct provider_answer pa = { .answer = answer };

	*answer = (struct auth_answer){ .verdict = AUTH_DENY };
	if (header != NULL) {
		r.header[0] = header;
		r.n_headers = 1;
	}
	ory_judge(&r, &paths, NOW, arena, &pa);
	return pa;
}

static void
statuses(void)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		enum auth_verdict verdict;
		enum call_outcome outcome;
		bool doubtful;
	} t[] = {
		{ "good", 200, GOOD("{}"), AUTH_ALLOW, CALL_GOOD, false },
		{ "tokenize_as trouble", 400, "{\"error\":{\"code\":400}}",
		    AUTH_UNSURE, CALL_NONE, false },
		{ "E1", 401, E1, AUTH_DENY, CALL_GOOD, true },
		{ "E2", 401, E2, AUTH_UNSURE, CALL_NONE, false },
		{ "401 of a proxy", 401, "<html>401</html>", AUTH_UNSURE,
		    CALL_NONE, false },
		{ "401 without a body", 401, "", AUTH_UNSURE, CALL_NONE,
		    false },
		{ "401 of another API", 401, "{\"message\":\"no\"}",
		    AUTH_UNSURE, CALL_NONE, false },
		{ "401 with a text code", 401, "{\"error\":{\"code\":\"401\"}}",
		    AUTH_UNSURE, CALL_NONE, false },
		{ "E3", 403, E3, AUTH_STEPUP, CALL_GOOD, false },
		{ "other 403", 403, "{\"error\":{\"id\":\"csrf\"}}",
		    AUTH_UNSURE, CALL_NONE, false },
		{ "403 HTML", 403, "<html>", AUTH_UNSURE, CALL_NONE, false },
		{ "redirect", 302, "", AUTH_UNSURE, CALL_FAILED, false },
		{ "307 of the admin port", 307, "", AUTH_UNSURE, CALL_FAILED,
		    false },
		{ "404", 404, "{}", AUTH_UNSURE, CALL_NONE, false },
		{ "405", 405, "{}", AUTH_UNSURE, CALL_NONE, false },
		{ "429", 429, "", AUTH_UNSURE, CALL_LIMIT, false },
		{ "E4", 500, E4, AUTH_UNSURE, CALL_FAILED, false },
		{ "502", 502, "<html>", AUTH_UNSURE, CALL_FAILED, false },
		{ "503", 503, "", AUTH_UNSURE, CALL_FAILED, false },
		{ "504", 504, "", AUTH_UNSURE, CALL_FAILED, false },
		{ "204", 204, "", AUTH_UNSURE, CALL_FAILED, false },
		{ "201 with a session", 201, GOOD("{}"), AUTH_UNSURE,
		    CALL_FAILED, false },
		{ "status 0", 0, "", AUTH_UNSURE, CALL_FAILED, false },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer answer;
		struct provider_answer pa =
		    judge(t[i].status, t[i].body, NULL, &answer);

		tap_row("%s", t[i].name);
		INTEQ(answer.verdict, t[i].verdict);
		INTEQ(pa.outcome, t[i].outcome);
		INTEQ(pa.doubtful, t[i].doubtful);
		INTEQ(answer.why == NULL, t[i].verdict == AUTH_ALLOW);
	}
	arena_free(&arena);
}

/* 200 with these bodies: VALID needs all that we rely on, well formed. */
static void
sessions(void)
{
	static const struct {
		const char *body;
		enum auth_verdict verdict;
	} t[] = {
		{ "", AUTH_UNSURE }, { "{}", AUTH_UNSURE },
		{ "[]", AUTH_UNSURE }, { "null", AUTH_UNSURE },
		{ "<html>sign in</html>", AUTH_UNSURE },
		{ "{\"active\":true}", AUTH_UNSURE },
		{ "{\"active\":true," UNTIL "}", AUTH_UNSURE },
		{ "{\"active\":true," UNTIL ",\"identity\":null}",
		    AUTH_UNSURE },
		{ "{\"active\":true," UNTIL ",\"identity\":\"" ID "\"}",
		    AUTH_UNSURE },
		{ "{\"active\":true," UNTIL ",\"identity\":{\"id\":\"7\"}}",
		    AUTH_UNSURE },
		{ "{\"active\":true," UNTIL ",\"identity\":{\"id\":7}}",
		    AUTH_UNSURE },
		{ "{\"active\":true," UNTIL ",\"identity\":{\"id\":\"\"}}",
		    AUTH_UNSURE },
		{ "{" UNTIL ",\"identity\":{\"id\":\"" ID "\"}}",
		    AUTH_UNSURE },
		{ "{\"active\":\"true\"," UNTIL ",\"identity\":{\"id\":\"" ID
		  "\"}}", AUTH_UNSURE },
		{ "{\"active\":1," UNTIL ",\"identity\":{\"id\":\"" ID "\"}}",
		    AUTH_UNSURE },
		{ "{\"active\":true,\"expires_at\":null,\"identity\":{\"id\":"
		  "\"" ID "\"}}", AUTH_UNSURE },
		{ "{\"active\":true,\"expires_at\":1785426083,\"identity\":"
		  "{\"id\":\"" ID "\"}}", AUTH_UNSURE },
		{ "{\"active\":true,\"expires_at\":\"tomorrow\",\"identity\":"
		  "{\"id\":\"" ID "\"}}", AUTH_UNSURE },
		{ "{\"active\":true,\"active\":true," UNTIL ",\"identity\":"
		  "{\"id\":\"" ID "\"}}", AUTH_UNSURE },
		{ "{\"active\":true," UNTIL ",\"identity\":{\"id\":\"" ID
		  "\"}} x", AUTH_UNSURE },
		{ "{\"active\":true," UNTIL ",\"identity\":{\"id\":\"" ID,
		    AUTH_UNSURE },
		{ "{\"active\":true," UNTIL ",\"identity\":{\"id\":\"" ID
		  "\",\"traits\":{\"email\":\"a\\u0000b\"}}}", AUTH_UNSURE },
		{ "{\"active\":true," UNTIL ",\"identity\":{\"id\":\"" ID
		  "\"}}\n", AUTH_ALLOW },
		{ "{\"active\":false," UNTIL ",\"identity\":{\"id\":\"" ID
		  "\"}}", AUTH_DENY },
		{ "{\"active\":true,\"expires_at\":\"2026-07-30T15:41:22.9Z\","
		  "\"identity\":{\"id\":\"" ID "\"}}", AUTH_DENY },
		{ "{\"active\":true,\"expires_at\":\"0001-01-01T00:00:00Z\","
		  "\"identity\":{\"id\":\"" ID "\"}}", AUTH_DENY },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer answer;
		struct provider_answer pa =
		    judge(200, t[i].body, NULL, &answer);

		tap_row("%s", t[i].body);
		INTEQ(answer.verdict, t[i].verdict);
		INTEQ(pa.outcome, t[i].verdict == AUTH_UNSURE ? CALL_FAILED
							      : CALL_GOOD);
		CHECK(!pa.doubtful);
		INTEQ(answer.who.subject != NULL,
		    t[i].verdict == AUTH_ALLOW);
	}
	arena_free(&arena);
}

static void
traits(void)
{
	static const struct {
		const char *body, *email;
		bool verified;
		const char *name;
	} t[] = {
		{ GOOD("{\"email\":\"ada@example.org\",\"name\":\"Ada\"}"),
		    "ada@example.org", true, "Ada" },
		{ GOOD("{\"email\":\"bob@example.org\"}"), "bob@example.org",
		    false, NULL },
		{ GOOD("{\"name\":{\"first\":\"Ada\",\"last\":\"L\"}}"), "",
		    false, "Ada L" },
		{ GOOD("{\"name\":{\"first\":\"Ada\"}}"), "", false, "Ada" },
		{ GOOD("{\"name\":{\"last\":\"L\"}}"), "", false, "L" },
		{ GOOD("{\"name\":{}}"), "", false, NULL },
		{ GOOD("{\"name\":\"\",\"email\":\"\"}"), "", false, NULL },
		{ GOOD("{\"name\":7,\"email\":[\"a\"]}"), "", false, NULL },
		{ GOOD("{\"name\":null,\"email\":null}"), "", false, NULL },
		{ GOOD("null"), "", false, NULL },
		{ GOOD("[]"), "", false, NULL },
		{ GOOD("\"ada@example.org\""), "", false, NULL },
		{ GOOD("{\"email\":\"a\\r\\nX: y\",\"name\":\"a\\tb\"}"), "",
		    false, NULL },
		{ GOOD("{\"email\":\"Ada@example.org\"}"), "Ada@example.org",
		    false, NULL },
		{ GOOD("{\"name\":\"\\u00c9\\ud83d\\ude00\"}"), "", false,
		    "\xc3\x89\xf0\x9f\x98\x80" },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer answer;

		tap_row("%s", t[i].body);
		judge(200, t[i].body, NULL, &answer);
		INTEQ(answer.verdict, AUTH_ALLOW);
		STREQ(answer.who.subject, ID);
		STREQ(answer.who.session, SID);
		STREQ(answer.who.aal, "aal1");
		STREQ(answer.who.email, t[i].email);
		INTEQ(answer.who.email_verified, t[i].verified);
		STREQ(answer.who.name, t[i].name);
		INTEQ(answer.who.expires_s, NOW + 1);
	}
	arena_free(&arena);
}

static void
headers(void)
{
	static const struct {
		int status;
		const char *header;
		enum auth_verdict verdict;
		int64_t pause;
	} t[] = {
		{ 429, NULL, AUTH_UNSURE, 0 },
		{ 429, "Retry-After: 7", AUTH_UNSURE, 7000 },
		{ 429, "x-ratelimit-reset: 3", AUTH_UNSURE, 3000 },
		{ 429, "Retry-After: soon", AUTH_UNSURE, 0 },
		{ 200, "Content-Encoding: gzip", AUTH_UNSURE, 0 },
		{ 401, "content-encoding: br", AUTH_UNSURE, 0 },
	};

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer answer;
		struct provider_answer pa = judge(t[i].status,
		    t[i].status == 200 ? GOOD("{}") : E1, t[i].header,
		    &answer);

		tap_row("%d, %s", t[i].status,
		    t[i].header == NULL ? "no header" : t[i].header);
		INTEQ(answer.verdict, t[i].verdict);
		INTEQ(pa.pause_ms, t[i].pause);
		CHECK(!pa.doubtful);
	}
	arena_free(&arena);
}

static const struct tap_case cases[] = {
	{ "each status has its verdict, and only E1 is a doubtful no",
	    statuses },
	{ "a 200 counts only with all that we rely on", sessions },
	{ "traits of any shape give an email and a name, or none", traits },
	{ "a rate limit names its pause; an unasked encoding is no answer",
	    headers },
};
TAP_MAIN(cases)
