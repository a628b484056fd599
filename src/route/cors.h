/* SPDX-License-Identifier: MIT */
/* Cross-origin resource sharing, by an exact list of origins. */
#ifndef ROUTE_CORS_H
#define ROUTE_CORS_H

#include <stdbool.h>

struct conf;
struct request;

/* `origin` is on cors.allow_origins, byte for byte; "null" never is. */
bool cors_allows(const struct conf *c, const char *origin);

/*
 * Adds what a page of an allowed origin may see, whatever the answer is: a
 * refusal it cannot read would look like an outage.  Nothing for all others,
 * and for requests that cannot be trusted to name one origin (FCG_BAD).
 */
void cors_answer(struct request *rq);

/*
 * OPTIONS: 204 with Allow, and the preflight answer for an allowed origin.
 * `allow` lists the methods of the path.  What is asked for is not looked at:
 * the browser compares.  Access-Control-Request-Private-Network is not
 * answered, so a page out on the Internet cannot be let into a local network.
 */
void cors_options(struct request *rq, const char *allow);

#endif
