/* SPDX-License-Identifier: MIT */
/* auth/sessions: who is signing out is asked about until that is over. */
#include "unit/asked.h"

#include "base/clock.h"
#include "unit/child.h"

#include <string.h>

enum { TTL = 30000 };

static void
leave(struct asked *w, const char *token)
{
	const struct auth_request rq = {
		.cred = { .kind = CRED_SESSION_TOKEN,
		    .value = token,
		    .len = strlen(token) },
		.request_id = "unit",
		.arena = w->arena,
	};

	sessions_leave(w->sessions, &rq);
}

static void
asked_anew(void)
{
	struct asked w;
	struct kept k;

	asked_open(&w, TTL);
	asked_check(&w, "ada");
	asked_check(&w, "eve");
	INTEQ(asked_calls(&w), 2);
	leave(&w, "ada");
	CHECK(!asked_peek(&w, "ada", &k));
	tap_row("%s", "each time, by each worker, until the session ends");
	for (int i = 0; i < 3; i++) {
		INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
		CHECK(w.plan->expected);
		asked_reopen(&w);
	}
	INTEQ(asked_calls(&w), 5);
	CHECK(!asked_peek(&w, "ada", &k));
	w.plan->verdict = AUTH_DENY;
	INTEQ(asked_check(&w, "ada").verdict, AUTH_DENY);
	INTEQ(asked_calls(&w), 6);
	tap_row("%s", "another's session stays as it is");
	INTEQ(asked_check(&w, "eve").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 6);
	asked_close(&w);
}

/* Nobody can be asked: what was kept would have let them in. */
static void
not_stale(void)
{
	struct asked w;

	asked_open(&w, TTL);
	w.o.life.stale_if_error = 3600 * 1000;
	asked_reopen(&w);
	asked_check(&w, "ada");
	w.plan->verdict = AUTH_UNSURE;
	asked_age(&w, "ada", TTL);
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	leave(&w, "ada");
	INTEQ(asked_check(&w, "ada").verdict, AUTH_UNSURE);
	asked_close(&w);
}

/* The exit status: the verdict. */
static int
check_elsewhere(void *ctx)
{
	struct asked *w = ctx;

	w->outside.slot = board_take(w->shared->board, 1);
	asked_reopen(w);
	return (int)asked_check(w, "ada").verdict;
}

/* A call that began before, and says yes after it. */
static void
in_flight(void)
{
	struct asked w;
	struct kept k;
	pid_t pid;

	asked_open(&w, TTL);
	w.o.timeout_ms = 9000;
	atomic_store(&w.plan->holds, 1);
	pid = child_start(check_elsewhere, &w);
	asked_await(&w, 1);
	leave(&w, "ada");
	atomic_store(&w.plan->holds, 0);
	INTEQ(child_wait(pid), AUTH_ALLOW);
	CHECK(!asked_peek(&w, "ada", &k));
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 2);
	asked_close(&w);
}

static const struct tap_case cases[] = {
	{ "who signs out is asked about each time", asked_anew },
	{ "an outage does not bring back who signs out", not_stale },
	{ "an answer on its way is used, not kept", in_flight },
};
TAP_MAIN(cases)
