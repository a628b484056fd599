/* SPDX-License-Identifier: MIT */
/* auth/sessions: what is revoked counts at once, kept or just found. */
#include "unit/asked.h"

#include "base/clock.h"
#include "unit/child.h"

#include <unistd.h>

enum { TTL = 30000, BOUND = 5000 };

/* A revocation counts for all of its millisecond: until the next. */
static void
next_tick(void)
{
	int64_t now = clock_mono_ms();

	while (clock_mono_ms() <= now)
		usleep(100);
}

static void
effects(void)
{
	static const struct {
		enum revoked_kind kind;
		enum revoked_effect effect;
		int64_t at_s; /* the session is of 1000 */
		enum auth_verdict want;
		int calls;
	} t[] = {
		{ REVOKED_SESSION, REVOKED_ALL, 0, AUTH_DENY, 1 },
		{ REVOKED_USER, REVOKED_ALL, 0, AUTH_DENY, 1 },
		{ REVOKED_USER, REVOKED_OLDER, 1001, AUTH_DENY, 1 },
		{ REVOKED_USER, REVOKED_OLDER, 1000, AUTH_ALLOW, 1 },
		{ REVOKED_USER, REVOKED_RECHECK, 0, AUTH_ALLOW, 2 },
		{ REVOKED_SESSION, REVOKED_RECHECK, 0, AUTH_ALLOW, 2 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer a;
		struct asked w;

		tap_row("kind %d, effect %d, at %d", t[i].kind, t[i].effect,
		    (int)t[i].at_s);
		asked_open(&w, TTL);
		asked_check(&w, "ada");
		asked_check(&w, "eve");
		asked_revoke(&w, "ada", t[i].kind, t[i].effect, t[i].at_s);
		next_tick();
		a = asked_check(&w, "ada");
		INTEQ(a.verdict, t[i].want);
		INTEQ(w.plan->expected, t[i].effect == REVOKED_RECHECK);
		if (a.verdict == AUTH_DENY)
			STREQ(a.why, "revoked");
		INTEQ(a.revoked, a.verdict == AUTH_DENY);
		INTEQ(asked_calls(&w), 1 + t[i].calls);
		tap_row("%s", "and again; nobody else is concerned");
		INTEQ(asked_check(&w, "ada").verdict, t[i].want);
		INTEQ(asked_check(&w, "eve").verdict, AUTH_ALLOW);
		INTEQ(asked_calls(&w), 1 + t[i].calls);
		tap_row("%s", "found out anew, it is as revoked as before");
		asked_age(&w, "ada", TTL);
		INTEQ(asked_check(&w, "ada").verdict, t[i].want);
		INTEQ(asked_calls(&w), 2 + t[i].calls);
		asked_close(&w);
	}
}

/* An issue date that is not known is before any other. */
static void
unknown_date(void)
{
	struct asked w;

	asked_open(&w, TTL);
	w.plan->issued_s = 0;
	asked_revoke(&w, "ada", REVOKED_USER, REVOKED_OLDER, 1);
	INTEQ(asked_check(&w, "ada").verdict, AUTH_DENY);
	asked_close(&w);
}

static int
check_in_child(void *ctx)
{
	struct asked *w = ctx;

	asked_reopen(w);
	return (int)asked_check(w, "ada").verdict;
}

/* The provider had answered before: its answer is not one to be kept. */
static void
in_flight(void)
{
	struct asked w;
	pid_t leader, other;

	asked_open(&w, TTL);
	atomic_store(&w.plan->holds, 1);
	leader = child_start(check_in_child, &w);
	asked_await(&w, 1);
	asked_revoke(&w, "ada", REVOKED_SESSION, REVOKED_RECHECK, 0);
	next_tick();
	tap_row("%s", "who comes after that asks again");
	other = child_start(check_in_child, &w);
	atomic_store(&w.plan->holds, 0);
	INTEQ(child_wait(leader), AUTH_ALLOW);
	INTEQ(child_wait(other), AUTH_ALLOW);
	INTEQ(asked_calls(&w), 2);
	tap_row("%s", "refused: both");
	atomic_store(&w.plan->holds, 1);
	asked_age(&w, "ada", TTL);
	leader = child_start(check_in_child, &w);
	asked_await(&w, 3);
	asked_revoke(&w, "ada", REVOKED_SESSION, REVOKED_ALL, 0);
	other = child_start(check_in_child, &w);
	atomic_store(&w.plan->holds, 0);
	INTEQ(child_wait(leader), AUTH_DENY);
	INTEQ(child_wait(other), AUTH_DENY);
	INTEQ(asked_calls(&w), 3);
	asked_close(&w);
}

static void
news(void)
{
	static const struct {
		int64_t ttl, age;
		int calls;
	} t[] = {
		{ TTL, 0, 1 },
		{ TTL, BOUND - 1000, 1 },
		{ TTL, BOUND, 2 },
		{ TTL, -1, 2 }, /* never read */
		{ CONF_TTL_PROVIDER, -1, 2 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct asked w;

		tap_row("ttl %d, news %d ms old", (int)t[i].ttl, (int)t[i].age);
		asked_open(&w, t[i].ttl);
		w.o.news_bound_ms = BOUND;
		asked_reopen(&w);
		asked_check(&w, "ada");
		atomic_store(&w.shared->news->read_ms,
		    t[i].age < 0 ? 0 : clock_mono_ms() - t[i].age);
		INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
		INTEQ(asked_calls(&w), t[i].calls);
		tap_row("%s", "a no needs no news");
		w.plan->verdict = AUTH_DENY;
		asked_check(&w, "eve");
		asked_check(&w, "eve");
		INTEQ(asked_calls(&w), t[i].calls + (t[i].ttl > 0 ? 1 : 2));
		tap_row("%s", "what is known to be revoked is refused");
		asked_revoke(&w, "ada", REVOKED_USER, REVOKED_ALL, 0);
		w.plan->verdict = AUTH_ALLOW;
		INTEQ(asked_check(&w, "ada").verdict, AUTH_DENY);
		asked_close(&w);
	}
}

static const struct tap_case cases[] = {
	{ "each effect on what is kept and on what is found", effects },
	{ "who does not say since when is not let in", unknown_date },
	{ "a revocation counts that comes while the provider is asked",
	    in_flight },
	{ "a yes is not believed when revocations cannot be learnt", news },
};
TAP_MAIN(cases)
