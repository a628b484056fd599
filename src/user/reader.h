/* SPDX-License-Identifier: MIT */
/*
 * When revocations are read, and what is said about it: by a supervisor's
 * child (proc/subscriber.h), or by single processes, who have nobody else.
 */
#ifndef USER_READER_H
#define USER_READER_H

#include "user/follower.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct conf;

enum {
	READER_SINGLE_MS = 500, /* a reading beside a request, at most */
	READER_PRUNE_FIRST_MS = 5 * 60 * 1000,
	READER_PRUNE_MS = 60 * 60 * 1000,
};

/* A process's; texts and handles are lent, what follows them begins as zeros.
 */
struct reader {
	const struct conf *conf;
	struct shared *shared;
	struct crypt_mac *mac; /* shared_mac() of "revoked" */
	struct db *db;
	struct follower_seen *seen; /* as in struct follower */
	bool alone;         /* a single process: no child reads for it */
	int64_t failing_ms; /* since when; 0: not */
	int64_t failed_ms;  /* the latest attempt did; 0: it did not */
	bool said;          /* that they cannot be read */
	int64_t prune_ms;   /* next time */
	int64_t pruned;     /* rows since it was time */
};

/*
 * One attempt.  True: they are known now.  Logs, once, that they have not been
 * readable for longer than revocation.bound, and that they are again.
 */
bool reader_read(struct reader *r, int64_t deadline);

/*
 * Deletes what is over, if it is time to: about hourly, some thousands of rows
 * with each call until none are left.  True: it did.
 */
bool reader_prune(struct reader *r, int64_t deadline, struct arena *a);

/*
 * Before a credential is judged: reads what was missed while nobody asked,
 * unless that was just in vain; READER_SINGLE_MS at most.  Who is not alone
 * does so only as long as nothing was ever read on this host: at the start
 * requests come sooner than the child's first news.  NULL: nothing is done.
 */
void reader_catch_up(struct reader *r, int64_t deadline);

/* When a request is answered: who is alone reads and prunes if it is
 * due.  NULL: nothing is done. */
void reader_tend(struct reader *r, struct arena *a);

#endif
