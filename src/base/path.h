/* SPDX-License-Identifier: MIT */
/* One canonical form of the path, made once, before anything matches. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

struct arena;

enum path_result {
	PATH_OK,
	PATH_OUTSIDE,   /* not below base_path: 404 */
	PATH_AMBIGUOUS, /* servers and programs may read it differently: 400 */
};

/*
 * What is left of REQUEST_URI, raw, behind the scheme and authority that some
 * servers pass on: path and query.  NULL: it does not begin with "/".
 */
const char *path_target(const char *uri);

/*
 * REQUEST_URI (absolute-form or path) -> decoded path below base_path, always
 * beginning with "/", without one trailing slash, and the raw query or NULL.
 * Lent from the arena.
 */
enum path_result path_parse(const char *uri, const char *base_path,
    struct arena *a, const char **path, const char **query);

/*
 * What makes it PATH_AMBIGUOUS, as the end of a sentence for people; static;
 * NULL: nothing does.
 */
const char *path_problem(const char *uri, struct arena *a);

/*
 * Nothing in a decoded path has to be resolved, and nothing is read in another
 * way elsewhere: no "//", no segment "." or "..", no "\" and no "#".
 */
bool path_is_plain(const char *path);

/*
 * The value of `name` in a raw query, decoded; NULL when it is absent, stands
 * there twice or is broken.
 */
const char *path_query(const char *query, const char *name, struct arena *a);

#endif
