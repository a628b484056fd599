/* SPDX-License-Identifier: MIT */
/* One connection to one PostgreSQL host: the door to libpq, for db.c alone. */
#ifndef IO_DB_LINK_H
#define IO_DB_LINK_H

#include "io/db.h"
#include "io/db_policy.h"

struct db_link;

/* Why something failed, in words that quote neither a value nor the URL. */
struct db_trouble {
	char state[6];  /* SQLSTATE, or "" */
	char text[256]; /* one line */
};

/* One statement on its way; without st, sql is a script. */
struct db_call {
	const struct db_statement *st;
	const char *const *values;
	const char *sql;
	bool prepared;
	int64_t deadline;
};

/* How many hosts the URL names (at least one); -1 and ERR_CONFIG. */
int db_link_hosts(const char *url, struct err *e);

/* Connects to the URL's host number `host`, 0 the first; NULL with *t. */
struct db_link *db_link_open(const struct db_options *o, int host,
    int64_t deadline, struct db_trouble *t);

/* clock_mono_ms() time `when` as seconds since 1970 on the server's clock. */
enum { DB_LINK_TIME_SIZE = 32 };
void db_link_time(const struct db_link *l, int64_t when,
    char out[DB_LINK_TIME_SIZE]);

/* Never blocks: what cannot be sent at once is not sent. */
void db_link_close(struct db_link **l);

/*
 * False when the server ended the connection meanwhile, said that it will, or
 * a transaction was left open on it.
 */
bool db_link_alive(struct db_link *l);

/*
 * Sends and waits for the server's last word.  Only DB_DONE and DB_TOO_MUCH
 * leave *t empty; after DB_UNSENT, DB_LOST and DB_LATE the link must be closed.
 * r may be NULL.
 */
enum db_outcome db_link_run(struct db_link *l, const struct db_call *c,
    struct arena *a, struct db_result *r, struct db_trouble *t);

/* As db_wait_notice(). */
enum db_notice db_link_wait_notice(struct db_link *l, int64_t until);

/* The server no longer has the prepared statement we know. */
void db_link_forget(struct db_link *l, const struct db_statement *st);

#endif
