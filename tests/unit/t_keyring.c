/* SPDX-License-Identifier: MIT */
/* shm/keyring: what is kept of a key set, and when it may be fetched. */
#include "tap.h"

#include "shm/keyring.h"
#include "unit/child.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { NOW = 1000000 };

static struct keyring ring;
static char copy[KEYRING_TEXT_MAX];

static void
texts(void)
{
	static char longest[KEYRING_TEXT_MAX];
	uint64_t version;
	size_t len = 0;

	memset(&ring, 0, sizeof(ring));
	INTEQ(keyring_copy(&ring, copy, &len), 0);
	CHECK(keyring_store(&ring, "one", 3, NOW));
	version = keyring_copy(&ring, copy, &len);
	CHECK(version != 0 && version % 2 == 0);
	CHECK(len == 3 && memcmp(copy, "one", 3) == 0);
	INTEQ(ring.fetched_ms, NOW);
	tap_row("%s", "the same again is newer, but no other");
	CHECK(!keyring_store(&ring, "one", 3, NOW + 1));
	INTEQ(keyring_copy(&ring, copy, &len), version);
	INTEQ(ring.fetched_ms, NOW + 1);
	tap_row("%s", "a longer one, and a shorter one that begins like it");
	CHECK(keyring_store(&ring, "one and two", 11, NOW + 2));
	CHECK(keyring_store(&ring, "one", 3, NOW + 3));
	CHECK(keyring_copy(&ring, copy, &len) > version);
	CHECK(len == 3 && memcmp(copy, "one", 3) == 0);
	tap_row("%s", "as long as can be");
	memset(longest, 'x', sizeof(longest));
	CHECK(keyring_store(&ring, longest, sizeof(longest), NOW + 4));
	CHECK(keyring_copy(&ring, copy, &len) != 0);
	CHECK(len == sizeof(longest) && memcmp(copy, longest, len) == 0);
}

/* A writer that was killed, a neighbour who wrote nonsense. */
static void
broken(void)
{
	size_t len = 77;
	uint64_t before;

	memset(&ring, 0, sizeof(ring));
	keyring_store(&ring, "one", 3, NOW);
	before = keyring_copy(&ring, copy, &len);
	atomic_fetch_add(&ring.version, 1);
	INTEQ(keyring_copy(&ring, copy, &len), 0);
	tap_row("%s", "the next writer mends it, also with the same text");
	CHECK(keyring_store(&ring, "one", 3, NOW));
	CHECK(keyring_copy(&ring, copy, &len) > before);
	INTEQ(atomic_load(&ring.version) % 2, 0);
	tap_row("%s", "a length that cannot be");
	ring.len = KEYRING_TEXT_MAX + 1;
	INTEQ(keyring_copy(&ring, copy, &len), 0);
	CHECK(keyring_store(&ring, "one", 3, NOW));
	CHECK(keyring_copy(&ring, copy, &len) != 0 && len == 3);
}

static void
backing_off(void)
{
	static const struct {
		int64_t pause, closed;
	} t[] = {
		{ 0, 1000 },
		{ 0, 2000 },
		{ 0, 4000 },
		{ 7000, 8000 },
		{ 20000, 20000 },
		{ 0, 30000 },
		{ 0, 30000 },
		{ 299999, 299999 },
		{ 300001, 300000 },
		{ INT64_MAX, 300000 },
		{ -1, 30000 },
		{ INT64_MIN, 30000 },
	};

	memset(&ring, 0, sizeof(ring));
	INTEQ(keyring_closed_ms(&ring, NOW), 0);
	for (size_t i = 0; i < ROWS(t); i++) {
		tap_row("failure %zu, asked to wait %lld", i + 1,
		    (long long)t[i].pause);
		keyring_failed(&ring, t[i].pause, NOW);
		INTEQ(keyring_closed_ms(&ring, NOW), t[i].closed);
		INTEQ(keyring_closed_ms(&ring, NOW + t[i].closed - 1), 1);
		INTEQ(keyring_closed_ms(&ring, NOW + t[i].closed), 0);
	}
	tap_row("%s", "after a million failures");
	atomic_store(&ring.failures, 1000000);
	keyring_failed(&ring, 0, NOW);
	INTEQ(keyring_closed_ms(&ring, NOW), KEYRING_BACKOFF_MAX_MS);
	tap_row("%s", "a success opens, and the count begins anew");
	keyring_store(&ring, "x", 1, NOW);
	INTEQ(keyring_closed_ms(&ring, NOW), 0);
	keyring_failed(&ring, 0, NOW);
	INTEQ(keyring_closed_ms(&ring, NOW), 1000);
}

static void
forced(void)
{
	memset(&ring, 0, sizeof(ring));
	CHECK(keyring_claim_force(&ring, NOW));
	CHECK(!keyring_claim_force(&ring, NOW));
	CHECK(!keyring_claim_force(&ring, NOW + KEYRING_FORCE_MS - 1));
	tap_row("%s", "a usual fetch does not count");
	keyring_store(&ring, "x", 1, NOW);
	keyring_failed(&ring, 0, NOW);
	CHECK(!keyring_claim_force(&ring, NOW + KEYRING_FORCE_MS - 1));
	CHECK(keyring_claim_force(&ring, NOW + KEYRING_FORCE_MS));
	CHECK(!keyring_claim_force(&ring, NOW + KEYRING_FORCE_MS));
}

struct racers {
	struct keyring ring;
	atomic_int begin, won;
};

static int
race(void *ctx)
{
	struct racers *r = ctx;

	while (atomic_load(&r->begin) == 0)
		continue;
	for (int i = 0; i < 100; i++)
		if (keyring_claim_force(&r->ring, NOW + i))
			atomic_fetch_add(&r->won, 1);
	return 0;
}

static void
one_winner(void)
{
	struct racers *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[4];

	for (int i = 0; i < 4; i++)
		pid[i] = child_start(race, r);
	atomic_store(&r->begin, 1);
	for (int i = 0; i < 4; i++)
		INTEQ(child_wait(pid[i]), 0);
	INTEQ(atomic_load(&r->won), 1);
	munmap(r, sizeof(*r));
}

static void
misses(void)
{
	memset(&ring, 0, sizeof(ring));
	CHECK(!keyring_has_miss(&ring, 7, NOW));
	keyring_add_miss(&ring, 7, NOW);
	CHECK(keyring_has_miss(&ring, 7, NOW));
	CHECK(!keyring_has_miss(&ring, 8, NOW));
	CHECK(keyring_has_miss(&ring, 7, NOW + KEYRING_MISS_MS - 1));
	CHECK(!keyring_has_miss(&ring, 7, NOW + KEYRING_MISS_MS));
	tap_row("%s", "the same set again: they stay");
	keyring_store(&ring, "x", 1, NOW);
	keyring_add_miss(&ring, 7, NOW);
	keyring_store(&ring, "x", 1, NOW + 1);
	CHECK(keyring_has_miss(&ring, 7, NOW + 1));
	tap_row("%s", "another set: they are forgotten");
	keyring_store(&ring, "y", 1, NOW + 2);
	CHECK(!keyring_has_miss(&ring, 7, NOW + 2));
	tap_row("%s", "the oldest makes room");
	for (uint64_t tag = 1; tag <= KEYRING_MISSES + 1; tag++)
		keyring_add_miss(&ring, tag, NOW);
	CHECK(!keyring_has_miss(&ring, 1, NOW));
	CHECK(keyring_has_miss(&ring, 2, NOW));
	CHECK(keyring_has_miss(&ring, KEYRING_MISSES + 1, NOW));
	tap_row("%s", "the count goes round");
	atomic_store(&ring.next_miss, UINT32_MAX);
	keyring_add_miss(&ring, 9999, NOW);
	keyring_add_miss(&ring, 9998, NOW);
	CHECK(keyring_has_miss(&ring, 9999, NOW));
	CHECK(keyring_has_miss(&ring, 9998, NOW));
}

static void
places(void)
{
	static char text[KEYRING_URL_MAX + 9], url[KEYRING_URL_MAX];
	bool public_peer = true;

	memset(&ring, 0, sizeof(ring));
	CHECK(!keyring_url(&ring, url, &public_peer));
	keyring_set_url(&ring, "https://x/", false, NOW);
	CHECK(keyring_url(&ring, url, &public_peer));
	STREQ(url, "https://x/");
	CHECK(!public_peer);
	keyring_set_url(&ring, "https://y/", true, NOW);
	CHECK(keyring_url(&ring, url, &public_peer) && public_peer);
	tap_row("%s", "no end within its room");
	memset(text, 'x', sizeof(text) - 1);
	keyring_set_url(&ring, text, true, NOW);
	CHECK(keyring_url(&ring, url, &public_peer));
	INTEQ(strlen(url), KEYRING_URL_MAX - 1);
	memset(ring.url, 'x', sizeof(ring.url));
	CHECK(keyring_url(&ring, url, &public_peer));
	INTEQ(strlen(url), KEYRING_URL_MAX - 1);
}

static const struct tap_case cases[] = {
	{ "a text is stored whole, and its version tells it apart", texts },
	{ "what was left half-written is no set", broken },
	{ "failures back off, doubling, or as long as was asked for",
	    backing_off },
	{ "one forced fetch a minute", forced },
	{ "of four processes one may force it", one_winner },
	{ "a key id is missed for a while, or until another set comes",
	    misses },
	{ "where the set is stays known", places },
};
TAP_MAIN(cases)
