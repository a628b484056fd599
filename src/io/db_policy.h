/* SPDX-License-Identifier: MIT */
/* What a failed statement means and what to do next: decisions only. */
#ifndef IO_DB_POLICY_H
#define IO_DB_POLICY_H

#include "base/err.h"

#include <stdbool.h>

/* How one attempt on one connection ended. */
enum db_outcome {
	DB_DONE,     /* the server completed it */
	DB_REFUSED,  /* the server refused it and rolled it back */
	DB_UNSENT,   /* the connection ended before it was sent */
	DB_LOST,     /* the connection ended; it may have run */
	DB_LATE,     /* no answer by the deadline; it may still run */
	DB_TOO_MUCH, /* completed, but the rows do not fit the arena */
};

/* What an SQLSTATE asks for. */
enum db_class {
	DB_CLASS_BUG,      /* ours: the statement or a value */
	DB_CLASS_DATA,     /* the same, and the sentence quotes the value */
	DB_CLASS_DOWN,     /* the server's: may be over in a while */
	DB_CLASS_MOVED,    /* read-only here: perhaps not on another host */
	DB_CLASS_CONFLICT, /* rolled back because of others: run it again */
	DB_CLASS_STALE,    /* not the prepared statement we think it is */
};

enum db_step {
	DB_STEP_OK,
	DB_STEP_AGAIN,   /* on the same connection */
	DB_STEP_PLAIN,   /* the same, without the prepared statement */
	DB_STEP_RENEW,   /* on a new connection */
	DB_STEP_FAIL,    /* keep the connection */
	DB_STEP_DROP,    /* end the connection: its state is unknown */
	DB_STEP_MOVE_ON, /* end it and begin with another host */
};

/* What was already tried for one call. */
struct db_tries {
	int conflicts;
	bool plain;
	bool renewed;
};

enum { DB_CONFLICTS_MAX = 3 };

/* By its class of two characters or by its own row; never refused. */
enum db_class db_policy_class(const char *sqlstate);

/* The next step; counts it in *t, so that every call ends. */
enum db_step db_policy_step(enum db_outcome outcome, const char *sqlstate,
    bool repeatable, struct db_tries *t);

/* ERR_DOWN or ERR_BUG, for a failure that stays one. */
enum err_kind db_policy_kind(enum db_outcome outcome, const char *sqlstate);

/*
 * The pause after a failed connect that took spent_ms, when the previous pause
 * was before_ms (0: none).  A failure that was slow to show is given as long a
 * pause, so that a silent host does not eat every request's time.
 */
int db_policy_pause(int before_ms, int spent_ms);

enum { DB_PAUSE_MIN_MS = 100, DB_PAUSE_MAX_MS = 2000 };

#endif
