/* SPDX-License-Identifier: MIT */
/*
 * A child of the supervisor that is no worker: there is one of its kind, and
 * when it dies the next is started, after a pause if it died young.
 */
#ifndef PROC_HELPER_H
#define PROC_HELPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct crew;

enum { HELPER_YOUNG_MS = 10 * 1000 /* who dies before is young */ };

/* The supervisor's; begins as zeros. */
struct helper {
	pid_t pid;  /* 0: there is none */
	bool asked; /* to leave; or was killed */
	int deaths; /* of young ones, in a row */
	int64_t started_ms, died_ms;
};

/*
 * Forks one if there is none and the pause after a young death
 * (pool_retry_ms()) is over.  True in the child, which has the name `name` and
 * none of the crew's descriptors but `keep` (-1: none).
 */
bool helper_start(struct helper *h, const struct crew *c, const char *name,
    int keep);

/* Sends it a signal, if there is one. */
void helper_signal(const struct helper *h, int sig);

/* Ends it, whatever it does or waits for, and if it is stopped. */
void helper_kill(struct helper *h);

/* Was that child this one?  Then it is no more; `what` names it in the log. */
bool helper_reap(struct helper *h, pid_t pid, int status, const char *what);

/* Milliseconds until helper_start() is worth a call, `most` at most. */
int helper_wait_ms(const struct helper *h, int most);

#endif
