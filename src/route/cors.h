/* SPDX-License-Identifier: MIT */
/* Cross-origin resource sharing, by an exact list of origins. */
#ifndef ROUTE_CORS_H
#define ROUTE_CORS_H

#include <stdbool.h>

struct conf;
struct request;

/* `origin` is on cors.allow_origins, byte for byte; "null" never is. */
bool cors_allows(const struct conf *c, const char *origin);

/* Adds what an allowed origin may see; nothing for all others. */
void cors_answer(struct request *rq);

/* OPTIONS: 204 with Allow, and the preflight answer for an allowed origin.
 * `allow` lists the methods of the path. */
void cors_options(struct request *rq, const char *allow);

#endif
