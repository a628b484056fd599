/* SPDX-License-Identifier: MIT */
/* Book-keeping on one struct; no fetch and no clock in here. */
#include "shm/keyring.h"

#include "shm/sane.h"

#include <limits.h>
#include <string.h>

int64_t
keyring_closed_ms(const struct keyring *k, int64_t now)
{
	return sane_left_ms(atomic_load(&k->closed_ms), KEYRING_PAUSE_MAX_MS,
	    now);
}

static bool
may_force(int64_t last, int64_t now)
{
	return last == 0 || sane_is_past(last, KEYRING_FORCE_MS, now);
}

bool
keyring_may_force(const struct keyring *k, int64_t now)
{
	return may_force(atomic_load(&k->forced_ms), now);
}

bool
keyring_claim_force(struct keyring *k, int64_t now)
{
	int64_t last = atomic_load(&k->forced_ms);

	return may_force(last, now) &&
	       atomic_compare_exchange_strong(&k->forced_ms, &last, now);
}

void
keyring_failed(struct keyring *k, int64_t pause_ms, int64_t now)
{
	int failures = atomic_fetch_add(&k->failures, 1);
	int64_t wait = KEYRING_BACKOFF_FIRST_MS;

	if (failures < 0)
		failures = INT_MAX; /* nobody counts that far */
	for (int i = 0; i < failures && wait < KEYRING_BACKOFF_MAX_MS; i++)
		wait *= 2;
	if (wait > KEYRING_BACKOFF_MAX_MS)
		wait = KEYRING_BACKOFF_MAX_MS;
	if (pause_ms > KEYRING_PAUSE_MAX_MS)
		pause_ms = KEYRING_PAUSE_MAX_MS;
	if (pause_ms > wait)
		wait = pause_ms;
	atomic_store(&k->closed_ms, now + wait);
}

/* The length of the text that is there; -1: none, or half of one. */
static long
length(const struct keyring *k)
{
	uint64_t version = atomic_load(&k->version);
	unsigned len = atomic_load(&k->len);

	return version == 0 || version % 2 != 0 || len > KEYRING_TEXT_MAX
		   ? -1
		   : (long)len;
}

/*
 * Another one than any before, also when the memory was emptied meanwhile:
 * workers tell by it whether their set is still the host's.
 */
static uint64_t
next_version(const struct keyring *k, int64_t now)
{
	uint64_t next = (atomic_load(&k->version) | 1) + 1;

	return next > 2 ? next : ((uint64_t)now + 1) * 2;
}

bool
keyring_store(struct keyring *k, const char *text, size_t len, int64_t now)
{
	bool same = length(k) == (long)len && memcmp(k->text, text, len) == 0;
	uint64_t next = next_version(k, now);

	if (!same) {
		/* odd from here on: see the struct */
		atomic_store(&k->version, atomic_load(&k->version) | 1);
		memcpy(k->text, text, len);
		atomic_store(&k->len, (unsigned)len);
		for (int i = 0; i < KEYRING_MISSES; i++)
			atomic_store(&k->miss[i].tag, 0);
		atomic_store(&k->version, next);
	}
	atomic_store(&k->failures, 0);
	atomic_store(&k->closed_ms, 0);
	atomic_store(&k->fetched_ms, now);
	return !same;
}

uint64_t
keyring_copy(const struct keyring *k, char *to, size_t *len)
{
	long n = length(k);

	if (n == -1)
		return 0;
	*len = (size_t)n;
	memcpy(to, k->text, *len);
	return atomic_load(&k->version);
}

void
keyring_set_url(struct keyring *k, const char *url, bool public_peer,
    int64_t now)
{
	atomic_store(&k->found_ms, 0);
	k->public_peer = public_peer;
	memset(k->url, 0, sizeof(k->url));
	memcpy(k->url, url, strnlen(url, sizeof(k->url) - 1));
	atomic_store(&k->found_ms, now);
}

bool
keyring_url(const struct keyring *k, char *to, bool *public_peer)
{
	if (atomic_load(&k->found_ms) == 0)
		return false;
	memcpy(to, k->url, sizeof(k->url));
	to[sizeof(k->url) - 1] = '\0';
	*public_peer = k->public_peer != 0;
	return true;
}

void
keyring_add_miss(struct keyring *k, uint64_t tag, int64_t now)
{
	unsigned i = atomic_fetch_add(&k->next_miss, 1) % KEYRING_MISSES;

	atomic_store(&k->miss[i].tag, tag);
	atomic_store(&k->miss[i].until_ms, now + KEYRING_MISS_MS);
}

bool
keyring_has_miss(const struct keyring *k, uint64_t tag, int64_t now)
{
	for (int i = 0; i < KEYRING_MISSES; i++)
		if (atomic_load(&k->miss[i].tag) == tag &&
		    sane_left_ms(atomic_load(&k->miss[i].until_ms),
			KEYRING_MISS_MS, now) > 0)
			return true;
	return false;
}
