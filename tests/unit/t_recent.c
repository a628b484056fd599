/* SPDX-License-Identifier: MIT */
/* shm/recent: tags, expiry, eviction, and writers that are killed. */
#include "tap.h"

#include "auth/cred.h"
#include "io/crypt.h"
#include "unit/memory.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { T = 5000000, ROUNDS = 100 };

static uint64_t
tag(const struct shared *s, const char *provider, int kind, const char *c)
{
	struct crypt_mac *mac = shared_mac(s, "credential");
	uint64_t t = recent_tag(mac, provider, kind, c, strlen(c));

	crypt_mac_free(&mac);
	return t;
}

static void
tags(void)
{
	static char longest[CRED_TOKEN_MAX + 1];
	struct shared *s = memory_new(), *other = memory_new();
	uint64_t a = tag(s, "ory", 1, "token");

	CHECK(a != 0);
	CHECK(a == tag(s, "ory", 1, "token"));
	CHECK(a != tag(s, "ory", 2, "token"));
	CHECK(a != tag(s, "orx", 1, "token"));
	CHECK(a != tag(s, "ory", 1, "tokem"));
	CHECK(a != tag(s, "oryt", 1, "oken"));
	CHECK(a != tag(s, "", 1, "orytoken"));
	CHECK(a != tag(other, "ory", 1, "token")); /* the key is our own */
	memset(longest, 'x', CRED_TOKEN_MAX);
	CHECK(tag(s, "ory", 1, longest) != 0);
}

static void
expiry(void)
{
	struct shared *s = memory_new();
	struct recent *r = s->recent;
	uint64_t a = tag(s, "ory", 1, "a"), b = tag(s, "ory", 1, "b");

	CHECK(!recent_has(r, a, T));
	recent_add(r, a, T);
	CHECK(recent_has(r, a, T));
	CHECK(!recent_has(r, b, T));
	CHECK(recent_has(r, a, T + RECENT_KEEP_MS - 1));
	CHECK(!recent_has(r, a, T + RECENT_KEEP_MS));
	recent_add(r, a, T + 60000);
	CHECK(recent_has(r, a, T + RECENT_KEEP_MS));
	recent_drop(r, a);
	CHECK(!recent_has(r, a, T + 60000));
	recent_drop(r, b); /* was never there */
	recent_add(r, b, 5); /* soon after the start of the clock */
	recent_drop(r, b);
	CHECK(!recent_has(r, b, 6));
	recent_add(r, a, T + 60001);
	CHECK(recent_has(r, a, T + 60001));
}

/* Tags that fall into one set: the low bits choose it. */
static void
eviction(void)
{
	struct recent *r = memory_new()->recent;

	for (uint64_t i = 1; i <= RECENT_WAYS; i++)
		recent_add(r, i * RECENT_SETS, T + (int64_t)i);
	for (uint64_t i = 1; i <= RECENT_WAYS; i++)
		CHECK(recent_has(r, i * RECENT_SETS, T));
	recent_add(r, 1 * RECENT_SETS, T + 100); /* now the youngest */
	recent_add(r, 99 * RECENT_SETS, T + 101);
	CHECK(recent_has(r, 1 * RECENT_SETS, T));
	CHECK(!recent_has(r, 2 * RECENT_SETS, T)); /* the oldest went */
	CHECK(recent_has(r, 3 * RECENT_SETS, T));
	CHECK(recent_has(r, 99 * RECENT_SETS, T));
	recent_add(r, 1 * RECENT_SETS + 1, T); /* another set */
	CHECK(recent_has(r, 3 * RECENT_SETS, T));
	recent_drop(r, 3 * RECENT_SETS);
	recent_add(r, 98 * RECENT_SETS, T + 102);
	CHECK(recent_has(r, 4 * RECENT_SETS, T)); /* the dropped one went */
}

/* A child writes as fast as it can until it is killed. */
static pid_t
hammer(struct recent *r, volatile int *begun)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	for (uint64_t i = 1;; i++) {
		recent_add(r, i * RECENT_SETS, T + (int64_t)(i & 1023));
		recent_drop(r, (i / 2 + 1) * RECENT_SETS);
		*begun = 1;
	}
}

static void
killed_writers(void)
{
	struct shared *s = memory_new();
	volatile int *begun = (volatile int *)&s->ready->migrations;
	uint64_t mine = tag(s, "ory", 1, "mine");

	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid[2];

		*begun = 0;
		pid[0] = hammer(s->recent, begun);
		pid[1] = hammer(s->recent, begun);
		while (*begun == 0)
			continue;
		kill(pid[0], SIGKILL);
		kill(pid[1], SIGKILL);
		waitpid(pid[0], NULL, 0);
		waitpid(pid[1], NULL, 0);
		tap_row("round %d", i);
		recent_add(s->recent, mine, T);
		CHECK(recent_has(s->recent, mine, T));
		/* the set that was torn works on, with the newest in it */
		recent_add(s->recent, 77 * RECENT_SETS, T + 2000 + i);
		CHECK(recent_has(s->recent, 77 * RECENT_SETS, T + 2000 + i));
		recent_drop(s->recent, 77 * RECENT_SETS);
		CHECK(!recent_has(s->recent, 77 * RECENT_SETS, T));
	}
}

static const struct tap_case cases[] = {
	{ "a tag depends on provider, kind, credential and key", tags },
	{ "a credential is remembered ten minutes, or until dropped",
	    expiry },
	{ "a full set loses its oldest", eviction },
	{ "writers killed at any point leave a table that works",
	    killed_writers },
};
TAP_MAIN(cases)
