/* SPDX-License-Identifier: MIT */
/* auth/keys: many workers, one fetch; and workers that stop in the middle. */
#include "tap.h"

#include "auth/jwt.h"
#include "base/arena.h"
#include "base/clock.h"
#include "unit/child.h"
#include "unit/ringed.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORKERS = 6, PATIENT_MS = 10000 }; /* of a provider that answers */

#define CLAIMS "{\"sub\":\"a\"}"

/* What a child does: waits for the start, then checks a token once. */
struct work {
	struct ringed *r;
	const char *token;
	atomic_int *gate;
	int timeout_ms;
};

static int
check_once(void *ctx)
{
	struct auth_answer answer = { .verdict = AUTH_DENY };
	struct work *w = ctx;
	struct keys_options o;
	struct err e = { 0 };
	struct keys *k;
	struct jwt t;

	ringed_reopen(w->r);
	o = ringed_options(w->r);
	o.timeout_ms = w->timeout_ms;
	k = keys_new(&o, &e);
	jwt_open(&t, w->token, strlen(w->token), w->r->arena);
	atomic_fetch_add(w->gate, 1);
	while (atomic_load(w->gate) <= WORKERS)
		usleep(100);
	keys_check(k, &t, clock_mono_ms() + 2 * w->timeout_ms, w->r->arena,
	    &answer);
	jwt_close(&t);
	keys_free(&k);
	return (int)answer.verdict;
}

/* The verdicts of WORKERS processes that begin together, by kind. */
static void
all_at_once(struct ringed *r, const char *token, int timeout_ms,
    int verdicts[AUTH_VERDICTS])
{
	atomic_int *gate = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct work w = { r, token, gate, timeout_ms };
	pid_t pid[WORKERS];

	memset(verdicts, 0, AUTH_VERDICTS * sizeof(verdicts[0]));
	atomic_store(&r->shared->board->limit, 4 * WORKERS);
	for (int i = 0; i < WORKERS; i++)
		pid[i] = child_start(check_once, &w);
	while (atomic_load(gate) < WORKERS)
		usleep(100);
	atomic_fetch_add(gate, 1);
	for (int i = 0; i < WORKERS; i++) {
		int verdict = child_wait(pid[i]);

		if (CHECK(verdict >= 0 && verdict < AUTH_VERDICTS))
			verdicts[verdict]++;
	}
	munmap(gate, sizeof(*gate));
}

static const char *
token(struct ringed *r, const char *kid, enum signer_key k)
{
	return token_signed(r->arena, k, KEY_RS256, kid, CLAIMS);
}

static void
cold(void)
{
	int verdicts[AUTH_VERDICTS];
	struct ringed r;

	ringed_open(&r);
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	all_at_once(&r, token(&r, "a", SIGNER_RSA), PATIENT_MS, verdicts);
	INTEQ(verdicts[AUTH_ALLOW], WORKERS);
	INTEQ(stub_requests(r.stub, "/keys"), 1);
	tap_row("%s", "a refresh");
	ringed_age(&r, KEYS_FRESH_MS);
	all_at_once(&r, token(&r, "a", SIGNER_RSA), PATIENT_MS, verdicts);
	INTEQ(verdicts[AUTH_ALLOW], WORKERS);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	tap_row("%s", "a new key");
	ringed_serve(&r,
	    token_set(r.arena, "a", SIGNER_RSA, "b", SIGNER_RSA_2));
	all_at_once(&r, token(&r, "b", SIGNER_RSA_2), PATIENT_MS, verdicts);
	INTEQ(verdicts[AUTH_ALLOW], WORKERS);
	INTEQ(stub_requests(r.stub, "/keys"), 3);
	tap_row("%s", "no key of anybody's: no, for all, by one question");
	ringed_age(&r, KEYRING_FORCE_MS);
	all_at_once(&r, token(&r, "c", SIGNER_RSA_2), PATIENT_MS, verdicts);
	INTEQ(verdicts[AUTH_DENY], WORKERS);
	INTEQ(stub_requests(r.stub, "/keys"), 4);
	ringed_close(&r);
}

static void
cold_and_away(void)
{
	int verdicts[AUTH_VERDICTS];
	struct ringed r;

	ringed_open(&r);
	stub_raw(r.stub, "/keys", STUB_CLOSE,
	    "HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n");
	all_at_once(&r, token(&r, "a", SIGNER_RSA), RINGED_TIMEOUT_MS,
	    verdicts);
	INTEQ(verdicts[AUTH_UNSURE], WORKERS);
	INTEQ(stub_requests(r.stub, "/keys"), 1);
	tap_row("%s", "silent: nobody waits for longer than the timeout");
	ringed_age(&r, 2000);
	stub_raw(r.stub, "/keys", STUB_HANG, "");
	all_at_once(&r, token(&r, "a", SIGNER_RSA), RINGED_TIMEOUT_MS,
	    verdicts);
	INTEQ(verdicts[AUTH_UNSURE], WORKERS);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	ringed_close(&r);
}

/* Holds the fetch lock until it is killed. */
static int
hold(void *ctx)
{
	struct work *w = ctx;

	ringed_reopen(w->r);
	if (upstream_lock(w->r->shared->lines, w->r->outside.line,
		UPSTREAM_FETCH, 0) == 0)
		atomic_fetch_add(w->gate, 1);
	child_rest();
}

static void
stopped(void)
{
	atomic_int *gate = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct work w = { .gate = gate };
	struct auth_answer a;
	struct ringed r;
	struct keys *k;
	int64_t began;
	pid_t pid;

	ringed_open(&r);
	w.r = &r;
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	k = ringed_keys(&r);
	pid = child_start(hold, &w);
	while (atomic_load(gate) == 0)
		usleep(100);
	child_stop(pid);
	tap_row("%s", "no set yet: could not find out, in bounded time");
	began = clock_mono_ms();
	a = ringed_check(&r, k, token(&r, "a", SIGNER_RSA));
	INTEQ(a.verdict, AUTH_UNSURE);
	CHECK(clock_mono_ms() - began < 2 * RINGED_TIMEOUT_MS + 2000);
	INTEQ(stub_requests(r.stub, "/keys"), 0);
	INTEQ(board_waits(r.shared->board, 0, 0).n, 0);
	tap_row("%s", "killed: the next one fetches");
	INTEQ(child_kill(pid), -SIGKILL);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	tap_row("%s", "with a set: nobody waits for a refresh");
	pid = child_start(hold, &w);
	while (atomic_load(gate) == 1)
		usleep(100);
	child_stop(pid);
	ringed_age(&r, KEYS_FRESH_MS);
	began = clock_mono_ms();
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	CHECK(clock_mono_ms() - began < RINGED_TIMEOUT_MS);
	tap_row("%s", "an unknown key id: could not find out");
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA)).verdict,
	    AUTH_UNSURE);
	INTEQ(stub_requests(r.stub, "/keys"), 1);
	child_kill(pid);
	keys_free(&k);
	munmap(gate, sizeof(*gate));
	ringed_close(&r);
}

/* A slow provider's waiting room is closed when it is full. */
static void
crowded(void)
{
	int64_t now = clock_mono_ms();
	struct auth_answer a;
	struct ringed r;
	struct keys *k;

	ringed_open(&r);
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	k = ringed_keys(&r);
	atomic_store(&r.shared->board->limit, 4);
	for (int i = 0; i < 3; i++) {
		int slot = board_take(r.shared->board, 1);

		board_set(r.shared->board, slot, BOARD_BUSY, now);
		board_wait_begin(r.shared->board, slot, 0, now - 1000);
	}
	a = ringed_check(&r, k, token(&r, "a", SIGNER_RSA));
	INTEQ(a.verdict, AUTH_UNSURE);
	STREQ(a.why, "too many workers wait for the provider");
	INTEQ(stub_requests(r.stub, "/keys"), 0);
	board_wait_end(r.shared->board, 1);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	keys_free(&k);
	ringed_close(&r);
}

static const struct tap_case cases[] = {
	{ "workers that need a set together fetch it once", cold },
	{ "a provider that is away is asked once, too", cold_and_away },
	{ "a worker that stops while it fetches delays, and harms nobody",
	    stopped },
	{ "of several workers some are always free", crowded },
};
TAP_MAIN(cases)
