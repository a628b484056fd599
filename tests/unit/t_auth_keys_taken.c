/* SPDX-License-Identifier: MIT */
/* auth/keys: sets that came and could not be taken; time that others used. */
#include "tap.h"

#include "auth/jwt.h"
#include "base/arena.h"
#include "base/clock.h"
#include "io/crypt.h"
#include "unit/child.h"
#include "unit/ringed.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CLAIMS "{\"sub\":\"a\"}"

static const char *
token(struct ringed *r, const char *kid, enum signer_key k)
{
	return token_signed(r->arena, k, KEY_RS256, kid, CLAIMS);
}

/* A worker that has the set of `a` by SIGNER_RSA. */
static struct keys *
started(struct ringed *r)
{
	struct keys *k;

	ringed_open(r);
	ringed_serve(r, token_set(r->arena, "a", SIGNER_RSA, NULL, 0));
	k = ringed_keys(r);
	INTEQ(ringed_check(r, k, token(r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	return k;
}

static int
listed(const struct ringed *r)
{
	int n = 0;

	for (int i = 0; i < KEYRING_MISSES; i++)
		n += atomic_load(&r->ring->miss[i].tag) != 0;
	return n;
}

/* What a child does with a lock of the line. */
struct grip {
	struct ringed *r;
	enum upstream_lock what;
	atomic_int held;
};

static struct grip *
grip(struct ringed *r, enum upstream_lock what)
{
	struct grip *g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	g->r = r;
	g->what = what;
	return g;
}

static void
take(struct grip *g)
{
	ringed_reopen(g->r);
	if (upstream_lock(g->r->shared->lines, g->r->outside.line, g->what,
		0) == 0)
		atomic_store(&g->held, 1);
}

static int
hold(void *ctx)
{
	take(ctx);
	child_rest();
}

/* Who stores or reads a set has stopped in the middle of it. */
static void
busy(void)
{
	struct auth_answer a;
	struct ringed r;
	struct keys *k = started(&r);
	struct grip *g = grip(&r, UPSTREAM_DATA);
	pid_t pid = child_start(hold, g);

	while (atomic_load(&g->held) == 0)
		usleep(100);
	child_stop(pid);
	ringed_serve(&r,
	    token_set(r.arena, "a", SIGNER_RSA, "b", SIGNER_RSA_2));
	a = ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2));
	INTEQ(a.verdict, AUTH_UNSURE);
	STREQ(a.trouble, "shared memory is busy");
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	INTEQ(listed(&r), 0);
	INTEQ(atomic_load(&r.ring->failures), 0);
	tap_row("%s", "the rest of the minute: could not find out, either");
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_UNSURE);
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_ALLOW);
	tap_row("%s", "it is gone, and so is the minute");
	INTEQ(child_kill(pid), -SIGKILL);
	ringed_age(&r, KEYRING_FORCE_MS);
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	keys_free(&k);
	munmap(g, sizeof(*g));
	ringed_close(&r);
}

/*
 * A request whose memory does for some of the way: for the question, but not
 * for the copy of the answer, is the step that must not be taken for a no.
 */
static void
narrow(void)
{
	int halfway = 0, good = 0;

	for (size_t size = 64 << 10; size < 68 << 10; size += 64) {
		struct auth_answer a = { .verdict = AUTH_DENY };
		struct ringed r;
		struct keys *k = started(&r);
		uint64_t version = atomic_load(&r.ring->version);
		const char *text = token(&r, "b", SIGNER_RSA_2);
		struct arena *small = arena_new(size);
		struct jwt t;

		tap_row("%zu bytes", size);
		ringed_serve(&r,
		    token_set(r.arena, "a", SIGNER_RSA, "b", SIGNER_RSA_2));
		STREQ(jwt_open(&t, text, strlen(text), r.arena), NULL);
		keys_check(k, &t, clock_mono_ms() + 1000, small, &a);
		CHECK(a.verdict == AUTH_ALLOW || a.verdict == AUTH_UNSURE);
		CHECK(a.verdict == AUTH_ALLOW || a.why != NULL);
		INTEQ(listed(&r), 0);
		good += a.verdict == AUTH_ALLOW;
		if (a.verdict == AUTH_UNSURE &&
		    atomic_load(&r.ring->version) != version)
			halfway++;
		jwt_close(&t);
		arena_free(&small);
		keys_free(&k);
		ringed_close(&r);
	}
	CHECK(halfway > 0);
	CHECK(good > 0);
}

/* An odd version: who stored the set was killed meanwhile. */
static void
killed_writer(void)
{
	struct auth_answer a;
	struct ringed r;
	struct keys *k = started(&r), *young = ringed_keys(&r);

	stub_raw(r.stub, "/keys", STUB_CLOSE, "");
	atomic_fetch_or(&r.ring->version, 1);
	tap_row("%s", "who has a set keeps it");
	for (int i = 0; i < 3; i++) {
		a = ringed_check(&r, k, token(&r, "a", SIGNER_RSA));
		INTEQ(a.verdict, AUTH_ALLOW);
	}
	INTEQ(ringed_check(&r, k, token(&r, "a", SIGNER_RSA_2)).verdict,
	    AUTH_DENY);
	tap_row("%s", "who has none cannot find out");
	INTEQ(ringed_check(&r, young, token(&r, "a", SIGNER_RSA)).verdict,
	    AUTH_UNSURE);
	tap_row("%s", "the next good set mends it");
	ringed_serve(&r,
	    token_set(r.arena, "a", SIGNER_RSA, "b", SIGNER_RSA_2));
	ringed_age(&r, KEYRING_FORCE_MS);
	INTEQ(ringed_check(&r, young, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	INTEQ(ringed_check(&r, k, token(&r, "b", SIGNER_RSA_2)).verdict,
	    AUTH_ALLOW);
	INTEQ(atomic_load(&r.ring->version) % 2, 0);
	keys_free(&k);
	keys_free(&young);
	ringed_close(&r);
}

/* ringed_check() gives a second. */
static void
half(void)
{
	struct keys_options o;
	struct err e = { 0 };
	struct auth_answer a;
	struct ringed r;
	struct keys *k;
	int64_t took;

	ringed_open(&r);
	ringed_serve(&r, token_set(r.arena, "a", SIGNER_RSA, NULL, 0));
	o = ringed_options(&r);
	o.timeout_ms = 1500;
	k = keys_new(&o, &e);
	ringed_check(&r, k, token(&r, "a", SIGNER_RSA));
	stub_raw(r.stub, "/keys", STUB_HANG, "");
	ringed_age(&r, KEYS_FRESH_MS);
	took = -clock_mono_ms();
	a = ringed_check(&r, k, token(&r, "a", SIGNER_RSA));
	took += clock_mono_ms();
	INTEQ(a.verdict, AUTH_ALLOW);
	CHECK(a.trouble != NULL);
	INTEQ(stub_requests(r.stub, "/keys"), 2);
	CHECK(took >= 450 && took < 900);
	keys_free(&k);
	ringed_close(&r);
}

/* Has the turn to ask; somebody waits for it, and hears that it is a no. */
static int
list_b(void *ctx)
{
	struct crypt_part b = { "b", 1 };
	unsigned char code[CRYPT_SHA256_SIZE];
	struct grip *g = ctx;
	struct crypt_mac *mac = shared_mac(g->r->shared, "key id");
	uint64_t tag;

	take(g);
	while (board_waits(g->r->shared->board, 0, 0).n == 0)
		usleep(100);
	crypt_mac(mac, &b, 1, code);
	memcpy(&tag, code, sizeof(tag));
	keyring_claim_force(g->r->ring, clock_mono_ms());
	keyring_add_miss(g->r->ring, tag, clock_mono_ms());
	upstream_unlock(g->r->shared->lines, g->r->outside.line, g->what);
	crypt_mac_free(&mac);
	return 0;
}

static void
meanwhile(void)
{
	struct auth_answer a;
	struct ringed r;
	struct keys *k = started(&r);
	struct grip *g = grip(&r, UPSTREAM_FETCH);
	pid_t pid = child_start(list_b, g);

	while (atomic_load(&g->held) == 0)
		usleep(100);
	a = ringed_check(&r, k, token(&r, "b", SIGNER_RSA));
	INTEQ(a.verdict, AUTH_DENY);
	STREQ(a.why, "no key of that kid");
	INTEQ(a.retry_ms, 0);
	INTEQ(stub_requests(r.stub, "/keys"), 1);
	INTEQ(child_wait(pid), 0);
	keys_free(&k);
	munmap(g, sizeof(*g));
	ringed_close(&r);
}

static const struct tap_case cases[] = {
	{ "a set that shared memory could not take denies no key id", busy },
	{ "nor does one that the request has no memory for", narrow },
	{ "a writer that was killed takes nobody's set away", killed_writer },
	{ "a refresh uses at most half of a request's time", half },
	{ "a key id listed while we waited is denied, not unsure", meanwhile },
};
TAP_MAIN(cases)
