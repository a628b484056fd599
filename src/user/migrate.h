/* SPDX-License-Identifier: MIT */
/* The schema's history: numbered files, applied once each, forward only. */
#ifndef USER_MIGRATE_H
#define USER_MIGRATE_H

#include <stdint.h>

struct arena;
struct db;
struct err;

/* One file of sql/, numbered 1, 2, 3 and so on without a gap. */
struct migrate_file {
	int version;
	const char *name;
	const char *sql;
};

struct migrate_set {
	const struct migrate_file *file;
	int n;
};

/* The files this program was built with. */
const struct migrate_set *migrate_builtin(void);

/*
 * pg_advisory_xact_lock's number: the bytes of "gatehous".  Held while a file
 * is applied, so that any number of processes may try at once.
 */
#define MIGRATE_LOCK "7449363237540164979"

enum {
	MIGRATE_LIST_MS = 5 * 1000,
	MIGRATE_FILE_MS = 10 * 60 * 1000, /* other processes' turns included */
};

/* The whole schema, seen by this program; the worst that is true. */
enum migrate_state {
	MIGRATE_CURRENT,
	MIGRATE_NEWER,   /* a later program's; additive, so we work with it */
	MIGRATE_PENDING, /* some of our files are not applied */
	MIGRATE_CHANGED, /* an applied file is not the one we have */
};

enum migrate_row_state {
	MIGRATE_ROW_APPLIED,
	MIGRATE_ROW_PENDING,
	MIGRATE_ROW_CHANGED,
	MIGRATE_ROW_UNKNOWN, /* applied, but not a file of ours */
};

struct migrate_row {
	int version;
	const char *name;
	enum migrate_row_state state;
	const char *applied_at; /* RFC 3339; NULL when pending */
};

/* Our files in order, then those only the database knows. */
struct migrate_list {
	struct migrate_row *row;
	int n;
	enum migrate_state state;
};

/*
 * What is applied, in one statement; a missing table means nothing is.
 * Lent from the arena.  0, or -1 when it could not be found out.
 */
int migrate_list(struct db *db, const struct migrate_set *set, int64_t deadline,
    struct arena *a, struct migrate_list *out, struct err *e);

/* The state alone, for the readiness probe. */
int migrate_check(struct db *db, int64_t deadline, struct arena *a,
    enum migrate_state *state, struct err *e);

/*
 * May the list be continued?  -1 and ERR_CONFIG, naming the file, when an
 * applied file was changed or when a pending one stands before an applied one.
 */
int migrate_refuse(const struct migrate_list *list, struct err *e);

enum migrate_event {
	MIGRATE_BEGINS,
	MIGRATE_DONE,
	MIGRATE_ELSEWHERE, /* another process was faster */
};

struct migrate_told {
	void (*call)(void *ctx, const struct migrate_row *row,
	    enum migrate_event event);
	void *ctx;
};

/*
 * Applies what is pending up to number `to` (0: all), each file in a
 * transaction of its own, with its record in gatehouse_migrations: a process
 * that dies leaves a file applied and recorded, or neither.  Waits at most
 * MIGRATE_FILE_MS a file.  The 5 s lock_timeout inside keeps a migration from
 * standing in everybody's way behind somebody's long transaction; told may be
 * NULL.  0; -1 with ERR_DOWN is worth another try, ERR_CONFIG and ERR_BUG not.
 */
int migrate_up(struct db *db, const struct migrate_set *set, int to,
    const struct migrate_told *told, struct arena *a, struct err *e);

#endif
