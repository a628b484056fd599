/* SPDX-License-Identifier: MIT */
/*
 * What all workers of a host know about one provider's key set: its text, how
 * old it is, and when it may be fetched again.  Only values; times are
 * monotonic milliseconds.  Who fetches, and what a key is, is auth/keys.c's.
 */
#ifndef SHM_KEYRING_H
#define SHM_KEYRING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEYRING_TEXT_MAX = 64 << 10, /* longest key set of a provider */
	KEYRING_URL_MAX = 2048,
	KEYRING_MISSES = 256,            /* key ids known not to exist */
	KEYRING_MISS_MS = 300 * 1000,    /* and for how long */
	KEYRING_FORCE_MS = 60 * 1000,    /* between two forced fetches */
	KEYRING_BACKOFF_FIRST_MS = 1000, /* after a failure, doubled */
	KEYRING_BACKOFF_MAX_MS = 30 * 1000,
	KEYRING_PAUSE_MAX_MS = 300 * 1000, /* whatever Retry-After says */
};

/*
 * `version` grows with every text that differs from the one before; it is odd
 * while one is being written (under the line's data lock), so a writer that
 * was killed leaves an odd number behind: no set is there then.
 */
struct keyring {
	atomic_uint_fast64_t version;   /* 0: none yet */
	atomic_int_fast64_t fetched_ms; /* latest success; 0: none */
	atomic_int_fast64_t closed_ms;  /* no fetch before */
	atomic_int_fast64_t forced_ms;  /* latest forced one; 0: none */
	atomic_int_fast64_t found_ms;   /* latest discovery; 0: none */
	atomic_int failures;            /* since the latest success */
	atomic_uint next_miss;
	struct {
		atomic_uint_fast64_t tag; /* of a key id; 0: free */
		atomic_int_fast64_t until_ms;
	} miss[KEYRING_MISSES];
	/* under the data lock */
	atomic_uint len;
	unsigned char public_peer; /* issuer itself at a public address */
	char url[KEYRING_URL_MAX]; /* of the set, by discovery */
	char text[KEYRING_TEXT_MAX];
};

/*
 * May the set be fetched now?  Milliseconds until then; 0: now.
 */
int64_t keyring_closed_ms(const struct keyring *k, int64_t now);

/* Is the forced fetch of this minute still to be had? */
bool keyring_may_force(const struct keyring *k, int64_t now);

/*
 * Claims the one forced fetch of a KEYRING_FORCE_MS: true for one caller.
 * The look is the claim: whoever gets true fetches.
 */
bool keyring_claim_force(struct keyring *k, int64_t now);

/* A fetch failed; pause_ms is what the provider asked for, 0: nothing. */
void keyring_failed(struct keyring *k, int64_t pause_ms, int64_t now);

/*
 * A fetch that began at `now` brought this text (at most KEYRING_TEXT_MAX).
 * Under the data lock.  True when it differs from the one before; then the
 * misses are forgotten.
 */
bool keyring_store(struct keyring *k, const char *text, size_t len,
    int64_t now);

/*
 * Copies the text and its version out, under the data lock; `to` holds
 * KEYRING_TEXT_MAX.  0: there is none.
 */
uint64_t keyring_copy(const struct keyring *k, char *to, size_t *len);

/*
 * Where discovery found the set, under the data lock; keyring_url() gives
 * false when it was never found.  `to` holds KEYRING_URL_MAX.
 */
void keyring_set_url(struct keyring *k, const char *url, bool public_peer,
    int64_t now);
bool keyring_url(const struct keyring *k, char *to, bool *public_peer);

/* Key ids that a good fetch did not bring; `tag` is a keyed hash, never 0. */
void keyring_add_miss(struct keyring *k, uint64_t tag, int64_t now);
bool keyring_has_miss(const struct keyring *k, uint64_t tag, int64_t now);

#endif
