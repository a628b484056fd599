/* SPDX-License-Identifier: MIT */
/* auth/sessions: what is kept, how long, and for whom. */
#include "unit/asked.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

enum { TTL = 30000, HOUR = 3600 * 1000 };

static void
kept(void)
{
	struct auth_answer a;
	struct asked w;

	asked_open(&w, TTL);
	w.plan->relays = 1;
	a = asked_check(&w, "ada");
	INTEQ(a.verdict, AUTH_ALLOW);
	INTEQ(a.n_relay, 1);
	tap_row("%s", "kept, but not what the provider set for who asked");
	a = asked_check(&w, "ada");
	INTEQ(a.verdict, AUTH_ALLOW);
	INTEQ(a.n_relay, 0);
	INTEQ(a.who.issued_s, 1000);
	asked_reopen(&w); /* another worker */
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 1);
	tap_row("%s", "another's is another's");
	INTEQ(asked_check(&w, "eve").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 2);
	tap_row("%s", "just before its end, and at it");
	asked_age(&w, "ada", TTL - 5000);
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 2);
	asked_age(&w, "ada", 5000);
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 3);
	INTEQ(atomic_load(&w.outside.line->count[UPSTREAM_HITS]), 3);
	INTEQ(atomic_load(&w.outside.line->count[UPSTREAM_MISSES]), 3);
	INTEQ(board_waits(w.shared->board, 0, 0).n, 0);
	asked_close(&w);
}

static void
promised(void)
{
	static const struct {
		int64_t ttl, promise_s, left_s, age_ms;
		int calls;
	} t[] = {
		{ CONF_TTL_PROVIDER, LIFE_NO_PROMISE, 3600, 0, 2 },
		{ CONF_TTL_PROVIDER, 0, 3600, 0, 2 },
		{ CONF_TTL_PROVIDER, 20, 3600, 15000, 1 },
		{ CONF_TTL_PROVIDER, 20, 3600, 20000, 2 },
		{ CONF_TTL_PROVIDER, 3600, 3600, 55000, 1 },
		{ CONF_TTL_PROVIDER, 3600, 3600, 60000, 2 },
		{ CONF_TTL_PROVIDER, 20, 10, 5000, 1 },
		{ CONF_TTL_PROVIDER, 20, 10, 10000, 2 },
		{ TTL, LIFE_NO_PROMISE, 3600, 25000, 1 },
		{ TTL, 10, 3600, 10000, 2 },
		{ TTL, 0, 3600, 0, 2 },
		{ 0, 60, 3600, 0, 2 },
		{ 0, LIFE_NO_PROMISE, 3600, 0, 2 },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct asked w;

		tap_row("ttl %d, promise %d, left %d, age %d", (int)t[i].ttl,
		    (int)t[i].promise_s, (int)t[i].left_s, (int)t[i].age_ms);
		asked_open(&w, t[i].ttl);
		w.plan->promise_s = t[i].promise_s;
		w.plan->left_s = t[i].left_s;
		INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
		if (t[i].age_ms > 0)
			asked_age(&w, "ada", t[i].age_ms);
		INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
		INTEQ(asked_calls(&w), t[i].calls);
		asked_close(&w);
	}
}

static void
fresher(void)
{
	struct asked w;

	asked_open(&w, TTL);
	w.o.life.write_ttl = 5000;
	asked_reopen(&w);
	asked_check(&w, "ada");
	INTEQ(asked_write(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 1);
	asked_age(&w, "ada", 5000);
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 1);
	INTEQ(asked_write(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 2);
	tap_row("%s", "what a write found out serves reads as well");
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 2);
	w.o.life.write_ttl = 0;
	asked_reopen(&w);
	INTEQ(asked_write(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_write(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 4);
	asked_close(&w);
}

static void
refused(void)
{
	static const enum auth_verdict no[] = { AUTH_DENY, AUTH_STEPUP };

	for (size_t i = 0; i < ROWS(no); i++) {
		struct auth_answer a;
		struct asked w;

		tap_row("%s", auth_verdict_name(no[i]));
		asked_open(&w, TTL);
		asked_check(&w, "ada");
		asked_age(&w, "ada", TTL);
		w.plan->verdict = no[i];
		INTEQ(asked_check(&w, "ada").verdict, no[i]);
		a = asked_check(&w, "ada");
		INTEQ(a.verdict, no[i]);
		STREQ(a.why, "as told");
		STREQ(a.step_up_url,
		    no[i] == AUTH_STEPUP ? "https://a.x/aal2" : NULL);
		INTEQ(asked_calls(&w), 2);
		tap_row("%s", "for a second, and the yes before is gone");
		asked_age(&w, "ada", 1000);
		w.plan->verdict = AUTH_UNSURE;
		INTEQ(asked_check(&w, "ada").verdict, AUTH_UNSURE);
		INTEQ(asked_calls(&w), 3);
		tap_row("%s", "not at all where nothing is kept");
		w.plan->verdict = no[i];
		w.o.life.cache_ttl = 0;
		asked_reopen(&w);
		asked_check(&w, "eve");
		asked_check(&w, "eve");
		INTEQ(asked_calls(&w), 5);
		asked_close(&w);
	}
}

static void
unknown(void)
{
	struct asked w;

	asked_open(&w, TTL);
	w.plan->verdict = AUTH_UNSURE;
	for (int i = 1; i <= 3; i++) {
		INTEQ(asked_check(&w, "ada").verdict, AUTH_UNSURE);
		INTEQ(asked_calls(&w), i);
	}
	w.plan->verdict = AUTH_ALLOW;
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	tap_row("%s", "nor does it end what is known");
	w.o.life.write_ttl = 0;
	asked_reopen(&w);
	w.plan->verdict = AUTH_UNSURE;
	INTEQ(asked_write(&w, "ada").verdict, AUTH_UNSURE);
	INTEQ(asked_check(&w, "ada").verdict, AUTH_ALLOW);
	INTEQ(asked_calls(&w), 5);
	asked_close(&w);
}

/* K08: the wall clock has the last word, whatever the life was to be. */
static void
expired(void)
{
	struct kept k;
	struct asked w;

	asked_open(&w, TTL);
	asked_check(&w, "ada");
	CHECK(asked_peek(&w, "ada", &k));
	k.expires_s = clock_wall_ms() / 1000 - 1;
	asked_poke(&w, "ada", &k);
	w.plan->verdict = AUTH_DENY;
	INTEQ(asked_check(&w, "ada").verdict, AUTH_DENY);
	INTEQ(asked_calls(&w), 2);
	asked_close(&w);
}

/* K01, K03, K16: each part alone makes it another's. */
static void
apart(void)
{
	struct asked w;
	int calls = 2;

	asked_open(&w, TTL);
	asked_check(&w, "ada");
	asked_as(&w, CRED_BEARER, "ada", false);
	INTEQ(asked_calls(&w), calls);
	asked_as(&w, CRED_COOKIE, "ada", false);
	INTEQ(asked_calls(&w), ++calls);
	w.o.provider = "or";
	asked_reopen(&w);
	asked_check(&w, "yada");
	asked_check(&w, "ada");
	INTEQ(asked_calls(&w), calls += 2);
	w.o.provider = "ory";
	w.o.scope[31] ^= 1;
	asked_reopen(&w);
	asked_check(&w, "ada");
	INTEQ(asked_calls(&w), ++calls);
	tap_row("%s", "and the first is still there");
	w.o.scope[31] ^= 1;
	asked_reopen(&w);
	asked_check(&w, "ada");
	INTEQ(asked_calls(&w), calls);
	asked_close(&w);
}

/*
 * K12: a stranger's tokens are refused, and drive nobody out, not even those
 * that have less time left than a refusal has.
 */
static void
junk(void)
{
	enum { USERS = 200, JUNK = 30000, LIFE = 1500 };
	int64_t began = clock_mono_ms();
	char token[32];
	struct asked w;
	int n = 0;

	asked_open(&w, LIFE);
	for (int i = 0; i < USERS; i++) {
		snprintf(token, sizeof(token), "user%d", i);
		asked_check(&w, token);
	}
	w.plan->verdict = AUTH_DENY;
	while (n < JUNK && clock_mono_ms() - began < LIFE - 500) {
		snprintf(token, sizeof(token), "junk%d", n++);
		asked_check(&w, token);
	}
	INTEQ(asked_calls(&w), USERS + n);
	for (int i = 0; i < USERS && clock_mono_ms() - began < LIFE; i++) {
		enum auth_verdict verdict;

		snprintf(token, sizeof(token), "user%d", i);
		verdict = asked_check(&w, token).verdict;
		if (clock_mono_ms() - began < LIFE)
			INTEQ(verdict, AUTH_ALLOW);
	}
	asked_close(&w);
}

/* Others' entries that live longer are everywhere. */
static void
crowded(void)
{
	int64_t now = clock_mono_ms();
	unsigned char key[SLOTS_KEY_SIZE];
	struct asked w;

	asked_open(&w, 9000);
	for (uint32_t i = 0; i < 20000; i++) {
		const struct crypt_part part = { &i, sizeof(i) };

		slots_key(w.shared->slots, &part, 1, key);
		slots_put(w.shared->slots, key, &i, sizeof(i), now + 3600000,
		    now);
	}
	asked_check(&w, "ada");
	asked_check(&w, "ada");
	INTEQ(asked_calls(&w), 1);
	tap_row("%s", "a refusal waits for room");
	w.plan->verdict = AUTH_DENY;
	asked_check(&w, "eve");
	asked_check(&w, "eve");
	INTEQ(asked_calls(&w), 3);
	asked_close(&w);
}

static const struct tap_case cases[] = {
	{ "a yes is kept for all workers, for its time", kept },
	{ "its time is the shortest of what was configured and promised",
	    promised },
	{ "a write may want it fresher than a read", fresher },
	{ "a no is kept for a second, in the place of a yes", refused },
	{ "what could not be found out is asked again each time", unknown },
	{ "past the session's end nothing is believed", expired },
	{ "one credential of two kinds, providers or configurations is two",
	    apart },
	{ "junk drives nobody out", junk },
	{ "where there is no room a yes makes some, a no does not", crowded },
};
TAP_MAIN(cases)
