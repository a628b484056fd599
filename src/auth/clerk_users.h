/* SPDX-License-Identifier: MIT */
/*
 * Looking up Clerk users: one call for all workers of a host, its result kept
 * for a while.  It decorates an identity that a token has already proved.
 */
#ifndef AUTH_CLERK_USERS_H
#define AUTH_CLERK_USERS_H

#include "auth/auth.h"
#include "auth/clerk_user.h"
#include "base/err.h"

#include <stdint.h>

struct arena;
struct barred;
struct clerk_users;
struct outside;

enum {
	CLERK_USER_STALE_MS = 60 * 60 * 1000, /* served while Clerk is away */
	CLERK_REFUSED_MS = 2000,              /* a refusal is kept no longer */
};

struct clerk_users_options {
	const char *api_url;
	const char *secret;
	int timeout_ms;
	int64_t ttl_ms;
	const unsigned char *scope; /* of the provider: part of each key */
	const char *provider;       /* its name */
	/* what was fetched before a user was revoked is not there; NULL:
	 * nobody ever is */
	const struct barred *barred;
	const struct outside *outside;
};

/*
 * One a worker, made after the fork; connects to nothing.  The strings are
 * lent for as long.  NULL: no memory.
 */
struct clerk_users *clerk_users_new(const struct clerk_users_options *o);
void clerk_users_free(struct clerk_users **u);

/*
 * AUTH_ALLOW and *user; AUTH_DENY when Clerk says that the user is gone or
 * banned; AUTH_UNSURE when nothing could be found out.  Fills in verdict,
 * why, retry_ms and trouble of *answer.
 */
void clerk_users_find(struct clerk_users *u, const char *id,
    const struct auth_request *rq, struct clerk_user *user,
    struct auth_answer *answer);

int64_t clerk_users_take_spent_us(struct clerk_users *u);

#endif
