/* SPDX-License-Identifier: MIT */
/* auth/sessions: what is known while nobody can be asked. */
#include "unit/asked.h"

#include "base/arena.h"
#include "base/clock.h"

enum { TTL = 30000, STALE = 600000 };

/* Known for so long; then the provider is away. */
static void
away(struct asked *w, int64_t ttl, int64_t stale, int64_t age)
{
	asked_open(w, ttl);
	w->o.life.stale_if_error = stale;
	asked_reopen(w);
	INTEQ(asked_check(w, "ada").verdict, AUTH_ALLOW);
	if (age > 0)
		asked_age(w, "ada", age);
	w->plan->verdict = AUTH_UNSURE;
}

static void
windows(void)
{
	static const struct {
		int64_t ttl, stale, age;
		bool writes, served;
	} t[] = {
		{ TTL, STALE, TTL, false, true },
		{ TTL, STALE, STALE - 5000, false, true },
		{ TTL, STALE, STALE, false, false },
		{ TTL, STALE, TTL, true, false },
		{ TTL, 0, TTL, false, false },
		{ TTL, TTL - 5000, TTL, false, false },
		/* also where nothing is kept for its own sake */
		{ 0, STALE, 1, false, true },
		{ 0, STALE, 1, true, false },
		{ CONF_TTL_PROVIDER, STALE, 1, false, true },
		{ CONF_TTL_PROVIDER, 0, 1, false, false },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct auth_answer a;
		struct asked w;

		tap_row("ttl %d, stale %d, age %d, %s", (int)t[i].ttl,
		    (int)t[i].stale, (int)t[i].age,
		    t[i].writes ? "write" : "read");
		away(&w, t[i].ttl, t[i].stale, t[i].age);
		a = asked_as(&w, CRED_SESSION_TOKEN, "ada", t[i].writes);
		INTEQ(a.verdict, t[i].served ? AUTH_ALLOW : AUTH_UNSURE);
		INTEQ(asked_calls(&w), 2);
		STREQ(a.trouble, t[i].served ? "as told" : NULL);
		INTEQ(atomic_load(&w.outside.line->count[UPSTREAM_STALE]),
		    t[i].served);
		asked_close(&w);
	}
}

/* By the slot's own end, not by what is written in it. */
static void
lives_on(void)
{
	struct asked w;
	struct kept k;

	away(&w, 0, 300, 0);
	CHECK(asked_peek(&w, "ada", &k));
	INTEQ(k.fresh_us, k.began_us);
	asked_close(&w);
}

/* The gate is closed: it is said when something was tried, not each time. */
static void
quietly(void)
{
	struct auth_answer a;
	struct asked w;

	away(&w, TTL, STALE, TTL);
	gate_pause(&w.outside.line->gate, 7000, clock_mono_ms(), 0);
	a = asked_check(&w, "ada");
	INTEQ(a.verdict, AUTH_ALLOW);
	STREQ(a.trouble, NULL);
	INTEQ(a.retry_ms, 0);
	INTEQ(asked_calls(&w), 1);
	tap_row("%s", "who is not known waits for the provider");
	a = asked_check(&w, "eve");
	INTEQ(a.verdict, AUTH_UNSURE);
	CHECK(a.retry_ms > 6000);
	asked_close(&w);
}

static void
not_past_the_end(void)
{
	struct asked w;
	struct kept k;

	away(&w, TTL, STALE, TTL);
	CHECK(asked_peek(&w, "ada", &k));
	k.expires_s = clock_wall_ms() / 1000;
	asked_poke(&w, "ada", &k);
	INTEQ(asked_check(&w, "ada").verdict, AUTH_UNSURE);
	asked_close(&w);
}

static void
only_a_yes(void)
{
	static const enum auth_verdict no[] = { AUTH_DENY, AUTH_STEPUP };

	for (size_t i = 0; i < ROWS(no); i++) {
		struct asked w;

		tap_row("%s", auth_verdict_name(no[i]));
		away(&w, TTL, STALE, TTL);
		w.plan->verdict = no[i];
		INTEQ(asked_check(&w, "ada").verdict, no[i]);
		asked_age(&w, "ada", TTL);
		w.plan->verdict = AUTH_UNSURE;
		INTEQ(asked_check(&w, "ada").verdict, AUTH_UNSURE);
		asked_close(&w);
	}
}

static void
unread_news(void)
{
	struct asked w;

	away(&w, TTL, STALE, TTL);
	atomic_store(&w.shared->news->read_ms, 0);
	INTEQ(asked_check(&w, "ada").verdict, AUTH_UNSURE);
	asked_close(&w);
}

static void
revoked(void)
{
	static const struct {
		enum revoked_effect effect;
		enum auth_verdict want;
		bool news;
	} t[] = {
		{ REVOKED_ALL, AUTH_DENY, true },
		{ REVOKED_ALL, AUTH_DENY, false },
		{ REVOKED_OLDER, AUTH_DENY, true },
		{ REVOKED_RECHECK, AUTH_UNSURE, true },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct asked w;

		tap_row("effect %d, news %d", t[i].effect, t[i].news);
		away(&w, TTL, STALE, TTL);
		asked_revoke(&w, "ada", REVOKED_SESSION, t[i].effect, 2000);
		if (!t[i].news)
			atomic_store(&w.shared->news->read_ms, 0);
		INTEQ(asked_check(&w, "ada").verdict, t[i].want);
		asked_close(&w);
	}
}

static void
no_memory(void)
{
	const struct auth_request none = { .writes = false };
	struct auth_request rq = none;
	struct auth_answer a = { .verdict = AUTH_DENY };
	struct asked w;

	asked_open(&w, TTL);
	asked_check(&w, "ada");
	rq.cred = (struct cred){ CRED_SESSION_TOKEN, "ada", 3, 0, NULL };
	rq.deadline = clock_mono_ms() + 1000;
	rq.arena = w.arena;
	while (arena_alloc(w.arena, 16) != NULL)
		continue;
	sessions_check(w.sessions, &rq, &a);
	INTEQ(a.verdict, AUTH_UNSURE);
	INTEQ(asked_calls(&w), 1);
	asked_close(&w);
}

static const struct tap_case cases[] = {
	{ "reads get by on what is known lately, if so configured", windows },
	{ "what is only there for that is never fresh", lives_on },
	{ "nobody is asked in a pause, and nothing is said of it", quietly },
	{ "not past the session's end", not_past_the_end },
	{ "a no serves nobody, and ends the yes before", only_a_yes },
	{ "not where revocations cannot be learnt", unread_news },
	{ "who is revoked is not let in by an outage", revoked },
	{ "without memory nobody is denied or let in", no_memory },
};
TAP_MAIN(cases)
