/* SPDX-License-Identifier: MIT */
/* The crew: the children a supervisor has, by generation of configuration. */
#ifndef PROC_CREW_H
#define PROC_CREW_H

#include "shm/shared.h"

#include <stdbool.h>
#include <sys/types.h>

struct conf;
struct rings;

enum {
	CREW_MAX = BOARD_SLOTS,
};

struct crew {
	struct shared *shared;
	const struct conf *conf;
	int listener;
	int generation;
	int lifeline[2]; /* of this generation: reading, writing end */
	int bell[2];
	/* the workers' traces, for the exporter, in a ring for each slot of the
	 * board; NULL: no generation kept any until now */
	struct rings *rings;
	/* and what wakes it: reading, writing end; the same for all generations
	 * that keep traces; -1: this one does not */
	int traces[2];
	struct member {
		pid_t pid; /* 0: free */
		int generation;
		int64_t longest;  /* ms a request of its may take */
		bool leaving;     /* was asked to */
		int64_t leave_by; /* then SIGKILL; 0: not set */
	} member[CREW_MAX];       /* by slot of the board */
	int size;
};

/* 0, or -1 with errno. */
int crew_open(struct crew *c, struct shared *shared, int listener);

/*
 * A new generation with this configuration; the old one is asked to leave
 * within its stop_timeout.  What traces go through is made by the first one
 * that keeps any, and its pipe is closed by one that keeps none.  0, or -1 with
 * errno.
 */
int crew_renew(struct crew *c, const struct conf *conf);

/* Forks a worker; in the child this does not return.  -1: not possible. */
int crew_spawn(struct crew *c);

/* Asks one idle worker of this generation to leave. */
void crew_retire(struct crew *c);

/* All of them, within `ms`. */
void crew_dismiss(struct crew *c, int64_t ms);

/* Our ends of the traces' pipe: it ends with the last worker. */
void crew_close_traces(struct crew *c);

/* Sends a signal to all. */
void crew_signal(const struct crew *c, int sig);

/* Kills those whose time is over, and workers stuck beyond every deadline. */
void crew_kill_late(struct crew *c, int64_t now);

/*
 * A child has ended.  Returns the number of requests it took, or -1 when it
 * was none of the crew; *asked: it had been asked to leave; route: of the
 * request that it left unanswered, "" for none.
 */
int64_t crew_reap(struct crew *c, pid_t pid, bool *asked,
    char route[BOARD_NAME_SIZE]);

#endif
