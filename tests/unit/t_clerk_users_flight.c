/* SPDX-License-Identifier: MIT */
/* auth/clerk_users: many workers and one call; pauses that all keep. */
#include "tap.h"

#include "auth/clerk_users.h"
#include "base/arena.h"
#include "base/clock.h"
#include "unit/child.h"
#include "unit/ringed.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORKERS = 6 };

#define PATH "/v1/users/user_"
#define ADA "{\"id\":\"user_1\",\"first_name\":\"Ada\"}"
#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "

struct work {
	struct ringed *r;
	atomic_int *gate;
};

static struct clerk_users *
users(struct ringed *r, int64_t ttl)
{
	const struct clerk_users_options o = {
		.api_url = stub_url(r->stub),
		.secret = "sk_test_canary1",
		.timeout_ms = RINGED_TIMEOUT_MS,
		.ttl_ms = ttl,
		.scope = r->outside.line->scope,
		.outside = &r->outside,
	};

	return clerk_users_new(&o);
}

static struct auth_answer
find(struct ringed *r, struct clerk_users *u, const char *id)
{
	struct auth_answer answer = { .verdict = AUTH_ALLOW };
	const struct auth_request rq = { .arena = r->arena,
		.deadline = clock_mono_ms() + 1000 };
	struct clerk_user user;

	clerk_users_find(u, id, &rq, &user, &answer);
	return answer;
}

static int
find_once(void *ctx)
{
	enum auth_verdict verdict;
	struct work *w = ctx;
	struct clerk_users *u;

	ringed_reopen(w->r);
	u = users(w->r, 60000);
	atomic_fetch_add(w->gate, 1);
	while (atomic_load(w->gate) <= WORKERS)
		usleep(100);
	verdict = find(w->r, u, "user_1").verdict;
	clerk_users_free(&u);
	return (int)verdict;
}

static int
all_at_once(struct ringed *r, enum auth_verdict want)
{
	atomic_int *gate = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct work w = { r, gate };
	pid_t pid[WORKERS];
	int n = 0;

	atomic_store(&r->shared->board->limit, 4 * WORKERS);
	for (int i = 0; i < WORKERS; i++)
		pid[i] = child_start(find_once, &w);
	while (atomic_load(gate) < WORKERS)
		usleep(100);
	atomic_fetch_add(gate, 1);
	for (int i = 0; i < WORKERS; i++)
		n += child_wait(pid[i]) == (int)want;
	munmap(gate, sizeof(*gate));
	return n;
}

static void
together(void)
{
	struct ringed r;

	ringed_open(&r);
	stub_raw(r.stub, PATH, STUB_CLOSE, HEAD "34\r\n\r\n" ADA);
	INTEQ(strlen(ADA), 34);
	INTEQ(all_at_once(&r, AUTH_ALLOW), WORKERS);
	INTEQ(stub_requests(r.stub, PATH), 1);
	ringed_close(&r);
}

static void
together_in_vain(void)
{
	struct ringed r;

	ringed_open(&r);
	stub_raw(r.stub, PATH, STUB_HANG, "");
	INTEQ(all_at_once(&r, AUTH_UNSURE), WORKERS);
	CHECK(stub_requests(r.stub, PATH) <= 2); /* one may try again */
	ringed_close(&r);
}

static void
paused(void)
{
	struct clerk_users *u, *other;
	struct auth_answer a;
	struct ringed r;

	ringed_open(&r);
	u = users(&r, 60000);
	other = users(&r, 60000);
	stub_json(r.stub, PATH, 429, "Retry-After: 7\r\n", "");
	a = find(&r, u, "user_1");
	INTEQ(a.verdict, AUTH_UNSURE);
	CHECK(a.retry_ms > 6000 && a.retry_ms <= 8000);
	a = find(&r, other, "user_2");
	INTEQ(a.verdict, AUTH_UNSURE);
	CHECK(a.retry_ms > 6000 && a.retry_ms <= 8000);
	INTEQ(stub_requests(r.stub, PATH), 1);
	tap_row("%s", "a user that is known is not concerned");
	atomic_store(&r.outside.line->gate.paused_until_ms, 0);
	stub_json(r.stub, PATH, 200, "", ADA);
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	gate_pause(&r.outside.line->gate, 7000, clock_mono_ms(), 0);
	INTEQ(find(&r, other, "user_1").verdict, AUTH_ALLOW);
	INTEQ(stub_requests(r.stub, PATH), 2);
	clerk_users_free(&u);
	clerk_users_free(&other);
	ringed_close(&r);
}

/* Takes the look-up's lock of every user, and stops. */
static int
hold_all(void *ctx)
{
	struct work *w = ctx;

	for (uint32_t i = 0; i < LOCK_FLIGHTS; i++)
		if (shm_lock(w->r->shared->file, SHM_FLIGHTS, i, 0) == -1)
			return 1;
	atomic_fetch_add(w->gate, 1);
	child_rest();
}

static void
stopped(void)
{
	atomic_int *gate = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct work w = { .gate = gate };
	struct clerk_users *u;
	struct ringed r;
	int64_t began;
	pid_t pid;

	ringed_open(&r);
	w.r = &r;
	stub_json(r.stub, PATH, 200, "", ADA);
	u = users(&r, 0); /* each entry is old at once */
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	pid = child_start(hold_all, &w);
	while (atomic_load(gate) == 0)
		usleep(100);
	child_stop(pid);
	tap_row("%s", "known: as before, at once");
	began = clock_mono_ms();
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	CHECK(clock_mono_ms() - began < RINGED_TIMEOUT_MS);
	tap_row("%s", "not known: could not find out, in bounded time");
	INTEQ(find(&r, u, "user_2").verdict, AUTH_UNSURE);
	CHECK(clock_mono_ms() - began < 2 * RINGED_TIMEOUT_MS + 2000);
	INTEQ(stub_requests(r.stub, PATH), 1);
	tap_row("%s", "it ends: the next one asks");
	child_kill(pid);
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	INTEQ(stub_requests(r.stub, PATH), 2);
	clerk_users_free(&u);
	munmap(gate, sizeof(*gate));
	ringed_close(&r);
}

/* Another configuration never sees what this one found. */
static void
apart(void)
{
	struct clerk_users *u;
	struct ringed r;

	ringed_open(&r);
	stub_json(r.stub, PATH, 200, "", ADA);
	u = users(&r, 60000);
	find(&r, u, "user_1");
	clerk_users_free(&u);
	r.outside.line = upstream_find(r.shared->lines,
	    (const unsigned char[UPSTREAM_SCOPE_SIZE]){ "another" },
	    clock_mono_ms());
	u = users(&r, 60000);
	INTEQ(find(&r, u, "user_1").verdict, AUTH_ALLOW);
	INTEQ(stub_requests(r.stub, PATH), 2);
	clerk_users_free(&u);
	ringed_close(&r);
}

static const struct tap_case cases[] = {
	{ "workers that look for one user together ask once", together },
	{ "also when the answer does not come", together_in_vain },
	{ "a pause holds for all users and workers, but for known ones",
	    paused },
	{ "a worker that stops in a look-up delays, and harms nobody",
	    stopped },
	{ "another configuration has users of its own", apart },
};
TAP_MAIN(cases)
