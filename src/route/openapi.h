/* SPDX-License-Identifier: MIT */
/* The API told as an OpenAPI document, from the tables that it is made of. */
#ifndef ROUTE_OPENAPI_H
#define ROUTE_OPENAPI_H

#include <stddef.h>

struct auth;
struct conf;
struct openapi;

/*
 * One a worker, for its configuration; both are lent.  Costs nothing before it
 * is read.  NULL without memory.
 */
struct openapi *openapi_new(const struct conf *c, const struct auth *auth);
void openapi_free(struct openapi **o);

/*
 * The document (OpenAPI 3.1.0) in JSON without spaces, of the routes that the
 * configuration has; made at the first call, the same text at each other, and
 * ended by NUL.  NULL without memory.
 */
const char *openapi_text(struct openapi *o, size_t *len);

#endif
