/* SPDX-License-Identifier: MIT */
/* Profiles in PostgreSQL, by provider and that provider's user id. */
#ifndef USER_STORE_H
#define USER_STORE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct db;
struct err;

/* Texts are lent: from the arena, or for ever. */
struct profile {
	const char *theme; /* "light" or "dark" */
	bool notifications;
	const char *bio; /* NULL: none */
};

/* What to change; NULL keeps.  The caller has checked the values. */
struct profile_change {
	const char *theme;
	const char *notifications; /* "true" or "false" */
	const char *bio;           /* "" clears */
};

/* What may be said besides -1: a deleted user has no profile and gets none. */
enum { STORE_DONE, STORE_GONE };

/*
 * The user's profile, made with defaults if there is none.  Racing first calls
 * of one user all succeed with the one row; when it exists nothing is written.
 * STORE_DONE, STORE_GONE, or -1 as db_run().
 */
int store_get_or_create(struct db *db, const char *provider,
    const char *user_id, int64_t deadline, struct arena *a, struct profile *p,
    struct err *e);

/* The same without ever writing: defaults where there could be a row. */
int store_get(struct db *db, const char *provider, const char *user_id,
    int64_t deadline, struct arena *a, struct profile *p, struct err *e);

/*
 * Changes the row, or makes it of defaults and the change.  STORE_DONE,
 * STORE_GONE, or -1: ERR_DOWN may mean that it happened all the same; repeating
 * it is safe for a caller who knows that nothing came in between.
 */
int store_change(struct db *db, const char *provider, const char *user_id,
    const struct profile_change *change, int64_t deadline, struct arena *a,
    struct err *e);

#endif
