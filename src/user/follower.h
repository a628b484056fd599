/* SPDX-License-Identifier: MIT */
/*
 * Follows the table of revocations: what others added to it comes into this
 * host's memory, each row once.
 */
#ifndef USER_FOLLOWER_H
#define USER_FOLLOWER_H

#include <stdint.h>

struct crypt_mac;
struct db;
struct err;
struct shared;

enum { FOLLOWER_SEEN = 4096 };

/*
 * Rows that were applied and will be read again, by their number, which grows
 * by one: they stay behind the cursor as long as any transaction is open
 * that began before theirs ended.
 */
struct follower_seen {
	uint64_t epoch; /* of struct news */
	uint64_t row[FOLLOWER_SEEN];
};

/* A process's.  All is lent. */
struct follower {
	struct db *db;
	const char *database; /* its URL: which one it is */
	struct shared *shared;
	struct crypt_mac *mac; /* shared_mac() of "revoked" */
	/* begins as zeros; NULL: what is read again is applied again */
	struct follower_seen *seen;
};

/*
 * Reads what is new, page by page, into this host's memory; after each page the
 * cursor moves, so that little is read twice when the time was not enough for
 * all.  Only from a server that can be written: a standby may be late.
 * Another database or table is read from its beginning, and so is a server that
 * was started meanwhile, for it may be another, and one whose rows were judged
 * by a clock that was set meanwhile.  Restored rows, with numbers of
 * transactions that are to come, get one that is not; the reading that meets
 * them makes no news yet.
 * 0, or -1 as db_run() (or when the memory's lock was not to be had): then the
 * news are as old as before.
 */
int follower_read(const struct follower *f, int64_t deadline, struct err *e);

#endif
