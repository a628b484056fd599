/* SPDX-License-Identifier: MIT */
/* What a site's processes on this host do now, as plain values. */
#ifndef CMD_STATUS_LOOK_H
#define CMD_STATUS_LOOK_H

#include "base/err.h"
#include "shm/shared.h"

#include <sys/types.h>

struct arena;
struct conf;

enum {
	STATUS_ARENA =
	    64 << 20, /* address space: 256 boards, all slots taken */
	STATUS_DATABASE_MS = 3 * 1000,
};

/* Times are milliseconds that have passed; -1: never. */
struct status_worker {
	pid_t pid; /* 0: just forked, its supervisor has not written it yet */
	enum board_state state;
	int generation;
	int64_t since_ms, served;
	const char *waits_for; /* a provider; NULL: none */
	int64_t waits_ms;
};

enum status_gate { STATUS_OPEN, STATUS_PAUSED, STATUS_BACKOFF };

struct status_provider {
	const char *name;
	bool used; /* somebody looked for it: what follows means something */
	enum status_gate gate;
	int64_t closed_ms; /* left until it is worth asking */
	int64_t good_ms, took_ms;
	int failures;
	uint64_t count[UPSTREAM_COUNTS];
};

struct status_memory {
	const char *where; /* ""; private to a supervisor */
	size_t size;
	struct slots_usage slots;
	int revoked;
	uint64_t lost; /* revocations that found no room while they mattered */
	int64_t news_ms; /* since revocations were read */
	bool fresh;
	int n;
	struct status_provider provider[SHARED_PROVIDERS];
};

struct status_board {
	pid_t pid;
	bool single; /* one process, that is its only worker */
	int limit;   /* most workers */
	int n;
	struct status_worker *worker;
	struct status_memory *memory; /* its own; NULL: the host's file */
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
