/* SPDX-License-Identifier: MIT */
/* How many workers there should be: arithmetic, no processes. */
#ifndef PROC_POOL_H
#define PROC_POOL_H

#include <stdint.h>

enum {
	POOL_QUIET_MS = 10 * 1000, /* idle this long before one leaves */
	POOL_RETRY_FIRST_MS = 100, /* after a young death */
	POOL_RETRY_MAX_MS = 2 * 1000,
};

struct pool_state {
	int min, max;
	int starting, idle, busy;
	int young_deaths; /* workers that died before serving, in a row */
	int64_t died_ms;  /* when the latest of them did */
	int64_t tight_ms; /* when no worker was idle for the last time */
	int64_t now_ms;
};

enum pool_step { POOL_HOLD, POOL_SPAWN, POOL_RETIRE };

/* The one thing to do now. */
enum pool_step pool_step(const struct pool_state *p);

/* Milliseconds to wait after so many young deaths in a row; 0 after none. */
int64_t pool_retry_ms(int young_deaths);

#endif
