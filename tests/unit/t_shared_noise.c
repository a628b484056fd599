/* SPDX-License-Identifier: MIT */
/*
 * Whatever another process of our user wrote into the shared file: nobody
 * crashes, waits for ever, or is kept out for longer than the rules allow.
 */
#include "tap.h"

#include "base/clock.h"
#include "base/rng.h"
#include "unit/memory.h"

#include <string.h>

enum { ROUNDS = 60, T = 100 * 1000 * 1000, TRIES = 40 };

static const unsigned char scope[UPSTREAM_SCOPE_SIZE] = "ours";

/* Extremes are rare among random numbers. */
static int64_t
nasty(void)
{
	static const int64_t values[] = { INT64_MIN, INT64_MAX, INT64_MIN + 1,
		-1, 0, 1, INT32_MIN, INT32_MAX, T, T + 1, T - 1, T + 86400000,
		INT64_MAX - 1000, INT64_MAX / 4 };
	uint64_t noise;

	rng_bytes(&noise, sizeof(noise));
	if (noise % 8 == 0)
		return (int64_t)noise;
	return values[noise % ROWS(values)];
}

static void
fill(void *to, size_t n)
{
	unsigned char *p = to;

	for (size_t i = 0; i + 8 <= n; i += 8) {
		int64_t value = nasty();

		memcpy(p + i, &value, sizeof(value));
	}
}

static void
gates(void)
{
	for (int i = 0; i < ROUNDS * 100; i++) {
		struct gate g;
		int64_t began;
		int passed = 0;

		fill(&g, sizeof(g));
		CHECK(gate_closed_ms(&g, T) <= 2 * GATE_PAUSE_MAX_MS);
		gate_is_quick(&g, T);
		gate_is_crowded(&g, 3, T - 5, 4, T);
		gate_probe_state(&g, &began);
		for (int t = 0; t < TRIES && passed == 0; t++)
			passed = gate_claim_probe(&g, T + t * GATE_PROBE_MS);
		CHECK(passed);
		fill(&g, sizeof(g));
		gate_failed(&g, 1, i & 1, 10, T, 9);
		CHECK(gate_closed_ms(&g, T) <= 2 * GATE_PAUSE_MAX_MS);
		fill(&g, sizeof(g));
		gate_pause(&g, 0, T, 9);
		CHECK(gate_closed_ms(&g, T) <= GATE_PAUSE_MAX_MS);
		gate_good(&g, 5, T);
		CHECK(gate_closed_ms(&g, T + GATE_PAUSE_MAX_MS + 1) == 0);
	}
}

static void
recents(void)
{
	struct recent *r = memory_new()->recent;

	atomic_store(&r->slot[9][0].tag, 9);
	atomic_store(&r->slot[9][0].good_ms, INT64_MAX / 2);
	CHECK(!recent_has(r, 9, T));
	for (int i = 0; i < ROUNDS; i++) {
		fill(r->slot, sizeof(r->slot[0]) * 4);
		for (uint64_t tag = 1; tag < 4; tag++) {
			for (int w = 0; w < RECENT_WAYS; w += 2)
				atomic_store(&r->slot[tag][w].tag, tag);
			recent_has(r, tag, T);
			recent_add(r, tag, T);
			CHECK(recent_has(r, tag, T));
			recent_add(r, tag + RECENT_SETS, T);
			CHECK(recent_has(r, tag + RECENT_SETS, T));
		}
	}
}

static void
use_keyring(struct keyring *k)
{
	static char text[KEYRING_TEXT_MAX], url[KEYRING_URL_MAX];
	bool public_peer;
	size_t len = 0;

	CHECK(keyring_closed_ms(k, T) <= KEYRING_PAUSE_MAX_MS);
	keyring_claim_force(k, T);
	if (keyring_copy(k, text, &len) != 0)
		CHECK(len <= sizeof(text));
	if (keyring_url(k, url, &public_peer))
		CHECK(memchr(url, '\0', sizeof(url)) != NULL);
	keyring_has_miss(k, 5, T);
	keyring_add_miss(k, 5, T);
	CHECK(keyring_has_miss(k, 5, T));
	keyring_failed(k, 0, T);
	CHECK(keyring_closed_ms(k, T) <= KEYRING_BACKOFF_MAX_MS);
	keyring_store(k, "abc", 3, T);
	CHECK(keyring_copy(k, text, &len) != 0 && len == 3);
	CHECK(memcmp(text, "abc", 3) == 0);
}

static void
keyrings(void)
{
	static struct keyring k;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t now = T;
		bool had = false;

		fill(&k, sizeof(k));
		use_keyring(&k);
		fill(&k, offsetof(struct keyring, miss));
		for (int t = 0; t < TRIES && !had; t++)
			had = keyring_claim_force(&k,
			    now + (int64_t)t * KEYRING_FORCE_MS);
		CHECK(had);
	}
}

/* Workers compare versions: an old number must not mean a new set. */
static void
emptied(void)
{
	static struct keyring k;
	static char text[KEYRING_TEXT_MAX];
	uint64_t version;
	size_t len;

	keyring_store(&k, "one", 3, T);
	version = keyring_copy(&k, text, &len);
	memset(&k, 0, sizeof(k));
	keyring_store(&k, "two", 3, T + 1);
	CHECK(keyring_copy(&k, text, &len) != version);
}

static void
rates(struct rate *r)
{
	const struct rate_limit l = { 1000, 3 };

	for (uint64_t tag = 1; tag < 50; tag++) {
		int64_t wait;

		atomic_store(&r->slot[tag][tag % RATE_WAYS].tag, tag);
		wait = rate_take(r, tag, &l, T);
		CHECK(wait >= 0 && wait <= 1000 * 1000);
		INTEQ(rate_take(r, tag, &l, T + 3000), 0);
	}
}

/* Nonsense may have verdicts asked again; what is put counts. */
static void
news_and_revoked(struct shared *s)
{
	const struct revoked_entry gone = {
		.tag = 77, .effect = REVOKED_ALL, .until_s = T
	};
	const struct revoked_question q = { .user = 77, .found_ms = INT64_MAX };

	INTEQ(revoked_put(s->revoked, &gone, T, 1), 0);
	INTEQ(revoked_look(s->revoked, &q, 1), REVOKED_REFUSE);
	CHECK(!revoked_is_empty(s->revoked, 1));
	CHECK(revoked_count(s->revoked, 1) >= 1);
	news_are_fresh(s->news, 1000, T);
	if (!news_claim(s->news, 1000, T))
		CHECK(news_claim(s->news, 1000, T + 2000));
}

/* The whole of the memory at once, found and used as a worker does. */
static void
everything(void)
{
	struct shared *s = memory_new();
	unsigned char *content = shmfile_content(s->file);

	for (int i = 0; i < ROUNDS / 10; i++) {
		unsigned char key[SLOTS_KEY_SIZE], out[8];
		struct upstream *u;
		size_t len;

		fill(content, shmfile_content_size(s->file));
		u = upstream_find(s->lines, scope, T);
		if (!CHECK(u != NULL))
			return;
		CHECK(memcmp(u->scope, scope, sizeof(scope)) == 0);
		use_keyring(&u->ring);
		rates(s->rate);
		news_and_revoked(s);
		rng_bytes(key, sizeof(key));
		CHECK(slots_get(s->slots, key, out, 8, &len, T) == SLOTS_MISS);
		CHECK(slots_put(s->slots, key, "x", 1, T + 9, T) !=
		      SLOTS_BROKEN);
	}
}

static const struct tap_case cases[] = {
	{ "a gate of nonsense closes for no longer than a gate may", gates },
	{ "remembered nonsense is forgotten", recents },
	{ "a key ring of nonsense is replaced by the next fetch", keyrings },
	{ "after the memory was emptied no version comes again", emptied },
	{ "a file full of noise serves on", everything },
};
TAP_MAIN(cases)
