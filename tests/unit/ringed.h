/* SPDX-License-Identifier: MIT */
/* A provider's way out for tests: a stub to ask, a line of shared memory. */
#ifndef UNIT_RINGED_H
#define UNIT_RINGED_H

#include "auth/auth.h"
#include "auth/keys.h"
#include "auth/outside.h"
#include "shm/shared.h"
#include "unit/stub.h"
#include "unit/token.h"

enum { RINGED_TIMEOUT_MS = 400 };

struct ringed {
	struct stub *stub;
	struct shared *shared;
	struct arena *arena;
	struct outside outside;
	struct keyring *ring; /* of its line */
	char url[96];         /* the stub's /keys */
};

void ringed_open(struct ringed *r);
void ringed_close(struct ringed *r);

/* In a forked child: its own hold on the same line. */
void ringed_reopen(struct ringed *r);

/* Keys by the stub's /keys, RS256; ends the test when there is trouble. */
struct keys *ringed_keys(struct ringed *r);
struct keys_options ringed_options(const struct ringed *r);

/* What keys_check() makes of the token, with a second to spare. */
struct auth_answer ringed_check(struct ringed *r, struct keys *k,
    const char *token);

/* /keys answers this set from now on, the connection is closed. */
void ringed_serve(struct ringed *r, const char *set);

/* The latest success, forced fetch and failure were that much earlier. */
void ringed_age(struct ringed *r, int64_t ms);

#endif
