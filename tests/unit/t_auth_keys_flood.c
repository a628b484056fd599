/* SPDX-License-Identifier: MIT */
/* auth/keys: tokens that nobody signed, while the provider is silent. */
#include "tap.h"

#include "base/clock.h"
#include "unit/child.h"
#include "unit/ringed.h"

#include <sys/mman.h>
#include <unistd.h>

#define CLAIMS "{\"sub\":\"a\"}"

/* What a child does: waits for the start, then checks a token once. */
struct work {
	struct ringed *r;
	const char *token;
	atomic_int *gate;
};

static const char *
token(struct ringed *r, const char *kid, enum signer_key k)
{
	return token_signed(r->arena, k, KEY_RS256, kid, CLAIMS);
}

enum { FOUR = 4, LONG_MS = 1500 }; /* over what a request has */

/* A worker with the set, that gets a token of somebody else's making. */
static int
judge_forged(void *ctx)
{
	struct work *w = ctx;
	struct keys_options o;
	struct err e = { 0 };
	struct keys *k;
	int64_t began;

	w->r->outside.slot = board_take(w->r->shared->board, 1);
	board_set(w->r->shared->board, w->r->outside.slot, BOARD_BUSY,
	    clock_mono_ms());
	ringed_reopen(w->r);
	o = ringed_options(w->r);
	o.timeout_ms = LONG_MS;
	k = keys_new(&o, &e);
	/* who is one too many for the first set asks again */
	while (ringed_check(w->r, k, token(w->r, "a", SIGNER_RSA)).verdict !=
	    AUTH_ALLOW)
		usleep(1000);
	atomic_fetch_add(w->gate, 1);
	while (atomic_load(w->gate) <= FOUR)
		usleep(100);
	began = clock_mono_ms();
	if (ringed_check(w->r, k, w->token).verdict != AUTH_DENY)
		return 0;
	keys_free(&k);
	return 1 + (int)(clock_mono_ms() - began) / 10;
}

/* `age`: of the set when the tokens come. */
static void
flood(int64_t age)
{
	atomic_int *gate = mmap(NULL, sizeof(*gate), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int quickest = 255, slowest = 0;
	struct work w = { .gate = gate };
	pid_t pid[FOUR];
	struct ringed r;

	ringed_open(&r);
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	board_release(r.shared->board, r.outside.slot);
	atomic_store(&r.shared->board->limit, FOUR);
	w.r = &r;
	w.token = token(&r, "a", SIGNER_RSA_2);
	for (int i = 0; i < FOUR; i++)
		pid[i] = child_start(judge_forged, &w);
	while (atomic_load(gate) < FOUR)
		usleep(100);
	stub_raw(r.stub, "/keys", STUB_HANG, "");
	ringed_age(&r, age);
	atomic_fetch_add(gate, 1);
	for (int i = 0; i < FOUR; i++) {
		int took = child_wait(pid[i]);

		CHECK(took > 0);
		quickest = took < quickest ? took : quickest;
		slowest = took > slowest ? took : slowest;
	}
	CHECK(quickest * 10 < GATE_SLOW_MS + 200);
	CHECK(slowest * 10 >= 2 * GATE_SLOW_MS - 50);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	munmap(gate, sizeof(*gate));
	ringed_close(&r);
}

static void
fresh(void)
{
	flood(1000);
}

static void
old(void)
{
	flood(KEYS_FRESH_MS);
}

static const struct tap_case cases[] = {
	{ "forged tokens leave a worker free while the keys do not come",
	    fresh },
	{ "also while somebody asks for a newer set anyway", old },
};
TAP_MAIN(cases)
