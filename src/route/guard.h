/* SPDX-License-Identifier: MIT */
/* What stands between a request and a handler that needs an identity. */
#ifndef ROUTE_GUARD_H
#define ROUTE_GUARD_H

#include <stdbool.h>

struct request;

/*
 * Authenticates.  True: rq->auth holds the identity, go on.  False: the reply
 * is the refusal (401, 403), the outage (503) or, of a subject who asks too
 * often, 429.
 */
bool guard_pass(struct request *rq);

/*
 * The request came with its session in a cookie, so its body must be
 * application/json: the one type a foreign page cannot send unasked.
 */
bool guard_needs_json(const struct request *rq);

#endif
