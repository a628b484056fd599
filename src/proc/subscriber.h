/* SPDX-License-Identifier: MIT */
/*
 * The child that knows of revocations first: it hears the database's notices,
 * looks anyway in between, and writes what is new into the shared memory.
 */
#ifndef PROC_SUBSCRIBER_H
#define PROC_SUBSCRIBER_H

#include "proc/helper.h"

enum {
	SUBSCRIBER_TICK_MIN_MS = 250, /* it looks every bound / 4 */
	SUBSCRIBER_TICK_MAX_MS = 2000,
	SUBSCRIBER_RETRY_MS = 250, /* after a failure */
	SUBSCRIBER_GATHER_MS = 10, /* a burst of notices is one reading */
	SUBSCRIBER_READ_MS = 30 * 1000,
	/* who seems to be stuck may have been stopped with all of us */
	SUBSCRIBER_DOUBT_MS = 5 * 1000,
};

/* As the process is called where processes have names. */
#define SUBSCRIBER_NAME "gatehouse-news"

/* The supervisor's; begins as zeros. */
struct subscriber {
	struct helper helper;
	int64_t stuck_ms; /* seems to be, since then; 0: does not */
};

/* Starts one with the crew's configuration, as helper_start(). */
void subscriber_keep(struct subscriber *s, const struct crew *c);

/*
 * Ends it, whatever it does or waits for, and if it is stopped;
 * subscriber_keep() starts the next, with what is then the configuration.
 */
void subscriber_renew(struct subscriber *s);

/* Ends one that has not tried to read for longer than a reading may take. */
void subscriber_kill_stuck(struct subscriber *s, const struct crew *c);

/* Was that child ours?  Then it is no more. */
bool subscriber_reap(struct subscriber *s, pid_t pid, int status);

#endif
