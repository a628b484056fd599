/* SPDX-License-Identifier: MIT */
/* The routes of a configuration, in the terms of OpenAPI. */
#ifndef ROUTE_OPENAPI_PATHS_H
#define ROUTE_OPENAPI_PATHS_H

struct buf;
struct openapi_site;

/*
 * Appends an object of all paths, from routes[] and operations[].  The buffer
 * is one of an arena, and fails where a route has no operation.
 */
void paths_write(const struct openapi_site *s, struct buf *b);

#endif
