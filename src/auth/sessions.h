/* SPDX-License-Identifier: MIT */
/*
 * The session cache: what a provider said about a credential, for all workers
 * of the host, as long as life.h and what is revoked allow.  For providers
 * that are asked each time.
 */
#ifndef AUTH_SESSIONS_H
#define AUTH_SESSIONS_H

#include "auth/auth.h"
#include "auth/life.h"
#include "shm/upstream.h"

#include <stdint.h>

struct barred;
struct outside;
struct provider_answer;
struct sessions;

struct sessions_options {
	const char *provider;                     /* its name; lent */
	unsigned char scope[UPSTREAM_SCOPE_SIZE]; /* part of each key */
	const struct outside *outside;
	const struct barred *barred;
	/* verdicts of AUTH_ALLOW are used while what is revoked was learnt up
	 * to so many milliseconds ago */
	int64_t news_bound_ms;
	struct life_rules life;
	int timeout_ms; /* of a call, and of a wait for another's */
	/*
	 * Asks the provider: fills in *pa, and has told the gate.  What of
	 * that is to be doubted has been, and is AUTH_UNSURE.
	 */
	void (*ask)(void *ctx, const struct auth_request *rq,
	    struct provider_answer *pa);
	void *ctx;
};

/*
 * One a provider and worker, made after the fork; what the options point to
 * is lent for as long.  NULL: no memory.
 */
struct sessions *sessions_new(const struct sessions_options *o);
void sessions_free(struct sessions **s);

/*
 * Decides about rq->cred, by what is kept or by one call that is shared with
 * all who want to know the same meanwhile.  Fills in *answer as auth_check()
 * does; who is revoked is denied, whatever was kept or said.
 */
void sessions_check(struct sessions *s, const struct auth_request *rq,
    struct auth_answer *answer);

/*
 * rq->cred is about to be signed out, by its browser: what is kept of it goes,
 * and for SESSIONS_LEAVING_MS nothing that is found out is kept.
 */
enum { SESSIONS_LEAVING_MS = 30 * 1000 };
void sessions_leave(struct sessions *s, const struct auth_request *rq);

#endif
