/* SPDX-License-Identifier: MIT */
/*
 * Signatures that were found genuine before: the same token again, by the same
 * key, need not be computed.  Nothing else about a token is remembered; who
 * asks here judges its times and claims as if for the first time.
 */
#ifndef AUTH_VERIFIED_H
#define AUTH_VERIFIED_H

#include "shm/slots.h"
#include "shm/upstream.h"

enum { VERIFIED_LIFE_MS = 60 * 1000 }; /* less when the token ends before */

struct jwt;
struct key;
struct outside;

/* One a provider and worker; its members are verified.c's. */
struct verified {
	struct slots *slots; /* lent */
	unsigned char scope[UPSTREAM_SCOPE_SIZE];
};

/* For the provider behind o; connects to nothing. */
void verified_init(struct verified *v, const struct outside *o);

/*
 * As jwt_check_signature(), with a key that the provider has now: one that has
 * left its set, or was replaced under its id, has verified nothing.
 */
const char *verified_check(const struct verified *v, const struct jwt *t,
    struct key *key);

#endif
