/* SPDX-License-Identifier: MIT */
/* auth/sessions: one call for all who ask, and each gets their own answer. */
#include "unit/asked.h"

#include "base/clock.h"
#include "unit/child.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 64 };

struct work {
	struct asked *w;
	char token[32];
	int slot; /* of its own: who waits is counted by those */
	bool writes;
};

/* The exit status: the verdict, or 99 with somebody else's identity. */
static int
check_once(void *ctx)
{
	struct work *work = ctx;
	struct asked *w = work->w;
	struct auth_answer a;
	char want[64];

	w->outside.slot = work->slot;
	asked_reopen(w);
	a = asked_as(w, CRED_SESSION_TOKEN, work->token, work->writes);
	snprintf(want, sizeof(want), "user-%s", work->token);
	if (a.verdict == AUTH_ALLOW && strcmp(a.who.subject, want) != 0)
		return 99;
	return (int)a.verdict;
}

static pid_t
start(struct asked *w, const char *token, bool writes)
{
	struct work work = { .w = w, .writes = writes,
		.slot = board_take(w->shared->board, 1) };

	snprintf(work.token, sizeof(work.token), "%s", token);
	board_set(w->shared->board, work.slot, BOARD_BUSY, clock_mono_ms());
	return child_start(check_once, &work);
}

/* So many workers at once with so many tokens; how many had the verdict. */
static int
all_at_once(struct asked *w, int workers, int tokens, enum auth_verdict want)
{
	pid_t pid[WORKERS];
	int n = 0;

	w->o.timeout_ms = 9000;
	atomic_store(&w->plan->holds, 1);
	for (int i = 0; i < workers; i++)
		pid[i] = start(w, (char[]){ 't', (char)('a' + i % tokens), 0 },
		    i % 3 == 0);
	asked_await_waiting(w, workers);
	atomic_store(&w->plan->holds, 0);
	for (int i = 0; i < workers; i++)
		n += child_wait(pid[i]) == (int)want;
	return n;
}

static void
together(void)
{
	static const struct {
		int workers;
		int64_t ttl;
		enum auth_verdict verdict;
	} t[] = {
		{ WORKERS, 30000, AUTH_ALLOW },
		{ 12, 0, AUTH_ALLOW },
		{ 12, CONF_TTL_PROVIDER, AUTH_ALLOW },
		{ 12, 0, AUTH_DENY },
		{ 12, CONF_TTL_PROVIDER, AUTH_STEPUP },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct asked w;

		tap_row("ttl %d, %s", (int)t[i].ttl,
		    auth_verdict_name(t[i].verdict));
		asked_open(&w, t[i].ttl);
		w.o.life.write_ttl = 0;
		w.plan->verdict = t[i].verdict;
		INTEQ(all_at_once(&w, t[i].workers, 1, t[i].verdict),
		    t[i].workers);
		INTEQ(asked_calls(&w), 1);
		asked_close(&w);
	}
}

/* K05 */
static void
several(void)
{
	struct asked w;

	asked_open(&w, 0);
	INTEQ(all_at_once(&w, 24, 6, AUTH_ALLOW), 24);
	INTEQ(asked_calls(&w), 6);
	INTEQ(board_waits(w.shared->board, 0, 0).n, 0);
	asked_close(&w);
}

static void
one_after_the_other(void)
{
	struct asked w;

	asked_open(&w, 0);
	for (int i = 1; i <= 50; i++) {
		asked_check(&w, "ada");
		INTEQ(asked_calls(&w), i);
	}
	asked_close(&w);
}

static void
leader_dies(void)
{
	struct asked w;
	pid_t leader, other[4];

	asked_open(&w, 30000);
	w.o.timeout_ms = 9000;
	atomic_store(&w.plan->holds, 1);
	leader = start(&w, "ada", false);
	asked_await(&w, 1);
	for (size_t i = 0; i < ROWS(other); i++)
		other[i] = start(&w, "ada", false);
	asked_await_waiting(&w, 1 + (int)ROWS(other));
	INTEQ(asked_calls(&w), 1);
	INTEQ(child_kill(leader), -9);
	tap_row("%s", "the next one asks, once for the others");
	asked_await(&w, 2);
	atomic_store(&w.plan->holds, 0);
	for (size_t i = 0; i < ROWS(other); i++)
		INTEQ(child_wait(other[i]), AUTH_ALLOW);
	INTEQ(asked_calls(&w), 2);
	asked_close(&w);
}

static void
leader_stops(void)
{
	struct asked w;
	int64_t began;
	pid_t leader;

	asked_open(&w, 30000);
	atomic_store(&w.plan->holds, 1);
	leader = start(&w, "ada", false);
	asked_await(&w, 1);
	child_stop(leader);
	began = clock_mono_ms();
	INTEQ(asked_check(&w, "ada").verdict, AUTH_UNSURE);
	CHECK(clock_mono_ms() - began >= ASKED_TIMEOUT_MS - 50);
	atomic_store(&w.plan->holds, 0);
	INTEQ(asked_check(&w, "eve").verdict, AUTH_ALLOW);
	child_kill(leader);
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	asked_close(&w);
}

/* Who waited learns from who asked that nobody shall ask. */
static void
pause_learnt(void)
{
	struct asked w;
	pid_t pid[4];

	asked_open(&w, 30000);
	w.plan->verdict = AUTH_UNSURE;
	w.o.timeout_ms = 9000;
	atomic_store(&w.plan->holds, 1);
	for (size_t i = 0; i < ROWS(pid); i++)
		pid[i] = start(&w, "ada", false);
	asked_await_waiting(&w, (int)ROWS(pid));
	gate_pause(&w.outside.line->gate, 7000, clock_mono_ms(), 0);
	atomic_store(&w.plan->holds, 0);
	for (size_t i = 0; i < ROWS(pid); i++)
		INTEQ(child_wait(pid[i]), AUTH_UNSURE);
	INTEQ(asked_calls(&w), 1);
	asked_close(&w);
}

static const struct tap_case cases[] = {
	{ "64 workers with one new token ask once, whatever is kept",
	    together },
	{ "of several tokens each has its own call and its own user",
	    several },
	{ "who comes after a call does not share it", one_after_the_other },
	{ "who asks and is killed is replaced", leader_dies },
	{ "who asks and stands still delays others, and only those",
	    leader_stops },
	{ "a pause that was learnt meanwhile holds for who waited",
	    pause_learnt },
};
TAP_MAIN(cases)
