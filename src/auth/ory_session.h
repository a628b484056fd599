/* SPDX-License-Identifier: MIT */
/* Reading Ory's answers: no network, no clock of its own. */
#ifndef AUTH_ORY_SESSION_H
#define AUTH_ORY_SESSION_H

#include "auth/provider.h"

struct arena;

/* Longest answer of /sessions/whoami that is read. */
enum { ORY_ANSWER_MAX = 256 << 10 };

/* Where the identity holds what we want, as paths below "identity". */
struct ory_paths {
	const char *email;
	const char *name;
	const char *roles; /* "": nowhere */
};

/*
 * Could `token` be a session token at all?  20-256 bytes of [A-Za-z0-9_-] and
 * no prefix of another kind of credential, Ory's or Clerk's.  What could not
 * is refused here: Ory is not asked.
 */
bool ory_is_session_token(const char *token);

/*
 * Turns a reply of GET /sessions/whoami into a verdict: the tables of Ory
 * Kratos's behaviour, with its 401 marked as doubtful.  now_s is the time in
 * seconds since 1970.  Strings are lent from the arena.
 */
void ory_judge(const struct http_reply *r, const struct ory_paths *paths,
    int64_t now_s, struct arena *a, struct provider_answer *pa);

#endif
