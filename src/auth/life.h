/* SPDX-License-Identifier: MIT */
/*
 * How long may what a provider said be used?  Pure: no clock, no memory of its
 * own.  "Could not find out" lives no moment, whatever is configured.
 */
#ifndef AUTH_LIFE_H
#define AUTH_LIFE_H

#include "auth/auth.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	LIFE_MAX_MS = 60 * 1000, /* whatever is configured or promised */
	LIFE_DENIED_MS = 1000,   /* of "no" and of "a second factor first" */
	LIFE_NO_PROMISE = -1,    /* the provider did not say */
	LIFE_PROMISE_DIGITS = 9, /* more are nonsense */
};

/* As configured, in milliseconds. */
struct life_rules {
	int64_t cache_ttl; /* or CONF_TTL_PROVIDER */
	int64_t write_ttl; /* or CONF_TTL_SAME */
	int64_t stale_if_error;
};

/*
 * The promise in a header field such as Ory-Session-Cache-For: whole seconds.
 * What is no such number is no promise; text may be NULL.
 */
int64_t life_promise(const char *text);

/*
 * Milliseconds for which a verdict may be used, from when its call began; 0:
 * it is not kept.  promise_s is the provider's own, left_ms what is left of
 * the session; both count for AUTH_ALLOW alone.  Other verdicts are kept only
 * where a time is configured: a provider promises nothing about them, and who
 * just gave a second factor does not want to hear of the time before.
 */
int64_t life_of(const struct life_rules *r, enum auth_verdict verdict,
    int64_t promise_s, int64_t left_ms);

/* How old what is kept may be, beside its own life, for such a request. */
int64_t life_reach(const struct life_rules *r, bool writes);

/* How old it may be when nobody can be asked; 0: then it is of no use. */
int64_t life_stale(const struct life_rules *r, bool writes);

#endif
