/* SPDX-License-Identifier: MIT */
/* shm/upstream: whose line it is, and when it becomes another's. */
#include "tap.h"

#include "base/clock.h"
#include "base/rng.h"
#include "shm/lock.h"
#include "unit/child.h"
#include "unit/memory.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { T = 5000000, KILLS = 200, CLAIMERS = 3 };

static struct shared *shared;

static const unsigned char *
scope(int i)
{
	static unsigned char s[4][UPSTREAM_SCOPE_SIZE];
	static int turn;

	turn = (turn + 1) % 4;
	memset(s[turn], 0, sizeof(s[turn]));
	memcpy(s[turn], &(int){ i + 1 }, sizeof(int));
	return s[turn];
}

static struct upstream *
find(int i, int64_t now)
{
	return upstream_find(shared->lines, scope(i), now);
}

static bool
is_common(const struct upstream *u)
{
	return upstream_is_common(shared->lines, u);
}

/* A child that has taken line i; it lives on until killed. */
static int
keep(void *ctx)
{
	int i = *(int *)ctx;
	struct upstream *u = find(i, T + i);

	atomic_store(&u->gate.failures, 100 + i);
	atomic_store(&shared->ready->migrations, i + 1);
	child_rest();
}

static pid_t
start(int i)
{
	pid_t pid;

	atomic_store(&shared->ready->migrations, 0);
	pid = child_start(keep, &i);
	while (atomic_load(&shared->ready->migrations) != i + 1)
		usleep(100);
	return pid;
}

static void
found(void)
{
	struct upstream *a, *b;
	pid_t pid;

	shared = memory_new();
	a = find(1, T);
	b = find(2, T);
	CHECK(a != b && is_common(a) && is_common(b));
	CHECK(find(1, T + 5) == a);
	CHECK(find(2, T + 5) == b);
	pid = start(1);
	INTEQ(atomic_load(&a->gate.failures), 101);
	INTEQ(atomic_load(&b->gate.failures), 0);
	child_kill(pid);
	CHECK(find(1, T + 9) == a);
	INTEQ(atomic_load(&a->gate.failures), 101); /* it stays */
}

static void
full(void)
{
	pid_t pid[UPSTREAM_LINES];
	struct upstream *own, *u;

	shared = memory_new();
	for (int i = 0; i < UPSTREAM_LINES; i++)
		pid[i] = start(i);
	own = find(50, T + 1000 * 1000);
	if (!CHECK(own != NULL))
		return;
	CHECK(!is_common(own));
	CHECK(find(50, T + 1000 * 1000) == own);
	CHECK(find(51, T + 1000 * 1000) != own);
	INTEQ(upstream_lock(shared->lines, own, UPSTREAM_FETCH, 0), 0);
	upstream_unlock(shared->lines, own, UPSTREAM_FETCH);
	tap_row("%s", "users of one are gone");
	child_kill(pid[7]);
	child_kill(pid[5]);
	u = find(60, T + 1000 * 1000);
	CHECK(is_common(u));
	INTEQ(atomic_load(&u->gate.failures), 0); /* nothing of line 5 */
	tap_row("%s", "the one that was looked for earliest went");
	u = find(7, T + 1000 * 1000);
	INTEQ(atomic_load(&u->gate.failures), 107);
	tap_row("%s", "those in use stay");
	for (int i = 0; i < UPSTREAM_LINES; i++) {
		if (i == 5 || i == 7)
			continue;
		INTEQ(atomic_load(&find(i, T)->gate.failures), 100 + i);
		child_kill(pid[i]);
	}
	tap_row("%s", "ours are not taken by ourselves");
	CHECK(!is_common(find(70, T + 1000 * 1000)));
}

static int
hold_directory(void *ctx)
{
	shm_lock(shared->file, SHM_LINES, 0, 0);
	atomic_store((atomic_int *)ctx, 1);
	child_rest();
}

static void
stopped(void)
{
	struct upstream *u;
	int64_t began;
	pid_t pid;

	shared = memory_new();
	pid = child_start(hold_directory, &shared->ready->migrations);
	while (atomic_load(&shared->ready->migrations) == 0)
		usleep(100);
	child_stop(pid);
	began = clock_mono_ms();
	u = find(1, T);
	CHECK(u != NULL && !is_common(u));
	CHECK(clock_mono_ms() - began < 1500);
	child_kill(pid);
	CHECK(is_common(find(2, T)));
}

/* A child that has both locks of line 1. */
static int
hold_locks(void *ctx)
{
	struct upstream *u = find(1, T);

	if (upstream_lock(shared->lines, u, *(int *)ctx == 0 ? UPSTREAM_DATA
							     : UPSTREAM_FETCH,
		0) == -1)
		return 1;
	atomic_store(&u->part, 1);
	child_rest();
}

static void
locks(void)
{
	struct upstream *u, *other;

	shared = memory_new();
	u = find(1, T);
	other = find(2, T);
	for (int what = 0; what < 2; what++) {
		pid_t pid;

		tap_row("lock %d", what);
		atomic_store(&u->part, 0);
		pid = child_start(hold_locks, &what);
		while (atomic_load(&u->part) == 0)
			usleep(100);
		INTEQ(upstream_lock(shared->lines, u, UPSTREAM_DATA, 0),
		    what == 0 ? -1 : 0);
		INTEQ(upstream_lock(shared->lines, u, UPSTREAM_FETCH, 0),
		    what == 1 ? -1 : 0);
		INTEQ(upstream_lock(shared->lines, other, UPSTREAM_DATA, 0), 0);
		upstream_unlock(shared->lines, u, UPSTREAM_DATA);
		upstream_unlock(shared->lines, u, UPSTREAM_FETCH);
		upstream_unlock(shared->lines, other, UPSTREAM_DATA);
		child_kill(pid);
		INTEQ(upstream_lock(shared->lines, u, UPSTREAM_DATA, 0), 0);
		upstream_unlock(shared->lines, u, UPSTREAM_DATA);
	}
}

/*
 * Takes one line of many scopes; nobody else may write to it as long as it is
 * ours.  A few thousand scopes: lines change hands all the time.
 */
static int
claim(void *ctx)
{
	uint16_t noise;
	struct upstream *u;

	(void)ctx;
	rng_bytes(&noise, sizeof(noise));
	u = find(noise, clock_mono_ms());
	if (u == NULL || memcmp(u->scope, scope(noise), 32) != 0)
		return 1;
	for (int i = 0; i < 50; i++) {
		atomic_store(&u->gate.failures, noise);
		usleep(20);
		if (atomic_load(&u->gate.failures) != noise ||
		    memcmp(u->scope, scope(noise), 32) != 0)
			return 2;
	}
	return 0;
}

static void
killed(void)
{
	int wrong = 0;

	shared = memory_new();
	for (int i = 0; i < KILLS; i++) {
		pid_t pid[CLAIMERS];
		uint8_t noise;
		int status;

		for (int k = 0; k < CLAIMERS; k++)
			pid[k] = child_start(claim, NULL);
		rng_bytes(&noise, 1);
		usleep(noise * 8);
		for (int k = 0; k < CLAIMERS; k++) {
			status = k == 0 ? child_kill(pid[k])
					: child_wait(pid[k]);
			wrong += status != 0 && status != -SIGKILL;
		}
	}
	INTEQ(wrong, 0);
	INTEQ(shm_lock(shared->file, SHM_LINES, 0, 0), 0);
	shm_unlock(shared->file, SHM_LINES, 0);
	for (int i = 0; i < UPSTREAM_LINES; i++)
		CHECK(is_common(find(100 * 1000 + i, T)));
}

static void
counts(void)
{
	struct upstream *u, *v;

	shared = memory_new();
	CHECK(upstream_look(shared->lines, scope(1)) == NULL);
	u = find(1, T);
	v = find(2, T);
	CHECK(upstream_look(shared->lines, scope(1)) == u);
	for (int i = 0; i < UPSTREAM_COUNTS; i++) {
		enum upstream_count c = (enum upstream_count)i;

		tap_row("%s", upstream_count_name(c));
		CHECK(upstream_count_name(c)[0] != '\0');
		upstream_add(u, c);
		upstream_add(u, c);
		INTEQ(atomic_load(&u->count[i]), 2);
		INTEQ(atomic_load(&v->count[i]), 0);
	}
	STREQ(upstream_count_name(UPSTREAM_HITS), "hits");
	STREQ(upstream_count_name(UPSTREAM_REVOKED), "revoked");
}

static const struct tap_case cases[] = {
	{ "a scope has one line for all processes, and finds it again",
	    found },
	{ "nobody loses a line in use; the longest unused goes; else one's own",
	    full },
	{ "a stopped finder costs others a moment and a line of their own",
	    stopped },
	{ "two locks a line, released by death", locks },
	{ "each line has its own counters, and each counter its name",
	    counts },
	{ "claimers killed at any point leave lines that work", killed },
};
TAP_MAIN(cases)
