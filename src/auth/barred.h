/* SPDX-License-Identifier: MIT */
/*
 * Who is barred: what this host knows to be revoked, asked about an identity.
 * Known revocations count whoever the provider is and whatever it says.
 */
#ifndef AUTH_BARRED_H
#define AUTH_BARRED_H

#include "shm/revoked.h"

#include <stdbool.h>
#include <stdint.h>

struct auth_ident;
struct barred;
struct shared;

/* One a worker, made after the fork.  NULL: no memory. */
struct barred *barred_new(const struct shared *shared);
void barred_free(struct barred **b);

/* The question about an identity that the provider confirms now. */
struct revoked_question barred_question(const struct barred *b,
    const char *provider, const struct auth_ident *who);

/* revoked_look(), and nothing but that: see there. */
enum revoked_answer barred_look(const struct barred *b,
    const struct revoked_question *q);

/* Is the identity, confirmed now, refused all the same? */
bool barred_refuses(const struct barred *b, const char *provider,
    const struct auth_ident *who);

/* What was fetched about the user at fetched_ms (monotonic) may be old. */
bool barred_is_outdated(const struct barred *b, const char *provider,
    const char *user, int64_t fetched_ms);

#endif
