/* SPDX-License-Identifier: MIT */
/* What a site's processes on this host do now, as plain values. */
#ifndef CMD_STATUS_LOOK_H
#define CMD_STATUS_LOOK_H

#include "base/err.h"
#include "obs/status.h"

struct arena;
struct conf;

enum {
	STATUS_ARENA =
	    64 << 20, /* address space: 256 boards, all slots taken */
	STATUS_DATABASE_MS = 3 * 1000,
};

struct status {
	const struct conf *conf;
	int n;
	struct status_board board[256];
	struct status_memory
	    *memory;     /* the file; NULL: none, or not to be seen */
	const char *why; /* there is none, though a process has one; or NULL */
	const char *database;   /* "PostgreSQL 15.6", or what is wrong */
	const char *migrations; /* NULL without a database */
	bool database_good;
};

/*
 * Looks; changes nothing.  All of it is lent from the arena (STATUS_ARENA).
 * 0, also when nothing runs (n is 0), or -1 and *e.
 */
int status_look(const struct conf *c, struct arena *a, struct status *s,
    struct err *e);

#endif
