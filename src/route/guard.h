/* SPDX-License-Identifier: MIT */
/* What stands between a request and a handler that needs an identity. */
#ifndef ROUTE_GUARD_H
#define ROUTE_GUARD_H

#include <stdbool.h>

struct conf_rule;
struct request;

/* What the authentication of a request depends on. */
struct guard_terms {
	const char *method;
	bool contact;  /* email and name are wanted, though it may cost */
	bool any_site; /* a page of a foreign site may write with the cookie */
	/* what will be demanded of the identity; or NULL */
	const struct conf_rule *rule;
};

/*
 * Authenticates.  True: rq->auth holds the identity, go on.  False: the reply
 * is the refusal (401, 403), the outage (503) or, of a subject who asks too
 * often, 429.
 */
bool guard_pass(struct request *rq, const struct guard_terms *terms);

/* 403 with reason not_allowed; `why` is for the log. */
void guard_not_allowed(struct request *rq, const char *why);

/* 403 with the page, if there is one, where rq->auth.who shows more of them. */
void guard_step_up(struct request *rq, const char *why);

/*
 * The request came with its session in a cookie, so its body must be
 * application/json: the one type a foreign page cannot send unasked.
 */
bool guard_needs_json(const struct request *rq);

#endif
