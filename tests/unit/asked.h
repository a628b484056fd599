/* SPDX-License-Identifier: MIT */
/* A session cache before a provider that says what it is told, and counts. */
#ifndef UNIT_ASKED_H
#define UNIT_ASKED_H

#include "tap.h"

#include "auth/barred.h"
#include "auth/kept.h"
#include "auth/outside.h"
#include "auth/sessions.h"
#include "conf/conf.h"
#include "shm/shared.h"

enum { ASKED_TIMEOUT_MS = 400 };

/* In memory that forked children share. */
struct asked_plan {
	enum auth_verdict verdict;
	int64_t promise_s;
	int64_t left_s;   /* of the session */
	int64_t issued_s; /* when it began */
	int relays;
	bool expected; /* the latest call was: see auth/provider.h */
	atomic_int calls;
	atomic_int holds; /* each call waits as long as it is not 0 */
};

struct asked {
	struct shared *shared;
	struct arena *arena;
	struct outside outside;
	struct barred *barred;
	struct sessions_options o;
	struct sessions *sessions;
	struct asked_plan *plan; /* AUTH_ALLOW for an hour, no promise */
};

/* The provider "ory", its news just read. */
void asked_open(struct asked *a, int64_t cache_ttl);
void asked_close(struct asked *a);

/* With what was changed in a->o; also in a forked child. */
void asked_reopen(struct asked *a);

/*
 * The subject of who has the token is "user-" and the token, and so with the
 * session: each answer is checked for that.
 */
struct auth_answer asked_check(struct asked *a, const char *token);
struct auth_answer asked_write(struct asked *a, const char *token);
struct auth_answer asked_as(struct asked *a, enum cred_kind kind,
    const char *value, bool writes);
int asked_calls(const struct asked *a);

/* Returns when there were so many calls; when none comes, ends the test. */
void asked_await(const struct asked *a, int calls);

/* The same, when so many workers ask or wait for who asks. */
void asked_await_waiting(const struct asked *a, int workers);

/* What is kept of a token; false: nothing. */
bool asked_peek(struct asked *a, const char *token, struct kept *k);
void asked_poke(struct asked *a, const char *token, const struct kept *k);

/* It was found out that much earlier. */
void asked_age(struct asked *a, const char *token, int64_t ms);

/* Revokes the session or user of that token, now, for an hour. */
void asked_revoke(struct asked *a, const char *token, enum revoked_kind kind,
    enum revoked_effect effect, int64_t at_s);

#endif
