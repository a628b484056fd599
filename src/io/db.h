/* SPDX-License-Identifier: MIT */
/* One PostgreSQL connection a worker, with a deadline on every wait. */
#ifndef IO_DB_H
#define IO_DB_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct spans;

/*
 * The handle is made before or after the fork, but nothing is connected until
 * the first call that needs it, so a worker never shares a connection.  A lost
 * connection is replaced at the next call; after a failed attempt calls fail
 * at once for a while (100 ms, doubling to 2 s, with jitter).
 *
 * Name resolution is libpq's and blocks: give host names in the URL only where
 * the resolver is local, or add hostaddr.
 */
struct db;

struct db_options {
	const char *url; /* copied; never shown */
	bool prepare;    /* false: PgBouncer in transaction mode */
	int connect_timeout_ms;
	int statement_timeout_ms;
	/* a channel of LISTEN, lent; NULL: none.  Where the server refuses to
	 * or a pooler swallows it there are no notices, and that is all */
	const char *listen;
	/* who records statements (base/span.h), lent; NULL: nobody */
	struct spans *spans;
};

/* Does libpq understand the URL?  -1 and ERR_CONFIG when not. */
int db_check_url(const char *url, struct err *e);

/* Connects to nothing; NULL without memory. */
struct db *db_new(const struct db_options *o);
void db_free(struct db **db);

/* A statement lives as long as the program: it is known by its address. */
struct db_statement {
	const char *name;
	const char *sql;
	int nparams;
	bool repeatable; /* running it twice has the effect of once */
	/* The last parameter is filled in here: the time on the server's clock,
	 * in seconds since 1970, after which it must do nothing.  By then we
	 * have given it up, and something newer may have been written. */
	bool dated;
};

enum { DB_VALUES_MAX = 16 }; /* parameters of a statement */

/* value[row * cols + col]; NULL is SQL's NULL; lent from the arena. */
struct db_result {
	int rows;
	int cols;
	const char **value;
};

/*
 * Runs st with its parameters as text (NULL: SQL's NULL) and copies the rows.
 * Waits until the deadline (of clock_mono_ms), and for one statement no
 * longer than statement_timeout and a little.  0, or -1:
 *
 * ERR_DOWN  no connection, no answer in time, connection lost, or the server
 *           is read-only, overloaded, shutting down, without our schema.  A
 *           repeatable statement was tried once more on a new connection; for
 *           any other "outcome unknown" in the text means what it says.
 * ERR_BUG   the server refuses the statement or a value.
 *
 * The text names the statement, SQLSTATE and the server's first sentence;
 * never a value, never the URL.
 */
int db_run(struct db *db, const struct db_statement *st,
    const char *const *values, int64_t deadline, struct arena *a,
    struct db_result *r, struct err *e);

/*
 * Runs several statements in one message, for migrations: only the deadline
 * limits it, nothing is repeated, rows are dropped.  A transaction that the
 * script left open is rolled back.
 */
int db_script(struct db *db, const char *sql, int64_t deadline, struct err *e);

/* SQLSTATE of the latest failure; "" when the server gave none. */
const char *db_sqlstate(const struct db *db);

/* Microseconds spent in calls since the last take, for the access line. */
int64_t db_take_spent_us(struct db *db);

enum db_notice {
	DB_NOTICE_NONE, /* the time is over */
	DB_NOTICE_CAME, /* one or more, since the latest call that said so */
	DB_NOTICE_LOST, /* there is no connection (any more): run something */
};

/* Waits for a NOTIFY on the options' channel; repeats nothing. */
enum db_notice db_wait_notice(struct db *db, int64_t until);

/* Ends the connection if unused for idle_ms (single processes do this). */
void db_close_idle(struct db *db, int idle_ms);

#endif
