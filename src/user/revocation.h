/* SPDX-License-Identifier: MIT */
/*
 * Revocations in the database: the truth that all hosts read, and what a
 * provider's webhook, an operator or `gatehouse reconcile` adds to it.
 */
#ifndef USER_REVOCATION_H
#define USER_REVOCATION_H

#include "shm/revoked.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct crypt_mac;
struct db;
struct err;
struct shared;

/* The channel of NOTIFY, sent by the table's trigger. */
#define REVOCATION_CHANNEL "gatehouse_revocation"

/* Longest id of a user, a session or a webhook, in characters. */
enum { REVOCATION_ID_MAX = 255 };

/* Strings are lent; the provider is its name in the configuration. */
struct revocation {
	const char *provider;
	enum revoked_kind kind;
	const char *id; /* of the session or user */
	enum revoked_effect effect;
	bool gone;       /* a user, with REVOKED_ALL: the profile is deleted and
			  * cannot be made again */
	bool ended;      /* a session, with REVOKED_ALL: its provider makes no
			  * more tokens of it */
	int64_t until_s; /* since 1970, but an hour from now at least and
			  * revocation.keep at most; 0: revocation.keep */
	/* the id of the webhook that said so; NULL: none.  One id of a provider
	 * has its effect once, whoever brings it and how often */
	const char *hook_id;
};

enum revocation_stored { REVOCATION_STORED, REVOCATION_KNOWN };

/*
 * Stores it: the webhook's id, the row and what becomes of the profile in one
 * transaction of one statement, which may be repeated.  Then applies it to this
 * host's memory, where `shared` is not NULL; also when it was known, because
 * who stored it may have died in between.  0 and *stored, or -1 as db_run().
 */
int revocation_add(struct db *db, struct shared *shared, struct crypt_mac *mac,
    const struct revocation *r, int64_t keep_ms, int64_t deadline,
    struct arena *a, enum revocation_stored *stored, struct err *e);

/*
 * Applies it to this host's memory alone, from now on and as long as said
 * above: before the database could be asked, or when it cannot.  0, or -1: the
 * memory's lock was not to be had.
 */
int revocation_apply(struct shared *shared, struct crypt_mac *mac,
    const struct revocation *r, int64_t keep_ms);

/* A row of the table, as text. */
enum revocation_column {
	REVOCATION_PROVIDER,
	REVOCATION_KIND,
	REVOCATION_ID,
	REVOCATION_EFFECT,
	REVOCATION_BRIEF, /* "t": gone or ended */
	REVOCATION_AT,    /* seconds since 1970 */
	REVOCATION_UNTIL,
};

/*
 * Applies it to this host's memory; row: its number in that database, a digest.
 * An effect that we do not know is at least REVOKED_RECHECK.  0, or -1: the
 * memory's lock was not to be had.
 */
int revocation_take(struct shared *shared, struct crypt_mac *mac,
    const char *const *column, uint64_t row, uint64_t database);

/*
 * Deletes what is past its end, and webhook ids received over keep_ms ago, some
 * thousands at most; *deleted: how many rows.  1: there may be more; 0: that
 * was all; or -1.
 */
int revocation_prune(struct db *db, int64_t keep_ms, int64_t deadline,
    struct arena *a, int *deleted, struct err *e);

#endif
