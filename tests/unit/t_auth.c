/* SPDX-License-Identifier: MIT */
/* auth/auth through ory and a stub: gate, doubt, book-keeping. */
#include "tap.h"

#include "auth/provider.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "shm/shared.h"
#include "unit/files.h"
#include "unit/site.h"
#include "unit/world.h"

#include <string.h>

#define PART "{\"id\":\"s\",\"active\":true,\"expires_at\":"
#define IDENTITY ",\"identity\":{\"id\":\"" WORLD_USER "\",\"traits\":{}}}"
#define AAL2                                                                   \
	"{\"error\":{\"id\":\"session_aal2_required\",\"code\":403},"          \
	"\"redirect_browser_to\":\"https://a.x/\"}"

static const char other[] = "ory_st_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

static void
members(void)
{
	for (int v = 0; v < AUTH_VERDICTS; v++)
		CHECK(auth_verdict_name((enum auth_verdict)v) != NULL);
	CHECK(auth_ory.kind != NULL && auth_ory.open != NULL &&
	    auth_ory.close != NULL && auth_ory.cookies != NULL &&
	    auth_ory.takes != NULL && auth_ory.check != NULL &&
	    auth_ory.probe != NULL && auth_ory.login_info != NULL &&
	    auth_ory.take_spent_us != NULL);
}

static void
verdicts(void)
{
	struct auth_answer a;
	struct world w;

	world_open(&w, NULL, "");
	a = world_check(&w, "");
	INTEQ(a.verdict, AUTH_ANON);
	a = world_check(&w, "short");
	INTEQ(a.verdict, AUTH_DENY);
	a = world_check(&w, "eyJh.eyJz.c2lnbmF0dXJlIQ");
	INTEQ(a.verdict, AUTH_DENY);
	INTEQ(stub_requests(w.stub, "/"), 0);
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 0);
	a = world_check(&w, WORLD_TOKEN);
	INTEQ(a.verdict, AUTH_ALLOW);
	STREQ(a.who.provider, "ory");
	STREQ(a.who.subject, WORLD_USER);
	STREQ(auth_provider_name(w.auth, 0), "ory");
	CHECK(auth_provider_name(w.auth, 1) == NULL);
	CHECK(auth_take_spent_us(w.auth) > 0);
	INTEQ(board_waits(w.shared->board, 0, 0).n, 0);
	world_close(&w);
}

/* The rules of the doubtful refusal, one after the other. */
static void
doubt(void)
{
	struct world w;
	int n;

	world_open(&w, NULL, "");
	stub_json(w.stub, "/sessions/whoami", 401, "", WORLD_E1);
	tap_row("%s", "never seen, nothing known: no");
	INTEQ(world_check(&w, other).verdict, AUTH_DENY);
	INTEQ(stub_requests(w.stub, "/health/ready"), 0);

	tap_row("%s", "was good, and the provider is not ready: unsure");
	stub_json(w.stub, "/sessions/whoami", 200, "", WORLD_SESSION);
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_ALLOW);
	stub_json(w.stub, "/sessions/whoami", 401, "", WORLD_E1);
	stub_json(w.stub, "/health/ready", 503, "", "{}");
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_UNSURE);
	INTEQ(stub_requests(w.stub, "/health/ready"), 1);

	tap_row("%s", "never seen, while it is known not to be ready: unsure");
	INTEQ(world_check(&w, other).verdict, AUTH_UNSURE);
	tap_row("%s", "asked again within a second: no second probe");
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_UNSURE);
	INTEQ(stub_requests(w.stub, "/health/ready"), 1);

	tap_row("%s", "was good, and the provider is ready: no, and forgotten");
	stub_json(w.stub, "/health/ready", 200, "", "{}");
	atomic_store(&auth_line(w.auth, 0)->gate.probe, 0);
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_DENY);
	INTEQ(stub_requests(w.stub, "/health/ready"), 2);
	n = stub_requests(w.stub, "/sessions/whoami");
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_DENY);
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), n + 1);
	INTEQ(stub_requests(w.stub, "/health/ready"), 2);
	world_close(&w);
}

/* Refused in it, and asked again when it is over. */
static void
outage_ends(void)
{
	struct world w;

	world_open(&w, NULL, "");
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_ALLOW);
	stub_once(w.stub, "/sessions/whoami", 401, "", WORLD_E1);
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_ALLOW);
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 3);
	INTEQ(stub_requests(w.stub, "/health/ready"), 1);
	tap_row("%s", "what comes then may be anything");
	atomic_store(&auth_line(w.auth, 0)->gate.probe, 0);
	stub_json(w.stub, "/sessions/whoami", 500, "", "{}");
	stub_once(w.stub, "/sessions/whoami", 401, "", WORLD_E1);
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_UNSURE);
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 5);
	world_close(&w);
}

/* A probe between two outages says nothing about the second. */
static void
two_outages(void)
{
	struct gate *g;
	struct world w;

	world_open(&w, NULL, "");
	g = &auth_line(w.auth, 0)->gate;
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_ALLOW);
	INTEQ(world_check(&w, other).verdict, AUTH_ALLOW);
	stub_json(w.stub, "/sessions/whoami", 401, "", WORLD_E1);
	stub_json(w.stub, "/health/ready", 503, "", "{}");
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_UNSURE);
	tap_row("%s", "it is over, and somebody has signed out");
	stub_json(w.stub, "/health/ready", 200, "", "{}");
	atomic_store(&g->probe, 0);
	INTEQ(world_check(&w, other).verdict, AUTH_DENY);
	tap_row("%s", "the next");
	stub_json(w.stub, "/health/ready", 503, "", "{}");
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_UNSURE);
	stub_json(w.stub, "/sessions/whoami", 200, "", WORLD_SESSION);
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_ALLOW);
	world_close(&w);
}

static void
backing_off(void)
{
	const char *why;
	struct auth_answer a = { 0 };
	struct world w;
	int n;

	world_open(&w, NULL, "");
	stub_raw(w.stub, "/sessions/whoami", STUB_RESET, "");
	for (int i = 0; i < 6; i++) {
		a = world_check(&w, WORLD_TOKEN);
		INTEQ(a.verdict, AUTH_UNSURE);
	}
	n = stub_requests(w.stub, "/sessions/whoami");
	CHECK(n <= 3); /* libcurl may try a dead connection again */
	CHECK(a.retry_ms > 0);
	tap_row("%s", "a probe that succeeds ends the back-off");
	stub_json(w.stub, "/sessions/whoami", 200, "", WORLD_SESSION);
	CHECK(auth_probe(w.auth, 0, clock_mono_ms() + 1000, w.arena, &why));
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_ALLOW);
	world_close(&w);
}

static void
rate_limit(void)
{
	struct auth_answer a;
	struct world w;

	world_open(&w, NULL, "");
	stub_json(w.stub, "/sessions/whoami", 429, "Retry-After: 7\r\n", "");
	a = world_check(&w, WORLD_TOKEN);
	INTEQ(a.verdict, AUTH_UNSURE);
	CHECK(a.retry_ms > 6000 && a.retry_ms <= 7000);
	stub_json(w.stub, "/sessions/whoami", 200, "", WORLD_SESSION);
	a = world_check(&w, other);
	INTEQ(a.verdict, AUTH_UNSURE);
	CHECK(a.retry_ms > 5000 && a.retry_ms <= 7000);
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 1);
	atomic_store(&auth_line(w.auth, 0)->gate.paused_until_ms, 0);
	INTEQ(world_check(&w, other).verdict, AUTH_ALLOW);
	world_close(&w);
}

static void
crowd(void)
{
	struct world w;
	int64_t now = clock_mono_ms();

	world_open(&w, NULL, "");
	atomic_store(&w.shared->board->limit, 4);
	for (int i = 0; i < 3; i++)
		board_wait_begin(
		    w.shared->board, world_slot(&w), 0, now - 1000);
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_UNSURE);
	INTEQ(stub_requests(w.stub, "/sessions/whoami"), 0);
	board_wait_end(w.shared->board, 1);
	INTEQ(world_check(&w, WORLD_TOKEN).verdict, AUTH_ALLOW);
	world_close(&w);
}

/* Whatever was read on the way to another verdict. */
static void
nobody(void)
{
	static const struct {
		int status;
		const char *body;
		enum auth_verdict verdict;
	} t[] = {
		{ 200, WORLD_SESSION, AUTH_ALLOW },
		{ 200, PART "\"2001-01-01T00:00:00Z\"" IDENTITY, AUTH_DENY },
		{ 200, PART "7" IDENTITY, AUTH_UNSURE },
		{ 403, AAL2, AUTH_STEPUP },
		{ 401, WORLD_E1, AUTH_DENY },
		{ 500, WORLD_SESSION, AUTH_UNSURE },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer a;
		struct world w;

		tap_row("%d %s", t[i].status, t[i].body);
		world_open(&w, NULL, "");
		stub_json(w.stub, "/sessions/whoami", t[i].status, "",
		    t[i].body);
		a = world_check(&w, WORLD_TOKEN);
		INTEQ(a.verdict, t[i].verdict);
		INTEQ(site_is_nobody(&a.who), a.verdict != AUTH_ALLOW);
		world_close(&w);
	}
}

/* As long as a header can be: in tags, in the call, without harm. */
static void
longest(void)
{
	static char cookie[CRED_COOKIE_MAX + 1];
	struct world w;

	world_open(&w, NULL, "");
	memset(cookie, 'x', CRED_COOKIE_MAX);
	memcpy(cookie, "ory_kratos_session=", 19);
	INTEQ(world_check(&w, cookie).verdict, AUTH_ALLOW);
	CHECK(strstr(stub_latest(w.stub), cookie) != NULL);
	cookie[CRED_COOKIE_MAX - 20] = '\0';
	INTEQ(world_check(&w, cookie).verdict, AUTH_ALLOW);
	world_close(&w);
}

static const struct tap_case cases[] = {
	{ "every provider and every verdict is complete", members },
	{ "what could not be a credential is refused without asking",
	    verdicts },
	{ "a refusal that may be an outage is believed by the rules", doubt },
	{ "a refusal at the end of an outage is not believed", outage_ends },
	{ "an outage is not excused by a probe before it", two_outages },
	{ "a broken connection backs off, a good probe ends it",
	    backing_off },
	{ "a rate limit pauses all credentials for as long as it says",
	    rate_limit },
	{ "a slow provider's waiting room is closed when full", crowd },
	{ "only who is allowed in is anybody", nobody },
	{ "the longest cookie is asked about like any other", longest },
};
TAP_MAIN(cases)
