/* SPDX-License-Identifier: MIT */
/* One canonical form of the path, made once, before anything matches. */
#ifndef ROUTE_PATH_H
#define ROUTE_PATH_H

struct arena;

enum path_result {
	PATH_OK,
	PATH_OUTSIDE,   /* not below base_path: 404 */
	PATH_AMBIGUOUS, /* servers and programs may read it differently: 400 */
};

/*
 * REQUEST_URI (absolute-form or path) -> decoded path below base_path, always
 * beginning with "/", without one trailing slash, and the raw query or NULL.
 * Lent from the arena.
 */
enum path_result path_parse(const char *uri, const char *base_path,
    struct arena *a, const char **path, const char **query);

/*
 * The value of `name` in a raw query, decoded; NULL when it is absent, stands
 * there twice or is broken.
 */
const char *path_query(const char *query, const char *name, struct arena *a);

#endif
