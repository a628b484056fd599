/* SPDX-License-Identifier: MIT */
/* A worker: wait, accept, serve one, wipe; again. */
#ifndef PROC_WORKER_H
#define PROC_WORKER_H

struct conf;
struct rings;
struct shared;

struct worker {
	const struct conf *conf;
	struct shared *shared;
	int slot; /* our line on the board */
	int listener;
	int lifeline; /* hangs up when we are to leave; -1: single process */
	int bell;     /* rung when nobody is idle; -1: nobody listens */
	struct rings *rings; /* to the exporter; NULL: there is none */
	int traces;          /* wakes it */
};

enum {
	/* While nothing comes: was anything replaced (single), and is there a
	 * connection whose chosen worker died before it took it? */
	WORKER_LOOK_MS = 2 * 1000,
	WORKER_GLANCE_MS = 10, /* under load, a told leave may wait so long */
	WORKER_PAUSE_MS = 100, /* after "too many open files" */
	WORKER_ALARM_ABOVE_MS = 1000,  /* hard end above request_timeout */
	WORKER_DB_IDLE_MS = 60 * 1000, /* single: then the link is dropped */
	WORKER_ARENA = 8 << 20,        /* memory of one request */
	WORKER_MEMORY = 256 << 20,     /* of the process; libfcgi has no end */
};

/*
 * Serves until told to leave: by the lifeline, SIGTERM, SIGINT or SIGQUIT
 * (always between requests), by max_requests, or, as a single process, when
 * its executable or configuration was replaced.  Returns the exit status.
 * Everything that must not be shared by a fork is made in here.
 */
int worker_run(const struct worker *w);

#endif
