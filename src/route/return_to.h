/* SPDX-License-Identifier: MIT */
/* Where a browser may be sent back to: the rule against open redirects. */
#ifndef ROUTE_RETURN_TO_H
#define ROUTE_RETURN_TO_H

struct arena;
struct conf;
struct request;

/* Most bytes of one, percent-encoded as it stands in another URL: so much is
 * sure to fit into a Location field. */
enum { RETURN_TO_MAX = 2400 };

/*
 * An absolute URL out of what somebody wants to return to, lent from the
 * arena, its non-ASCII bytes percent-encoded.  Taken is a path with "/" and no
 * second one in front, when public_url is configured, and an absolute URL whose
 * origin is, byte for byte, public_url or on cors.allow_origins.  NULL for all
 * else: other schemes and origins, user information, backslashes, spaces,
 * control bytes, what is no UTF-8, what is too long, NULL.
 */
const char *return_to_check(const struct conf *c, const char *wanted,
    struct arena *a);

/* The parameter return_to of the request, checked; NULL: none that is good. */
const char *return_to_asked(struct request *rq);

/* The same, or else the first page of public_url; NULL without one. */
const char *return_to_or_home(struct request *rq);

#endif
