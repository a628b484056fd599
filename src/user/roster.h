/* SPDX-License-Identifier: MIT */
/* Who has a profile here, page by page, for `gatehouse reconcile`. */
#ifndef USER_ROSTER_H
#define USER_ROSTER_H

#include <stdint.h>

struct arena;
struct db;
struct err;

enum { ROSTER_ID_SIZE = 255 * 4 + 1 }; /* the table's 255 characters */

/*
 * At most n user ids of the provider that come after `after` ("": the first
 * ones), in the database's order; *ids and what it points to are lent from the
 * arena.  How many, fewer than n at the end; or -1 as db_run().
 */
int roster_page(struct db *db, const char *provider, const char *after, int n,
    int64_t deadline, struct arena *a, const char *const **ids, struct err *e);

#endif
