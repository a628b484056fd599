/* SPDX-License-Identifier: MIT */
/* auth/ory: what is sent, what is passed back, what login-info says. */
#include "tap.h"

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "io/js.h"
#include "unit/memory.h"
#include "unit/files.h"
#include "unit/world.h"

#include <stdio.h>
#include <string.h>

static void
one_credential(void)
{
	const char *sent;
	struct world w;

	world_open(&w, NULL, "");
	world_check(&w, WORLD_TOKEN);
	sent = stub_latest(w.stub);
	CHECK(strncmp(sent, "GET /sessions/whoami HTTP/1.1\r\n", 31) == 0);
	CHECK(strstr(sent, "\r\nX-Session-Token: " WORLD_TOKEN "\r\n") !=
	    NULL);
	CHECK(strstr(sent, "\r\nAccept: application/json\r\n") != NULL);
	CHECK(strstr(sent, "\r\nX-Request-ID: unit-test\r\n") != NULL);
	CHECK(strstr(sent, "Cookie") == NULL);
	CHECK(strstr(sent, "Authorization") == NULL);
	CHECK(strstr(sent, "Accept-Encoding") == NULL);
	CHECK(strstr(sent, "Ory-No-Custom") == NULL);
	world_check(&w, "ory_kratos_session=MTY=; ory_kratos_session=b");
	sent = stub_latest(w.stub);
	CHECK(strstr(sent, "\r\nCookie: ory_kratos_session=MTY=; "
			   "ory_kratos_session=b\r\n") != NULL);
	CHECK(strstr(sent, "X-Session-Token") == NULL);
	INTEQ(stub_connections(w.stub), 1);
	world_close(&w);
}

static void
relay(void)
{
	static const char set[] =
	    "Set-Cookie: csrf=1; Path=/\r\n"
	    "Set-Cookie: ory_kratos_session=new; Path=/; HttpOnly\r\n"
	    "Set-Cookie: ory_kratos_session_x=no\r\n"
	    "Set-Cookie: ORY_KRATOS_SESSION=no\r\n";
	struct auth_answer a;
	struct world w;

	world_open(&w, NULL, "");
	stub_json(w.stub, "/sessions/whoami", 200, set, WORLD_SESSION);
	a = world_check(&w, "ory_kratos_session=old");
	INTEQ(a.n_relay, 1);
	STREQ(a.relay[0], "ory_kratos_session=new; Path=/; HttpOnly");
	tap_row("%s", "not to a request with a token");
	INTEQ(world_check(&w, WORLD_TOKEN).n_relay, 0);
	tap_row("%s", "not with a refusal");
	stub_json(w.stub, "/sessions/whoami", 401, set, WORLD_E1);
	INTEQ(world_check(&w, "ory_kratos_session=dead").n_relay, 0);
	world_close(&w);
}

/* Each field once, however often its name is configured, and not all. */
static void
relay_ceiling(void)
{
	static const char set[] =
	    "Set-Cookie: a=1\r\nSet-Cookie: a=2\r\nSet-Cookie: a=3\r\n"
	    "Set-Cookie: a=4\r\nSet-Cookie: a=5\r\nSet-Cookie: a=6\r\n";
	struct auth_answer a;
	struct err e = { 0 };
	struct world w;

	world_open(&w, NULL, "");
	w.conf->ory.cookie_names =
	    (struct conf_list){ 6, { "a", "a", "a", "a", "a", "a" } };
	auth_free(&w.auth);
	w.auth = auth_new(w.conf, w.shared, 0, &e);
	stub_json(w.stub, "/sessions/whoami", 200, set, WORLD_SESSION);
	a = world_check(&w, "a=old");
	INTEQ(a.n_relay, AUTH_RELAY_MAX);
	STREQ(a.relay[0], "a=1");
	STREQ(a.relay[AUTH_RELAY_MAX - 1], "a=4");
	world_close(&w);
}

static void
step_up(void)
{
	struct auth_answer a;
	struct world w;

	world_open(&w, NULL, "");
	stub_json(w.stub, "/sessions/whoami", 403, "",
	    "{\"error\":{\"id\":\"session_aal2_required\",\"code\":403},"
	    "\"redirect_browser_to\":\"https://evil.example/\"}");
	a = world_check(&w, WORLD_TOKEN);
	INTEQ(a.verdict, AUTH_STEPUP);
	CHECK(strstr(a.step_up_url, "/self-service/login/browser?aal=aal2") !=
	    NULL);
	CHECK(strstr(a.step_up_url, "evil") == NULL);
	world_close(&w);
}

static void
probe(void)
{
	const char *why;
	static const struct {
		int status;
		bool good;
	} t[] = { { 200, true }, { 503, false }, { 500, false },
		{ 404, false }, { 302, false } };
	struct world w;

	world_open(&w, NULL, "");
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("status %d", t[i].status);
		stub_json(w.stub, "/health/ready", t[i].status, "", "{}");
		INTEQ(auth_probe(w.auth, 0, INT64_MAX / 2, w.arena, &why),
		    t[i].good);
	}
	tap_row("%s", "no time left");
	INTEQ(auth_probe(w.auth, 0, 0, w.arena, &why), false);
	world_close(&w);
}

/* Loads `ory`, asks for login-info, and looks members up. */
static void
pages(void)
{
	static const struct {
		const char *ory, *return_to, *member, *want;
	} t[] = {
		{ "url = \"https://a.x/\";", NULL, "oryUrl", "https://a.x" },
		{ "url = \"https://a.x\";", NULL, "provider", "ory" },
		{ "url = \"https://a.x\";", NULL, "loginUrl",
		    "https://a.x/self-service/login/browser" },
		{ "url = \"https://a.x\";", "https://b.x/?a=1&b", "loginUrl",
		    "https://a.x/self-service/login/browser?return_to="
		    "https%3A%2F%2Fb.x%2F%3Fa%3D1%26b" },
		{ "url = \"https://a.x\";", "https://b.x/", "stepUpUrl",
		    "https://a.x/self-service/login/browser?aal=aal2&"
		    "return_to=https%3A%2F%2Fb.x%2F" },
		{ "url = \"https://a.x\";", NULL, "logoutUrl",
		    "https://a.x/self-service/logout/browser" },
		{ "url = \"https://a.x\";", NULL, "native.loginUrl",
		    "https://a.x/self-service/login/api" },
		{ "url = \"http://127.0.0.1:1\"; browser_url = "
		  "\"https://www.x/.ory/\";", NULL, "registrationUrl",
		    "https://www.x/.ory/self-service/registration/browser" },
		{ "url = \"https://a.x\"; ui_url = \"https://ui.x/auth\";",
		    NULL, "loginUrl", "https://ui.x/auth/login" },
		{ "project_slug = \"happy-cori-1\";", NULL, "oryUrl",
		    "https://happy-cori-1.projects.oryapis.com" },
		{ "project_slug = \"happy-cori-1\";", NULL, "settingsUrl",
		    "https://happy-cori-1.projects.oryapis.com/ui/settings" },
	};
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < ROWS(t); i++) {
		char text[400];
		struct shared *shared = memory_new();
		struct err e = { 0 };
		struct conf *c;
		struct auth *auth;
		struct json_object *doc;
		struct buf b;

		tap_row("%s: %s", t[i].member, t[i].ory);
		snprintf(text, sizeof(text), "ory: { %s };", t[i].ory);
		c = files_conf(text);
		if (!CHECK(c != NULL))
			continue;
		auth = auth_new(c, shared, 0, &e);
		buf_init(&b, a, 64);
		buf_char(&b, '{');
		auth_login_info(auth, 0, t[i].return_to, &b);
		buf_char(&b, '}');
		doc = js_parse(b.data, b.len, &e);
		if (CHECK(doc != NULL))
			STREQ(js_get(doc, t[i].member).str, t[i].want);
		js_free(&doc);
		auth_free(&auth);
		conf_free(&c);
	}
	arena_free(&a);
}

static void
cookie_names(void)
{
	static const struct {
		const char *ory, *cookie;
		enum cred_kind kind;
	} t[] = {
		{ "url = \"https://a.x\";", "ory_kratos_session=x",
		    CRED_COOKIE },
		{ "url = \"https://a.x\";", "ory_session_x=x", CRED_NONE },
		{ "project_slug = \"happy-cori-1\";",
		    "ory_session_happycori1=x", CRED_COOKIE },
		{ "project_slug = \"happy-cori-1\";",
		    "ory_kratos_session=x", CRED_NONE },
		{ "url = \"https://a.x\"; cookie_names = [ \"s1\", \"s2\" ];",
		    "s2=x", CRED_COOKIE },
		{ "url = \"https://a.x\"; cookie_names = [ \"s1\" ];",
		    "ory_kratos_session=x", CRED_NONE },
		{ "url = \"https://a.x\"; cookies = false;",
		    "ory_kratos_session=x", CRED_NONE },
	};
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < ROWS(t); i++) {
		struct fcg_request in = { 0 };
		struct err e = { 0 };
		char text[400];
		struct conf *c;
		struct auth *auth;

		tap_row("%s with %s", t[i].ory, t[i].cookie);
		snprintf(text, sizeof(text), "ory: { %s };", t[i].ory);
		c = files_conf(text);
		if (!CHECK(c != NULL))
			continue;
		auth = auth_new(c, memory_new(), 0, &e);
		in.param[FCG_HTTP_COOKIE] = t[i].cookie;
		INTEQ(auth_credential(auth, &in, a).kind, t[i].kind);
		auth_free(&auth);
		conf_free(&c);
	}
	arena_free(&a);
}

static const struct tap_case cases[] = {
	{ "exactly one credential goes out, on one connection",
	    one_credential },
	{ "a re-issued session cookie goes back to its bearer alone", relay },
	{ "no more cookies are relayed than there is room for", relay_ceiling },
	{ "the step-up page is ours, not what the answer says", step_up },
	{ "only 200 is ready", probe },
	{ "login-info names the pages of this installation", pages },
	{ "the session cookie has the configured or the usual name",
	    cookie_names },
};
TAP_MAIN(cases)
