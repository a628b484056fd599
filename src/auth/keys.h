/* SPDX-License-Identifier: MIT */
/*
 * A provider's keys: fetched by one worker, used by all of the host, kept
 * while the provider is away.  "Not one of its keys" and "could not get its
 * keys" stay apart.
 */
#ifndef AUTH_KEYS_H
#define AUTH_KEYS_H

#include "auth/auth.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct jwt;
struct keys;
struct outside;

enum {
	KEYS_FRESH_MS = 300 * 1000,         /* nobody asks for a newer set */
	KEYS_USABLE_MS = 60 * 60 * 1000,    /* good while none can be had */
	KEYS_DISCOVERY_MS = 60 * 60 * 1000, /* where the set is */
	KEYS_DATA_MS = 100, /* for the line's data: a copy of 64 KiB */
};

struct keys_options {
	const char *pem; /* one key from the configuration: no network; "" */
	const char *url; /* of the set; "": by discovery of */
	const char *issuer;
	const char *secret; /* sent as a Bearer token to url; "": none */
	const char *header; /* one more request header; NULL: none */
	unsigned algs;      /* KEY_BIT()s */
	int timeout_ms;
	const char *ca_file;
	const struct outside *outside; /* outlives the keys */
};

/*
 * One a provider and worker, made after the fork; connects to nothing.  The
 * strings are lent for as long.  NULL and *e.
 */
struct keys *keys_new(const struct keys_options *o, struct err *e);
void keys_free(struct keys **k);

/*
 * Is the token's signature by one of the provider's keys?  AUTH_ALLOW: yes.
 * AUTH_DENY: no.  AUTH_UNSURE: its keys could not be had, or a newer key may
 * exist that we may not ask for yet.  Fills in verdict, why, retry_ms and
 * trouble; waits no longer than deadline and timeout.
 */
void keys_check(struct keys *k, const struct jwt *t, int64_t deadline,
    struct arena *a, struct auth_answer *answer);

/*
 * Are there keys, and did the latest attempt to fetch them succeed?  Fetches
 * when there are none, or old ones.  False: *why tells, lent from the arena.
 */
bool keys_probe(struct keys *k, int64_t deadline, struct arena *a,
    const char **why);

int64_t keys_take_spent_us(struct keys *k);

/*
 * The decision, without clock and lock.  age_ms: since the latest success,
 * -1: there is no set; closed: no fetch is allowed now.
 */
enum keys_step {
	KEYS_USE,     /* what is there */
	KEYS_REFRESH, /* one fetches, the others use what is there */
	KEYS_WAIT,    /* for the one fetch */
	KEYS_NONE,    /* nothing is there, nobody may ask */
};
enum keys_step keys_step(int64_t age_ms, bool closed);

#endif
