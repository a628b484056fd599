/* SPDX-License-Identifier: MIT */
/* auth/ory_sign_out, auth_sign_out(): where a session at Ory ends. */
#include "tap.h"

#include "auth/ory_sign_out.h"
#include "auth/provider.h"
#include "base/arena.h"
#include "base/clock.h"
#include "io/http.h"
#include "shm/shared.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

#define COOKIE "ory_kratos_session=abc"
#define LOGOUT "/self-service/logout/browser"
#define AT(place)                                                              \
	"{\"logout_url\":\"" place "/self-service/logout?token=ory_lo_x\","    \
	"\"logout_token\":\"ory_lo_x\"}"
#define HERE "https://www.example.com/.ory/self-service/logout?token=ory_lo_x"

/* Ory's answer: where the browser goes, or what became of it. */
static void
answers(void)
{
	static const struct {
		int status;
		const char *body, *url;
		enum auth_verdict verdict;
		enum call_outcome outcome;
	} t[] = {
		{ 200, AT("https://www.example.com/.ory"), HERE, AUTH_ALLOW,
		    CALL_GOOD },
		{ 200, AT("http://127.0.0.1:4433"), HERE, AUTH_ALLOW,
		    CALL_GOOD },
		{ 200, AT("https://evil.example"), NULL, AUTH_UNSURE,
		    CALL_FAILED },
		{ 200, AT("https://www.example.com/.oryx"), NULL, AUTH_UNSURE,
		    CALL_FAILED },
		{ 200, AT("https://www.example.com/.ory@evil.example"), NULL,
		    AUTH_UNSURE, CALL_FAILED },
		{ 200, AT("http://127.0.0.1:44331"), NULL, AUTH_UNSURE,
		    CALL_FAILED },
		{ 200, AT("http://127.0.0.1:4433@evil.example"), NULL,
		    AUTH_UNSURE, CALL_FAILED },
		{ 200, AT("//www.example.com/.ory"), NULL, AUTH_UNSURE,
		    CALL_FAILED },
		{ 200, AT(""), NULL, AUTH_UNSURE, CALL_FAILED },
		{ 200, AT("javascript:x//"), NULL, AUTH_UNSURE, CALL_FAILED },
		{ 200, AT("https://www.example.com/.ory/\\\\evil"), NULL,
		    AUTH_UNSURE, CALL_FAILED },
		{ 200, AT("https://www.example.com/.ory/\\r\\nX: y"), NULL,
		    AUTH_UNSURE, CALL_FAILED },
		{ 200, "{\"logout_url\":\"https://www.example.com/.ory\"}",
		    NULL, AUTH_UNSURE, CALL_FAILED },
		{ 200, "{\"logout_url\":7}", NULL, AUTH_UNSURE, CALL_FAILED },
		{ 200, "{\"logout_url\":null}", NULL, AUTH_UNSURE,
		    CALL_FAILED },
		{ 200, "{}", NULL, AUTH_UNSURE, CALL_FAILED },
		{ 200, "", NULL, AUTH_UNSURE, CALL_FAILED },
		{ 200, "<html>", NULL, AUTH_UNSURE, CALL_FAILED },
		{ 204, "", NULL, AUTH_UNSURE, CALL_FAILED },
		{ 303, "", NULL, AUTH_UNSURE, CALL_FAILED },
		{ 400, "{}", NULL, AUTH_UNSURE, CALL_NONE },
		{ 401, WORLD_E1, NULL, AUTH_DENY, CALL_GOOD },
		{ 401, "{}", NULL, AUTH_UNSURE, CALL_NONE },
		{ 403, "{}", NULL, AUTH_UNSURE, CALL_NONE },
		{ 404, "", NULL, AUTH_UNSURE, CALL_NONE },
		{ 429, "", NULL, AUTH_UNSURE, CALL_LIMIT },
		{ 500, "{}", NULL, AUTH_UNSURE, CALL_FAILED },
		{ 502, "<html>", NULL, AUTH_UNSURE, CALL_FAILED },
	};
	static const struct ory_places places = { "http://127.0.0.1:4433",
		"https://www.example.com/.ory" };
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < ROWS(t); i++) {
		const struct http_reply r = { .status = t[i].status,
			.body = t[i].body,
			.body_len = strlen(t[i].body) };
		struct auth_answer answer = { .verdict = AUTH_ANON };
		struct provider_answer pa = { .answer = &answer };

		tap_row("%d %s", t[i].status, t[i].body);
		STREQ(ory_judge_sign_out(&r, &places, a, &pa), t[i].url);
		INTEQ(answer.verdict, t[i].verdict);
		INTEQ(pa.outcome, t[i].outcome);
		INTEQ(answer.why == NULL, t[i].url != NULL);
		INTEQ(pa.doubtful, t[i].verdict == AUTH_DENY);
	}
	arena_free(&a);
}

static const char *
sign_out(struct world *w, const char *cookies, const char *return_to,
    struct auth_answer *answer)
{
	struct fcg_request in = { 0 };
	struct auth_request rq = {
		.request_id = "unit-test",
		.deadline = clock_mono_ms() + 2000,
		.arena = w->arena,
	};

	in.param[FCG_HTTP_COOKIE] = cookies;
	arena_reset(w->arena);
	rq.cred = auth_cookies(w->auth, 0, &in, w->arena);
	return auth_sign_out(w->auth, 0, &rq, return_to, answer);
}

/* Ory says where the session ends, as it names itself for us. */
static void
leads_there(struct world *w)
{
	char body[512];

	snprintf(body, sizeof(body),
	    "{\"logout_url\":\"%s/self-service/logout?token=x\"}",
	    stub_url(w->stub));
	stub_json(w->stub, LOGOUT, 200, "", body);
}

static void
sent(void)
{
	struct auth_answer a;
	const char *url, *head;
	struct world w;

	world_open(&w, NULL, "");
	leads_there(&w);
	url = sign_out(&w, "theme=dark; " COOKIE "; csrf_token=secret",
	    "https://www.example.com/?a=1&b", &a);
	CHECK(url != NULL && strstr(url, "/self-service/logout?token=x"));
	INTEQ(a.verdict, AUTH_ALLOW);
	STREQ(a.provider, "ory");
	head = stub_latest(w.stub);
	CHECK(strstr(head,
		  "GET " LOGOUT "?return_to=https%3A%2F%2F"
		  "www.example.com%2F%3Fa%3D1%26b HTTP/1.1\r\n") == head);
	CHECK(strstr(head, "\r\nCookie: " COOKIE "\r\n") != NULL);
	CHECK(strstr(head, "\r\nAccept: application/json\r\n") != NULL);
	CHECK(strstr(head, "\r\nX-Request-ID: unit-test\r\n") != NULL);
	CHECK(strstr(head, "secret") == NULL && strstr(head, "theme") == NULL);
	tap_row("%s", "to be returned nowhere");
	CHECK(sign_out(&w, COOKIE, NULL, &a) != NULL);
	CHECK(strstr(stub_latest(w.stub), "GET " LOGOUT " HTTP") != NULL);
	CHECK(auth_take_spent_us(w.auth) > 0);
	INTEQ(stub_connections(w.stub), 1);
	world_close(&w);
}

static void
no_cookie(void)
{
	static const char *const cookies[] = { NULL, "theme=dark",
		"ory_kratos_session=", "ory_kratos_session=a\"b",
		"Ory_Kratos_Session=abc" };
	struct auth_answer a;
	struct world w;

	world_open(&w, NULL, "");
	leads_there(&w);
	for (size_t i = 0; i < ROWS(cookies); i++) {
		tap_row("%s", cookies[i] == NULL ? "-" : cookies[i]);
		CHECK(sign_out(&w, cookies[i], NULL, &a) == NULL);
		INTEQ(a.verdict, AUTH_ANON);
	}
	INTEQ(stub_connections(w.stub), 0);
	world_close(&w);
}

/* Kratos answers 400 to a return_to that it does not know. */
static void
forbidden_return(void)
{
	struct auth_answer a;
	struct world w;

	world_open(&w, NULL, "");
	leads_there(&w);
	stub_once(w.stub, LOGOUT, 400, "", "{}");
	CHECK(sign_out(&w, COOKIE, "https://b.x/", &a) != NULL);
	INTEQ(stub_requests(w.stub, LOGOUT), 2);
	CHECK(strstr(stub_latest(w.stub), "return_to") == NULL);
	stub_json(w.stub, LOGOUT, 400, "", "{}");
	CHECK(sign_out(&w, COOKIE, "https://b.x/", &a) == NULL);
	INTEQ(a.verdict, AUTH_UNSURE);
	INTEQ(stub_requests(w.stub, LOGOUT), 4);
	world_close(&w);
}

/* Nobody is told to be signed out while that is not known. */
static void
away(void)
{
	struct auth_answer a;
	struct world w;

	world_open(&w, NULL, "");
	leads_there(&w);
	INTEQ(world_check(&w, COOKIE).verdict, AUTH_ALLOW);
	tap_row("%s", "401 for a good session, and not ready: an outage");
	stub_json(w.stub, LOGOUT, 401, "", WORLD_E1);
	stub_json(w.stub, "/health/ready", 503, "", "{}");
	CHECK(sign_out(&w, COOKIE, NULL, &a) == NULL);
	INTEQ(a.verdict, AUTH_UNSURE);
	tap_row("%s", "no answer in time");
	atomic_store(&auth_line(w.auth, 0)->gate.backoff_until_ms, 0);
	stub_raw(w.stub, LOGOUT, STUB_HANG, "");
	CHECK(sign_out(&w, COOKIE, NULL, &a) == NULL);
	INTEQ(a.verdict, AUTH_UNSURE);
	tap_row("%s", "the gate is told: nobody is asked for a while");
	INTEQ(stub_requests(w.stub, LOGOUT), 2);
	for (int i = 0; i < 3; i++) {
		CHECK(sign_out(&w, COOKIE, NULL, &a) == NULL);
		INTEQ(a.verdict, AUTH_UNSURE);
	}
	CHECK(a.retry_ms > 0);
	CHECK(stub_requests(w.stub, LOGOUT) <= 3);
	world_close(&w);
}

static void
no_session(void)
{
	struct auth_answer a;
	struct world w;

	world_open(&w, NULL, "");
	stub_json(w.stub, LOGOUT, 401, "", WORLD_E1);
	CHECK(sign_out(&w, COOKIE, NULL, &a) == NULL);
	INTEQ(a.verdict, AUTH_DENY);
	tap_row("%s", "good a moment ago: refused twice, while all is well");
	INTEQ(world_check(&w, COOKIE).verdict, AUTH_ALLOW);
	CHECK(sign_out(&w, COOKIE, NULL, &a) == NULL);
	INTEQ(a.verdict, AUTH_DENY);
	INTEQ(stub_requests(w.stub, LOGOUT), 3);
	INTEQ(stub_requests(w.stub, "/health/ready"), 1);
	world_close(&w);
}

/* The end comes when the browser has got there: later than our answer. */
static void
kept(void)
{
	struct auth_answer a;
	struct world w;

	world_open(&w, NULL, "");
	auth_free(&w.auth);
	w.conf->ory.cache_ttl = 60000;
	w.auth = auth_new(w.conf, w.shared, 0, &(struct err){ 0 });
	atomic_store(&w.shared->news->read_ms, clock_mono_ms());
	leads_there(&w);
	INTEQ(world_check(&w, COOKIE).verdict, AUTH_ALLOW);
	INTEQ(world_check(&w, COOKIE).verdict, AUTH_ALLOW);
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 1);
	CHECK(sign_out(&w, COOKIE, NULL, &a) != NULL);
	tap_row("%s", "another page, before the browser is there");
	INTEQ(world_check(&w, COOKIE).verdict, AUTH_ALLOW);
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 2);
	tap_row("%s", "afterwards");
	stub_json(w.stub, "/sessions/whoami", 401, "", WORLD_E1);
	INTEQ(world_check(&w, COOKIE).verdict, AUTH_DENY);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "the browser goes to Ory, or nowhere", answers },
	{ "Ory is asked with the session cookie alone", sent },
	{ "without a session cookie nobody is asked", no_cookie },
	{ "a way back that Ory forbids does not keep anybody in",
	    forbidden_return },
	{ "an outage is no sign-out", away },
	{ "a session that is over needs no end", no_session },
	{ "what was kept of the session is not believed any more", kept },
};
TAP_MAIN(cases)
